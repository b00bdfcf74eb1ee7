//! Interactions: what happens between an authorization request and its answer, while a person signs in.

mod account;
pub mod flow;
mod identifier;
mod linking;
mod password;
mod profile;
mod providers;
pub mod record;
mod registration;
mod sentinel;
mod settings;
mod social;
mod step;
mod storage;
mod submit;
pub mod verification;

pub use account::Account;
pub use flow::{Event, Flow};
pub use identifier::password_kinds;
pub use linking::{LinkOffer, link_offer, link_social, register_instead_of_linking};
pub use password::{PasswordSignIn, sign_in_with_password};
pub use profile::{Missing, PendingProfile};
pub use providers::{Provider, offered_providers, provider_name};
pub use record::{Interaction, Record};
pub use registration::{
    UsernameRegistration, check_password, check_username, continue_with_username, register_with_username,
    suggest_username,
};
pub use settings::settings;
pub use social::{SocialCallback, find_by_callback, finish_social, start_social};
pub use soleira_directory::sign_in_experience::password_policy;
pub use storage::{finish_login, last_known, load, save, save_in};
pub use submit::Next;

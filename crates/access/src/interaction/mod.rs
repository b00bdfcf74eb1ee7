//! Interactions: what happens between an authorization request and its answer, while a person signs in.

mod account;
mod codes;
pub mod flow;
mod fulfilment;
mod identification;
mod identifier;
mod linking;
mod one_time_token;
mod password;
mod profile;
mod providers;
mod published;
pub mod record;
mod registration;
mod sentinel;
mod settings;
mod social;
mod social_verification;
mod step;
mod steps;
mod storage;
mod submit;
pub mod verification;

pub use account::Account;
pub use codes::{CodeRequest, ReturnedCode, send_code, verify_code};
pub use flow::{Event, Flow};
pub use fulfilment::{Piece, choose_new_password, fulfil_profile, propose_password_identity};
pub use identification::{Identification, Identified, identify};
pub use identifier::password_kinds;
pub use linking::{LinkOffer, link_offer, link_social, register_instead_of_linking};
pub use one_time_token::{
    BroughtLink, Link, OneTimeTokenSignIn, brought_link, forget_link, link, sign_in_with_one_time_token,
    verify_one_time_token,
};
pub use password::{PasswordSignIn, sign_in_with_password, verify_password};
pub use profile::{Missing, PendingProfile};
pub use providers::{Provider, offered_providers, provider_name};
pub use published::published_settings;
pub use record::{Interaction, Record};
pub use registration::{
    UsernameRegistration, check_password, check_username, continue_with_password, continue_with_username,
    register_with_username, suggest_username,
};
pub use settings::settings;
pub use social::{SocialCallback, find_by_callback, finish_social, start_social};
pub use social_verification::{SocialAuthorization, authorize_social, verify_social};
pub use soleira_directory::sign_in_experience::password_policy;
pub use steps::{begin, submit_interaction, switch_event};
pub use storage::{finish_login, last_known, load, save, save_in};
pub use submit::Next;
pub use verification::Identifier;

//! What tests share: a clock and a source of randomness that they steer, servers in this process, a provider like
//! Hugging Face, a client that reads pages and fills in forms, and a real browser.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the test kit fails as tests do: at once, saying what was expected"
)]

pub mod browser;
pub mod clock;
pub mod database;
pub mod document_site;
pub mod entropy;
#[cfg(feature = "server")]
mod faults;
pub mod process;
pub mod receiver;
#[cfg(feature = "server")]
pub mod relying_party;
pub mod requirement;
#[cfg(feature = "server")]
pub mod server;
pub mod stand_in;
pub mod visitor;

pub use browser::Browser;
pub use clock::MockClock;
pub use database::TestDatabase;
pub use document_site::{Answer, DocumentSite};
pub use entropy::SeededEntropy;
pub use process::ServerProcess;
pub use receiver::{Delivery, Receiver};
#[cfg(feature = "server")]
pub use relying_party::{AuthorizationRequest, RelyingParty};
pub use requirement::Requirement;
#[cfg(feature = "server")]
pub use server::TestServer;
pub use soleira_store::Engine;
pub use stand_in::{Failure, Person, StandInProvider};
pub use visitor::{Form, Page, Visitor};

/// The key-encryption key of servers under test, in base64.
pub(crate) const KEK: &str = "c29sZWlyYSB0ZXN0cyBzZWFsIHdpdGggdGhpcyAhISE=";

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
pub mod entropy;
pub mod process;
pub mod requirement;
pub mod stand_in;
pub mod visitor;

pub use browser::Browser;
pub use clock::MockClock;
pub use database::TestDatabase;
pub use entropy::SeededEntropy;
pub use process::ServerProcess;
pub use requirement::Requirement;
pub use stand_in::{Failure, Person, StandInProvider};
pub use visitor::{Form, Page, Visitor};

//! End-to-end tests; one target per face. What several targets share is here.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail at once, saying what was expected"
)]

pub mod flask;
pub mod person;
pub mod program;
pub mod protocol;
pub mod tour;

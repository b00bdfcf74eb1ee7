//! The hosted pages, as a person and as an attacker meet them, without scripts.

#![expect(clippy::unwrap_used, reason = "what arranges a test fails as the test does")]

mod arrange;
mod consent;
mod linking;
mod links;
mod lockout;
mod looks;
mod pages;
mod registration;
mod sign_in;
mod social;

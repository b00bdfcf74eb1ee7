//! Applications of others: what they may ask for, what people are asked, and clients that describe themselves by a
//! document.

#![expect(clippy::unwrap_used, reason = "what arranges a test fails as the test does")]

mod arrange;
mod asking;
mod consent_api;
mod consent_organizations;
mod consent_scopes;
mod documents;
mod looks;
mod organizations;
mod presentation;
mod races;
mod ssrf;

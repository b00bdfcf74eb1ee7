//! Social sign-in. A provider is a [`Manifest`]: data that says where its endpoints are, what the administrator fills
//! in, and how a profile is read. One OAuth 2 client (RFC 6749) reads them all.
//!
//! A sign-in has two halves: [`authorize`] makes the address that the browser is sent to, and the
//! [`ConnectorSession`] to keep until it comes back; [`complete`] takes what the provider sent along, exchanges the code
//! and returns the profile. The two requests of the second half share one allowance of time.

mod client;
mod config;
mod double;
mod manifest;
mod profile;

pub use client::{
    Authorization, AuthorizationRequest, CALLBACK_ALLOWANCE, ConnectorSession, TokenResponse, authorize, complete,
    exchange_code, fetch_profile,
};
pub use config::{ConnectorConfig, EndpointOverride, TRUST_UNVERIFIED_EMAIL};
pub use manifest::{ClientAuthentication, Manifest, OAuth, ProfileMapping, Teller};
pub use profile::SocialProfile;

#[cfg(test)]
mod tests;

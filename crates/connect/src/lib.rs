//! The outside world. Every outbound request goes through one guarded [`HttpClient`], and social providers are data:
//! manifests that one OAuth 2 client reads. Nothing connects without being asked.

pub mod http;
pub mod social;

pub use http::{HttpClient, HttpError, OutboundPolicy, Request, Response};
pub use social::{ConnectorConfig, ConnectorError, Factory, Registry, SocialProfile};

#[cfg(test)]
mod testing;

//! The outside world. Every outbound request goes through one guarded [`HttpClient`]; social providers and senders of
//! messages are data, manifests that one engine each reads. Nothing connects without being asked.

mod error;
mod factory;
mod form;
pub mod http;
pub mod message;
pub mod social;

pub use error::{ConnectorCode, ConnectorError, Reason};
pub use factory::{Engine, Factory, Registry, RegistryError};
pub use form::{FormItem, FormItemType, Issue, Localized, Platform, Problem, deep_clean};
pub use http::{HttpClient, HttpError, OutboundPolicy, Request, Response};
pub use social::{ConnectorConfig, SocialProfile};

#[cfg(test)]
mod testing;

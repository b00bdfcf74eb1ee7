//! Addresses within the Console.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use soleira_core::Error;
use soleira_web::{Failure, cookies};

/// A path with its query.
#[derive(Debug, Clone)]
pub(crate) struct Address(String);

impl Address {
    /// A path without a query.
    pub(crate) fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// Adds a pair to the query; nothing if the value is empty.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
            self.0.extend(form_urlencoded::byte_serialize(name.as_bytes()));
            self.0.push('=');
            self.0.extend(form_urlencoded::byte_serialize(value.as_bytes()));
        }
        self
    }

    /// The address as text.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// A part of a path.
pub(crate) fn segment(text: &str) -> String {
    cookies::encode(text)
}

/// The page of an application, or one below it.
pub(crate) fn application(id: impl AsRef<str>, below: &str) -> String {
    format!("/console/applications/{}{below}", segment(id.as_ref()))
}

/// The page of a connector, or one below it.
pub(crate) fn connector(id: impl AsRef<str>, below: &str) -> String {
    format!("/console/connectors/{}{below}", segment(id.as_ref()))
}

/// The page of a user, or one below it.
pub(crate) fn user(id: impl AsRef<str>, below: &str) -> String {
    format!("/console/users/{}{below}", segment(id.as_ref()))
}

/// Leads on with 303: whatever was sent is not sent again.
pub(crate) fn see_other(location: &str) -> Response {
    match HeaderValue::try_from(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => Failure::from(Error::internal("an address cannot stand in a header")).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_is_not_in_the_query() {
        assert_eq!(Address::new("/console/users").with("q", "").finish(), "/console/users");
        let found = Address::new("/console/users")
            .with("q", "a&b=c d")
            .with("page", "2")
            .finish();
        assert_eq!(found, "/console/users?q=a%26b%3Dc+d&page=2");
    }

    #[test]
    fn an_identifier_stays_one_segment() {
        assert_eq!(user("../x?y", "/delete"), "/console/users/..%2Fx%3Fy/delete");
    }
}

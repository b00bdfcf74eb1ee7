//! Requests and responses of the guarded client.

use super::{DEFAULT_MAX_BODY, DEFAULT_TIMEOUT, HttpError};
use reqwest::Method;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// A request to the outside world. It has five seconds and takes a mebibyte unless told otherwise.
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    pub(super) deadline: Instant,
    pub(super) max_body: usize,
}

/// Without headers and body, which hold secrets.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Request({} {})",
            self.method,
            super::without_user_information(&self.url)
        )
    }
}

impl Request {
    /// A GET request.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST request without a body.
    pub fn post(url: Url) -> Self {
        Self::new(Method::POST, url)
    }

    /// A request of any method but those that make tunnels of connections.
    ///
    /// # Errors
    /// [`HttpError::Method`].
    pub fn of_method(method: &str, url: Url) -> Result<Self, HttpError> {
        match Method::from_bytes(method.as_bytes()) {
            Ok(method) if !matches!(method, Method::CONNECT | Method::TRACE) => Ok(Self::new(method, url)),
            _ => Err(HttpError::Method(method.chars().take(32).collect())),
        }
    }

    fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            deadline: Instant::now() + DEFAULT_TIMEOUT,
            max_body: DEFAULT_MAX_BODY,
        }
    }

    /// Sets a header. A value with line breaks or control characters is refused.
    pub fn header(mut self, name: &'static str, value: &str) -> Result<Self, HttpError> {
        let value = HeaderValue::from_str(value).map_err(|_| HttpError::Header(name.to_owned()))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// Adds a header that whoever asked for the request named.
    ///
    /// # Errors
    /// [`HttpError::Header`] for what is no header, and for those that belong to the connection.
    pub fn named_header(mut self, name: &str, value: &str) -> Result<Self, HttpError> {
        const OF_THE_CONNECTION: [HeaderName; 8] = [
            CONNECTION,
            CONTENT_LENGTH,
            EXPECT,
            HOST,
            TE,
            TRAILER,
            TRANSFER_ENCODING,
            UPGRADE,
        ];
        let refused = || HttpError::Header(name.chars().take(64).collect());
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        if OF_THE_CONNECTION.contains(&parsed) || parsed.as_str().starts_with("proxy-") {
            return Err(refused());
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
        value.set_sensitive(true);
        self.headers.try_append(parsed, value).map_err(|_| refused())?;
        Ok(self)
    }

    /// Sends a text whose type a header names.
    pub fn text(mut self, body: String) -> Self {
        self.body = Some(body.into_bytes());
        self
    }

    /// Sets the `Authorization` header, kept out of every log.
    pub fn authorization(mut self, value: &str) -> Result<Self, HttpError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| HttpError::Header("authorization".to_owned()))?;
        value.set_sensitive(true);
        self.headers.insert(AUTHORIZATION, value);
        Ok(self)
    }

    /// Asks for JSON.
    pub fn accept_json(mut self) -> Self {
        self.headers
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
        self
    }

    /// Sends a form (`application/x-www-form-urlencoded`).
    pub fn form<'a>(mut self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        self.body = Some(body.into_bytes());
        self
    }

    /// Sends a body of this type.
    pub fn body(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Some(body);
        self
    }

    /// Gives it this much time, from now.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.deadline(Instant::now() + timeout)
    }

    /// Gives it until this moment, so that several requests can share one allowance.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = deadline;
        self
    }

    /// Takes a body of at most this many bytes.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }
}

/// A whole response.
pub struct Response {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Without the body, which may hold tokens.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

impl Response {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status says that it worked (2xx).
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The value of a header, if it is there once or more and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Every header that is text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

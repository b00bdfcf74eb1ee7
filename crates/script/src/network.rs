//! The way to the outside that a caller may lend: `fetch` in the script, messages here.

use serde::{Deserialize, Serialize};

/// What a script asks for with `fetch`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// The address.
    pub url: String,
    /// The method, in capitals.
    pub method: String,
    /// Names, in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<String>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names, in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

/// Takes the response, or why there is none. Called once; a run that has ended takes nothing.
pub type Answer = Box<dyn FnOnce(Result<Response, String>) + Send>;

/// Sends requests of scripts. Whoever implements it guards where they go.
pub trait Network: Send + Sync {
    /// Begins a request and returns at once.
    fn send(&self, request: Request, answer: Answer);
}

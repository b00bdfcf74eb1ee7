//! Cookies that a use case asks for; the web layer writes them.

/// A cookie to set or to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieChange {
    /// Its name.
    pub name: &'static str,
    /// Its value; absent to remove it.
    pub value: Option<String>,
    /// The path it is sent under.
    pub path: String,
    /// How long it lives, in seconds; until the browser closes if absent.
    pub max_age: Option<i64>,
    /// Whether a signature goes with it. The one cookie without is for scripts to read.
    pub signed: bool,
}

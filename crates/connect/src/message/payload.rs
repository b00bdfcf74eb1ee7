//! What a template may show of what a message is about.

use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// What a template may show: `code`, `link`, `locale`, `uiLocales`, `application`, `organization`, `user`, `inviter`
/// (docs/wire/connectors.md, "Templates"). It may hold a code, so `Debug` tells the names only.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Payload(Map<String, Value>);

impl Payload {
    /// About a code.
    pub fn code(code: &str) -> Self {
        Self::default().with("code", code)
    }

    /// With a member more. `null` adds nothing.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    /// A member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl From<Map<String, Value>> for Payload {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

//! What an administrator fills in for a connector: the fields of a form, and what was wrong with them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;

/// Longest value of a field, in characters.
const MAX_LENGTH: usize = 2048;

/// A text in several languages; English is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// The text in this language, else in the language without its region, else in English.
    pub fn get(&self, language: &str) -> &str {
        let base = language.split('-').next().unwrap_or(language);
        [language, base, "en"]
            .into_iter()
            .find_map(|tag| self.0.get(tag))
            .map_or("", String::as_str)
    }

    /// The text in English.
    pub fn english(&self) -> &str {
        self.get("en")
    }
}

impl TryFrom<BTreeMap<String, String>> for Localized {
    type Error = &'static str;

    fn try_from(texts: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        if texts.contains_key("en") {
            Ok(Self(texts))
        } else {
            Err("the English text is missing")
        }
    }
}

impl From<Localized> for BTreeMap<String, String> {
    fn from(localized: Localized) -> Self {
        localized.0
    }
}

/// Where a connector works: in browsers, in native applications, or in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Platform {
    /// Native applications only.
    Native,
    /// Everywhere.
    Universal,
    /// Browsers only.
    Web,
}

impl Platform {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "Native",
            Self::Universal => "Universal",
            Self::Web => "Web",
        }
    }
}

/// The kind of field that an administrator fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FormItemType {
    /// One line.
    Text,
    /// Several lines.
    MultilineText,
    /// On or off.
    Switch,
    /// An array or an object.
    Json,
}

/// A field of the form that an administrator fills in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormItem {
    /// Its name in the connector's configuration.
    pub key: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: FormItemType,
    /// Whether it must be filled in.
    #[serde(default)]
    pub required: bool,
    /// Whether it holds a secret.
    #[serde(default)]
    pub confidential: bool,
    /// What stands above it.
    pub label: Localized,
    /// What stands in it while it is empty.
    pub placeholder: Option<Localized>,
    /// What stands below it.
    pub description: Option<Localized>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It must be filled in.
    Required,
    /// It must be a text.
    NotText,
    /// It must be on or off.
    NotSwitch,
    /// It must be the whole address of an http or https endpoint, without user information or fragment.
    NotEndpoint,
    /// It must be a list of templates, each with what its sender needs.
    NotTemplates,
    /// It has control characters.
    ControlCharacter,
    /// It is too long.
    TooLong,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Required => "must be filled in",
            Self::NotText => "must be a text",
            Self::NotSwitch => "must be true or false",
            Self::NotEndpoint => "must be an http or https URL without user information or fragment",
            Self::NotTemplates => "must be a list of templates, each with a known usageType and all of its texts",
            Self::ControlCharacter => "must not contain control characters",
            Self::TooLong => "must have at most 2048 characters",
        })
    }
}

/// A field and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Issue {
    /// The field's name in the configuration.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl std::fmt::Display for Issue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// The members of a configuration, and what was wrong with those that were read.
pub(crate) struct Fields<'c> {
    config: &'c Map<String, Value>,
    issues: Vec<Issue>,
}

impl<'c> Fields<'c> {
    pub(crate) fn of(config: &'c Map<String, Value>) -> Self {
        Self {
            config,
            issues: Vec::new(),
        }
    }

    /// What was read, or everything that was wrong with it.
    pub(crate) fn finish<T>(self, read: T) -> Result<T, Vec<Issue>> {
        if self.issues.is_empty() {
            Ok(read)
        } else {
            Err(self.issues)
        }
    }

    /// A member that is neither absent nor empty.
    pub(crate) fn value(&self, field: &str) -> Option<&'c Value> {
        self.config.get(field).filter(|value| !value.is_null())
    }

    /// The first thing that is wrong with a field is the one that is told.
    pub(crate) fn refuse(&mut self, field: &str, problem: Problem) {
        if !self.issues.iter().any(|issue| issue.field == field) {
            self.issues.push(Issue {
                field: field.to_owned(),
                problem,
            });
        }
    }

    /// A text without the whitespace around it, which pasting brings along; nothing if it is empty.
    pub(crate) fn text(&mut self, field: &str) -> Option<String> {
        let text = match self.config.get(field) {
            None | Some(Value::Null) => return None,
            Some(Value::String(text)) => text.trim(),
            Some(_) => {
                self.refuse(field, Problem::NotText);
                return None;
            }
        };
        if text.chars().count() > MAX_LENGTH {
            self.refuse(field, Problem::TooLong);
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.refuse(field, Problem::ControlCharacter);
        }
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }

    pub(crate) fn switch(&mut self, field: &str) -> bool {
        match self.config.get(field) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(on)) => *on,
            Some(_) => {
                self.refuse(field, Problem::NotSwitch);
                false
            }
        }
    }

    pub(crate) fn endpoint(&mut self, field: &str) -> Option<Url> {
        let text = self.text(field)?;
        let url = Url::parse(&text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        });
        if url.is_none() {
            self.refuse(field, Problem::NotEndpoint);
        }
        url
    }
}

/// A configuration without its empty values (empty texts, nulls, empty objects, at every depth), as it is stored
/// (docs/wire/connectors.md).
pub fn deep_clean(config: &Map<String, Value>) -> Map<String, Value> {
    config
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), clean(value)?)))
        .collect()
}

fn clean(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Object(members) => Some(deep_clean(members))
            .filter(|members| !members.is_empty())
            .map(Value::Object),
        other => Some(other.clone()),
    }
}

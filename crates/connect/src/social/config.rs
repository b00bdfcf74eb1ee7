//! What an administrator fills in for a connector.

use super::manifest::{FormItemType, Manifest};
use serde_json::{Map, Value};
use soleira_core::Secret;
use url::Url;

/// Longest value of a field, in characters.
const MAX_LENGTH: usize = 2048;

/// The endpoints that an administrator may put in place of the provider's: for proxies, private hubs and tests. They are
/// accepted in the configuration and are no form items on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndpointOverride {
    /// Where the browser is sent.
    Authorization,
    /// Where the code is exchanged.
    Token,
    /// Where the profile is read.
    UserInfo,
}

impl EndpointOverride {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Authorization, Self::Token, Self::UserInfo];

    /// Its name in the configuration.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Authorization => "authorizationEndpoint",
            Self::Token => "tokenEndpoint",
            Self::UserInfo => "userInfoEndpoint",
        }
    }

    /// What the provider has in its place.
    pub fn default_of(self, manifest: &Manifest) -> &Url {
        match self {
            Self::Authorization => &manifest.oauth.authorization_endpoint,
            Self::Token => &manifest.oauth.token_endpoint,
            Self::UserInfo => &manifest.oauth.user_info_endpoint,
        }
    }
}

/// The name in the configuration of the choice to trust addresses about which the provider says nothing.
pub const TRUST_UNVERIFIED_EMAIL: &str = "trustUnverifiedEmail";

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

/// A configuration that was checked.
#[derive(Debug, Clone)]
pub struct ConnectorConfig {
    /// The client's identifier at the provider.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// What is asked for, if the administrator says so.
    pub scope: Option<String>,
    /// Where the browser is sent.
    pub authorization_endpoint: Url,
    /// Where the code is exchanged.
    pub token_endpoint: Url,
    /// Where the profile is read.
    pub user_info_endpoint: Url,
    /// Whether an e-mail address counts as verified where the provider says nothing about it.
    pub trust_unverified_email: bool,
}

impl ConnectorConfig {
    /// Checks a configuration against its factory's form and reports every field that is wrong. Members that the form
    /// does not know are kept by whoever stores the configuration, and mean nothing here.
    pub fn parse(manifest: &Manifest, config: &Map<String, Value>) -> Result<Self, Vec<Issue>> {
        let mut fields = Fields {
            config,
            issues: Vec::new(),
        };
        for item in &manifest.form {
            match item.kind {
                FormItemType::Text | FormItemType::MultilineText => {
                    let value = fields.text(&item.key);
                    if item.required && value.is_none() {
                        fields.refuse(&item.key, Problem::Required);
                    }
                }
                FormItemType::Switch => drop(fields.switch(&item.key)),
            }
        }
        let endpoint = |fields: &mut Fields<'_>, which: EndpointOverride| {
            fields
                .endpoint(which.key())
                .unwrap_or_else(|| which.default_of(manifest).clone())
        };
        let parsed = Self {
            client_id: fields.text("clientId").unwrap_or_default(),
            client_secret: Secret::new(fields.text("clientSecret").unwrap_or_default()),
            scope: fields
                .text("scope")
                .map(|scope| scope.split_whitespace().collect::<Vec<_>>().join(" ")),
            authorization_endpoint: endpoint(&mut fields, EndpointOverride::Authorization),
            token_endpoint: endpoint(&mut fields, EndpointOverride::Token),
            user_info_endpoint: endpoint(&mut fields, EndpointOverride::UserInfo),
            trust_unverified_email: fields.switch(TRUST_UNVERIFIED_EMAIL),
        };
        if fields.issues.is_empty() {
            Ok(parsed)
        } else {
            Err(fields.issues)
        }
    }
}

/// The members of a configuration, and what was wrong with those that were read.
struct Fields<'c> {
    config: &'c Map<String, Value>,
    issues: Vec<Issue>,
}

impl Fields<'_> {
    /// The first thing that is wrong with a field is the one that is told.
    fn refuse(&mut self, field: &str, problem: Problem) {
        if !self.issues.iter().any(|issue| issue.field == field) {
            self.issues.push(Issue {
                field: field.to_owned(),
                problem,
            });
        }
    }

    /// A text without the whitespace around it, which pasting brings along; nothing if it is empty.
    fn text(&mut self, field: &str) -> Option<String> {
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

    fn switch(&mut self, field: &str) -> bool {
        match self.config.get(field) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(on)) => *on,
            Some(_) => {
                self.refuse(field, Problem::NotSwitch);
                false
            }
        }
    }

    fn endpoint(&mut self, field: &str) -> Option<Url> {
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

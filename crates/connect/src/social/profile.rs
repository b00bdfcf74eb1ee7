//! What a provider tells about a person, read with distrust.

use super::manifest::ProfileMapping;
use crate::error::ConnectorError;
use serde_json::{Map, Value};
use soleira_core::rules::identifier::{EMAIL_MAX, NAME_MAX, PHONE_MAX, is_email, is_phone};

/// Longest identifier of an identity, in characters. A longer one is refused, never cut: two people could become one.
const ID_MAX: usize = 128;
/// Longest address of a picture, in characters.
const AVATAR_MAX: usize = 2048;

/// A person's account at a provider.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SocialProfile {
    /// The account's identifier at the provider.
    pub id: String,
    /// What people call them.
    pub name: Option<String>,
    /// Address of a picture, http or https.
    pub avatar: Option<String>,
    /// E-mail address, whether or not anybody vouches for it.
    pub email: Option<String>,
    /// Whether the provider vouches for the address, or the administrator chose to trust it. Without this it matches no
    /// account and becomes nobody's primary address.
    pub email_verified: bool,
    /// Phone number, international digits without `+`. No provider of this build vouches for one.
    pub phone: Option<String>,
    /// The name that they go by at the provider; a suggestion for a username, in any form.
    pub preferred_username: Option<String>,
    /// All that the provider told, without U+0000.
    pub raw: Map<String, Value>,
}

impl SocialProfile {
    /// Reads a profile from what the provider told. `trust_unverified_email` decides where the provider says nothing
    /// about the address; an explicit "not verified" stands.
    pub fn read(
        mapping: &ProfileMapping,
        raw: Map<String, Value>,
        trust_unverified_email: bool,
    ) -> Result<Self, ConnectorError> {
        let id = identifier(find(&raw, &mapping.id))?;
        let line = |path: &Option<String>, max: usize| {
            path.as_ref()
                .and_then(|path| find(&raw, path))
                .and_then(|value| one_line(value, max))
        };
        let email =
            line(&mapping.email, EMAIL_MAX + 1).filter(|email| is_email(email) && email.chars().count() <= EMAIL_MAX);
        let vouched = mapping.email_verified.as_ref().and_then(|path| find(&raw, path));
        let email_verified = email.is_some()
            && match vouched {
                None | Some(Value::Null) => trust_unverified_email,
                Some(claim) => *claim == Value::Bool(true),
            };
        Ok(Self {
            id,
            name: line(&mapping.name, NAME_MAX),
            avatar: line(&mapping.avatar, AVATAR_MAX + 1).filter(|address| is_picture(address)),
            email,
            email_verified,
            phone: line(&mapping.phone, PHONE_MAX + 2)
                .map(|phone| phone.trim_start_matches('+').to_owned())
                .filter(|phone| is_phone(phone) && phone.len() <= PHONE_MAX),
            preferred_username: line(&mapping.preferred_username, NAME_MAX),
            raw: raw
                .into_iter()
                .map(|(key, value)| (without_nul(key), storable(value)))
                .collect(),
        })
    }
}

/// The value at a dotted path.
fn find<'v>(raw: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut names = path.split('.');
    let first = raw.get(names.next()?)?;
    names.try_fold(first, |value, name| value.as_object()?.get(name))
}

/// An identifier is taken as it is or not at all.
fn identifier(value: Option<&Value>) -> Result<String, ConnectorError> {
    let garbage = |what| Err(ConnectorError::garbage("user information", what));
    let id = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
        _ => return garbage("the account has no identifier"),
    };
    if id.is_empty() || id.trim() != id || id.chars().any(char::is_control) {
        return garbage("the account's identifier is not a plain text");
    }
    if id.chars().count() > ID_MAX {
        return garbage("the account's identifier is too long");
    }
    Ok(id)
}

/// A text of one line: control characters become nothing, whitespace around it goes, and the rest is cut at `max`.
fn one_line(value: &Value, max: usize) -> Option<String> {
    let text: String = value.as_str()?.chars().filter(|c| !c.is_control()).collect();
    let text: String = text.trim().chars().take(max).collect();
    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
}

fn is_picture(address: &str) -> bool {
    address.chars().count() <= AVATAR_MAX
        && url::Url::parse(address)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty())
}

/// Databases do not take U+0000 in texts.
fn storable(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_nul(text)),
        Value::Array(items) => items.into_iter().map(storable).collect(),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, value)| (without_nul(key), storable(value)))
                .collect(),
        ),
        other => other,
    }
}

fn without_nul(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text
    }
}

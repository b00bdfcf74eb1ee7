//! Templates of messages, and how they are filled in.

use super::{Payload, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A template of a sender's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// What it is for: the name of a [`Usage`].
    pub usage_type: String,
    /// The media type of its content.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The subject, of e-mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text.
    pub content: String,
}

/// A usage that older configurations still have; nothing is sent for it.
const FORMER_USAGE: &str = "Test";

/// The templates of a configuration; nothing if they are not what a sender needs.
pub(super) fn read(value: &Value, with_subject: bool) -> Option<Vec<Template>> {
    let templates: Vec<Template> = serde_json::from_value(value.clone()).ok()?;
    let is_complete = |template: &Template| {
        let is_known = Usage::ALL.iter().any(|usage| usage.as_str() == template.usage_type);
        (is_known || template.usage_type == FORMER_USAGE) && (template.subject.is_some() || !with_subject)
    };
    templates.iter().all(is_complete).then_some(templates)
}

/// Fills in a template. `{{ a.b }}` is what the payload has there: nothing where `a` has no `b`, while a placeholder whose
/// `a` the payload does not know stays as it is written.
pub fn render(template: &str, payload: &Payload) -> String {
    let mut rendered = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let (before, braces) = rest.split_at(start);
        rendered.push_str(before);
        let filled = placeholder(braces).and_then(|(path, after)| Some((value(payload, path)?, after)));
        if let Some((text, after)) = filled {
            rendered.push_str(&text);
            rest = after;
        } else {
            // Only one brace: the placeholder may begin with the second.
            rendered.push('{');
            rest = &braces[1..];
        }
    }
    rendered.push_str(rest);
    rendered
}

/// The path of a placeholder that begins here, and what comes after it.
fn placeholder(braces: &str) -> Option<(&str, &str)> {
    let (inner, after) = braces.strip_prefix("{{")?.split_once("}}")?;
    let path = inner.trim();
    let is_path = !path.is_empty()
        && path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
    is_path.then_some((path, after))
}

/// What stands at a path of the payload, as text; nothing if the payload does not know its first name.
fn value(payload: &Payload, path: &str) -> Option<String> {
    let mut names = path.split('.');
    let root = payload.get(names.next()?)?;
    let found = names.try_fold(root, |value, name| value.get(name));
    Some(match found {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    })
}

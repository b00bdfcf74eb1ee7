//! What went wrong, in the reader's words.

use serde_json::Value;
use soleira_core::{Code, Error, Kind};
use soleira_phrases::{Language, Phrases};

/// A phrase without arguments.
pub(crate) fn text(language: Language, key: &str) -> String {
    Phrases::built_in().text(language, key)
}

/// A phrase with one argument.
pub(crate) fn text_with(language: Language, key: &str, name: &str, value: &str) -> String {
    Phrases::built_in().get(language, key, &[(name, value)])
}

/// What an error says to its reader.
pub(crate) fn of(language: Language, error: &Error) -> String {
    let phrases = Phrases::built_in();
    match error.code() {
        Code::SessionInvalidCredentials => text(language, "experience.failed.credentials"),
        Code::AuthForbidden => text(language, "experience.failed.closed"),
        Code::UserIdentityNotExist => text(language, "experience.failed.no_account"),
        Code::UserMissingProfile => text(language, "experience.failed.missing_profile"),
        _ if error.kind() == Kind::RateLimited => text(language, "experience.failed.too_many"),
        code => phrases.get(language, &format!("errors.{}", code.as_str()), error.args()),
    }
}

/// Every reason why a password was rejected.
pub(crate) fn password_issues(language: Language, error: &Error) -> Vec<String> {
    let issues = error.data().and_then(Value::as_array).into_iter().flatten();
    let texts: Vec<String> = issues
        .filter_map(|issue| {
            let code = issue["code"].as_str()?;
            let limit = issue["interpolation"].as_object().and_then(|limit| limit.iter().next());
            let args: Vec<(String, String)> = limit
                .map(|(name, value)| (name.clone(), value.to_string()))
                .into_iter()
                .collect();
            Some(Phrases::built_in().get(language, &format!("errors.{code}"), &args))
        })
        .collect();
    if texts.is_empty() {
        vec![of(language, error)]
    } else {
        texts
    }
}

//! What is wrong with a form: errors of use cases as errors of fields, in the reader's language.

use serde_json::Value;
use soleira_core::rules::redirect_uri;
use soleira_core::{Code, Error, Kind};
use soleira_phrases::{Language, Phrases};
use soleira_ui::pages::console::ErrorEntry;
use soleira_ui::{Field, Notice};

/// What an error says to its reader.
pub(crate) fn message(language: Language, error: &Error) -> String {
    Phrases::built_in().get(language, &format!("errors.{}", error.code().as_str()), error.args())
}

/// Every reason why a password is refused.
pub(crate) fn of_password(language: Language, error: &Error) -> Vec<String> {
    let phrases = Phrases::built_in();
    if error.code() == Code::GuardInvalidInput {
        let is_empty = issues(error).any(|issue| issue["code"] == "too_small");
        let key = if is_empty {
            "console.problem.required"
        } else {
            "console.problem.too_long"
        };
        return vec![phrases.text(language, key)];
    }
    let reasons = error.data().and_then(Value::as_array).into_iter().flatten();
    let texts: Vec<String> = reasons
        .filter_map(|issue| {
            let limits = issue["interpolation"].as_object().into_iter().flatten();
            let args: Vec<(&String, String)> = limits.map(|(name, value)| (name, value.to_string())).collect();
            Some(phrases.get(language, &format!("errors.{}", issue["code"].as_str()?), &args))
        })
        .collect();
    if texts.is_empty() {
        vec![message(language, error)]
    } else {
        texts
    }
}

fn issues(error: &Error) -> impl Iterator<Item = &Value> {
    error
        .data()
        .and_then(|data| data["issues"].as_array())
        .into_iter()
        .flatten()
}

/// What is wrong with a form, field by field.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    status: u16,
    /// The id of each field that is wrong, and what is.
    fields: Vec<(String, String)>,
    /// What belongs to no field.
    general: Vec<String>,
}

/// A field of a form under its name on the wire. An item of a list is named with its index after it.
pub(crate) type Names = &'static [(&'static str, &'static str)];

impl Problems {
    /// Reads the error of a use case whose fields the form knows by `names`.
    ///
    /// # Errors
    /// The error itself, when nothing that the reader typed is to blame.
    pub(crate) fn of(error: Error, language: Language, names: Names) -> Result<Self, Error> {
        if matches!(
            error.kind(),
            Kind::Internal
                | Kind::Unavailable
                | Kind::NotFound
                | Kind::Forbidden
                | Kind::Unauthorized
                | Kind::RateLimited
        ) {
            return Err(error);
        }
        let mut problems = Self {
            status: error.status(),
            ..Self::default()
        };
        let phrases = Phrases::built_in();
        match error.code() {
            Code::GuardInvalidInput => {
                for issue in issues(&error) {
                    problems.add_issue(language, issue, names);
                }
            }
            Code::EntityValueTooLong => {
                let wire = error.data().and_then(|data| data["field"].as_str()).unwrap_or_default();
                problems.add(
                    field_of(names, wire),
                    phrases.text(language, "console.problem.too_long"),
                );
            }
            Code::ConnectorInvalidConfig => {
                for issue in error.data().and_then(Value::as_array).into_iter().flatten() {
                    let problem = issue["problem"].as_str().unwrap_or_default();
                    let text = phrases.text(language, &format!("console.problem.{problem}"));
                    problems.add(issue["field"].as_str().map(str::to_owned), text);
                }
            }
            Code::PasswordRejected => {
                for text in of_password(language, &error) {
                    problems.add(field_of(names, "password"), text);
                }
            }
            code => problems.add(field_of(names, code.as_str()), message(language, &error)),
        }
        if problems.fields.is_empty() && problems.general.is_empty() {
            problems.general.push(message(language, &error));
        }
        Ok(problems)
    }

    fn add_issue(&mut self, language: Language, issue: &Value, names: Names) {
        let path: Vec<String> = issue["path"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect();
        let field = match path.split_last() {
            Some((index, list)) if index.parse::<usize>().is_ok() => {
                let row = index.parse::<usize>().unwrap_or_default() + 1;
                field_of(names, &list.join(".")).map(|name| format!("{name}-{row}"))
            }
            _ => field_of(names, &path.join(".")),
        };
        let key = match issue["code"].as_str() {
            Some("too_small") => "console.problem.required".to_owned(),
            Some("too_big") => "console.problem.too_long".to_owned(),
            _ => format!("console.problem.{}", field.as_deref().map_or("invalid", kind_of)),
        };
        self.add(field, Phrases::built_in().text(language, &key));
    }

    /// Adds what is wrong with a field, or with the form as a whole.
    pub(crate) fn add(&mut self, field: Option<String>, text: String) {
        match field {
            Some(field) => self.fields.push((field, text)),
            None => self.general.push(text),
        }
    }

    /// One thing that the Console itself has against a field.
    pub(crate) fn with(field: &str, text: String) -> Self {
        Self {
            status: 422,
            fields: vec![(field.to_owned(), text)],
            general: Vec::new(),
        }
    }

    /// A field with what was typed and what is wrong with it.
    pub(crate) fn field(&self, id: &str, value: impl Into<String>) -> Field {
        let errors = self
            .fields
            .iter()
            .filter(|(field, _)| field == id)
            .map(|(_, text)| text.clone())
            .collect();
        Field {
            value: value.into(),
            errors,
        }
    }

    /// The rows of a list of redirect URIs, each with what is wrong with it, and an empty one.
    pub(crate) fn rows(&self, name: &str, values: &[String], language: Language) -> Vec<Field> {
        let rows = values.iter().enumerate().map(|(index, value)| {
            let mut field = self.field(&format!("{name}-{}", index + 1), value);
            if let (Some(error), Err(refusal)) = (field.errors.first_mut(), redirect_uri::check_registration(value)) {
                *error = Phrases::built_in().text(language, &format!("errors.redirect_uri.{}", refusal.key()));
            }
            field
        });
        rows.chain([Field::default()]).collect()
    }

    /// What stands in the summary above the form.
    pub(crate) fn entries(&self) -> Vec<ErrorEntry> {
        self.fields
            .iter()
            .map(|(id, text)| ErrorEntry {
                id: id.clone(),
                text: text.clone(),
            })
            .collect()
    }

    /// What belongs to no field.
    pub(crate) fn notice(&self) -> Option<Notice> {
        (!self.general.is_empty()).then(|| Notice::danger(self.general.join(" ")))
    }

    /// Whether anything is wrong.
    pub(crate) fn is_any(&self) -> bool {
        !self.fields.is_empty() || !self.general.is_empty()
    }

    /// The status of the page.
    pub(crate) fn status(&self) -> http::StatusCode {
        http::StatusCode::from_u16(self.status).unwrap_or(http::StatusCode::OK)
    }
}

fn field_of(names: Names, wire: &str) -> Option<String> {
    names
        .iter()
        .find(|(known, _)| *known == wire)
        .map(|(_, name)| (*name).to_owned())
}

/// The phrase that says what a malformed field has to be like.
fn kind_of(field: &str) -> &'static str {
    match field {
        "email" => "email",
        "phone" => "phone",
        "username" => "username",
        "avatar" => "avatar",
        _ => "invalid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NAMES: Names = &[("name", "name"), ("oidcClientMetadata.redirectUris", "redirect_uri")];

    fn invalid(issues: Value) -> Error {
        Error::new(Code::GuardInvalidInput).with_data(json!({"issues": issues}))
    }

    #[test]
    fn issues_stand_at_their_fields() {
        let error = invalid(json!([
            {"code": "too_small", "path": ["name"], "message": ""},
            {"code": "invalid_string", "path": ["oidcClientMetadata", "redirectUris", 1], "message": ""},
            {"code": "custom", "path": ["elsewhere"], "message": ""},
        ]));
        let problems = Problems::of(error, Language::EN, NAMES).unwrap();
        assert_eq!(problems.field("name", "").errors, ["Fill this in."]);
        let uris = ["https://a.example/".to_owned(), "javascript:1".to_owned()];
        let rows = problems.rows("redirect_uri", &uris, Language::EN);
        assert!(rows[0].errors.is_empty());
        assert_eq!(rows[1].errors, ["Addresses with this scheme are not allowed."]);
        assert_eq!(rows[2], Field::default());
        assert!(problems.notice().is_some());
        assert_eq!(problems.status().as_u16(), 400);
    }

    #[test]
    fn what_nobody_typed_is_no_problem_of_the_form() {
        assert!(Problems::of(Error::internal("x"), Language::EN, NAMES).is_err());
        assert!(Problems::of(Error::new(Code::EntityNotFound), Language::EN, NAMES).is_err());
    }

    #[test]
    fn every_reason_against_a_password_is_told() {
        let error = Error::new(Code::PasswordRejected).with_data(json!([
            {"code": "password_rejected.too_short", "interpolation": {"min": 8}},
            {"code": "password_rejected.restricted.repetition"},
        ]));
        let texts = of_password(Language::EN, &error);
        assert_eq!(texts.len(), 2);
        assert!(texts[0].contains('8'));
    }
}

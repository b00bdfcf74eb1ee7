//! JSON input with all that is wrong with it: types and required members first, then what the type's own rules say.

use crate::failure::Failure;
use crate::input::{JSON_LIMIT, Segment, media_type, pairs, path_segments, read_body};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::StatusCode;
use http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use soleira_core::{Code, Error};

/// The rules of an input beyond its types. An input without any has an empty `impl`.
pub trait Validate {
    /// Adds an issue for each rule that is broken.
    fn validate(&self, issues: &mut Issues) {
        let _ = issues;
    }
}

/// A JSON body that holds to its type and to its rules; a body that is missing is `{}`. Anything else is a 400
/// `guard.invalid_input` that names every issue found, and malformed JSON a 400 with the parser's message.
#[derive(Debug, Clone)]
pub struct Valid<T>(pub T);

/// A query string that holds to its type and to its rules; see [`Valid`].
#[derive(Debug, Clone)]
pub struct ValidQuery<T>(pub T);

/// One thing wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// The kind, in the words of the wire: `invalid_type`, `too_small`, `too_big`, `invalid_string`,
    /// `invalid_enum_value`, `custom`.
    pub code: &'static str,
    /// The type or value that was wanted, where the kind has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The type that came, where the kind has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// Where it is.
    pub path: Vec<Segment>,
    /// What is wrong, in English.
    pub message: String,
}

/// The issues of an input, and the place that is being looked at.
#[derive(Debug, Default)]
pub struct Issues {
    found: Vec<Issue>,
    at: Vec<Segment>,
}

impl Issues {
    /// Looks at a member (or item) of the present place.
    pub fn within(&mut self, segment: impl Into<Segment>, look: impl FnOnce(&mut Self)) {
        self.at.push(segment.into());
        look(self);
        self.at.pop();
    }

    /// Looks at every item of a list that is a member of the present place.
    pub fn each<T>(&mut self, name: &str, items: &[T], mut look: impl FnMut(&mut Self, &T)) {
        self.within(name, |issues| {
            for (index, item) in items.iter().enumerate() {
                issues.within(index, |issues| look(issues, item));
            }
        });
    }

    /// Adds an issue at a member of the present place.
    pub fn add(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        self.within(name, |issues| issues.here(code, message));
    }

    /// Adds an issue at the present place.
    pub fn here(&mut self, code: &'static str, message: impl Into<String>) {
        let issue = Issue {
            code,
            expected: None,
            received: None,
            path: self.at.clone(),
            message: message.into(),
        };
        self.found.push(issue);
    }

    /// The text has between `min` and `max` characters.
    pub fn length(&mut self, name: &str, text: &str, min: usize, max: usize) {
        let length = text.chars().count();
        if length < min {
            self.add(
                name,
                "too_small",
                format!("String must contain at least {min} character(s)"),
            );
        } else if length > max {
            self.add(
                name,
                "too_big",
                format!("String must contain at most {max} character(s)"),
            );
        }
    }

    /// The number lies between `min` and `max`.
    pub fn range(&mut self, name: &str, number: i64, min: i64, max: i64) {
        if number < min {
            self.add(
                name,
                "too_small",
                format!("Number must be greater than or equal to {min}"),
            );
        } else if number > max {
            self.add(name, "too_big", format!("Number must be less than or equal to {max}"));
        }
    }

    /// The text is an absolute URL.
    pub fn url(&mut self, name: &str, text: &str) {
        if url::Url::parse(text).is_err() {
            self.add(name, "invalid_string", "Invalid url");
        }
    }

    /// What was found so far.
    pub fn found(&self) -> &[Issue] {
        &self.found
    }

    /// The error that says all of it about a part of the request (`body`, `query`, `params`); `None` without issues.
    pub fn into_error(self, part: &str) -> Option<Error> {
        if self.found.is_empty() {
            return None;
        }
        let details: Vec<String> = self.found.iter().map(line).collect();
        Some(
            Error::new(Code::GuardInvalidInput)
                .with("type", part)
                .with_data(json!({"issues": self.found, "name": "ZodError"}))
                .with_details(details.join("\n")),
        )
    }
}

/// One line of `details`.
fn line(issue: &Issue) -> String {
    let place: Vec<String> = issue.path.iter().map(ToString::to_string).collect();
    let what = match (&issue.expected, &issue.received) {
        (Some(expected), Some(received)) => format!("Expected {expected} but received {received}."),
        _ => issue.message.clone(),
    };
    format!("Error in key path \"{}\": ({}) {what}", place.join("."), issue.code)
}

/// Reads a JSON value into `T` and holds it to its rules; `part` names the part of the request in the error.
pub fn validate<T: DeserializeOwned + Validate>(part: &str, value: Value) -> Result<T, Error> {
    let mut issues = Issues::default();
    if let Some(path) = null_byte(&value) {
        issues.at = path;
        issues.here("invalid_string", "null bytes are not allowed");
        return issues
            .into_error(part)
            .map_or_else(|| Err(Error::new(Code::GuardInvalidInput)), Err);
    }
    let read = typed::<T>(value, &mut issues);
    if let Some(input) = &read {
        input.validate(&mut issues);
    }
    match (issues.into_error(part), read) {
        (None, Some(input)) => Ok(input),
        (error, _) => Err(error.unwrap_or_else(|| Error::new(Code::GuardInvalidInput).with("type", part))),
    }
}

/// How many issues of type are told at once.
const MAX_TYPE_ISSUES: usize = 32;

/// Deserialises, collecting what does not fit: each member of a wrong type is noted, taken out, and the rest read again,
/// so that several are told at once. Stops at the first member whose absence is itself an issue.
fn typed<T: DeserializeOwned>(mut value: Value, issues: &mut Issues) -> Option<T> {
    for round in 0..MAX_TYPE_ISSUES {
        let error = match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(read) => return (round == 0).then_some(read),
            Err(error) => error,
        };
        let path = path_segments(error.path());
        let issue = type_issue(path, &error.inner().to_string(), &value);
        let missing = issue.received.as_deref() == Some("undefined");
        let path = issue.path.clone();
        // What was taken out before is missing now: its own issue says it already.
        if issues.found.iter().all(|known| known.path != path) {
            issues.found.push(issue);
        }
        if missing || !take_out(&mut value, &path) {
            return None;
        }
    }
    None
}

/// Removes the value at a path; false when there is nothing to remove.
fn take_out(value: &mut Value, path: &[Segment]) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    let mut place = value;
    for segment in parents {
        let next = match segment {
            Segment::Key(key) => place.get_mut(key),
            Segment::Index(index) => place.get_mut(index),
        };
        let Some(next) = next else { return false };
        place = next;
    }
    match (last, place) {
        (Segment::Key(key), Value::Object(members)) => members.shift_remove(key).is_some(),
        (Segment::Index(index), Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
            // The items after it have moved: a second round would name the wrong ones.
            false
        }
        _ => false,
    }
}

/// What serde says about a value, in the words of the wire.
fn type_issue(mut path: Vec<Segment>, message: &str, value: &Value) -> Issue {
    if let Some(name) = quoted_after(message, "missing field `") {
        path.push(Segment::Key(name.to_owned()));
        return Issue {
            code: "invalid_type",
            expected: None,
            received: Some("undefined".to_owned()),
            path,
            message: "Required".to_owned(),
        };
    }
    let received = at(value, &path).map_or("undefined", json_type);
    if let Some(wanted) = message
        .strip_prefix("invalid type: ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        let expected = expected_type(wanted.1);
        let message = format!("Expected {expected}, received {received}");
        return Issue {
            code: "invalid_type",
            expected: Some(expected),
            received: Some(received.to_owned()),
            path,
            message,
        };
    }
    if let Some(name) = quoted_after(message, "unknown field `") {
        let message = format!("Unrecognized key(s) in object: '{name}'");
        path.pop();
        return Issue {
            code: "unrecognized_keys",
            expected: None,
            received: None,
            path,
            message,
        };
    }
    let code = if message.starts_with("unknown variant") {
        "invalid_enum_value"
    } else {
        "custom"
    };
    Issue {
        code,
        expected: None,
        received: None,
        path,
        message: message.to_owned(),
    }
}

fn quoted_after<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    message.strip_prefix(start)?.split('`').next()
}

fn at<'a>(value: &'a Value, path: &[Segment]) -> Option<&'a Value> {
    path.iter().try_fold(value, |place, segment| match segment {
        Segment::Key(key) => place.get(key),
        Segment::Index(index) => place.get(index),
    })
}

/// The name JavaScript gives to a value's type.
fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The name JavaScript gives to the type that serde wanted.
fn expected_type(wanted: &str) -> String {
    let wanted = wanted.trim_end_matches(" at line 0 column 0");
    match wanted {
        "a string" => "string",
        "a boolean" => "boolean",
        "a sequence" | "an array" => "array",
        "a map" => "object",
        wanted if wanted.starts_with("struct ") => "object",
        wanted if wanted.starts_with(['i', 'u', 'f']) && wanted[1..].bytes().all(|byte| byte.is_ascii_digit()) => {
            "number"
        }
        wanted => wanted,
    }
    .to_owned()
}

/// Where a text of the value holds U+0000, if anywhere.
fn null_byte(value: &Value) -> Option<Vec<Segment>> {
    match value {
        Value::String(text) => text.contains('\0').then(Vec::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| prefixed(index.into(), null_byte(item))),
        Value::Object(members) => members.iter().find_map(|(key, member)| {
            if key.contains('\0') {
                Some(Vec::new())
            } else {
                prefixed(key.as_str().into(), null_byte(member))
            }
        }),
        _ => None,
    }
}

fn prefixed(segment: Segment, rest: Option<Vec<Segment>>) -> Option<Vec<Segment>> {
    rest.map(|mut rest| {
        rest.insert(0, segment);
        rest
    })
}

impl<S: Sync, T: DeserializeOwned + Validate> FromRequest<S> for Valid<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let form = media_type(request.headers());
        let body = read_body(request, JSON_LIMIT).await?;
        let value = match form.as_deref() {
            _ if body.is_empty() => json!({}),
            Some("application/x-www-form-urlencoded") => pairs("body", &body)?,
            Some(other) if other != "application/json" && !other.ends_with("+json") => json!({}),
            _ => serde_json::from_slice(&body)
                .map_err(|error| Failure::http(StatusCode::BAD_REQUEST, error.to_string()))?,
        };
        Ok(Self(validate("body", value)?))
    }
}

impl<S: Sync, T: DeserializeOwned + Validate> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let input: T = pairs("query", parts.uri.query().unwrap_or_default().as_bytes())?;
        let mut issues = Issues::default();
        input.validate(&mut issues);
        match issues.into_error("query") {
            None => Ok(Self(input)),
            Some(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::response::IntoResponse;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only their types matter")]
    struct Patch {
        name: Option<String>,
        description: Option<String>,
        is_third_party: Option<bool>,
        #[serde(default)]
        redirect_uris: Vec<String>,
    }

    impl Validate for Patch {
        fn validate(&self, issues: &mut Issues) {
            if let Some(name) = &self.name {
                issues.length("name", name, 1, 8);
            }
            issues.each("redirectUris", &self.redirect_uris, |issues, uri| {
                if uri.contains('#') {
                    issues.here("custom", "must not contain a fragment");
                }
            });
        }
    }

    #[derive(Debug, Deserialize)]
    struct Create {
        #[expect(dead_code, reason = "only its presence matters")]
        name: String,
    }
    impl Validate for Create {}

    fn issues<T: DeserializeOwned + Validate + std::fmt::Debug>(value: Value) -> Vec<Value> {
        let error = validate::<T>("body", value).unwrap_err();
        assert_eq!(error.code(), Code::GuardInvalidInput);
        assert_eq!(error.data().unwrap()["name"], "ZodError");
        assert_eq!(
            error.details().unwrap().lines().count(),
            error.data().unwrap()["issues"].as_array().unwrap().len()
        );
        error.data().unwrap()["issues"].as_array().unwrap().clone()
    }

    #[test]
    fn several_wrong_types_are_told_at_once() {
        let found = issues::<Patch>(json!({"name": 1, "description": [], "isThirdParty": "yes"}));
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[0],
            json!({"code": "invalid_type", "expected": "string", "received": "number", "path": ["name"],
                   "message": "Expected string, received number"})
        );
        assert_eq!(found[2]["expected"], "boolean");
    }

    #[test]
    fn a_missing_member_is_required() {
        let found = issues::<Create>(json!({}));
        assert_eq!(found[0]["path"], json!(["name"]));
        assert_eq!(found[0]["message"], "Required");
        let wrong = issues::<Create>(json!({"name": 3}));
        assert_eq!(wrong.len(), 1);
        assert_eq!(wrong[0]["received"], "number");
    }

    #[test]
    fn rules_name_the_item_they_are_about() {
        let found = issues::<Patch>(json!({"name": "much too long", "redirectUris": ["a", "b#c"]}));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0]["code"], "too_big");
        assert_eq!(found[1]["path"], json!(["redirectUris", 1]));
    }

    #[test]
    fn an_item_of_a_wrong_type_is_named() {
        let found = issues::<Patch>(json!({"redirectUris": ["a", 2]}));
        assert_eq!(found[0]["path"], json!(["redirectUris", 1]));
    }

    #[test]
    fn a_null_byte_is_refused_wherever_it_hides() {
        let found = issues::<Patch>(json!({"unknown": {"deep": ["a\u{0}"]}}));
        assert_eq!(found[0]["path"], json!(["unknown", "deep", 0]));
    }

    #[test]
    fn a_body_that_is_no_object_is_an_issue_of_the_whole() {
        let found = issues::<Create>(json!("text"));
        assert_eq!(found[0]["path"], json!([]));
        assert_eq!(found[0]["expected"], "object");
    }

    async fn post(body: &str) -> Result<Patch, Failure> {
        let request = Request::post("/")
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        Valid::<Patch>::from_request(request, &()).await.map(|valid| valid.0)
    }

    #[tokio::test]
    async fn a_missing_body_is_an_empty_object_and_unknown_members_are_dropped() {
        assert!(post("").await.unwrap().name.is_none());
        assert_eq!(
            post(r#"{"name":"a","other":1}"#).await.unwrap().name.as_deref(),
            Some("a")
        );
    }

    #[tokio::test]
    async fn malformed_json_has_no_code() {
        let failure = post("{").await.unwrap_err();
        assert!(failure.error().is_none());
        assert_eq!(failure.into_response().status(), StatusCode::BAD_REQUEST);
    }
}

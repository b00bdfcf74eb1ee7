//! Request parameters as ordered pairs, however they came: query string, form, or JSON read as a form.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Ordered name-value pairs of a request.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(Vec<(String, String)>);

/// Names only: values may be secrets.
impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Params {
    /// Parameters of a query string. Each `resource` is split at commas (docs/wire/authorization.md); U+0000 and escapes
    /// that stand for no text are refused.
    pub fn from_query(query: &str) -> Result<Self> {
        if !is_well_escaped(query) {
            return Err(Error::invalid_request(
                "malformed percent-encoding in the request query",
            ));
        }
        let mut pairs = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "resource" {
                pairs.extend(value.split(',').map(|part| (name.to_string(), part.to_owned())));
            } else {
                pairs.push((name.into_owned(), value.into_owned()));
            }
        }
        if pairs
            .iter()
            .any(|(name, value)| name.contains('\0') || value.contains('\0'))
        {
            return Err(Error::invalid_request(
                "null bytes are not allowed in the request query",
            ));
        }
        Ok(Self(pairs))
    }

    /// Bytes of all names and values together.
    pub fn size(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Parameters of a request body by its content type: a form, or JSON whose members are read as form fields
    /// (malformed JSON is an empty body). U+0000 and escapes that stand for no text are refused. `path` is named when the
    /// content type is neither.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn from_body(content_type: Option<&str>, body: &[u8], path: &str) -> Result<Self> {
        let (media_type, charset) = split_content_type(content_type.unwrap_or_default());
        match media_type.as_str() {
            "" if body.is_empty() => Ok(Self::default()),
            "application/x-www-form-urlencoded" => Self::from_form(&decode(body, charset.as_deref())?),
            "application/json" => {
                let text = decode(body, charset.as_deref())?;
                refuse_nul(&text)?;
                let params =
                    serde_json::from_str(&text).map_or_else(|_| Self::default(), |value| Self::from_json(&value));
                params.refuse_nul_values()
            }
            _ => Err(Error::invalid_request(format!(
                "only application/x-www-form-urlencoded content-type bodies are supported on POST {path}"
            ))),
        }
    }

    /// Parameters of a form body.
    pub fn from_form(body: &str) -> Result<Self> {
        refuse_nul(body)?;
        if !is_well_escaped(body) {
            return Err(Error::invalid_request("malformed percent-encoding in the request body"));
        }
        Self(
            form_urlencoded::parse(body.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
        .refuse_nul_values()
    }

    /// A JSON object as a form: scalars as text, arrays of scalars as repetition; whatever a form cannot say is left out.
    fn from_json(value: &Value) -> Self {
        let mut pairs = Vec::new();
        for (name, value) in value.as_object().into_iter().flatten() {
            match value {
                Value::Array(items) => pairs.extend(items.iter().filter_map(scalar).map(|text| (name.clone(), text))),
                other => pairs.extend(scalar(other).map(|text| (name.clone(), text))),
            }
        }
        Self(pairs)
    }

    /// A body of `POST /auth` or `POST /session/end` as the query of the equivalent GET. JSON with members that a query
    /// cannot say (objects, `null`, arrays of fewer than two scalars) is not forwarded (docs/wire/authorization.md).
    pub fn forwarded(content_type: Option<&str>, body: &[u8]) -> Result<Option<Self>> {
        let (media_type, charset) = split_content_type(content_type.unwrap_or_default());
        if media_type == "application/json" {
            let text = decode(body, charset.as_deref())?;
            refuse_nul(&text)?;
            let Ok(Value::Object(members)) = serde_json::from_str::<Value>(&text) else {
                return Ok(None);
            };
            let sayable = members.values().all(|value| match value {
                Value::Array(items) => items.len() >= 2 && items.iter().all(|item| scalar(item).is_some()),
                other => scalar(other).is_some(),
            });
            return if sayable {
                Self::from_json(&Value::Object(members))
                    .split_resources()
                    .refuse_nul_values()
                    .map(Some)
            } else {
                Ok(None)
            };
        }
        if media_type != "application/x-www-form-urlencoded" {
            return Ok(None);
        }
        Ok(Some(
            Self::from_form(&decode(body, charset.as_deref())?)?.split_resources(),
        ))
    }

    fn split_resources(self) -> Self {
        let mut pairs = Vec::with_capacity(self.0.len());
        for (name, value) in self.0 {
            if name == "resource" {
                pairs.extend(value.split(',').map(|part| (name.clone(), part.to_owned())));
            } else {
                pairs.push((name, value));
            }
        }
        Self(pairs)
    }

    fn refuse_nul_values(self) -> Result<Self> {
        for (name, value) in &self.0 {
            refuse_nul(name)?;
            refuse_nul(value)?;
        }
        Ok(self)
    }

    /// The first value of `name`. RFC 6749 §3.1: a parameter without a value counts as omitted.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// All values of `name`, empty ones left out.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Adds a pair at the end.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Takes every pair of a name away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }

    /// All pairs in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Whether there is no pair at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs as a query string.
    pub fn to_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }

    /// RFC 6749 §3.1: parameters must not be included more than once. Only `known` ones count; `resource` may repeat
    /// (RFC 8707 §2).
    pub fn refuse_duplicates(&self, known: &[&str]) -> Result<()> {
        let repeated: Vec<&str> = known
            .iter()
            .copied()
            .filter(|name| *name != "resource" && self.0.iter().filter(|(key, _)| key == name).count() > 1)
            .collect();
        match repeated.as_slice() {
            [] => Ok(()),
            [one] => Err(Error::invalid_request(format!(
                "'{one}' parameter must not be provided twice"
            ))),
            many => Err(Error::invalid_request(format!(
                "{} parameters must not be provided twice",
                quoted_list(many)
            ))),
        }
    }

    /// The values of parameters that must be there.
    pub fn required<'a, const N: usize>(&'a self, names: [&'static str; N]) -> Result<[&'a str; N]> {
        let missing: Vec<&str> = names.iter().copied().filter(|name| self.get(name).is_none()).collect();
        match missing.as_slice() {
            [] => Ok(names.map(|name| self.get(name).unwrap_or_default())),
            [one] => Err(Error::invalid_request(format!("missing required parameter '{one}'"))),
            many => Err(Error::invalid_request(format!(
                "missing required parameters {}",
                quoted_list(many)
            ))),
        }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`.
fn quoted_list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("'{one}'"),
        [one, two] => format!("'{one}' and '{two}'"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("'{name}'")).collect();
            format!("{}, and '{last}'", first.join(", "))
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Whether every `%` begins an escape of two hexadecimal digits (RFC 3986 §2.1), and what the escapes stand for is text.
pub fn is_well_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |at: usize| {
        let pair = bytes.get(at + 1..at + 3);
        pair.is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
    };
    let escaped = |(at, byte): (usize, &u8)| *byte != b'%' || digits(at);
    bytes.iter().enumerate().all(escaped) && percent_encoding::percent_decode_str(text).decode_utf8().is_ok()
}

fn refuse_nul(text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid_request("null bytes are not allowed in the request body"));
    }
    Ok(())
}

/// The media type in lower case, and the charset if one is named.
fn split_content_type(header: &str) -> (String, Option<String>) {
    let mut parts = header.split(';');
    let media_type = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    (media_type, charset)
}

/// The body as text in its charset; bytes that are none become U+FFFD.
fn decode(body: &[u8], charset: Option<&str>) -> Result<String> {
    match charset.unwrap_or("utf-8") {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Ok(String::from_utf8_lossy(body).into_owned()),
        "latin1" | "iso-8859-1" => Ok(body.iter().copied().map(char::from).collect()),
        "utf-16le" | "utf16le" | "ucs-2" | "ucs2" => {
            let units = body.chunks(2).map(|pair| match pair {
                [low, high] => u16::from_le_bytes([*low, *high]),
                _ => 0xfffd,
            });
            Ok(char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect())
        }
        _ => Err(Error::invalid_request("unsupported charset of the request body").with_status(415)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    const JSON: Option<&str> = Some("application/json; charset=utf-8");

    #[test]
    fn resource_is_split_at_commas_in_the_query_only() {
        let query = Params::from_query("resource=https://a,https://b&resource=https://c&scope=a,b").unwrap();
        assert_eq!(
            query.all("resource").collect::<Vec<_>>(),
            ["https://a", "https://b", "https://c"]
        );
        assert_eq!(query.get("scope"), Some("a,b"));
        let body = Params::from_body(FORM, b"resource=https://a,https://b", "/token").unwrap();
        assert_eq!(body.get("resource"), Some("https://a,https://b"));
    }

    #[test]
    fn json_is_read_as_a_form() {
        let body = Params::from_body(
            JSON,
            br#"{"a":"x","n":7,"resource":["r1","r2"],"o":{},"z":null}"#,
            "/token",
        )
        .unwrap();
        assert_eq!(body.to_query(), "a=x&n=7&resource=r1&resource=r2");
        assert!(Params::from_body(JSON, b"{", "/token").unwrap().is_empty());
    }

    #[test]
    fn null_bytes_are_refused_in_every_form() {
        assert!(Params::from_body(FORM, b"a=%00", "/token").is_err());
        assert!(Params::from_body(FORM, b"a=\0", "/token").is_err());
        assert!(Params::from_body(JSON, br#"{"a":"\u0000"}"#, "/token").is_err());
        assert!(Params::from_query("a=%00").is_err());
    }

    #[test]
    fn escapes_that_stand_for_no_text_are_refused() {
        for text in [
            "a=%",
            "a=%1",
            "a=%zz",
            "%g0=a",
            "a=%ff",
            "a=%c3",
            "a=%c3%",
            "a=100%&b=1",
        ] {
            assert!(Params::from_query(text).is_err(), "{text}");
            assert!(Params::from_body(FORM, text.as_bytes(), "/token").is_err(), "{text}");
        }
        for text in ["a=%25", "a=%C3%a9", "a=é", "a+b=c", ""] {
            assert!(Params::from_query(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn other_content_types_are_named() {
        let error = Params::from_body(Some("application/json1"), b"{}", "/token").unwrap_err();
        assert_eq!(
            error.description(),
            "only application/x-www-form-urlencoded content-type bodies are supported on POST /token"
        );
    }

    #[test]
    fn charsets_are_honoured() {
        let wide: Vec<u8> = "code=ä".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let body = Params::from_body(
            Some("application/x-www-form-urlencoded; charset=utf16le"),
            &wide,
            "/token",
        )
        .unwrap();
        assert_eq!(body.get("code"), Some("ä"));
        let body = Params::from_body(
            Some("application/x-www-form-urlencoded; charset=latin1"),
            b"code=\xe4",
            "/token",
        )
        .unwrap();
        assert_eq!(body.get("code"), Some("ä"));
        assert!(
            Params::from_body(
                Some("application/x-www-form-urlencoded; charset=klingon"),
                b"",
                "/token"
            )
            .is_err()
        );
    }

    proptest::proptest! {
        /// Bodies of any bytes are read or refused, and no value ever holds U+0000.
        #[test]
        fn any_body_is_read_or_refused(
            body in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            kind in "(application/(json|x-www-form-urlencoded)|text/plain)(; charset=(utf-?8|utf16le|latin1|x))?",
        ) {
            if let Ok(params) = Params::from_body(Some(&kind), &body, "/token") {
                proptest::prop_assert!(params.pairs().iter().all(|(_, value)| !value.contains('\0')));
            }
            let _ = Params::forwarded(Some(&kind), &body);
        }
    }

    #[test]
    fn repeated_and_missing_parameters_are_listed() {
        let params = Params::from_query("a=1&a=2&b=1&b=1&x=1&x=2&resource=1&resource=2").unwrap();
        let error = params.refuse_duplicates(&["a", "b", "resource"]).unwrap_err();
        assert_eq!(error.description(), "'a' and 'b' parameters must not be provided twice");
        let error = params.required(["a", "c", "d", "e"]).unwrap_err();
        assert_eq!(error.description(), "missing required parameters 'c', 'd', and 'e'");
        assert_eq!(
            Params::from_query("a=")
                .unwrap()
                .required(["a"])
                .unwrap_err()
                .description(),
            "missing required parameter 'a'"
        );
    }

    #[test]
    fn a_post_is_forwarded_only_when_a_query_can_say_it() {
        assert!(Params::forwarded(JSON, br#"{"a":["x","y"],"b":1}"#).unwrap().is_some());
        for body in [
            r#"{"a":["x"]}"#,
            r#"{"a":[]}"#,
            r#"{"a":null}"#,
            r#"{"a":{}}"#,
            "[]",
            "{",
        ] {
            assert!(Params::forwarded(JSON, body.as_bytes()).unwrap().is_none(), "{body}");
        }
        assert_eq!(
            Params::forwarded(FORM, b"resource=a,b").unwrap().unwrap().to_query(),
            "resource=a&resource=b"
        );
        assert!(Params::forwarded(Some("text/plain"), b"a=b").unwrap().is_none());
    }
}

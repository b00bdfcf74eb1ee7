//! What is wrong with an input, all of it at once, each with the path of its field.

use serde_json::{Value, json};
use soleira_core::model::Branding;
use soleira_core::rules::identifier::{is_email, is_phone, is_username};
use soleira_core::{Code, Error, Result};

/// How many identifiers a request may name.
const IDS_MAX: usize = 10_000;

/// Collects what is wrong with an input.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    issues: Vec<Value>,
    lines: Vec<String>,
}

impl Checks {
    /// Adds an issue at a path such as `oidcClientMetadata.redirectUris.0`.
    pub(crate) fn add(&mut self, path: &str, code: &'static str, message: &str) {
        let segments: Vec<Value> = path
            .split('.')
            .map(|segment| {
                segment
                    .parse::<u64>()
                    .map_or_else(|_| json!(segment), |index| json!(index))
            })
            .collect();
        self.issues
            .push(json!({"code": code, "path": segments, "message": message}));
        self.lines
            .push(format!("Error in key path \"{path}\": ({code}) {message}"));
    }

    /// The text has between `min` and `max` characters.
    pub(crate) fn length(&mut self, path: &str, text: &str, min: usize, max: usize) {
        let length = text.chars().count();
        if length < min {
            self.add(
                path,
                "too_small",
                &format!("String must contain at least {min} character(s)"),
            );
        } else if length > max {
            self.add(
                path,
                "too_big",
                &format!("String must contain at most {max} character(s)"),
            );
        }
    }

    /// The number lies between `min` and `max`.
    pub(crate) fn range(&mut self, path: &str, number: i64, min: i64, max: i64) {
        if number < min {
            self.add(
                path,
                "too_small",
                &format!("Number must be greater than or equal to {min}"),
            );
        } else if number > max {
            self.add(path, "too_big", &format!("Number must be less than or equal to {max}"));
        }
    }

    /// The text is an http or https URL, which a page may link to or load.
    pub(crate) fn web_url(&mut self, path: &str, text: &str) {
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {}
            Ok(_) => self.add(path, "invalid_string", "The URL must begin with http:// or https://"),
            Err(_) => self.add(path, "invalid_string", "Invalid url"),
        }
    }

    /// The text is a colour: `#` and 3 or 6 hexadecimal digits.
    pub(crate) fn color(&mut self, path: &str, text: &str) {
        if !is_hex_color(text) {
            self.add(
                path,
                "invalid_string",
                "Invalid color: `#` and 3 or 6 hexadecimal digits",
            );
        }
    }

    /// The addresses are such as a page may load.
    pub(crate) fn branding(&mut self, path: &str, branding: &Branding) {
        for (name, url) in [
            ("logoUrl", &branding.logo_url),
            ("darkLogoUrl", &branding.dark_logo_url),
            ("favicon", &branding.favicon),
            ("darkFavicon", &branding.dark_favicon),
        ] {
            if let Some(url) = url {
                self.web_url(&format!("{path}.{name}"), url);
            }
        }
    }

    /// Each of the identifiers is one, and there are enough of them and not too many.
    pub(crate) fn ids<T: AsRef<str>>(&mut self, path: &str, ids: &[T], at_least: usize) {
        if ids.len() < at_least {
            let message = format!("Array must contain at least {at_least} element(s)");
            self.add(path, "too_small", &message);
        } else if ids.len() > IDS_MAX {
            let message = format!("Array must contain at most {IDS_MAX} element(s)");
            self.add(path, "too_big", &message);
        } else {
            for (index, id) in ids.iter().enumerate() {
                self.length(&format!("{path}.{index}"), id.as_ref(), 1, 128);
            }
        }
    }

    /// The text is an e-mail address.
    pub(crate) fn email(&mut self, path: &str, text: &str) {
        if !is_email(text) {
            self.add(path, "invalid_string", "Invalid email");
        }
    }

    /// The text is a phone number: digits, country code first.
    pub(crate) fn phone(&mut self, path: &str, text: &str) {
        if !is_phone(text) {
            self.add(
                path,
                "invalid_string",
                "Invalid phone number: digits only, country code first",
            );
        }
    }

    /// The text has the form of a username.
    pub(crate) fn username(&mut self, path: &str, text: &str) {
        if !is_username(text) {
            self.add(
                path,
                "invalid_string",
                "Invalid username: ASCII letters, digits and underscores, not beginning with a digit",
            );
        }
    }

    /// The error that says all of it; nothing if nothing is wrong.
    pub(crate) fn finish(self) -> Result<()> {
        if self.issues.is_empty() {
            return Ok(());
        }
        Err(Error::new(Code::GuardInvalidInput)
            .with("type", "body")
            .with_data(json!({"issues": self.issues, "name": "ZodError"}))
            .with_details(self.lines.join("\n")))
    }
}

fn is_hex_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Refuses a text that the database has no room for (`entity.value_too_long`), naming its field.
pub(crate) fn fits(field: &'static str, text: Option<&str>, max: usize) -> Result<()> {
    match text {
        Some(text) if text.chars().count() > max => Err(Error::new(Code::EntityValueTooLong)
            .with_data(json!({"field": field, "max": max}))
            .with_details(format!("{field}: at most {max} characters"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_issue_is_told_with_its_path() {
        let mut checks = Checks::default();
        checks.length("name", "", 1, 256);
        checks.web_url("oidcClientMetadata.redirectUris.1", "javascript:alert(1)");
        let error = checks.finish().unwrap_err();
        assert_eq!(error.code(), Code::GuardInvalidInput);
        let data = error.data().unwrap();
        assert_eq!(data["issues"][0]["path"], json!(["name"]));
        assert_eq!(
            data["issues"][1]["path"],
            json!(["oidcClientMetadata", "redirectUris", 1])
        );
        assert_eq!(error.details().unwrap().lines().count(), 2);
    }

    #[test]
    fn nothing_wrong_is_no_error() {
        assert!(Checks::default().finish().is_ok());
        assert!(fits("name", Some("a"), 1).is_ok());
        assert_eq!(
            fits("name", Some("ab"), 1).unwrap_err().code(),
            Code::EntityValueTooLong
        );
    }

    #[test]
    fn colors_are_hexadecimal() {
        for good in ["#fff", "#2454B3"] {
            assert!(is_hex_color(good));
        }
        for bad in ["", "fff", "#ffff", "#ggg", "red;}"] {
            assert!(!is_hex_color(bad), "{bad}");
        }
    }
}

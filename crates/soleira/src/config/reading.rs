//! Reading one setting: its value, checked, or the line that says what is wrong with it.

use super::settings::by_key;
use super::{ConfigError, Host};
use figment::Figment;
use figment::value::{Num, Value};
use ipnet::IpNet;
use soleira_connect::OutboundPolicy;
use soleira_core::Secret;
use std::fmt;
use std::net::IpAddr;
use url::Url;

/// The layers, for reading.
pub(crate) struct Reading<'a>(&'a Figment);

impl<'a> Reading<'a> {
    pub(crate) fn new(sources: &'a Figment) -> Self {
        Self(sources)
    }

    fn value(&self, key: &str) -> Option<Value> {
        self.0.find_value(key).ok()
    }

    /// Where a setting was given, in words: `ENDPOINT in the environment`, `` `endpoint` in soleira.toml``.
    fn place(&self, key: &str) -> String {
        let variable = by_key(key).map_or_else(String::new, |setting| match setting.alias {
            Some(alias) => format!("{} or {alias}", setting.variable),
            None => setting.variable.to_owned(),
        });
        match self.0.find_metadata(key).map(|metadata| metadata.name.as_ref()) {
            Some("environment") => format!("{variable} in the environment"),
            Some("flag") => format!("--{}", key.replace(['_', '.'], "-")),
            Some("default") | None => format!("`{key}`"),
            Some(file) => format!("`{key}` in {file}"),
        }
    }

    /// The error about a setting.
    pub(crate) fn problem(&self, key: &str, problem: impl fmt::Display) -> ConfigError {
        ConfigError::new(self.place(key), problem)
    }

    /// A text, or nothing. A number or a truth value counts as its text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, ConfigError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(_, text)) if text.contains('\0') => Err(self.problem(key, "null bytes are not allowed")),
            Some(Value::String(_, text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(Value::Bool(_, value)) => Ok(Some(value.to_string())),
            Some(Value::Num(_, number)) => Ok(Some(number_text(number))),
            Some(_) => Err(self.problem(key, "a text is expected")),
        }
    }

    /// Several texts.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let expected = || self.problem(key, "a list of texts is expected");
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(_, items)) => items
                .into_iter()
                .map(|item| item.into_string().ok_or_else(expected))
                .collect(),
            Some(_) => Err(expected()),
        }
    }

    /// A whole number within bounds, or nothing.
    pub(crate) fn number<N>(&self, key: &str, min: i64, max: i64) -> Result<Option<N>, ConfigError>
    where
        N: TryFrom<i64>,
    {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let number = text
            .trim()
            .parse::<i64>()
            .ok()
            .filter(|number| (min..=max).contains(number));
        match number.and_then(|number| N::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(self.problem(key, format!("`{text}` is not a number from {min} to {max}"))),
        }
    }

    /// A port; 0 lets the system choose one.
    pub(crate) fn port(&self, key: &str) -> Result<u16, ConfigError> {
        self.number(key, 0, 65_535)?
            .ok_or_else(|| self.problem(key, "a port is expected"))
    }

    /// Yes or no.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, ConfigError> {
        let Some(text) = self.text(key)? else { return Ok(false) };
        match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err(self.problem(key, format!("`{text}` is neither true nor false"))),
        }
    }

    /// One of some words, by its index.
    pub(crate) fn one_of(&self, key: &str, words: &[&str]) -> Result<usize, ConfigError> {
        let text = self.text(key)?.unwrap_or_default();
        words
            .iter()
            .position(|word| word.eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| self.problem(key, format!("`{text}` is none of {}", words.join(", "))))
    }

    /// Where to listen.
    pub(crate) fn host(&self, key: &str) -> Result<Host, ConfigError> {
        let text = self.text(key)?.unwrap_or_default();
        let text = text.trim();
        if text.eq_ignore_ascii_case("localhost") {
            return Ok(Host::Loopback);
        }
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text);
        bare.parse::<IpAddr>().map(Host::Address).map_err(|_| {
            self.problem(
                key,
                format!("`{text}` is not an address to listen on (localhost, 0.0.0.0, ::, 192.0.2.1)"),
            )
        })
    }

    /// A public address: http or https, nothing behind the host.
    pub(crate) fn endpoint(&self, key: &str) -> Result<Option<Url>, ConfigError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let expected = |why: &str| {
            self.problem(
                key,
                format!("`{text}` is not an address such as https://auth.example.com ({why})"),
            )
        };
        if text.contains('*') {
            return Err(expected("a tenant for each host name is not supported"));
        }
        let url = Url::parse(text.trim()).map_err(|error| expected(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(expected("it begins with neither http:// nor https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(expected("user information has no place in it"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(expected("it has something behind the host"));
        }
        Ok(Some(url))
    }

    /// Networks, or single addresses.
    pub(crate) fn networks(&self, key: &str) -> Result<Vec<IpNet>, ConfigError> {
        let network = |item: String| {
            let address = || item.parse::<IpAddr>().map(IpNet::from);
            item.parse::<IpNet>().or_else(|_| address()).map_err(|_| {
                self.problem(
                    key,
                    format!("`{item}` is not a network such as 10.0.0.0/8 or an address"),
                )
            })
        };
        self.list(key)?.into_iter().map(network).collect()
    }

    /// Private hosts and networks that connectors may reach.
    pub(crate) fn outbound(&self, key: &str) -> Result<OutboundPolicy, ConfigError> {
        let entries = self.list(key)?;
        OutboundPolicy::parse(&entries).map_err(|error| {
            let expected = "neither an address, nor a network such as 10.0.0.0/8, nor a host name";
            self.problem(key, format!("`{}` is {expected}", error.0))
        })
    }

    /// Host names, each with a port or without.
    pub(crate) fn names(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let names = self.list(key)?;
        for name in &names {
            let authority = name.parse::<http::uri::Authority>();
            if name.contains('@') || authority.is_err() {
                return Err(self.problem(
                    key,
                    format!("`{name}` is not a host name such as soleira or soleira:3001"),
                ));
            }
        }
        Ok(names)
    }

    /// What is logged.
    pub(crate) fn log_level(&self, key: &str) -> Result<String, ConfigError> {
        let text = self.text(key)?.unwrap_or_default();
        match text.parse::<tracing_subscriber::EnvFilter>() {
            Ok(_) => Ok(text),
            Err(_) => Err(self.problem(
                key,
                format!("`{text}` is no log level (error, warn, info, debug, trace)"),
            )),
        }
    }

    /// A key-encryption key. The value is not repeated in the error.
    pub(crate) fn key(&self, key: &str) -> Result<Option<Secret>, ConfigError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match soleira_crypto::Vault::parse_kek(&text) {
            Ok(_) => Ok(Some(text.into())),
            Err(error) => Err(self.problem(key, error)),
        }
    }

    /// The connection string of a PostgreSQL server. The value is not repeated in the error: it holds a password.
    pub(crate) fn postgres_url(&self, key: &str) -> Result<Option<Secret>, ConfigError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let expected = |why: &str| {
            let form = "postgres://user:password@host:5432/database";
            self.problem(key, format!("it is not a connection string such as {form} ({why})"))
        };
        let url = Url::parse(text.trim()).map_err(|error| expected(&error.to_string()))?;
        match url.scheme() {
            "postgres" | "postgresql" => {}
            other => return Err(expected(&format!("the scheme is `{other}`"))),
        }
        Ok(Some(text.trim().to_owned().into()))
    }
}

fn number_text(number: Num) -> String {
    match number {
        Num::F32(value) => value.to_string(),
        Num::F64(value) => value.to_string(),
        whole => whole.to_i128().map_or_else(
            || whole.to_u128().unwrap_or_default().to_string(),
            |value| value.to_string(),
        ),
    }
}

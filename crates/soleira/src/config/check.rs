//! What `soleira config check` prints: every setting with its value, secrets masked, and where it came from.

use super::Loaded;
use super::settings::{Kind, SETTINGS, Setting};
use figment::value::Value;
use std::fmt::Write;
use url::Url;

const MASK: &str = "********";

/// The effective configuration, a line for each setting.
pub fn report(loaded: &Loaded) -> String {
    let lines: Vec<(&str, String, String)> = SETTINGS
        .iter()
        .map(|setting| (setting.key, shown(loaded, setting), source(loaded, setting)))
        .collect();
    let widest = |column: fn(&(&str, String, String)) -> usize| lines.iter().map(column).max().unwrap_or_default();
    let (keys, values) = (widest(|line| line.0.len()), widest(|line| line.1.chars().count()));
    let mut report = String::new();
    for (key, value, source) in &lines {
        let line = format!("{key:keys$}  {value:values$}  {source}");
        let _ = writeln!(report, "{}", line.trim_end());
    }
    report
}

fn shown(loaded: &Loaded, setting: &Setting) -> String {
    let Ok(value) = loaded.sources.find_value(setting.key) else {
        return derived(loaded, setting.key);
    };
    match (setting.kind, plain(&value)) {
        (_, text) if text.is_empty() => derived(loaded, setting.key),
        (Kind::Secret | Kind::Secrets, _) => MASK.to_owned(),
        (Kind::Address, text) => without_password(&text),
        (_, text) => text,
    }
}

/// What holds where a setting was not given.
fn derived(loaded: &Loaded, key: &str) -> String {
    let config = &loaded.config;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    match key {
        "endpoint" => format!("{scheme}://localhost:{}", config.port),
        "admin_endpoint" => format!("{scheme}://localhost:{}", config.admin_port),
        "db_url" => format!("sqlite:{}", config.data.join("soleira.db").display()),
        "secret_vault_kek" if matches!(config.database, super::Database::Sqlite(_)) => {
            format!("(in {})", config.data.join("soleira.key").display())
        }
        _ => "(none)".to_owned(),
    }
}

fn source(loaded: &Loaded, setting: &Setting) -> String {
    match loaded
        .sources
        .find_metadata(setting.key)
        .map(|metadata| metadata.name.as_ref())
    {
        None => "default".to_owned(),
        Some("environment") => format!("environment {}", setting.variable),
        Some(place) => place.to_owned(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Bool(_, value) => value.to_string(),
        Value::Num(..) => value.to_i128().map(|number| number.to_string()).unwrap_or_default(),
        Value::Array(_, items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

/// A connection string as it may be shown: without its password, and without parameters, which may hold one too.
fn without_password(text: &str) -> String {
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    let Ok(mut url) = Url::parse(text) else {
        return MASK.to_owned();
    };
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some(MASK));
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(
            without_password("postgres://user:hunter2@db/soleira?sslpassword=x"),
            "postgres://user:********@db/soleira?********"
        );
        assert_eq!(without_password("postgres://db/soleira"), "postgres://db/soleira");
        assert_eq!(without_password("not an address: hunter2"), MASK);
    }
}

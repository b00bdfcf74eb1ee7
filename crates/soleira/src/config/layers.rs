//! Where settings come from, in rising priority: defaults, `soleira.toml`, the environment, flags.

use super::ConfigError;
use super::settings::{self, CONFIG_VARIABLE, Kind, SETTINGS, nearest};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};
use std::path::Path;

/// Settings from one place, for figment to lay above those of lesser priority.
pub(crate) struct Layer {
    place: String,
    values: Vec<(&'static str, Value)>,
}

impl Layer {
    /// A layer that is called `place` in messages.
    pub(crate) fn new(place: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            values: Vec::new(),
        }
    }

    /// Adds a setting.
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((key, value.into()));
        self
    }

    /// Adds a setting that was given as text, or none.
    pub(crate) fn with_text(self, key: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut dict = Dict::new();
        for (key, value) in &self.values {
            match key.split_once('.') {
                None => {
                    dict.insert((*key).to_owned(), value.clone());
                }
                Some((table, member)) => {
                    let table = dict.entry(table.to_owned()).or_insert_with(|| Dict::new().into());
                    if let Value::Dict(_, members) = table {
                        members.insert(member.to_owned(), value.clone());
                    }
                }
            }
        }
        Ok(Profile::Default.collect(dict))
    }
}

/// The environment: the variables that name settings. An empty variable counts as absent, since that is how compose files
/// and process managers say so. An unknown `SOLEIRA_…` is a mistake.
pub(crate) fn environment(variables: &[(String, String)]) -> Result<Layer, ConfigError> {
    let mut layer = Layer::new("environment");
    let given = |wanted: &str| {
        variables
            .iter()
            .any(|(name, value)| name == wanted && !value.is_empty())
    };
    for (name, value) in variables.iter().filter(|(_, value)| !value.is_empty()) {
        let named = |setting: &&settings::Setting| {
            setting.variable == name || (setting.alias == Some(name.as_str()) && !given(setting.variable))
        };
        if let Some(setting) = SETTINGS.iter().find(named) {
            let value: Value = match setting.kind {
                Kind::List | Kind::Secrets => value
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .collect::<Vec<_>>()
                    .into(),
                _ => value.as_str().into(),
            };
            layer = layer.with(setting.key, value);
        } else if name.starts_with("SOLEIRA_") && name != CONFIG_VARIABLE {
            let known = SETTINGS.iter().map(|setting| setting.variable).chain([CONFIG_VARIABLE]);
            return Err(ConfigError::unknown("environment variable", name, nearest(name, known)));
        }
    }
    Ok(layer)
}

/// The file: every key in it must be known.
pub(crate) fn file(path: &Path, text: &str) -> Result<Layer, ConfigError> {
    let table: toml::Table = toml::from_str(text).map_err(|error| ConfigError::file(path, &error, text))?;
    let mut layer = Layer::new(path.display().to_string());
    for (key, value) in leaves("", &table) {
        let Some(setting) = settings::by_key(&key) else {
            let near = nearest(&key, SETTINGS.iter().map(|setting| setting.key));
            return Err(ConfigError::unknown(
                &format!("setting in {}", path.display()),
                &key,
                near,
            ));
        };
        if setting.of_this_run {
            let problem = format!("only the environment says so, with {}", setting.variable);
            return Err(ConfigError::new(format!("`{key}` in {}", path.display()), problem));
        }
        let value = Value::serialize(&value).map_err(|error| ConfigError::new(path.display().to_string(), error))?;
        layer = layer.with(setting.key, value);
    }
    Ok(layer)
}

/// The settings of a table and of the tables in it, keys joined by dots.
fn leaves(prefix: &str, table: &toml::Table) -> Vec<(String, toml::Value)> {
    let mut found = Vec::new();
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        match value {
            toml::Value::Table(members) => found.extend(leaves(&format!("{key}."), members)),
            other => found.push((key, other.clone())),
        }
    }
    found
}

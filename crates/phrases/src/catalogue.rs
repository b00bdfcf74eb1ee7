//! The built-in catalogues, the overrides above them, and how a phrase is found and filled in.

use crate::plural::Category;
use crate::{Language, format};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// Texts by key.
type Texts = HashMap<String, String>;

/// What an administrator says in place of the built-in phrases: texts by key, for each language.
pub type Overrides = HashMap<Language, HashMap<String, String>>;

/// The files of the built-in catalogues: a language, the first part of the keys, the JSON text.
macro_rules! catalogue_files {
    ($($tag:literal),*) => {
        &[$(
            ($tag, "common", include_str!(concat!("../catalogue/", $tag, "/common.json"))),
            ($tag, "experience", include_str!(concat!("../catalogue/", $tag, "/experience.json"))),
            ($tag, "console", include_str!(concat!("../catalogue/", $tag, "/console.json"))),
            ($tag, "guides", include_str!(concat!("../catalogue/", $tag, "/guides.json"))),
            ($tag, "errors", include_str!(concat!("../catalogue/", $tag, "/errors.json"))),
        )*]
    };
}

const FILES: &[(&str, &str, &str)] = catalogue_files!("en", "pt-BR");

static BUILT_IN: LazyLock<Phrases> = LazyLock::new(|| {
    let mut texts: HashMap<Language, Texts> = HashMap::new();
    for (tag, prefix, json) in FILES {
        // The files are part of the program: a test reads each of them, so neither of these is lost unnoticed.
        if let (Some(language), Ok(tree)) = (Language::parse(tag), serde_json::from_str::<Value>(json)) {
            flatten(prefix, &tree, texts.entry(language).or_default());
        }
    }
    Phrases {
        built_in: Arc::new(texts),
        overrides: Arc::default(),
    }
});

/// Writes the leaves of `tree` into `texts`, keys joined by dots.
fn flatten(prefix: &str, tree: &Value, texts: &mut Texts) {
    match tree {
        Value::Object(members) => {
            for (name, member) in members {
                flatten(&format!("{prefix}.{name}"), member, texts);
            }
        }
        Value::String(text) => {
            texts.insert(prefix.to_owned(), text.clone());
        }
        _ => {}
    }
}

/// A phrase could not be written as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No language on the way to English has this phrase.
    #[error("there is no phrase `{0}`")]
    Key(String),
    /// The phrase mentions an argument that was not given.
    #[error("the phrase `{key}` wants the argument `{argument}`")]
    Argument {
        /// The phrase.
        key: String,
        /// The argument it mentions.
        argument: String,
    },
}

/// All phrases, in all languages; cheap to clone.
#[derive(Debug, Clone)]
pub struct Phrases {
    built_in: Arc<HashMap<Language, Texts>>,
    overrides: Arc<Overrides>,
}

impl Phrases {
    /// The phrases that are part of the program.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The built-in phrases with an administrator's texts above them. Empty texts do not override.
    pub fn with_overrides(mut overrides: Overrides) -> Self {
        for texts in overrides.values_mut() {
            texts.retain(|_, text| !text.is_empty());
        }
        Self {
            built_in: Arc::clone(&BUILT_IN.built_in),
            overrides: Arc::new(overrides),
        }
    }

    /// The phrase `key` in `language`, filled in with `args`; the key itself where there is no such phrase.
    ///
    /// The argument `count`, where it is a whole number, chooses the plural form and is written with the language's
    /// digit groups.
    pub fn get(&self, language: Language, key: &str, args: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
        match self.find(language, key, args) {
            Ok(text) => text,
            Err(Missing::Key(key)) => key,
            Err(Missing::Argument { .. }) => self.form(language, key, None).unwrap_or(key).to_owned(),
        }
    }

    /// The phrase `key` in `language`, which mentions no argument; the key itself where there is no such phrase.
    pub fn text(&self, language: Language, key: &str) -> String {
        self.form(language, key, None).unwrap_or(key).to_owned()
    }

    /// As [`Phrases::get`], telling what is missing.
    pub fn find(
        &self,
        language: Language,
        key: &str,
        args: &[(impl AsRef<str>, impl AsRef<str>)],
    ) -> Result<String, Missing> {
        self.find_mapped(language, key, args, str::to_owned)
    }

    /// As [`Phrases::find`], the phrase changed by `map` before the arguments are filled in: whoever fills in markup
    /// escapes the phrase itself.
    pub fn find_mapped(
        &self,
        language: Language,
        key: &str,
        args: &[(impl AsRef<str>, impl AsRef<str>)],
        map: impl Fn(&str) -> String,
    ) -> Result<String, Missing> {
        let argument = |name: &str| {
            args.iter()
                .find(|(known, _)| known.as_ref() == name)
                .map(|(_, value)| value.as_ref())
        };
        let count = argument("count").and_then(|count| count.parse::<i64>().ok());
        let phrase = self
            .form(language, key, count)
            .ok_or_else(|| Missing::Key(key.to_owned()))?;
        interpolate(&map(phrase), |name| match (name, count) {
            ("count", Some(count)) => Some(format::number(self, language, count)),
            _ => argument(name).map(str::to_owned),
        })
        .map_err(|argument| Missing::Argument {
            key: key.to_owned(),
            argument,
        })
    }

    /// Whether some language on the way to English has the phrase `key` (or its plural forms).
    pub fn contains(&self, language: Language, key: &str) -> bool {
        self.form(language, key, Some(2)).is_some()
    }

    /// The unfilled phrase: the plural form of `count` if there is one, else the key's own text; of the language's
    /// overrides, its catalogue, then English in the same order.
    fn form(&self, language: Language, key: &str, count: Option<i64>) -> Option<&str> {
        for language in [language, Language::EN] {
            let form = count.and_then(|count| {
                let category = Category::of(language, count);
                self.lookup(language, &format!("{key}{}", category.suffix()))
                    .or_else(|| self.lookup(language, &format!("{key}{}", Category::Other.suffix())))
            });
            if let Some(text) = form.or_else(|| self.lookup(language, key)) {
                return Some(text);
            }
        }
        None
    }

    fn lookup(&self, language: Language, key: &str) -> Option<&str> {
        self.overrides
            .get(&language)
            .and_then(|texts| texts.get(key))
            .or_else(|| self.built_in.get(&language).and_then(|texts| texts.get(key)))
            .map(String::as_str)
    }
}

/// Replaces each `{name}` of `phrase`; `Err` names the first argument that is not there. A brace that does not open a
/// name stands for itself.
fn interpolate(phrase: &str, argument: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(phrase.len() + 16);
    let mut rest = phrase;
    while let Some(start) = rest.find('{') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some(name) = placeholder(rest) {
            out.push_str(&argument(name).ok_or_else(|| name.to_owned())?);
            rest = &rest[name.len() + 2..];
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The name in the placeholder that `text` begins with.
fn placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.split_once('}')?.0;
    let well_formed = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    well_formed.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    const NOTHING: &[(&str, &str)] = &[];

    /// Key without its plural suffix, to the arguments it mentions (its count aside).
    fn shape(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let texts = &BUILT_IN.built_in[&language];
        let mut shape: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (key, text) in texts {
            let base = Category::SUFFIXES
                .iter()
                .find_map(|suffix| key.strip_suffix(suffix))
                .filter(|base| texts.contains_key(&format!("{base}_other")))
                .unwrap_or(key);
            let mentioned = shape.entry(base.to_owned()).or_default();
            for (start, _) in text.match_indices('{') {
                mentioned.extend(
                    placeholder(&text[start..])
                        .filter(|name| *name != "count")
                        .map(str::to_owned),
                );
            }
        }
        shape
    }

    #[test]
    fn every_file_is_an_object_of_texts_and_objects() {
        fn check(path: &str, tree: &Value) {
            match tree {
                Value::Object(members) => members
                    .iter()
                    .for_each(|(name, member)| check(&format!("{path}.{name}"), member)),
                Value::String(text) => assert!(!text.trim().is_empty(), "{path} is empty"),
                other => panic!("{path} is {other}"),
            }
        }
        for (tag, prefix, json) in FILES {
            assert!(
                Language::parse(tag).is_some_and(Language::is_built_in),
                "{tag} is not built in"
            );
            check(&format!("{tag}/{prefix}"), &serde_json::from_str(json).unwrap());
        }
    }

    #[test]
    fn every_language_has_the_same_phrases_with_the_same_arguments() {
        let english = shape(Language::EN);
        for language in Language::BUILT_IN {
            let other = shape(*language);
            let lacking: Vec<_> = english.keys().filter(|key| !other.contains_key(*key)).collect();
            let surplus: Vec<_> = other.keys().filter(|key| !english.contains_key(*key)).collect();
            assert!(
                lacking.is_empty() && surplus.is_empty(),
                "{language}: lacks {lacking:?}, has no need of {surplus:?}"
            );
            for (key, mentioned) in &english {
                assert_eq!(mentioned, &other[key], "{language}: arguments of {key}");
            }
        }
    }

    #[test]
    fn every_error_code_has_its_message() {
        for language in Language::BUILT_IN {
            for code in soleira_core::Code::ALL {
                let key = format!("errors.{}", code.as_str());
                assert!(BUILT_IN.lookup(*language, &key).is_some(), "{language}: {key}");
            }
        }
    }

    #[test]
    fn plural_forms_are_complete() {
        for language in Language::BUILT_IN {
            let texts = &BUILT_IN.built_in[language];
            for base in texts.keys().filter_map(|key| key.strip_suffix("_other")) {
                assert!(
                    texts.contains_key(&format!("{base}_one")),
                    "{language}: {base} has no form for one"
                );
            }
        }
    }

    #[test]
    fn a_missing_phrase_shows_its_key_and_says_so() {
        let phrases = Phrases::built_in();
        assert_eq!(
            phrases.get(Language::EN, "common.no_such_phrase", NOTHING),
            "common.no_such_phrase"
        );
        let missing = phrases.find(Language::EN, "common.no_such_phrase", NOTHING);
        assert_eq!(missing, Err(Missing::Key("common.no_such_phrase".to_owned())));
        let missing = phrases.find(Language::EN, "common.time.date_time", &[("date", "today")]);
        assert!(matches!(missing, Err(Missing::Argument { argument, .. }) if argument == "time"));
    }

    #[test]
    fn an_override_wins_and_a_custom_language_falls_back_to_english() {
        let german = Language::parse("de").unwrap();
        let text = |text: &str| HashMap::from([("common.time.just_now".to_owned(), text.to_owned())]);
        let phrases = Phrases::with_overrides(Overrides::from([
            (german, text("gerade eben")),
            (Language::EN, text("now {braces}")),
            (Language::PT_BR, text("")),
        ]));
        assert_eq!(phrases.text(german, "common.time.just_now"), "gerade eben");
        assert_eq!(phrases.text(german, "common.time.yesterday"), "yesterday");
        assert_eq!(phrases.text(Language::PT_BR, "common.time.just_now"), "agora mesmo");
        assert_eq!(
            phrases.get(Language::EN, "common.time.just_now", &[("braces", "{x}")]),
            "now {x}"
        );
    }

    #[test]
    fn interpolation_leaves_other_braces_alone() {
        let fill = |phrase| interpolate(phrase, |name| (name == "a").then(|| "1".to_owned()));
        assert_eq!(fill("{a}{ a }{}{").unwrap(), "1{ a }{}{");
        assert_eq!(fill("{b}").unwrap_err(), "b");
    }
}

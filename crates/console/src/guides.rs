//! The guides: data that leads an application's developer from "created" to "signed in", with code to paste.
//!
//! A guide is a TOML file; its texts are the phrases `guides.<guide>.<step>.{title,text}`.

use serde::Deserialize;
use soleira_core::model::ApplicationType;
use soleira_phrases::{Language, Phrases};
use std::sync::LazyLock;

/// A guide.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guide {
    /// Its identifier, kept with the application that was created from it.
    pub(crate) id: String,
    /// A proper name, such as `Flask`.
    pub(crate) name: Option<String>,
    /// The phrase that names it, where it has no proper name.
    pub(crate) name_phrase: Option<String>,
    /// The type of the applications that it creates.
    #[serde(rename = "type")]
    pub(crate) kind: ApplicationType,
    /// Its icon.
    pub(crate) icon: String,
    /// Words that the search finds it by, besides its name.
    pub(crate) keywords: Vec<String>,
    /// What the form of redirect URIs is prefilled with.
    pub(crate) redirect_uri: Option<String>,
    /// What the form of post sign-out redirect URIs is prefilled with.
    pub(crate) post_sign_out_redirect_uri: Option<String>,
    /// The steps, in order.
    pub(crate) steps: Vec<Step>,
}

/// A step of a guide.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// Part of the keys of its phrases.
    pub(crate) key: String,
    /// What stands in it besides text and code.
    #[serde(default)]
    pub(crate) kind: StepKind,
    /// Code to paste.
    #[serde(default)]
    pub(crate) blocks: Vec<Block>,
}

/// What stands in a step besides text and code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepKind {
    /// Nothing.
    #[default]
    Code,
    /// The form that saves redirect URIs in place.
    RedirectUris,
    /// The choice of roles of a machine.
    Role,
    /// The wait for the first sign-in.
    Check,
}

/// Code to paste.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Block {
    /// What it is written in: `sh`, `python`, `js`, `text`.
    pub(crate) language: String,
    /// The file that it goes into.
    pub(crate) file: Option<String>,
    /// The code, with `{{endpoint}}`, `{{issuer}}`, `{{app_id}}`, `{{app_secret}}` and `{{management_api}}` for the
    /// application's own values.
    pub(crate) code: String,
}

/// What a guide's placeholders stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    /// The tenant's endpoint, without a trailing slash.
    pub(crate) endpoint: &'a str,
    /// The issuer.
    pub(crate) issuer: &'a str,
    /// The App ID.
    pub(crate) app_id: &'a str,
    /// The secret, where the type has one.
    pub(crate) app_secret: &'a str,
    /// The resource indicator of the Management API.
    pub(crate) management_api: &'a str,
}

impl Guide {
    /// What it is called.
    pub(crate) fn title(&self, language: Language) -> String {
        match (&self.name, &self.name_phrase) {
            (Some(name), _) => name.clone(),
            (None, Some(phrase)) => Phrases::built_in().text(language, phrase),
            (None, None) => self.id.clone(),
        }
    }

    /// What it is for, in a sentence.
    pub(crate) fn summary(&self, language: Language) -> String {
        Phrases::built_in().text(language, &format!("guides.{}.summary", self.id))
    }

    /// The title or the text (`part`) of a step.
    pub(crate) fn of_step(&self, step: &Step, part: &str, language: Language) -> String {
        Phrases::built_in().text(language, &format!("guides.{}.{}.{part}", self.id, step.key))
    }

    /// Whether each word of a search is in its name, its summary or its keywords.
    pub(crate) fn is_found_by(&self, search: &str, language: Language) -> bool {
        let all = [self.title(language), self.summary(language), self.keywords.join(" ")]
            .join(" ")
            .to_lowercase();
        search.to_lowercase().split_whitespace().all(|word| all.contains(word))
    }
}

impl Block {
    /// The code with the application's own values.
    pub(crate) fn filled(&self, values: Values<'_>) -> String {
        self.code
            .trim_end()
            .replace("{{endpoint}}", values.endpoint)
            .replace("{{issuer}}", values.issuer)
            .replace("{{app_id}}", values.app_id)
            .replace("{{app_secret}}", values.app_secret)
            .replace("{{management_api}}", values.management_api)
    }
}

/// The guides' files, in the order in which the library shows them.
const FILES: &[&str] = &[
    include_str!("../guides/flask.toml"),
    include_str!("../guides/web.toml"),
    include_str!("../guides/spa.toml"),
    include_str!("../guides/native.toml"),
    include_str!("../guides/machine-to-machine.toml"),
];

// The files are part of the program, and a test reads each of them: none is lost unnoticed.
static GUIDES: LazyLock<Vec<Guide>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| toml::from_str(text).ok()).collect());

/// All guides, in the order in which the library shows them.
pub(crate) fn all() -> &'static [Guide] {
    &GUIDES
}

/// The guide of this identifier.
pub(crate) fn find(id: &str) -> Option<&'static Guide> {
    GUIDES.iter().find(|guide| guide.id == id)
}

/// The generic guide of an application type: what an application without a framework gets.
pub(crate) fn generic(kind: ApplicationType) -> Option<&'static Guide> {
    GUIDES.iter().find(|guide| guide.kind == kind && guide.name.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_reads_and_has_its_phrases() {
        let read: Vec<Guide> = FILES.iter().map(|text| toml::from_str(text).unwrap()).collect();
        assert_eq!(read.len(), all().len());
        for guide in read {
            let phrases = Phrases::built_in();
            for language in [Language::EN, Language::PT_BR] {
                let has = |key: &str| assert!(phrases.contains(language, key), "{key} in {language:?}");
                has(&format!("guides.{}.summary", guide.id));
                if let Some(name) = &guide.name_phrase {
                    has(name);
                }
                for step in &guide.steps {
                    has(&format!("guides.{}.{}.title", guide.id, step.key));
                    has(&format!("guides.{}.{}.text", guide.id, step.key));
                }
            }
            assert_eq!(
                guide.steps.last().map(|step| step.kind),
                Some(StepKind::Check),
                "{}",
                guide.id
            );
        }
    }

    #[test]
    fn a_guide_is_found_by_each_of_its_words() {
        let flask = find("flask").unwrap();
        assert!(flask.is_found_by("", Language::EN));
        assert!(flask.is_found_by("Python FLASK", Language::PT_BR));
        assert!(!flask.is_found_by("python vue", Language::EN));
    }

    #[test]
    fn no_application_type_is_a_dead_end() {
        for kind in [
            ApplicationType::Traditional,
            ApplicationType::Spa,
            ApplicationType::Native,
            ApplicationType::MachineToMachine,
        ] {
            assert!(generic(kind).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn the_flask_guide_has_the_blocks_of_the_example() {
        let example = include_str!("../../../examples/flask-huggingface/guide.md");
        let mut blocks = Vec::new();
        let mut rest = example;
        while let Some((_, after)) = rest.split_once("```") {
            let (block, after) = after.split_once("```").unwrap();
            blocks.push(block.split_once('\n').unwrap().1.trim_end());
            rest = after;
        }
        let guide: Vec<_> = find("flask")
            .unwrap()
            .steps
            .iter()
            .flat_map(|step| &step.blocks)
            .map(|b| b.code.trim_end())
            .collect();
        assert_eq!(guide, blocks);
    }

    #[test]
    fn placeholders_are_filled_in() {
        let values = Values {
            endpoint: "https://id.example",
            issuer: "https://id.example/oidc",
            app_id: "app",
            app_secret: "secret",
            management_api: "https://default.logto.app/api",
        };
        for guide in all() {
            for block in guide.steps.iter().flat_map(|step| &step.blocks) {
                let filled = block.filled(values);
                for name in ["endpoint", "issuer", "app_id", "app_secret", "management_api"] {
                    assert!(!filled.contains(&format!("{{{{{name}}}}}")), "{}", guide.id);
                }
            }
        }
    }
}

//! The factories: the providers and senders that connectors can be made from, with what the wire and the Console show of
//! them.

use crate::form::{FormItem, Localized, Platform};
use crate::{message, social};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use soleira_core::model::ConnectorType;

/// A manifest in the tree that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the manifest {name} cannot be read: {reason}")]
pub struct RegistryError {
    /// Its file.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// What is embedded of a factory.
struct Source {
    name: &'static str,
    manifest: &'static str,
    sends: bool,
    logo: &'static str,
    readme: [(&'static str, &'static str); 2],
}

static SOURCES: &[Source] = &[Source {
    name: "huggingface.toml",
    manifest: include_str!("../providers/huggingface.toml"),
    sends: false,
    logo: include_str!("../providers/huggingface.svg"),
    readme: [
        ("en", include_str!("../providers/huggingface.md")),
        ("pt-BR", include_str!("../providers/huggingface.pt-BR.md")),
    ],
}];

const MOCK_LOGO: &str = include_str!("../sandbox/mock.svg");
const MOCK_MESSAGES: [(&str, &str); 2] = [
    ("en", include_str!("../sandbox/mock-messages.md")),
    ("pt-BR", include_str!("../sandbox/mock-messages.pt-BR.md")),
];

/// The test doubles.
static SANDBOX_SOURCES: &[Source] = &[
    Source {
        name: "mock-social.toml",
        manifest: include_str!("../sandbox/mock-social.toml"),
        sends: false,
        logo: MOCK_LOGO,
        readme: [
            ("en", include_str!("../sandbox/mock-social.md")),
            ("pt-BR", include_str!("../sandbox/mock-social.pt-BR.md")),
        ],
    },
    Source {
        name: "mock-email.toml",
        manifest: include_str!("../sandbox/mock-email.toml"),
        sends: true,
        logo: MOCK_LOGO,
        readme: MOCK_MESSAGES,
    },
    Source {
        name: "mock-email-alternative.toml",
        manifest: include_str!("../sandbox/mock-email-alternative.toml"),
        sends: true,
        logo: MOCK_LOGO,
        readme: MOCK_MESSAGES,
    },
    Source {
        name: "mock-sms.toml",
        manifest: include_str!("../sandbox/mock-sms.toml"),
        sends: true,
        logo: MOCK_LOGO,
        readme: MOCK_MESSAGES,
    },
];

/// What reads a factory's manifest.
#[derive(Debug, Clone)]
pub enum Engine {
    /// Social sign-in.
    Social(Box<social::Manifest>),
    /// Messages.
    Message(message::Manifest),
}

/// What connectors can be made from.
#[derive(Debug, Clone)]
pub struct Factory {
    engine: Engine,
    logo: String,
    readme: Localized,
}

impl Factory {
    fn read(source: &Source) -> Result<Self, RegistryError> {
        let unreadable = |reason: String| RegistryError {
            name: source.name,
            reason,
        };
        let engine = if source.sends {
            toml::from_str(source.manifest).map(Engine::Message)
        } else {
            toml::from_str(source.manifest).map(|manifest| Engine::Social(Box::new(manifest)))
        };
        let readme = source
            .readme
            .iter()
            .map(|&(tag, text)| (tag.to_owned(), text.to_owned()));
        Ok(Self {
            engine: engine.map_err(|error| unreadable(error.to_string()))?,
            logo: format!("data:image/svg+xml;base64,{}", STANDARD.encode(source.logo.trim_end())),
            readme: Localized::try_from(readme.collect::<std::collections::BTreeMap<_, _>>())
                .map_err(|reason| unreadable(reason.to_owned()))?,
        })
    }

    /// What reads its manifest.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its manifest, if people sign in with it.
    pub fn social(&self) -> Option<&social::Manifest> {
        match &self.engine {
            Engine::Social(manifest) => Some(manifest),
            Engine::Message(_) => None,
        }
    }

    /// Its manifest, if it sends messages.
    pub fn message(&self) -> Option<&message::Manifest> {
        match &self.engine {
            Engine::Message(manifest) => Some(manifest),
            Engine::Social(_) => None,
        }
    }

    /// What its connectors are for.
    pub fn kind(&self) -> ConnectorType {
        match &self.engine {
            Engine::Social(_) => ConnectorType::Social,
            Engine::Message(manifest) => manifest.sender.channel().connector_type(),
        }
    }

    /// Its identifier, such as `huggingface-universal`.
    pub fn id(&self) -> &str {
        match &self.engine {
            Engine::Social(manifest) => &manifest.id,
            Engine::Message(manifest) => &manifest.id,
        }
    }

    /// The provider's identifier in identities, such as `huggingface`; of a sender, its service's.
    pub fn target(&self) -> &str {
        match &self.engine {
            Engine::Social(manifest) => &manifest.target,
            Engine::Message(manifest) => &manifest.target,
        }
    }

    /// Where it works; senders have none.
    pub fn platform(&self) -> Option<Platform> {
        self.social().map(|manifest| manifest.platform)
    }

    /// Its name.
    pub fn name(&self) -> &Localized {
        match &self.engine {
            Engine::Social(manifest) => &manifest.name,
            Engine::Message(manifest) => &manifest.name,
        }
    }

    /// What it is.
    pub fn description(&self) -> &Localized {
        match &self.engine {
            Engine::Social(manifest) => &manifest.description,
            Engine::Message(manifest) => &manifest.description,
        }
    }

    /// What the administrator fills in.
    pub fn form(&self) -> &[FormItem] {
        match &self.engine {
            Engine::Social(manifest) => &manifest.form,
            Engine::Message(manifest) => &manifest.form,
        }
    }

    /// Its logo as a `data:` URL.
    pub fn logo(&self) -> &str {
        &self.logo
    }

    /// How to set it up at the provider, in Markdown.
    pub fn readme(&self, language: &str) -> &str {
        self.readme.get(language)
    }

    /// Its metadata as the wire has it, without `type` and `id`, which a connector and a factory fill differently
    /// (docs/wire/connectors.md).
    pub fn metadata(&self) -> Map<String, Value> {
        let form: Vec<Value> = self.form().iter().map(form_item).collect();
        let metadata = json!({
            "target": self.target(),
            "platform": self.platform(),
            "name": self.name(),
            "description": self.description(),
            "logo": self.logo,
            "logoDark": null,
            "readme": self.readme.english(),
            "formItems": form,
        });
        match metadata {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// The factory as `/api/connector-factories` shows it.
    pub fn to_wire(&self) -> Value {
        let mut wire = Map::new();
        wire.insert("type".to_owned(), json!(self.kind()));
        wire.insert("id".to_owned(), json!(self.id()));
        wire.extend(self.metadata());
        Value::Object(wire)
    }
}

fn form_item(item: &FormItem) -> Value {
    let mut wire = Map::new();
    wire.insert("key".to_owned(), json!(item.key));
    wire.insert("type".to_owned(), json!(item.kind));
    wire.insert("required".to_owned(), json!(item.required));
    wire.insert("label".to_owned(), json!(item.label.english()));
    if let Some(placeholder) = &item.placeholder {
        wire.insert("placeholder".to_owned(), json!(placeholder.english()));
    }
    if let Some(description) = &item.description {
        wire.insert("description".to_owned(), json!(description.english()));
    }
    if item.confidential {
        wire.insert("isConfidential".to_owned(), json!(true));
    }
    Value::Object(wire)
}

/// The factories of this build.
#[derive(Debug, Clone)]
pub struct Registry(Vec<Factory>);

impl Registry {
    /// Those that are built in.
    pub fn builtin() -> Result<Self, RegistryError> {
        SOURCES.iter().map(Factory::read).collect::<Result<_, _>>().map(Self)
    }

    /// Those that are built in and the test doubles, for a process that runs as a sandbox.
    pub fn sandbox() -> Result<Self, RegistryError> {
        let sources = SOURCES.iter().chain(SANDBOX_SOURCES);
        sources.map(Factory::read).collect::<Result<_, _>>().map(Self)
    }

    /// All of them, in the order in which they are shown.
    pub fn factories(&self) -> &[Factory] {
        &self.0
    }

    /// The factory of this identifier.
    pub fn factory(&self, id: &str) -> Option<&Factory> {
        self.0.iter().find(|factory| factory.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factory_is_complete() {
        let registry = Registry::builtin().unwrap();
        for factory in registry.factories() {
            let manifest = factory.social().unwrap();
            for endpoint in [
                &manifest.oauth.authorization_endpoint,
                &manifest.oauth.token_endpoint,
                &manifest.oauth.user_info_endpoint,
            ] {
                assert_eq!(endpoint.scheme(), "https", "{}", factory.id());
            }
            for key in ["clientId", "clientSecret"] {
                assert!(
                    manifest.form.iter().any(|item| item.key == key && item.required),
                    "{}",
                    factory.id()
                );
            }
            assert!(factory.readme("en").starts_with("# "));
            assert_eq!(
                registry
                    .factories()
                    .iter()
                    .filter(|other| other.id() == factory.id())
                    .count(),
                1
            );
        }
    }

    #[test]
    fn the_wire_form_of_hugging_face() {
        let registry = Registry::builtin().unwrap();
        let wire = registry.factory("huggingface-universal").unwrap().to_wire();
        assert_eq!(wire["type"], "Social");
        assert_eq!(wire["target"], "huggingface");
        assert_eq!(wire["platform"], "Universal");
        assert_eq!(wire["name"]["en"], "Hugging Face");
        assert_eq!(wire["logoDark"], Value::Null);
        let items: Vec<(&str, &str, bool)> = wire["formItems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                (
                    item["key"].as_str().unwrap(),
                    item["type"].as_str().unwrap(),
                    item["required"].as_bool().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            items,
            [
                ("clientId", "Text", true),
                ("clientSecret", "Text", true),
                ("scope", "MultilineText", false)
            ]
        );
        let logo = wire["logo"]
            .as_str()
            .unwrap()
            .strip_prefix("data:image/svg+xml;base64,")
            .unwrap();
        assert!(STANDARD.decode(logo).unwrap().starts_with(b"<svg "));
        assert!(registry.factory("nope").is_none());
    }

    #[test]
    fn instructions_come_in_the_readers_language() {
        let registry = Registry::builtin().unwrap();
        let factory = registry.factory("huggingface-universal").unwrap();
        assert!(factory.readme("pt-BR").starts_with("# Entrar"));
        assert!(factory.readme("de").starts_with("# Sign in"));
        assert_eq!(factory.form()[0].label.get("pt-BR"), "ID do cliente");
    }

    #[test]
    fn the_doubles_exist_in_the_sandbox_only() {
        let (builtin, sandbox) = (Registry::builtin().unwrap(), Registry::sandbox().unwrap());
        let doubles = [
            (
                "mock-social-connector",
                ConnectorType::Social,
                "mock-social",
                json!("Universal"),
            ),
            ("mock-email-service", ConnectorType::Email, "mock-mail", json!(null)),
            (
                "mock-email-service-alternative",
                ConnectorType::Email,
                "mock-mail-alternative",
                json!(null),
            ),
            (
                "mock-short-message-service",
                ConnectorType::Sms,
                "mock-sms",
                json!(null),
            ),
        ];
        for (id, kind, target, platform) in doubles {
            assert!(builtin.factory(id).is_none(), "{id}");
            let factory = sandbox.factory(id).unwrap();
            assert_eq!((factory.kind(), factory.target()), (kind, target));
            assert_eq!(factory.to_wire()["type"], json!(kind));
            assert_eq!(factory.to_wire()["platform"], platform);
            for language in ["en", "pt-BR"] {
                assert!(factory.readme(language).starts_with("# "), "{id}");
            }
        }
        assert_eq!(sandbox.factories().len(), builtin.factories().len() + 4);
    }
}

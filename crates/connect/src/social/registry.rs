//! The factories: the providers that connectors can be made from, with what the wire and the Console show of them.

use super::manifest::{FormItem, Localized, Manifest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// A manifest in the tree that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the manifest {name} cannot be read: {reason}")]
pub struct RegistryError {
    /// Its file.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// What is embedded of a provider.
struct Source {
    name: &'static str,
    manifest: &'static str,
    logo: &'static str,
    readme: &'static [(&'static str, &'static str)],
}

static SOURCES: &[Source] = &[Source {
    name: "huggingface.toml",
    manifest: include_str!("../../providers/huggingface.toml"),
    logo: include_str!("../../providers/huggingface.svg"),
    readme: &[
        ("en", include_str!("../../providers/huggingface.md")),
        ("pt-BR", include_str!("../../providers/huggingface.pt-BR.md")),
    ],
}];

/// A provider that connectors can be made from.
#[derive(Debug, Clone)]
pub struct Factory {
    manifest: Manifest,
    logo: String,
    readme: Localized,
}

impl Factory {
    fn read(source: &Source) -> Result<Self, RegistryError> {
        let unreadable = |reason: String| RegistryError {
            name: source.name,
            reason,
        };
        let manifest = toml::from_str(source.manifest).map_err(|error| unreadable(error.to_string()))?;
        let readme = source
            .readme
            .iter()
            .map(|&(tag, text)| (tag.to_owned(), text.to_owned()));
        Ok(Self {
            manifest,
            logo: format!("data:image/svg+xml;base64,{}", STANDARD.encode(source.logo.trim_end())),
            readme: Localized::try_from(readme.collect::<std::collections::BTreeMap<_, _>>())
                .map_err(|reason| unreadable(reason.to_owned()))?,
        })
    }

    /// Its identifier, such as `huggingface-universal`.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The provider's identifier in identities, such as `huggingface`.
    pub fn target(&self) -> &str {
        &self.manifest.target
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
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
        let Manifest {
            target,
            platform,
            name,
            description,
            form,
            ..
        } = &self.manifest;
        let form: Vec<Value> = form.iter().map(form_item).collect();
        let metadata = json!({
            "target": target,
            "platform": platform,
            "name": name,
            "description": description,
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
        wire.insert("type".to_owned(), json!("Social"));
        wire.insert("id".to_owned(), json!(self.manifest.id));
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
    /// The providers that are built in.
    pub fn builtin() -> Result<Self, RegistryError> {
        SOURCES.iter().map(Factory::read).collect::<Result<_, _>>().map(Self)
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
            let manifest = factory.manifest();
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
        assert_eq!(factory.manifest().form[0].label.get("pt-BR"), "ID do cliente");
    }
}

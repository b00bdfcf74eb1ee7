//! The manifest of a provider, as written in `providers/*.toml`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use url::Url;

/// A text in several languages; English is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// The text in this language, else in the language without its region, else in English.
    pub fn get(&self, language: &str) -> &str {
        let base = language.split('-').next().unwrap_or(language);
        [language, base, "en"]
            .into_iter()
            .find_map(|tag| self.0.get(tag))
            .map_or("", String::as_str)
    }

    /// The text in English.
    pub fn english(&self) -> &str {
        self.get("en")
    }
}

impl TryFrom<BTreeMap<String, String>> for Localized {
    type Error = &'static str;

    fn try_from(texts: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        if texts.contains_key("en") {
            Ok(Self(texts))
        } else {
            Err("the English text is missing")
        }
    }
}

impl From<Localized> for BTreeMap<String, String> {
    fn from(localized: Localized) -> Self {
        localized.0
    }
}

/// Where a connector works: in browsers, in native applications, or in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Platform {
    /// Native applications only.
    Native,
    /// Everywhere.
    Universal,
    /// Browsers only.
    Web,
}

impl Platform {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "Native",
            Self::Universal => "Universal",
            Self::Web => "Web",
        }
    }
}

/// The kind of field that an administrator fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FormItemType {
    /// One line.
    Text,
    /// Several lines.
    MultilineText,
    /// On or off.
    Switch,
}

/// A field of the form that an administrator fills in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormItem {
    /// Its name in the connector's configuration.
    pub key: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: FormItemType,
    /// Whether it must be filled in.
    #[serde(default)]
    pub required: bool,
    /// Whether it holds a secret.
    #[serde(default)]
    pub confidential: bool,
    /// What stands above it.
    pub label: Localized,
    /// What stands in it while it is empty.
    pub placeholder: Option<Localized>,
    /// What stands below it.
    pub description: Option<Localized>,
}

/// How the client proves itself at the token endpoint (OpenID Connect Core 1.0 §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// Identifier and secret in the `Authorization` header. As most providers read it, and unlike RFC 6749 §2.3.1, the
    /// two are not form-encoded first.
    ClientSecretBasic,
    /// Identifier and secret in the form.
    ClientSecretPost,
}

/// The provider as an authorization server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// Where the browser is sent.
    pub authorization_endpoint: Url,
    /// Where the code is exchanged.
    pub token_endpoint: Url,
    /// Where the profile is read.
    pub user_info_endpoint: Url,
    /// What is asked for unless the configuration says otherwise; may be empty.
    #[serde(default)]
    pub default_scope: String,
    /// How the client proves itself.
    pub client_authentication: ClientAuthentication,
    /// Whether PKCE with S256 is used (RFC 7636).
    #[serde(default)]
    pub pkce: bool,
    /// Whether a nonce is sent (OpenID Connect Core 1.0 §3.1.2.1).
    #[serde(default)]
    pub nonce: bool,
    /// Members of the token response without which it is refused.
    pub required_token_members: Vec<String>,
}

/// Where the members of a profile are in what the provider tells: names, with dots into objects.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileMapping {
    /// The account's identifier at the provider, which never changes hands.
    pub id: String,
    /// What people call them.
    pub name: Option<String>,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// The claim that is `true` where the provider vouches for the e-mail address. Without it, the provider never does.
    pub email_verified: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// The name that they go by at the provider.
    pub preferred_username: Option<String>,
}

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The factory's identifier.
    pub id: String,
    /// The provider's identifier in identities: connectors of one target share them.
    pub target: String,
    /// Where it works.
    pub platform: Platform,
    /// The provider's name.
    pub name: Localized,
    /// What it is.
    pub description: Localized,
    /// What the administrator fills in.
    pub form: Vec<FormItem>,
    /// How it is spoken to.
    pub oauth: OAuth,
    /// How its profiles are read.
    pub profile: ProfileMapping,
}

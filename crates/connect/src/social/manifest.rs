//! The manifest of a provider, as written in `providers/*.toml`.

use crate::form::{FormItem, Localized, Platform};
use serde::Deserialize;
use url::Url;

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

/// Who tells who the person is that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Teller {
    /// The provider, asked with the code.
    #[default]
    Provider,
    /// The callback itself, whoever brings it: the sandbox's double of a provider, which nobody could ask.
    Callback,
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
    /// Who tells who the person is.
    #[serde(default)]
    pub teller: Teller,
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

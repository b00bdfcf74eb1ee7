//! What an administrator fills in for a connector.

use super::manifest::Manifest;
use crate::form::{Fields, FormItemType, Issue, Problem};
use serde_json::{Map, Value};
use soleira_core::Secret;
use url::Url;

/// The endpoints that an administrator may put in place of the provider's: for proxies, private hubs and tests. They are
/// accepted in the configuration and are no form items on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndpointOverride {
    /// Where the browser is sent.
    Authorization,
    /// Where the code is exchanged.
    Token,
    /// Where the profile is read.
    UserInfo,
}

impl EndpointOverride {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Authorization, Self::Token, Self::UserInfo];

    /// Its name in the configuration.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Authorization => "authorizationEndpoint",
            Self::Token => "tokenEndpoint",
            Self::UserInfo => "userInfoEndpoint",
        }
    }

    /// What the provider has in its place.
    pub fn default_of(self, manifest: &Manifest) -> &Url {
        match self {
            Self::Authorization => &manifest.oauth.authorization_endpoint,
            Self::Token => &manifest.oauth.token_endpoint,
            Self::UserInfo => &manifest.oauth.user_info_endpoint,
        }
    }
}

/// The name in the configuration of the choice to trust addresses about which the provider says nothing.
pub const TRUST_UNVERIFIED_EMAIL: &str = "trustUnverifiedEmail";

/// A configuration that was checked.
#[derive(Debug, Clone)]
pub struct ConnectorConfig {
    /// The client's identifier at the provider.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// What is asked for, if the administrator says so.
    pub scope: Option<String>,
    /// Where the browser is sent.
    pub authorization_endpoint: Url,
    /// Where the code is exchanged.
    pub token_endpoint: Url,
    /// Where the profile is read.
    pub user_info_endpoint: Url,
    /// Whether an e-mail address counts as verified where the provider says nothing about it.
    pub trust_unverified_email: bool,
}

impl ConnectorConfig {
    /// Checks a configuration against its factory's form and reports every field that is wrong. Members that the form
    /// does not know are kept by whoever stores the configuration, and mean nothing here.
    pub fn parse(manifest: &Manifest, config: &Map<String, Value>) -> Result<Self, Vec<Issue>> {
        let mut fields = Fields::of(config);
        for item in &manifest.form {
            match item.kind {
                FormItemType::Text | FormItemType::MultilineText => {
                    let value = fields.text(&item.key);
                    if item.required && value.is_none() {
                        fields.refuse(&item.key, Problem::Required);
                    }
                }
                FormItemType::Switch => drop(fields.switch(&item.key)),
                // No provider asks for one.
                FormItemType::Json => {}
            }
        }
        let endpoint = |fields: &mut Fields<'_>, which: EndpointOverride| {
            fields
                .endpoint(which.key())
                .unwrap_or_else(|| which.default_of(manifest).clone())
        };
        let parsed = Self {
            client_id: fields.text("clientId").unwrap_or_default(),
            client_secret: Secret::new(fields.text("clientSecret").unwrap_or_default()),
            scope: fields
                .text("scope")
                .map(|scope| scope.split_whitespace().collect::<Vec<_>>().join(" ")),
            authorization_endpoint: endpoint(&mut fields, EndpointOverride::Authorization),
            token_endpoint: endpoint(&mut fields, EndpointOverride::Token),
            user_info_endpoint: endpoint(&mut fields, EndpointOverride::UserInfo),
            trust_unverified_email: fields.switch(TRUST_UNVERIFIED_EMAIL),
        };
        fields.finish(parsed)
    }
}

//! Connectors: list, the picker of factories, setup and details.

use super::super::{Field, templates};
use super::ErrorEntry;
use serde::Serialize;
use soleira_core::Timestamp;

/// A connector in the list.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectorRow {
    /// The provider's name.
    pub name: String,
    /// Its logo.
    pub logo: String,
    /// Its logo on dark, where it differs.
    pub dark_logo: Option<String>,
    /// The name of the identity provider in tokens and in the API.
    pub target: String,
    /// Whether the sign-in page offers it.
    pub offered: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its details.
    pub href: String,
}

/// `console/connectors.html`.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectorsPage {
    /// The social connectors.
    pub connectors: Vec<ConnectorRow>,
    /// The picker.
    pub add_href: String,
    /// The settings that decide which of them are offered.
    pub sign_in_experience_href: String,
}

/// A kind of connector to choose.
#[derive(Debug, Clone, Serialize)]
pub struct FactoryCard {
    /// The provider's name.
    pub name: String,
    /// What it is, in a sentence.
    pub description: String,
    /// Its logo.
    pub logo: String,
    /// Its logo on dark, where it differs.
    pub dark_logo: Option<String>,
    /// Where it is set up, or its details where there is one already.
    pub href: String,
    /// Whether there is one already, and only one may be.
    pub added: bool,
}

/// `console/connector-factories.html`.
#[derive(Debug, Clone, Serialize)]
pub struct FactoriesPage {
    /// The kinds.
    pub factories: Vec<FactoryCard>,
    /// The list of connectors.
    pub list_href: String,
}

/// How a form item is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// One line.
    Text,
    /// Several lines.
    Multiline,
    /// On or off; sends `true` when on.
    Switch,
}

/// A form item of a connector, as its manifest has it.
#[derive(Debug, Clone, Serialize)]
pub struct FormItem {
    /// Its key in the configuration and the name of the field.
    pub key: String,
    /// How it is filled in.
    pub kind: ItemKind,
    /// What it is called.
    pub label: String,
    /// What to put there.
    pub hint: Option<String>,
    /// What stands in the empty field.
    pub placeholder: Option<String>,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether it is hidden like a password.
    pub confidential: bool,
    /// What it holds; `true` for a switch that is on.
    pub field: Field,
}

/// `console/connector.html`: setup and details of a connector. Posts the items by key, and `sync_profile=yes`,
/// `trust_unverified_email=yes` where ticked.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectorPage {
    /// The provider's name.
    pub name: String,
    /// Its logo.
    pub logo: String,
    /// Its logo on dark, where it differs.
    pub dark_logo: Option<String>,
    /// Whether it is being set up.
    pub new: bool,
    /// The list, or the picker while it is being set up.
    pub list_href: String,
    /// Where the form is posted to.
    pub action: String,
    /// This page.
    pub here_href: String,
    /// Where its deletion is asked for; none while it is being set up.
    pub delete_href: Option<String>,
    /// What is wrong.
    pub errors: Vec<ErrorEntry>,
    /// What the provider has to be told; the same before and after saving.
    pub redirect_uri: String,
    /// What to do at the provider's, in order; marked up like the guides' text.
    pub instructions: Vec<String>,
    /// The items.
    pub items: Vec<FormItem>,
    /// The items that few need: addresses of the provider's endpoints.
    pub advanced: Vec<FormItem>,
    /// Whether the advanced items are open.
    pub advanced_open: bool,
    /// Whether name and picture follow the provider at each sign-in.
    pub sync_profile: bool,
    /// Whether an e-mail is trusted that the provider does not vouch for.
    pub trust_unverified_email: bool,
    /// Whether the sign-in page offers it; where it does not, this page says so and links there.
    pub offered: bool,
    /// The settings that decide whether it is offered.
    pub sign_in_experience_href: String,
}

templates! {
    ConnectorsPage => "console/connectors.html",
    FactoriesPage => "console/connector-factories.html",
    ConnectorPage => "console/connector.html",
}

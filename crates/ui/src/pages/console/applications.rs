//! Applications: list, create, details.

use super::super::{Field, templates};
use super::{Choice, ErrorEntry, Pager, Tab};
use serde::Serialize;
use soleira_core::Timestamp;
use soleira_core::model::ApplicationType;

/// An application in the list.
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationRow {
    /// Its App ID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ApplicationType,
    /// Whether it belongs to someone else.
    pub third_party: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its details.
    pub href: String,
}

/// `console/applications.html`.
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationsPage {
    /// What is searched for.
    pub q: String,
    /// What is found.
    pub applications: Vec<ApplicationRow>,
    /// Which part of it this is.
    pub pager: Pager,
    /// Where an application is made.
    pub create_href: String,
}

/// A type of application to choose.
#[derive(Debug, Clone, Serialize)]
pub struct KindChoice {
    /// The type.
    pub kind: ApplicationType,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// `console/application-create.html`. Posts `name`, `description`, `type` and, with a guide, `guide`.
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationCreatePage {
    /// Where the form is posted to.
    pub action: String,
    /// What is wrong.
    pub errors: Vec<ErrorEntry>,
    /// Its name.
    pub name: Field,
    /// Its description.
    pub description: Field,
    /// The types to choose from; empty where the guide decides.
    pub kinds: Vec<KindChoice>,
    /// The guide's id and name, where one was chosen.
    pub guide: Option<Choice>,
    /// Where the list or the library is.
    pub cancel_href: String,
}

/// A secret of an application.
#[derive(Debug, Clone, Serialize)]
pub struct SecretRow {
    /// Its name.
    pub name: String,
    /// The secret itself, shown when asked for.
    pub value: String,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// Whether it has stopped working.
    pub expired: bool,
    /// Where its deletion is asked for.
    pub delete_href: String,
}

/// The secrets of an application, and one more. Posts `secret_name` and `secret_expires_in` (days, empty for never).
#[derive(Debug, Clone, Serialize)]
pub struct Secrets {
    /// What there is.
    pub rows: Vec<SecretRow>,
    /// Where one more is posted to.
    pub add_action: String,
    /// The name of one more.
    pub add_name: Field,
    /// Whether the form for one more is open, because something is wrong with it.
    pub adding: bool,
}

/// `console/application.html`: the settings of one application. Posts `name`, `description`, `redirect_uri` and
/// `post_sign_out_redirect_uri` (both repeated; empty rows do not count).
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationPage {
    /// Its App ID.
    pub id: String,
    /// Its name as saved.
    pub title: String,
    /// Its type.
    pub kind: ApplicationType,
    /// The framework of its guide, where it was made with one.
    pub framework: Option<String>,
    /// Whether it belongs to someone else.
    pub third_party: bool,
    /// The list of applications.
    pub list_href: String,
    /// Its guide.
    pub guide_href: Option<String>,
    /// Where its deletion is asked for.
    pub delete_href: String,
    /// The tabs; none where there is only one.
    pub tabs: Vec<Tab>,
    /// Where the form is posted to.
    pub action: String,
    /// This page.
    pub here_href: String,
    /// What is wrong.
    pub errors: Vec<ErrorEntry>,
    /// Its name.
    pub name: Field,
    /// Its description.
    pub description: Field,
    /// The server's address, as SDKs ask for it.
    pub endpoint: String,
    /// The issuer.
    pub issuer: String,
    /// The authorization endpoint; none for machines.
    pub authorization_endpoint: Option<String>,
    /// The token endpoint.
    pub token_endpoint: String,
    /// The userinfo endpoint; none for machines.
    pub userinfo_endpoint: Option<String>,
    /// Its secrets; none for types that cannot keep one.
    pub secrets: Option<Secrets>,
    /// Where people come back to after signing in; none for machines.
    pub redirect_uris: Option<Vec<Field>>,
    /// Where people come back to after signing out; none for machines.
    pub post_sign_out_redirect_uris: Option<Vec<Field>>,
}

templates! {
    ApplicationsPage => "console/applications.html",
    ApplicationCreatePage => "console/application-create.html",
    ApplicationPage => "console/application.html",
}

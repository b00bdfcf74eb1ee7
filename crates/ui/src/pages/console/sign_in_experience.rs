//! Sign-in experience: how people register and sign in, with a live preview.

use super::super::templates;
use super::{ErrorEntry, Tab};
use crate::Notice;
use serde::Serialize;

/// What registration asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpChoice {
    /// A username and a password.
    Username,
    /// Nothing: only social sign-in makes accounts.
    NotApplicable,
}

/// A social connector that the page offers, or could.
#[derive(Debug, Clone, Serialize)]
pub struct SocialChoice {
    /// Its target.
    pub target: String,
    /// The provider's name.
    pub name: String,
    /// Its logo.
    pub logo: String,
    /// Its logo on dark, where it differs.
    pub dark_logo: Option<String>,
}

/// `console/sign-in-experience.html`, the tab "Sign-up and sign-in".
///
/// Posts `sign_up` (a choice or `keep`), `sign_in_username=yes`, `social` (targets in order, repeated), `mode`,
/// `automatic_linking=yes`, `skip_identifiers=yes`. The buttons `move_up`, `move_down`, `remove`, `add` carry a target
/// and post the same form: the page comes back with the change made and nothing saved. `preview` posts it to
/// `preview_action`, into the frame.
#[derive(Debug, Clone, Serialize)]
pub struct SignInExperiencePage {
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// Where the form is posted to.
    pub action: String,
    /// Where the preview is rendered from the form as it stands.
    pub preview_action: String,
    /// This page as it is saved.
    pub here_href: String,
    /// Whether the form differs from what is saved.
    pub changed: bool,
    /// What is wrong.
    pub errors: Vec<ErrorEntry>,
    /// What deserves a warning: nobody could sign in.
    pub warning: Option<Notice>,
    /// What registration asks for; `None` for a combination that the API set and this form leaves alone.
    pub sign_up: Option<SignUpChoice>,
    /// Whether people may sign in with username and password.
    pub sign_in_username: bool,
    /// Whether new people may register.
    pub registration_open: bool,
    /// The social connectors offered, in order.
    pub social: Vec<SocialChoice>,
    /// Those that could be offered too.
    pub social_available: Vec<SocialChoice>,
    /// Whether a connector can be added at all.
    pub add_connector_href: String,
    /// Link to the account of the same vouched-for e-mail without asking.
    pub automatic_linking: bool,
    /// Do not ask people who come from a provider for what registration asks for.
    pub skip_identifiers: bool,
}

templates! {
    SignInExperiencePage => "console/sign-in-experience.html",
}

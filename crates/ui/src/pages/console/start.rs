//! First steps: welcome, get started, and the guides.

use super::super::experience::PasswordRules;
use super::super::{Field, Notice, templates};
use serde::Serialize;
use soleira_core::Timestamp;
use soleira_core::model::ApplicationType;

/// `console/welcome.html`: makes the first administrator, once. Posts `username`, `password` and, where it is asked
/// for, `code`.
#[derive(Debug, Clone, Serialize)]
pub struct WelcomePage {
    /// Where the form is posted to.
    pub action: String,
    /// Something to say above everything else.
    pub notice: Option<Notice>,
    /// The username.
    pub username: Field,
    /// The password: its errors only.
    pub password: Field,
    /// What the password has to be.
    pub rules: PasswordRules,
    /// The one-time code that the server printed, asked for from afar.
    pub code: Option<Field>,
}

/// A step towards the first sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct Task {
    /// Which one: `application`, `connector`, `sign_in_experience`, `users`. Names the phrases.
    pub name: &'static str,
    /// Where it is done.
    pub href: String,
    /// Whether it is done.
    pub done: bool,
}

/// A guide as a card.
#[derive(Debug, Clone, Serialize)]
pub struct GuideCard {
    /// The framework or language.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// The type of application that it makes.
    pub kind: ApplicationType,
    /// The name of its icon; that of its type where there is none.
    pub icon: Option<String>,
    /// Where an application is made with it.
    pub href: String,
}

/// `console/get-started.html`.
#[derive(Debug, Clone, Serialize)]
pub struct GetStartedPage {
    /// The steps, in order.
    pub tasks: Vec<Task>,
    /// How many of them are done.
    pub done: usize,
    /// The guides most asked for.
    pub guides: Vec<GuideCard>,
    /// All guides.
    pub library_href: String,
}

/// Guides for one type of application.
#[derive(Debug, Clone, Serialize)]
pub struct GuideGroup {
    /// The type.
    pub kind: ApplicationType,
    /// Its guides.
    pub guides: Vec<GuideCard>,
}

/// A filter of the library.
#[derive(Debug, Clone, Serialize)]
pub struct KindFilter {
    /// The type of application; `None` for all.
    pub kind: Option<ApplicationType>,
    /// Where the list is filtered so.
    pub href: String,
    /// Whether it is.
    pub current: bool,
}

/// `console/guides.html`: the library, narrowed by search and type.
#[derive(Debug, Clone, Serialize)]
pub struct GuidesPage {
    /// What is searched for.
    pub q: String,
    /// The filters by type.
    pub filters: Vec<KindFilter>,
    /// What is left.
    pub groups: Vec<GuideGroup>,
    /// The library without search and filter.
    pub clear_href: String,
    /// Where an application is made without a guide.
    pub without_guide_href: String,
}

/// A form inside a guide that saves one list of addresses in place.
#[derive(Debug, Clone, Serialize)]
pub struct GuideForm {
    /// Where it is posted to.
    pub action: String,
    /// The name of its field: `redirect_uri` or `post_sign_out_redirect_uri`.
    pub name: &'static str,
    /// Its addresses; the last row is empty.
    pub rows: Vec<Field>,
    /// Whether these are saved.
    pub saved: bool,
}

/// A role to choose.
#[derive(Debug, Clone, Serialize)]
pub struct RoleChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether the application has it.
    pub assigned: bool,
}

/// A form inside a guide that gives a machine its roles. Posts `role` (ids, repeated).
#[derive(Debug, Clone, Serialize)]
pub struct GuideRoles {
    /// Where it is posted to.
    pub action: String,
    /// The roles there are.
    pub roles: Vec<RoleChoice>,
    /// Whether these are saved.
    pub saved: bool,
}

/// A part of a step.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GuideBlock {
    /// A paragraph; `` `code` ``, `**strong**` and `[links](https://…)` are marked up.
    Text {
        /// What it says.
        text: String,
    },
    /// Code to paste.
    Code {
        /// The file it belongs to, or the shell.
        caption: Option<String>,
        /// The code, with the reader's own values.
        code: String,
    },
    /// A form that saves in place.
    Form {
        /// The form.
        form: GuideForm,
    },
    /// The choice of roles of a machine, saved in place.
    Roles {
        /// The form.
        form: GuideRoles,
    },
}

/// A step of a guide.
#[derive(Debug, Clone, Serialize)]
pub struct GuideStep {
    /// What is done in it.
    pub title: String,
    /// How.
    pub blocks: Vec<GuideBlock>,
}

/// `console/guide.html`: the guide of one application, with its values filled in.
#[derive(Debug, Clone, Serialize)]
pub struct GuidePage {
    /// The application's name.
    pub application_name: String,
    /// Its details.
    pub details_href: String,
    /// The framework's name.
    pub guide_name: String,
    /// Whether the application was made just now.
    pub congratulate: bool,
    /// The steps.
    pub steps: Vec<GuideStep>,
    /// The last step: whether a first sign-in was seen.
    pub first_sign_in: Option<FirstSignIn>,
}

/// The check at the end of a guide.
#[derive(Debug, Clone, Serialize)]
pub struct FirstSignIn {
    /// What is done in it.
    pub title: String,
    /// How.
    pub text: String,
    /// Whether it waits for a token of a machine rather than for a person.
    pub is_token: bool,
    /// When someone first signed in to the application, or the machine got its first token.
    pub seen_at: Option<Timestamp>,
}

templates! {
    WelcomePage => "console/welcome.html",
    GetStartedPage => "console/get-started.html",
    GuidesPage => "console/guides.html",
    GuidePage => "console/guide.html",
}

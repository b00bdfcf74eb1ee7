//! What stands around a page: name and logo, navigation, menus, links.

use serde::Serialize;

/// What stands around a page. Each layout reads its own kind.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Frame {
    /// For `layouts/experience.html`.
    Experience(ExperienceFrame),
    /// For `layouts/console.html`.
    Console(ConsoleFrame),
    /// For `layouts/plain.html`: pages outside every tenant's look.
    Plain {
        /// The page in other languages.
        languages: Vec<LanguageLink>,
    },
}

impl From<ExperienceFrame> for Frame {
    fn from(frame: ExperienceFrame) -> Self {
        Self::Experience(frame)
    }
}

impl From<ConsoleFrame> for Frame {
    fn from(frame: ConsoleFrame) -> Self {
        Self::Console(frame)
    }
}

/// The page in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LanguageLink {
    /// BCP 47 tag.
    pub tag: &'static str,
    /// The language's name in itself.
    pub name: &'static str,
    /// Where the page is in that language.
    pub href: String,
}

/// Around the hosted pages. The tenant's brand leads; ours is absent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ExperienceFrame {
    /// The application's name, for the title of the window; the page's title stands alone without it.
    pub application_name: Option<String>,
    /// The tenant's logo.
    pub logo_url: Option<String>,
    /// The tenant's logo on dark.
    pub dark_logo_url: Option<String>,
    /// The tenant's icon; ours where there is none.
    pub favicon_url: Option<String>,
    /// The tenant's icon on dark.
    pub dark_favicon_url: Option<String>,
    /// The terms of use.
    pub terms_url: Option<String>,
    /// The privacy policy.
    pub privacy_url: Option<String>,
    /// The page in other languages.
    pub languages: Vec<LanguageLink>,
    /// Whether the page is shown for its looks only (the Console's preview): no script, nothing that can be sent.
    pub inert: bool,
}

/// Around the Console's pages.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConsoleFrame {
    /// The tenant that is managed.
    pub tenant: String,
    /// The sections that exist.
    pub navigation: Vec<NavigationGroup>,
    /// Who is signed in.
    pub user: UserMenu,
    /// The address of this page, path and query: where a change of language or theme comes back to.
    pub here: String,
    /// What the last action has to tell (saved, deleted).
    pub notice: Option<crate::Notice>,
}

/// A group of the navigation.
#[derive(Debug, Clone, Serialize)]
pub struct NavigationGroup {
    /// The phrase that names it, such as `console.navigation.overview`.
    pub phrase: &'static str,
    /// Its sections.
    pub items: Vec<NavigationItem>,
}

/// A section of the Console.
#[derive(Debug, Clone, Serialize)]
pub struct NavigationItem {
    /// The phrase that names it.
    pub phrase: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Where it is.
    pub href: &'static str,
    /// Whether the present page belongs to it.
    pub current: bool,
}

/// Who is signed in to the Console, and what they may change about it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UserMenu {
    /// Their name or username.
    pub name: String,
    /// What they sign in with, where it differs.
    pub detail: Option<String>,
    /// Where the choice of language and theme is posted to.
    pub preferences_action: String,
    /// Where signing out is posted to.
    pub sign_out_action: String,
    /// The languages to choose from; the present one is the page's.
    pub languages: Vec<(&'static str, &'static str)>,
}

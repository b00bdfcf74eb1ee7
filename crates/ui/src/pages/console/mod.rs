//! The Console's pages. What they share stands here, the pages in a module per section.

pub mod applications;
pub mod connectors;
pub mod sign_in_experience;
pub mod start;
pub mod users;

use super::{Field, templates};
use serde::Serialize;

/// Which part of a list is shown, and where the others are.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Pager {
    /// The number of the first entry shown, from 1.
    pub from: u64,
    /// The number of the last entry shown.
    pub to: u64,
    /// How many there are.
    pub total: u64,
    /// The page before.
    pub previous_href: Option<String>,
    /// The page after.
    pub next_href: Option<String>,
}

/// A tab of a detail page.
#[derive(Debug, Clone, Serialize)]
pub struct Tab {
    /// The phrase that names it.
    pub phrase: &'static str,
    /// Where it is.
    pub href: String,
    /// Whether it is the present one.
    pub current: bool,
}

/// One thing wrong with a form, for the summary above it.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorEntry {
    /// The id of the field.
    pub id: String,
    /// What is wrong.
    pub text: String,
}

/// A choice of a select box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub text: String,
}

/// `console/confirm.html`: asks once before something is destroyed. Posts `confirm` where a name has to be typed.
#[derive(Debug, Clone, Serialize)]
pub struct ConfirmPage {
    /// The question, naming the thing: "Delete Bookstore?".
    pub title: String,
    /// What will happen.
    pub message: String,
    /// What has to be typed, if anything.
    pub name: Option<String>,
    /// What was typed.
    pub typed: Field,
    /// What the button says, naming the thing: "Delete Bookstore".
    pub button: String,
    /// Where the form is posted to.
    pub action: String,
    /// Where the page is that this was asked from.
    pub cancel_href: String,
}

/// `console/error.html`: what happened and what to do, inside the Console's frame (not found, conflict, failure).
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// What happened, in a few words.
    pub title: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
    /// The error's code in the catalogue.
    pub code: Option<String>,
    /// What the log calls this request.
    pub request_id: String,
    /// Where to go on.
    pub back_href: String,
}

/// `console/forbidden.html`: signed in, but not an administrator. Stands alone, without the Console's frame.
#[derive(Debug, Clone, Serialize)]
pub struct ForbiddenPage {
    /// Who is signed in.
    pub name: String,
    /// Where signing out is posted to.
    pub sign_out_action: String,
}

templates! {
    ConfirmPage => "console/confirm.html",
    ErrorPage => "console/error.html",
    ForbiddenPage => "console/forbidden.html",
}

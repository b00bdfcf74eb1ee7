//! The pages: for each template a struct that holds what it shows.
//!
//! Texts in these structs that people read (errors, notices) are already in the reader's language; labels and the like
//! are phrases that the templates name.

pub mod console;
pub mod experience;

use serde::Serialize;

/// A page that knows its template.
pub trait Page: Serialize {
    /// The template's path.
    const TEMPLATE: &'static str;
}

/// Names the templates of pages.
macro_rules! templates {
    ($($page:ty => $template:literal),* $(,)?) => {
        $(impl $crate::Page for $page {
            const TEMPLATE: &'static str = $template;
        })*
    };
}
pub(crate) use templates;

/// A field of a form: what was typed, and what is wrong with it, in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Field {
    /// What the field holds. Never a password.
    pub value: String,
    /// What is wrong with it, in words that tell what to do.
    pub errors: Vec<String>,
}

impl Field {
    /// A field that holds `value`.
    pub fn of(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            errors: Vec::new(),
        }
    }

    /// The field with one more thing wrong.
    pub fn wrong(mut self, error: impl Into<String>) -> Self {
        self.errors.push(error.into());
        self
    }
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

/// The tone of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// For information.
    Info,
    /// Something went well.
    Success,
    /// Something needs attention.
    Warning,
    /// Something went wrong.
    Danger,
}

/// A short message above a page's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Its tone.
    pub kind: NoticeKind,
    /// What it says, in the reader's language.
    pub text: String,
}

impl Notice {
    /// A message that something went wrong.
    pub fn danger(text: impl Into<String>) -> Self {
        Self {
            kind: NoticeKind::Danger,
            text: text.into(),
        }
    }

    /// A message that something went well.
    pub fn success(text: impl Into<String>) -> Self {
        Self {
            kind: NoticeKind::Success,
            text: text.into(),
        }
    }
}

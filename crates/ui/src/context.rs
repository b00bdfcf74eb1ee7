//! What a page needs to know about the moment and the reader.

use crate::{Brand, Frame};
use serde::Serialize;
use soleira_core::Timestamp;
use soleira_phrases::{Language, Phrases};

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the reader's device.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The theme of that name (`system`, `light`, `dark`).
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "system" => Some(Self::System),
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How the pages look: a tenant's colours and styles on top of the design tokens.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Light or dark.
    pub theme: Theme,
    /// The tenant's colours; ours where there are none.
    pub brand: Option<Brand>,
    /// The tenant's own style sheet, after ours.
    pub custom_css: Option<String>,
}

/// What a page needs to know about the moment and the reader.
#[derive(Debug, Clone)]
pub struct RenderContext {
    /// The language of the page.
    pub language: Language,
    /// All phrases, with the tenant's own.
    pub phrases: Phrases,
    /// The present.
    pub now: Timestamp,
    /// The nonce of the response's `Content-Security-Policy`.
    pub nonce: String,
    /// The CSRF token of the reader's session, for pages with forms.
    pub csrf: Option<String>,
    /// Colours and styles.
    pub look: Look,
    /// What stands around the page.
    pub frame: Frame,
    /// Whether the server runs as a sandbox, which every page says.
    pub sandbox: bool,
}

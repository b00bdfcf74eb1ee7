//! What people see: templates, components, icons, styles and small scripts, and the types that pages are made from.
//!
//! A page is a struct of [`pages`] that names its template ([`Page`]); [`Renderer::render`] turns it into HTML for a
//! [`RenderContext`]: the reader's language, the look, the nonce, and the [`Frame`] around the page. Whatever a page
//! shows as text is a phrase, or a value of the page (which is escaped). Styles and scripts are served from
//! `/assets/` by [`asset`], under names that change with their content.
//!
//! Templates and assets are part of a release binary; a debug binary reads them from disk once, at its start.

mod assets;
mod brand;
mod context;
mod frame;
mod functions;
pub mod pages;
mod renderer;
pub mod samples;

pub use assets::{Asset, asset, asset_url};
pub use brand::Brand;
pub use context::{Look, RenderContext, Theme};
pub use frame::{ConsoleFrame, ExperienceFrame, Frame, LanguageLink, NavigationGroup, NavigationItem, UserMenu};
pub use pages::{Field, Link, Notice, NoticeKind, Page};
pub use renderer::{RenderError, Renderer};

/// The form field that carries the CSRF token.
pub const CSRF_FIELD: &str = "_csrf";

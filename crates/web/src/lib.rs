//! HTTP for the faces: routes that say who may call them, requests into contexts and checked inputs, errors and pages
//! into answers, cookies, CSRF, and the headers that keep browsers honest. Knows no SQL and no flow.
//!
//! A face is a function that returns its [`Routes`]:
//!
//! ```
//! use soleira_web::{Access, Context, Face, Routes};
//!
//! async fn status() -> http::StatusCode {
//!     http::StatusCode::NO_CONTENT
//! }
//! async fn whoami(ctx: Context) -> soleira_web::Result<String> {
//!     Ok(ctx.actor.name())
//! }
//! pub fn routes() -> Routes {
//!     Routes::new(Face::Api)
//!         .get("/api/status", Access::Anyone, status)
//!         .get("/api/whoami", Access::Management, whoami)
//! }
//! assert_eq!(routes().table().len(), 2);
//! ```

mod arrival;
mod assets;
mod compression;
mod context;
pub mod cookies;
pub mod cors;
mod csrf;
mod endpoint;
pub mod etag;
mod failure;
mod headers;
mod host;
mod input;
pub mod openapi;
mod page;
mod proxy;
mod routes;
mod valid;

pub use arrival::{Arrival, Listener, REQUEST_ID, Web};
pub use compression::Uncompressed;
pub use context::{Context, Gate, Gates, KeySource};
pub use cookies::{CookieKeys, Cookies, SetCookie};
pub use cors::Cors;
pub use csrf::{CsrfForm, FIELD as CSRF_FIELD};
pub use failure::{Explanation, Failure, Result};
pub use host::Names;
pub use input::{FORM_LIMIT, Form, JSON_LIMIT, Query, Segment, media_type, read_body};
pub use page::{Page, View};
pub use proxy::{Peer, TrustedProxies};
pub use routes::{Access, Face, Route, Routes};
pub use valid::{Issue, Issues, Valid, ValidQuery, Validate, validate};

/// The routes that every listener has: what pages are drawn with.
pub fn routes() -> Routes {
    Routes::new(Face::Pages)
        .get("/assets/{*path}", Access::Anyone, assets::serve)
        .get("/favicon.ico", Access::Anyone, assets::favicon)
}

//! The context of a use case, as a handler gets it.

use crate::arrival::{Arrival, Web};
use crate::cookies::{CookieKeys, Cookies, SetCookie};
use crate::csrf;
use crate::failure::Failure;
use axum::extract::FromRequestParts;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Extensions, HeaderMap};
use soleira_phrases::Language;
use soleira_runtime::{Actor, CookieChange, Ctx};
use std::sync::Arc;

/// The context of a use case with what only a handler needs: cookies, language, CSRF token. Dereferences to [`Ctx`],
/// whose actor is whoever the route's gate admitted, or nobody known.
#[derive(Debug, Clone)]
pub struct Context {
    ctx: Ctx,
    arrival: Arc<Arrival>,
}

impl Context {
    pub(crate) fn of(arrival: &Arc<Arrival>, extensions: &Extensions) -> Self {
        let ctx = Ctx {
            app: Arc::clone(arrival.web.app()),
            tenant: Arc::clone(arrival.web.tenant()),
            actor: extensions.get::<Actor>().cloned().unwrap_or(Actor::Anonymous),
            request: Arc::clone(&arrival.info),
        };
        Self {
            ctx,
            arrival: Arc::clone(arrival),
        }
    }

    /// The cookies of the request and of its answer.
    pub fn cookies(&self) -> &Cookies {
        &self.arrival.cookies
    }

    /// Sets and removes the cookies that a use case asks for, with the answer.
    pub fn keep(&self, changes: &[CookieChange]) {
        for change in changes {
            let Some(value) = &change.value else {
                self.cookies().remove_at(change.name, &change.path);
                continue;
            };
            let mut cookie = SetCookie::new(change.name, value.as_str()).path(change.path.as_str());
            cookie = if change.signed {
                cookie.signed()
            } else {
                cookie.readable()
            };
            if let Some(seconds) = change.max_age {
                cookie = cookie.max_age(seconds);
            }
            self.cookies().set(cookie);
        }
    }

    /// The language of the caller: `?locale=`, `?ui_locales=`, what the sign-in pages remember, `Accept-Language`.
    pub fn language(&self) -> Language {
        self.arrival.language
    }

    /// Whether errors of the protocol are to be the bare ones of the standard (`?parse_error=false`).
    pub fn wants_bare_errors(&self) -> bool {
        self.arrival.wants_bare_errors
    }

    /// Whether the browser says that a page of another site sent this request (Fetch Metadata §2.4, `Origin`).
    pub fn is_foreign(&self, headers: &HeaderMap) -> bool {
        csrf::foreign(&self.arrival, headers)
    }

    /// The name of the request in the log.
    pub fn request_id(&self) -> &str {
        self.arrival.request_id()
    }

    /// A token for a form of the page that answers this request; [`crate::Page`] puts one into its templates itself.
    pub fn csrf_token(&self) -> String {
        csrf::token(&self.arrival)
    }

    /// The same request, with the use cases called as someone else: a session was found, a client authenticated.
    pub fn acting(&self, actor: Actor) -> Self {
        Self {
            ctx: self.ctx.by(actor),
            arrival: Arc::clone(&self.arrival),
        }
    }

    pub(crate) fn arrival(&self) -> &Arc<Arrival> {
        &self.arrival
    }
}

impl std::ops::Deref for Context {
    type Target = Ctx;

    fn deref(&self) -> &Ctx {
        &self.ctx
    }
}

impl FromRequestParts<Web> for Context {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Failure> {
        let arrival = Arrival::of(&parts.extensions)
            .ok_or_else(|| soleira_core::Error::internal("a request came in past the listener"))?;
        Ok(Self::of(&arrival, &parts.extensions))
    }
}

/// Decides who may call the routes of an [`crate::Access`] that is checked before the handler runs.
pub trait Gate: Send + Sync {
    /// Who calls, or the answer that refuses them (an error, or a redirect to where one signs in). What a handler needs to
    /// know beyond the actor may be put into the extensions of `head`.
    fn admit<'a>(&'a self, ctx: &'a Context, head: &'a mut Parts) -> BoxFuture<'a, Result<Actor, Failure>>;
}

impl<F> Gate for F
where
    F: for<'a> Fn(&'a Context, &'a mut Parts) -> BoxFuture<'a, Result<Actor, Failure>> + Send + Sync,
{
    fn admit<'a>(&'a self, ctx: &'a Context, head: &'a mut Parts) -> BoxFuture<'a, Result<Actor, Failure>> {
        self(ctx, head)
    }
}

/// The gates of a listener.
#[derive(Clone)]
pub struct Gates {
    /// For [`crate::Access::Management`].
    pub management: Arc<dyn Gate>,
    /// For [`crate::Access::Operator`].
    pub operator: Arc<dyn Gate>,
}

/// Where the keys that sign a tenant's cookies come from.
pub trait KeySource: Send + Sync {
    /// The keys of the tenant of `ctx`: the first signs, all verify. Asked at every request, so it answers from a cache.
    fn cookie_keys<'a>(&'a self, ctx: &'a Ctx) -> BoxFuture<'a, soleira_core::Result<CookieKeys>>;
}

impl<F> KeySource for F
where
    F: for<'a> Fn(&'a Ctx) -> BoxFuture<'a, soleira_core::Result<CookieKeys>> + Send + Sync,
{
    fn cookie_keys<'a>(&'a self, ctx: &'a Ctx) -> BoxFuture<'a, soleira_core::Result<CookieKeys>> {
        self(ctx)
    }
}

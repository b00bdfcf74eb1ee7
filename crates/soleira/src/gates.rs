//! Who is let in where a route asks for it, and the keys of cookies: use cases, in the shape that the web layer asks for.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header;
use http::request::Parts;
use soleira_runtime::{Actor, Ctx};
use soleira_web::{Context, CookieKeys, Failure, Gates};
use std::sync::Arc;

/// The gates of every listener.
pub(crate) fn gates() -> Gates {
    Gates {
        management: Arc::new(management),
        operator: Arc::new(soleira_console::gate),
    }
}

/// The header by which a caller of a sandbox says whom to take it for.
const DEVELOPMENT_USER_ID: &str = "development-user-id";

/// The bearer of an access token for the tenant's Management API; in a sandbox, also whoever says so.
fn management<'a>(ctx: &'a Context, head: &'a mut Parts) -> BoxFuture<'a, Result<Actor, Failure>> {
    async move {
        let authorization = head
            .headers
            .get(header::AUTHORIZATION)
            .map(|value| value.to_str().unwrap_or_default());
        let development_user = head
            .headers
            .get(DEVELOPMENT_USER_ID)
            .and_then(|value| value.to_str().ok());
        if authorization.is_none()
            && let Some(actor) = development_user.and_then(|id| soleira_access::management::development_user(ctx, id))
        {
            return Ok(actor);
        }
        Ok(soleira_access::management::authorize(ctx, authorization).await?)
    }
    .boxed()
}

/// The keys that sign a tenant's cookies.
pub(crate) fn cookie_keys(ctx: &Ctx) -> BoxFuture<'_, soleira_core::Result<CookieKeys>> {
    soleira_access::keys::cookie_keys(ctx).boxed()
}

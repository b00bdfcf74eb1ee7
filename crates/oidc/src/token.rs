//! The endpoints that clients call themselves: token, introspection, revocation, pushed requests, device authorization.

use crate::BODY_LIMIT;
use crate::answer::{self, Beside, NO_STORE};
use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use soleira_access::tokens::{self, ClientRefusal, ClientRequest};
use soleira_access::{authorize, device};
use soleira_oauth::{Error, Params};
use soleira_web::{Context, Result, cors, read_body};

/// `POST /oidc/token`.
pub(crate) async fn token(ctx: Context, request: Request) -> Result {
    let outcome = match read(request, "/token").await? {
        Ok(request) => tokens::token(&ctx, &request).await,
        Err(error) => Err(error.into()),
    };
    Ok(answered(&ctx, outcome))
}

/// `POST /oidc/token/introspection`.
pub(crate) async fn introspect(ctx: Context, request: Request) -> Result {
    let outcome = match read(request, "/token/introspection").await? {
        Ok(request) => tokens::introspect(&ctx, &request).await,
        Err(error) => Err(error.into()),
    };
    Ok(answered(&ctx, outcome))
}

/// `POST /oidc/token/revocation`: an empty 200 (RFC 7009 §2.2).
pub(crate) async fn revoke(ctx: Context, request: Request) -> Result {
    let outcome = match read(request, "/token/revocation").await? {
        Ok(request) => tokens::revoke(&ctx, &request).await,
        Err(error) => Err(error.into()),
    };
    Ok(match outcome {
        Ok(()) => (StatusCode::OK, [NO_STORE]).into_response(),
        Err(refusal) => refused(&ctx, &refusal),
    })
}

/// `POST /oidc/request`: 201 with a reference to the request (RFC 9126 §2.2).
pub(crate) async fn push(ctx: Context, request: Request) -> Result {
    let outcome = match read(request, "/request").await? {
        Ok(request) => authorize::push(&ctx, &request).await,
        Err(error) => Err(error.into()),
    };
    let mut response = answered(&ctx, outcome);
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

/// `POST /oidc/device/auth` (RFC 8628 §3.1).
pub(crate) async fn authorize_device(ctx: Context, request: Request) -> Result {
    let outcome = match read(request, "/device/auth").await? {
        Ok(request) => device::authorize(&ctx, &request).await,
        Err(error) => Err(error.into()),
    };
    Ok(answered(&ctx, outcome))
}

/// Reads what a client sends. `path` is how errors name the endpoint.
async fn read(request: Request, path: &str) -> Result<std::result::Result<ClientRequest, Error>> {
    let text = |headers: &HeaderMap, name| {
        headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let authorization = text(request.headers(), header::AUTHORIZATION);
    let content_type = text(request.headers(), header::CONTENT_TYPE);
    let origin = cors::origin(request.headers()).map(str::to_owned);
    let body = read_body(request, BODY_LIMIT).await?;
    Ok(
        Params::from_body(content_type.as_deref(), &body, path).map(|params| ClientRequest {
            authorization,
            origin,
            params,
        }),
    )
}

fn answered<T: Serialize>(ctx: &Context, outcome: std::result::Result<T, ClientRefusal>) -> Response {
    match outcome {
        Ok(body) => ([NO_STORE], Json(body)).into_response(),
        Err(refusal) => refused(ctx, &refusal),
    }
}

fn refused(ctx: &Context, refusal: &ClientRefusal) -> Response {
    let error = &refusal.error;
    // RFC 6749 §5.2: a 401 to Basic credentials says so.
    let challenged = refusal.asked_basic && error.status() == 401;
    let challenge = challenged.then(|| error.challenge("Basic", &ctx.tenant.issuer, true));
    let mut response = answer::error(
        ctx,
        error,
        &Beside {
            challenge,
            ..Beside::default()
        },
    );
    if refusal.is_foreign_origin {
        response.extensions_mut().insert(cors::Refused);
    }
    response
}

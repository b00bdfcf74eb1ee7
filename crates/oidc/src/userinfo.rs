//! The userinfo endpoint (OpenID Connect Core 1.0 §5.3), a resource protected by bearer tokens (RFC 6750).

use crate::BODY_LIMIT;
use crate::answer::{self, Beside, NO_STORE};
use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Uri, header};
use soleira_access::tokens::{self, ClientRefusal};
use soleira_oauth::{Error, ErrorCode, Params};
use soleira_web::{Context, Result, cors, read_body};

/// `GET /oidc/me`.
pub(crate) async fn get(ctx: Context, request: Request) -> Result {
    Ok(serve(&ctx, request.uri(), request.headers(), &Params::default()).await)
}

/// `POST /oidc/me`: the token may also be a form field (RFC 6750 §2.2).
pub(crate) async fn post(ctx: Context, request: Request) -> Result {
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let body = read_body(request, BODY_LIMIT).await?;
    Ok(match Params::from_body(content_type, &body, "/me") {
        Ok(params) => serve(&ctx, &uri, &headers, &params).await,
        Err(error) => refused(&ctx, &error.into(), true),
    })
}

async fn serve(ctx: &Context, uri: &Uri, headers: &HeaderMap, body: &Params) -> Response {
    let token = match bearer(uri, headers, body) {
        Ok(Some(token)) => token,
        // RFC 6750 §3.1: who sends no token learns of no error.
        Ok(None) => {
            let missing = Error::new(ErrorCode::InvalidToken).describe("no access token provided");
            return refused(ctx, &missing.into(), false);
        }
        Err(error) => return refused(ctx, &error.into(), true),
    };
    match tokens::userinfo(ctx, &token, cors::origin(headers)).await {
        Ok(claims) => ([NO_STORE], Json(claims)).into_response(),
        Err(refusal) => refused(ctx, &refusal, true),
    }
}

/// The token of a request, presented in one way only (RFC 6750 §2).
fn bearer(uri: &Uri, headers: &HeaderMap, body: &Params) -> std::result::Result<Option<String>, Error> {
    if Params::from_query(uri.query().unwrap_or_default())?
        .get("access_token")
        .is_some()
    {
        return Err(Error::invalid_request(
            "access tokens must not be provided via query parameter",
        ));
    }
    let in_body = body.get("access_token").map(str::to_owned);
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(in_body);
    };
    if in_body.is_some() {
        return Err(Error::invalid_request(
            "access token must only be provided using one mechanism",
        ));
    }
    let malformed = || Error::invalid_request("invalid authorization header value format");
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(malformed)?;
    // RFC 6750 §2.1: one token of `b64token` characters.
    let is_token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || !token.bytes().all(is_token) {
        return Err(malformed());
    }
    Ok(Some(token.to_owned()))
}

fn refused(ctx: &Context, refusal: &ClientRefusal, named: bool) -> Response {
    let error = &refusal.error;
    let challenged = matches!(error.status(), 401 | 403);
    let challenge = challenged.then(|| error.challenge("Bearer", &ctx.tenant.issuer, named));
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

//! What servers call: the token endpoint (RFC 6749 §4.1.3) and userinfo (OpenID Connect Core §5.3).

use super::state::{Call, Failure, Shared, State, Token, lock, random};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Given;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// How long an access token lives, in seconds. Hugging Face's lives eight hours.
const EXPIRES_IN: u32 = 28_800;

pub(super) async fn token(Given(state): Given<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let failure = {
        let mut state = lock(&state);
        let authorization = header(&headers, AUTHORIZATION.as_str());
        state.calls.push(Call {
            path: "/oauth/token",
            authorization,
            fields: fields.clone(),
        });
        state.token_failure
    };
    if let Some(failure) = failure {
        return fail(failure).await;
    }
    if !header(&headers, CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
    {
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", "The body is not a form");
    }
    let mut state = lock(&state);
    let Some(client_id) = authenticate(&state, &headers) else {
        let mut answer = refuse(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Use HTTP Basic authentication",
        );
        answer
            .headers_mut()
            .insert(WWW_AUTHENTICATE, axum::http::HeaderValue::from_static("Basic"));
        return answer;
    };
    let field = |name: &str| {
        fields
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    if !field("client_secret").is_empty() {
        // RFC 6749 §2.3: a client uses one method of authentication.
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", "The secret came twice");
    }
    if field("grant_type") != "authorization_code" {
        return refuse(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "Only codes are exchanged here",
        );
    }
    exchange(
        &mut state,
        &client_id,
        field("code"),
        field("redirect_uri"),
        field("code_verifier"),
    )
}

fn exchange(state: &mut State, client_id: &str, code: &str, redirect_uri: &str, code_verifier: &str) -> Response {
    let invalid = |why| refuse(StatusCode::BAD_REQUEST, "invalid_grant", why);
    let Some(grant) = state.codes.get_mut(code) else {
        return invalid("The code is unknown");
    };
    if let Some(given) = &grant.exchanged_for {
        state.tokens.remove(given);
        return invalid("The code was used before");
    }
    let access_token = random("hf_oauth_");
    grant.exchanged_for = Some(access_token.clone());
    if grant.client_id != client_id || grant.redirect_uri != redirect_uri {
        return invalid("The code was issued to another application, or for another redirect URL");
    }
    let verified = grant
        .challenge
        .as_ref()
        .is_none_or(|challenge| *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.as_bytes())));
    if !verified {
        return invalid("The code verifier is wrong");
    }
    let scope = grant.scope.clone();
    state.tokens.insert(
        access_token.clone(),
        Token {
            username: grant.username.clone(),
            scope: scope.clone(),
        },
    );
    let body =
        json!({ "access_token": access_token, "token_type": "bearer", "expires_in": EXPIRES_IN, "scope": scope });
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

pub(super) async fn user_info(Given(state): Given<Shared>, headers: HeaderMap) -> Response {
    let authorization = header(&headers, AUTHORIZATION.as_str());
    let failure = {
        let mut state = lock(&state);
        let call = Call {
            path: "/oauth/userinfo",
            authorization: authorization.clone(),
            fields: Vec::new(),
        };
        state.calls.push(call);
        state.user_info_failure
    };
    if let Some(failure) = failure {
        return fail(failure).await;
    }
    let state = lock(&state);
    let bearer = authorization.as_deref().and_then(|value| value.split_once(' '));
    let token = bearer
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| state.tokens.get(token));
    let Some((token, person)) = token.and_then(|token| Some((token, state.people.get(&token.username)?))) else {
        let mut answer = refuse(StatusCode::UNAUTHORIZED, "invalid_token", "The access token is unknown");
        answer.headers_mut().insert(
            WWW_AUTHENTICATE,
            axum::http::HeaderValue::from_static("Bearer error=\"invalid_token\""),
        );
        return answer;
    };

    let granted = |scope: &str| token.scope.split(' ').any(|known| known == scope);
    let mut profile = json!({ "sub": person.sub });
    if granted("profile") {
        profile["name"] = json!(person.name);
        profile["preferred_username"] = json!(person.preferred_username);
        profile["profile"] = json!(format!("{}/{}", state.origin, person.preferred_username));
        let drawn = || format!("{}/avatars/{}", state.origin, person.preferred_username);
        profile["picture"] = json!(person.picture.clone().unwrap_or_else(drawn));
    }
    if let Some(email) = person.email.as_ref().filter(|_| granted("email")) {
        profile["email"] = json!(email);
        if let Some(verified) = person.email_verified {
            profile["email_verified"] = Value::Bool(verified);
        }
    }
    Json(profile).into_response()
}

/// HTTP Basic with identifier and secret as they are, as Hugging Face's clients send them.
fn authenticate(state: &State, headers: &HeaderMap) -> Option<String> {
    let value = header(headers, AUTHORIZATION.as_str())?;
    let (scheme, encoded) = value.split_once(' ')?;
    let credentials = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = credentials.split_once(':')?;
    let known = scheme.eq_ignore_ascii_case("basic") && state.clients.get(id)?.secret == secret;
    known.then(|| id.to_owned())
}

async fn fail(failure: Failure) -> Response {
    match failure {
        Failure::Unauthorized => refuse(StatusCode::UNAUTHORIZED, "invalid_client", "Refused on demand"),
        Failure::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>500</h1>")).into_response(),
        Failure::Garbage => (StatusCode::OK, "\u{0}<html>not JSON").into_response(),
        Failure::Empty => Json(json!({})).into_response(),
        Failure::NeverAnswers => std::future::pending().await,
    }
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    (
        status,
        Json(json!({ "error": error, "error_description": description })),
    )
        .into_response()
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

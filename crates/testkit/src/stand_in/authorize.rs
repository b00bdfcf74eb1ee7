//! The authorization endpoint (RFC 6749 §4.1.1, §4.1.2).

use super::SCOPES;
use super::pages::{self, signed_in};
use super::state::{Code, Shared, State, lock, random};
use axum::Form;
use axum::extract::{OriginalUri, Query, State as Given};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::{Deserialize, Serialize};
use url::Url;

#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Request {
    #[serde(default)]
    pub(super) client_id: String,
    #[serde(default)]
    pub(super) redirect_uri: String,
    #[serde(default)]
    pub(super) response_type: String,
    #[serde(default)]
    pub(super) scope: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) code_challenge: String,
    #[serde(default)]
    pub(super) code_challenge_method: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Decision {
    decision: String,
    #[serde(flatten)]
    request: Request,
}

/// Shows who asks for what, after sign-in.
pub(super) async fn ask(
    Given(state): Given<Shared>,
    OriginalUri(here): OriginalUri,
    headers: HeaderMap,
    Query(request): Query<Request>,
) -> Response {
    let state = lock(&state);
    if let Err(refusal) = check(&state, &request) {
        return *refusal;
    }
    let Some(username) = signed_in(&state, &headers) else {
        let next = form_urlencoded::Serializer::new(String::new())
            .append_pair("next", &here.to_string())
            .finish();
        return Redirect::to(&format!("/login?{next}")).into_response();
    };
    pages::authorize(&state.clients[&request.client_id].name, username, &request).into_response()
}

/// Goes back to the application with a code, or with `access_denied`.
pub(super) async fn decide(
    Given(state): Given<Shared>,
    headers: HeaderMap,
    Form(decision): Form<Decision>,
) -> Response {
    let mut state = lock(&state);
    let request = decision.request;
    if let Err(refusal) = check(&state, &request) {
        return *refusal;
    }
    let Some(username) = signed_in(&state, &headers).map(str::to_owned) else {
        return pages::refusal(StatusCode::FORBIDDEN, "You are not logged in.");
    };
    if decision.decision != "authorize" {
        let reason = [
            ("error", "access_denied"),
            ("error_description", "The user denied the request"),
        ];
        return back(&request, &reason);
    }
    let code = random("");
    let issued = Code {
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        username,
        scope: request.scope.clone(),
        challenge: (!request.code_challenge.is_empty()).then(|| request.code_challenge.clone()),
        exchanged_for: None,
    };
    state.codes.insert(code.clone(), issued);
    back(&request, &[("code", &code)])
}

/// Refuses on a page while it is not known whom the browser would be sent to, and by redirect afterwards.
fn check(state: &State, request: &Request) -> Result<(), Box<Response>> {
    let bad = |text| Err(Box::new(pages::refusal(StatusCode::BAD_REQUEST, text)));
    let Some(client) = state.clients.get(&request.client_id) else {
        return bad("This application does not exist.");
    };
    if client.redirect_uri != request.redirect_uri {
        return bad("The redirect URL is not the one that the application was registered with.");
    }
    let error = if request.response_type != "code" {
        "unsupported_response_type"
    } else if request.scope.is_empty() || request.scope.split(' ').any(|scope| !SCOPES.contains(&scope)) {
        "invalid_scope"
    } else if request.state.is_empty()
        || (!request.code_challenge.is_empty() && request.code_challenge_method != "S256")
    {
        "invalid_request"
    } else {
        return Ok(());
    };
    Err(Box::new(back(request, &[("error", error)])))
}

fn back(request: &Request, parameters: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(&request.redirect_uri) else {
        return pages::refusal(StatusCode::BAD_REQUEST, "The redirect URL is none.");
    };
    url.query_pairs_mut().extend_pairs(parameters);
    if !request.state.is_empty() {
        url.query_pairs_mut().append_pair("state", &request.state);
    }
    Redirect::to(url.as_str()).into_response()
}

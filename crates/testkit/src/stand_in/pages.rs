//! The provider's own pages.

use super::authorize::Request;
use super::state::{Shared, State, lock, random};
use axum::Form;
use axum::extract::{Path, Query, State as Given};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde::Deserialize;

const SESSION: &str = "stand_in_session";

#[derive(Debug, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct LogIn {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct NewApplication {
    #[serde(default)]
    name: String,
    #[serde(default)]
    redirect_uri: String,
}

pub(super) async fn home(Given(state): Given<Shared>, headers: HeaderMap) -> Html<String> {
    let state = lock(&state);
    let who = signed_in(&state, &headers).map_or("You are not logged in.".to_owned(), |name| {
        format!("You are {}.", text(name))
    });
    let endpoints =
        ["authorize", "token", "userinfo"].map(|path| format!("<li><code>{}/oauth/{path}</code></li>", state.origin));
    page(
        "Stand-in provider",
        &format!(
            "<p>{who} <a href=\"/logout\">Log out</a></p><ul>{}</ul>\
             <p><a href=\"/settings/connected-applications/new\">Create an application</a></p>",
            endpoints.concat()
        ),
    )
}

pub(super) async fn login(Query(next): Query<Next>) -> Html<String> {
    login_page(&next.next, "")
}

pub(super) async fn log_in(Given(state): Given<Shared>, Form(form): Form<LogIn>) -> Response {
    let mut state = lock(&state);
    let person = state.people.get(&form.username);
    if person.is_none_or(|person| person.password != form.password) {
        return (
            StatusCode::UNAUTHORIZED,
            login_page(&form.next, "Wrong username or password."),
        )
            .into_response();
    }
    let session = random("");
    let cookie = format!("{SESSION}={session}; Path=/; HttpOnly; SameSite=Lax");
    state.sessions.insert(session, form.username);
    // Only a path of this provider is a place to go on to.
    let next = Some(form.next.as_str())
        .filter(|next| next.starts_with('/') && !next.starts_with("//"))
        .unwrap_or("/");
    ([(SET_COOKIE, cookie)], Redirect::to(next)).into_response()
}

pub(super) async fn log_out() -> Response {
    (
        [(SET_COOKIE, format!("{SESSION}=; Path=/; Max-Age=0"))],
        Redirect::to("/"),
    )
        .into_response()
}

pub(super) async fn new_application() -> Html<String> {
    page(
        "Create an application",
        "<form method=\"post\"><label for=\"name\">Application name</label><input id=\"name\" name=\"name\" required>\
         <label for=\"redirect\">Redirect URL</label><input id=\"redirect\" name=\"redirect_uri\" type=\"url\" required>\
         <button>Create app</button></form>",
    )
}

pub(super) async fn create_application(Given(state): Given<Shared>, Form(form): Form<NewApplication>) -> Response {
    if form.name.trim().is_empty() || url::Url::parse(&form.redirect_uri).is_err() {
        return refusal(
            StatusCode::BAD_REQUEST,
            "An application needs a name and a redirect URL.",
        );
    }
    let credentials = lock(&state).register_client(&form.name, &form.redirect_uri);
    page(
        &text(&form.name),
        &format!(
            "<dl><dt>Client ID</dt><dd id=\"client-id\">{}</dd><dt>App Secret</dt><dd id=\"client-secret\">{}</dd></dl>",
            credentials.client_id, credentials.client_secret
        ),
    )
    .into_response()
}

pub(super) fn authorize(application: &str, username: &str, request: &Request) -> Html<String> {
    let fields = serde_json::to_value(request).unwrap_or_default();
    let hidden: Vec<String> = fields
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name, value.as_str().filter(|value| !value.is_empty())?)))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", text(value)))
        .collect();
    let scopes: Vec<String> = request
        .scope
        .split(' ')
        .map(|scope| format!("<li>{}</li>", text(scope)))
        .collect();
    page(
        "Authorize application",
        &format!(
            "<p><strong>{}</strong> asks <strong>{}</strong> for:</p><ul>{}</ul>\
             <form method=\"post\" action=\"/oauth/authorize\">{}\
             <button name=\"decision\" value=\"authorize\">Authorize</button>\
             <button class=\"quiet\" name=\"decision\" value=\"deny\">Deny</button></form>",
            text(application),
            text(username),
            scopes.concat(),
            hidden.concat()
        ),
    )
}

pub(super) async fn avatar(Path(name): Path<String>) -> Response {
    let initial = name.chars().next().unwrap_or('?').to_ascii_uppercase();
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\"><rect width=\"64\" height=\"64\" fill=\"#ffd21e\"/>\
         <text x=\"32\" y=\"43\" font-family=\"sans-serif\" font-size=\"30\" text-anchor=\"middle\">{}</text></svg>",
        text(&initial.to_string())
    );
    ([(CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}

pub(super) fn refusal(status: StatusCode, why: &str) -> Response {
    (status, page("This did not work", &format!("<p>{}</p>", text(why)))).into_response()
}

/// The account name of a browser that is signed in here.
pub(super) fn signed_in<'a>(state: &'a State, headers: &HeaderMap) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, session) = pairs.find(|(name, _)| *name == SESSION)?;
    state.sessions.get(session).map(String::as_str)
}

fn login_page(next: &str, error: &str) -> Html<String> {
    page(
        "Log in",
        &format!(
            "<form method=\"post\" action=\"/login\"><p role=\"alert\">{}</p><input type=\"hidden\" name=\"next\" value=\"{}\">\
             <label for=\"username\">Username</label><input id=\"username\" name=\"username\" autocomplete=\"username\">\
             <label for=\"password\">Password</label>\
             <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\">\
             <button>Log in</button></form>",
            text(error),
            text(next)
        ),
    )
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} · Stand-in provider</title><style>\
         body{{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;color:#222;background:#fffbe8}}\
         label{{display:block;margin-top:1rem}}input{{width:100%;box-sizing:border-box;padding:.6rem;font:inherit}}\
         button{{margin:1.5rem .5rem 0 0;padding:.7rem 1.4rem;font:inherit;border:1px solid #222;background:#222;color:#fff}}\
         button.quiet{{background:none;color:#222}}dd{{margin:0 0 1rem;font-family:monospace}}</style>\
         <body><main><h1>{title}</h1>{body}</main></body></html>"
    ))
}

/// Text as HTML.
fn text(raw: &str) -> String {
    raw.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

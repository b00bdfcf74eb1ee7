//! Coming in and going out: the gate before the Console's pages, sign-in through the admin tenant's OpenID Connect, and
//! sign-out.

use crate::address::{Address, see_other};
use crate::console::Operator;
use crate::preferences::{Preferences, referring_page};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Method, StatusCode, Uri};
use serde::Deserialize;
use soleira_access::operator::{self, SignInOutcome, SignedIn, Standing};
use soleira_core::model::User;
use soleira_core::{Code, Error, Kind};
use soleira_directory::operators;
use soleira_phrases::Phrases;
use soleira_runtime::Actor;
use soleira_ui::pages::console::ForbiddenPage;
use soleira_ui::pages::experience::ErrorPage;
use soleira_ui::{ExperienceFrame, Frame, Look};
use soleira_web::{Context, CsrfForm, Failure, Page, Query, Result, SetCookie, View};
use std::sync::Arc;

const SESSION: &str = "soleira_console";
/// The cookies of sign-ins under way: one each, so that two tabs do not disturb one another.
const PENDING: &str = "soleira_console_sign_in_";
/// Where they are sent to.
const CALLBACK: &str = "/console/callback";
const SIGN_IN: &str = "/console/sign-in";
const WELCOME: &str = "/console/welcome";
/// Where an operator begins.
const FIRST_PAGE: &str = "/console/get-started";

/// Lets operators in. Who has no session is led to sign in; who is no operator any more is told so.
pub fn gate<'a>(ctx: &'a Context, head: &'a mut Parts) -> BoxFuture<'a, std::result::Result<Actor, Failure>> {
    admit(ctx, head).boxed()
}

async fn admit(ctx: &Context, head: &mut Parts) -> std::result::Result<Actor, Failure> {
    match standing(ctx).await? {
        Standing::Operator(user) => {
            let actor = Actor::Operator(user.id.clone());
            head.extensions.insert(Operator(Arc::from(user)));
            Ok(actor)
        }
        Standing::NoLonger(user) => Err(Failure::answer(forbidden(
            ctx,
            Preferences::read(ctx, &head.uri),
            &user,
        ))),
        Standing::Nobody => {
            // What was about to be posted is lost; the page that it stood on is not.
            let page = match head.method {
                Method::GET | Method::HEAD => head.uri.path_and_query().map(ToString::to_string),
                _ => referring_page(&head.headers),
            };
            let sign_in = Address::new(SIGN_IN).with("return_to", page.as_deref().unwrap_or_default());
            Err(Failure::answer(see_other(&sign_in.finish())))
        }
    }
}

async fn standing(ctx: &Context) -> soleira_core::Result<Standing> {
    match ctx.cookies().get(SESSION) {
        Some(id) => operator::authenticate(ctx, id).await,
        None => Ok(Standing::Nobody),
    }
}

/// Gives the browser a session, under a new identifier, and leads on.
pub(crate) fn enter(ctx: &Context, signed_in: &SignedIn) -> Response {
    let cookie = SetCookie::new(SESSION, signed_in.session_id.expose()).path(operator::PATH);
    ctx.cookies().set(cookie);
    see_other(&signed_in.return_to)
}

/// `GET /` of the admin tenant.
pub(crate) async fn root() -> Response {
    see_other(operator::PATH)
}

/// `GET /console`: the first page, or where one gets there from.
pub(crate) async fn first_page(ctx: Context) -> Result {
    Ok(see_other(if operators::exists(&ctx).await? {
        FIRST_PAGE
    } else {
        WELCOME
    }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct SignIn {
    #[serde(default)]
    return_to: String,
}

/// `GET /console/sign-in`: to the admin tenant's authorization endpoint.
pub(crate) async fn sign_in(ctx: Context, uri: Uri, Query(query): Query<SignIn>) -> Result {
    if !operators::exists(&ctx).await? {
        return Ok(see_other(WELCOME));
    }
    let language = Preferences::read(&ctx, &uri).language;
    let start = operator::begin_sign_in(&ctx, &query.return_to, language.tag())?;
    let cookie = SetCookie::new(pending(&start.state), start.pending)
        .path(CALLBACK)
        .max_age(operator::SIGN_IN_TTL);
    ctx.cookies().set(cookie);
    Ok(see_other(&start.authorization_url))
}

/// The name of the cookie of the sign-in that has this state.
fn pending(state: &str) -> String {
    let short: String = state.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    format!("{PENDING}{short}")
}

#[derive(Debug, Deserialize)]
pub(crate) struct Callback {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

/// `GET /console/callback`: the answer of the authorization endpoint.
pub(crate) async fn callback(ctx: Context, uri: Uri, Query(answer): Query<Callback>) -> Result {
    let preferences = Preferences::read(&ctx, &uri);
    let name = pending(&answer.state);
    let kept = ctx.cookies().get(&name).unwrap_or_default().to_owned();
    ctx.cookies().remove_at(&name, CALLBACK);
    let outcome = match (&answer.code, &answer.error) {
        (Some(code), None) => operator::complete_sign_in(&ctx, &kept, &answer.state, code).await,
        (_, Some(error)) if error == "access_denied" => Err(Error::new(Code::OidcAborted)),
        _ => Err(Error::new(Code::SessionNotFound)),
    };
    match outcome {
        Ok(SignInOutcome::SignedIn(signed_in)) => Ok(enter(&ctx, &signed_in)),
        Ok(SignInOutcome::NoOperator(user)) => Ok(forbidden(&ctx, preferences, &user)),
        Err(error) if matches!(error.kind(), Kind::Internal | Kind::Unavailable) => Err(error.into()),
        // The page was loaded again, or the sign-in of another tab was first.
        Err(_) if matches!(standing(&ctx).await?, Standing::Operator(_)) => Ok(see_other(operator::PATH)),
        Err(error) => Ok(interrupted(&ctx, preferences, &error)),
    }
}

/// A sign-in did not come to its end; it can begin again.
fn interrupted(ctx: &Context, preferences: Preferences, error: &Error) -> Response {
    let phrases = Phrases::built_in();
    let text = |key: &str| phrases.text(preferences.language, key);
    let page = ErrorPage {
        title: text("console.interrupted.title"),
        message: text(match error.code() {
            Code::OidcAborted => "console.interrupted.cancelled",
            _ => "console.interrupted.expired",
        }),
        advice: None,
        code: Some(error.code().as_str().to_owned()),
        request_id: ctx.request_id().to_owned(),
        start_again_href: Some(SIGN_IN.to_owned()),
    };
    let frame = Frame::Experience(ExperienceFrame::default());
    plain(ctx, preferences, frame, &page)
        .status(StatusCode::BAD_REQUEST)
        .into_response()
}

fn forbidden(ctx: &Context, preferences: Preferences, user: &User) -> Response {
    let page = ForbiddenPage {
        name: crate::console::name_of(user),
        sign_out_action: "/console/sign-out".to_owned(),
    };
    let frame = Frame::Plain { languages: Vec::new() };
    plain(ctx, preferences, frame, &page)
        .status(StatusCode::FORBIDDEN)
        .into_response()
}

/// A page outside the Console's frame.
pub(crate) fn plain<P: soleira_ui::Page>(ctx: &Context, preferences: Preferences, frame: Frame, page: &P) -> Page {
    let view = View {
        language: preferences.language,
        phrases: Phrases::built_in().clone(),
        look: Look {
            theme: preferences.theme,
            ..Look::default()
        },
        frame,
    };
    Page::new(ctx, view, page)
}

/// A form that says nothing beyond where it was sent to.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

/// `POST /console/sign-out`: ends the session here, then the one at the authorization server.
pub(crate) async fn sign_out(ctx: Context, CsrfForm(Nothing {}): CsrfForm<Nothing>) -> Result {
    let location = operator::sign_out(&ctx, ctx.cookies().get(SESSION)).await?;
    ctx.cookies().remove_at(SESSION, operator::PATH);
    Ok(see_other(&location))
}

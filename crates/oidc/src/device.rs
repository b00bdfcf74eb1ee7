//! The person's side of the device flow (RFC 8628 §3.3): what the page of the code leads to and comes back from.

use crate::answer::{self, Beside, found, see_other};
use crate::{BODY_LIMIT, session};
use axum::extract::Request;
use axum::response::Response;
use http::{Uri, header};
use soleira_access::browser::{Browser, DEVICE_PAGE};
use soleira_access::device::{self, CodeProblem, Next, Waiting};
use soleira_core::Kind;
use soleira_oauth::{Error, Params};
use soleira_web::{Context, Result, read_body};

/// Where a device is told that it may go on.
const SUCCESS_PAGE: &str = "/device/success";
/// What the page is told when the form was open for too long, or came from elsewhere.
const STALE: &str = "InvalidRequest";
/// What the page is told after too many wrong codes.
const TOO_MANY: &str = "RateLimited";

/// `GET /oidc/device`: gives the browser what the form of the page needs, and leads to the page. A code in the address
/// is looked up, so that the page asks for confirmation at once.
pub(crate) async fn open(ctx: Context, uri: Uri) -> Result {
    let mut browser = answer::browser(&ctx);
    let params = match Params::from_query(uri.query().unwrap_or_default()) {
        Ok(params) => params,
        Err(error) => return Ok(refused(&ctx, &error)),
    };
    device::open(&ctx, &mut browser);
    ctx.keep(browser.changes());
    let mut page = PageAddress::of(&params);
    if let Some(code) = params.get("user_code") {
        match device::find(&ctx, &browser, Some(code)).await {
            Ok(Ok(waiting)) => page.confirm(&waiting),
            Ok(Err(problem)) => page.say(code, problem.as_str()),
            Err(error) if error.kind() == Kind::RateLimited => page.say(code, TOO_MANY),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found(&page.into_string()))
}

/// `POST /oidc/device`: a code was typed, confirmed or refused.
pub(crate) async fn submit(ctx: Context, request: Request) -> Result {
    let headers = request.headers().clone();
    let is_for_a_person = answer::is_for_a_person(&headers);
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let body = read_body(request, BODY_LIMIT).await?;
    let params = match Params::from_body(content_type, &body, "/device") {
        Ok(params) => params,
        Err(error) => return Ok(refused(&ctx, &error)),
    };
    let mut browser = answer::browser(&ctx);
    let code = params.get("user_code").unwrap_or_default();
    let mut page = PageAddress::default();
    let checked = if ctx.is_foreign(&headers) {
        Err(Error::invalid_request("xsrf token invalid").caused_by("another site sent the form"))
    } else {
        device::check_xsrf(&browser, params.get("xsrf"))
    };
    if let Err(error) = checked {
        if !is_for_a_person {
            return Ok(refused(&ctx, &error));
        }
        // The page of a person who took their time is shown once more, with what they typed.
        answer::log(&ctx, &error);
        page.say(code, STALE);
        return Ok(see_other(&page.into_string()));
    }
    let waiting = match device::find(&ctx, &browser, Some(code)).await {
        Ok(Ok(waiting)) => waiting,
        Ok(Err(problem)) => {
            page.say(code, problem.as_str());
            return Ok(see_other(&page.into_string()));
        }
        Err(error) if error.kind() == Kind::RateLimited && is_for_a_person => {
            page.say(code, TOO_MANY);
            return Ok(see_other(&page.into_string()));
        }
        Err(error) => return Err(error.into()),
    };
    if params.get("abort").is_some() {
        let problem = device::abort(&ctx, waiting).await?;
        return Ok(told(problem));
    }
    if params.get("confirm").is_none() {
        page.confirm(&waiting);
        return Ok(see_other(&page.into_string()));
    }
    let outcome = device::confirm(&ctx, &mut browser, waiting).await;
    Ok(answered(&ctx, &browser, outcome))
}

/// `GET /oidc/device/:uid`: the person answered.
pub(crate) async fn resume(ctx: Context, request: Request) -> Result {
    let uid = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let mut browser = answer::browser(&ctx);
    let outcome = device::resume(&ctx, &mut browser, &uid).await;
    if let Err(error) = &outcome
        && error.catalogue_code() == "session.not_found"
        && answer::is_for_a_person(request.headers())
    {
        answer::log(&ctx, error);
        return Ok(see_other("/unknown-session"));
    }
    Ok(answered(&ctx, &browser, outcome))
}

fn answered(ctx: &Context, browser: &Browser, outcome: soleira_oauth::Result<Next>) -> Response {
    ctx.keep(browser.changes());
    match outcome {
        Ok(Next::Page(path)) => see_other(&path),
        Ok(Next::Success { client_id }) => see_other(&address(SUCCESS_PAGE, &[("app_id", &client_id)])),
        Ok(Next::SignOutFirst { xsrf }) => session::confirmation_page(ctx, xsrf, None),
        Ok(Next::Problem(problem)) => told(problem),
        Err(error) => refused(ctx, &error),
    }
}

/// Back to the page, which says why a code that was right does not lead on.
fn told(problem: CodeProblem) -> Response {
    see_other(&address(DEVICE_PAGE, &[("error", problem.as_str())]))
}

fn refused(ctx: &Context, error: &Error) -> Response {
    answer::error(ctx, error, &Beside::default())
}

/// The address of the page, with what it has to know.
#[derive(Debug, Default)]
struct PageAddress(Vec<(&'static str, String)>);

impl PageAddress {
    /// With the parameters that the page itself was opened with.
    fn of(params: &Params) -> Self {
        let kept = [
            "app_id",
            "organization_id",
            "ui_locales",
            "locale",
            "input_code",
            "error",
        ];
        let kept = kept
            .into_iter()
            .filter_map(|name| Some((name, params.get(name)?.to_owned())));
        Self(kept.collect())
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.to_owned()));
    }

    /// The page asks whether the code is the person's.
    fn confirm(&mut self, waiting: &Waiting) {
        self.set("app_id", waiting.client.id.as_str());
        for name in ["organization_id", "ui_locales"] {
            if let Some(value) = waiting.params.get(name) {
                self.set(name, value);
            }
        }
        self.set("user_code", &waiting.user_code);
    }

    /// The page says what is wrong with what was typed.
    fn say(&mut self, typed: &str, error: &str) {
        if !typed.is_empty() {
            self.set("input_code", typed);
        }
        self.set("error", error);
    }

    fn into_string(self) -> String {
        let pairs: Vec<(&str, &str)> = self.0.iter().map(|(name, value)| (*name, value.as_str())).collect();
        address(DEVICE_PAGE, &pairs)
    }
}

fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    let params: Params = pairs.iter().copied().collect();
    format!("{path}?{}", params.to_query())
}

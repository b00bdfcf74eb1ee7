//! Pages as answers.

use crate::arrival::Arrival;
use crate::compression::Uncompressed;
use crate::context::Context;
use crate::csrf;
use crate::failure::Explanation;
use crate::headers::{Policy, source};
use axum::response::{Html, IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderValue, StatusCode, Uri, header};
use soleira_phrases::{Language, Phrases};
use soleira_ui::pages::experience::{ErrorPage, WrongHostPage};
use soleira_ui::{ExperienceFrame, Frame, Look, RenderContext};
use std::sync::Arc;

/// How a page is shown: in which language, with whose phrases and colours, and what stands around it.
#[derive(Debug, Clone)]
pub struct View {
    /// The language.
    pub language: Language,
    /// The phrases, with the tenant's own.
    pub phrases: Phrases,
    /// Theme, colours, styles.
    pub look: Look,
    /// What stands around the page.
    pub frame: Frame,
}

/// A page to answer with; see [`Page::new`].
#[derive(Debug)]
#[must_use = "a page is an answer"]
pub struct Page {
    html: Result<String, soleira_core::Error>,
    arrival: Arc<Arrival>,
    language: Language,
    status: StatusCode,
    policy: Policy,
    secret: bool,
}

impl Page {
    /// Renders a page for the caller, with a CSRF token for its forms. A template that fails is an internal error.
    pub fn new<P: soleira_ui::Page>(ctx: &Context, view: View, page: &P) -> Self {
        let arrival = Arc::clone(ctx.arrival());
        let render = RenderContext {
            language: view.language,
            phrases: view.phrases,
            now: ctx.now(),
            nonce: arrival.nonce().to_owned(),
            csrf: Some(csrf::token(&arrival)),
            look: view.look,
            frame: view.frame,
            sandbox: ctx.app.is_sandbox(),
        };
        let html = arrival
            .web
            .renderer()
            .page(page, &render)
            .map_err(soleira_core::Error::internal);
        Self {
            html,
            arrival,
            language: view.language,
            status: StatusCode::OK,
            policy: Policy::default(),
            secret: false,
        }
    }

    /// Answers with another status than 200.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Lets the forms of the page lead to a URI of an application, through redirects too (CSP `form-action`).
    pub fn leads_to(mut self, uri: &str) -> Self {
        self.policy.form_action.extend(source(uri));
        self
    }

    /// Lets the page show an image of another host, which an administrator or a provider named.
    pub fn shows_image(mut self, url: &str) -> Self {
        self.policy
            .images
            .extend(source(url).filter(|source| source.starts_with("http:") || source.starts_with("https:")));
        self
    }

    /// Lets pages of this origin frame the page: the Console's preview.
    pub fn framed_by_self(mut self) -> Self {
        self.policy.framed_by_self = true;
        self
    }

    /// Lets the page hold frames of its own origin.
    pub fn frames(mut self) -> Self {
        self.policy.frames = true;
        self
    }

    /// The page shows a secret: it is not compressed, so that its length tells nothing.
    pub fn holds_secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let html = match self.html {
            Ok(html) => html,
            Err(error) => return crate::failure::Failure::from(error).into_response(),
        };
        let mut response = (self.status, Html(html)).into_response();
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::try_from(self.policy.header(self.arrival.nonce())) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language.tag()));
        if self.secret {
            response.extensions_mut().insert(Uncompressed);
        }
        response
    }
}

/// The page that a failure becomes: what happened, what to do, and the name of the request for whoever looks it up.
pub(crate) fn failure(arrival: &Arrival, explanation: Explanation) -> Response {
    let page = ErrorPage {
        title: explanation.title,
        message: explanation.message,
        advice: Some(explanation.advice),
        code: explanation.code.map(str::to_owned),
        request_id: arrival.request_id().to_owned(),
        start_again_href: None,
    };
    plain(
        arrival,
        explanation.status,
        Frame::Experience(ExperienceFrame::default()),
        &page,
    )
}

/// The page for who came under a name that is not configured: the right address, and the setting that says so.
pub(crate) fn wrong_host(arrival: &Arrival, uri: &Uri, asked: &Authority, setting: &str) -> Response {
    let tenant = arrival.web.tenant();
    let page = WrongHostPage {
        asked: asked.to_string(),
        // The path stays, the query does not: it may hold what was meant for the other name.
        right_href: tenant.url(uri.path()),
        setting: setting.to_owned(),
        setting_value: format!("{}://{asked}", tenant.endpoint.scheme()),
    };
    plain(
        arrival,
        StatusCode::MISDIRECTED_REQUEST,
        Frame::Plain { languages: Vec::new() },
        &page,
    )
}

/// A page without a form, a session or a tenant's look.
fn plain<P: soleira_ui::Page>(arrival: &Arrival, status: StatusCode, frame: Frame, page: &P) -> Response {
    let render = RenderContext {
        language: arrival.language,
        phrases: Phrases::built_in().clone(),
        now: arrival.web.app().clock.now(),
        nonce: arrival.nonce().to_owned(),
        csrf: None,
        look: Look::default(),
        frame,
        sandbox: arrival.web.app().is_sandbox(),
    };
    match arrival.web.renderer().page(page, &render) {
        Ok(html) => {
            let language = HeaderValue::from_static(arrival.language.tag());
            (status, [(header::CONTENT_LANGUAGE, language)], Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(request = arrival.request_id(), %error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.").into_response()
        }
    }
}

//! A request as it arrives at a listener: who sent it, under which name, and the one line that the log has of it.

use crate::context::{Context, Gates, KeySource};
use crate::cookies::{CookieKeys, Cookies, Jar};
use crate::endpoint::within;
use crate::failure::{self, Failure};
use crate::host::{self, Names};
use crate::proxy::{Origin, Peer, TrustedProxies};
use crate::routes::{Access, Face};
use crate::{compression, headers, page};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{Extensions, HeaderName, HeaderValue, StatusCode, Uri, header};
use soleira_core::{Entropy, EntropyExt};
use soleira_phrases::{Language, accepted_languages};
use soleira_runtime::{App, Ctx, RequestInfo, Tenant};
use soleira_ui::Renderer;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The header that names a request in answers, logs and error pages.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("logto-core-request-id");

/// What a listener is made of.
pub struct Listener {
    /// The process.
    pub app: Arc<App>,
    /// The tenant that is reached here.
    pub tenant: Arc<Tenant>,
    /// The setting that names its address (`ENDPOINT`, `ADMIN_ENDPOINT`).
    pub endpoint_setting: &'static str,
    /// The names that the listener answers under.
    pub names: Names,
    /// Who may speak for a client.
    pub proxies: TrustedProxies,
    /// Origins of the Console, whose scripts may call the Management API.
    pub console_origins: Vec<String>,
    /// What turns pages into HTML.
    pub renderer: Arc<Renderer>,
    /// Where the keys that sign the tenant's cookies come from.
    pub cookie_keys: Arc<dyn KeySource>,
    /// Who is let in where a route asks for it.
    pub gates: Gates,
}

/// One listener's tenant, address and services: the state of all handlers. Cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Listener>);

impl Web {
    /// The state of a listener.
    pub fn new(listener: Listener) -> Self {
        Self(Arc::new(listener))
    }

    /// The process.
    pub fn app(&self) -> &Arc<App> {
        &self.0.app
    }

    /// The tenant that is reached here.
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.0.tenant
    }

    /// What turns pages into HTML.
    pub fn renderer(&self) -> &Renderer {
        &self.0.renderer
    }

    /// Whether the configured endpoint is https: what cookies and transport security follow.
    pub(crate) fn secure(&self) -> bool {
        self.0.tenant.is_secure()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.0.app.entropy
    }

    async fn cookie_keys(&self) -> soleira_core::Result<CookieKeys> {
        let ctx = Ctx::system(Arc::clone(&self.0.app), Arc::clone(&self.0.tenant));
        self.0.cookie_keys.cookie_keys(&ctx).await
    }

    pub(crate) fn console_origins(&self) -> impl Iterator<Item = &str> {
        self.0.console_origins.iter().map(String::as_str)
    }

    pub(crate) fn is_own_origin(&self, origin: &str) -> bool {
        self.0.names.contains_origin(origin)
    }

    /// Lets a caller through to a route that has a gate; who it is goes along in the request's extensions.
    pub(crate) async fn admit(
        &self,
        access: Access,
        arrival: &Arc<Arrival>,
        request: Request,
    ) -> Result<Request, Failure> {
        let gate = match access {
            Access::Management => &self.0.gates.management,
            Access::Operator => &self.0.gates.operator,
            Access::Anyone | Access::Interaction | Access::Session | Access::Client | Access::Bearer => {
                return Ok(request);
            }
        };
        let (mut head, body) = request.into_parts();
        let actor = gate.admit(&Context::of(arrival, &head.extensions), &mut head).await?;
        head.extensions.insert(actor);
        Ok(Request::from_parts(head, body))
    }
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Web")
            .field("tenant", &self.0.tenant.id)
            .finish_non_exhaustive()
    }
}

/// What is known about a request before any handler sees it; in the extensions of every request.
#[derive(Debug)]
pub struct Arrival {
    pub(crate) web: Web,
    pub(crate) cookies: Cookies,
    pub(crate) language: Language,
    pub(crate) info: Arc<RequestInfo>,
    /// What the browser's CSRF cookie holds, once a form was made or is to be.
    pub(crate) csrf: OnceLock<String>,
    /// Whether errors of the protocol are to be the bare ones of the standard (`?parse_error=false`).
    pub(crate) wants_bare_errors: bool,
    nonce: OnceLock<String>,
    origin: Origin,
}

/// Characters of a `User-Agent` that are kept.
const USER_AGENT_LENGTH: usize = 512;

impl Arrival {
    fn new(web: &Web, keys: CookieKeys, request: &Request) -> Self {
        let listener = &web.0;
        let tenant = &listener.tenant;
        let peer = request.extensions().get::<Peer>().copied().unwrap_or(IN_PROCESS);
        let origin = listener.proxies.origin(peer, request.headers());
        let jar = Jar {
            tenant_name: tenant.shares_host.then(|| tenant.id.clone()),
            secure: web.secure(),
        };
        let cookies = Cookies::new(jar, keys, request.headers());
        let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
        let info = RequestInfo {
            id: web.entropy().request_id(),
            ip: Some(origin.address),
            user_agent: text(header::USER_AGENT).map(|agent| agent.chars().take(USER_AGENT_LENGTH).collect()),
            accept_language: text(header::ACCEPT_LANGUAGE).map(str::to_owned),
        };
        Self {
            language: language(request, &cookies),
            cookies,
            info: Arc::new(info),
            csrf: OnceLock::new(),
            wants_bare_errors: wants_bare_errors(request.uri()),
            nonce: OnceLock::new(),
            origin,
            web: web.clone(),
        }
    }

    /// The arrival of a request that came through a listener.
    pub(crate) fn of(extensions: &Extensions) -> Option<Arc<Self>> {
        extensions.get::<Arc<Self>>().cloned()
    }

    /// The name of the request, 16 characters.
    pub fn request_id(&self) -> &str {
        &self.info.id
    }

    /// The nonce that scripts and styles of the answer carry.
    pub fn nonce(&self) -> &str {
        self.nonce.get_or_init(|| self.web.entropy().request_id())
    }
}

/// The peer of a request that came through no socket: the tests call the router itself.
const IN_PROCESS: Peer = Peer {
    address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    tls: false,
};

fn wants_bare_errors(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    query.split('&').any(|pair| pair == "parse_error=false")
}

/// The language of the caller: `?locale=`, then `?ui_locales=` (OpenID Connect Core §3.1.2.1), then the choice that the
/// sign-in pages remember, then `Accept-Language`.
fn language(request: &Request, cookies: &Cookies) -> Language {
    let query: Vec<(String, String)> = request
        .uri()
        .query()
        .filter(|query| query.contains("locale") || query.contains('%'))
        .and_then(|query| serde_html_form::from_str(query).ok())
        .unwrap_or_default();
    let asked = |wanted: &str| {
        query
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let remembered = cookies
        .get("_logto")
        .and_then(crate::cookies::decode)
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        .and_then(|value| value.get("uiLocales")?.as_str().map(str::to_owned));
    let accepted = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let candidates = asked("locale")
        .into_iter()
        .chain(asked("ui_locales").into_iter().flat_map(str::split_whitespace))
        .chain(remembered.iter().flat_map(|tags| tags.split_whitespace()))
        .chain(accepted.map(accepted_languages).unwrap_or_default());
    Language::negotiate(candidates, &[], Language::EN)
}

/// Puts a listener's router behind what every request passes first.
pub(crate) fn receive(router: Router, web: Web) -> Router {
    router
        .layer(compression::layer())
        .layer(from_fn_with_state(web, arrive))
}

async fn arrive(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    // What says nothing about a tenant is served without asking the database, and under any name.
    let plain = path == "/api/status" || within(&path, "/assets");
    let keys = if plain {
        Ok(CookieKeys::default())
    } else {
        web.cookie_keys().await
    };
    let (keys, trouble) = match keys {
        Ok(keys) => (keys, None),
        Err(error) => (CookieKeys::default(), Some(error)),
    };
    let arrival = Arc::new(Arrival::new(&web, keys, &request));
    request.extensions_mut().insert(Arc::clone(&arrival));
    let refusal = if plain { None } else { misdirected(&arrival, &request) };
    let mut response = match (refusal, trouble) {
        (Some(response), _) => response,
        (None, Some(error)) => finish(&arrival, face_of(&path), Failure::from(error).into_response()),
        (None, None) => next.run(request).await,
    };
    arrival.cookies.write(response.headers_mut());
    if let Ok(id) = HeaderValue::from_str(arrival.request_id()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    tracing::info!(
        target: "soleira::request",
        method = method.as_str(),
        path,
        status = response.status().as_u16(),
        ms = milliseconds(started),
        id = arrival.request_id(),
        tenant = web.0.tenant.id.as_str(),
        ip = %arrival.origin.address,
    );
    response
}

/// Milliseconds since `started`, to a hundredth.
fn milliseconds(started: Instant) -> f64 {
    (started.elapsed().as_secs_f64() * 100_000.0).round() / 100.0
}

/// How the part of the server that a path lies in speaks.
pub(crate) fn face_of(path: &str) -> Face {
    if within(path, "/api") {
        Face::Api
    } else if within(path, "/oidc") {
        Face::Oidc
    } else {
        Face::Pages
    }
}

/// Gives an answer that no route made its form and headers.
pub(crate) fn finish(arrival: &Arc<Arrival>, face: Face, response: Response) -> Response {
    let mut response = failure::render(arrival, face, response);
    headers::secure(arrival, face, &mut response);
    response
}

/// The answer to a request that was sent to a name which is not configured.
fn misdirected(arrival: &Arc<Arrival>, request: &Request) -> Option<Response> {
    let listener = &arrival.web.0;
    let face = face_of(request.uri().path());
    let response = match host::authority(request) {
        Some(authority) if listener.names.contains(&authority) => return None,
        // RFC 9112 §3.2: one valid name must be given.
        None => Failure::http(StatusCode::BAD_REQUEST, "the request must name one valid host").into_response(),
        Some(authority) if face == Face::Pages => {
            page::wrong_host(arrival, request.uri(), &authority, listener.endpoint_setting)
        }
        // RFC 9110 §15.5.20: not the server that speaks for this name.
        Some(authority) => {
            let message = format!(
                "this server is reached at {} (setting {}), not at {authority}",
                listener.tenant.origin(),
                listener.endpoint_setting,
            );
            Failure::http(StatusCode::MISDIRECTED_REQUEST, message).into_response()
        }
    };
    Some(finish(arrival, face, response))
}

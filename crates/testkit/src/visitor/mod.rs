//! A browser without pictures or scripts: it keeps cookies, reads pages and sends forms, and leaves redirects to the test.

mod form;
mod jar;
mod page;

pub use form::Form;
pub use jar::CookieJar;
pub use page::Page;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use soleira_core::{Clock, SystemClock};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt as _;
use url::Url;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Someone who visits servers: routers in this process by their origin, everything else over loopback.
/// Clones share cookies and headers, as two tabs do.
#[derive(Clone)]
pub struct Visitor {
    origins: Arc<Vec<(Url, Router)>>,
    network: Client<HttpConnector, Full<Bytes>>,
    base: Url,
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Clock>,
    waits_for_ever: bool,
}

struct State {
    jar: CookieJar,
    headers: HeaderMap,
    address: IpAddr,
}

impl std::fmt::Debug for Visitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Visitor of {}", self.base)
    }
}

impl Visitor {
    /// A visitor of servers on loopback; relative addresses are meant from `base`.
    pub fn new(base: &str) -> Self {
        Self::of_routers(base, Vec::new())
    }

    /// A visitor of routers that run in this process, each under the origin it believes to have.
    pub fn of_routers(base: &str, routers: Vec<(String, Router)>) -> Self {
        let origin = |text: &str| Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        Self {
            origins: Arc::new(routers.into_iter().map(|(at, router)| (origin(&at), router)).collect()),
            network: Client::builder(TokioExecutor::new()).build_http(),
            base: origin(base),
            state: Arc::new(Mutex::new(State {
                jar: CookieJar::default(),
                headers: HeaderMap::new(),
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            })),
            clock: Arc::new(SystemClock),
            waits_for_ever: false,
        }
    }

    /// The same visitor with cookies that expire by `clock`.
    pub fn by_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The same visitor, who waits for ever where a server dies before its answer is whole. Others fail the test then.
    pub fn who_waits_for_ever(mut self) -> Self {
        self.waits_for_ever = true;
        self
    }

    /// Another visitor of the same servers, with no cookies.
    pub fn stranger(&self) -> Self {
        let state = State {
            jar: CookieJar::default(),
            headers: HeaderMap::new(),
            address: self.state().address,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            ..self.clone()
        }
    }

    /// Sends a header with every request from now on.
    pub fn always(&self, name: &'static str, value: &str) {
        let value = HeaderValue::from_str(value).expect("a header's value");
        self.state().headers.insert(HeaderName::from_static(name), value);
    }

    /// Comes from this address from now on; only routers in this process can be told so.
    pub fn comes_from(&self, address: IpAddr) {
        self.state().address = address;
    }

    /// The value of a cookie that would be sent to `base`, whatever its path.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.state().jar.value(&self.base, name)
    }

    /// Puts a cookie for the host of `base`.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let now = self.clock.now();
        self.state()
            .jar
            .receive(&self.base, &format!("{name}={value}; Path=/"), now);
    }

    /// Forgets all cookies, or those of one name.
    pub fn forget_cookies(&self, name: Option<&str>) {
        self.state().jar.forget(name);
    }

    /// An address as this visitor understands it.
    ///
    /// # Panics
    /// When it is none.
    pub fn resolve(&self, address: &str) -> Url {
        self.base
            .join(address)
            .unwrap_or_else(|error| panic!("{address}: {error}"))
    }

    /// Asks for a page. Redirects are not followed: see [`Page::follow`] and [`Page::follow_all`].
    pub async fn get(&self, address: &str) -> Page {
        self.send(Method::GET, self.resolve(address), HeaderMap::new(), Bytes::new())
            .await
    }

    /// Asks for something as the bearer of a token.
    pub async fn get_as(&self, address: &str, token: &str) -> Page {
        self.send(Method::GET, self.resolve(address), bearer(token), Bytes::new())
            .await
    }

    /// Sends form fields.
    pub async fn post_form(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        self.send_form(Method::POST, self.resolve(address), HeaderMap::new(), fields)
            .await
    }

    /// Sends form fields as a client that authenticates with HTTP Basic, identifier and secret unescaped.
    pub async fn post_form_as_client(&self, address: &str, id: &str, secret: &str, fields: &[(&str, &str)]) -> Page {
        self.send_form(Method::POST, self.resolve(address), basic(id, secret), fields)
            .await
    }

    /// Sends JSON with any method; with a token, as its bearer.
    pub async fn send_json(
        &self,
        method: Method,
        address: &str,
        token: Option<&str>,
        body: &serde_json::Value,
    ) -> Page {
        let mut headers = token.map(bearer).unwrap_or_default();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.send(method, self.resolve(address), headers, Bytes::from(body.to_string()))
            .await
    }

    /// Sends form fields with headers of the caller's choice.
    pub async fn send_form(&self, method: Method, url: Url, mut headers: HeaderMap, fields: &[(&str, &str)]) -> Page {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(method, url, headers, Bytes::from(body)).await
    }

    /// Sends anything.
    ///
    /// # Panics
    /// When there is no answer within 30 seconds, or the address is not on loopback: tests do not use the network.
    pub async fn send(&self, method: Method, url: Url, headers: HeaderMap, body: Bytes) -> Page {
        let request = self.request(&method, &url, headers);
        let answer = tokio::time::timeout(ANSWER_WITHIN, self.exchange(&url, request, body)).await;
        let (parts, body) = answer.unwrap_or_else(|_| panic!("{method} {url}: no answer within {ANSWER_WITHIN:?}"));
        let now = self.clock.now();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.state()
                .jar
                .receive(&url, cookie.to_str().expect("a cookie is text"), now);
        }
        Page::new(self.clone(), method, url, parts.status, parts.headers, body)
    }

    fn request(&self, method: &Method, url: &Url, headers: HeaderMap) -> Request<()> {
        let now = self.clock.now();
        let mut state = self.state();
        let mut request = Request::builder().method(method).uri(url.as_str());
        request = request
            .header(header::HOST, authority(url))
            .header(header::ACCEPT, "text/html,application/json;q=0.9");
        if let Some(cookies) = state.jar.header(url, now) {
            request = request.header(header::COOKIE, cookies);
        }
        let mut request = request.body(()).expect("a request");
        for (name, value) in &state.headers {
            request.headers_mut().insert(name, value.clone());
        }
        for (name, value) in &headers {
            request.headers_mut().insert(name, value.clone());
        }
        if *method != Method::GET && !request.headers().contains_key(header::ORIGIN) {
            // Browsers name the origin of the page that posts; a test that plays another site says so itself.
            let origin = HeaderValue::from_str(&url.origin().ascii_serialization()).expect("an origin is text");
            request.headers_mut().insert(header::ORIGIN, origin);
        }
        request
    }

    async fn exchange(&self, url: &Url, request: Request<()>, body: Bytes) -> (http::response::Parts, Bytes) {
        let router = self
            .origins
            .iter()
            .find(|(origin, _)| origin.origin() == url.origin())
            .map(|(_, router)| router.clone());
        if let Some(router) = router {
            let mut request = request.map(|()| Body::from(body));
            let path = url[url::Position::BeforePath..url::Position::AfterQuery]
                .parse()
                .expect("a path");
            *request.uri_mut() = path;
            let peer = SocketAddr::new(self.state().address, 50_000);
            come_from(peer, request.extensions_mut());
            let answer = router.oneshot(request).await.unwrap_or_else(|never| match never {});
            return collected(answer).await;
        }
        assert!(is_loopback(url), "tests do not use the network: {url}");
        match self.ask(request.map(|()| Full::new(body))).await {
            Ok(answer) => answer,
            Err(_) if self.waits_for_ever => std::future::pending().await,
            Err(error) => panic!("{url}: {error}"),
        }
    }

    async fn ask(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(http::response::Parts, Bytes), Box<dyn std::error::Error + Send + Sync>> {
        let (parts, body) = self.network.request(request).await?.into_parts();
        Ok((parts, body.collect().await?.to_bytes()))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }
}

/// Tells a router what its listener would know of the other end.
#[cfg(feature = "server")]
fn come_from(address: SocketAddr, request: &mut http::Extensions) {
    request.insert(soleira_web::Peer { address, tls: false });
}

/// Tells a router what axum's own listener would know of the other end.
#[cfg(not(feature = "server"))]
fn come_from(address: SocketAddr, request: &mut http::Extensions) {
    request.insert(axum::extract::ConnectInfo(address));
}

async fn collected(answer: Response<Body>) -> (http::response::Parts, Bytes) {
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    (parts, body)
}

fn authority(url: &Url) -> String {
    url[url::Position::BeforeHost..url::Position::AfterPort].to_owned()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn bearer(token: &str) -> HeaderMap {
    authorization(&format!("Bearer {token}"))
}

fn basic(id: &str, secret: &str) -> HeaderMap {
    use base64::Engine as _;
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
    authorization(&format!("Basic {credentials}"))
}

fn authorization(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_str(value).expect("a header's value"),
    );
    headers
}

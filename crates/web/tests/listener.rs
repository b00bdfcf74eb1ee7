//! A listener as clients see it: routes, gates, errors, headers, addresses, cookies and forms.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Value, json};
use soleira_connect::{HttpClient, OutboundPolicy};
use soleira_core::{Code, Error, Kind, Secret, SystemClock};
use soleira_crypto::{SystemEntropy, Vault, password};
use soleira_phrases::{Language, Phrases};
use soleira_runtime::{Actor, App, Ctx, Settings, Tenant};
use soleira_store::Db;
use soleira_ui::pages::experience::ErrorPage;
use soleira_ui::{ExperienceFrame, Frame, Look, Renderer};
use soleira_web::cors::Refused;
use soleira_web::{
    Access, Context, CookieKeys, Cors, CsrfForm, Face, Failure, Gates, Issues, Listener, Names, Page, Peer, Routes,
    SetCookie, TrustedProxies, Valid, Validate, View, Web,
};
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt;
use url::Url;

/// A listener of tenant `default` at an endpoint, with the routes of these tests.
struct Server {
    router: Router,
    app: Arc<App>,
    _directory: tempfile::TempDir,
}

fn admit<'a>(_: &'a Context, head: &'a mut Parts) -> BoxFuture<'a, Result<Actor, Failure>> {
    async {
        match head.headers.get(header::AUTHORIZATION) {
            Some(_) => Ok(Actor::Operator("op".into())),
            None => Err(Code::AuthAuthorizationHeaderMissing.into()),
        }
    }
    .boxed()
}

fn keys(_: &Ctx) -> BoxFuture<'_, soleira_core::Result<CookieKeys>> {
    async { Ok([Secret::new("cookie key")].into()) }.boxed()
}

async fn server_at(endpoint: &str) -> Server {
    let directory = tempfile::tempdir().unwrap();
    let entropy = Arc::new(SystemEntropy);
    let kek = Vault::parse_kek("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    let app = App::start(soleira_runtime::Parts {
        db: Db::open_sqlite(&directory.path().join("soleira.db")).await.unwrap(),
        clock: Arc::new(SystemClock),
        entropy: entropy.clone(),
        vault: Vault::new(kek, entropy).unwrap(),
        hashing: password::Params::CHEAPEST,
        http: HttpClient::new(OutboundPolicy::public_only()),
        tenants: vec![Tenant::new("default", Url::parse(endpoint).unwrap(), None)],
        settings: Settings::default(),
    });
    let tenant = Arc::clone(app.tenant("default").unwrap());
    let router = routes().into_router(Web::new(Listener {
        app: Arc::clone(&app),
        endpoint_setting: "ENDPOINT",
        names: Names::new(&tenant.origins, []),
        proxies: TrustedProxies::none(),
        console_origins: vec!["http://localhost:3002".to_owned()],
        renderer: Arc::new(Renderer::new()),
        cookie_keys: Arc::new(keys),
        gates: Gates {
            management: Arc::new(admit),
            operator: Arc::new(admit),
        },
        tenant,
    }));
    Server {
        router,
        app,
        _directory: directory,
    }
}

async fn server() -> Server {
    server_at("http://localhost:3001").await
}

impl Server {
    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            head,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(at("GET", path).body(Body::empty()).unwrap()).await
    }
}

fn at(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:3001")
}

struct Answer {
    head: http::response::Parts,
    text: String,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The cookies as a browser would send them back.
    fn cookies(&self) -> String {
        let set = self.head.headers.get_all(header::SET_COOKIE).iter();
        set.map(|line| line.to_str().unwrap().split(';').next().unwrap())
            .collect::<Vec<_>>()
            .join("; ")
    }
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

impl Validate for Named {
    fn validate(&self, issues: &mut Issues) {
        issues.length("name", &self.name, 1, 4);
    }
}

fn view() -> View {
    View {
        language: Language::EN,
        phrases: Phrases::built_in().clone(),
        look: Look::default(),
        frame: Frame::Experience(ExperienceFrame::default()),
    }
}

async fn page(ctx: Context) -> Page {
    let page = ErrorPage {
        title: "A page".to_owned(),
        message: "It says something.".repeat(30),
        advice: None,
        code: None,
        request_id: ctx.request_id().to_owned(),
        start_again_href: None,
    };
    Page::new(&ctx, view(), &page)
        .leads_to("com.example.app://callback")
        .status(StatusCode::ACCEPTED)
}

async fn hidden_page(ctx: Context) -> Response {
    let page = page(ctx).await;
    page.holds_secret().into_response()
}

async fn refused_script() -> Response {
    let mut response = StatusCode::BAD_REQUEST.into_response();
    response.extensions_mut().insert(Refused);
    response
}

fn routes() -> Routes {
    Routes::new(Face::Api)
        .cors(Cors::Console)
        .get("/api/things", Access::Management, |ctx: Context| async move {
            axum::Json(json!({"actor": ctx.actor.name()}))
        })
        .post("/api/things", Access::Anyone, |Valid(named): Valid<Named>| async move {
            named.name
        })
        .get("/api/missing", Access::Anyone, || async {
            Err::<(), Failure>(Error::new(Code::EntityNotFound).into())
        })
        .get("/api/fault", Access::Anyone, || async {
            Err::<(), Failure>(Error::internal("secret cause").into())
        })
        .get("/api/away", Access::Anyone, || async {
            Err::<(), Failure>(Error::unavailable("no database").into())
        })
        .get("/api/panic", Access::Anyone, || async {
            assert!(std::hint::black_box(false), "on purpose");
        })
        .get("/api/often", Access::Anyone, || async {
            let error = Error::new(Code::RequestRateLimited).with_data(json!({"retryAfter": 7}));
            Err::<(), Failure>(error.kind_is(Kind::RateLimited).into())
        })
        .face(Face::Oidc)
        .cors(Cors::Open)
        .get("/oidc/jwks", Access::Anyone, || async {
            axum::Json(json!({"keys": []}))
        })
        .cors(Cors::Client)
        .post("/oidc/token", Access::Client, refused_script)
        .face(Face::Pages)
        .cors(Cors::None)
        .get("/page", Access::Anyone, page)
        .get("/secret", Access::Anyone, hidden_page)
        .get("/missing", Access::Anyone, || async {
            Err::<(), Failure>(Error::new(Code::EntityNotFound).into())
        })
        .get("/form", Access::Anyone, |ctx: Context| async move { ctx.csrf_token() })
        .post("/form", Access::Anyone, |CsrfForm(named): CsrfForm<Named>| async move {
            named.name
        })
        .get(
            "/console",
            Access::Operator,
            |ctx: Context| async move { ctx.actor.name() },
        )
        .get("/sign-in", Access::Anyone, |ctx: Context| async move {
            ctx.cookies().set(SetCookie::new("_session", "abc").signed());
            Err::<(), Failure>(Error::new(Code::SessionNotFound).into())
        })
        .get("/ip", Access::Anyone, |ctx: Context| async move {
            format!("{:?}", ctx.request.ip)
        })
        .merge(soleira_web::routes())
}

#[tokio::test]
async fn a_gate_decides_before_the_handler_runs() {
    let server = server().await;
    let refused = server.get("/api/things").await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.json()["code"], "auth.authorization_header_missing");
    let request = at("GET", "/api/things")
        .header("authorization", "Bearer x")
        .body(Body::empty())
        .unwrap();
    assert_eq!(server.send(request).await.json()["actor"], "operator:op");
    assert_eq!(server.get("/console").await.status(), 401);
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let server = server().await;
    for path in [
        "/api/things",
        "/api/nothing",
        "/oidc/jwks",
        "/page",
        "/nothing",
        "/assets/nothing",
    ] {
        assert_eq!(
            server.get(path).await.header("logto-core-request-id").len(),
            16,
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_unknown_path_is_answered_in_the_manner_of_its_place() {
    let server = server().await;
    let api = server.get("/api/nothing").await;
    assert_eq!((api.status(), api.text.as_str()), (404, "Not Found"));
    let oidc = server.get("/oidc/nothing").await;
    assert_eq!(oidc.status(), 404);
    assert_eq!(oidc.json()["error"], "invalid_request");
    assert_eq!(
        oidc.json()["error_description"],
        "unrecognized route or not allowed method (GET on /nothing)"
    );
    let page = server.get("/nothing").await;
    assert_eq!(page.status(), 404);
    assert!(page.text.contains("There is nothing here") && page.text.contains(page.header("logto-core-request-id")));
}

#[tokio::test]
async fn a_wrong_method_learns_the_right_ones() {
    let server = server().await;
    let send = |method: &'static str| server.send(at(method, "/api/things").body(Body::empty()).unwrap());
    let put = send("PUT").await;
    assert_eq!((put.status(), put.header("allow")), (405, "HEAD, GET, POST"));
    assert_eq!(send("BREW").await.status(), 501);
    let options = send("OPTIONS").await;
    assert_eq!((options.status(), options.header("allow")), (200, "HEAD, GET, POST"));
}

#[tokio::test]
async fn faults_say_nothing_and_a_panic_is_a_fault() {
    let server = server().await;
    for path in ["/api/fault", "/api/panic"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status(), 500, "{path}");
        assert_eq!(answer.json(), json!({"message": "Internal server error."}));
    }
    let away = server.get("/api/away").await;
    assert_eq!(away.status(), 503);
    assert!(!away.text.contains("database"));
    let often = server.get("/api/often").await;
    assert_eq!((often.status(), often.header("retry-after")), (429, "7"));
}

#[tokio::test]
async fn messages_follow_the_caller_s_language() {
    let server = server().await;
    let english = server.get("/api/missing").await.json();
    assert_eq!(english["code"], "entity.not_found");
    let asked = server.get("/api/missing?locale=pt-BR").await.json();
    assert_ne!(english["message"], asked["message"]);
    let request = at("GET", "/api/missing")
        .header("accept-language", "pt")
        .body(Body::empty())
        .unwrap();
    assert_eq!(server.send(request).await.json()["message"], asked["message"]);
    let page = server.get("/missing?ui_locales=pt-BR").await;
    assert!(page.text.contains("lang=\"pt-BR\""));
}

#[tokio::test]
async fn all_issues_of_an_input_are_told() {
    let server = server().await;
    let post = |body: &'static str| {
        let request = at("POST", "/api/things").header("content-type", "application/json");
        server.send(request.body(Body::from(body)).unwrap())
    };
    let long = post(r#"{"name":"too long"}"#).await;
    assert_eq!(long.status(), 400);
    assert_eq!(long.json()["data"]["issues"][0]["path"], json!(["name"]));
    assert_eq!(post(r#"{"name":"ok","other":1}"#).await.text, "ok");
    let malformed = post("{").await;
    assert_eq!(malformed.status(), 400);
    assert!(malformed.json().get("code").is_none());
}

#[tokio::test]
async fn json_is_tagged_and_fresh_copies_are_not_sent_again() {
    let server = server().await;
    let first = server.get("/oidc/jwks").await;
    let request = at("GET", "/oidc/jwks")
        .header("if-none-match", first.header("etag"))
        .body(Body::empty())
        .unwrap();
    let again = server.send(request).await;
    assert_eq!((again.status(), again.text.as_str()), (304, ""));
    assert_eq!(first.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(server.get("/page").await.header("etag"), "");
}

#[tokio::test]
async fn scripts_of_other_origins_read_what_they_may() {
    let server = server().await;
    let from = |method: &str, path: &str, origin: &str| {
        let request = at(method, path)
            .header("origin", origin)
            .header("access-control-request-method", "GET");
        server.send(request.body(Body::empty()).unwrap())
    };
    let open = from("GET", "/oidc/jwks", "https://app.example").await;
    assert_eq!(open.header("access-control-allow-origin"), "https://app.example");
    assert_eq!(
        server.get("/oidc/jwks").await.header("access-control-allow-origin"),
        "*"
    );
    let preflight = from("OPTIONS", "/oidc/token", "https://app.example").await;
    assert_eq!(
        (preflight.status(), preflight.header("access-control-allow-methods")),
        (204, "POST")
    );
    let refused = from("POST", "/oidc/token", "https://app.example").await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
    let console = from("GET", "/api/missing", "http://localhost:3002").await;
    assert_eq!(console.header("access-control-allow-origin"), "http://localhost:3002");
    assert_eq!(console.header("access-control-expose-headers"), "*");
    let stranger = from("GET", "/api/missing", "https://app.example").await;
    assert_eq!(stranger.header("access-control-allow-origin"), "");
    let page = from("GET", "/page", "https://app.example").await;
    assert_eq!(page.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_page_carries_the_policy_that_its_flow_needs() {
    let server = server().await;
    let page = server.get("/page").await;
    assert_eq!(page.status(), 202);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' com.example.app:;") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("content-language"), "en");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("strict-transport-security"), "");
    let oidc = server.get("/oidc/jwks").await;
    assert_eq!(
        (oidc.header("content-security-policy"), oidc.header("x-frame-options")),
        ("", "SAMEORIGIN")
    );
}

#[tokio::test]
async fn pages_are_compressed_unless_they_hold_a_secret() {
    let server = server().await;
    let get = |path: &str| {
        server.send(
            at("GET", path)
                .header("accept-encoding", "gzip")
                .body(Body::empty())
                .unwrap(),
        )
    };
    assert_eq!(get("/page").await.header("content-encoding"), "gzip");
    assert_eq!(get("/secret").await.header("content-encoding"), "");
}

#[tokio::test]
async fn a_request_under_another_name_learns_the_right_one() {
    let server = server().await;
    let to = |host: &str, path: &str| {
        server.send(
            Request::builder()
                .uri(path)
                .header("host", host)
                .body(Body::empty())
                .unwrap(),
        )
    };
    let page = to("auth.example.com", "/sign-in?token=x").await;
    assert_eq!(page.status(), 421);
    assert!(page.text.contains("http://localhost:3001/sign-in\"") && page.text.contains("ENDPOINT"));
    let api = to("localhost:3002", "/api/things").await;
    assert_eq!(api.status(), 421);
    assert!(
        api.json()["message"]
            .as_str()
            .unwrap()
            .contains("http://localhost:3001 (setting ENDPOINT)")
    );
    let hostile = to("a\"><script>", "/").await;
    assert_eq!(hostile.status(), 400);
    assert!(!hostile.text.contains("<script>"));
    assert_eq!(to("10.0.0.7", "/favicon.ico").await.status(), 421);
    // HTTP/2 has no `Host` header.
    let request = Request::builder()
        .uri("http://localhost:3001/page")
        .body(Body::empty())
        .unwrap();
    assert_eq!(server.send(request).await.status(), 202);
}

#[tokio::test]
async fn cookies_are_set_whatever_the_outcome() {
    let server = server().await;
    let answer = server.get("/sign-in").await;
    assert!(answer.status() >= 400);
    assert!(answer.cookies().starts_with("_session=abc; _session.sig="));
}

#[tokio::test]
async fn cookies_are_secure_when_the_endpoint_is() {
    let server = server_at("https://auth.example.com").await;
    let request = Request::builder()
        .uri("/sign-in")
        .header("host", "auth.example.com")
        .body(Body::empty())
        .unwrap();
    let answer = server.send(request).await;
    assert!(
        answer
            .head
            .headers
            .get_all("set-cookie")
            .iter()
            .all(|line| line.to_str().unwrap().contains("; Secure"))
    );
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn forwarded_addresses_of_strangers_are_ignored() {
    let server = server().await;
    let mut request = at("GET", "/ip")
        .header("x-forwarded-for", "203.0.113.7")
        .body(Body::empty())
        .unwrap();
    let address: SocketAddr = "198.51.100.1:5000".parse().unwrap();
    request.extensions_mut().insert(Peer { address, tls: false });
    assert_eq!(server.send(request).await.text, "Some(198.51.100.1)");
}

/// The browser's cookie and the token of a form it was shown.
async fn form(server: &Server) -> (String, String) {
    let shown = server.get("/form").await;
    (shown.cookies(), shown.text)
}

fn posted(cookie: &str, token: &str) -> http::request::Builder {
    let builder = at("POST", "/form")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie);
    builder.header("x-token", token)
}

fn with_token(request: http::request::Builder) -> Request<Body> {
    let token = request.headers_ref().unwrap()["x-token"].to_str().unwrap().to_owned();
    request.body(Body::from(format!("name=ana&_csrf={token}"))).unwrap()
}

#[tokio::test]
async fn a_form_of_our_own_page_is_taken() {
    let server = server().await;
    let (cookie, token) = form(&server).await;
    let request = posted(&cookie, &token)
        .header("origin", "http://localhost:3001")
        .header("sec-fetch-site", "same-origin");
    assert_eq!(server.send(with_token(request)).await.text, "ana");
    // Another page of the same browser: a token of its own, the same cookie.
    let again = server
        .send(
            at("GET", "/form")
                .header("cookie", &cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(again.cookies(), "");
    assert_ne!(again.text, token);
    assert_eq!(server.send(with_token(posted(&cookie, &again.text))).await.text, "ana");
}

#[tokio::test]
async fn a_forged_form_is_refused_with_a_page_that_helps() {
    let server = server().await;
    let (cookie, token) = form(&server).await;
    let (others, others_token) = form(&server).await;
    for forged in [
        posted("", &token),
        posted(&cookie, ""),
        posted(&cookie, &others_token),
        posted(&others, &token),
        posted(&cookie, &token).header("origin", "https://evil.example"),
        posted(&cookie, &token).header("origin", "null"),
        posted(&cookie, &token).header("sec-fetch-site", "cross-site"),
        posted(&cookie, &token).header("sec-fetch-site", "same-site"),
    ] {
        let answer = server.send(with_token(forged)).await;
        assert_eq!(answer.status(), 403);
        assert!(answer.text.contains("This form has expired"));
    }
}

#[tokio::test]
async fn the_table_lists_every_route_with_its_access() {
    let table = routes().table();
    assert!(table.iter().any(
        |route| (route.method.as_str(), route.path.as_str()) == ("GET", "/console") && route.access == Access::Operator
    ));
    let replaced = routes().merge(Routes::new(Face::Pages).get("/page", Access::Operator, || async { "console" }));
    assert_eq!(replaced.table().len(), table.len());
    assert!(
        replaced
            .table()
            .iter()
            .any(|route| route.path == "/page" && route.access == Access::Operator)
    );
}

#[tokio::test]
async fn an_asset_is_immutable_and_served_under_any_name() {
    let server = server().await;
    let url = soleira_ui::asset_url("experience.css").unwrap();
    let request = Request::builder()
        .uri(url)
        .header("host", "anything")
        .header("accept-encoding", "gzip");
    let asset = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(asset.status(), 200);
    assert_eq!(asset.header("content-encoding"), "gzip");
    assert!(asset.header("cache-control").contains("immutable"));
    server.app.shut_down().await;
}

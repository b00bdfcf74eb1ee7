use super::*;
use crate::testing::{Answer, Server};
use serde_json::json;
use std::collections::VecDeque;
use std::sync::Mutex;

/// A name server that gives its answers in turn and counts the questions.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn new<const N: usize>(answers: [&[&str]; N]) -> Arc<Self> {
        let answers = answers
            .into_iter()
            .map(|ips| ips.iter().map(|ip| ip.parse().unwrap()).collect())
            .collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Scripted {
    fn resolve(&self, host: &str) -> Resolving {
        self.asked.lock().unwrap().push(host.to_owned());
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.ok_or_else(|| std::io::Error::other("no such name")) })
    }
}

#[derive(Debug)]
struct SilentResolver;

impl Resolve for SilentResolver {
    fn resolve(&self, _: &str) -> Resolving {
        Box::pin(std::future::pending())
    }
}

fn loopback() -> HttpClient {
    HttpClient::new(OutboundPolicy::parse(["127.0.0.0/8"]).unwrap())
}

fn hello() -> Server {
    Server::start(|_| Answer::json(&json!({"hello": "there"})))
}

fn get(url: &str) -> Request {
    Request::get(url.parse().unwrap())
}

#[tokio::test]
async fn a_response_is_read_whole() {
    let server = hello();
    let request = Request::post(server.url("/path?query=1"))
        .accept_json()
        .form([("a b", "c&d")]);
    let response = loopback().send(request).await.unwrap();
    assert_eq!((response.status(), response.is_success()), (200, true));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.json::<serde_json::Value>().unwrap(), json!({"hello": "there"}));
    let seen = server.seen().remove(0);
    assert_eq!(seen.line, "POST /path?query=1 HTTP/1.1");
    assert_eq!(seen.body, "a+b=c%26d");
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert!(seen.header("user-agent").unwrap().starts_with("Soleira/"));
    assert_eq!(
        (
            seen.header("cookie"),
            seen.header("referer"),
            seen.header("accept-encoding")
        ),
        (None, None, None)
    );
}

#[tokio::test]
async fn an_address_that_nobody_allowed_is_refused_in_every_spelling() {
    let server = hello();
    let port = server.address.port();
    let client = HttpClient::new(OutboundPolicy::public_only());
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "①②⑦.0.0.1",
        "127%2e0%2e0%2e1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
    ] {
        let error = client.send(get(&format!("http://{host}:{port}/"))).await.unwrap_err();
        assert!(
            matches!(error, HttpError::Refused { address: None, .. }),
            "{host}: {error}"
        );
        assert!(error.to_string().contains("`outbound.allow`"), "{error}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused() {
    let server = hello();
    let resolver = Scripted::new([&["127.0.0.1"], &["::ffff:127.0.0.1"]]);
    let client = HttpClient::with_resolver(OutboundPolicy::public_only(), resolver.clone());
    for _ in 0..2 {
        let error = client
            .send(get(&format!("http://hub.example:{}/", server.address.port())))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, HttpError::Refused { address: Some(_), .. }), "{text}");
        assert!(text.contains("hub.example") && text.contains("127.0.0.1") && text.contains("`outbound.allow`"));
    }
    assert_eq!(resolver.asked(), ["hub.example", "hub.example"]);
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn localhost_is_refused_too() {
    let server = hello();
    let client = HttpClient::new(OutboundPolicy::public_only());
    let error = client
        .send(get(&format!("http://localhost:{}/", server.address.port())))
        .await
        .unwrap_err();
    assert!(matches!(error, HttpError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked() {
    let server = hello();
    // The second answer, which a rebinding name server would give, is never asked for.
    let resolver = Scripted::new([&["10.9.9.9", "127.0.0.1"], &["10.9.9.9"]]);
    let policy = OutboundPolicy::parse(["127.0.0.1"]).unwrap();
    let client = HttpClient::with_resolver(policy, resolver.clone());
    let response = client
        .send(get(&format!("http://hub.example:{}/", server.address.port())))
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(resolver.asked(), ["hub.example"]);
    assert_eq!(
        server.seen()[0].header("host"),
        Some(format!("hub.example:{}", server.address.port()).as_str())
    );
}

#[tokio::test]
async fn an_allowed_name_may_lead_anywhere() {
    let server = hello();
    let resolver = Scripted::new([&["127.0.0.1"]]);
    let client = HttpClient::with_resolver(OutboundPolicy::parse(["hub.internal"]).unwrap(), resolver);
    let url = format!("http://HUB.internal:{}/", server.address.port());
    assert_eq!(client.send(get(&url)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = hello();
    let location = target.url("/secret").to_string();
    let server = Server::start(move |_| Answer::Whole(302, vec![("location", location.clone())], Vec::new()));
    let response = loopback().send(Request::get(server.url("/"))).await.unwrap();
    assert_eq!(response.status(), 302);
    assert!(!response.is_success());
    assert_eq!(target.seen().len(), 0);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let server = Server::start(|_| Answer::Whole(200, vec![("set-cookie", "a=b; Path=/".to_owned())], Vec::new()));
    let client = loopback();
    for _ in 0..2 {
        client.send(Request::get(server.url("/"))).await.unwrap();
    }
    assert!(server.seen().iter().all(|seen| seen.header("cookie").is_none()));
}

#[tokio::test]
async fn a_large_body_is_not_read() {
    let declared = Server::start(|_| Answer::Whole(200, Vec::new(), vec![b'x'; DEFAULT_MAX_BODY + 1]));
    let undeclared = Server::start(|_| Answer::Unbounded(vec![b'x'; 3 * DEFAULT_MAX_BODY]));
    for server in [declared, undeclared] {
        let error = loopback().send(Request::get(server.url("/"))).await.unwrap_err();
        assert_eq!(
            error,
            HttpError::TooLarge {
                host: "127.0.0.1".to_owned(),
                limit: DEFAULT_MAX_BODY
            }
        );
    }
    let fits = Server::start(|_| Answer::Unbounded(vec![b'x'; 100]));
    assert_eq!(
        loopback()
            .send(Request::get(fits.url("/")).max_body(100))
            .await
            .unwrap()
            .body()
            .len(),
        100
    );
    assert!(loopback().send(Request::get(fits.url("/")).max_body(99)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let server = Server::start(|_| Answer::Never);
    let started = tokio::time::Instant::now();
    let error = loopback().send(Request::get(server.url("/"))).await.unwrap_err();
    assert_eq!(
        error,
        HttpError::Timeout {
            host: "127.0.0.1".to_owned()
        }
    );
    assert!(
        started.elapsed() <= DEFAULT_TIMEOUT + Duration::from_millis(50),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_never_answers_is_given_up() {
    let client = HttpClient::with_resolver(OutboundPolicy::public_only(), Arc::new(SilentResolver));
    let request = get("https://hub.example/").timeout(Duration::from_secs(1));
    assert_eq!(
        client.send(request).await.unwrap_err(),
        HttpError::Timeout {
            host: "hub.example".to_owned()
        }
    );
}

#[tokio::test]
async fn what_is_not_a_url_of_the_web_is_not_requested() {
    for url in [
        "ftp://example.com/",
        "file:///etc/passwd",
        "data:,x",
        "http://user@example.com/",
        "http://:pw@example.com/",
    ] {
        let error = loopback().send(get(url)).await.unwrap_err();
        assert!(matches!(error, HttpError::Url(_)), "{url}: {error}");
        assert!(!error.to_string().contains("pw"), "{error}");
    }
}

#[tokio::test]
async fn failures_are_told_apart() {
    let nobody = HttpClient::with_resolver(OutboundPolicy::public_only(), Scripted::new([]));
    assert!(matches!(
        nobody.send(get("https://hub.example/")).await.unwrap_err(),
        HttpError::Dns { .. }
    ));
    let empty = HttpClient::with_resolver(OutboundPolicy::public_only(), Scripted::new([&[]]));
    assert!(matches!(
        empty.send(get("https://hub.example/")).await.unwrap_err(),
        HttpError::Dns { .. }
    ));

    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = loopback()
        .send(get(&format!("http://{closed}/?code=secret")))
        .await
        .unwrap_err();
    assert!(matches!(error, HttpError::Connection { .. }), "{error}");
    assert!(
        !error.to_string().contains("secret"),
        "the query stays out of the log: {error}"
    );

    let garbage = Server::start(|_| Answer::Garbage(b"220 mail.example ESMTP\r\n"));
    assert!(matches!(
        loopback().send(Request::get(garbage.url("/"))).await.unwrap_err(),
        HttpError::Connection { .. }
    ));
    let plain = hello();
    let https = format!("https://127.0.0.1:{}/", plain.address.port());
    assert!(matches!(
        loopback().send(get(&https)).await.unwrap_err(),
        HttpError::Connection { .. }
    ));
}

#[test]
fn headers_cannot_be_broken_out_of() {
    let request = || get("https://example.com/");
    assert_eq!(
        request().header("x-name", "a\r\nb: c").unwrap_err(),
        HttpError::Header("x-name".to_owned())
    );
    assert_eq!(
        request().authorization("Bearer a\nb").unwrap_err(),
        HttpError::Header("authorization".to_owned())
    );
    assert_eq!(
        format!("{:?}", get("https://example.com/path?secret=1")),
        "Request(GET https://example.com)"
    );
}

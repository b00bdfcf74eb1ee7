//! An application's server on loopback: it keeps what it is sent, such as logout tokens, and serves what it is told to,
//! such as keys.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State as Shared};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How long a delivery may take to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(20);

/// A running receiver; dropped, it stops.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Something that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The method, such as `POST`.
    pub method: String,
    /// The path.
    pub path: String,
    /// The content type.
    pub content_type: Option<String>,
    /// The body.
    pub body: String,
}

impl Delivery {
    /// A field of the form that it is.
    pub fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

#[derive(Debug, Default)]
struct State {
    answers: Mutex<HashMap<String, Answer>>,
    deliveries: Mutex<Vec<Delivery>>,
    arrived: Notify,
}

impl Receiver {
    /// Starts on a free port of loopback. Everything is answered with an empty 200 at first.
    ///
    /// # Panics
    /// When there is none.
    #[expect(
        clippy::disallowed_methods,
        reason = "the receiver is a program of its own, stopped when it is dropped"
    )]
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::<State>::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            // Serving ends only with the task.
            let _ = axum::serve(listener, router).await;
        });
        Self { address, state, server }
    }

    /// The address of a path, such as `/logout`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What requests of a path are answered from now on.
    ///
    /// # Panics
    /// When another test thread panicked.
    pub fn answer(&self, path: &str, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let answer = Answer {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            body: body.to_owned(),
        };
        let mut answers = self.state.answers.lock().expect("no test panics while it holds this");
        answers.insert(path.to_owned(), answer);
    }

    /// What was sent so far, in order.
    ///
    /// # Panics
    /// When another test thread panicked.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let deliveries = self.state.deliveries.lock();
        deliveries.expect("no test panics while it holds this").clone()
    }

    /// Waits until so many things were sent in all.
    ///
    /// # Panics
    /// When they do not arrive within twenty seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Delivery> {
        let arrival = async {
            loop {
                let arrived = self.state.arrived.notified();
                let deliveries = self.deliveries();
                if deliveries.len() >= count {
                    return deliveries;
                }
                arrived.await;
            }
        };
        let deliveries = tokio::time::timeout(ARRIVES_WITHIN, arrival).await;
        deliveries.unwrap_or_else(|_| panic!("{} of {count} deliveries arrived", self.deliveries().len()))
    }
}

async fn take(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let path = parts.uri.path().to_owned();
    let content_type = parts.headers.get(http::header::CONTENT_TYPE);
    let delivery = Delivery {
        method: parts.method.to_string(),
        path: path.clone(),
        content_type: content_type.and_then(|value| value.to_str().ok()).map(str::to_owned),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    state
        .deliveries
        .lock()
        .expect("no test panics while it holds this")
        .push(delivery);
    state.arrived.notify_waiters();
    let answer = state
        .answers
        .lock()
        .expect("no test panics while it holds this")
        .get(&path)
        .cloned();
    let Some(answer) = answer else {
        return StatusCode::OK.into_response();
    };
    let mut response = Bytes::from(answer.body).into_response();
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("a status");
    for (name, value) in answer.headers {
        let value = HeaderValue::from_str(&value).expect("a header's value");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}

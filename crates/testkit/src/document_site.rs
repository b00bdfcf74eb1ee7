//! A site on loopback that publishes documents over TLS, well or badly, for tests of who fetches them.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, crypto::aws_lc_rs};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

const CERTIFICATE: &str = include_str!("../../soleira/tests/certificate/certificate.pem");
const KEY: &str = include_str!("../../soleira/tests/certificate/key.pem");
/// Longest request that is read, in bytes.
const REQUEST_MAX: usize = 16 * 1024;

/// The certificate of `localhost` that the sites of tests have, in DER: for a client that is to trust it.
///
/// # Panics
/// When the file is broken.
pub fn certificate() -> Vec<u8> {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    certificate.as_ref().to_vec()
}

/// The same certificate as a file, in PEM: for a server that is a process of its own.
pub(crate) fn certificate_file() -> PathBuf {
    crate::requirement::checkout().join("crates/soleira/tests/certificate/certificate.pem")
}

/// What stands at an address.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A response with this status, these headers and this body.
    Response {
        /// The status.
        status: u16,
        /// Further headers.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Nothing, ever: the connection stays open.
    Silence,
}

impl Answer {
    /// JSON with status 200.
    pub fn json(value: &serde_json::Value) -> Self {
        Self::Response {
            status: 200,
            headers: vec![("content-type", "application/json".to_owned())],
            body: value.to_string().into_bytes(),
        }
    }

    /// A response of another kind.
    pub fn status(status: u16, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>) -> Self {
        Self::Response {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            body: body.into(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Response { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// A request that came: its path and its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The path with its query.
    pub path: String,
    /// Everything before the body, as it came.
    pub head: String,
}

#[derive(Debug, Default)]
struct State {
    answers: HashMap<String, Answer>,
    asked: Vec<Asked>,
}

/// A running site; dropped, it stops.
#[derive(Debug)]
pub struct DocumentSite {
    port: u16,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

impl DocumentSite {
    /// Starts on a free port of loopback.
    ///
    /// # Panics
    /// When there is none.
    #[expect(
        clippy::disallowed_methods,
        reason = "the site is a program of its own, stopped when it is dropped"
    )]
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let state = Arc::new(Mutex::new(State::default()));
        let acceptor = acceptor();
        let shared = Arc::clone(&state);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, state) = (acceptor.clone(), Arc::clone(&shared));
                tokio::spawn(async move { serve(stream, acceptor, &state).await });
            }
        });
        Self { port, state, server }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// Puts something at a path.
    pub fn publish(&self, path: &str, answer: Answer) {
        lock(&self.state).answers.insert(path.to_owned(), answer);
    }

    /// The requests that came so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.state).asked.clone()
    }
}

impl Drop for DocumentSite {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn acceptor() -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .expect("a certificate and its key");
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, state: &Mutex<State>) {
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < REQUEST_MAX {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = {
        let mut state = lock(state);
        let answer = state.answers.get(&path).cloned();
        state.asked.push(Asked { path, head });
        answer.unwrap_or_else(|| Answer::status(404, &[], ""))
    };
    match answer {
        Answer::Silence => std::future::pending().await,
        Answer::Response { status, headers, body } => {
            let mut head = vec![
                format!("HTTP/1.1 {status} -"),
                format!("content-length: {}", body.len()),
                "connection: close".to_owned(),
            ];
            head.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
            let response = head.join("\r\n") + "\r\n\r\n";
            // Who asks may hang up before all of it is sent.
            let _ = stream.write_all(response.as_bytes()).await;
            let _ = stream.write_all(&body).await;
            let _ = stream.shutdown().await;
        }
    }
}

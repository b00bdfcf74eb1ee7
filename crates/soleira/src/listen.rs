//! Listeners: bound before anything else happens, limited in every direction, and ended without cutting anybody off.

use crate::config::{Host, TlsFiles};
use crate::error::StartError;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use soleira_web::Peer;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Time for a new connection to say what it speaks, and for a TLS handshake.
const GREETING: Duration = Duration::from_secs(10);
/// Time for the head of a request, which is also how long HTTP/1.1 waits for the next one.
const HEAD: Duration = Duration::from_secs(30);
/// A connection without a request for this long is closed.
const IDLE: Duration = Duration::from_secs(90);
/// Bytes that the head of an HTTP/1.1 request may have.
const HEAD_BYTES: usize = 64 * 1024;
/// Bytes that the head of an HTTP/2 request may have.
const HEADER_LIST_BYTES: u32 = 32 * 1024;
/// Headers of an HTTP/1.1 request.
const HEADERS: usize = 100;
/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 100;
/// Between two looks at whether an HTTP/2 peer is alive.
const PING: Duration = Duration::from_secs(30);

/// The bound sockets of one tenant.
#[derive(Debug)]
pub(crate) struct Listeners {
    sockets: Vec<TcpListener>,
    /// The port that they all have.
    pub(crate) port: u16,
}

impl Listeners {
    /// Binds a port where the configuration says; `setting` names the port in the error. Port 0 is any free one.
    pub(crate) async fn bind(host: Host, port: u16, setting: &'static str) -> Result<Self, StartError> {
        let addresses: &[IpAddr] = match &host {
            Host::Loopback => &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            Host::Address(address) => std::slice::from_ref(address),
        };
        let mut bound = Self {
            sockets: Vec::new(),
            port,
        };
        for ip in addresses {
            let address = SocketAddr::new(*ip, bound.port);
            match TcpListener::bind(address).await {
                Ok(socket) => {
                    bound.port = socket.local_addr()?.port();
                    bound.sockets.push(socket);
                }
                // A machine without IPv6 has one loopback address.
                Err(_) if ip.is_ipv6() && !bound.sockets.is_empty() && !has_ipv6().await => {}
                Err(cause) => {
                    return Err(StartError::Listen {
                        address,
                        setting,
                        cause,
                    });
                }
            }
        }
        Ok(bound)
    }
}

async fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.is_ok()
}

/// What a listener does with connections.
#[derive(Clone)]
pub(crate) struct Service {
    /// Who answers.
    pub(crate) router: Router,
    /// Certificate and key, to speak https.
    pub(crate) tls: Option<TlsAcceptor>,
    /// Connections at once.
    pub(crate) limit: Arc<Semaphore>,
    /// Cancelled when nobody new is let in and every connection ends after its present requests.
    pub(crate) drain: CancellationToken,
    /// The connections, to wait for.
    pub(crate) connections: TaskTracker,
}

impl Service {
    /// Accepts connections on every socket until draining begins.
    pub(crate) fn listen(&self, listeners: Listeners) {
        for socket in listeners.sockets {
            let service = self.clone();
            self.connections.spawn(async move { service.accept(socket).await });
        }
    }

    async fn accept(self, socket: TcpListener) {
        loop {
            let Ok(permit) = Arc::clone(&self.limit).acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                () = self.drain.cancelled() => return,
                accepted = socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, address)) => {
                    let service = self.clone();
                    self.connections.spawn(async move {
                        service.greet(stream, address).await;
                        drop(permit);
                    });
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // Out of file descriptors, most likely: others must end first.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Finds out what a new connection speaks.
    async fn greet(self, stream: TcpStream, address: SocketAddr) {
        let _ = stream.set_nodelay(true);
        let peer = Peer {
            address,
            tls: self.tls.is_some(),
        };
        let Some(acceptor) = self.tls.clone() else {
            // HTTP/2 begins with `PRI * HTTP/2.0` (RFC 9113 §3.4), which no method of HTTP/1.1 does.
            let mut start = [0; 4];
            if let Ok(Ok(length)) = timeout(GREETING, stream.peek(&mut start)).await
                && length > 0
            {
                self.serve(TokioIo::new(stream), peer, start == *b"PRI ").await;
            }
            return;
        };
        if let Ok(Ok(stream)) = timeout(GREETING, acceptor.accept(stream)).await {
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            self.serve(TokioIo::new(stream), peer, is_http2).await;
        }
    }

    async fn serve<I>(self, io: TokioIo<I>, peer: Peer, is_http2: bool)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Arc::new(Activity::new());
        let (router, running) = (self.router, Arc::clone(&activity));
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let router = router.clone();
            let guard = running.begin();
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(peer);
                let response = router.oneshot(request).await;
                drop(guard);
                response as Result<_, Infallible>
            }
        });
        if is_http2 {
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_concurrent_streams(STREAMS)
                .max_header_list_size(HEADER_LIST_BYTES)
                .keep_alive_interval(PING)
                .keep_alive_timeout(PING)
                .serve_connection(io, service);
            drive(connection, &activity, &self.drain).await;
        } else {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(HEAD_BYTES)
                .max_headers(HEADERS)
                .serve_connection(io, service);
            drive(connection, &activity, &self.drain).await;
        }
    }
}

/// Errors of `accept` that are about the connection that was lost, not about the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// The requests of a connection. Noted without waking anybody: whoever wants to know looks.
#[derive(Debug)]
struct Activity {
    began: Instant,
    running: AtomicUsize,
    /// When the last request began or ended, in milliseconds since the connection did.
    last: AtomicU64,
}

/// A request that is being answered.
struct Running(Arc<Activity>);

impl Activity {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            running: AtomicUsize::new(0),
            last: AtomicU64::new(0),
        }
    }

    fn begin(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::AcqRel);
        self.note();
        Running(Arc::clone(self))
    }

    fn note(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Release);
    }

    fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire) > 0
    }

    /// When the connection will have been idle for long enough to be closed, as far as is known now.
    fn idle_at(&self) -> Instant {
        let last = self.began + Duration::from_millis(self.last.load(Ordering::Acquire));
        if self.is_running() {
            Instant::now() + IDLE
        } else {
            last + IDLE
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.note();
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Runs a connection to its end: by its peer, by idleness, or by draining, which lets its present requests finish.
async fn drive<C: GracefulConnection>(connection: C, activity: &Activity, drain: &CancellationToken) {
    let mut connection = pin!(connection);
    let mut draining = pin!(drain.cancelled());
    let mut look = pin!(sleep_until(activity.idle_at()));
    loop {
        tokio::select! {
            biased;
            // A peer that breaks off or speaks nonsense is its own affair.
            _ = connection.as_mut() => return,
            () = draining.as_mut() => break,
            () = look.as_mut() => {
                let idle_at = activity.idle_at();
                if idle_at <= Instant::now() {
                    break;
                }
                look.as_mut().reset(idle_at);
            }
        }
    }
    connection.as_mut().graceful_shutdown();
    loop {
        tokio::select! {
            _ = connection.as_mut() => return,
            // What is left to send has this long; a peer that takes nothing is left behind.
            () = sleep(GREETING) => {
                if !activity.is_running() {
                    return;
                }
            }
        }
    }
}

/// Reads certificate and key.
pub(crate) fn tls(files: &TlsFiles) -> Result<TlsAcceptor, StartError> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let failed = |path: &std::path::Path, cause: String| StartError::Tls {
        path: path.to_owned(),
        cause,
    };
    let of_certificate = |cause: String| failed(&files.certificate, cause);
    let of_key = |cause: String| failed(&files.key, cause);
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| of_certificate(error.to_string()))?;
    if chain.is_empty() {
        return Err(of_certificate("there is no certificate in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| of_key(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| of_certificate(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| of_key(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests;

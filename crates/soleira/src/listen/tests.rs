use super::*;
use axum::routing::get;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

struct Listening {
    address: SocketAddr,
    drain: CancellationToken,
    connections: TaskTracker,
}

async fn listen(router: Router, limit: usize, tls: Option<TlsAcceptor>) -> Listening {
    let listeners = Listeners::bind(Host::Address(Ipv4Addr::LOCALHOST.into()), 0, "PORT")
        .await
        .unwrap();
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listeners.port);
    let (drain, connections) = (CancellationToken::new(), TaskTracker::new());
    let service = Service {
        router,
        tls,
        limit: Arc::new(Semaphore::new(limit)),
        drain: drain.clone(),
        connections: connections.clone(),
    };
    service.listen(listeners);
    Listening {
        address,
        drain,
        connections,
    }
}

/// A handler that says when it was called, and answers when it is let.
fn held() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (called, released) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (says, waits) = (Arc::clone(&called), Arc::clone(&released));
    let router = Router::new().route(
        "/",
        get(move || {
            let (says, waits) = (Arc::clone(&says), Arc::clone(&waits));
            async move {
                says.notify_one();
                waits.notified().await;
                "finished"
            }
        }),
    );
    (router, called, released)
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test]
async fn a_request_in_flight_is_finished_before_the_end() {
    let (router, called, released) = held();
    let server = listen(router, 10, None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    called.notified().await;
    server.drain.cancel();
    server.connections.close();
    // Who asked nothing is not waited for.
    idle.write_all(b"").await.unwrap();
    released.notify_one();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("finished"),
        "{answer}"
    );
    drop(idle);
    server.connections.wait().await;
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let (router, called, released) = held();
    let server = listen(router, 1, None).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first.write_all(REQUEST).await.unwrap();
    called.notified().await;
    let mut second = TcpStream::connect(server.address).await.unwrap();
    second.write_all(REQUEST).await.unwrap();
    tokio::task::yield_now().await;
    released.notify_one();
    let mut start = [0; 15];
    first.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    // The first connection ends, and the second is served.
    drop(first);
    called.notified().await;
    released.notify_one();
    second.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
}

async fn http2<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(io: I, uri: String) -> String {
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(io))
        .await
        .unwrap();
    let tasks = TaskTracker::new();
    tasks.spawn(connection);
    let request = hyper::Request::get(uri).body(Empty::<Bytes>::new()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

fn greeting() -> Router {
    Router::new().route(
        "/",
        get(|request: axum::extract::Request| async move { format!("{:?}", request.version()) }),
    )
}

#[tokio::test]
async fn http_2_is_spoken_in_clear_and_over_tls() {
    let server = listen(greeting(), 10, None).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(http2(stream, format!("http://{}/", server.address)).await, "HTTP/2.0");

    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificate");
    let files = TlsFiles {
        certificate: directory.join("certificate.pem"),
        key: directory.join("key.pem"),
    };
    let server = listen(greeting(), 10, Some(tls(&files).unwrap())).await;
    let connector = client(&files.certificate);
    let stream = TcpStream::connect(server.address).await.unwrap();
    let stream = connector
        .connect("localhost".try_into().unwrap(), stream)
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    assert_eq!(http2(stream, "https://localhost/".to_owned()).await, "HTTP/2.0");
}

/// A client that trusts one certificate.
fn client(certificate: &Path) -> tokio_rustls::TlsConnector {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    tokio_rustls::TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn an_oversized_head_is_refused() {
    let server = listen(greeting(), 10, None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n",
        "a".repeat(2 * HEAD_BYTES)
    );
    // The server may close while the client still writes.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_setting() {
    let taken = Listeners::bind(Host::Address(Ipv4Addr::LOCALHOST.into()), 0, "PORT")
        .await
        .unwrap();
    let error = Listeners::bind(Host::Loopback, taken.port, "ADMIN_PORT")
        .await
        .unwrap_err();
    let line = error.line();
    assert!(
        line.contains("another program is using the port (ADMIN_PORT names another port)"),
        "{line}"
    );
}

//! The ways to an endpoint: proxies and certificates of one model.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::{Barrier, Notify};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::credentials::{Field, FieldType};
use crate::text::Text;

const fn field(id: &'static str, kind: FieldType) -> Field {
    Field { id, variable: id, label: Text::all("The label"), kind, ..Field::DEFAULTS }
}

static FIELDS: &[Field] = &[
    field("connection.ca_certificate", FieldType::Pem),
    field("connection.endpoint", FieldType::Url),
    field("connection.nonce_header", FieldType::HeaderName),
    field("connection.proxy", FieldType::Secret),
];

/// Sends one request by what is stored.
async fn sent(stored: serde_json::Value) -> Result<()> {
    let values = stored.as_object().unwrap().clone();
    let stored = Stored::new(FIELDS, &values, false)?;
    let connection = Connection::read(&stored, EndpointVersion::AsGiven, &[])?;
    let client = Client { connection, ..Client::of("http://unused/") };
    client.response("{}", NO_RETREAT, &stored).await.map(|_| ())
}

/// `127.0.0.1:<port>` of a fixture.
fn place(served: &Served) -> &str {
    served.address.trim_start_matches("http://").split('/').next().unwrap()
}

#[tokio::test]
async fn a_proxy_of_its_own_gets_the_whole_url_and_the_password_decoded() {
    let proxy = endpoint(&[answer("200 OK", "", "{}")]).await;
    let url = format!("http://user:p%40ssword@{}", place(&proxy));
    sent(json!({"connection.endpoint": "http://gateway.example/v1", "connection.proxy": url})).await.unwrap();
    let requests = proxy.requests.lock().unwrap();
    assert!(requests[0].starts_with("POST http://gateway.example/v1/rerank HTTP/1.1\r\n"), "{}", requests[0]);
    let proof = format!("proxy-authorization: Basic {}", STANDARD.encode("user:p@ssword"));
    assert!(requests[0].contains(&proof), "{}", requests[0]);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_and_its_password_is_not() {
    for endpoint_url in ["http://gateway.example/v1", "https://gateway.example/v1"] {
        let said = format!("not {} for p@ssword", STANDARD.encode("user:p@ssword"));
        let proxy = endpoint(&[answer("407 Proxy Authentication Required", "", &said)]).await;
        let url = format!("http://user:p%40ssword@{}", place(&proxy));
        let stored = json!({"connection.endpoint": endpoint_url, "connection.proxy": url});
        let error = sent(stored).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Connection, "{error}");
        assert!(error.message().contains("wants another user name or password"), "{error}");
        assert!(!error.message().contains("p@ss") && !error.message().contains("dXNlcjpw"), "{error}");
        let requests = proxy.requests.lock().unwrap();
        if endpoint_url.starts_with("https") {
            assert!(requests[0].starts_with("CONNECT gateway.example:443"), "{}", requests[0]);
            let through = format!("no connection through the proxy {}", place(&proxy));
            assert!(error.message().contains(&through), "{error}");
        }
    }
}

#[tokio::test]
async fn a_socks_proxy_is_asked_by_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("socks5h://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut asked = [0; 5];
        stream.read_exact(&mut asked).await.unwrap();
        let mut name = vec![0; usize::from(asked[4]) + 2];
        stream.read_exact(&mut name).await.unwrap();
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        read_request(&mut stream).await.unwrap();
        stream.write_all(answer("200 OK", "", "{}").as_bytes()).await.unwrap();
        String::from_utf8(name[..name.len() - 2].to_vec()).unwrap()
    });
    sent(json!({"connection.endpoint": "http://gateway.example/v1", "connection.proxy": proxy})).await.unwrap();
    assert_eq!(asked.await.unwrap(), "gateway.example");
}

/// An endpoint with a certificate of an authority that only the tests know.
async fn private_endpoint() -> String {
    let certificate = CertificateDer::from(include_bytes!("leaf.der").to_vec());
    let key = PrivatePkcs8KeyDer::from(include_bytes!("leaf-key.der").to_vec());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { serve_privately(&acceptor, stream).await });
        }
    });
    address
}

async fn serve_privately(acceptor: &TlsAcceptor, stream: TcpStream) -> Option<()> {
    let mut stream = acceptor.accept(stream).await.ok()?;
    let mut request = [0; 4096];
    stream.read(&mut request).await.ok().filter(|bytes| *bytes > 0)?;
    stream.write_all(answer("200 OK", "", "{}").as_bytes()).await.ok()
}

#[tokio::test]
async fn a_private_authority_is_trusted_by_the_model_that_names_it() {
    let address = private_endpoint().await;
    let error = sent(json!({"connection.endpoint": address})).await.unwrap_err();
    assert!(error.message().contains("set the CA certificate of the connection"), "{error}");
    let authority = include_str!("ca.pem");
    for pasted in [authority.to_owned(), authority.replace('\n', " "), authority.replace('\n', "\\n")] {
        let stored = json!({"connection.endpoint": address, "connection.ca_certificate": pasted});
        sent(stored).await.unwrap();
    }
}

#[tokio::test]
async fn settings_that_cannot_be_used_name_their_label() {
    for (setting, value, says) in [
        ("connection.proxy", "ftp://user:s3cret@proxy", "socks5://host:port"),
        ("connection.ca_certificate", "/etc/ssl/ca.pem", "not the name of a file"),
        ("connection.nonce_header", "Content-Length", "cannot be a nonce"),
        ("connection.nonce_header", "Authorization", "cannot be a nonce"),
        ("connection.nonce_header", "x y", "letters, digits and hyphens"),
    ] {
        let error = sent(json!({"connection.endpoint": "http://gw/v1", setting: value})).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Credential);
        assert!(error.message().starts_with("The label: ") && error.message().contains(says), "{error}");
        assert!(!error.message().contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn no_more_connections_are_kept_than_are_of_use() {
    // All are answered when all have come.
    let all = client::MOST_IDLE + 1;
    let (barrier, ended, accepted) = (Arc::new(Barrier::new(all)), Arc::new(Notify::new()), Arc::new(Mutex::new(0)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::of(&format!("http://{}/v1", listener.local_addr().unwrap()));
    tokio::spawn({
        let (ended, accepted) = (ended.clone(), accepted.clone());
        async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                *accepted.lock().unwrap() += 1;
                let (barrier, ended) = (barrier.clone(), ended.clone());
                tokio::spawn(async move {
                    read_request(&mut stream).await.unwrap();
                    barrier.wait().await;
                    stream.write_all(answer("200 OK", "", "{}").as_bytes()).await.unwrap();
                    if read_request(&mut stream).await.is_none() {
                        return ended.notify_one();
                    }
                    stream.write_all(answer("200 OK", "", "{}").as_bytes()).await.unwrap();
                });
            }
        }
    });
    let requests = (0..all).map(|_| client.send("{}", NO_RETREAT));
    futures_util::future::try_join_all(requests).await.unwrap();
    ended.notified().await;
    // By now one has been closed, and the others wait for requests.
    client.send("{}", NO_RETREAT).await.unwrap();
    assert_eq!(*accepted.lock().unwrap(), all);
}

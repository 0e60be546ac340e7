//! What can break on the way to a gateway: names, connections, TLS, proxies.

use tests::upstream::{Act, write};

use super::fault::{At, CONNECTION, Fault, Limit, SERVER, Via, all_at_once, fault, fault_at, rows as rows_of};
use super::gateway::{SILENT_LATER, answer, begun, text};
use super::page::{Row, row};

/// Somewhere behind a proxy.
const PLAIN: &str = "http://gateway.example/v1";
const SECURE: &str = "https://gateway.example/v1";

const NO_CONNECTION: &[&str] = &["no connection"];
const CONNECT_TIMEOUT: &[&str] = &["no connection within 3 s (connect timeout)"];
const THROUGH: &[&str] = &["no connection through the proxy 127.0.0.1"];
const THROUGH_TIMEOUT: &[&str] = &["no connection through the proxy 127.0.0.1", "within 3 s (connect timeout)"];
const UNKNOWN_AUTHORITY: &[&str] = &["UnknownIssuer", "set the CA certificate of the connection"];

fn connections() -> Vec<Fault> {
    vec![
        fault_at("the name of the gateway does not exist", At::Unknown)
            .limit(Limit::Connect)
            .fails(CONNECTION, &["gateway.invalid", "no connection"]),
        fault_at("nobody listens", At::Closed).fails(CONNECTION, &["no connection", "Connection refused"]),
        fault_at("nobody is let in", At::Full).limit(Limit::Connect).fails(CONNECTION, CONNECT_TIMEOUT),
    ]
}

/// A whole answer behind this certificate.
fn with_certificate(certificate: &'static str) -> At {
    At::Raw([vec![Act::Secure(certificate), Act::Request], answer()].concat())
}

fn tls() -> Vec<Fault> {
    let https = |name, at| fault_at(name, at).via(Via::Https);
    let private = |name, at| fault_at(name, at).via(Via::Private);
    let stream = |end: Act| At::Raw([vec![Act::Secure("good"), Act::Request], begun(), vec![end]].concat());
    let no_length = |end| {
        let head = write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        At::Raw(vec![Act::Secure("good"), Act::Request, head, write(text("Hel")), end])
    };
    vec![
        https("TLS: certificate of an unknown authority", with_certificate("good"))
            .fails(CONNECTION, UNKNOWN_AUTHORITY),
        private("TLS: the same, with the authority as the model's CA certificate", with_certificate("good"))
            .text("Hello"),
        https("TLS: certificate signed by itself", with_certificate("self-signed"))
            .fails(CONNECTION, UNKNOWN_AUTHORITY),
        private("TLS: certificate of another host", with_certificate("elsewhere"))
            .fails(CONNECTION, &["no connection", "gateway.example"]),
        private("TLS: certificate that has expired", with_certificate("expired"))
            .fails(CONNECTION, &["no connection", "expired"]),
        private("TLS: certificate that is not valid yet", with_certificate("early"))
            .fails(CONNECTION, &["no connection", "not valid"]),
        https("TLS: silent after the connection", At::Raw(vec![Act::Silence]))
            .limit(Limit::Connect)
            .fails(CONNECTION, CONNECT_TIMEOUT),
        https("TLS: silent within the handshake", At::Raw(vec![write(b"\x16\x03\x03\0\x7a\x02\0\0"), Act::Silence]))
            .limit(Limit::Connect)
            .fails(CONNECTION, CONNECT_TIMEOUT),
        https("TLS: closes within the handshake", At::Raw(vec![write(b"\x16\x03\x03\0\x7a\x02\0\0")]))
            .fails(CONNECTION, NO_CONNECTION),
        https("TLS: resets instead of a handshake", At::Raw(vec![Act::Reset])).fails(CONNECTION, NO_CONNECTION),
        https(
            "`https` is entered, the gateway speaks plain HTTP",
            At::Raw(vec![write("HTTP/1.1 400 Bad Request\r\n\r\n"), Act::Silence]),
        )
        .fails(CONNECTION, &["no connection", "should the endpoint begin with http://"]),
        fault("`http` is entered, the gateway speaks TLS", vec![write(b"\x15\x03\x01\0\x02\x02\x46")])
            .fails(SERVER, &["the connection was closed before an answer", "should the endpoint begin with https://"]),
        private("TLS: closes in a stream", stream(Act::Write(Vec::new())))
            .streamed()
            .text("Hel")
            .fails(CONNECTION, &["the connection broke"]),
        private("TLS: is silent in a stream", stream(Act::Silence))
            .streamed()
            .limit(Limit::ReadLater)
            .text("Hel")
            .fails(CONNECTION, SILENT_LATER),
        private("TLS: cut off where only the end of the connection ends the answer", no_length(Act::Cut))
            .streamed()
            .text("Hel")
            .fails(CONNECTION, &["the connection broke"]),
    ]
}

fn proxies() -> Vec<Fault> {
    let http = |name, endpoint, acts| fault(name, acts).via(Via::Proxy("http", endpoint));
    let socks = |name, acts| fault_at(name, At::Raw(acts)).via(Via::Proxy("socks5h", SECURE));
    let status = |status: &str| vec![write(format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nno"))];
    vec![
        fault_at("HTTP proxy: nobody listens", At::Closed).via(Via::Proxy("http", SECURE)).fails(CONNECTION, THROUGH),
        fault_at("HTTP proxy: nobody is let in", At::Full)
            .via(Via::Proxy("http", SECURE))
            .limit(Limit::Connect)
            .fails(CONNECTION, THROUGH_TIMEOUT),
        http("HTTP proxy: silent", SECURE, vec![Act::Silence]).limit(Limit::Connect).fails(CONNECTION, THROUGH_TIMEOUT),
        http("HTTP proxy: closes", SECURE, vec![]).fails(CONNECTION, THROUGH),
        http("HTTP proxy: resets", SECURE, vec![Act::Reset]).fails(CONNECTION, THROUGH),
        http("HTTP proxy: wants another password (407)", SECURE, status("407 Proxy Authentication Required"))
            .fails(CONNECTION, &["no connection through the proxy 127.0.0.1", "wants another user name or password"]),
        http("HTTP proxy: refuses the endpoint (403)", SECURE, status("403 Forbidden")).fails(CONNECTION, THROUGH),
        http("HTTP proxy: does not reach the endpoint (502)", SECURE, status("502 Bad Gateway"))
            .fails(CONNECTION, THROUGH),
        http("HTTP proxy: says something else than HTTP", SECURE, vec![write("SSH-2.0-OpenSSH_9.9\r\n"), Act::Silence])
            .fails(CONNECTION, THROUGH),
        http("HTTP proxy: lets through, then is silent", SECURE, vec![write("HTTP/1.1 200 OK\r\n\r\n"), Act::Silence])
            .limit(Limit::Connect)
            .fails(CONNECTION, THROUGH_TIMEOUT),
        http("HTTP proxy: lets through, then closes", SECURE, vec![write("HTTP/1.1 200 OK\r\n\r\n")])
            .fails(CONNECTION, THROUGH),
        http(
            "HTTP proxy, endpoint without TLS: wants another password (407)",
            PLAIN,
            status("407 Proxy Authentication Required"),
        )
        .fails(CONNECTION, &["wants another user name or password"]),
        http("HTTP proxy, endpoint without TLS: does not reach it (502)", PLAIN, status("502 Bad Gateway"))
            .fails(SERVER, &["502"]),
        http("HTTP proxy, endpoint without TLS: closes in a stream", PLAIN, begun())
            .streamed()
            .text("Hel")
            .fails(CONNECTION, &["the connection broke"]),
        http("HTTP proxy, endpoint without TLS: is silent", PLAIN, vec![Act::Silence])
            .limit(Limit::Read)
            .fails(CONNECTION, &["no answer within 3 s (read timeout)"]),
        socks("SOCKS proxy: silent", vec![Act::Silence]).limit(Limit::Connect).fails(CONNECTION, THROUGH_TIMEOUT),
        socks("SOCKS proxy: closes", vec![]).fails(CONNECTION, THROUGH),
        socks("SOCKS proxy: wants another password", vec![write(b"\x05\x02\x01\x01"), Act::Silence])
            .fails(CONNECTION, THROUGH),
        socks(
            "SOCKS proxy: does not reach the endpoint",
            vec![write(b"\x05\x02\x01\x00\x05\x05\0\x01\0\0\0\0\0\0"), Act::Silence],
        )
        .fails(CONNECTION, THROUGH),
        socks("SOCKS proxy: speaks HTTP", vec![write("HTTP/1.1 400 Bad Request\r\n\r\n"), Act::Silence])
            .fails(CONNECTION, THROUGH),
    ]
}

/// For the page.
pub fn rows() -> Vec<Row> {
    let stalls = row(
        "the name server is silent",
        "`InvokeConnectionError`: no connection within 3 s (connect timeout); whoever asks for other names is not held up",
        "700 calls to that name take one thread (`runtime::http::names`)",
    );
    let mut rows: Vec<Row> = [connections(), tls(), proxies()].iter().flat_map(|faults| rows_of(faults)).collect();
    rows.insert(1, stalls);
    rows
}

#[test]
fn a_gateway_that_cannot_be_reached() {
    all_at_once(connections());
}

#[test]
fn tls_that_is_wrong_private_or_stalls() {
    all_at_once(tls());
}

#[test]
fn proxies_that_refuse_stall_and_close() {
    all_at_once(proxies());
}

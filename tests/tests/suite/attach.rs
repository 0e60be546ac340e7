//! The two ways to attach that have no pipes: remote debugging over TCP and requests over HTTP, with the executable
//! as it is packed. The other side is written here from the daemon's rules (protocol reference 1.2, 1.3).

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::consumers::{self, Auth};
use tests::daemon::PATIENCE;
use tests::gateway::Gateway;
use tests::package;
use tests::plugins::AI_GATEWAY;
use tests::request::Request;

use crate::support::assert_says;

const KEY: &str = "0b9c3f5e-6d1a-4a57-9a43-2f6f0c1d7e88";

/// The executable without a package around it.
struct Process {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Process {
    /// Starts it in a directory of its own that holds this `.env`, with nothing else in its environment.
    fn start(name: &str, dotenv: &str) -> Self {
        let directory: PathBuf = package::own_scratch().join(name);
        fs::create_dir_all(&directory).expect("a directory can be made");
        fs::write(directory.join(".env"), dotenv).expect("a file can be written");
        let mut command = Command::new(package::debug_executable(AI_GATEWAY));
        command.current_dir(directory).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the executable starts");
        let stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        Process { child, stderr, said: String::new() }
    }

    /// Reads stderr up to a line with this text, and gives what stands behind it.
    fn says(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            self.stderr.read_line(&mut line).expect("stderr is text");
            assert!(!line.is_empty(), "it ended and never said {text:?}: {}", self.said);
            self.said += &line;
            if let Some((_, rest)) = line.split_once(text) {
                return rest.trim_end().to_owned();
            }
        }
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").arg("-c").arg(kill).status().expect("kill runs").success());
    }

    /// Waits for its end; nothing may have gone to stdout, and no secret to stderr.
    fn end(mut self) -> (ExitStatus, String) {
        self.stderr.read_to_string(&mut self.said).expect("stderr is text");
        let status = self.child.wait().expect("it can be waited for");
        let mut out = String::new();
        self.child.stdout.take().expect("stdout is piped").read_to_string(&mut out).expect("stdout is text");
        assert_eq!(out, "", "on stdout");
        for secret in [KEY, consumers::SECRET_KEY, consumers::API_KEY] {
            assert!(!self.said.contains(secret), "{}", self.said);
        }
        (status, self.said)
    }
}

/// A daemon's socket for remote debugging.
struct Daemon {
    reader: BufReader<TcpStream>,
}

impl Daemon {
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().expect("a plugin connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Daemon { reader: BufReader::new(stream) }
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("the plugin writes text");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    fn send(&mut self, text: &str) {
        self.reader.get_mut().write_all(text.as_bytes()).expect("the plugin reads");
    }
}

/// The text of all stream messages; the last line must be the session's only end.
fn text_of(lines: &[Value]) -> String {
    let (end, before) = lines.split_last().expect("lines");
    assert_eq!(end["data"], json!({ "type": "end", "data": {} }), "{lines:?}");
    let content = |line: &Value| {
        assert_eq!(line["data"]["type"], "stream", "{line}");
        line["data"]["data"]["delta"]["message"]["content"].as_str().expect("a text").to_owned()
    };
    before.iter().map(content).collect()
}

#[test]
fn remote_debugging_declares_the_package_and_serves_its_calls() {
    let gateway = Gateway::start();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let dotenv = format!(
        "INSTALL_METHOD=remote\nexport REMOTE_INSTALL_HOST=127.0.0.1\nREMOTE_INSTALL_PORT=\"{port}\"\n\
         REMOTE_INSTALL_KEY={KEY} # from Dify\n# What else stands here is for others.\nHTTP_PROXY=http://127.0.0.1:9\n"
    );
    let mut plugin = Process::start("remote", &dotenv);
    let mut daemon = Daemon::accept(&listener);

    assert_eq!(daemon.line(), json!({ "type": "handshake", "data": { "key": KEY } }));
    let installed = package::installed();
    let yaml = |path: &str| -> Value { serde_yaml::from_str(&installed.read(path)).expect("YAML") };
    let mut manifest = yaml("manifest.yaml");
    manifest["meta"]["arch"] = json!(["amd64", "arm64"]);
    assert_eq!(daemon.line(), json!({ "type": "manifest_declaration", "data": manifest }));
    let mut provider = yaml("provider/ai-gateway.yaml");
    provider["models"] = json!([]);
    assert_eq!(daemon.line(), json!({ "type": "model_declaration", "data": [provider] }));

    let mut assets = std::collections::BTreeMap::<String, Vec<u8>>::new();
    let last = loop {
        let line = daemon.line();
        if line["type"] != "asset_chunk" {
            break line;
        }
        let name = line["data"]["filename"].as_str().expect("a name").to_owned();
        let piece = STANDARD.decode(line["data"]["data"].as_str().expect("base64")).expect("base64");
        assets.entry(name).or_default().extend(piece);
    };
    assert_eq!(last, json!({ "type": "end", "data": {} }));
    for icon in ["icon", "icon_dark"] {
        let name = manifest[icon].as_str().expect("a name");
        let file = fs::read(installed.directory.join("_assets").join(name)).expect("the package holds it");
        assert_eq!(assets.remove(name), Some(file), "{name}");
    }
    assert!(assets.is_empty(), "{:?}", assets.keys());
    assert_eq!(daemon.line(), json!({ "event": "heartbeat", "session_id": null, "data": {} }));

    let request = Request::chat("m", Auth::Hmac.credentials(&gateway.url(Auth::Hmac.route())));
    daemon.send(&request.line("s-1"));
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line: &Value| line["data"]["type"] != "end") {
        let line = daemon.line();
        if line["event"] != "heartbeat" {
            assert_eq!(line["session_id"], "s-1", "{line}");
            lines.push(line);
        }
    }
    assert_eq!(text_of(&lines), "Hello, world!");

    plugin.says("is declared to 127.0.0.1");
    plugin.signal("INT");
    assert_eq!(plugin.end().0.code(), Some(0));
}

#[test]
fn a_key_that_the_daemon_refuses_ends_the_process() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let dotenv = format!("INSTALL_METHOD=remote\nREMOTE_INSTALL_URL=tcp://{address}\nREMOTE_INSTALL_KEY='{KEY}'\n");
    let plugin = Process::start("refused", &dotenv);
    let mut daemon = Daemon::accept(&listener);
    daemon.line();
    daemon.send(&format!("handshake failed, invalid key {KEY}\n"));
    drop(daemon);
    let (status, said) = plugin.end();
    assert_eq!(status.code(), Some(3));
    assert_says(&said, &[&format!("ERROR {address} says: handshake failed, invalid key ***")]);
}

#[test]
fn what_cannot_start_says_why() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    for (dotenv, says) in [
        ("INSTALL_METHOD=cloud".to_owned(), "it may be local, remote or serverless"),
        ("INSTALL_METHOD=remote".to_owned(), "REMOTE_INSTALL_KEY is not set"),
        (format!("INSTALL_METHOD=remote\nREMOTE_INSTALL_KEY={KEY}x"), "REMOTE_INSTALL_KEY is no UUID"),
        (format!("INSTALL_METHOD=serverless\nSERVERLESS_HOST=127.0.0.1\nSERVERLESS_PORT={port}"), "in use"),
        ("nonsense\nINSTALL_METHOD=serverless\nSERVERLESS_PORT=x".to_owned(), ".env line 1"),
    ] {
        let (status, said) = Process::start("unable", &dotenv).end();
        assert_eq!(status.code(), Some(2), "{dotenv}: {said}");
        assert_says(&said, &[says]);
    }
}

/// Sends a request and gives the connection, on which the reply comes.
fn post(address: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the plugin listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    let head = format!(
        "POST /invoke?action=invoke_llm HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Accept: text/event-stream\r\nDify-Plugin-Session-ID: s-1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("the plugin reads");
    stream
}

/// The lines of a chunked reply: whatever stands alone in a line and is JSON.
fn lines_of(mut stream: TcpStream) -> Vec<Value> {
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("the reply is text");
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
    let lines = reply.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

/// A whole request: its head says how long its body is.
fn request_on(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: "))
            && length.parse() == Ok(body.len())
        {
            return String::from_utf8_lossy(&request).into_owned();
        }
        let read = stream.read(&mut piece).expect("the request comes");
        assert_ne!(read, 0, "cut off: {text}");
        request.extend_from_slice(&piece[..read]);
    }
}

#[test]
fn serverless_answers_calls_and_lets_go_of_those_nobody_waits_for() {
    let gateway = Gateway::start();
    let dotenv = "INSTALL_METHOD=serverless\nSERVERLESS_HOST=127.0.0.1\nSERVERLESS_PORT=0\n";
    let mut plugin = Process::start("serverless", dotenv);
    let address = plugin.says("listening on ");

    let request = Request::chat("m", Auth::ApiKey.credentials(&gateway.url(Auth::ApiKey.route())));
    let lines = lines_of(post(&address, &request.line("s-1")));
    assert!(lines.iter().all(|line| line["session_id"] == "s-1"), "{lines:?}");
    assert_eq!(text_of(&lines), "Hello, world!");

    // An endpoint that begins to answer and never ends.
    let endpoint = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}/v1", endpoint.local_addr().expect("an address"));
    let caller = post(&address, &Request::chat("m", Auth::None.credentials(&url)).line("s-2"));
    let (mut upstream, _) = endpoint.accept().expect("the plugin calls");
    upstream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    assert_says(&request_on(&mut upstream), &["POST /v1/chat/completions HTTP/1.1", "\"messages\""]);
    let begin = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    upstream.write_all(begin.as_bytes()).expect("the plugin reads");
    let mut reader = BufReader::new(caller);
    let mut line = String::new();
    while !line.starts_with("{\"event\":\"session\"") {
        line.clear();
        assert_ne!(reader.read_line(&mut line).expect("a line comes"), 0, "the caller hears what has come");
    }
    drop(reader);
    // Its end is seen there, and nothing else.
    let mut rest = Vec::new();
    upstream.read_to_end(&mut rest).expect("the connection is closed");
    assert_eq!(rest, b"");

    plugin.signal("TERM");
    assert_eq!(plugin.end().0.code(), Some(0));
}

//! Hostile texts in everything that somebody may say: stored values, what a request says, and replies.
//!
//! Plugins run inside this process, against an endpoint that keeps what it reads as text. Each trial changes one thing in
//! a request that is known to work. What is sent must then differ in the value of that thing at most: the same line, the
//! same host, the same header names, a body of the length it says. Or nothing is sent, and one line says why.

mod replies;
mod said;
mod stored;

use std::collections::BTreeMap;
use std::sync::Arc;

use runtime::log::{Level, Log};
use runtime::outbox::Outbox;
use runtime::plugin::Plugin;
use runtime::serve::{Limits, Link, Server};
use runtime::transport::memory;
use serde_json::{Map, Value};
use tests::consumers::Auth;
use tests::plugins::{AI_GATEWAY, HIGRESS};
use tests::upstream::{Upstream, write};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Stands in every hostile secret: errors and log lines never show it.
const MARK: &str = "s3cr3t-Mark-0123456789";

/// Texts that mean something else to somebody: to HTTP, URLs, terminals, or whoever copies them. `few` of them where what
/// they go through was tried with all.
fn hostile(few: bool) -> Vec<String> {
    let long = "x".repeat(70_000);
    let texts = [
        "x\r\nx-evil: 1",
        "/../../evil",
        "é\u{2028}x?y=1#z",
        "x\nx-evil: 1",
        "x\rx",
        "x\0x",
        "x HTTP/1.1\r\nhost: evil.invalid\r\n\r\nGET /evil HTTP/1.1",
        "%2e%2e/%2E%2E/evil",
        "..",
        "x%0d%0ax-evil:%201",
        "x?y=1&z=2",
        "x#y",
        "@evil.invalid/",
        "\\\\evil.invalid\\x",
        "x\u{2028}x\u{85}x\u{202e}x",
        "x\u{1b}[31mx\u{7}",
        "é 世",
        " x y\tz ",
        "\"><script>'`${x}",
        r#"{"X-Evil":"1\r\nx-evil: 1"}"#,
        r#"{"x-evil\r\nx":"1"}"#,
        r#"{"Host":"evil.invalid"}"#,
        r#"{"content-length":"0"}"#,
        r#"{"Transfer-Encoding":"chunked"}"#,
        &long,
    ];
    let count = if few { 3 } else { texts.len() };
    texts.into_iter().take(count).map(str::to_owned).collect()
}

/// The plugin under test, by name.
fn plugin(name: &str) -> &'static Plugin {
    match name {
        AI_GATEWAY => &generated::plugins::ai_gateway::PLUGIN,
        HIGRESS => &generated::plugins::higress::PLUGIN,
        other => panic!("no plugin {other}"),
    }
}

/// What a plugin writes about these lines, log lines too.
fn told(plugin: &'static Plugin, lines: &[String]) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a tokio runtime");
    let written = runtime.block_on(async {
        let (mut daemon, reader, writer) = memory::pair(1 << 20);
        let outbox = Arc::new(Outbox::default());
        let server = Server::new(plugin, Limits::default(), Log::to_daemon(Level::Debug, outbox.clone()));
        let asking = async {
            for line in lines {
                daemon.requests.write_all(line.as_bytes()).await.expect("the plugin reads");
            }
            drop(daemon.requests);
        };
        let mut written = String::new();
        let reading = daemon.answers.read_to_string(&mut written);
        let serving = server.serve(Link::Pipes, reader, writer, outbox, std::future::pending());
        let (_, (), read) = tokio::join!(serving, asking, reading);
        read.expect("the plugin writes text");
        written
    });
    written.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
}

/// The errors of sessions, by session; log lines are looked at on the way.
fn errors(answers: &[Value]) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    for answer in answers {
        if answer["event"] == "log" {
            assert_shown(answer["data"]["message"].as_str().unwrap_or_default());
        }
        if answer["event"] == "session" && answer["data"]["type"] == "error" {
            let message = answer["data"]["data"]["message"].as_str().unwrap_or_default();
            assert_shown(message);
            let session = answer["session_id"].as_str().unwrap_or_default();
            assert_eq!(errors.insert(session.to_owned(), message.to_owned()), None, "{session} failed twice");
        }
    }
    errors
}

/// What people read: one line, not endless, without a secret.
#[track_caller]
fn assert_shown(text: &str) {
    let is_odd = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}');
    assert!(
        !text.contains(is_odd) && !text.contains(MARK) && text.len() <= 4_000,
        "{:?}",
        &text[..text.len().min(500)]
    );
    assert!(!text.contains("internal error"), "{text}");
}

/// One request as it came over the wire.
#[derive(Debug)]
struct Raw {
    line: String,
    /// Names in lower case, sorted.
    headers: Vec<(String, String)>,
    body: String,
}

impl Raw {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {text:?}"));
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap_or_default().to_owned();
        let split = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}"));
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let mut headers: Vec<_> = lines.map(split).collect();
        headers.sort();
        let raw = Raw { line, headers, body: body.to_owned() };
        assert!(head.replace("\r\n", "").bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')), "{raw:?}");
        assert_eq!(raw.line.split(' ').count(), 3, "{raw:?}");
        let length = (!raw.line.starts_with("GET ")).then(|| raw.body.len().to_string());
        assert_eq!(raw.values("content-length"), length.as_slice(), "{raw:?}");
        if raw.values("content-type") == ["application/json"] {
            serde_json::from_str::<Value>(&raw.body).unwrap_or_else(|problem| panic!("{problem}: {raw:?}"));
        }
        raw
    }

    fn values(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// What a trial may change of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum May {
    /// Values of headers, and the body.
    Values,
    /// Likewise what stands behind the path of its endpoint, but nothing before that.
    Path,
    /// Likewise the query.
    Query,
    /// Likewise the name of one header, to this one.
    Name(String),
}

/// One thing changed in a request that works.
struct Trial {
    about: String,
    /// Errors name this, or a header.
    label: String,
    may: May,
    /// The trial that changes nothing.
    model: usize,
}

/// Trials of one plugin.
struct Trials {
    plugin: &'static str,
    upstream: Upstream,
    trials: Vec<Trial>,
    lines: Vec<String>,
}

impl Trials {
    fn of(plugin: &'static str) -> Self {
        // Answers of chat; whatever is no answer to others is an error like any.
        let reply = r#"{"choices":[{"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}"#;
        let length = reply.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        Trials {
            plugin,
            upstream: Upstream::start(vec![write(head), write(reply)]),
            trials: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// The endpoint of the next trial: its number stands in the path.
    fn endpoint(&self) -> String {
        let root = self.upstream.url().replace("/v1", "");
        format!("{root}/case-{}/v1", self.trials.len())
    }

    /// What is stored for the next trial. The gateway is told who asks.
    fn row(&self, auth: Auth) -> Map<String, Value> {
        let mut row = match self.plugin {
            HIGRESS => auth.higress(&self.endpoint()),
            _ => auth.credentials(&self.endpoint()),
        };
        row.insert("identity".to_owned(), "enabled".into());
        row
    }

    fn session(&self) -> String {
        format!("case-{}", self.trials.len())
    }

    /// Adds a trial; its number.
    fn add(&mut self, about: String, label: &str, may: May, model: Option<usize>, line: String) -> usize {
        let number = self.trials.len();
        self.trials.push(Trial { about, label: label.to_owned(), may, model: model.unwrap_or(number) });
        self.lines.push(line);
        number
    }

    /// Runs all, and looks at what was sent and said.
    fn check(&self) {
        let mut said = BTreeMap::new();
        for lines in self.lines.chunks(500) {
            said.append(&mut errors(&told(plugin(self.plugin), lines)));
        }
        let mut sent: BTreeMap<usize, Vec<Raw>> = BTreeMap::new();
        for request in self.upstream.requests() {
            let raw = Raw::read(&request);
            let number = raw.line.split("/case-").nth(1).and_then(|rest| rest.split('/').next()?.parse().ok());
            let number = number.unwrap_or_else(|| panic!("of no trial: {raw:?}"));
            sent.entry(number).or_default().push(raw);
        }
        let mut problems = Vec::new();
        for (number, trial) in self.trials.iter().enumerate() {
            let model = sent.get(&trial.model).and_then(|raws| raws.first());
            let model = model.unwrap_or_else(|| panic!("{} sends nothing: {said:?}", trial.about));
            let found = match sent.get(&number).map(Vec::as_slice).unwrap_or_default() {
                [] => match said.get(&format!("case-{number}")) {
                    Some(message) if message.contains(&trial.label) || message.contains("header") => Ok(()),
                    Some(message) => Err(format!("{} is not named in {message:?}", trial.label)),
                    None => Err("neither sent nor refused".to_owned()),
                },
                // A long text is asked for in slices.
                raws => raws.iter().try_for_each(|raw| compare(number, trial, raw, model)),
            };
            problems.extend(found.err().map(|problem| format!("{}: {problem}", trial.about)));
        }
        let count = problems.len();
        assert!(problems.is_empty(), "{count} of {}:\n{}", self.trials.len(), problems[..count.min(20)].join("\n"));
    }
}

/// Whether a request is that of the model but for what the trial may change.
fn compare(number: usize, trial: &Trial, raw: &Raw, model: &Raw) -> Result<(), String> {
    let expected = model.line.replace(&format!("/case-{}/", trial.model), &format!("/case-{number}/"));
    let target = raw.line.split(' ').nth(1).unwrap_or_default();
    let is_line = match trial.may {
        May::Path => target.starts_with(&format!("/case-{number}/")) && !target.contains("/.."),
        May::Query => target.split('?').next() == expected.split([' ', '?']).nth(1),
        May::Values | May::Name(_) => raw.line == expected,
    };
    if !is_line || !raw.line.ends_with(" HTTP/1.1") || raw.line.contains('#') {
        return Err(format!("{:?} instead of {expected:?}", raw.line));
    }
    if raw.values("host") != model.values("host") {
        return Err(format!("sent to {:?}", raw.values("host")));
    }
    let (mut expected, mut names) = (model.names(), raw.names());
    // What the trial may take away or name otherwise.
    let own = match &trial.may {
        May::Name(name) => name.as_str(),
        May::Query => "authorization",
        May::Values | May::Path => "",
    };
    names.retain(|name| *name != own);
    expected.retain(|name| names.contains(name) || *name != own && !matches!(trial.may, May::Name(_)));
    if names == expected { Ok(()) } else { Err(format!("headers {names:?} instead of {expected:?}")) }
}

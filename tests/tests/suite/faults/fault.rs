//! One way of an endpoint, or of the way to it, to break; what must come of it; and all of a table at once.

use std::time::Duration;

use serde_json::json;
use tests::consumers::Auth;
use tests::request::Request;
use tests::upstream::{Act, Upstream};

use super::page::Row;
use super::{Beside, peak};
use crate::support::{Setting, assert_says};

/// The class of what was not reached, or did not answer in time.
pub const CONNECTION: &str = "InvokeConnectionError";
/// The class of what answered, but not with an answer.
pub const SERVER: &str = "InvokeServerUnavailableError";
/// The class of what was asked wrongly.
pub const REQUEST: &str = "InvokeBadRequestError";

/// What a process may hold while a whole table breaks around it, in MiB.
const MEMORY: usize = 160;
/// What is read of an endpoint at most, in MiB; where more is offered, a flood says so.
const READ: usize = 64;
/// A timeout that a fault must run into; one that it must run into after something has come, for which a busy machine may
/// take its time; and one that none may run into.
const SHORT: u64 = 3;
pub const LATER: u64 = 15;
const LONG: u64 = 300;
/// For a machine that is busy. Far below the long timeout.
const GRACE: Duration = Duration::from_secs(110);

/// What ends a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    AtOnce,
    Connect,
    Read,
    /// The read timeout, after something has come.
    ReadLater,
}

/// What lies at the address of an endpoint.
#[derive(Clone)]
pub enum At {
    /// Somebody who reads a request first.
    Server(Vec<Act>),
    /// Somebody who acts at once.
    Raw(Vec<Act>),
    /// Nobody.
    Closed,
    /// Somebody who lets nobody in.
    Full,
    /// A name that does not exist.
    Unknown,
}

/// How the model's endpoint is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Via {
    Http,
    Https,
    /// With the test authority as CA certificate.
    Private,
    /// A proxy of this kind; the endpoint is somewhere else.
    Proxy(&'static str, &'static str),
}

/// One way to break.
pub struct Fault {
    name: &'static str,
    at: At,
    via: Via,
    limit: Limit,
    /// Whether the answer is asked for as a stream.
    stream: bool,
    /// Characters of the question.
    question: usize,
    /// What was delivered before.
    text: &'static str,
    /// Error type, and what its message says; none where the answer is whole all the same.
    error: Option<(&'static str, &'static [&'static str])>,
    flood: bool,
}

/// A fault of somebody who reads a request, asked for a whole answer.
pub fn fault(name: &'static str, acts: Vec<Act>) -> Fault {
    fault_at(name, At::Server(acts))
}

/// A fault of anybody.
pub fn fault_at(name: &'static str, at: At) -> Fault {
    let (via, limit, stream, question, text) = (Via::Http, Limit::AtOnce, false, 2, "");
    Fault { name, at, via, limit, stream, question, text, error: None, flood: false }
}

impl Fault {
    pub fn fails(mut self, error_type: &'static str, says: &'static [&'static str]) -> Fault {
        self.error = Some((error_type, says));
        self
    }

    pub fn text(mut self, text: &'static str) -> Fault {
        self.text = text;
        self
    }

    pub fn via(mut self, via: Via) -> Fault {
        self.via = via;
        self
    }

    /// Which timeout ends it.
    pub fn limit(mut self, limit: Limit) -> Fault {
        self.limit = limit;
        self
    }

    /// Asked for as a stream.
    pub fn streamed(mut self) -> Fault {
        self.stream = true;
        self
    }

    /// Asked with so long a question.
    pub fn question(mut self, characters: usize) -> Fault {
        self.question = characters;
        self
    }

    /// Offers more than is read.
    pub fn flood(mut self) -> Fault {
        self.flood = true;
        self
    }

    fn row(&self) -> Row {
        let delivered = if self.text.is_empty() { String::new() } else { format!("`{}`", self.text) };
        let sees = match self.error {
            None => format!("the whole answer, {delivered}"),
            Some((error_type, says)) => {
                let then = if delivered.is_empty() { "" } else { ", then " };
                let says = says.iter().map(|said| format!(": {}", said.trim())).collect::<String>();
                format!("{delivered}{then}`{error_type}`{says}")
            }
        };
        let mut figure = match self.limit {
            Limit::AtOnce => "at once".to_owned(),
            Limit::Connect => format!("after {SHORT} s (connect timeout)"),
            Limit::Read => format!("after {SHORT} s (read timeout)"),
            Limit::ReadLater if self.error.is_some() => format!("after {LATER} s (read timeout)"),
            Limit::ReadLater => format!("as long as no silence is longer than {LATER} s (read timeout)"),
        };
        if self.flood {
            figure.push_str(&format!("; at most {READ} MiB are read"));
        }
        Row { happens: self.name.to_owned(), sees, figure }
    }

    fn upstream(&self) -> Option<Upstream> {
        Some(match &self.at {
            At::Server(acts) => Upstream::start(acts.clone()),
            At::Raw(acts) => Upstream::raw(acts.clone()),
            At::Closed => Upstream::closed(),
            At::Full => Upstream::full(),
            At::Unknown => return None,
        })
    }

    fn request(&self, place: &str) -> Request {
        let (connect, read) = match self.limit {
            Limit::AtOnce => (LONG, LONG),
            Limit::Connect => (SHORT, LONG),
            Limit::Read => (LONG, SHORT),
            Limit::ReadLater => (LONG, LATER),
        };
        let mut advanced = json!({"connection.connect_timeout": connect, "connection.read_timeout": read});
        let endpoint = match self.via {
            Via::Http => format!("http://{place}/v1"),
            Via::Https | Via::Private => format!("https://{place}/v1"),
            Via::Proxy(kind, endpoint) => {
                advanced["connection.proxy"] = format!("{kind}://proxy-user:pr0xy-password@{place}").into();
                endpoint.to_owned()
            }
        };
        if self.via == Via::Private {
            advanced["connection.ca_certificate"] = include_str!("../../../fixtures/tls/authority.pem").into();
        }
        let request = Request::chat("m", Auth::None.credentials(&endpoint))
            .credential("advanced", advanced.to_string())
            .messages([tests::request::user(&"x".repeat(self.question))]);
        if self.stream { request } else { request.whole() }
    }
}

/// The rows of a table.
pub fn rows(faults: &[Fault]) -> Vec<Row> {
    faults.iter().map(Fault::row).collect()
}

/// Lets all of a table happen at once in one process, with other sessions beside them.
pub fn all_at_once(faults: Vec<Fault>) {
    let setting = Setting::new();
    setting.plugin.keep_secrets(["pr0xy-password".to_owned()]);
    let beside = Beside::start(&setting.gateway, &setting.plugin, &setting.open());
    let under_way: Vec<_> = faults
        .into_iter()
        .map(|fault| {
            let upstream = fault.upstream();
            let place = upstream.as_ref().map_or_else(|| "gateway.invalid".to_owned(), Upstream::place);
            let session = setting.plugin.send(&fault.request(&place));
            (fault, upstream, session)
        })
        .collect();
    for (fault, upstream, session) in under_way {
        let outcome = session.wait();
        let read = upstream.map_or(0, |upstream| upstream.written());
        eprintln!("{}: {:.0} ms, {read} bytes read", fault.name, outcome.total.as_secs_f64() * 1e3);
        assert_eq!(outcome.text(), fault.text, "{}: {outcome:?}", fault.name);
        match fault.error {
            None => assert!(outcome.failure.is_none(), "{}: {outcome:?}", fault.name),
            Some((error_type, says)) => {
                let failure = outcome.failure.unwrap_or_else(|| panic!("{}: no failure", fault.name));
                eprintln!("    {}: {}", failure.error_type, failure.message);
                assert_eq!(failure.error_type, error_type, "{}: {}", fault.name, failure.message);
                assert_says(&failure.message, says);
                assert!(failure.message.len() < 2000, "{}: {}", fault.name, failure.message.len());
            }
        }
        assert!(outcome.total < GRACE, "{}: {:?}", fault.name, outcome.total);
        assert!(read < READ << 20, "{}: {read} bytes were read", fault.name);
    }
    let peak = peak(setting.plugin.process());
    eprintln!("peak: {peak} MiB");
    assert!(peak < MEMORY, "{peak} MiB");
    beside.end_exactly(&setting.gateway);
}

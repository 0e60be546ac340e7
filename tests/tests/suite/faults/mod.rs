//! What breaks a plugin's neighbours, and that it breaks nothing else: the session ends with an error that says what
//! happened, the sessions beside it are exact to the byte, the process lives.
//!
//! `README.md` lists them all; [`page`] writes it from the tables that the tests run.
//!
//! | neighbour | faults | module |
//! |---|---|---|
//! | gateway | closes, resets, is silent, lies, floods, redirects, speaks something else | [`gateway`] |
//! | the way to it | names, connections, TLS, proxies | [`ways`] |
//! | daemon | does not read, sends nonsense, sends too much | [`daemon`] |
//! | | dies | [`death`] |
//! | machine | file handles run out, the disk is full, nothing may be executed | [`machine`] |
//! | clock | jumps | [`clock`] |

mod clock;
mod daemon;
mod death;
mod fault;
mod gateway;
mod machine;
mod page;
mod ways;

use std::fs;

use serde_json::json;
use tests::daemon::{Plugin, Session};
use tests::gateway::Gateway;
use tests::gateway::reply::{Piece, Reply, chunk};
use tests::request::Request;

/// How many sessions are under way while something else breaks.
const BESIDE: usize = 20;
const PIECES: usize = 50;

/// Sessions that begin before a fault, go on after it, and must not notice.
struct Beside(Vec<Session>);

impl Beside {
    /// Starts them: each has its first piece and waits.
    fn start(gateway: &Gateway, plugin: &Plugin, credentials: &serde_json::Map<String, serde_json::Value>) -> Self {
        let event = |text: String| format!("data: {}\n\n", chunk(json!({"content": text})));
        gateway.script("beside", move |_| {
            let rest: String = (1..PIECES).map(|number| event(text(number))).collect();
            Reply::stream([event(text(0))])
                .then(Piece::Gate("beside".to_owned()))
                .then(Piece::Bytes(format!("{rest}data: [DONE]\n\n").into_bytes()))
        });
        let request = Request::chat("beside", credentials.clone());
        let sessions: Vec<Session> = (0..BESIDE).map(|_| plugin.send(&request)).collect();
        for session in &sessions {
            assert_eq!(session.next()["delta"]["message"]["content"], text(0));
        }
        Beside(sessions)
    }

    /// Their session ids.
    fn ids(&self) -> Vec<String> {
        self.0.iter().map(|session| session.id.clone()).collect()
    }

    /// Lets them go on to their end.
    fn end_exactly(self, gateway: &Gateway) {
        gateway.open("beside");
        let expected: String = (1..PIECES).map(text).collect();
        for session in self.0 {
            assert_eq!(session.wait().ok().text(), expected);
        }
    }
}

fn text(number: usize) -> String {
    format!("{number} é 键 ")
}

/// The most memory that a process ever held, in MiB.
fn peak(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux counts it");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("it is a number") / 1024
}

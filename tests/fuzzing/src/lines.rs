//! Whatever the daemon writes: every session that a line names is answered and ends, with at most one error before its
//! end; one that is named again while it is under way is answered once.
//!
//! An input is a byte that names the plugin, and lines. Endpoints answer 404.

use std::collections::BTreeMap;

use runtime::serve::Limits;
use runtime::wire::{self, Envelope};
use serde_json::Value;

use crate::plugin_of;
use crate::rehearsal::{Answer, rehearse};

/// The longest line; longer ones are refused by their beginning.
const LONGEST: usize = 16 << 10;
/// What is kept of those.
const BEGINNING: usize = 1 << 10;
/// Longer ids are none.
const LONGEST_ID: usize = 256;

/// Checks one input.
///
/// # Panics
/// If a session has no end or too many, or says something that the daemon does not expect.
pub fn check(input: &[u8]) {
    let Some((plugin, lines)) = plugin_of(input) else { return };
    let limits = Limits { line: LONGEST, sessions: 1 << 20, in_flight: 1 << 30, ..Limits::default() };
    let answer = Answer { status: 404, pieces: vec!["no such route".into()], ..Answer::default() };
    let written = rehearse(plugin, limits, lines, vec![answer]);

    let mut requests: BTreeMap<String, usize> = BTreeMap::new();
    for id in lines.split(|byte| *byte == b'\n').filter_map(session_of) {
        *requests.entry(id).or_default() += 1;
    }
    let answered: Vec<&String> = written.sessions.keys().collect();
    assert_eq!(answered, requests.keys().collect::<Vec<_>>(), "who asks is answered, and nobody else");
    for (id, messages) in &written.sessions {
        let ends = ends(messages);
        assert!((1..=requests[id]).contains(&ends), "{ends} ends of {} requests of {id}", requests[id]);
    }
}

/// How often a session ended.
fn ends(messages: &[Value]) -> usize {
    let (mut ends, mut failed) = (0, false);
    for message in messages {
        match message["type"].as_str() {
            Some("end") => {
                ends += 1;
                failed = false;
            }
            _ if failed => panic!("after an error comes the end, and not {message}"),
            Some("stream") => {}
            Some("error") => {
                failed = true;
                let error = &message["data"];
                let texts = [&error["error_type"], &error["message"], &error["args"]["description"]];
                assert!(texts.iter().all(|text| text.as_str().is_some_and(|text| !text.is_empty())), "{message}");
            }
            _ => panic!("no message of a session: {message}"),
        }
    }
    assert_eq!(messages.last().map(|last| &last["type"]), Some(&"end".into()), "the end comes last");
    ends
}

/// The session that a line names, if it is one that must be answered.
fn session_of(line: &[u8]) -> Option<String> {
    if line.len() > LONGEST {
        return wire::session_id_at_start(&line[..BEGINNING]);
    }
    let id = match Envelope::parse(line) {
        Ok(envelope) => envelope.session_id.map(std::borrow::Cow::into_owned),
        Err(_) => wire::session_id_at_start(line),
    };
    id.filter(|id| id.len() <= LONGEST_ID)
}

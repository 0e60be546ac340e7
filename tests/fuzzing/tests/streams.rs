//! Any split of a stream into reads, and any ends of its lines, give the same answer: from the bytes of an endpoint to the
//! lines that the daemon reads, for every protocol that streams.

use std::sync::LazyLock;

use bytes::Bytes;
use fuzzing::answers::{Heard, pieces};
use fuzzing::rehearsal::Answer;
use fuzzing::seeds;
use proptest::prelude::*;
use runtime::plugin::Plugin;
use serde_json::{Value, json};

/// The events of a stream that says these texts, name and data.
fn events(protocol: &str, texts: &[String]) -> Vec<(&'static str, String)> {
    let unnamed = |events: Vec<Value>| events.into_iter().map(|event| ("", event.to_string())).collect::<Vec<_>>();
    match protocol {
        "anthropic_messages" => {
            let mut events = vec![
                json!({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 7, "output_tokens": 1}}}),
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                json!({"type": "ping"}),
            ];
            events.extend(texts.iter().map(|text| {
                json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})
            }));
            events.push(json!({"type": "content_block_stop", "index": 0}));
            events.push(
                json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}),
            );
            events.push(json!({"type": "message_stop"}));
            events.into_iter().map(|event| ("message", event.to_string())).collect()
        }
        "ollama_chat" => {
            let mut events: Vec<Value> = texts
                .iter()
                .map(|text| json!({"model": "m", "message": {"role": "assistant", "content": text}, "done": false}))
                .collect();
            events.push(json!({"model": "m", "message": {"role": "assistant", "content": ""}, "done": true,
                "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 9}));
            unnamed(events)
        }
        _ => {
            let choice = |text: &str, finish: Value| match protocol {
                "openai_completions" => json!({"index": 0, "text": text, "finish_reason": finish}),
                _ => json!({"index": 0, "delta": {"content": text}, "finish_reason": finish}),
            };
            let mut events: Vec<Value> =
                texts.iter().map(|text| json!({"id": "c", "choices": [choice(text, Value::Null)]})).collect();
            events.push(json!({"id": "c", "choices": [choice("", "stop".into())]}));
            events.push(
                json!({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 16}}),
            );
            let mut events = unnamed(events);
            events.push(("", "[DONE]".to_owned()));
            events
        }
    }
}

/// How a server writes its stream.
#[derive(Debug, Clone)]
struct Writing {
    mark: bool,
    /// Ends of lines, over and over.
    ends: Vec<&'static str>,
    /// What stands between events, over and over: comments, fields nobody reads, blank lines.
    between: Vec<&'static str>,
    /// A blank after the colon.
    blank: bool,
}

fn writing(ends: &'static [&'static str], between: &'static [&'static str]) -> impl Strategy<Value = Writing> {
    let ends = prop::collection::vec(prop::sample::select(ends), 1..5);
    let between = prop::collection::vec(prop::sample::select(between), 1..4);
    (any::<bool>(), ends, between, any::<bool>()).prop_map(|(mark, ends, between, blank)| Writing {
        mark,
        ends,
        between,
        blank,
    })
}

impl Writing {
    fn stream(&self, is_sse: bool, events: &[(&str, String)]) -> String {
        let mut ends = self.ends.iter().cycle();
        let mut end = || *ends.next().expect("an end");
        let mut stream = String::from(if self.mark { "\u{feff}" } else { "" });
        for ((name, data), between) in events.iter().zip(self.between.iter().cycle()) {
            if is_sse && !name.is_empty() {
                stream.extend(["event: ", name, end()]);
            }
            stream.extend([
                if is_sse { "data:" } else { "" },
                if is_sse && self.blank { " " } else { "" },
                data,
                end(),
            ]);
            if is_sse {
                stream.push_str(end());
            }
            if !between.is_empty() {
                stream.extend([between, end()]);
            }
        }
        stream
    }
}

const TEXTS: &str = "[a-zA-Z0-9 .:éü你好😀\"\\\\{}\\[\\]/\n\r\t]{0,12}";

/// A request that is answered with a protocol's stream.
fn asking(protocol: &str) -> (&'static Plugin, &'static [u8]) {
    static ASKING: LazyLock<Vec<(&str, &Plugin, Vec<u8>)>> = LazyLock::new(|| {
        let streams = ["openai_chat", "openai_completions", "anthropic_messages", "ollama_chat"];
        let request = |protocol| seeds::streaming(protocol);
        streams.map(|protocol| (protocol, request(protocol).0, request(protocol).1)).into()
    });
    let (_, plugin, request) = ASKING.iter().find(|(known, ..)| *known == protocol).expect("a protocol that streams");
    (plugin, request)
}

/// The stream says what was put in, in any reads.
fn holds(
    (plugin, request): (&'static Plugin, &[u8]),
    media_type: &str,
    stream: &str,
    sizes: &[usize],
    said: &str,
) -> Result<(), TestCaseError> {
    for sizes in [sizes, &[usize::MAX], &[1]] {
        let pieces = pieces(stream.as_bytes(), sizes).into_iter().map(Bytes::copy_from_slice).collect();
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        let heard = Heard::of(plugin, request, vec![Answer { status: 200, headers, pieces, breaks: false }]);
        prop_assert_eq!(&heard.error, &None);
        prop_assert_eq!(&heard.text, said, "in reads of {:?}", sizes);
        prop_assert_eq!(&heard.others[0]["prompt_tokens"], 7);
        prop_assert_eq!(&heard.others[0]["completion_tokens"], 9);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_in_any_reads_and_with_any_line_ends(
        protocol in prop::sample::select(vec!["openai_chat", "openai_completions", "anthropic_messages"]),
        texts in prop::collection::vec(TEXTS, 1..8),
        writing in writing(&["\n", "\r\n", "\r"], &["", ": ping", "id: 7", "retry: 10"]),
        sizes in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let stream = writing.stream(true, &events(protocol, &texts));
        holds(asking(protocol), "text/event-stream", &stream, &sizes, &texts.concat())?;
    }

    #[test]
    fn lines_of_json_in_any_reads(
        texts in prop::collection::vec(TEXTS, 1..8),
        writing in writing(&["\n", "\r\n"], &["", " "]),
        sizes in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let stream = writing.stream(false, &events("ollama_chat", &texts));
        holds(asking("ollama_chat"), "application/x-ndjson", &stream, &sizes, &texts.concat())?;
    }
}

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::reply::{self, Undecoded};

/// What generated code makes of events like OpenAI's, in little.
const PATHS: Paths = Paths {
    read: &[
        "error",
        "kind",
        "choices.delta.content",
        "choices.delta.thought",
        "choices.finish",
        "choices.delta.calls.id",
    ],
    texts: &["choices.delta.content", "choices.delta.thought"],
};

#[derive(Default, Deserialize)]
struct Event<'a> {
    error: Option<reply::Presence>,
    #[serde(borrow)]
    kind: Option<reply::Text<'a>>,
    #[serde(borrow)]
    choices: Option<reply::List<Choice<'a>>>,
}

#[derive(Default, Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow)]
    finish: Option<reply::Text<'a>>,
}

#[derive(Default, Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<reply::Text<'a>>,
    #[serde(borrow)]
    thought: Option<reply::Text<'a>>,
    #[serde(borrow)]
    calls: Option<reply::List<Call<'a>>>,
}

#[derive(Default, Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    id: Option<reply::Text<'a>>,
}

fn decode(event: &str) -> Result<output::Chat<'_>, Undecoded> {
    let event: Event<'_> = reply::document(event)?;
    if event.error.is_some_and(|error| error.0) || event.kind.is_some_and(|kind| kind.0 == "guard") {
        return Err(Undecoded::Refused);
    }
    let choice = event.choices.and_then(|list| list.0.into_iter().next()).unwrap_or_default();
    let delta = choice.delta.unwrap_or_default();
    let calls = delta.calls.into_iter().flat_map(|list| list.0);
    Ok(output::Chat {
        text: delta.content.map(|text| text.0),
        reasoning: delta.thought.map(|text| text.0),
        tool_calls: calls.map(|call| output::ToolCall { id: call.id.map(|id| id.0), ..Default::default() }).collect(),
        finish: choice.finish.and_then(reply::Text::finish),
        ..output::Chat::default()
    })
}

fn learnt(event: &str) -> Pattern {
    let mut pattern = Pattern::new(PATHS);
    pattern.keep(event, &decode(event).unwrap());
    pattern
}

const PLAIN: &str = r#"{"id":"a1","created":17,"kind":"chunk","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null}],"pad":"xy"}"#;

#[test]
fn what_nobody_reads_may_differ_and_the_text_is_taken() {
    let mut pattern = learnt(PLAIN);
    for (old, new, text) in [
        ("Hi", "Hello", "Hello"),
        ("Hi", r#"\n\"é\u00e9\ud83d\ude00"#, "\n\"éé\u{1f600}"),
        ("a1", "", "Hi"),
        (":17", ":0", "Hi"),
        (":17", ":99999999999999999999999999", "Hi"),
        ("xy", "xyz", "Hi"),
        (r#""index":0"#, r#""index":1"#, "Hi"),
    ] {
        let event = PLAIN.replace(old, new);
        assert_eq!(pattern.read(&event).unwrap().text.unwrap(), text, "{event}");
    }
}

#[test]
fn an_event_nested_too_deep_is_not_kept_however_its_brackets_stand() {
    for deep in [
        format!("{}1{}", "[".repeat(40), "]".repeat(40)),
        format!("{}{}", r#"{"a":"#.repeat(20) + "[[[[{}]]]]", "}".repeat(20)),
        format!("{}{{}}{}", "[".repeat(DEEPEST - 1), "]".repeat(DEEPEST - 1)),
        format!("{}[{{}}]{}", r#"[{"a":"#.repeat(7), "}]".repeat(7)),
        format!("{}[1,[],{{}}]{}", r#"[{"a":"#.repeat(7), "}]".repeat(7)),
    ] {
        let event = PLAIN.replace(r#""xy""#, &deep);
        serde_json::from_str::<serde::de::IgnoredAny>(&event).unwrap();
        assert!(learnt(&event).read(&event).is_none(), "{event}");
    }
}

#[test]
fn anything_else_is_for_the_decoder() {
    let mut pattern = learnt(PLAIN);
    for (old, new) in [
        ("Hi", ""),
        ("chunk", "guard"),
        (r#""Hi""#, "null"),
        (r#""Hi""#, "7"),
        ("Hi", r"\x"),
        ("Hi", r"\ud83d"),
        ("Hi", "a\nb"),
        ("Hi", "H\"i"),
        ("a1", r"a\"),
        ("a1", "a\u{1}"),
        (":17", ":017"),
        (":17", ":-17"),
        (":17", ":1.7"),
        (":17", ":1e7"),
        (":17", ":"),
        (":17", ":null"),
        (r#""logprobs":null"#, r#""logprobs":null,"finish":"stop""#),
        (r#""pad""#, r#""error""#),
        ("}]", "}"),
        (r#""xy"}"#, r#""xy"} "#),
        (r#""xy"}"#, r#""xy""#),
    ] {
        let event = PLAIN.replace(old, new);
        assert_ne!(event, PLAIN, "{old}");
        assert!(pattern.read(&event).is_none(), "{event}");
    }
}

#[test]
fn events_that_say_more_than_one_thing_are_not_kept() {
    for event in [
        r#"{"choices":[{"delta":{"content":"Hi"},"finish":"stop"}]}"#,
        r#"{"choices":[{"delta":{"content":"Hi","calls":[{"id":"1"}]}}]}"#,
        r#"{"choices":[{"delta":{"content":"Hi","thought":"Hm"}}]}"#,
        r#"{"choices":[{"delta":{"content":["H","i"]}}]}"#,
        r#"{"choices":[{"delta":{"content":{"text":"Hi"}}}]}"#,
        r#"{"choices":[{"delta":{"content":"H\u0069"}}]}"#,
        r#"{"choices":[{"delta":{"content":""}}]}"#,
        r#"{"choices":[]}"#,
    ] {
        assert!(learnt(event).read(event).is_none(), "{event}");
    }
}

#[test]
fn what_never_repeats_itself_is_given_up() {
    let mut pattern = Pattern::new(PATHS);
    for number in 0..u8::MAX {
        let event = format!(r#"{{"{number}":0,"choices":[{{"delta":{{"content":"Hi"}}}}]}}"#);
        assert!(pattern.read(&event).is_none());
        pattern.keep(&event, &decode(&event).unwrap());
    }
    assert_eq!(pattern.patience, 0);
    assert!(pattern.event.contains("\"7\""), "{}", pattern.event);
}

/// Pieces of events that are alike, nearly alike, and broken.
fn event() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        4 => "[a-z]{0,3}".prop_map(|text| format!("\"{text}\"")),
        2 => (0..120_u32).prop_map(|number| number.to_string()),
        1 => prop::sample::select(vec!["null", "true", "-1", "1.5", "01", "\"\\n\"", "\"\\q\"", "\"guard\"", "{}", "[1,\"a\"]", "\"a"])
            .prop_map(str::to_owned),
    ];
    let name = prop::sample::select(vec!["id", "kind", "error", "pad"]);
    let inner = prop::sample::select(vec!["content", "thought", "calls", "x"]);
    let end = prop::sample::select(vec!["", "", "", " ", "}", ",\"finish\":\"stop\"", ",\"y\":{\"content\":\"b\"}"]);
    (name, scalar.clone(), inner, scalar.clone(), scalar, end).prop_map(|(name, value, inner, said, last, end)| {
        format!(r#"{{"{name}":{value},"choices":[{{"n":{last},"delta":{{"{inner}":{said}}}{end}}}]}}"#)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any events, what is read is what the decoder says.
    #[test]
    fn what_is_read_is_what_the_decoder_makes_of_it(events in prop::collection::vec(event(), 1..6)) {
        let mut pattern = Pattern::new(PATHS);
        for event in &events {
            let decoded = decode(event);
            if let Some(read) = pattern.read(event) {
                prop_assert_eq!(Some(read), decoded.ok());
            } else if let Ok(chat) = decoded {
                pattern.keep(event, &chat);
            }
        }
    }
}

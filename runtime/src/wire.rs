//! The daemon's envelopes: one JSON object a line, read without copying, written straight into a buffer.
//!
//! It knows nothing of sessions and actions: `data` stays the text it is.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::time::SystemTime;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::call::Caller;
use crate::input::text;
use crate::json::write_text;

/// Says that the process lives.
pub const HEARTBEAT: &[u8] = b"{\"event\":\"heartbeat\",\"session_id\":null,\"data\":{}}\n";

/// Longest line the daemon reads, without its line feed. One byte more and it kills the process.
pub const LONGEST_LINE: usize = 5_242_879;

/// A line from the daemon. Absent and null members are absent; of members named twice the last one counts.
#[derive(Debug, Default)]
pub struct Envelope<'a> {
    /// The call.
    pub session_id: Option<Cow<'a, str>>,
    /// `request`, or `backwards_response`.
    pub event: Option<Cow<'a, str>>,
    /// What is asked, verbatim.
    pub data: Option<&'a RawValue>,
    /// Context of the call.
    pub app_id: Option<Cow<'a, str>>,
    /// Context of the call.
    pub conversation_id: Option<Cow<'a, str>>,
    /// Context of the call.
    pub message_id: Option<Cow<'a, str>>,
    /// The trace that the call belongs to, if the line says one in the form of W3C Trace Context: as a member of its
    /// own, or inside `context`. Today's daemons say none.
    pub traceparent: Option<Cow<'a, str>>,
}

impl<'a> Envelope<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub fn parse(line: &'a [u8]) -> Result<Self, String> {
        let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
        serde_json::from_str(line).map_err(|error| problem(&error))
    }

    /// Who asks, but for the user: that is part of `data`.
    pub fn caller(&self) -> Caller<'_> {
        Caller {
            user: None,
            app: self.app_id.as_deref(),
            conversation: self.conversation_id.as_deref(),
            message: self.message_id.as_deref(),
            traceparent: self.traceparent.as_deref(),
        }
    }
}

/// Whether a text is the `traceparent` of W3C Trace Context: `00-<32 hex>-<16 hex>-<2 hex>` in lower case, no id all
/// zeros. Later versions begin the same way and may go on.
fn is_traceparent(text: &str) -> bool {
    let mut fields = text.splitn(5, '-');
    let mut hex = |length: usize| {
        let is_hex = |field: &&str| field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        fields.next().filter(|field| field.len() == length).filter(is_hex)
    };
    let (version, trace, parent, flags) = (hex(2), hex(32), hex(16), hex(2));
    let is_id = |id: Option<&str>| id.is_some_and(|id| id.bytes().any(|byte| byte != b'0'));
    let ends = fields.next().is_none();
    let fits = version.is_some_and(|version| version != "ff" && (ends || version != "00"));
    fits && is_id(trace)
        && is_id(parent)
        && flags.is_some()
        && text.len() <= 256
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Adds the trace of an HTTP request to the line it carries. A member of that name in the line comes later, and wins.
pub(crate) fn add_trace(line: &mut Vec<u8>, trace: &str) {
    if is_traceparent(trace)
        && let Some(start) = line.iter().position(|byte| *byte == b'{')
    {
        let member = serde_json::Value::from(trace);
        line.splice(start + 1..=start, format!("\"traceparent\":{member},").into_bytes());
    }
}

/// What is read of `context`; whatever else is in it is none of a model's business.
#[derive(serde::Deserialize)]
struct Context<'a> {
    #[serde(borrow)]
    traceparent: Option<Cow<'a, str>>,
}

/// What is wrong with a line, without its content: that may be a credential.
pub(crate) fn problem(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Eof => format!("it is cut off at byte {}", error.column()),
        serde_json::error::Category::Syntax => format!("it is not JSON at byte {}", error.column()),
        _ => format!("a member has a wrong type at byte {}", error.column()),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Envelope<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an envelope")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut envelope = Envelope::default();
                // An odd trace never fails a call.
                let (mut own, mut context) = (None, None);
                while let Some(Word(key)) = map.next_key()? {
                    match &*key {
                        "session_id" => envelope.session_id = word(&mut map)?,
                        "event" => envelope.event = word(&mut map)?,
                        "data" => {
                            envelope.data = map.next_value::<Option<&RawValue>>()?;
                        }
                        "app_id" => envelope.app_id = word(&mut map)?,
                        "conversation_id" => envelope.conversation_id = word(&mut map)?,
                        "message_id" => envelope.message_id = word(&mut map)?,
                        "traceparent" => own = map.next_value::<Option<&RawValue>>()?,
                        "context" => context = map.next_value::<Option<&RawValue>>()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                let own = own.and_then(|own| serde_json::from_str::<Word<'de>>(own.get()).ok()).map(|Word(text)| text);
                let inside = context.and_then(|context| serde_json::from_str::<Context<'de>>(context.get()).ok());
                let said = [own, inside.and_then(|context| context.traceparent)];
                envelope.traceparent = said.into_iter().flatten().find(|text| is_traceparent(text));
                Ok(envelope)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A text or null, borrowed where it has no escapes.
pub(crate) struct Word<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer).map(Word)
    }
}

/// A member that is a text; null and `""` are absent.
pub(crate) fn word<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    let Word(word) = map.next_value()?;
    Ok((!word.is_empty()).then_some(word))
}

/// The session id of a line of which only the beginning was kept: the daemon writes it first.
pub fn session_id_at_start(beginning: &[u8]) -> Option<String> {
    let rest = beginning.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"session_id\"")?.trim_ascii_start().strip_prefix(b":")?;
    serde_json::Deserializer::from_slice(rest).into_iter::<String>().next()?.ok().filter(|id| !id.is_empty())
}

/// Everything of a session line before the value of its inner `data`: `{"event":"session",...,"data":`.
pub fn write_session_start(out: &mut Vec<u8>, session_id: &str, kind: &str) {
    out.extend_from_slice(b"{\"event\":\"session\",\"session_id\":");
    write_text(out, session_id);
    out.extend_from_slice(b",\"data\":{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"data\":");
}

/// Everything of a session line after the value of its inner `data`.
pub const SESSION_END: &[u8] = b"}}\n";

/// The line that ends a session. Without `data` the daemon ignores it and the call hangs.
pub fn write_end(out: &mut Vec<u8>, session_id: &str) {
    write_session_start(out, session_id, "end");
    out.extend_from_slice(b"{}");
    out.extend_from_slice(SESSION_END);
}

/// The line that fails a session. Older hosts read `args.description`, newer ones `message`.
pub fn write_error(out: &mut Vec<u8>, session_id: &str, error_type: &str, message: &str) {
    write_session_start(out, session_id, "error");
    out.extend_from_slice(b"{\"error_type\":");
    write_text(out, error_type);
    out.extend_from_slice(b",\"message\":");
    write_text(out, message);
    out.extend_from_slice(b",\"args\":{\"description\":");
    write_text(out, message);
    out.extend_from_slice(b"}}");
    out.extend_from_slice(SESSION_END);
}

/// A line for the daemon's log.
pub fn write_log(out: &mut Vec<u8>, level: &str, message: &str) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    out.extend_from_slice(b"{\"event\":\"log\",\"session_id\":null,\"data\":{\"level\":");
    write_text(out, level);
    out.extend_from_slice(b",\"message\":");
    write_text(out, message);
    // Writing to memory does not fail.
    let _ = write!(out, ",\"timestamp\":{now:.6}");
    out.extend_from_slice(SESSION_END);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_the_daemon_writes_is_borrowed_not_copied() {
        let line = br#"{"session_id":"s-1","conversation_id":"c","message_id":null,"app_id":"a","endpoint_id":null,
            "context":{},"event":"request","data":{"action":"x"}}"#;
        let envelope = Envelope::parse(line).unwrap();
        assert!(matches!(envelope.session_id, Some(Cow::Borrowed("s-1"))));
        assert_eq!(envelope.event.as_deref(), Some("request"));
        assert_eq!(envelope.data.unwrap().get(), r#"{"action":"x"}"#);
        assert_eq!((envelope.app_id.as_deref(), envelope.message_id), (Some("a"), None));
    }

    #[test]
    fn odd_lines_that_still_say_what_they_are_are_read() {
        let line = br#"{"tenant_id":7,"session_id":"a","session_id":"b","event":"request","data":null}"#;
        let envelope = Envelope::parse(line).unwrap();
        assert_eq!(envelope.session_id.as_deref(), Some("b"));
        assert!(envelope.data.is_none());
        assert!(Envelope::parse(b"{}").unwrap().session_id.is_none());
    }

    #[test]
    fn a_trace_is_read_where_a_line_says_one_and_never_fails_it() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let read = |members: &str| {
            let line = format!(r#"{{"session_id":"s","app_id":"a",{members}}}"#);
            let envelope = Envelope::parse(line.as_bytes()).unwrap();
            assert_eq!(envelope.caller().app, Some("a"), "{line}");
            envelope.caller().traceparent.map(str::to_owned)
        };
        assert_eq!(
            read(&format!(r#""context":{{"credentials":{{}},"traceparent":"{trace}"}}"#)).as_deref(),
            Some(trace)
        );
        assert_eq!(read(&format!(r#""traceparent":"{trace}","context":null"#)).as_deref(), Some(trace));
        for odd in [r#""context":7"#, r#""context":{"traceparent":7}"#, r#""traceparent":{}"#, r#""traceparent":"""#] {
            assert_eq!(read(odd), None, "{odd}");
        }
        let long = format!("01-{}", "a".repeat(300));
        for odd in [
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\\r\\nx: y",
            long.as_str(),
        ] {
            assert_eq!(read(&format!(r#""traceparent":"{odd}""#)), None, "{odd}");
        }
        assert!(is_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
    }

    #[test]
    fn the_trace_of_an_http_request_becomes_a_member_of_its_line() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut line = br#" {"session_id":"s"}"#.to_vec();
        add_trace(&mut line, "no trace");
        assert_eq!(line, br#" {"session_id":"s"}"#);
        add_trace(&mut line, trace);
        assert_eq!(Envelope::parse(&line).unwrap().caller().traceparent, Some(trace));
        add_trace(&mut line, "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert_eq!(Envelope::parse(&line).unwrap().caller().traceparent, Some(trace));
    }

    #[test]
    fn a_malformed_line_is_described_without_its_content() {
        for (line, says) in [
            (&b"{\"session_id\":\"secret"[..], "cut off"),
            (b"secret", "not JSON"),
            (b"[\"secret\"]", "wrong type"),
            (b"{\"session_id\":7}", "wrong type"),
            (b"\xff", "not UTF-8"),
        ] {
            let problem = Envelope::parse(line).unwrap_err();
            assert!(problem.contains(says) && !problem.contains("secret"), "{problem}");
        }
    }

    #[test]
    fn the_session_of_a_line_that_was_not_kept_is_read_from_its_beginning() {
        assert_eq!(session_id_at_start(b" { \"session_id\" : \"a\\u0062\", \"da").as_deref(), Some("ab"));
        assert_eq!(session_id_at_start(b"{\"session_id\":null,").as_deref(), None);
        assert_eq!(session_id_at_start(b"{\"session_id\":\"cut").as_deref(), None);
        assert_eq!(session_id_at_start(b"{\"event\":1").as_deref(), None);
    }

    #[test]
    fn every_line_out_is_one_json_object() {
        let mut out = Vec::new();
        write_end(&mut out, "s\"1");
        write_error(&mut out, "s", "InvokeError", "line\nbreak");
        write_log(&mut out, "INFO", "hello");
        out.extend_from_slice(HEARTBEAT);
        let lines: Vec<Value> =
            out.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
        assert_eq!(lines[0], json!({"event":"session","session_id":"s\"1","data":{"type":"end","data":{}}}));
        assert_eq!(lines[1]["data"]["data"]["args"], json!({"description":"line\nbreak"}));
        assert!(lines[2]["data"]["timestamp"].is_number());
        assert_eq!(lines.len(), 4);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Envelope::parse(&line);
            let _ = session_id_at_start(&line);
        }
    }
}

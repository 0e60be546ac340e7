//! Tests of [`super::answer`]: what endpoints send, and what Dify gets.

use super::fixture::{Endpoint, here};
use crate::error::Kind;

const HEL: &str = r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}"#;
const LO: &str = r#"{"choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}]}"#;
const USAGE: &str = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;
const GUARD: &str =
    r#"{"id":"g","model":"from-security-guard","choices":[{"index":0,"delta":{"role":"assistant","content":"No."}}]}"#;

fn thought(text: &str) -> String {
    format!(r#"{{"choices":[{{"delta":{{"reasoning_content":"{text}"}}}}]}}"#)
}

fn call(slot: usize, id: &str, name: &str, arguments: &str) -> String {
    let function = serde_json::json!({"name": name, "arguments": arguments});
    serde_json::json!({"choices": [{"delta": {"tool_calls": [{"index": slot, "id": id, "function": function}]}}]})
        .to_string()
}

#[test]
fn text_goes_on_as_it_comes_and_the_last_chunk_carries_finish_and_usage() {
    let outcome = Endpoint::events(&[HEL, LO, USAGE]).answer().succeeded();
    let texts: Vec<_> = outcome.chunks.iter().map(|chunk| &chunk["delta"]["message"]["content"]).collect();
    assert_eq!(texts, ["Hel", "lo", ""]);
    assert_eq!(outcome.last()["finish_reason"], "stop");
    assert_eq!(outcome.last()["usage"]["prompt_tokens"], 9);
    assert_eq!(outcome.last()["usage"]["completion_tokens"], 2);
    assert_eq!(outcome.last()["usage"]["total_tokens"], 11);
    assert!(outcome.chunks[0]["delta"]["usage"].is_null());
}

#[test]
fn what_one_read_brought_is_one_chunk() {
    let outcome = Endpoint::streams(&[&format!("data: {HEL}\n\ndata: {LO}\n\ndata: [DONE]\n\n")]).answer().succeeded();
    assert_eq!(outcome.chunks.len(), 2);
    assert_eq!(outcome.text(), "Hello");
}

#[test]
fn b_a11_every_line_end_comments_and_event_lines() {
    for end in ["\n", "\r\n", "\r"] {
        for between in ["\n\n", "\n", "\n\n: ping\n\n", "\nid: 1\n\nevent: message\n", "\n\n: OPENROUTER PROCESSING\n"]
        {
            let stream = [HEL, LO, "[DONE]"].map(|data| format!("data: {data}")).join(between).replace('\n', end);
            let outcome = Endpoint::streams(&[&stream]).answer().succeeded();
            assert_eq!(outcome.text(), "Hello", "{stream:?}");
            assert_eq!(outcome.last()["finish_reason"], "stop");
        }
    }
}

#[test]
fn b_a11_a_document_in_place_of_a_stream() {
    let reply = r#"{"choices":[{"message":{"content":"Hello","reasoning":"Hm"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;
    for content_type in ["application/json", "application/json; charset=utf-8", "text/plain", "text/event-stream"] {
        let outcome = Endpoint::replies(content_type, reply).answer().succeeded();
        assert_eq!(outcome.text(), "<think>\nHm\n</think>Hello", "{content_type}");
        assert_eq!(outcome.last()["finish_reason"], "stop");
        assert_eq!(outcome.last()["usage"]["total_tokens"], 11);
    }
}

#[test]
fn events_under_another_content_type_and_bare_documents() {
    let outcome = Endpoint::replies("text/plain", &format!("data: {HEL}\n\ndata: {LO}\n\n")).answer().succeeded();
    assert_eq!(outcome.text(), "Hello");
    let outcome = Endpoint::replies("application/x-ndjson", &format!("{HEL}\n{LO}\n")).answer().succeeded();
    assert_eq!(outcome.text(), "Hello");
}

#[test]
fn events_are_recognised_however_small_the_first_piece_is() {
    let stream = format!("\n\ndata: {HEL}\n\ndata: {LO}\n\n");
    let pieces: Vec<&str> = stream.split_inclusive(|_| true).collect();
    let outcome = Endpoint::streams(&pieces).typed("").answer().succeeded();
    assert_eq!(outcome.text(), "Hello");
    let outcome = Endpoint::streams(&["{", "\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}"]).typed("");
    assert_eq!(outcome.answer().succeeded().text(), "Hi");
}

#[test]
fn an_answer_that_was_filtered_away_is_no_success() {
    let event = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
    Endpoint::events(&[event]).answer().failed(Kind::Blocked, "blocked");
    let reply = r#"{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}"#;
    Endpoint::replies("application/json", reply).answer().failed(Kind::Blocked, "blocked");
    // What came before the filter is an answer.
    let outcome = Endpoint::events(&[HEL, event]).answer().succeeded();
    assert_eq!((outcome.text().as_str(), &outcome.last()["finish_reason"]), ("Hel", &"content_filter".into()));
}

#[test]
fn b_a11_there_is_one_last_chunk_also_without_done() {
    let outcome = Endpoint::streams(&[&format!("data: {HEL}\n\ndata: {LO}")]).answer().succeeded();
    assert_eq!(outcome.text(), "Hello");
    // Half an answer must not pass for a whole one.
    let outcome = Endpoint::streams(&[&format!("data: {HEL}\n\n")]).answer();
    assert_eq!(outcome.text(), "Hel");
    outcome.failed(Kind::BadReply, "cut off");
    let outcome = Endpoint::streams(&[&format!("data: {HEL}\n\ndata: [DONE]\n\n")]).answer().succeeded();
    assert!(outcome.last()["finish_reason"].is_null());
}

#[test]
fn b_a11_errors_after_text_are_typed_and_come_after_the_text() {
    let limit = r#"{"error":{"message":"Too many requests","type":"rate_limit_exceeded","code":429}}"#;
    for stream in
        [format!("data: {HEL}\n\ndata: {limit}\n\n"), format!("data: {HEL}\n\nevent: error\ndata: {limit}\n\n")]
    {
        let outcome = Endpoint::streams(&[&stream]).answer();
        assert_eq!(outcome.text(), "Hel");
        outcome.failed(Kind::RateLimit, "Too many requests");
    }
    let outcome = Endpoint::streams(&[&format!("data: {HEL}\n\n")]).and_breaks().answer();
    assert_eq!(outcome.text(), "Hel");
    outcome.failed(Kind::Connection, "broke");
}

#[test]
fn an_event_that_is_not_json_is_an_error_that_shows_it() {
    let outcome = Endpoint::events(&[HEL, "oh no"]).answer();
    assert_eq!(outcome.text(), "Hel");
    outcome.failed(Kind::BadReply, "oh no");
    let outcome = Endpoint::streams(&[&format!("data: {HEL}\n\ndata: {{\"choices\":[{{\"del")]).answer();
    outcome.failed(Kind::BadReply, "cut off");
}

#[test]
fn an_empty_or_cut_stream_is_an_error() {
    for stream in ["", "\n\n", ": ping\n\n", "data: [DONE]\n\n", &format!("data: {USAGE}\n\ndata: [DONE]\n\n")] {
        let outcome = Endpoint::streams(&[stream]).answer();
        outcome.failed(Kind::BadReply, "without an answer");
        assert!(outcome.chunks.is_empty());
    }
    let outcome = Endpoint::streams(&["<html><title>Bad gateway</title></html>"]).answer();
    outcome.failed(Kind::BadReply, "Bad gateway");
    let broken = call(0, "i", "w", "{\"a");
    Endpoint::streams(&[&format!("data: {broken}\n\n")]).answer().failed(Kind::BadReply, "cut off");
    Endpoint::events(&[r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#]).answer().succeeded();
}

#[test]
fn a_refusal_with_status_200_is_a_refusal() {
    let refusal = r#"{"code":-1,"msg":"Too many requests"}"#;
    Endpoint::replies("application/json", refusal).answer().failed(Kind::RateLimit, "Too many requests");
    Endpoint::events(&[refusal]).answer().failed(Kind::RateLimit, "Too many requests");
    for (content_type, body) in [("application/json", "{}"), ("application/json", ""), ("text/html", "<p>hi</p>")] {
        Endpoint::replies(content_type, body).answer().failed(Kind::BadReply, "");
    }
    Endpoint::replies("application/json", r#"{"choices":[]}"#).answer().failed(Kind::BadReply, "choices");
}

#[test]
fn a_guard_is_reported_wherever_it_cuts_in() {
    let stop = r#"{"id":"g","model":"from-security-guard","choices":[{"delta":{},"finish_reason":"stop"}]}"#;
    let at_the_end = format!("data: {HEL}\n\ndata:{GUARD}\n\ndata:{stop}\n\ndata: [DONE]");
    let (half, _) = HEL.split_at(50);
    let in_an_event = format!("data: {HEL}\n\ndata: {half}data:{GUARD}\n\ndata: [DONE]");
    let on_a_line_of_its_own = format!("data: {HEL}\n\ndata: {half}\ndata:{GUARD}\n\ndata: [DONE]");
    for stream in [at_the_end, in_an_event, on_a_line_of_its_own] {
        let outcome = Endpoint::streams(&[&stream]).answer();
        assert_eq!(outcome.text(), "Hel");
        outcome.failed(Kind::Blocked, "No.");
    }
}

#[test]
fn b_a12_parallel_calls_are_sent_once_complete_before_the_last_chunk() {
    let fragments =
        [call(0, "a", "weather", ""), call(1, "b", "weather", "{\"ci"), call(0, "", "", "{\"city\":\"Paris\"}")];
    let rest = [call(1, "", "", "ty\":\"Rome\"}"), r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#.into()];
    let documents: Vec<&str> = [HEL].into_iter().chain(fragments.iter().chain(&rest).map(String::as_str)).collect();
    let outcome = Endpoint::events(&documents).answer().succeeded();
    let expected = [("weather", r#"{"city":"Paris"}"#), ("weather", r#"{"city":"Rome"}"#)];
    assert_eq!(outcome.calls(), expected.map(|(name, arguments)| (name.to_owned(), arguments.to_owned())));
    assert_eq!(outcome.chunks.len(), 3);
    assert_eq!(outcome.chunks[1]["delta"]["message"]["tool_calls"][1]["id"], "b");
    assert_eq!(outcome.chunks[1]["delta"]["message"]["tool_calls"][1]["type"], "function");
    assert_eq!(outcome.last()["finish_reason"], "tool_calls");
}

#[test]
fn b_b7_thinking_is_closed_before_text_before_calls_and_at_the_end() {
    let (hm, well) = (thought("Hm"), thought(", well"));
    let outcome = Endpoint::events(&[&hm, &well, HEL, LO]).answer().succeeded();
    assert_eq!(outcome.text(), "<think>\nHm, well\n</think>Hello");
    let outcome = Endpoint::events(&[&hm, &call(0, "a", "w", "{}")]).answer().succeeded();
    assert_eq!(outcome.text(), "<think>\nHm\n</think>");
    assert_eq!(outcome.calls().len(), 1);
    let outcome = Endpoint::events(&[&hm]).answer().succeeded();
    assert_eq!(outcome.text(), "<think>\nHm\n</think>");
    let both = r#"{"choices":[{"delta":{"content":"Hello","reasoning":"Hm"}}]}"#;
    assert_eq!(Endpoint::events(&[both]).answer().succeeded().text(), "<think>\nHm\n</think>Hello");
}

#[test]
fn one_chunk_carries_everything_when_dify_wants_no_stream() {
    let reply = r#"{"model":"other","choices":[{"message":{"content":null,"reasoning_content":"Hm","tool_calls":[{"id":"a","function":{"name":"w","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;
    let outcome = Endpoint::replies("application/json", reply).asked_for_one_chunk().answer().succeeded();
    assert_eq!(outcome.chunks.len(), 1);
    assert_eq!(outcome.text(), "<think>\nHm\n</think>");
    assert_eq!(outcome.calls(), [("w".to_owned(), "{}".to_owned())]);
    assert_eq!(outcome.last()["finish_reason"], "tool_calls");
    assert_eq!(outcome.last()["usage"]["total_tokens"], 11);
    let outcome = Endpoint::events(&[HEL, LO, USAGE]).asked_for_one_chunk().answer().succeeded();
    assert_eq!(outcome.chunks.len(), 1);
    assert_eq!(outcome.text(), "Hello");
    let outcome = Endpoint::events(&[HEL, "?"]).asked_for_one_chunk().answer();
    assert!(outcome.chunks.is_empty());
}

#[test]
fn thinking_that_is_in_the_reply_already_is_not_said_twice() {
    let reply = r#"{"choices":[{"message":{"content":"<think>Hm</think>Hello","reasoning_content":"Hm"}}]}"#;
    let outcome = Endpoint::replies("application/json", reply).asked_for_one_chunk().answer().succeeded();
    assert_eq!(outcome.text(), "<think>Hm</think>Hello");
}

#[test]
fn a_finish_reason_is_not_erased_by_null_or_the_like() {
    for later in ["null", "\"\"", "\"null\""] {
        let later = format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":{later}}}]}}"#);
        assert_eq!(Endpoint::events(&[LO, &later]).answer().succeeded().last()["finish_reason"], "stop");
    }
}

#[test]
fn b_a10_usage_that_is_not_reported_is_estimated_over_all_messages() {
    let outcome = Endpoint::events(&[HEL, LO]).answer().succeeded();
    assert_eq!(outcome.last()["usage"]["prompt_tokens"], 15);
    assert_eq!(outcome.last()["usage"]["completion_tokens"], 1);
    assert_eq!(outcome.last()["usage"]["total_tokens"], 16);
}

#[test]
fn b_a8_usage_of_a_whole_reply_is_estimated_the_same() {
    let reply = r#"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{}}"#;
    let outcome = Endpoint::replies("application/json", reply).asked_for_one_chunk().answer().succeeded();
    assert_eq!(outcome.last()["usage"]["prompt_tokens"], 15);
    assert_eq!(outcome.last()["usage"]["completion_tokens"], 1);
}

#[test]
fn the_last_usage_that_says_something_counts_and_gaps_are_filled() {
    let usage = |json: &str| format!(r#"{{"choices":[],"usage":{json}}}"#);
    let zero = usage(r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#);
    let early = usage(r#"{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}"#);
    let outcome = Endpoint::events(&[&zero, &early, HEL, LO, USAGE, &zero]).answer().succeeded();
    assert_eq!(outcome.last()["usage"]["total_tokens"], 11);
    let outcome = Endpoint::events(&[LO, &usage(r#"{"prompt_tokens":9,"total_tokens":12}"#)]).answer().succeeded();
    assert_eq!(outcome.last()["usage"]["completion_tokens"], 3);
    let outcome = Endpoint::events(&[HEL, LO, &usage(r#"{"prompt_tokens":9}"#)]).answer().succeeded();
    assert_eq!(outcome.last()["usage"]["total_tokens"], 10);
}

#[test]
fn a_text_too_long_for_one_line_is_split_between_characters() {
    let text = "é\\u0001".repeat(300_000);
    let long = format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}},"message":{{"content":"{text}"}}}}]}}"#);
    let expected = "é\u{1}".repeat(300_000);
    let streamed = Endpoint::events(&[&long]).answer().succeeded();
    let whole = Endpoint::replies("application/json", &long).asked_for_one_chunk().answer().succeeded();
    for outcome in [streamed, whole] {
        assert!(outcome.text() == expected);
        assert!(outcome.chunks.iter().all(|chunk| chunk.to_string().len() < 4 << 20));
        assert!(outcome.last()["usage"]["completion_tokens"] == 600_000);
    }
}

#[test]
fn nothing_is_read_after_the_end() {
    let reads = [&format!("data: {LO}\n\ndata: [DONE]\n\n"), "data: {\"error\":\"late\"}\n\n"];
    let outcome = Endpoint::streams(&reads).and_breaks().answer().succeeded();
    assert_eq!(outcome.text(), "lo");
}

#[test]
fn large_events_and_documents_are_read_where_they_hold_up_nobody() {
    for (length, elsewhere) in [(0, false), (1 << 20, true)] {
        let document = format!("{{\"where\":true{}}}", " ".repeat(length));
        let streamed = Endpoint::events(&[HEL, &document, LO]).answer().succeeded().text();
        let reader = streamed.strip_prefix("Hel").and_then(|text| text.strip_suffix("lo")).unwrap();
        assert_eq!(reader != here(), elsewhere, "{length} bytes in an event");
        let replied = Endpoint::replies("application/json", &document).answer().succeeded().text();
        assert_eq!(replied != here(), elsewhere, "{length} bytes in a document");
    }
    let large = format!("{{\"error\":{{\"message\":\"overloaded{}\"}}}}", " ".repeat(1 << 20));
    let outcome = Endpoint::events(&[HEL, &large]).answer();
    outcome.failed(Kind::ServerUnavailable, "overloaded");
    assert_eq!(outcome.text(), "Hel", "what came before is kept");
}

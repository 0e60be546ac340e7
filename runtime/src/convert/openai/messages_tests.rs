//! Tests of [`super::openai_messages`].

use super::*;
use crate::convert::samples::{called, media, parts, result, said, text};
use crate::input::{Media, MediaKind};

fn json(messages: &[Message<'_>], calls: &str) -> String {
    serde_json::to_string(&openai_messages(messages, calls, None, "auto", "m").unwrap()).unwrap()
}

fn refusal(messages: &[Message<'_>]) -> String {
    openai_messages(messages, "tools", None, "dashscope", "m").map(|_| ()).unwrap_err().message().to_owned()
}

#[test]
fn texts_and_names() {
    let messages = [
        said(Role::System, "Be brief."),
        Message { name: Some("bob".into()), ..said(Role::User, "Hi") },
        Message { name: Some("".into()), ..said(Role::Assistant, "Hello") },
    ];
    assert_eq!(
        json(&messages, "tools"),
        r#"[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi","name":"bob"},{"role":"assistant","content":"Hello"}]"#
    );
}

#[test]
fn parts_stay_a_list_for_the_user_and_become_text_elsewhere() {
    let image = Part::Media(Media { detail: "low".into(), ..media(MediaKind::Image, "https://e.example/a", "", "") });
    let messages = [
        parts(Role::System, vec![text("a"), text("b")]),
        parts(Role::User, vec![text("What is it?"), image]),
        parts(Role::Assistant, vec![text("c"), text("d")]),
        parts(Role::User, vec![]),
    ];
    assert_eq!(
        json(&messages, "none"),
        r#"[{"role":"system","content":"a\nb"},{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"https://e.example/a","detail":"low"}}]},{"role":"assistant","content":"c\nd"},{"role":"user","content":""}]"#
    );
}

#[test]
fn b_a18_media_are_refused_not_dropped() {
    let document = Part::Media(media(MediaKind::Document, "https://e.example/a", "", ""));
    assert!(refusal(&[parts(Role::User, vec![text("x"), document])]).contains("a document"));
    let image = Part::Media(media(MediaKind::Image, "https://e.example/a", "", ""));
    assert!(refusal(&[parts(Role::System, vec![image])]).contains("an image"));
    assert!(refusal(&[]).contains("prompt_messages"));
}

#[test]
fn media_of_earlier_turns_and_of_tools_are_sent_too() {
    let image = || Part::Media(media(MediaKind::Image, "https://e.example/a", "", ""));
    let video = Part::Media(media(MediaKind::Video, "https://e.example/v", "", ""));
    let messages = [
        parts(Role::User, vec![video]),
        parts(Role::Assistant, vec![text("Look:"), image()]),
        Message { tool_call_id: Some("c1".into()), ..parts(Role::Tool, vec![text("found"), image()]) },
        Message { tool_call_id: Some("c2".into()), ..parts(Role::Tool, vec![text("a"), text("b")]) },
    ];
    assert_eq!(
        json(&messages, "tools"),
        concat!(
            r#"[{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://e.example/v"}}]},"#,
            r#"{"role":"assistant","content":[{"type":"text","text":"Look:"},{"type":"image_url","image_url":{"url":"https://e.example/a"}}]},"#,
            r#"{"role":"tool","content":[{"type":"text","text":"found"},{"type":"image_url","image_url":{"url":"https://e.example/a"}}],"tool_call_id":"c1"},"#,
            r#"{"role":"tool","content":"a\nb","tool_call_id":"c2"}]"#
        )
    );
}

const PARIS: &str = r#"{"city":"Paris"}"#;

#[test]
fn calls_as_tools() {
    let messages = [
        called("", &[("c1", "weather", PARIS), ("c2", "now", "")]),
        Message { name: Some("weather".into()), ..result("c1", "rain") },
        result("c2", "noon"),
    ];
    assert_eq!(
        json(&messages, "tools"),
        concat!(
            r#"[{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},"#,
            r#"{"id":"c2","type":"function","function":{"name":"now","arguments":"{}"}}]},"#,
            r#"{"role":"tool","content":"rain","tool_call_id":"c1"},{"role":"tool","content":"noon","tool_call_id":"c2"}]"#
        )
    );
}

#[test]
fn calls_as_functions() {
    let messages = [
        called("Let me see.", &[("c1", "weather", PARIS), ("c2", "now", "{}")]),
        result("c1", "rain"),
        result("unknown", "?"),
    ];
    assert_eq!(
        json(&messages, "functions"),
        concat!(
            r#"[{"role":"assistant","content":"Let me see.","function_call":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},"#,
            r#"{"role":"assistant","content":"","function_call":{"name":"now","arguments":"{}"}},"#,
            r#"{"role":"function","content":"rain","name":"weather"},{"role":"function","content":"?","name":"unknown"}]"#
        )
    );
}

#[test]
fn b_a18_calls_in_the_history_of_a_model_without_tools_are_told_in_words() {
    let messages = [
        called("Let me see.", &[("c1", "weather", PARIS)]),
        result("c1", "rain"),
        called("", &[("c2", "now", "")]),
        result("c2", "noon"),
    ];
    assert_eq!(
        json(&messages, "none"),
        concat!(
            r#"[{"role":"assistant","content":"Let me see."},"#,
            r#"{"role":"user","content":"Result of the tool weather called with {\"city\":\"Paris\"}:\nrain"},"#,
            r#"{"role":"user","content":"Result of the tool now:\nnoon"}]"#
        )
    );
}

#[test]
fn a_schema_is_put_into_the_system_prompt() {
    let instruction = "Answer with a JSON object that conforms to this JSON Schema, and nothing else:\n{}";
    let told = |messages: &[Message<'_>], schema: &str| {
        let wire = openai_messages(messages, "none", Some(schema), "auto", "m").unwrap();
        serde_json::to_value(&wire).unwrap()
    };
    let with_schema = |messages: &[Message<'_>]| told(messages, " {}\n");
    // As Dify sends the schema of a structured output.
    let wrapped = r#"{"schema":{"type":"object","properties":{"a":{}}},"name":"llm_response"}"#;
    let wire = told(&[said(Role::User, "x")], wrapped);
    assert!(
        wire[0]["content"].as_str().unwrap().ends_with(":\n{\"type\":\"object\",\"properties\":{\"a\":{}}}"),
        "{wire}"
    );
    let wire = with_schema(&[said(Role::User, "x")]);
    assert_eq!(wire[0]["role"], "system");
    assert_eq!(wire[0]["content"], instruction);
    assert_eq!(wire[1]["content"], "x");
    let wire = with_schema(&[said(Role::System, "Be brief."), said(Role::User, "x")]);
    assert_eq!(wire[0]["content"], format!("{instruction}\n\nBe brief."));
    assert_eq!(wire.as_array().unwrap().len(), 2);
}

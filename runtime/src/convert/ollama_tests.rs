//! Tests of [`super::ollama_messages`] and [`super::ollama_format`].

use super::*;
use crate::convert::samples::{called, media, parts, result, said, text};

fn written(messages: &[Message<'_>], calls: &str) -> String {
    serde_json::to_string(&ollama_messages(messages, calls, None).unwrap()).unwrap()
}

const PARIS: &str = r#"{"city":"Paris"}"#;

#[test]
fn a_content_is_one_text_with_images_beside_it() {
    let image = || Part::Media(media(MediaKind::Image, "", "AAAA", "image/png"));
    let inline = Part::Media(media(MediaKind::Image, "data:image/png;base64,BBBB", "", ""));
    for (message, expected) in [
        (said(Role::System, "Be brief."), r#"{"role":"system","content":"Be brief."}"#),
        (said(Role::User, ""), r#"{"role":"user","content":""}"#),
        (parts(Role::User, vec![text("a"), text("b")]), r#"{"role":"user","content":"a\nb"}"#),
        (
            parts(Role::User, vec![text("What?"), image(), inline]),
            r#"{"role":"user","content":"What?","images":["AAAA","BBBB"]}"#,
        ),
        (parts(Role::User, vec![image()]), r#"{"role":"user","content":"","images":["AAAA"]}"#),
        (said(Role::Assistant, ""), r#"{"role":"assistant","content":""}"#),
    ] {
        assert_eq!(written(&[message], "tools"), format!("[{expected}]"));
    }
}

#[test]
fn media_that_are_elsewhere_or_no_images_are_refused() {
    for (kind, url, says) in [
        (MediaKind::Image, "https://e.example/a.png", ["an image", "inline"]),
        (MediaKind::Audio, "", ["audio", "cannot take"]),
        (MediaKind::Video, "", ["video", "cannot take"]),
        (MediaKind::Document, "", ["a document", "cannot take"]),
    ] {
        let medium = Part::Media(media(kind, url, "AAAA", ""));
        let error = ollama_messages(&[parts(Role::User, vec![medium])], "tools", None).map(|_| ()).unwrap_err();
        assert!(says.iter().all(|says| error.message().contains(says)), "{error}");
    }
    assert!(ollama_messages(&[], "tools", None).is_err());
}

#[test]
fn calls_have_objects_and_results_name_the_tool() {
    let messages = [
        called("", &[("c1", "weather", PARIS), ("c2", "now", ""), ("c3", "odd", "not JSON")]),
        result("c1", "rain"),
        result("c2", "noon"),
        result("gone", "?"),
    ];
    for calls in ["tools", "functions"] {
        assert_eq!(
            written(&messages, calls),
            concat!(
                r#"[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Paris"}}},"#,
                r#"{"function":{"name":"now","arguments":{}}},{"function":{"name":"odd","arguments":{"arguments":"not JSON"}}}]},"#,
                r#"{"role":"tool","content":"rain","tool_name":"weather"},{"role":"tool","content":"noon","tool_name":"now"},"#,
                r#"{"role":"tool","content":"?","tool_name":"gone"}]"#
            )
        );
    }
}

#[test]
fn a_model_without_tools_is_told_of_calls_in_words() {
    let messages = [called("", &[("c1", "weather", PARIS)]), result("c1", "rain")];
    assert_eq!(
        written(&messages, "none"),
        r#"[{"role":"user","content":"Result of the tool weather called with {\"city\":\"Paris\"}:\nrain"}]"#
    );
}

#[test]
fn a_schema_is_told_before_the_instructions() {
    let told = "Answer with a JSON object that conforms to this JSON Schema, and nothing else:\n{}";
    for (messages, expected) in [
        (vec![said(Role::User, "x")], told.to_owned()),
        (vec![said(Role::System, "Be brief."), said(Role::User, "x")], format!("{told}\n\nBe brief.")),
    ] {
        let wire = serde_json::to_value(ollama_messages(&messages, "none", Some(" {} ")).unwrap()).unwrap();
        assert_eq!((&wire[0]["role"], &wire[0]["content"]), (&"system".into(), &expected.into()));
        assert_eq!(wire.as_array().unwrap().len(), 2);
    }
}

#[test]
fn formats() {
    let bare = r#"{"type":"object", "maximum":1.0}"#;
    for (format, schema, expected) in [
        ("json_object", None, r#""json""#.to_owned()),
        ("text", Some("not JSON"), r#""""#.to_owned()),
        ("json_schema", Some(bare), bare.to_owned()),
        ("json_schema", Some(r#"{"name":"n","schema":{"type":"object"}}"#), r#"{"type":"object"}"#.to_owned()),
        (
            "json_schema",
            Some(r#"{"type":"json_schema","json_schema":{"schema":{"type":"object"}}}"#),
            r#"{"type":"object"}"#.to_owned(),
        ),
    ] {
        assert_eq!(serde_json::to_string(&ollama_format(format, schema).unwrap()).unwrap(), expected);
    }
    for schema in [None, Some(""), Some("{"), Some("[]")] {
        let error = ollama_format("json_schema", schema).map(|_| ()).unwrap_err();
        assert!(error.message().contains("json_schema"), "{error}");
    }
}

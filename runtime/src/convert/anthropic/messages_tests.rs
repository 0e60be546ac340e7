//! Tests of [`super::anthropic_messages`] and [`super::system_text`].

use super::*;
use crate::convert::samples::{called, media, parts, result, said, text};
use crate::input::{Media, MediaKind};

fn written(messages: &[Message<'_>], tools: Option<&[Tool<'_>]>) -> String {
    serde_json::to_string(&anthropic_messages(messages, tools).unwrap()).unwrap()
}

fn tools() -> [Tool<'static>; 1] {
    [Tool { name: "weather".into(), description: "".into(), parameters: None }]
}

fn refusal(part: Part<'_>) -> String {
    anthropic_messages(&[parts(Role::User, vec![part])], None).map(|_| ()).unwrap_err().message().to_owned()
}

#[test]
fn turns_alternate_and_what_says_nothing_is_left_out() {
    use Role::{Assistant, System, User};
    for (messages, expected) in [
        (vec![said(User, "Hi")], r#"[{"role":"user","content":"Hi"}]"#),
        (vec![said(System, "Be brief."), said(User, "Hi")], r#"[{"role":"user","content":"Hi"}]"#),
        (
            vec![said(User, "a"), said(User, " "), said(User, "b")],
            r#"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]"#,
        ),
        (
            vec![said(User, "a"), said(Assistant, "\n"), said(User, "b"), said(Assistant, "c"), said(User, "d")],
            concat!(
                r#"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"#,
                r#"{"role":"assistant","content":"c"},{"role":"user","content":"d"}]"#
            ),
        ),
        (
            vec![said(User, "a"), said(Assistant, "It is \n")],
            r#"[{"role":"user","content":"a"},{"role":"assistant","content":"It is"}]"#,
        ),
        (vec![parts(User, vec![text(""), text("a"), text("\t")])], r#"[{"role":"user","content":"a"}]"#),
        // Instructions alone are the question.
        (vec![said(System, "Name a city."), said(User, " ")], r#"[{"role":"user","content":"Name a city."}]"#),
    ] {
        assert_eq!(written(&messages, None), expected);
    }
}

#[test]
fn a_conversation_in_which_nobody_says_anything_is_refused() {
    for messages in [vec![], vec![said(Role::User, "")], vec![said(Role::System, " "), said(Role::Assistant, "")]] {
        let error = anthropic_messages(&messages, None).map(|_| ()).unwrap_err();
        assert!(error.message().contains("prompt_messages"), "{error}");
    }
}

#[test]
fn instructions_are_one_text_apart() {
    use Role::{System, User};
    let hi = || said(User, "Hi");
    for (messages, schema, expected) in [
        (vec![hi()], None, None),
        (vec![said(System, " "), hi()], Some(" "), None),
        (vec![said(System, "a"), hi(), parts(System, vec![text("b"), text("c")])], None, Some("a\nb\nc")),
        (vec![said(System, "a")], None, None),
        (
            vec![hi()],
            Some(" {} "),
            Some("Answer with a JSON object that conforms to this JSON Schema, and nothing else:\n{}"),
        ),
        (
            vec![said(System, "a"), hi()],
            Some("{}"),
            Some("Answer with a JSON object that conforms to this JSON Schema, and nothing else:\n{}\n\na"),
        ),
    ] {
        assert_eq!(system_text(&messages, schema).unwrap().as_deref(), expected);
    }
    let image = Part::Media(media(MediaKind::Image, "https://e.example/a", "", ""));
    assert!(system_text(&[parts(System, vec![image]), hi()], None).is_err());
}

#[test]
fn calls_and_results() {
    let messages = [
        said(Role::User, "Weather?"),
        called("Let me see.", &[("call_a", "weather", r#"{"city": "Paris"}"#), ("functions.now:1", "now", " ")]),
        result("call_a", "rain"),
        result("functions.now:1", ""),
        said(Role::User, "And?"),
        called("", &[("c3", "weather", "Rome"), ("c4", "weather", "[1]")]),
        result("c3", "sun"),
        result("c4", "sun"),
    ];
    assert_eq!(
        written(&messages, Some(&tools())),
        concat!(
            r#"[{"role":"user","content":"Weather?"},"#,
            r#"{"role":"assistant","content":[{"type":"text","text":"Let me see."},"#,
            r#"{"type":"tool_use","id":"call_a","name":"weather","input":{"city": "Paris"}},"#,
            r#"{"type":"tool_use","id":"functions_now_1","name":"now","input":{}}]},"#,
            r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_a","content":[{"type":"text","text":"rain"}]},"#,
            r#"{"type":"tool_result","tool_use_id":"functions_now_1"},{"type":"text","text":"And?"}]},"#,
            r#"{"role":"assistant","content":[{"type":"tool_use","id":"c3","name":"weather","input":{"arguments":"Rome"}},"#,
            r#"{"type":"tool_use","id":"c4","name":"weather","input":{"arguments":"[1]"}}]},"#,
            r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"c3","content":[{"type":"text","text":"sun"}]},"#,
            r#"{"type":"tool_result","tool_use_id":"c4","content":[{"type":"text","text":"sun"}]}]}]"#
        )
    );
}

#[test]
fn without_tools_calls_are_told_in_words() {
    let messages = [
        said(Role::User, "Weather?"),
        called("", &[("c1", "weather", r#"{"city":"Paris"}"#)]),
        result("c1", "rain"),
        result("unknown", "?"),
    ];
    let expected = concat!(
        r#"[{"role":"user","content":[{"type":"text","text":"Weather?"},"#,
        r#"{"type":"text","text":"Result of the tool weather called with {\"city\":\"Paris\"}:\nrain"},"#,
        r#"{"type":"text","text":"Result of the tool unknown:\n?"}]}]"#
    );
    assert_eq!(written(&messages, None), expected);
    assert_eq!(written(&messages, Some(&[])), expected);
}

#[test]
fn a_result_of_a_call_that_nobody_made_is_told_in_words() {
    let messages = [said(Role::User, "a"), said(Role::Assistant, "b"), result("gone", "rain")];
    let wire = serde_json::to_value(anthropic_messages(&messages, Some(&tools())).unwrap()).unwrap();
    assert_eq!(wire[2]["content"], "Result of the tool gone:\nrain");
}

#[test]
fn images_and_documents() {
    let pdf = |url, data| Media {
        filename: "report.pdf".into(),
        ..media(MediaKind::Document, url, data, if url.is_empty() { "application/pdf" } else { "" })
    };
    for (medium, expected) in [
        (
            media(MediaKind::Image, "https://e.example/a.png", "", ""),
            r#"{"type":"image","source":{"type":"url","url":"https://e.example/a.png"}}"#,
        ),
        (
            media(MediaKind::Image, "", "AAAA", "image/jpg"),
            r#"{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}}"#,
        ),
        (
            pdf("", "AAAA"),
            r#"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"},"title":"report.pdf"}"#,
        ),
        (
            pdf("https://e.example/r.pdf", ""),
            r#"{"type":"document","source":{"type":"url","url":"https://e.example/r.pdf"},"title":"report.pdf"}"#,
        ),
        (
            media(MediaKind::Document, "", "5L2g5aW9", "text/markdown; charset=utf-8"),
            r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"你好"}}"#,
        ),
    ] {
        let messages = [parts(Role::User, vec![text("Look:"), Part::Media(medium)])];
        let expected = format!(r#"[{{"role":"user","content":[{{"type":"text","text":"Look:"}},{expected}]}}]"#);
        assert_eq!(written(&messages, None), expected);
    }
}

#[test]
fn what_has_no_form_is_refused_not_dropped() {
    for (medium, says) in [
        (media(MediaKind::Audio, "", "AAAA", "audio/wav"), ["audio", "no form"]),
        (media(MediaKind::Video, "https://e.example/v", "", ""), ["video", "no form"]),
        (media(MediaKind::Document, "", "AAAA", "application/msword"), ["a document", "application/msword"]),
        (media(MediaKind::Document, "https://e.example/a", "", "text/plain"), ["a document", "inline"]),
        (media(MediaKind::Document, "", "/w==", "text/plain"), ["a document", "UTF-8"]),
        (media(MediaKind::Image, "", "", ""), ["an image", "neither"]),
    ] {
        let message = refusal(Part::Media(medium));
        assert!(says.iter().all(|says| message.contains(says)), "{message}");
    }
}

#[test]
fn media_of_tools_stay_in_their_results() {
    let image = Part::Media(media(MediaKind::Image, "https://e.example/a", "", ""));
    let messages = [
        said(Role::User, "Draw."),
        called("", &[("c1", "draw", "{}")]),
        Message { tool_call_id: Some("c1".into()), ..parts(Role::Tool, vec![text("done"), image]) },
    ];
    let wire = serde_json::to_value(anthropic_messages(&messages, Some(&tools())).unwrap()).unwrap();
    assert_eq!(wire[2]["content"][0]["content"][1]["source"]["url"], "https://e.example/a");
    assert_eq!(wire[2]["content"][0]["content"][0]["text"], "done");
}

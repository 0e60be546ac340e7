use super::*;

fn message(json: &str) -> Result<Message<'_>, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn the_daemons_messages_are_borrowed() {
    let read = message(
        r#"{"role":"user","content":"hi","name":"","tool_calls":null,"tool_call_id":"","opaque_body":{"a":1}}"#,
    )
    .unwrap();
    assert!(matches!(read.content, Content::Text(Cow::Borrowed("hi"))));
    assert!(read.name.is_none() && read.tool_call_id.is_none() && read.tool_calls.is_empty());
    let read = message(r#"{"role":"user","content":"a\nb"}"#).unwrap();
    assert!(matches!(read.content, Content::Text(Cow::Owned(text)) if text == "a\nb"));
}

#[test]
fn parts_keep_their_order_and_media_their_members() {
    let read = message(
        r#"{"role":"user","content":[
            {"type":"text","data":"what?","base64_data":"","url":null},
            {"type":"image","base64_data":"aGk=","url":"","mime_type":"image/png","detail":"low","format":"png"}]}"#,
    )
    .unwrap();
    let Content::Parts(parts) = read.content else { panic!("parts") };
    assert!(matches!(&parts[0], Part::Text(text) if text == "what?"));
    assert!(matches!(&parts[1], Part::Media(media)
        if media.kind == MediaKind::Image && media.base64 == "aGk=" && media.detail == "low"));
}

#[test]
fn truncated_messages_say_what_is_missing() {
    for (json, says) in [
        (r#"{"role":"","content":null}"#, "has no role"),
        (r#"{"content":"x"}"#, "has no role"),
        (r#"{"role":"developer","content":"x"}"#, "unknown role `developer`"),
        (r#"{"role":"user","content":null}"#, "`user` has no content"),
        (r#"{"role":"assistant","content":null}"#, "`assistant` has no content"),
        (r#"{"role":"user","content":7}"#, "text or a list of parts"),
        (r#"{"role":"user","content":[{"type":"hologram"}]}"#, "unknown type `hologram`"),
        (r#"{"role":"user","content":[{"type":"image"}]}"#, "neither url nor data"),
    ] {
        let problem = message(json).unwrap_err();
        assert!(problem.contains(says), "{json}: {problem}");
    }
}

#[test]
fn an_assistant_that_only_calls_tools_needs_no_content() {
    let read = message(
        r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":null}}]}"#,
    )
    .unwrap();
    assert_eq!(read.tool_calls[0].function.name, "f");
    assert_eq!(read.tool_calls[0].function.arguments, "");
}

#[test]
fn an_item_is_a_text_or_an_image() {
    let items: Vec<Item<'_>> =
        serde_json::from_str(r#"[{"content":"a","content_type":"text"},{"content":"aGk=","content_type":"image"}]"#)
            .unwrap();
    assert_eq!((texts(&items), items[1].content_type), (vec!["a"], "image"));
    for (json, says) in [
        (r#"{"content":"x","content_type":"video"}"#, "content of type `video`"),
        (r#"{"content":"x","content_type":null}"#, "content of type ``"),
        (r#"{"content":"x"}"#, "content of type ``"),
    ] {
        let problem = serde_json::from_str::<Item<'_>>(json).unwrap_err().to_string();
        assert!(problem.contains(says), "{json}: {problem}");
    }
}

#[test]
fn what_the_daemon_writes_for_absent_is_absent() {
    #[derive(Deserialize)]
    struct Input {
        #[serde(default, deserialize_with = "optional")]
        number: Option<f64>,
        #[serde(default, deserialize_with = "optional")]
        list: Option<Vec<i64>>,
    }
    for json in ["{}", r#"{"number":null,"list":null}"#, r#"{"number":0,"list":[ ]}"#, r#"{"number":-0.0}"#] {
        let input: Input = serde_json::from_str(json).unwrap();
        assert!(input.number.is_none() && input.list.is_none(), "{json}");
    }
    let input: Input = serde_json::from_str(r#"{"number":1e-3,"list":[0]}"#).unwrap();
    assert_eq!((input.number, input.list), (Some(0.001), Some(vec![0])));
    assert!(serde_json::from_str::<Input>(r#"{"number":"x"}"#).is_err());
}

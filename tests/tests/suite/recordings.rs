//! Speech to text: what is uploaded, and what becomes of files that are none.

use serde_json::json;
use tests::consumers::Auth;
use tests::demo::AUDIO;
use tests::gateway::reply::{Piece, Reply, chunk};
use tests::request::Request;

use crate::support::{Setting, assert_says};

/// The beginning of a WebM file.
const WEBM: &[u8] =
    b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm";

#[test]
fn a_recording_is_uploaded_as_a_file_of_its_kind() {
    let setting = Setting::new();
    let kinds: [(&[u8], &str, &str); 8] = [
        (AUDIO, "audio.mp3", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\0\0", "audio.mp3", "audio/mpeg"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio.wav", "audio/wav"),
        (b"fLaC\0\0\0\x22", "audio.flac", "audio/flac"),
        (b"OggS\0\x02\0\0", "audio.ogg", "audio/ogg"),
        (b"\0\0\0\x20ftypM4A \0\0", "audio.m4a", "audio/mp4"),
        (b"\0\0\0\x20ftypisom\0\0", "audio.mp4", "audio/mp4"),
        (WEBM, "audio.webm", "audio/webm"),
    ];
    for (file, name, kind) in kinds {
        let outcome = setting.plugin.call(&Request::transcription("m", setting.auth(Auth::Hmac), file));
        assert_eq!(outcome.only()["result"], format!("{} bytes of {}", file.len(), &name[6..]));
        let seen = setting.gateway.seen().pop().unwrap_or_else(|| panic!("nothing was sent"));
        let part = seen.part("file");
        assert_eq!((part.file_name.as_deref(), part.content_type.as_deref()), (Some(name), Some(kind)));
        assert_eq!(part.bytes, file);
        // A gateway that routes by model looks for it without reading the file.
        assert_eq!((seen.parts[0].name.as_str(), seen.parts[0].text()), ("model", "m"));
        assert_eq!(seen.header("accept"), Some("application/json"));
    }
}

#[test]
fn language_and_prompt_are_sent_only_if_they_are_set() {
    let setting = Setting::new();
    let request = Request::transcription("m", setting.open(), AUDIO);
    setting.plugin.call(&request).ok();
    let names: Vec<String> = setting.gateway.only("m").parts.iter().map(|part| part.name.clone()).collect();
    assert!(!names.iter().any(|name| name == "language" || name == "prompt"), "{names:?}");
    let request = request.credential("language", "zh").credential("initial_prompt", "通义千问");
    let text = setting.plugin.call(&request).only()["result"].clone();
    assert_eq!(text, format!("{} bytes of mp3 in zh about 通义千问", AUDIO.len()));
}

#[test]
fn plain_text_is_an_answer() {
    let setting = Setting::new();
    let text = setting.plugin.call(&Request::transcription("plain", setting.open(), AUDIO)).only()["result"].clone();
    assert_says(text.as_str().unwrap_or_default(), &["bytes of mp3"]);
}

#[test]
fn files_that_are_none_are_refused_before_they_are_sent() {
    let setting = Setting::new();
    let files = [json!(""), json!(null), json!("ff0"), json!("0x12"), json!("SUQz"), json!(7), json!(["ff"])];
    for file in files {
        let request = Request::transcription("m", setting.open(), AUDIO).with("file", file.clone());
        let failure = setting.plugin.call(&request).failed().clone();
        assert_eq!(failure.error_type, "InvokeBadRequestError", "{file}: {}", failure.message);
        assert!(failure.message.len() < 500, "{}", failure.message);
    }
    for file in [b"{\"a\": 1}".as_slice(), b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"<!doctype html>"] {
        let failure = setting.plugin.call(&Request::transcription("m", setting.open(), file)).failed().clone();
        assert_eq!(failure.error_type, "InvokeBadRequestError");
        assert_says(&failure.message, &["no audio"]);
    }
    assert!(setting.gateway.seen().is_empty());
}

#[test]
fn what_the_service_takes_for_no_audio_is_said_by_its_words() {
    let setting = Setting::new();
    // Nothing is known about such a beginning, so the service has to judge.
    let noise = b"\x07\x01\x02\x03\x04\x05\x06\x07";
    let failure = setting.plugin.call(&Request::transcription("m", setting.open(), noise)).failed().clone();
    assert_eq!(failure.error_type, "InvokeBadRequestError");
    assert_says(&failure.message, &["Invalid file format"]);
}

#[test]
fn ten_megabytes_arrive_as_they_are() {
    let setting = Setting::new();
    let file: Vec<u8> =
        AUDIO.iter().copied().chain((0..10_u32 << 20).map(|n| n.to_le_bytes()[usize::from(n % 3 == 0)])).collect();
    setting.plugin.call(&Request::transcription("m", setting.auth(Auth::Hmac), &file)).ok();
    assert!(setting.gateway.only("m").part("file").bytes == file);
}

#[test]
fn two_hundred_megabytes_are_refused_and_neighbours_go_on() {
    let setting = Setting::new();
    setting.gateway.script("gated", |_| {
        Reply::stream([format!("data: {}\n\n", chunk(json!({"content": "before "})))])
            .then(Piece::Gate("refused".to_owned()))
            .then(Piece::Bytes(
                format!("data: {}\n\ndata: [DONE]\n\n", chunk(json!({"content": "after"}))).into_bytes(),
            ))
    });
    let going = setting.plugin.send(&Request::chat("gated", setting.open()));
    assert_eq!(going.next()["delta"]["message"]["content"], "before ");
    let request = Request::transcription("m", setting.open(), AUDIO).with("file", "ff".repeat(100 << 20));
    let failure = setting.plugin.call(&request).failed().clone();
    assert_eq!(failure.error_type, "InvokeBadRequestError");
    assert_says(&failure.message, &["longer than", "MiB"]);
    setting.gateway.open("refused");
    assert_eq!(going.wait().ok().text(), "after");
    assert!(setting.gateway.seen_for("m").is_empty());
}

#[test]
fn replies_that_are_no_transcript_are_failures() {
    let setting = Setting::new();
    let json = |text: &str| Reply::new(200, "application/json", text);
    let replies = [
        ("html", Reply::new(200, "text/html", "<!doctype html><p>Log in")),
        ("empty", json("")),
        ("empty-object", json("{}")),
        ("null", json("null")),
        ("half", json(r#"{"text": "Hel"#)),
        ("refusal", json(r#"{"code": -1, "msg": "Too many requests"}"#)),
        ("error", json(r#"{"error": {"message": "busy"}}"#)),
        ("cut", json(r#"{"text": "#).then(Piece::Cut)),
    ];
    for (name, reply) in replies {
        setting.gateway.script(name, move |_| reply.clone());
        let outcome = setting.plugin.call(&Request::transcription(name, setting.open(), AUDIO));
        let failure = outcome.failure.unwrap_or_else(|| panic!("{name} is an answer: {:?}", outcome.pieces));
        let allowed = ["InvokeServerUnavailableError", "InvokeConnectionError", "InvokeRateLimitError"];
        assert!(allowed.contains(&failure.error_type.as_str()), "{name}: {failure:?}");
    }
}

/// The check of a speech model costs one short upload.
#[test]
fn credentials_are_checked_with_a_short_sound() {
    let setting = Setting::new();
    for auth in [Auth::ApiKey, Auth::Jwt("ES256"), Auth::Hmac] {
        let data = setting.plugin.call(&Request::validate("speech2text", "m", setting.auth(auth))).only();
        assert_eq!(data["result"], true);
    }
    assert!(setting.gateway.seen().iter().all(|seen| seen.part("file").bytes.len() < 100_000));
    let failed = setting.plugin.call(&Request::validate("speech2text", "401", setting.open()));
    assert_eq!(failed.failed().error_type, "CredentialsValidateFailedError");
}

//! Text to speech: audio while it arrives, voices, long texts, answers that are no audio.

use serde_json::{Value, json};
use tests::consumers::Auth;
use tests::gateway::reply::{Piece, Reply};
use tests::gateway::scripts::audio::spoken;
use tests::request::Request;

use crate::support::{Setting, assert_says};

fn speak(setting: &Setting, model: &str, text: &str) -> Request {
    Request::speech(model, setting.auth(Auth::Hmac), text, "echo")
}

#[test]
fn audio_is_passed_on_while_it_arrives() {
    let setting = Setting::new();
    let session = setting.plugin.send(&speak(&setting, "gated", "Hello there."));
    let first = session.next();
    assert_eq!(first["mime_type"], "audio/mpeg");
    setting.gateway.open("speak on");
    let mut outcome = session.wait().ok();
    outcome.pieces.insert(0, first);
    assert_eq!(outcome.audio(), spoken("echo", "Hello there."));
}

#[test]
fn events_with_audio_are_audio_too() {
    let setting = Setting::new();
    let outcome = setting.plugin.call(&speak(&setting, "sse", "Hello there.")).ok();
    assert_eq!(outcome.audio(), spoken("echo", "Hello there."));
}

#[test]
fn long_texts_are_spoken_in_order_and_nothing_is_lost() {
    let setting = Setting::new();
    let sentences: String = (0..600).map(|number| format!("This is sentence number {number}. ")).collect();
    // Nothing to cut at: neither a sentence's end nor a blank.
    let solid = "字".repeat(10_000);
    for (model, text) in [("sentences", sentences), ("solid", solid)] {
        let outcome = setting.plugin.call(&speak(&setting, model, &text)).ok();
        let inputs: Vec<String> = (setting.gateway.seen_for(model).iter())
            .map(|seen| seen.body["input"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert!(inputs.len() > 1 && inputs.iter().all(|input| (1..=4096).contains(&input.chars().count())), "{model}");
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        assert!(letters(&inputs.concat()) == letters(&text), "{model}: the pieces are not the text");
        let heard = String::from_utf8_lossy(&outcome.audio()).into_owned();
        let mut from = 0;
        for input in &inputs {
            let at = heard[from..].find(input.as_str()).unwrap_or_else(|| panic!("{model}: a piece is out of order"));
            from += at + input.len();
        }
    }
}

#[test]
fn a_megabyte_is_spoken() {
    let setting = Setting::new();
    let text = "A sentence of some length, said again. ".repeat(27_000);
    let outcome = setting.plugin.call(&Request::speech("m", setting.open(), &text, "echo")).ok();
    assert!(outcome.audio().len() > 1_000_000);
}

#[test]
fn nothing_to_say_is_no_request() {
    let setting = Setting::new();
    for text in ["", "   ", "\n"] {
        let outcome = setting.plugin.call(&speak(&setting, "m", text));
        if let Some(failure) = &outcome.failure {
            assert_eq!(failure.error_type, "InvokeBadRequestError", "{text:?}: {}", failure.message);
        }
        assert!(outcome.audio().is_empty());
    }
    assert!(setting.gateway.seen().is_empty());
}

#[test]
fn voices_are_those_of_the_row_and_an_unknown_one_is_the_first() {
    let setting = Setting::new();
    let voices = |stored: Option<&str>| {
        let mut request = Request::voices("m", setting.open());
        if let Some(stored) = stored {
            request = request.credential("voices", stored);
        }
        let data = setting.plugin.call(&request).only();
        let values = data["voices"].as_array().into_iter().flatten().filter_map(|voice| voice["value"].as_str());
        values.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(voices(None), ["alloy", "echo", "fable", "onyx", "nova", "shimmer"]);
    assert_eq!(voices(Some(" nova , echo ")), ["nova", "echo"]);
    let request = speak(&setting, "m", "Hello.").with("voice", "nobody").credential("voices", "nova,echo");
    setting.plugin.call(&request).ok();
    assert_eq!(setting.gateway.only("m").body["voice"], "nova");
    assert_eq!(setting.gateway.seen().len(), 1, "voices are known without a request");
}

#[test]
fn the_format_of_the_row_is_asked_for_and_said() {
    let setting = Setting::new();
    let advanced = json!({"tts.audio_format": "wav"}).to_string();
    let request = Request::speech("m", setting.open(), "Hello.", "echo").credential("advanced", advanced.clone());
    assert_eq!(setting.plugin.call(&request).ok().pieces[0]["mime_type"], "audio/wav");
    assert_eq!(setting.gateway.only("m").body["response_format"], "wav");
    let schema =
        setting.plugin.call(&Request::schema("tts", "m", setting.open()).credential("advanced", advanced)).only();
    assert_eq!(schema["model_schema"]["model_properties"]["audio_type"], "wav");
}

#[test]
fn answers_that_are_no_audio_are_failures() {
    let setting = Setting::new();
    let replies = [
        ("html", Reply::new(200, "text/html", "<p>Log in")),
        ("empty", Reply::new(200, "audio/mpeg", "")),
        ("cut", Reply::new(200, "audio/mpeg", b"ID3\x04".as_slice()).then(Piece::Cut)),
        ("error-event", Reply::stream(["data: {\"error\":{\"message\":\"hoarse\"}}\n\n"])),
    ];
    for (name, reply) in replies {
        setting.gateway.script(name, move |_| reply.clone());
        let outcome = setting.plugin.call(&speak(&setting, name, "Hello."));
        assert!(outcome.failure.is_some(), "{name}: {} bytes", outcome.audio().len());
    }
    let failure = setting.plugin.call(&speak(&setting, "document", "Hello.")).failed().clone();
    assert_says(&failure.message, &["the voice is asleep"]);
}

#[test]
fn a_check_says_little_with_the_first_voice() {
    let setting = Setting::new();
    let request = Request::validate("tts", "m", setting.auth(Auth::Jwt("RS256"))).credential("voices", "nova");
    assert_eq!(setting.plugin.call(&request).only()["result"], true);
    let sent = setting.gateway.only("m").body;
    assert_eq!(sent["voice"], "nova");
    assert!(sent["input"].as_str().is_some_and(|text| text.len() < 20), "{sent}");
    let failed = setting.plugin.call(&Request::validate("tts", "401", setting.open()));
    assert_eq!(failed.failed().error_type, "CredentialsValidateFailedError");
}

/// Long audio arrives in lines that the daemon takes; every line is checked where it is read.
#[test]
fn long_audio_comes_in_many_pieces() {
    let setting = Setting::new();
    setting.gateway.script("long", |_| {
        Reply::new(200, "audio/mpeg", b"ID3".as_slice()).then(Piece::Repeat(vec![0xab; 1 << 20], 12))
    });
    let outcome = setting.plugin.call(&speak(&setting, "long", "Hello.")).ok();
    assert_eq!(outcome.audio().len(), 3 + (12 << 20));
    assert!(outcome.pieces.len() > 4 && outcome.pieces.iter().all(|piece| piece["result"] != Value::Null));
}

//! Speech in both directions.
//!
//! | model | does |
//! |---|---|
//! | `plain` | writes plain text |
//! | `sse` | speaks in events |
//! | `document` | answers a request for speech with a JSON error in a success |
//! | `gated` | speaks half, then waits for the gate `speak on` |

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Asked;
use crate::gateway::reply::{Piece, Reply};

/// What the voices of the service are called.
const VOICES: [&str; 7] = ["alloy", "echo", "fable", "onyx", "nova", "shimmer", "longxiaochun"];

/// A file name ending, its media types, and whether a file begins as such a one does.
type Kind = (&'static str, &'static [&'static str], fn(&[u8]) -> bool);

/// What the service takes.
const KINDS: [Kind; 8] = [
    ("mp3", &["audio/mpeg", "audio/mp3"], |bytes| {
        bytes.starts_with(b"ID3") || bytes.len() > 1 && bytes[0] == 0xff && bytes[1] & 0xe0 == 0xe0
    }),
    ("wav", &["audio/wav", "audio/x-wav", "audio/wave"], |bytes| bytes.starts_with(b"RIFF")),
    ("flac", &["audio/flac", "audio/x-flac"], |bytes| bytes.starts_with(b"fLaC")),
    ("ogg", &["audio/ogg"], |bytes| bytes.starts_with(b"OggS")),
    ("opus", &["audio/ogg", "audio/opus"], |bytes| bytes.starts_with(b"OggS")),
    ("m4a", &["audio/mp4", "audio/m4a", "audio/x-m4a"], |bytes| bytes.get(4..8) == Some(b"ftyp".as_slice())),
    ("mp4", &["audio/mp4", "video/mp4"], |bytes| bytes.get(4..8) == Some(b"ftyp".as_slice())),
    ("webm", &["audio/webm", "video/webm"], |bytes| bytes.starts_with(&[0x1a, 0x45, 0xdf, 0xa3])),
];

/// `audio/transcriptions`. The text says what arrived: `12 bytes of mp3 in en about the weather`.
pub(super) fn transcription(asked: &Asked<'_>) -> Reply {
    let part = |name: &str| asked.parts.iter().find(|part| part.name == name);
    let Some(file) = part("file") else { return Reply::error(400, "file is required") };
    let Some(name) = file.file_name.as_deref() else { return Reply::error(400, "file is no file") };
    let ending = name.rsplit('.').next().unwrap_or_default();
    let kind = KINDS.iter().find(|(known, ..)| *known == ending);
    let fits = kind.is_some_and(|(_, types, begins)| {
        begins(&file.bytes) && file.content_type.as_deref().is_none_or(|kind| types.contains(&kind))
    });
    if !fits {
        let endings = KINDS.map(|(ending, ..)| ending);
        return Reply::error(400, &format!("Invalid file format. Supported formats: {endings:?}"));
    }
    if part("model").is_none_or(|model| model.bytes.is_empty()) {
        return Reply::error(400, "you must provide a model parameter");
    }
    let mut text = format!("{} bytes of {ending}", file.bytes.len());
    for (field, word) in [("language", "in"), ("prompt", "about")] {
        if let Some(part) = part(field) {
            text.push_str(&format!(" {word} {}", part.text()));
        }
    }
    match asked.model {
        "plain" => Reply::new(200, "text/plain; charset=utf-8", text + "\n"),
        _ => Reply::json(&json!({"text": text, "usage": {"type": "duration", "seconds": 1}})),
    }
}

/// The audio for a text: what a player would take for MP3, and what was asked for.
pub fn spoken(voice: &str, text: &str) -> Vec<u8> {
    [b"ID3\x04\0".as_slice(), voice.as_bytes(), b": ", text.as_bytes()].concat()
}

/// `audio/speech`.
pub(super) fn speech(asked: &Asked<'_>) -> Reply {
    let (input, voice) = (asked.body["input"].as_str().unwrap_or_default(), asked.body["voice"].as_str());
    let length = input.chars().count();
    if length == 0 || length > 4096 {
        return Reply::error(400, &format!("input must have 1 to 4096 characters, not {length}"));
    }
    let Some(voice) = voice.filter(|voice| VOICES.contains(voice)) else {
        return Reply::error(400, &format!("voice must be one of {VOICES:?}"));
    };
    let format = asked.body["response_format"].as_str().unwrap_or("mp3");
    let kind = match format {
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "opus" => "audio/ogg",
        "aac" => "audio/aac",
        "flac" => "audio/flac",
        "pcm" => "audio/pcm",
        _ => return Reply::error(400, "response_format is unknown"),
    };
    let audio = spoken(voice, input);
    let (first, second) = audio.split_at(audio.len() / 2);
    if asked.model == "sse" || asked.body["stream_format"] == "sse" {
        let delta = |bytes: &[u8]| json!({"type": "speech.audio.delta", "audio": STANDARD.encode(bytes)});
        let done =
            json!({"type": "speech.audio.done", "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}});
        return Reply::stream([delta(first), delta(second), done].map(|event| format!("data: {event}\n\n")));
    }
    let reply = Reply::new(200, kind, first);
    match asked.model {
        "document" => Reply::json(&json!({"error": {"message": "the voice is asleep", "type": "server_error"}})),
        "gated" => reply.then(Piece::Gate("speak on".to_owned())).then(Piece::Bytes(second.to_vec())),
        _ => reply.then(Piece::Bytes(second.to_vec())),
    }
}

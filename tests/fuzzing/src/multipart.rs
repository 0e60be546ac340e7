//! A multipart body holds exactly the parts that were put in, whatever is in them, and a recording says what it is.
//!
//! An input is text parts, one a line, a blank line, and a recording: its bytes, or text if the first line begins with
//! `hex`, which is then read as the hexadecimal digits that the daemon sends.

use runtime::audio;
use runtime::input::{self, AudioFile};
use runtime::request::Parts;
use runtime::request::parts::{self, Part};

use crate::split_line;

/// Names come from specs, never from input.
const NAMES: [&str; 4] = ["model", "language", "prompt", "file"];

/// Checks one input.
///
/// # Panics
/// If it does not hold.
pub fn check(input: &[u8]) {
    let (first, mut rest) = split_line(input);
    let mut texts = Vec::new();
    loop {
        let (line, after) = split_line(rest);
        rest = after;
        match std::str::from_utf8(line) {
            Ok(line) if !line.is_empty() => texts.push(line.replace("\\n", "\r\n")),
            _ => break,
        }
    }
    let hex = match std::str::from_utf8(rest) {
        Ok(text) if first.starts_with(b"hex") => text.to_owned(),
        _ => input::hex(rest),
    };
    let mut written = Parts::new();
    for (number, text) in texts.iter().enumerate() {
        written.text(NAMES[number % NAMES.len()], text);
    }
    let file = AudioFile::of_hex(hex.as_str());
    let added = written.file("file", &file);
    // The decoder leaves out the mark that the plugin refuses.
    let marked = hex.get(..2).is_some_and(|mark| mark.eq_ignore_ascii_case("0x"));
    let bytes = if marked { Err(const_hex::FromHexError::OddLength) } else { const_hex::decode(&hex) };
    match &added {
        Ok(()) => assert!(bytes.as_ref().is_ok_and(|bytes| !bytes.is_empty()), "{hex:.20} was taken for a recording"),
        Err(problem) => {
            let known = bytes.as_ref().is_ok_and(|bytes| bytes.is_empty() || audio::sniff(bytes).is_err());
            assert!(bytes.is_err() || known, "{hex:.20} was refused: {problem}");
            // Of a body that is not sent nothing else is promised.
            return;
        }
    }
    let (content_type, body) = written.finish();
    let read = parts::read(&content_type, &body).expect("a body of parts");
    let (recording, read) = read.split_last().expect("a recording");
    let told: Vec<&[u8]> = read.iter().map(|part| part.content).collect();
    assert_eq!(told, texts.iter().map(String::as_bytes).collect::<Vec<_>>());
    assert_eq!(Some(recording.content), bytes.as_deref().ok());
    is_what_it_says(recording, &body, &content_type, texts.len() + 1);
}

/// Read without the code that wrote it: the boundary stands where parts begin, and nowhere else.
fn is_what_it_says(recording: &Part<'_>, body: &[u8], content_type: &str, parts: usize) {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    assert!(!boundary.is_empty() && boundary.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let marks = body.windows(boundary.len()).filter(|bytes| *bytes == boundary.as_bytes()).count();
    assert_eq!(marks, parts + 1);
    assert!(body.starts_with(b"--") && body.ends_with(format!("--{boundary}--\r\n").as_bytes()));
    let (name, media_type) = recording.file.expect("name and type of a file");
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./-+".contains(&byte));
    assert!(is_plain(name) && is_plain(media_type) && name.contains('.') && media_type.contains('/'));
}

//! A recording, which the daemon sends as hexadecimal text (spec type `audio_file`).

use std::borrow::Cow;
use std::fmt;

use const_hex::FromHexError;
use serde::{Deserialize, Deserializer};

use super::text;
use crate::audio::{self, Format};
use crate::error::{Error, Result};

/// A recording. It stays the text it came as until it is written into a request, so that its bytes exist once.
#[derive(Clone)]
pub struct AudioFile<'a> {
    hex: Cow<'a, str>,
}

impl<'a> AudioFile<'a> {
    /// A recording in hexadecimal.
    pub fn of_hex(hex: impl Into<Cow<'a, str>>) -> Self {
        AudioFile { hex: hex.into() }
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.hex.len() / 2
    }

    /// What it is.
    ///
    /// # Errors
    /// `BadRequest` if it is empty, no hexadecimal text, or evidently no audio.
    pub fn format(&self) -> Result<Format> {
        if self.hex.is_empty() {
            return Err(Error::bad_request("file: the recording is empty"));
        }
        let digits = self.hex.as_bytes();
        // The decoder would leave it out.
        if let [b'0', mark @ (b'x' | b'X'), ..] = digits {
            return Err(no_hex(FromHexError::InvalidHexCharacter { c: char::from(*mark), index: 1 }));
        }
        let digits = digits.get(..2 * audio::BEGINNING).unwrap_or(digits);
        let mut beginning = vec![0; digits.len() / 2];
        const_hex::decode_to_slice(digits, &mut beginning).map_err(no_hex)?;
        audio::sniff(&beginning)
            .map_err(|what| Error::bad_request(format!("file: this is no audio, it looks like {what}")))
    }

    /// Appends its bytes.
    ///
    /// # Errors
    /// `BadRequest` if it is no hexadecimal text.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        out.resize(start + self.size(), 0);
        const_hex::decode_to_slice(self.hex.as_bytes(), out.get_mut(start..).unwrap_or_default()).map_err(no_hex)
    }
}

/// The hexadecimal text of a recording, as the daemon sends one.
pub fn hex(recording: &[u8]) -> String {
    const_hex::encode(recording)
}

fn no_hex(error: FromHexError) -> Error {
    Error::bad_request(match error {
        FromHexError::InvalidHexCharacter { index, .. } => {
            format!("file: the recording must be hexadecimal text; character {} is no digit", index + 1)
        }
        _ => "file: the recording is cut off: its hexadecimal text has an odd number of digits".to_owned(),
    })
}

impl fmt::Debug for AudioFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "recording of {} bytes", self.size())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for AudioFile<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer).map(|hex| AudioFile { hex })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(json: &str) -> AudioFile<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_recording_is_borrowed_from_the_daemons_line_and_decoded_once() {
        let file = recording(r#""4F676753AbCd""#);
        assert!(matches!(file.hex, Cow::Borrowed(_)));
        assert_eq!(file.format(), Ok(Format::Ogg));
        let mut out = b"before".to_vec();
        file.write(&mut out).unwrap();
        assert_eq!(out, b"beforeOggS\xAB\xCD");
        assert_eq!(format!("{file:?}"), "recording of 6 bytes");
    }

    #[test]
    fn what_is_no_recording_says_why() {
        let png = format!("\"{}\"", const_hex::encode(b"\x89PNG\r\n\x1A\n"));
        let late = format!("\"{}0g\"", "ff".repeat(audio::BEGINNING));
        for (json, says) in [
            (r#""""#, "the recording is empty"),
            ("null", "the recording is empty"),
            (r#""ff0""#, "odd number of digits"),
            (r#""f""#, "odd number of digits"),
            (r#""hello!""#, "character 1 is no digit"),
            (r#""0xff""#, "character 2 is no digit"),
            (r#""ffé""#, "character 3 is no digit"),
            (r#""7b7d""#, "no audio, it looks like JSON"),
            (&png, "no audio, it looks like a PNG image"),
            (&late, "character 1026 is no digit"),
        ] {
            let file = recording(json);
            let mut out = Vec::new();
            let problem = file.format().and_then(|_| file.write(&mut out)).unwrap_err();
            assert!(problem.message().contains(says), "{json:.20}: {problem}");
            assert_eq!(problem.error_type(), "InvokeBadRequestError");
        }
        assert!(serde_json::from_str::<AudioFile<'_>>("7").is_err());
    }
}

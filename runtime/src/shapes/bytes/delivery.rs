//! Audio on its way to Dify: hexadecimal pieces, each its own message (protocol reference 3.7).

use tokio::task::yield_now;

use super::wav::Wav;
use crate::audio;
use crate::error::{Error, Result};
use crate::operation::Answers;

/// The most audio of one message, in bytes.
pub const PIECE: usize = 32 << 10;

/// Audio of one or several answers, delivered as one recording.
pub struct Delivery<'a> {
    answers: &'a mut Answers,
    mime_type: Option<&'static str>,
    joint: Joint,
    out: Vec<u8>,
}

/// How the audio of several answers becomes one recording.
enum Joint {
    /// One behind the other.
    Plain,
    Wav(Wav),
}

impl<'a> Delivery<'a> {
    /// For audio of a format, from so many answers.
    ///
    /// # Errors
    /// `BadRequest` for several answers in a format whose recordings cannot be put behind each other.
    pub fn new(format: &str, answers_to_come: usize, answers: &'a mut Answers) -> Result<Self> {
        let joint = match (format, answers_to_come) {
            (_, ..2) => Joint::Plain,
            ("wav", _) => Joint::Wav(Wav::default()),
            ("flac" | "mp4" | "m4a" | "webm", _) => {
                return Err(Error::bad_request(format!(
                    "the text is longer than one request may be, and recordings in {format} cannot be joined: \
                     choose mp3 or wav, or raise the word limit"
                )));
            }
            _ => Joint::Plain,
        };
        Ok(Delivery { answers, mime_type: audio::media_type_of(format), joint, out: Vec::new() })
    }

    /// Another answer begins, or the last one has ended.
    ///
    /// # Errors
    /// What cannot be joined.
    pub fn next(&mut self) -> Result<(), &'static str> {
        match &mut self.joint {
            Joint::Plain => Ok(()),
            Joint::Wav(wav) => wav.next(),
        }
    }

    /// Takes the next bytes of an answer.
    ///
    /// # Errors
    /// What cannot be joined.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        match &mut self.joint {
            Joint::Plain => {
                self.out.extend_from_slice(bytes);
                Ok(())
            }
            Joint::Wav(wav) => wav.push(bytes, &mut self.out),
        }
    }

    /// How much waits to be sent.
    pub fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Sends what was taken.
    ///
    /// # Errors
    /// If the daemon is gone.
    pub async fn send(&mut self) -> Result<()> {
        let mime_type = self.mime_type;
        for (number, piece) in self.out.chunks(PIECE).enumerate() {
            if number > 0 {
                // A whole recording holds up nobody.
                yield_now().await;
            }
            self.answers.send(|out| write(out, piece, mime_type)).await?;
        }
        self.out.clear();
        Ok(())
    }
}

fn write(out: &mut Vec<u8>, piece: &[u8], mime_type: Option<&str>) {
    out.extend_from_slice(b"{\"result\":\"");
    let start = out.len();
    out.resize(start + 2 * piece.len(), b'0');
    // The room is what it takes.
    let _ = const_hex::encode_to_slice(piece, out.get_mut(start..).unwrap_or_default());
    out.push(b'"');
    if let Some(mime_type) = mime_type {
        out.extend_from_slice(b",\"mime_type\":\"");
        out.extend_from_slice(mime_type.as_bytes());
        out.push(b'"');
    }
    out.push(b'}');
}

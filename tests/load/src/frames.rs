//! The chunks of a stream: what is sent, and whether what arrives is that.
//!
//! A stream is named by the model that is asked (`load.varied.1000.20000.17`), so that gateway and daemon need not talk
//! about it. The text of each chunk says which one it is, when it was sent, and a sum over both.

use std::fmt::Write;
use std::time::Duration;

/// Ends of texts, for letters that JSON writes in different ways.
const ENDS: [&str; 8] = ["", "the", "\n", "你好", "\"", "a\\b", "\u{1f600}", "\t-"];
const JSON_ENDS: [&str; 8] = ["", "the", "\\n", "你好", "\\\"", "a\\\\b", "\\ud83d\\ude00", "\\t-"];

/// How much the frames of a stream differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// In the text only.
    Same,
    /// In `id`, `created` and a padding member, too.
    Varied,
}

/// One stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Its frames.
    pub frames: Frames,
    /// Chunks with text.
    pub chunks: u64,
    /// Between two chunks.
    pub delay: Duration,
    /// Tells it from others.
    pub number: u64,
}

impl Stream {
    /// The model that stands for it.
    pub fn model(&self) -> String {
        let frames = if self.frames == Frames::Same { "same" } else { "varied" };
        format!("load.{frames}.{}.{}.{}", self.chunks, self.delay.as_micros(), self.number)
    }

    /// The stream that a model stands for.
    pub fn of(model: &str) -> Option<Self> {
        let mut parts = model.strip_prefix("load.")?.split('.');
        let frames = if parts.next()? == "same" { Frames::Same } else { Frames::Varied };
        let mut number = || parts.next()?.parse().ok();
        Some(Stream { frames, chunks: number()?, delay: Duration::from_micros(number()?), number: number()? })
    }

    /// Appends the event of a chunk, as it stands in an HTTP chunk of its own. `at` is the time in µs.
    pub fn write(&self, out: &mut String, index: u64, at: u64) {
        let (number, sum) = (self.number, sum(self.number, index, at));
        let (id, created, padding) = match self.frames {
            Frames::Same => (number, 1, 0),
            Frames::Varied => (sum, at / 1000, (sum % 24) as usize),
        };
        let mut event = String::with_capacity(400);
        let _ = write!(
            event,
            "data: {{\"id\":\"chatcmpl-{id:016x}\",\"object\":\"chat.completion.chunk\",\"created\":{created},\
             \"model\":\"upstream-model\",\"system_fingerprint\":null,\"choices\":[{{\"index\":0,\"delta\":{{\
             \"content\":\"{index}.{at}.{sum:x}.{end} \"}},\"logprobs\":null,\"finish_reason\":null}}]",
            end = JSON_ENDS[(index % 8) as usize]
        );
        if self.frames == Frames::Varied {
            let _ = write!(event, ",\"obfuscation\":\"{}\"", &"x8Kq0ZpL3vWm7RtYbN2cJ5hG"[..padding]);
        }
        event.push_str("}\n\n");
        let _ = write!(out, "{:x}\r\n{event}\r\n", event.len());
    }

    /// Appends the events after the last chunk and the end of the body.
    pub fn write_end(&self, out: &mut String) {
        let chunks = self.chunks;
        let head =
            "\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"upstream-model\"";
        let last = [
            format!("data: {{{head},\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\n"),
            format!(
                "data: {{{head},\"choices\":[],\"usage\":{{\"prompt_tokens\":3,\"completion_tokens\":{chunks},\
                 \"total_tokens\":{}}}}}\n\n",
                chunks + 3
            ),
            "data: [DONE]\n\n".to_owned(),
        ];
        for event in last {
            let _ = write!(out, "{:x}\r\n{event}\r\n", event.len());
        }
        out.push_str("0\r\n\r\n");
    }

    /// Reads the text of one or more whole chunks, the first of which is `index`: the times at which they were sent.
    ///
    /// # Errors
    /// If a chunk is missing, doubled or altered.
    pub fn read(&self, mut text: &str, mut index: u64, mut each: impl FnMut(u64)) -> Result<u64, String> {
        while !text.is_empty() {
            let broken = || format!("stream {}: chunk {index} was expected in {text:?}", self.number);
            let (found, rest) = text.split_once('.').ok_or_else(broken)?;
            let (at, rest) = rest.split_once('.').ok_or_else(broken)?;
            let (said, rest) = rest.split_once('.').ok_or_else(broken)?;
            let end = ENDS[(index % 8) as usize];
            let rest = rest.strip_prefix(end).and_then(|rest| rest.strip_prefix(' ')).ok_or_else(broken)?;
            let at: u64 = at.parse().map_err(|_| broken())?;
            if found.parse() != Ok(index) || u64::from_str_radix(said, 16) != Ok(sum(self.number, index, at)) {
                return Err(broken());
            }
            each(at);
            index += 1;
            text = rest;
        }
        Ok(index)
    }
}

fn sum(number: u64, index: u64, at: u64) -> u64 {
    let mixed = (number << 40 ^ index << 20 ^ at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 40
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: Stream = Stream { frames: Frames::Varied, chunks: 20, delay: Duration::from_millis(20), number: 7 };

    fn text(index: u64, at: u64) -> String {
        let mut out = String::new();
        STREAM.write(&mut out, index, at);
        let event: serde_json::Value = serde_json::from_str(out.lines().nth(1).unwrap().split_at(6).1).unwrap();
        event["choices"][0]["delta"]["content"].as_str().unwrap().to_owned()
    }

    #[test]
    fn what_is_written_is_read_alone_and_together() {
        let mut times = Vec::new();
        let all: String = (0..20).map(|index| text(index, 1_000 + index)).collect();
        assert_eq!(STREAM.read(&all, 0, |at| times.push(at)), Ok(20));
        assert_eq!(times, (1_000..1_020).collect::<Vec<_>>());
        assert_eq!(STREAM.read(&text(9, 5), 9, drop), Ok(10));
        assert_eq!(Stream::of(&STREAM.model()), Some(STREAM));
    }

    #[test]
    fn a_dropped_a_doubled_and_an_altered_chunk_are_found() {
        let all = [text(0, 5), text(1, 6), text(2, 7)];
        for wrong in [
            [&*all[0], &all[2]].concat(),
            [&*all[0], &all[0], &all[1]].concat(),
            all.concat().replace(".6.", ".7."),
            all.concat().replace("the", "teh"),
            all.concat().trim_end().to_owned(),
        ] {
            assert!(STREAM.read(&wrong, 0, drop).is_err(), "{wrong}");
        }
    }
}

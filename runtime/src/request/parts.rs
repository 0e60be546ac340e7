//! A multipart body, rendered here and nowhere else: the bytes that are hashed and signed are the bytes that are sent.

use std::fmt::Display;
use std::io::Write;
use std::ops::Range;

use memchr::memmem;

use crate::error::Result;
use crate::input::AudioFile;

const MULTIPART: &str = "multipart/form-data; boundary=";
const DISPOSITION: &str = "Content-Disposition: form-data; name=\"";

/// A `multipart/form-data` body being written, part by part.
pub struct Parts {
    boundary: String,
    body: Vec<u8>,
}

impl Default for Parts {
    fn default() -> Self {
        Self::new()
    }
}

impl Parts {
    /// A body without parts. Nobody can guess its boundary, so no content can pose as a part of its own.
    pub fn new() -> Self {
        Parts { boundary: uuid::Uuid::new_v4().simple().to_string(), body: Vec::new() }
    }

    /// Adds a text, number or boolean.
    pub fn text(&mut self, name: &str, value: impl Display) {
        self.begin(name);
        self.line(format_args!("\"\r\n\r\n{value}\r\n"));
    }

    /// Adds a text, number or boolean if it is present.
    pub fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Adds a recording with the file name and media type that its bytes tell.
    ///
    /// # Errors
    /// `BadRequest` if it is no recording.
    pub fn file(&mut self, name: &str, file: &AudioFile<'_>) -> Result<()> {
        let format = file.format()?;
        // All that is still to come, so that a large recording is not moved while the body grows.
        self.body.reserve_exact(file.size() + 4 * (self.boundary.len() + DISPOSITION.len() + name.len() + 64));
        self.begin(name);
        let (file_name, media_type) = (format.file_name(), format.media_type());
        self.line(format_args!("\"; filename=\"{file_name}\"\r\nContent-Type: {media_type}\r\n\r\n"));
        file.write(&mut self.body)?;
        self.line(format_args!("\r\n"));
        Ok(())
    }

    /// The value of `content-type`, and the body.
    pub fn finish(mut self) -> (String, Vec<u8>) {
        let Parts { boundary, .. } = &self;
        let (content_type, end) = (format!("{MULTIPART}{boundary}"), format!("--{boundary}--\r\n"));
        self.body.extend_from_slice(end.as_bytes());
        (content_type, self.body)
    }

    fn begin(&mut self, name: &str) {
        let start = format!("--{}\r\n{DISPOSITION}{name}", self.boundary);
        self.body.extend_from_slice(start.as_bytes());
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.body.write_fmt(text);
    }
}

/// A part of a body that [`Parts`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// File name and media type of a file.
    pub file: Option<(&'a str, &'a str)>,
    /// What is in it.
    pub content: &'a [u8],
    /// Where it stands in the body, with the boundary before it.
    whole: Range<usize>,
}

/// The parts of a body that [`Parts`] wrote; `None` for any other body.
pub fn read<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let boundary = content_type.strip_prefix(MULTIPART)?;
    let mark = format!("--{boundary}");
    let starts: Vec<usize> = memmem::find_iter(body, mark.as_bytes()).collect();
    starts.windows(2).map(|pair| part(body, pair[0]..pair[1], mark.len())).collect()
}

fn part(body: &[u8], whole: Range<usize>, mark: usize) -> Option<Part<'_>> {
    let inside = body.get(whole.start + mark + 2..whole.end.checked_sub(2)?)?;
    let end = memmem::find(inside, b"\r\n\r\n")?;
    let head = std::str::from_utf8(inside.get(..end)?).ok()?;
    let mut words = head.strip_prefix(DISPOSITION)?.split('"');
    let name = words.next()?;
    let file = words.nth(1).zip(head.split_once("Content-Type: ").map(|(_, media_type)| media_type));
    Some(Part { name, file, content: inside.get(end + 4..)?, whole })
}

/// The body without the parts named in `drop`, and with those of `rename` under their other name; `None` if that
/// changes nothing.
pub(crate) fn changed(
    content_type: &str,
    body: &[u8],
    drop: impl Fn(&str) -> bool,
    rename: impl Fn(&str) -> Option<&'static str>,
) -> Option<Vec<u8>> {
    let parts = read(content_type, body)?;
    let mut out = Vec::with_capacity(body.len());
    let mut is_changed = false;
    for part in &parts {
        let whole = body.get(part.whole.clone())?;
        if drop(part.name) {
            is_changed = true;
        } else if let Some(other) = rename(part.name) {
            is_changed = true;
            let at = memmem::find(whole, DISPOSITION.as_bytes())? + DISPOSITION.len();
            out.extend_from_slice(whole.get(..at)?);
            out.extend_from_slice(other.as_bytes());
            out.extend_from_slice(whole.get(at + part.name.len()..)?);
        } else {
            out.extend_from_slice(whole);
        }
    }
    out.extend_from_slice(body.get(parts.last()?.whole.end..)?);
    is_changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> (String, Vec<u8>) {
        let mut parts = Parts::new();
        parts.text("model", "m\r\n--x");
        parts.optional("language", None::<&str>);
        parts.optional("temperature", Some(0.5));
        parts.file("file", &AudioFile::of_hex("4f6767530d0a2d2d")).unwrap();
        parts.finish()
    }

    #[test]
    fn the_body_is_what_the_boundary_of_its_content_type_says() {
        let (content_type, body) = written();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--x\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"temperature\"\r\n\r\n0.5\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio.ogg\"\r\n\
             Content-Type: audio/ogg\r\n\r\nOggS\r\n--\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
        assert_ne!(written().0, content_type);
    }

    #[test]
    fn parts_are_read_back_in_order() {
        let (content_type, body) = written();
        let parts = read(&content_type, &body).unwrap();
        let told: Vec<_> = parts.iter().map(|part| (part.name, part.file, part.content)).collect();
        assert_eq!(
            told,
            [
                ("model", None, &b"m\r\n--x"[..]),
                ("temperature", None, b"0.5"),
                ("file", Some(("audio.ogg", "audio/ogg")), b"OggS\r\n--"),
            ]
        );
        assert_eq!(read("application/json", b"{}"), None);
    }

    #[test]
    fn a_part_is_taken_out_or_renamed_and_the_rest_keeps_its_bytes() {
        let (content_type, body) = written();
        let out = changed(&content_type, &body, |name| name == "temperature", |_| None).unwrap();
        let names = |body: &[u8]| -> Vec<String> {
            read(&content_type, body).unwrap().iter().map(|part| part.name.to_owned()).collect()
        };
        assert_eq!(names(&out), ["model", "file"]);
        assert!(out.ends_with(&body[body.len() - 60..]));
        let out = changed(&content_type, &body, |_| false, |name| (name == "file").then_some("audio")).unwrap();
        assert_eq!(names(&out), ["model", "temperature", "audio"]);
        assert_eq!(out.len(), body.len() + 1);
        assert_eq!(changed(&content_type, &body, |_| false, |_| None), None);
    }

    #[test]
    fn the_room_for_a_recording_is_taken_once() {
        let mut parts = Parts::new();
        parts.text("model", "m");
        parts.file("file", &AudioFile::of_hex("00".repeat(1 << 20))).unwrap();
        let room = parts.body.capacity();
        parts.text("language", "zh-Hans");
        let (_, body) = parts.finish();
        assert_eq!(body.capacity(), room);
        assert!(room < (1 << 20) + 2048, "{room}");
    }
}

//! Media of a prompt: where they are, and of which type.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use crate::convert::held;
use crate::error::{Error, Result};
use crate::input::{Media, MediaKind};

/// Where a medium is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// At a URL.
    Url(&'a str),
    /// Here. Written as a data URI, piece by piece: the data may be megabytes.
    Data { media_type: &'a str, base64: &'a str },
}

impl<'a> Place<'a> {
    /// The place of a medium; its URL wins over its data.
    ///
    /// # Errors
    /// `BadRequest` if it is nowhere.
    pub fn of(media: &'a Media<'_>) -> Result<Self> {
        match (media.url.trim(), media.base64.trim()) {
            ("", "") => {
                Err(Error::bad_request(format!("the prompt holds {} with neither a URL nor data", held(media))))
            }
            ("", text) | (text, _) if starts_with(text, "data:") => Ok(Place::of_data_uri(media, text)),
            ("", base64) => Ok(Place::Data { media_type: media_type(media, base64), base64 }),
            (url, _) => Ok(Place::Url(url)),
        }
    }

    fn of_data_uri(media: &'a Media<'_>, text: &'a str) -> Self {
        let data = text.get("data:".len()..).and_then(|rest| rest.split_once(";base64,"));
        match data {
            Some(("", base64)) => Place::Data { media_type: media_type(media, base64), base64 },
            Some((media_type, base64)) => Place::Data { media_type, base64 },
            None => Place::Url(text),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Url(url) => f.write_str(url),
            Place::Data { media_type, base64 } => write!(f, "data:{media_type};base64,{base64}"),
        }
    }
}

impl Serialize for Place<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The type as given, else as the first bytes or the format say.
fn media_type<'a>(media: &'a Media<'_>, base64: &str) -> &'a str {
    if !media.mime_type.trim().is_empty() {
        return media.mime_type.trim();
    }
    let beginning = base64.as_bytes().get(..16).unwrap_or_default();
    let bytes = STANDARD.decode(beginning).unwrap_or_default();
    let format = media.format.trim().trim_start_matches('.').to_ascii_lowercase();
    let told = of_bytes(&bytes, media.kind).or_else(|| of_format(&format, media.kind));
    told.unwrap_or(match media.kind {
        MediaKind::Image => "image/png",
        MediaKind::Audio => "audio/wav",
        MediaKind::Video => "video/mp4",
        MediaKind::Document => "application/octet-stream",
    })
}

/// The media type that the first bytes tell.
pub fn of_bytes(bytes: &[u8], kind: MediaKind) -> Option<&'static str> {
    Some(match (kind, bytes) {
        (MediaKind::Image, [0x89, b'P', b'N', b'G', ..]) => "image/png",
        (MediaKind::Image, [0xFF, 0xD8, 0xFF, ..]) => "image/jpeg",
        (MediaKind::Image, [b'G', b'I', b'F', b'8', ..]) => "image/gif",
        (MediaKind::Image, [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]) => "image/webp",
        (MediaKind::Image, [b'B', b'M', ..]) => "image/bmp",
        (MediaKind::Audio, [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..]) => "audio/wav",
        (MediaKind::Audio, [b'I', b'D', b'3', ..] | [0xFF, 0xFB | 0xF3 | 0xF2, ..]) => "audio/mpeg",
        (MediaKind::Audio, [b'f', b'L', b'a', b'C', ..]) => "audio/flac",
        (MediaKind::Audio, [b'O', b'g', b'g', b'S', ..]) => "audio/ogg",
        (MediaKind::Audio, [b'#', b'!', b'A', b'M', b'R', ..]) => "audio/amr",
        (MediaKind::Audio, [_, _, _, _, b'f', b't', b'y', b'p', ..]) => "audio/mp4",
        (MediaKind::Video, [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..]) => "video/quicktime",
        (MediaKind::Video, [_, _, _, _, b'f', b't', b'y', b'p', ..]) => "video/mp4",
        (MediaKind::Video, [0x1A, 0x45, 0xDF, 0xA3, ..]) => "video/webm",
        (MediaKind::Document, [b'%', b'P', b'D', b'F', ..]) => "application/pdf",
        _ => return None,
    })
}

fn of_format(format: &str, kind: MediaKind) -> Option<&'static str> {
    Some(match (kind, format) {
        (MediaKind::Image, "jpg" | "jpeg") => "image/jpeg",
        (MediaKind::Image, "gif") => "image/gif",
        (MediaKind::Image, "webp") => "image/webp",
        (MediaKind::Image, "bmp") => "image/bmp",
        (MediaKind::Audio, "mp3" | "mpga") => "audio/mpeg",
        (MediaKind::Audio, "flac") => "audio/flac",
        (MediaKind::Audio, "ogg") => "audio/ogg",
        (MediaKind::Audio, "m4a") => "audio/mp4",
        (MediaKind::Audio, "aac") => "audio/aac",
        (MediaKind::Audio, "amr") => "audio/amr",
        (MediaKind::Video, "mov") => "video/quicktime",
        (MediaKind::Video, "webm") => "video/webm",
        (MediaKind::Document, "pdf") => "application/pdf",
        (MediaKind::Document, "txt") => "text/plain",
        (MediaKind::Document, "md" | "markdown") => "text/markdown",
        (MediaKind::Document, "csv") => "text/csv",
        (MediaKind::Document, "html") => "text/html",
        (MediaKind::Document, "json") => "application/json",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::media;
    use super::*;

    fn written(media: &Media<'_>) -> String {
        Place::of(media).unwrap().to_string()
    }

    #[test]
    fn a_url_wins_over_data() {
        let image = media(MediaKind::Image, "https://e.example/a.png", "AAAA", "image/png");
        assert_eq!(written(&image), "https://e.example/a.png");
    }

    #[test]
    fn data_gets_its_type_from_the_daemon_or_from_its_first_bytes() {
        assert_eq!(written(&media(MediaKind::Image, "", "AAAA", "image/x")), "data:image/x;base64,AAAA");
        for (kind, bytes, media_type) in [
            (MediaKind::Image, b"\x89PNG\r\n\x1a\n0000".as_slice(), "image/png"),
            (MediaKind::Image, b"\xFF\xD8\xFF\xE000000000", "image/jpeg"),
            (MediaKind::Image, b"GIF89a000000", "image/gif"),
            (MediaKind::Image, b"RIFF0000WEBPVP8 ", "image/webp"),
            (MediaKind::Image, b"BM0000000000", "image/bmp"),
            (MediaKind::Audio, b"RIFF0000WAVEfmt ", "audio/wav"),
            (MediaKind::Audio, b"ID3000000000", "audio/mpeg"),
            (MediaKind::Video, b"0000ftypisom0000", "video/mp4"),
            (MediaKind::Video, b"\x1A\x45\xDF\xA300000000", "video/webm"),
            (MediaKind::Document, b"%PDF-1.700000", "application/pdf"),
            (MediaKind::Document, b"000000000000", "application/octet-stream"),
        ] {
            let base64 = STANDARD.encode(bytes);
            assert_eq!(written(&media(kind, "", &base64, "")), format!("data:{media_type};base64,{base64}"));
        }
        let named = Media { format: ".MP3".into(), ..media(MediaKind::Audio, "", "?", "") };
        assert_eq!(written(&named), "data:audio/mpeg;base64,?");
    }

    #[test]
    fn a_data_uri_is_taken_apart_wherever_it_stands() {
        for place in [
            media(MediaKind::Image, "", "data:a/b;base64,QQ", ""),
            media(MediaKind::Image, "data:a/b;base64,QQ", "", "c/d"),
        ] {
            assert_eq!(Place::of(&place).unwrap(), Place::Data { media_type: "a/b", base64: "QQ" });
        }
        let bare = media(MediaKind::Audio, "data:;base64,QQ", "", "audio/mpeg");
        assert_eq!(written(&bare), "data:audio/mpeg;base64,QQ");
        assert_eq!(written(&media(MediaKind::Document, "data:,hi", "", "")), "data:,hi");
    }

    #[test]
    fn a_medium_that_is_nowhere_is_refused() {
        let error = Place::of(&media(MediaKind::Image, " ", "", "image/png")).unwrap_err();
        assert!(error.message().contains("an image"), "{error}");
    }
}

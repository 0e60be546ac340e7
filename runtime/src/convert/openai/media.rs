//! Images of a prompt, as OpenAI chat completions take them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::input::Media;

/// `image_url` of a part.
#[derive(Serialize)]
pub struct ImageUrl<'a> {
    url: Url<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

/// A URL, or a data URI written piece by piece: the data may be megabytes.
enum Url<'a> {
    Plain(&'a str),
    Data { mime_type: &'a str, base64: &'a str },
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Url::Plain(url) => f.write_str(url),
            Url::Data { mime_type, base64 } => write!(f, "data:{mime_type};base64,{base64}"),
        }
    }
}

impl Serialize for Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The image under its URL if it has one, else inline.
///
/// # Errors
/// `BadRequest` if it has neither.
pub fn image_url<'a>(media: &'a Media<'_>) -> Result<ImageUrl<'a>> {
    let url = match (media.url.trim(), media.base64.trim()) {
        ("", "") => return Err(Error::bad_request("the prompt holds an image with neither a URL nor data")),
        ("", data) if data.starts_with("data:") => Url::Plain(data),
        ("", base64) => Url::Data { mime_type: mime_type(media, base64), base64 },
        (url, _) => Url::Plain(url),
    };
    let detail = Some(media.detail.as_ref()).filter(|detail| matches!(*detail, "low" | "high"));
    Ok(ImageUrl { url, detail })
}

/// The type as given, else as the first bytes say.
fn mime_type<'a>(media: &'a Media<'_>, base64: &str) -> &'a str {
    if !media.mime_type.is_empty() {
        return &media.mime_type;
    }
    let beginning = base64.as_bytes().get(..16).unwrap_or_default();
    match STANDARD.decode(beginning).unwrap_or_default().as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => "image/webp",
        [b'B', b'M', ..] => "image/bmp",
        _ => match media.format.as_ref() {
            "jpg" | "jpeg" => "image/jpeg",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "bmp" => "image/bmp",
            _ => "image/png",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::media;
    use super::*;
    use crate::input::MediaKind;

    fn json(media: &Media<'_>) -> String {
        serde_json::to_string(&image_url(media).unwrap()).unwrap()
    }

    #[test]
    fn a_url_wins_over_data() {
        let mut image = media(MediaKind::Image, "https://e.example/a.png", "AAAA", "image/png");
        assert_eq!(json(&image), r#"{"url":"https://e.example/a.png"}"#);
        image.detail = "high".into();
        assert_eq!(json(&image), r#"{"url":"https://e.example/a.png","detail":"high"}"#);
    }

    #[test]
    fn data_gets_its_type_from_the_daemon_or_from_its_first_bytes() {
        let typed = media(MediaKind::Image, "", "AAAA", "image/x");
        assert_eq!(json(&typed), r#"{"url":"data:image/x;base64,AAAA"}"#);
        for (bytes, mime_type) in [
            (b"\x89PNG\r\n\x1a\n0000".as_slice(), "image/png"),
            (b"\xFF\xD8\xFF\xE000000000", "image/jpeg"),
            (b"GIF89a000000", "image/gif"),
            (b"RIFF0000WEBPVP8 ", "image/webp"),
            (b"BM0000000000", "image/bmp"),
        ] {
            let base64 = STANDARD.encode(bytes);
            let expected = format!(r#"{{"url":"data:{mime_type};base64,{base64}"}}"#);
            assert_eq!(json(&media(MediaKind::Image, "", &base64, "")), expected);
        }
        let named = Media { format: "jpg".into(), ..media(MediaKind::Image, "", "?", "") };
        assert_eq!(json(&named), r#"{"url":"data:image/jpeg;base64,?"}"#);
        assert_eq!(json(&media(MediaKind::Image, "", "data:a/b;base64,QQ", "")), r#"{"url":"data:a/b;base64,QQ"}"#);
    }

    #[test]
    fn an_image_that_is_nowhere_is_refused() {
        assert!(image_url(&media(MediaKind::Image, " ", "", "image/png")).is_err());
    }
}

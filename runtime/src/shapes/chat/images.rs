//! Pictures of an answer: links in the text, or parts of the message (protocol reference 3.1).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

use crate::adapter::Images;
use crate::error::{Error, Kind, Result};
use crate::json::write_text;
use crate::wire::LONGEST_LINE;

/// The most bytes of pictures in one message: the line, less room for text at its worst.
const MOST: usize = LONGEST_LINE - 6 * (64 << 10);

/// One picture: a URL, or its bytes in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    url: String,
    base64: String,
    mime_type: Cow<'static, str>,
}

impl Picture {
    /// Reads a URL, a data URI or bare base64.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn read(written: &str) -> Result<Self, &'static str> {
        let written = written.trim();
        if let Some(rest) = strip_prefix(written, "data:") {
            let (declared, base64) = rest.split_once(";base64,").ok_or("a picture's data URI is not in base64")?;
            let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let sniffed = sniffed(base64).map(Cow::Borrowed);
            let mime_type = sniffed.or_else(|| declared.starts_with("image/").then_some(Cow::Owned(declared)));
            return Self::inline(base64, mime_type);
        }
        if strip_prefix(written, "http://").or_else(|| strip_prefix(written, "https://")).is_some() {
            let url = Url::parse(written).map_err(|_| "a picture's URL is no URL")?;
            let mime_type = named(url.path()).unwrap_or("image/png").into();
            // Round brackets end a Markdown link.
            let url = String::from(url).replace('(', "%28").replace(')', "%29");
            return Ok(Picture { url, base64: String::new(), mime_type });
        }
        Self::inline(written, sniffed(written).map(Cow::Borrowed))
    }

    fn inline(base64: &str, mime_type: Option<Cow<'static, str>>) -> Result<Self, &'static str> {
        let is_data = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        let base64: String = base64.split_ascii_whitespace().collect();
        match mime_type {
            Some(mime_type) if !base64.is_empty() && base64.bytes().all(is_data) => {
                Ok(Picture { url: String::new(), base64, mime_type })
            }
            _ => Err("a picture is neither a URL nor the data of one"),
        }
    }

    /// Appends it as a part. Dify refuses one without `detail`, `format` or `mime_type`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let format = self.mime_type.strip_prefix("image/").unwrap_or("png");
        out.extend_from_slice(b"{\"type\":\"image\"");
        // Base64 needs no escapes, and is long.
        out.extend_from_slice(b",\"base64_data\":\"");
        out.extend_from_slice(self.base64.as_bytes());
        out.push(b'"');
        for (name, value) in [("url", &*self.url), ("format", format), ("mime_type", &*self.mime_type)] {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            write_text(out, value);
        }
        out.extend_from_slice(b",\"detail\":\"high\"}");
    }

    fn length(&self) -> usize {
        self.url.len() + self.base64.len() + 200
    }
}

/// Pictures that are links become a text, one a line; the others are parts.
///
/// # Errors
/// If one is neither a URL nor the data of a picture.
pub fn place(images: &[String], how: Images) -> Result<(String, Vec<Picture>), &'static str> {
    let pictures = images.iter().map(|image| Picture::read(image)).collect::<Result<Vec<_>, _>>()?;
    let (parts, links): (Vec<_>, Vec<_>) =
        pictures.into_iter().partition(|picture| how == Images::Parts || picture.url.is_empty());
    let line = |Picture { url, .. }: &Picture| match how {
        Images::Markdown => format!("![image]({url})"),
        Images::Links | Images::Parts => url.clone(),
    };
    Ok((links.iter().map(line).collect::<Vec<_>>().join("\n"), parts))
}

/// How many of the pictures go ahead of the last message, one by one, because all together would not fit a line.
///
/// # Errors
/// `BadReply` if one alone does not fit, or if Dify reads one message only.
pub fn ahead(pictures: &[Picture], stream: bool) -> Result<usize> {
    let total: usize = pictures.iter().map(Picture::length).sum();
    let largest = pictures.iter().map(Picture::length).max().unwrap_or_default();
    match (total > MOST, largest > MOST, stream) {
        (false, ..) => Ok(0),
        (true, false, true) => Ok(pictures.len() - 1),
        (true, true, _) => Err(too_large("a picture takes", largest)),
        (true, false, false) => Err(too_large("the pictures take", total)),
    }
}

fn too_large(what: &str, length: usize) -> Error {
    let mebibytes = length as f64 / f64::from(1 << 20);
    let message = format!(
        "{what} {mebibytes:.1} MiB in base64; Dify takes less than 5 MiB in one message. Ask for a smaller size, a \
         compressed format, fewer pictures, or a model that answers with URLs"
    );
    Error::new(Kind::BadReply, message)
}

fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.get(..prefix.len()).filter(|beginning| beginning.eq_ignore_ascii_case(prefix))?;
    text.get(prefix.len()..)
}

/// The type that the first bytes say.
fn sniffed(base64: &str) -> Option<&'static str> {
    let beginning = STANDARD.decode(base64.as_bytes().get(..16)?).ok()?;
    match beginning.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f'] => Some("image/avif"),
        _ => None,
    }
}

/// The type that the end of a path says.
fn named(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        "avif" => Some("image/avif"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PNG: &str = "iVBORw0KGgoAAAANSUhEUg==";

    fn placed(images: &[&str], how: Images) -> (String, Vec<Value>) {
        let images: Vec<String> = images.iter().map(|&image| image.to_owned()).collect();
        let (text, parts) = place(&images, how).unwrap();
        let written = |picture: &Picture| {
            let mut out = Vec::new();
            picture.write(&mut out);
            serde_json::from_slice(&out).unwrap()
        };
        (text, parts.iter().map(written).collect())
    }

    #[test]
    fn urls_are_markdown_links_or_parts() {
        let urls = ["https://e.example/a.png?x=1", "http://e.example/b.webp"];
        let markdown = "![image](https://e.example/a.png?x=1)\n![image](http://e.example/b.webp)";
        assert_eq!(placed(&urls, Images::Markdown), (markdown.to_owned(), Vec::new()));
        assert_eq!(placed(&urls, Images::Links).0, urls.join("\n"));
        let (text, parts) = placed(&urls, Images::Parts);
        assert_eq!(text, "");
        let part = |url: &str, format: &str| {
            json!({"type": "image", "url": url, "base64_data": "", "format": format,
                "mime_type": format!("image/{format}"), "detail": "high"})
        };
        assert_eq!(parts, [part(urls[0], "png"), part(urls[1], "webp")]);
    }

    #[test]
    fn data_is_a_part_whatever_links_become() {
        for how in [Images::Markdown, Images::Links, Images::Parts] {
            for written in [PNG.to_owned(), format!("data:image/png;base64,{PNG}"), format!("DATA:;base64,{PNG}\n")] {
                let (text, parts) = placed(&[&written], how);
                assert_eq!((text.as_str(), parts.len()), ("", 1), "{written}");
                assert_eq!(parts[0]["base64_data"], PNG);
                assert_eq!(parts[0]["mime_type"], "image/png");
                assert_eq!(parts[0]["format"], "png");
            }
        }
        let (_, parts) = placed(&["data:image/svg+xml;base64,PHN2Zz48L3N2Zz4="], Images::Markdown);
        assert_eq!(parts[0]["mime_type"], "image/svg+xml");
        let jpeg = Picture::read(&STANDARD.encode([0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0, 0, 0, 0, 0, 0])).unwrap();
        assert_eq!(jpeg.mime_type, "image/jpeg");
    }

    #[test]
    fn a_url_cannot_break_out_of_its_link() {
        let (text, _) = placed(&["https://e.example/a b).png?(x"], Images::Markdown);
        assert_eq!(text, "![image](https://e.example/a%20b%29.png?%28x)");
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for written in [
            "",
            "error",
            "no picture today",
            "oss://bucket/a.png",
            "file:///etc/passwd",
            "data:image/png,x",
            "javascript:alert(1)",
            "https://",
            "data:text/html;base64,PGI+",
            "AAAAAAAAAAAAAAAAAAAA",
            "iVBORw0KGgoAAAAN<b>",
        ] {
            assert!(Picture::read(written).is_err(), "{written}");
        }
    }

    #[test]
    fn what_does_not_fit_one_message_goes_ahead_or_is_an_error() {
        let picture = |length: usize| Picture::read(&format!("{PNG}{}", "A".repeat(length))).unwrap();
        let small = vec![picture(1 << 20), picture(1 << 20)];
        assert_eq!(ahead(&small, false).unwrap(), 0);
        let many = vec![picture(3 << 20), picture(3 << 20), picture(3 << 20)];
        assert_eq!(ahead(&many, true).unwrap(), 2);
        let error = ahead(&many, false).unwrap_err();
        assert!(error.message().contains("the pictures take 9.0 MiB"), "{error}");
        let error = ahead(&[picture(5 << 20)], true).unwrap_err();
        assert_eq!(error.kind(), Kind::BadReply);
        assert!(error.message().contains("a picture takes 5.0 MiB"), "{error}");
        assert!(error.message().contains("smaller size"), "{error}");
        assert_eq!(ahead(&[], false).unwrap(), 0);
    }
}

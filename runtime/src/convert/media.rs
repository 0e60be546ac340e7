//! Media that come as one text: a URL, or base64 without its type.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::openai::of_bytes;
use crate::error::{Error, Result};
use crate::input::{Item, MediaKind};

/// A URL or data URI as it is; base64 as a data URI with the type that its first bytes say, else PNG.
///
/// # Errors
/// `BadRequest` if it is empty.
pub fn data_url(media: &str) -> Result<Cow<'_, str>> {
    let media = media.trim();
    if media.is_empty() {
        return Err(Error::bad_request("a medium is empty: neither a URL nor base64"));
    }
    let starts_with = |prefix: &str| media.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if ["data:", "http://", "https://", "oss://"].into_iter().any(starts_with) {
        return Ok(Cow::Borrowed(media));
    }
    let beginning = STANDARD.decode(media.as_bytes().get(..16).unwrap_or_default()).unwrap_or_default();
    let media_type = of_bytes(&beginning, MediaKind::Image).unwrap_or("image/png");
    Ok(Cow::Owned(format!("data:{media_type};base64,{media}")))
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum DashscopeItem<'a> {
    Text(&'a str),
    Image(Cow<'a, str>),
}

/// A text or an image by itself, as an object with one member that says which it is.
///
/// # Errors
/// `BadRequest` for an empty image.
pub fn dashscope_item<'a>(item: &'a Item<'_>) -> Result<impl Serialize + use<'a>> {
    match item.content_type {
        "image" => data_url(&item.content).map(DashscopeItem::Image),
        _ => Ok(DashscopeItem::Text(&item.content)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_gets_the_type_of_its_bytes_and_a_url_stays() {
        let of = |media: &str| data_url(media).unwrap().into_owned();
        let jpeg = STANDARD.encode([0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10, b'J', b'F', b'I', b'F', 0, 1]);
        assert_eq!(of(&jpeg), format!("data:image/jpeg;base64,{jpeg}"));
        assert_eq!(of(" aGk= "), "data:image/png;base64,aGk=");
        for kept in ["https://a/b.png", "HTTP://a", "data:image/gif;base64,R0", "oss://bucket/a"] {
            assert_eq!(of(kept), kept);
        }
        assert!(data_url(" ").is_err());
    }

    #[test]
    fn an_item_says_what_it_is() {
        let written = |content: &'static str, content_type: &'static str| {
            let item = Item { content: content.into(), content_type };
            dashscope_item(&item).ok().map(|item| serde_json::to_string(&item).unwrap())
        };
        assert_eq!(written("a cat", "text").unwrap(), r#"{"text":"a cat"}"#);
        assert_eq!(written("https://a/b.png", "image").unwrap(), r#"{"image":"https://a/b.png"}"#);
        assert_eq!(written("", "image"), None);
    }
}

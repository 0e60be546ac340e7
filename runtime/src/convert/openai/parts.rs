//! Parts of a message's content, in the dialects of OpenAI chat completions:
//!
//! | | image | video | audio | document |
//! |---|---|---|---|---|
//! | `openai` | `image_url` | `video_url` | `input_audio`: WAV or MP3, inline | `file`, inline |
//! | `dashscope` | `image_url` | `video_url` | `input_audio`: a URL or a data URI, any format | none |
//! | `image_url` | `image_url` | `image_url` | `image_url` | `file`, inline |
//!
//! `auto` is `dashscope` for models of the Qwen families, else `openai`. What a dialect cannot take is an error that
//! names it.

use std::borrow::Cow;

use serde::Serialize;

use super::media::Place;
use crate::convert::held;
use crate::error::{Error, Result};
use crate::input::{Media, MediaKind, Part};

/// Families that take DashScope's forms.
const QWEN: [&str; 3] = ["qwen", "qvq", "qwq"];
/// Formats of audio that DashScope knows.
const FORMATS: [&str; 6] = ["wav", "mp3", "aac", "flac", "ogg", "amr"];

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WirePart<'a> {
    Text { text: Cow<'a, str> },
    ImageUrl { image_url: Url<'a> },
    VideoUrl { video_url: Url<'a> },
    InputAudio { input_audio: Audio<'a> },
    File { file: File<'a> },
}

#[derive(Serialize)]
pub struct Url<'a> {
    url: Place<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

#[derive(Serialize)]
pub struct Audio<'a> {
    data: Data<'a>,
    format: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Bare(&'a str),
    At(Place<'a>),
}

#[derive(Serialize)]
pub struct File<'a> {
    filename: &'a str,
    file_data: Place<'a>,
}

/// How media are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    OpenAi,
    DashScope,
    ImageUrl,
}

impl Dialect {
    /// The dialect of this name; `auto` asks the model's name, be it behind a vendor's (`qwen/qwen-omni`).
    ///
    /// # Errors
    /// `BadRequest` for an unknown name.
    pub fn named(name: &str, model: &str) -> Result<Self> {
        match name {
            "openai" => Ok(Dialect::OpenAi),
            "dashscope" => Ok(Dialect::DashScope),
            "image_url" => Ok(Dialect::ImageUrl),
            "auto" => {
                let model = model.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
                let is_qwen = QWEN.iter().any(|family| model.starts_with(family));
                Ok(if is_qwen { Dialect::DashScope } else { Dialect::OpenAi })
            }
            other => Err(Error::bad_request(format!("unknown media dialect: {other:?}"))),
        }
    }

    /// A part as this dialect writes it.
    ///
    /// # Errors
    /// `BadRequest` naming the part that the dialect cannot take.
    pub fn part<'a>(self, part: &'a Part<'_>) -> Result<WirePart<'a>> {
        let media = match part {
            Part::Text(text) => return Ok(WirePart::Text { text: text.as_ref().into() }),
            Part::Media(media) => media,
        };
        let place = Place::of(media)?;
        match (media.kind, self) {
            (MediaKind::Image, _) => {
                let detail = Some(media.detail.as_ref()).filter(|detail| matches!(*detail, "low" | "high"));
                Ok(WirePart::ImageUrl { image_url: Url { url: place, detail } })
            }
            (MediaKind::Video | MediaKind::Audio, Dialect::ImageUrl) => {
                Ok(WirePart::ImageUrl { image_url: Url { url: place, detail: None } })
            }
            (MediaKind::Video, _) => Ok(WirePart::VideoUrl { video_url: Url { url: place, detail: None } }),
            (MediaKind::Audio, Dialect::DashScope) => {
                let audio = Audio { data: Data::At(place), format: dashscope_format(place) };
                Ok(WirePart::InputAudio { input_audio: audio })
            }
            (MediaKind::Audio, Dialect::OpenAi) => openai_audio(media, place),
            (MediaKind::Document, Dialect::DashScope) => {
                Err(refused(media, "DashScope's chat has no form for documents"))
            }
            (MediaKind::Document, _) => file(media, place),
        }
    }
}

fn refused(media: &Media<'_>, why: &str) -> Error {
    Error::bad_request(format!("the prompt holds {}: {why}", held(media)))
}

/// Where files are sent inline only.
pub const INLINE: &str = "this endpoint takes it inline only; let Dify send files as base64 (MULTIMODAL_SEND_FORMAT)";

fn openai_audio<'a>(media: &Media<'_>, place: Place<'a>) -> Result<WirePart<'a>> {
    let Place::Data { media_type, base64 } = place else { return Err(refused(media, INLINE)) };
    let format = match format_of(media_type) {
        Some(format @ ("wav" | "mp3")) => format,
        _ => return Err(refused(media, &format!("it is {media_type}, and this endpoint takes WAV and MP3 only"))),
    };
    Ok(WirePart::InputAudio { input_audio: Audio { data: Data::Bare(base64), format } })
}

fn file<'a>(media: &'a Media<'_>, place: Place<'a>) -> Result<WirePart<'a>> {
    let Place::Data { media_type, .. } = place else { return Err(refused(media, INLINE)) };
    let filename = match (media.filename.trim(), media_type) {
        ("", "application/pdf") => "document.pdf",
        ("", _) => "document",
        (name, _) => name,
    };
    Ok(WirePart::File { file: File { filename, file_data: place } })
}

/// The format of a media type of audio, as services call it.
fn format_of(media_type: &str) -> Option<&'static str> {
    let (kind, subtype) = media_type.split(';').next()?.split_once('/')?;
    if !kind.trim().eq_ignore_ascii_case("audio") {
        return None;
    }
    let subtype = subtype.trim().to_ascii_lowercase();
    Some(match subtype.trim_start_matches("x-") {
        "wav" | "wave" | "vnd.wave" | "pn-wav" => "wav",
        "mpeg" | "mp3" | "mpeg3" => "mp3",
        "aac" => "aac",
        "flac" => "flac",
        "ogg" | "opus" => "ogg",
        "amr" | "amr-wb" => "amr",
        "mp4" | "m4a" => "m4a",
        "webm" => "webm",
        "3gpp" => "3gp",
        _ => return None,
    })
}

/// What the type says, else the first format that the URL names, else WAV.
fn dashscope_format(place: Place<'_>) -> &'static str {
    let told = match place {
        Place::Data { media_type, .. } => format_of(media_type),
        Place::Url(url) => {
            let url = url.to_ascii_lowercase();
            FORMATS.into_iter().find(|format| url.contains(format))
        }
    };
    told.unwrap_or("wav")
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::media;
    use super::*;

    fn json(dialect: Dialect, media: Media<'_>) -> Result<String, String> {
        let part = Part::Media(media);
        let part = dialect.part(&part).map_err(|error| error.message().to_owned())?;
        Ok(serde_json::to_string(&part).unwrap())
    }

    fn inline(kind: MediaKind, media_type: &'static str) -> Media<'static> {
        media(kind, "", "AAAA", media_type)
    }

    #[test]
    fn images_keep_their_detail() {
        let image = || media(MediaKind::Image, "https://e.example/a.png", "", "");
        for dialect in [Dialect::OpenAi, Dialect::DashScope, Dialect::ImageUrl] {
            assert_eq!(
                json(dialect, Media { detail: "high".into(), ..image() }).unwrap(),
                r#"{"type":"image_url","image_url":{"url":"https://e.example/a.png","detail":"high"}}"#
            );
            let other = Media { detail: "auto".into(), ..image() };
            assert!(!json(dialect, other).unwrap().contains("detail"));
        }
    }

    #[test]
    fn the_dialect_follows_from_the_family() {
        for model in ["qwen-vl-max", "QVQ-72B", "qwq-plus", "qwen/qwen2.5-omni-7b"] {
            assert_eq!(Dialect::named("auto", model).unwrap(), Dialect::DashScope, "{model}");
        }
        for model in ["gpt-4o-audio-preview", "my-qwen", "", "qwen/gpt-4o"] {
            assert_eq!(Dialect::named("auto", model).unwrap(), Dialect::OpenAi, "{model}");
        }
        assert_eq!(Dialect::named("image_url", "qwen").unwrap(), Dialect::ImageUrl);
        assert!(Dialect::named("gemini", "m").is_err());
    }

    #[test]
    fn openai_takes_audio_and_documents_inline() {
        for (media_type, format) in [("audio/wav", "wav"), ("audio/x-wav", "wav"), ("audio/mpeg", "mp3")] {
            assert_eq!(
                json(Dialect::OpenAi, inline(MediaKind::Audio, media_type)).unwrap(),
                format!(r#"{{"type":"input_audio","input_audio":{{"data":"AAAA","format":"{format}"}}}}"#)
            );
        }
        let named = Media { filename: "report.pdf".into(), ..inline(MediaKind::Document, "application/pdf") };
        assert_eq!(
            json(Dialect::OpenAi, named).unwrap(),
            r#"{"type":"file","file":{"filename":"report.pdf","file_data":"data:application/pdf;base64,AAAA"}}"#
        );
        let bare = json(Dialect::ImageUrl, inline(MediaKind::Document, "text/plain")).unwrap();
        assert!(bare.contains(r#""filename":"document""#), "{bare}");
    }

    #[test]
    fn dashscope_takes_urls_and_data_uris_with_a_format() {
        let at = |url: &'static str| media(MediaKind::Audio, url, "", "");
        for (audio, data, format) in [
            (inline(MediaKind::Audio, "audio/mpeg"), "data:audio/mpeg;base64,AAAA", "mp3"),
            (inline(MediaKind::Audio, "application/x"), "data:application/x;base64,AAAA", "wav"),
            (at("https://e.example/a.flac?x"), "https://e.example/a.flac?x", "flac"),
            (at("https://e.example/a"), "https://e.example/a", "wav"),
        ] {
            assert_eq!(
                json(Dialect::DashScope, audio).unwrap(),
                format!(r#"{{"type":"input_audio","input_audio":{{"data":"{data}","format":"{format}"}}}}"#)
            );
        }
        assert_eq!(
            json(Dialect::DashScope, media(MediaKind::Video, "https://e.example/v.mp4", "", "")).unwrap(),
            r#"{"type":"video_url","video_url":{"url":"https://e.example/v.mp4"}}"#
        );
    }

    #[test]
    fn for_translators_everything_is_an_image() {
        for (kind, media_type) in [(MediaKind::Video, "video/mp4"), (MediaKind::Audio, "audio/ogg")] {
            assert_eq!(
                json(Dialect::ImageUrl, inline(kind, media_type)).unwrap(),
                format!(r#"{{"type":"image_url","image_url":{{"url":"data:{media_type};base64,AAAA"}}}}"#)
            );
        }
    }

    #[test]
    fn what_a_dialect_cannot_take_is_named() {
        let url = |kind| Media { filename: "a.bin".into(), ..media(kind, "https://e.example/a", "", "") };
        for (dialect, media, says) in [
            (Dialect::OpenAi, url(MediaKind::Audio), ["audio (a.bin)", "inline only"]),
            (Dialect::OpenAi, url(MediaKind::Document), ["a document (a.bin)", "inline only"]),
            (Dialect::OpenAi, inline(MediaKind::Audio, "audio/ogg"), ["audio", "WAV and MP3"]),
            (Dialect::DashScope, inline(MediaKind::Document, "text/plain"), ["a document", "DashScope"]),
        ] {
            let problem = json(dialect, media).unwrap_err();
            assert!(says.iter().all(|word| problem.contains(word)), "{problem}");
        }
    }
}

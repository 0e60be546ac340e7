//! What a model is set up to take.

use super::held;
use crate::error::{Error, Result};
use crate::input::{Content, MediaKind, Message, Part};

/// The messages, unless they hold video, audio or documents that the model is not set up to take: left out, the model
/// would answer as if they had never been given. Images are the protocol's to take or to refuse.
///
/// # Errors
/// `BadRequest` naming the medium.
pub fn supported_media<'a>(
    messages: &[Message<'a>],
    video: bool,
    audio: bool,
    document: bool,
) -> Result<Vec<Message<'a>>> {
    for message in messages {
        let Content::Parts(parts) = &message.content else { continue };
        for part in parts {
            let Part::Media(media) = part else { continue };
            let (takes, support) = match media.kind {
                MediaKind::Image => (true, "vision"),
                MediaKind::Video => (video, "video"),
                MediaKind::Audio => (audio, "audio"),
                MediaKind::Document => (document, "document"),
            };
            if !takes {
                let what = held(media);
                return Err(Error::bad_request(format!(
                    "the prompt holds {what}, which this model is not set up to take (its {support} support is off)"
                )));
            }
        }
    }
    Ok(messages.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{media, parts, said, text};
    use super::*;
    use crate::input::Role;

    #[test]
    fn b_a18_what_the_model_is_not_set_up_to_take_is_refused_wherever_it_stands() {
        for (kind, says) in [
            (MediaKind::Video, ["holds video,", "video support"]),
            (MediaKind::Audio, ["holds audio,", "audio support"]),
            (MediaKind::Document, ["a document", "document support"]),
        ] {
            let message =
                || parts(Role::Tool, vec![text("x"), Part::Media(media(kind, "https://e.example/a", "", ""))]);
            let takes = |this| kind == this;
            let with = |on: bool| {
                let messages = [said(Role::User, "Hi"), message()];
                let flag = |this| takes(this) == on;
                supported_media(&messages, flag(MediaKind::Video), flag(MediaKind::Audio), flag(MediaKind::Document))
                    .map(|messages| messages.len())
            };
            assert_eq!(with(true).unwrap(), 2);
            let problem = with(false).unwrap_err();
            assert!(says.iter().all(|word| problem.message().contains(word)), "{problem}");
        }
    }

    #[test]
    fn images_pass() {
        let image = Part::Media(media(MediaKind::Image, "https://e.example/a", "", ""));
        assert!(supported_media(&[parts(Role::User, vec![image])], false, false, false).is_ok());
    }
}

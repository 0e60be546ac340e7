//! What a user asks for, for models that make pictures: one description, perhaps with pictures to change.

use crate::convert::{cannot_take, only_text};
use crate::error::{Error, Result};
use crate::input::{Content, MediaKind, Message, Part, Role};

/// The texts of all user messages, joined with LF. What system and assistant say describes no picture.
///
/// # Errors
/// `BadRequest` for media, and if the user says nothing.
pub fn user_text(messages: &[Message<'_>]) -> Result<String> {
    let texts = of_user(messages).map(|message| only_text(&message.content)).collect::<Result<Vec<_>>>()?;
    described(texts.join("\n"))
}

/// Images and texts of all user messages, each kind on its own, because one text is what the other converter and
/// earlier versions send.
pub(super) fn user_parts<'m>(messages: &'m [Message<'_>]) -> Result<(Vec<&'m crate::input::Media<'m>>, String)> {
    let (mut images, mut texts) = (Vec::new(), Vec::new());
    for message in of_user(messages) {
        match &message.content {
            Content::Text(text) => texts.push(text.as_ref()),
            Content::Parts(parts) => {
                for part in parts {
                    match part {
                        Part::Text(text) => texts.push(text.as_ref()),
                        Part::Media(media) if media.kind == MediaKind::Image => images.push(media),
                        Part::Media(media) => return Err(cannot_take(media)),
                    }
                }
            }
        }
    }
    Ok((images, described(texts.join("\n"))?))
}

fn of_user<'m, 'i>(messages: &'m [Message<'i>]) -> impl Iterator<Item = &'m Message<'i>> {
    messages.iter().filter(|message| message.role == Role::User)
}

fn described(text: String) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Error::bad_request(
            "the prompt holds no text of a user: describe the picture in a user message (system messages are not read)",
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{media, parts, said, text};
    use super::*;

    #[test]
    fn the_texts_of_the_user_are_joined() {
        let messages = [
            said(Role::System, "You paint."),
            said(Role::User, "a cat"),
            said(Role::Assistant, "![image](https://e.example/a.png)"),
            parts(Role::User, vec![text("in"), text("a hat")]),
        ];
        assert_eq!(user_text(&messages).unwrap(), "a cat\nin\na hat");
    }

    #[test]
    fn a_prompt_without_a_users_text_or_with_media_is_refused() {
        for messages in [vec![], vec![said(Role::System, "a cat")], vec![said(Role::User, " \n")]] {
            let error = user_text(&messages).unwrap_err();
            assert!(error.message().contains("no text of a user"), "{error}");
        }
        let image = || Part::Media(media(MediaKind::Image, "https://e.example/a.png", "", ""));
        let error = user_text(&[parts(Role::User, vec![image(), text("a hat")])]).unwrap_err();
        assert!(error.message().contains("an image"), "{error}");
        assert!(user_parts(&[parts(Role::User, vec![image()])]).is_err());
        let audio = Part::Media(media(MediaKind::Audio, "https://e.example/a.mp3", "", ""));
        let error = user_parts(&[parts(Role::User, vec![text("a"), audio])]).unwrap_err();
        assert!(error.message().contains("audio"), "{error}");
    }
}

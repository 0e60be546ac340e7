//! The conversation as one text, for completion models.

use crate::convert::{check_not_empty, only_text};
use crate::error::Result;
use crate::input::Message;

/// The texts of all messages, whoever said them, joined with LF.
///
/// # Errors
/// `BadRequest` for media and for a conversation without messages.
pub fn prompt_text(messages: &[Message<'_>]) -> Result<String> {
    check_not_empty(messages)?;
    let texts: Result<Vec<_>> = messages.iter().map(|message| only_text(&message.content)).collect();
    Ok(texts?.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{media, parts, said, text};
    use super::*;
    use crate::input::{MediaKind, Part, Role};

    #[test]
    fn every_role_is_in_the_prompt() {
        let messages = [
            said(Role::System, "Continue."),
            parts(Role::User, vec![text("Once"), text("upon")]),
            said(Role::Assistant, "a time"),
        ];
        assert_eq!(prompt_text(&messages).unwrap(), "Continue.\nOnce\nupon\na time");
    }

    #[test]
    fn an_image_or_an_empty_conversation_is_refused() {
        let image = Part::Media(media(MediaKind::Image, "https://e.example/a.png", "", ""));
        let error = prompt_text(&[parts(Role::User, vec![image])]).unwrap_err();
        assert!(error.message().contains("an image"), "{error}");
        assert_eq!(prompt_text(&[]).unwrap_err().error_type(), "InvokeBadRequestError");
    }
}

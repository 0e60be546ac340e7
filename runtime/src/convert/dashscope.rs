//! The dialect of DashScope's multimodal generation, as far as pictures are made with it.

use std::borrow::Cow;

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::openai::Place;
use super::user::user_parts;
use crate::error::Result;
use crate::input::Message;
use crate::reply::{Json, List, Text, Undecoded};

/// Content of one user message: the user's images, for models that change them, then all texts joined with LF.
///
/// # Errors
/// `BadRequest` for other media, for an image that is nowhere, and if the user says nothing.
pub fn dashscope_user_content<'m>(messages: &'m [Message<'_>]) -> Result<impl Serialize + 'm> {
    let (images, text) = user_parts(messages)?;
    let images = images.into_iter().map(Place::of).collect::<Result<_>>()?;
    Ok(UserContent { images, text })
}

struct UserContent<'m> {
    images: Vec<Place<'m>>,
    text: String,
}

impl Serialize for UserContent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "lowercase")]
        enum Part<'p> {
            Image(Place<'p>),
            Text(&'p str),
        }
        let mut list = serializer.serialize_seq(Some(self.images.len() + 1))?;
        for image in &self.images {
            list.serialize_element(&Part::Image(*image))?;
        }
        list.serialize_element(&Part::Text(&self.text))?;
        list.end()
    }
}

/// The images of an answer's `choices`: one choice may hold several, several choices may hold one each.
///
/// # Errors
/// `Malformed` if it is no list of choices.
pub fn dashscope_images(choices: &str) -> Result<Vec<Cow<'_, str>>, Undecoded> {
    #[derive(Deserialize)]
    struct Choice<'a> {
        #[serde(borrow)]
        message: Option<Said<'a>>,
    }
    #[derive(Deserialize)]
    struct Said<'a> {
        #[serde(borrow)]
        content: Option<Json<'a>>,
    }
    #[derive(Deserialize)]
    struct Part<'a> {
        #[serde(borrow)]
        image: Option<Text<'a>>,
    }
    let choices: List<Choice<'_>> = serde_json::from_str(choices)?;
    let contents = choices.0.into_iter().filter_map(|choice| choice.message?.content);
    // A content that is plain text holds no image.
    let parts = contents.filter_map(|content| serde_json::from_str::<List<Part<'_>>>(content.get()).ok());
    let parts = parts.flat_map(|parts| parts.0);
    Ok(parts.filter_map(|part| Some(part.image?.0)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{media, parts, said, text};
    use super::*;
    use crate::input::{MediaKind, Part, Role};

    fn content(messages: &[Message<'_>]) -> String {
        serde_json::to_string(&dashscope_user_content(messages).unwrap()).unwrap()
    }

    #[test]
    fn images_come_before_the_text() {
        assert_eq!(content(&[said(Role::System, "s"), said(Role::User, "a cat")]), r#"[{"text":"a cat"}]"#);
        let linked = Part::Media(media(MediaKind::Image, "https://e.example/a.png", "", ""));
        let inline = Part::Media(media(MediaKind::Image, "", "AAAA", "image/png"));
        let messages = [parts(Role::User, vec![text("Give the cat"), linked, inline]), said(Role::User, "a hat")];
        assert_eq!(
            content(&messages),
            r#"[{"image":"https://e.example/a.png"},{"image":"data:image/png;base64,AAAA"},{"text":"Give the cat\na hat"}]"#
        );
        let nowhere = Part::Media(media(MediaKind::Image, "", "", ""));
        assert!(dashscope_user_content(&[parts(Role::User, vec![nowhere, text("x")])]).is_err());
    }

    #[test]
    fn images_of_all_choices_are_read_and_the_rest_is_not() {
        let one = r#"[{"finish_reason":"stop","message":{"role":"assistant","content":[{"image":"u1"},{"text":"t"},{"image":"u2"}]}}]"#;
        assert_eq!(dashscope_images(one).unwrap(), ["u1", "u2"]);
        let several =
            r#"[{"message":{"content":[{"image":"u1"}]}},{"message":{"content":{"image":"u2"}}},{"message":null}]"#;
        assert_eq!(dashscope_images(several).unwrap(), ["u1", "u2"]);
        for nothing in ["[]", r#"[{"message":{"content":"sorry"}}]"#, r#"[{"message":{"content":[]}}]"#, "[{}]", "{}"] {
            assert!(dashscope_images(nothing).unwrap().is_empty(), "{nothing}");
        }
        assert!(dashscope_images("3").is_err());
    }
}

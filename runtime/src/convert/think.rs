//! Takes earlier thinking out of a conversation.

use std::borrow::Cow;

use crate::error::Result;
use crate::input::{Content, Message, Part, Role};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Messages without what the assistant thought in earlier turns: every `<think>...</think>` of its messages goes, with
/// the white space after it. A block that never closes stays: it may be all there is.
///
/// # Errors
/// None.
pub fn without_think_blocks<'a>(messages: &[Message<'a>]) -> Result<Vec<Message<'a>>> {
    let mut messages = messages.to_vec();
    for message in messages.iter_mut().filter(|message| message.role == Role::Assistant) {
        match &mut message.content {
            Content::Text(text) => remove_blocks(text),
            Content::Parts(parts) => {
                for part in parts {
                    if let Part::Text(text) = part {
                        remove_blocks(text);
                    }
                }
            }
        }
    }
    Ok(messages)
}

fn remove_blocks(text: &mut Cow<'_, str>) {
    if !text.contains(CLOSE) {
        return;
    }
    let mut kept = String::new();
    let mut rest: &str = text;
    while let Some((before, block)) = rest.split_once(OPEN) {
        let Some((_, after)) = block.split_once(CLOSE) else { break };
        kept.push_str(before);
        rest = after.trim_start();
    }
    kept.push_str(rest);
    *text = Cow::Owned(kept);
}

#[cfg(test)]
mod tests {
    use super::super::samples::{parts, said, text};
    use super::*;

    fn without(role: Role, text: &str) -> String {
        let messages = without_think_blocks(&[said(role, text)]).unwrap();
        let Content::Text(text) = &messages[0].content else { panic!("not a text") };
        text.to_string()
    }

    #[test]
    fn every_closed_block_of_the_assistant_goes() {
        assert_eq!(without(Role::Assistant, "<think>\na\n</think>\n\nHello <think>b</think> you"), "Hello you");
        assert_eq!(without(Role::Assistant, "<think></think>x"), "x");
    }

    #[test]
    fn an_open_block_and_other_roles_stay() {
        for kept in ["<think>never closed", "a </think> b", "<think>a", "plain"] {
            assert_eq!(without(Role::Assistant, kept), kept);
        }
        assert_eq!(without(Role::Assistant, "<think>a</think><think>b"), "<think>b");
        assert_eq!(without(Role::User, "<think>a</think>b"), "<think>a</think>b");
    }

    #[test]
    fn parts_are_looked_into() {
        let messages = [parts(Role::Assistant, vec![text("<think>a</think> b")])];
        let messages = without_think_blocks(&messages).unwrap();
        let Content::Parts(parts) = &messages[0].content else { panic!("not parts") };
        assert!(matches!(&parts[0], Part::Text(text) if text == "b"));
    }
}

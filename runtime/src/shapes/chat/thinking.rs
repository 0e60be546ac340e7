//! Puts thinking text and answer text into one text, with the markup Dify recognises.

use crate::adapter::Reasoning;

const OPEN: &str = "<think>\n";
const CLOSE: &str = "\n</think>";

/// Whether a block of thinking is open, and what becomes of thinking at all.
pub struct Thinking {
    reasoning: Reasoning,
    open: bool,
}

impl Thinking {
    pub fn new(reasoning: Reasoning) -> Self {
        Thinking { reasoning, open: false }
    }

    /// Appends a piece of thinking, opening a block if none is.
    pub fn think(&mut self, piece: &str, out: &mut String) {
        if piece.is_empty() || self.reasoning == Reasoning::Drop {
            return;
        }
        if !self.open {
            out.push_str(OPEN);
            self.open = true;
        }
        out.push_str(piece);
    }

    /// Appends a piece of the answer, after closing the block.
    pub fn speak(&mut self, piece: &str, out: &mut String) {
        if !piece.is_empty() {
            self.close(out);
            out.push_str(piece);
        }
    }

    /// Closes the block if it is open: before tool calls and at the end.
    pub fn close(&mut self, out: &mut String) {
        if self.open {
            out.push_str(CLOSE);
            self.open = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_opens_once_and_closes_once() {
        let mut thinking = Thinking::new(Reasoning::ThinkTags);
        let mut out = String::new();
        thinking.speak("a", &mut out);
        thinking.think("", &mut out);
        thinking.think("b", &mut out);
        thinking.speak("", &mut out);
        thinking.think("c", &mut out);
        thinking.speak("d", &mut out);
        thinking.speak("e", &mut out);
        thinking.think("f", &mut out);
        thinking.close(&mut out);
        thinking.close(&mut out);
        assert_eq!(out, "a<think>\nbc\n</think>de<think>\nf\n</think>");
    }

    #[test]
    fn thinking_can_be_left_out() {
        let mut thinking = Thinking::new(Reasoning::Drop);
        let mut out = String::new();
        thinking.think("b", &mut out);
        thinking.speak("d", &mut out);
        thinking.close(&mut out);
        assert_eq!(out, "d");
    }
}

//! One answer of the model, put together from what events or a whole reply say. No IO.

use super::images::{self, Picture};
use super::thinking::Thinking;
use super::tool_calls::ToolCalls;
use crate::adapter::{Images, Reasoning};
use crate::heavy;
use crate::output;
use crate::tokens;

/// What the model has said so far.
pub struct Turn {
    thinking: Thinking,
    /// Text that was not taken out yet.
    pub text: String,
    /// The tool calls.
    pub calls: ToolCalls,
    /// Why the answer ended.
    pub finish: Option<String>,
    /// Pictures, as the service writes them.
    pub images: Vec<String>,
    /// Tokens, as far as they were reported.
    pub usage: output::Usage,
    produced: Produced,
    said: bool,
}

impl Turn {
    /// Nothing said yet.
    pub fn new(reasoning: Reasoning) -> Self {
        Turn {
            thinking: Thinking::new(reasoning),
            text: String::new(),
            calls: ToolCalls::default(),
            finish: None,
            images: Vec::new(),
            usage: output::Usage::default(),
            produced: Produced::default(),
            said: false,
        }
    }

    /// Takes in an event; whether there was anything in it, be it an empty text.
    pub fn take(&mut self, chat: output::Chat<'_>) -> bool {
        let content = has_content(&chat);
        let finish = chat.finish.filter(|finish| !finish.is_empty() && finish != "null");
        let usage = chat.usage.filter(|usage| *usage != output::Usage::default());
        let anything = content || finish.is_some() || usage.is_some();
        let before = self.text.len();
        if let Some(reasoning) = chat.reasoning {
            self.said |= !reasoning.is_empty();
            self.thinking.think(&reasoning, &mut self.text);
        }
        if let Some(text) = chat.text {
            self.said |= !text.is_empty();
            self.thinking.speak(&text, &mut self.text);
        }
        if !chat.tool_calls.is_empty() {
            self.thinking.close(&mut self.text);
        }
        self.produced.add(self.text.get(before..).unwrap_or_default());
        for fragment in chat.tool_calls {
            self.said = true;
            self.calls.add(fragment);
        }
        for image in chat.images.into_iter().filter(|image| !image.trim().is_empty()) {
            self.said = true;
            self.images.push(image.into_owned());
        }
        if let Some(finish) = finish {
            self.said = true;
            self.finish = Some(finish.into_owned());
        }
        if let Some(usage) = usage.filter(|usage| ![usage.input, usage.output, usage.total].iter().all(is_nothing)) {
            self.usage.input = later(self.usage.input, usage.input);
            self.usage.output = later(self.usage.output, usage.output);
            self.usage.total = later(self.usage.total, usage.total);
        }
        anything
    }

    /// Takes in a whole reply. Thinking that is in the text already is not said twice.
    pub fn take_whole(&mut self, mut chat: output::Chat<'_>) -> bool {
        if chat.text.as_ref().is_some_and(|text| text.trim_start().starts_with("<think>")) {
            chat.reasoning = None;
        }
        self.take(chat)
    }

    /// Takes the pictures out: those that are links become text, the others are given back.
    ///
    /// # Errors
    /// If one is neither a URL nor data of a picture.
    pub async fn place_images(&mut self, how: Images) -> Result<Vec<Picture>, &'static str> {
        let images = std::mem::take(&mut self.images);
        let bytes = images.iter().map(String::len).sum();
        let (links, parts) = heavy::done(bytes, move || images::place(&images, how)).await?;
        if !self.produced.is_empty() && !links.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(&links);
        Ok(parts)
    }

    /// Whether there is an answer: text, thinking, a tool call, a picture or a reason to end. Usage alone is none.
    pub fn has_answer(&self) -> bool {
        self.said
    }

    /// Whether there is neither text nor a tool call nor a picture.
    pub fn is_silent(&self) -> bool {
        self.produced.is_empty() && self.calls.is_empty() && self.images.is_empty()
    }

    /// Whether pictures are all there is.
    pub fn is_pictures_only(&self) -> bool {
        self.produced.is_empty() && self.calls.is_empty() && !self.images.is_empty()
    }

    /// Closes what is open.
    pub fn close(&mut self) {
        let before = self.text.len();
        self.thinking.close(&mut self.text);
        self.produced.add(self.text.get(before..).unwrap_or_default());
    }

    /// Tokens of the text, estimated.
    pub async fn estimated_output(&self) -> usize {
        self.produced.tokens().await
    }
}

/// Whether there is text, thinking, a call or a picture in it, be it an empty text.
pub fn has_content(chat: &output::Chat<'_>) -> bool {
    chat.text.is_some() || chat.reasoning.is_some() || !chat.tool_calls.is_empty() || !chat.images.is_empty()
}

fn is_nothing(tokens: &Option<u64>) -> bool {
    matches!(tokens, None | Some(0))
}

/// Of two counts the later: services count in several events, and some say 0 in all but one.
fn later(known: Option<u64>, said: Option<u64>) -> Option<u64> {
    if is_nothing(&said) && !is_nothing(&known) { known } else { said.or(known) }
}

/// All text so far, kept only as far as counting its tokens needs it.
#[derive(Default)]
struct Produced {
    text: String,
    /// Characters of all of it; as long as there is no need to know, none.
    characters: usize,
    /// Bytes of `text` whose characters are counted.
    counted: usize,
}

impl Produced {
    fn add(&mut self, piece: &str) {
        self.text.push_str(piece);
        // A text has no more characters than bytes.
        if self.characters == 0 && self.text.len() < tokens::TOO_LONG {
            return;
        }
        self.characters += self.text.get(self.counted..).unwrap_or_default().chars().count();
        self.counted = self.text.len();
        if self.characters >= tokens::TOO_LONG {
            (self.text, self.counted) = Default::default();
        }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.characters == 0
    }

    async fn tokens(&self) -> usize {
        if self.characters < tokens::TOO_LONG {
            tokens::count_all(vec![self.text.as_str().into()]).await
        } else {
            self.characters
        }
    }
}

//! Reads an event that is like an earlier one: the same bytes but for its text and for values that nobody reads.
//!
//! Most events of a stream are. They need no JSON reader: what is around the text is compared, and `id`, `created` or
//! padding may be any value of the same kind. Whatever is not exactly like that is for the decoder; what is read here is
//! what the decoder would have made of it, which property tests hold against all protocols.

use std::borrow::Cow;
use std::ops::Range;

use crate::adapter::Paths;
use crate::output;

/// Longer events are not worth keeping.
const LONGEST: usize = 4 << 10;
/// The most values of an event that may differ.
const MOST_GAPS: usize = 32;
/// Objects and lists inside each other.
const DEEPEST: usize = 16;
/// How many events in a row may be kept in vain before it is given up.
const PATIENCE: u8 = 8;

/// An event that was decoded, and where others may differ from it.
pub struct Pattern {
    paths: Paths,
    event: String,
    gaps: Vec<Gap>,
    /// Events that are still kept though the one before was kept in vain.
    patience: u8,
}

struct Gap {
    /// In the event that is kept; of a text, without its quotation marks.
    at: Range<usize>,
    what: Value,
    /// It was another value once. Of most streams only the text is.
    varies: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    Text,
    Thinking,
    /// A string that nobody reads.
    String,
    /// A whole number that nobody reads.
    Number,
}

impl Pattern {
    /// Nothing is known yet.
    pub fn new(paths: Paths) -> Self {
        Pattern { paths, event: String::new(), gaps: Vec::new(), patience: PATIENCE }
    }

    /// What the decoder would make of `event`, if that can be told without it.
    pub fn read<'e>(&mut self, event: &'e str) -> Option<output::Chat<'e>> {
        if self.gaps.is_empty() {
            return None;
        }
        let chat = self.compare(event, false).or_else(|| self.compare(event, true))?;
        self.patience = PATIENCE;
        Some(chat)
    }

    /// Compares `event` with the one that is kept, but for what varies; or for `all` that may, which is then known to.
    fn compare<'e>(&mut self, event: &'e str, all: bool) -> Option<output::Chat<'e>> {
        let (kept, bytes) = (self.event.as_bytes(), event.as_bytes());
        let (mut chat, mut known, mut at) = (output::Chat::default(), 0, 0);
        for gap in self.gaps.iter_mut().filter(|gap| all || gap.varies) {
            let same = kept.get(known..gap.at.start)?;
            let rest = bytes.get(at..)?.strip_prefix(same)?;
            let start = at + same.len();
            let said = match gap.what {
                Value::Number => {
                    at = start + whole_number(rest)?;
                    None
                }
                Value::String => {
                    at = start + plain_string(rest)?;
                    None
                }
                Value::Text => Some(&mut chat.text),
                Value::Thinking => Some(&mut chat.reasoning),
            };
            if let Some(said) = said {
                let text = text(event.get(start..)?)?;
                at = start + text.length;
                *said = Some(text.said);
            }
            gap.varies = gap.varies || bytes.get(start..at)? != kept.get(gap.at.clone())?;
            known = gap.at.end;
        }
        (bytes.get(at..)? == kept.get(known..)?).then_some(chat)
    }

    /// Keeps an event and what the decoder made of it, if others can be told by it.
    pub fn keep(&mut self, event: &str, chat: &output::Chat<'_>) {
        let said = match (&chat.text, &chat.reasoning) {
            (Some(Cow::Borrowed(text)), None) => (Value::Text, *text),
            (None, Some(Cow::Borrowed(text))) => (Value::Thinking, *text),
            _ => return,
        };
        let says_more = !chat.tool_calls.is_empty() || !chat.images.is_empty() || chat.ends;
        if says_more || chat.finish.is_some() || chat.usage.is_some() || said.1.is_empty() {
            return;
        }
        if self.patience == 0 || event.len() > LONGEST || self.paths.texts.is_empty() {
            return;
        }
        self.patience -= 1;
        let mut walk = Walk { event, at: 0, path: String::new(), paths: self.paths, said, gaps: Vec::new() };
        let gaps = walk.value(0).map(|()| walk.gaps).unwrap_or_default();
        let said_once = gaps.iter().filter(|gap| matches!(gap.what, Value::Text | Value::Thinking)).count() == 1;
        if said_once && gaps.len() <= MOST_GAPS {
            event.clone_into(&mut self.event);
            self.gaps = gaps;
        }
    }
}

/// Finds the values of an event that may differ. The event is known to be JSON.
struct Walk<'e> {
    event: &'e str,
    at: usize,
    path: String,
    paths: Paths,
    /// What was said, a piece of the event.
    said: (Value, &'e str),
    gaps: Vec<Gap>,
}

impl<'e> Walk<'e> {
    fn value(&mut self, depth: usize) -> Option<()> {
        self.blank();
        match self.byte()? {
            b'{' | b'[' if depth == DEEPEST => None,
            b'{' => self.members(depth),
            b'[' => self.list(b']', |walk| walk.value(depth + 1)),
            b'"' => self.string(),
            _ => self.word(),
        }
    }

    fn members(&mut self, depth: usize) -> Option<()> {
        self.list(b'}', |walk| {
            walk.blank();
            let name = walk.quoted()?;
            let name = walk.event.get(name).filter(|name| !name.contains('\\'))?;
            let before = walk.path.len();
            if before > 0 {
                walk.path.push('.');
            }
            walk.path.push_str(name);
            walk.blank();
            walk.at += 1;
            walk.value(depth + 1)?;
            walk.path.truncate(before);
            Some(())
        })
    }

    /// What stands between an opening bracket and `end`, separated by commas.
    fn list(&mut self, end: u8, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.blank();
        while self.byte()? != end {
            each(self)?;
            self.blank();
            if self.byte()? == b',' {
                self.at += 1;
            }
            self.blank();
        }
        self.at += 1;
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        let at = self.quoted()?;
        let text = self.event.get(at.clone())?;
        let what = if std::ptr::eq(text, self.said.1) && self.paths.texts.contains(&self.path.as_str()) {
            Some(self.said.0)
        } else {
            (!self.is_read()).then_some(Value::String)
        };
        self.gaps.extend(what.map(|what| Gap { at, what, varies: matches!(what, Value::Text | Value::Thinking) }));
        Some(())
    }

    /// A number, or `true`, `false`, `null`.
    fn word(&mut self) -> Option<()> {
        let start = self.at;
        while self.byte().is_some_and(|byte| !matches!(byte, b',' | b'}' | b']') && !byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        let at = start..self.at;
        if at.is_empty() {
            return None;
        }
        if !self.is_read() && whole_number(self.event.as_bytes().get(at.clone())?) == Some(at.len()) {
            self.gaps.push(Gap { at, what: Value::Number, varies: false });
        }
        Some(())
    }

    /// Whether the decoder looks at this value, at something in it, or at what it is a part of.
    fn is_read(&self) -> bool {
        let begins = |long: &str, short: &str| {
            long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let first = self.path.as_bytes().first();
        let may_be = self.paths.read.iter().filter(|read| first.is_none() || read.as_bytes().first() == first);
        may_be.into_iter().any(|read| begins(read, &self.path) || begins(&self.path, read))
    }

    /// A string, without its quotation marks.
    fn quoted(&mut self) -> Option<Range<usize>> {
        let start = self.at + 1;
        let end = start + string(self.event.as_bytes().get(start..)?)?;
        self.at = end + 1;
        Some(start..end)
    }

    fn blank(&mut self) {
        while self.byte().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.event.as_bytes().get(self.at).copied()
    }
}

/// Bytes before the quotation mark that ends a string without escapes; `None` if it has any.
fn plain_string(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    let found = words.iter().enumerate().find_map(|(number, word)| Some(8 * number + first_special(*word)?));
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let end = found.or_else(|| Some(8 * words.len() + rest.iter().position(is_special)?))?;
    (bytes.get(end) == Some(&b'"')).then_some(end)
}

/// Which of eight bytes is the first that a string may not hold as it is. Subtracting borrows from the byte above only
/// where one was found below, so that the first is right.
fn first_special(word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let word = u64::from_le_bytes(word);
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let found = (is(b'"') | is(b'\\') | below(word, 0x20)) & HIGH;
    (found != 0).then_some(found.trailing_zeros() as usize / 8)
}

/// Bytes before the quotation mark that ends a string.
fn string(bytes: &[u8]) -> Option<usize> {
    plain_string(bytes).or_else(|| escaped_string(bytes))
}

/// The same of a string with escapes, which are not judged.
fn escaped_string(bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    loop {
        match bytes.get(end)? {
            b'"' => return Some(end),
            b'\\' => end += 2,
            0..=0x1f => return None,
            _ => end += 1,
        }
    }
}

/// Bytes of a whole number that is not negative; `None` if it is another number or none.
fn whole_number(bytes: &[u8]) -> Option<usize> {
    let length = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    let goes_on = matches!(bytes.get(length), Some(b'.' | b'e' | b'E'));
    let leads_with_zero = length > 1 && bytes.first() == Some(&b'0');
    (length > 0 && !goes_on && !leads_with_zero).then_some(length)
}

/// A string, and how many bytes it takes without its quotation marks.
struct Text<'e> {
    said: Cow<'e, str>,
    length: usize,
}

/// The string that `event` begins with, without its quotation marks. An empty one may make way for another.
fn text(event: &str) -> Option<Text<'_>> {
    let (length, said) = match plain_string(event.as_bytes()) {
        Some(length) => (length, Cow::Borrowed(event.get(..length)?)),
        None => {
            let length = escaped_string(event.as_bytes())?;
            (length, Cow::Owned(unescaped(event.get(..length)?)?))
        }
    };
    (length > 0).then_some(Text { said, length })
}

/// A string with the escapes that are common; with others it is read as JSON.
fn unescaped(string: &str) -> Option<String> {
    let mut text = String::with_capacity(string.len());
    let mut rest = string;
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        text.push(match escape.as_bytes().first()? {
            b'n' => '\n',
            b't' => '\t',
            b'"' => '"',
            b'\\' => '\\',
            _ => return serde_json::from_str(&format!("\"{string}\"")).ok(),
        });
        rest = escape.get(1..)?;
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;

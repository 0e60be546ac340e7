//! Joins fragments of tool calls into complete calls.
//!
//! Services disagree about what tells parallel calls apart: an index that is right, always 0, missing or counted from
//! 1; an id on the first fragment, on all, or on none; a name that comes once or with every fragment. A fragment
//! belongs to the call of its id, else to the newest call of its slot, else to the newest of all. A new id begins a
//! call; so does a second name, and the same name again once the arguments are complete. Arguments alone begin none while
//! a call lacks them: some count slots otherwise from the second fragment on (SGLang), or give each an id of its own.

use crate::output;

/// A call, as complete as it has become.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ToolCall {
    slot: Option<i64>,
    /// Never empty and never given twice once [`ToolCalls::finish`] returned it.
    pub id: String,
    /// Name of the function.
    pub name: String,
    /// Arguments as JSON text.
    pub arguments: String,
    brackets: Brackets,
}

impl ToolCall {
    /// Whether the arguments are a whole JSON object.
    fn is_complete(&self) -> bool {
        self.brackets.state == State::Whole
    }

    fn push(&mut self, arguments: &str) {
        self.arguments.push_str(arguments);
        self.brackets.follow(&self.arguments);
    }
}

/// Follows the brackets of an object as it grows. It is read once, when the last one closes: reading it with every
/// fragment would take quadratic time.
#[derive(Debug, Default, PartialEq, Eq)]
struct Brackets {
    read: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
    state: State,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Whole,
    /// It will never be an object.
    Other,
}

impl Brackets {
    fn follow(&mut self, text: &str) {
        for byte in text.as_bytes().get(self.read..).unwrap_or_default() {
            self.read += 1;
            match byte {
                _ if std::mem::take(&mut self.escaped) => {}
                _ if self.state != State::Open && byte.is_ascii_whitespace() => {}
                _ if self.state != State::Open => self.state = State::Other,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        let whole = text.get(..self.read).filter(|text| text.ends_with('}'));
                        let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
                        self.state = if whole.is_some_and(is_json) { State::Whole } else { State::Other };
                    }
                }
                _ => {}
            }
        }
    }
}

/// Dify takes all calls in one line of less than 5 MiB.
const MOST_BYTES: usize = 4 << 20;
/// No model makes so many; fragments that begin a call each would take quadratic time.
const MOST_CALLS: usize = 1_000;

/// The calls of one answer, in the order they began.
#[derive(Debug, Default)]
pub struct ToolCalls {
    calls: Vec<ToolCall>,
    bytes: usize,
}

impl ToolCalls {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether there is more than Dify could be sent.
    pub fn are_too_many(&self) -> bool {
        self.calls.len() > MOST_CALLS || self.bytes > MOST_BYTES
    }

    /// Whether the arguments of some call break off. None at all are complete.
    pub fn break_off(&self) -> bool {
        self.calls.iter().any(|call| !call.arguments.trim().is_empty() && !call.is_complete())
    }

    /// Takes in a fragment.
    pub fn add(&mut self, fragment: output::ToolCall<'_>) {
        let id = fragment.id.as_deref().unwrap_or_default();
        let name = fragment.name.as_deref().unwrap_or_default();
        let arguments = fragment.arguments.as_deref().unwrap_or_default();
        self.bytes += id.len() + name.len() + arguments.len();
        let position = if id.is_empty() {
            self.continued_by_name(fragment.slot, name, arguments)
        } else {
            self.continued_by_id(fragment.slot, id, name)
        };
        let lacking = || self.lacking_arguments(position, fragment.slot, id, arguments);
        let position = if name.is_empty() { lacking().or(position) } else { position };
        let position = position.unwrap_or_else(|| {
            self.calls.push(ToolCall::default());
            self.calls.len() - 1
        });
        let Some(call) = self.calls.get_mut(position) else { return };
        call.slot = call.slot.or(fragment.slot);
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        if call.name.is_empty() {
            name.clone_into(&mut call.name);
        }
        // An empty object or list at the beginning says nothing, whatever follows.
        if call.arguments == "{}" && arguments.trim_start().starts_with('{') {
            (call.arguments, call.brackets) = Default::default();
        }
        let arguments = if call.arguments.is_empty() && arguments.trim() == "[]" { "" } else { arguments };
        // Some services say the whole call once more at its end.
        if call.arguments != arguments || !call.is_complete() {
            call.push(arguments);
        }
    }

    /// The call that a fragment with an id continues.
    fn continued_by_id(&self, slot: Option<i64>, id: &str, name: &str) -> Option<usize> {
        let differs = |call: &ToolCall| call.slot.is_some() && slot.is_some() && call.slot != slot;
        // Not by id alone: some services give parallel calls the same id.
        let known = self.calls.iter().rposition(|call| call.id == id && (name.is_empty() || !differs(call)));
        known.or_else(|| {
            // An id that comes later than the call it belongs to.
            let newest = self.newest(slot)?;
            let call = self.calls.get(newest)?;
            (call.id.is_empty() && (name.is_empty() || call.name.is_empty() || call.name == name)).then_some(newest)
        })
    }

    /// The call that a fragment without an id continues.
    fn continued_by_name(&self, slot: Option<i64>, name: &str, arguments: &str) -> Option<usize> {
        let newest = self.newest(slot)?;
        let call = self.calls.get(newest)?;
        let continues = if name.is_empty() || call.name.is_empty() {
            true
        } else {
            call.name == name && (arguments.is_empty() || !call.is_complete())
        };
        continues.then_some(newest)
    }

    /// The call that arguments without a name belong to, where the one that they name has all of its own, or is none.
    fn lacking_arguments(&self, named: Option<usize>, slot: Option<i64>, id: &str, arguments: &str) -> Option<usize> {
        let lacks = |call: &ToolCall| !call.name.is_empty() && !call.is_complete();
        let named = named.and_then(|position| self.calls.get(position));
        if arguments.trim().is_empty() || named.is_some_and(|call| !call.is_complete() || call.arguments == arguments) {
            return None;
        }
        let of_slot = self.calls.iter().rposition(|call| call.slot == slot && lacks(call));
        of_slot.or_else(|| self.calls.iter().rposition(lacks).filter(|_| id.is_empty()))
    }

    /// The newest call that a slot, or its absence, can mean.
    fn newest(&self, slot: Option<i64>) -> Option<usize> {
        match slot {
            None => self.calls.len().checked_sub(1),
            Some(_) => self
                .calls
                .iter()
                .rposition(|call| call.slot == slot)
                .or_else(|| self.calls.len().checked_sub(1).filter(|&last| self.calls[last].slot.is_none())),
        }
    }

    /// The calls, complete: every one with an id of its own, arguments never empty. Fragments that came to nothing are
    /// left out.
    ///
    /// # Errors
    /// If a call has arguments but no name.
    pub fn finish(self) -> Result<Vec<ToolCall>, &'static str> {
        let mut calls: Vec<ToolCall> = Vec::with_capacity(self.calls.len());
        for mut call in self.calls {
            if call.name.is_empty() {
                if call.arguments.trim().is_empty() {
                    continue;
                }
                return Err("a tool call has no name");
            }
            if call.arguments.trim().is_empty() {
                call.arguments = "{}".to_owned();
            }
            // Dify joins what has the same id; in a longer conversation an id must not come back either.
            if call.id.is_empty() || calls.iter().any(|other| other.id == call.id) {
                call.id = format!("call_{}", uuid::Uuid::new_v4().simple());
            }
            calls.push(call);
        }
        Ok(calls)
    }
}

#[cfg(test)]
#[path = "tool_calls_tests.rs"]
mod tests;

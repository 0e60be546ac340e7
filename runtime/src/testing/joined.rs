//! A chat answer put together from what an adapter said, as examples write it.

use serde::Serialize;

use crate::output;

/// A chat answer put together; absent members are left out.
#[derive(Default, Serialize)]
pub(super) struct Joined {
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reasoning: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<JoinedCall>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<JoinedUsage>,
}

#[derive(Default, Serialize)]
struct JoinedCall {
    #[serde(skip)]
    slot: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<String>,
}

#[derive(Default, Serialize)]
struct JoinedUsage {
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

impl Joined {
    pub(super) fn add(&mut self, chat: output::Chat<'_>) {
        self.text.push_str(chat.text.as_deref().unwrap_or_default());
        self.reasoning.push_str(chat.reasoning.as_deref().unwrap_or_default());
        for fragment in chat.tool_calls {
            self.add_call(fragment);
        }
        self.images.extend(chat.images.into_iter().map(std::borrow::Cow::into_owned));
        if let Some(finish) = chat.finish.filter(|finish| !finish.is_empty() && finish != "null") {
            self.finish = Some(finish.into_owned());
        }
        if let Some(usage) = chat.usage {
            let known = self.usage.get_or_insert_default();
            known.input = usage.input.or(known.input);
            known.output = usage.output.or(known.output);
            known.total = usage.total.or(known.total);
        }
    }

    /// A fragment continues the call of its slot, else of its id, else the last one; a new id opens a call.
    fn add_call(&mut self, fragment: output::ToolCall<'_>) {
        let id = fragment.id.filter(|id| !id.is_empty());
        let known = self.tool_calls.iter().rposition(|call| match (fragment.slot, &id) {
            (Some(slot), _) => call.slot == Some(slot),
            (None, Some(id)) => call.id.as_deref() == Some(id),
            (None, None) => fragment.name.is_none(),
        });
        let call = match known {
            Some(position) => &mut self.tool_calls[position],
            None => {
                self.tool_calls.push(JoinedCall { slot: fragment.slot, ..JoinedCall::default() });
                self.tool_calls.last_mut().expect("a call was just added")
            }
        };
        if let Some(id) = id {
            call.id = Some(id.into_owned());
        }
        if let Some(name) = fragment.name {
            call.name = Some(name.into_owned());
        }
        if let Some(arguments) = fragment.arguments {
            call.arguments.get_or_insert_default().push_str(&arguments);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interleaved_fragments_join_by_slot() {
        let mut joined = Joined::default();
        for (slot, id, arguments) in [(0, Some("a"), "1"), (1, Some("b"), "2"), (0, None, "3")] {
            joined.add(output::Chat {
                tool_calls: vec![output::ToolCall {
                    slot: Some(slot),
                    id: id.map(Into::into),
                    name: None,
                    arguments: Some(arguments.into()),
                }],
                ..Default::default()
            });
        }
        let json = serde_json::to_value(joined).unwrap();
        assert_eq!(json, serde_json::json!({"tool_calls":[{"id":"a","arguments":"13"},{"id":"b","arguments":"2"}]}));
    }
}

//! Tokens of a conversation, counted like the Python SDK counts them, so that figures do not change with the plugin.
//!
//! Three for each message and three at the end, one for a name, and every value of a message: role, texts, name, id of
//! an answered call. Media count nothing, and neither do calls the assistant made earlier (the SDK means to count them
//! and does not; its figure is the contract). Of tools everything is counted, some words twice.

use std::borrow::Cow;

use serde_json::Value;

use super::count;
use crate::input::{Content, Message, Part, Role, Tool};

const PER_MESSAGE: usize = 3;
const PER_NAME: usize = 1;
const PER_LISTED_VALUE: usize = 3;
const AT_THE_END: usize = 3;

/// Tokens of a conversation with its tools.
pub fn messages(messages: &[Message<'_>], offered: &[Tool<'_>]) -> usize {
    let Words { fixed, texts } = Words::of(messages, offered);
    fixed + texts.iter().map(|text| count(text)).sum::<usize>()
}

/// What a conversation is counted from.
#[derive(Default)]
pub struct Words<'m> {
    /// Tokens that are there whatever is said.
    pub fixed: usize,
    /// Every text that is counted.
    pub texts: Vec<Cow<'m, str>>,
}

impl<'m> Words<'m> {
    /// The words of a conversation with its tools.
    pub fn of(messages: &'m [Message<'_>], tools: &'m [Tool<'_>]) -> Self {
        let mut words = Words { fixed: AT_THE_END, ..Words::default() };
        messages.iter().for_each(|message| words.message(message));
        tools.iter().for_each(|tool| words.tool(tool));
        words
    }

    fn say(&mut self, text: impl Into<Cow<'m, str>>) {
        self.texts.push(text.into());
    }

    fn message(&mut self, message: &'m Message<'_>) {
        self.fixed += PER_MESSAGE;
        self.say(match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        });
        let name = message.name.as_deref().filter(|name| !name.is_empty());
        match (message.role, name) {
            (Role::Tool, _) => self.texts.extend(message.tool_call_id.as_deref().map(Cow::Borrowed)),
            (_, Some(name)) => {
                self.fixed += PER_NAME;
                self.say(name);
            }
            (_, None) => {}
        }
        self.texts.push(text(&message.content));
    }

    fn tool(&mut self, tool: &'m Tool<'_>) {
        for word in ["type", "function", "function", "name", "description", "parameters", "type"] {
            self.say(word);
        }
        self.say(&*tool.name);
        self.say(&*tool.description);
        let parameters = tool.parameters.and_then(|parameters| serde_json::from_str::<Value>(parameters.get()).ok());
        let Some(Value::Object(parameters)) = parameters else { return };
        if let Some(title) = parameters.get("title") {
            self.say("title");
            self.value(title);
        }
        if let Some(kind) = parameters.get("type") {
            self.value(kind);
        }
        if let Some(Value::Object(properties)) = parameters.get("properties") {
            self.say("properties");
            for (name, fields) in properties {
                self.say(name.clone());
                for (key, value) in fields.as_object().into_iter().flatten() {
                    self.say(key.clone());
                    match (key.as_str(), value) {
                        ("enum", Value::Array(values)) => self.listed(values),
                        _ => {
                            self.say(key.clone());
                            self.value(value);
                        }
                    }
                }
            }
        }
        if let Some(Value::Array(required)) = parameters.get("required") {
            self.say("required");
            self.listed(required);
        }
    }

    fn listed(&mut self, values: &[Value]) {
        for value in values {
            self.fixed += PER_LISTED_VALUE;
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        self.texts.push(Cow::Owned(as_python(value).into_owned()));
    }
}

/// The text of a message that is counted.
fn text<'m>(content: &'m Content<'_>) -> Cow<'m, str> {
    match content {
        Content::Text(text) => Cow::Borrowed(text),
        Content::Parts(parts) => Cow::Owned(
            parts
                .iter()
                .filter_map(|part| match part {
                    Part::Text(text) => Some(text.as_ref()),
                    Part::Media(_) => None,
                })
                .collect(),
        ),
    }
}

/// A value as the SDK turns it into text: a string is itself, all else looks as Python prints it.
fn as_python(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed("None"),
        Value::Bool(true) => Cow::Borrowed("True"),
        Value::Bool(false) => Cow::Borrowed("False"),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Array(values) => Cow::Owned(format!("[{}]", values.iter().map(quoted).collect::<Vec<_>>().join(", "))),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(key, value)| format!("'{key}': {}", quoted(value))).collect();
            Cow::Owned(format!("{{{}}}", members.join(", ")))
        }
    }
}

fn quoted(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Owned(format!("'{text}'")),
        other => as_python(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::input::{Function, ToolCall};

    fn said(role: Role, text: &str) -> Message<'_> {
        Message { role, content: Content::Text(text.into()), name: None, tool_calls: Vec::new(), tool_call_id: None }
    }

    #[test]
    fn two_messages_are_fifteen_tokens() {
        assert_eq!(messages(&[said(Role::System, "You are."), said(Role::User, "Hi")], &[]), 15);
    }

    #[test]
    fn a_conversation_with_a_tool_is_fifty_three_tokens() {
        let user = Message { name: Some("bob".into()), ..said(Role::User, "Hi") };
        let call = ToolCall { id: "c1".into(), function: Function { name: "w".into(), arguments: "{}".into() } };
        let assistant = Message { tool_calls: vec![call], ..said(Role::Assistant, "") };
        let result = Message { tool_call_id: Some("c1".into()), ..said(Role::Tool, "r") };
        let schema = r#"{"type":"object","properties":{"u":{"type":"string","enum":["a","b"]}},"required":["u"]}"#;
        let schema: Box<RawValue> = serde_json::from_str(schema).unwrap();
        let tool = Tool { name: "w".into(), description: "weather".into(), parameters: Some(&schema) };
        assert_eq!(messages(&[user, assistant, result], &[tool]), 53);
    }

    #[test]
    fn a_very_long_message_counts_its_characters() {
        assert_eq!(messages(&[said(Role::User, &"x".repeat(100_000))], &[]), 100_007);
    }

    #[test]
    fn parts_count_their_text_only_and_odd_schemas_do_no_harm() {
        let parts = vec![Part::Text("You ".into()), Part::Text("are.".into())];
        let message = Message { content: Content::Parts(parts), ..said(Role::System, "") };
        assert_eq!(messages(&[message, said(Role::User, "Hi")], &[]), 15);
        for schema in ["7", "[]", "{}", r#"{"properties":{"a":true,"b":{"enum":1}},"required":"x"}"#] {
            let schema: Box<RawValue> = serde_json::from_str(schema).unwrap();
            assert!(messages(&[], &[Tool { name: "".into(), description: "".into(), parameters: Some(&schema) }]) > 3);
        }
        let nested: Value = serde_json::from_str(r#"{"a":[1,true,null,"x"]}"#).unwrap();
        assert_eq!(as_python(&nested), "{'a': [1, True, None, 'x']}");
    }
}

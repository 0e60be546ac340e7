//! Tools on offer, and which of them to use.

use std::sync::LazyLock;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::input::{Tool, ToolChoice};

#[derive(Serialize)]
struct WireTool<'a> {
    r#type: &'static str,
    function: WireFunction<'a>,
}

#[derive(Serialize)]
struct WireFunction<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    parameters: Parameters<'a>,
}

/// A JSON Schema, or the schema of a function without arguments.
pub struct Parameters<'a>(pub Option<&'a RawValue>);

impl Serialize for Parameters<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        static NO_ARGUMENTS: LazyLock<serde_json::Value> =
            LazyLock::new(|| serde_json::json!({"type": "object", "properties": {}}));
        match self.0.filter(|schema| schema.get() != "null") {
            Some(schema) => schema.serialize(serializer),
            None => NO_ARGUMENTS.serialize(serializer),
        }
    }
}

/// `tools` of OpenAI chat completions. JSON Schemas are sent as they came; a missing one becomes that of a function
/// without arguments.
///
/// # Errors
/// None.
pub fn openai_tools(tools: &[Tool<'_>]) -> Result<impl Serialize> {
    let tools: Vec<_> = tools.iter().map(|tool| WireTool { r#type: "function", function: function(tool) }).collect();
    Ok(tools)
}

/// `functions` of OpenAI chat completions, the older form.
///
/// # Errors
/// None.
pub fn openai_functions(tools: &[Tool<'_>]) -> Result<impl Serialize> {
    Ok(tools.iter().map(function).collect::<Vec<_>>())
}

fn function<'a>(tool: &'a Tool<'_>) -> WireFunction<'a> {
    WireFunction { name: &tool.name, description: &tool.description, parameters: Parameters(tool.parameters) }
}

#[derive(Serialize)]
#[serde(untagged)]
enum WireChoice<'a> {
    Mode(&'a str),
    Tool { r#type: &'static str, function: Named<'a> },
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

/// `tool_choice` of OpenAI chat completions.
///
/// # Errors
/// `BadRequest` for an unknown mode, or for mode `tool` without a name.
pub fn openai_tool_choice(choice: &ToolChoice<'_>) -> Result<impl Serialize> {
    match choice.mode.as_ref() {
        mode @ ("auto" | "none" | "required") => Ok(WireChoice::Mode(mode)),
        "tool" => {
            let name = choice.name.as_deref().filter(|name| !name.trim().is_empty());
            let name = name.ok_or_else(|| Error::bad_request("tool_choice: mode tool needs the name of a tool"))?;
            Ok(WireChoice::Tool { r#type: "function", function: Named { name } })
        }
        mode => Err(Error::bad_request(format!(
            "tool_choice: unknown mode {mode:?}; expected auto, none, required or tool"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }

    #[test]
    fn tools_and_functions() {
        let schema: Box<RawValue> = serde_json::from_str(r#"{"type": "object","n":1.50}"#).unwrap();
        let full = Tool { name: "w".into(), description: "weather".into(), parameters: Some(&schema) };
        let bare = Tool { name: "now".into(), description: "".into(), parameters: None };
        assert_eq!(
            json(&openai_tools(std::slice::from_ref(&full)).unwrap()),
            r#"[{"type":"function","function":{"name":"w","description":"weather","parameters":{"type": "object","n":1.50}}}]"#
        );
        assert_eq!(
            json(&openai_functions(&[bare]).unwrap()),
            r#"[{"name":"now","parameters":{"type":"object","properties":{}}}]"#
        );
    }

    #[test]
    fn tool_choices() {
        let choice = |mode: &'static str, name: Option<&'static str>| ToolChoice {
            mode: mode.into(),
            name: name.map(Into::into),
        };
        for mode in ["auto", "none", "required"] {
            assert_eq!(json(&openai_tool_choice(&choice(mode, Some(""))).unwrap()), format!("{mode:?}"));
        }
        assert_eq!(
            json(&openai_tool_choice(&choice("tool", Some("w"))).unwrap()),
            r#"{"type":"function","function":{"name":"w"}}"#
        );
        for (mode, name) in [("tool", None), ("tool", Some(" ")), ("any", None), ("", None)] {
            assert!(openai_tool_choice(&choice(mode, name)).is_err());
        }
    }
}

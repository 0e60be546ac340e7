//! Tools on offer, and which of them to use.

use serde::Serialize;

use crate::convert::openai::Parameters;
use crate::error::{Error, Result};
use crate::input::{Tool, ToolChoice};

#[derive(Serialize)]
struct WireTool<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    input_schema: Parameters<'a>,
}

/// `tools` of Messages. JSON Schemas are sent as they came; a missing one becomes that of a tool without arguments.
///
/// # Errors
/// None.
pub fn anthropic_tools(tools: &[Tool<'_>]) -> Result<impl Serialize> {
    let tools = tools.iter().map(|tool| WireTool {
        name: &tool.name,
        description: &tool.description,
        input_schema: Parameters(tool.parameters),
    });
    Ok(tools.collect::<Vec<_>>())
}

#[derive(Serialize)]
struct WireChoice<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

/// `tool_choice` of Messages.
///
/// # Errors
/// `BadRequest` for an unknown mode, or for mode `tool` without a name.
pub fn anthropic_tool_choice(choice: &ToolChoice<'_>) -> Result<impl Serialize> {
    let named = |r#type| WireChoice { r#type, name: None };
    match choice.mode.as_ref() {
        "auto" => Ok(named("auto")),
        "none" => Ok(named("none")),
        "required" => Ok(named("any")),
        "tool" => {
            let name = choice.name.as_deref().filter(|name| !name.trim().is_empty());
            let name = name.ok_or_else(|| Error::bad_request("tool_choice: mode tool needs the name of a tool"))?;
            Ok(WireChoice { r#type: "tool", name: Some(name) })
        }
        mode => Err(Error::bad_request(format!(
            "tool_choice: unknown mode {mode:?}; expected auto, none, required or tool"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn tools_have_an_input_schema() {
        let schema: Box<RawValue> = serde_json::from_str(r#"{"type": "object","n":1.50}"#).unwrap();
        let full = Tool { name: "w".into(), description: "weather".into(), parameters: Some(&schema) };
        let bare = Tool { name: "now".into(), description: "".into(), parameters: None };
        assert_eq!(
            serde_json::to_string(&anthropic_tools(&[full, bare]).unwrap()).unwrap(),
            concat!(
                r#"[{"name":"w","description":"weather","input_schema":{"type": "object","n":1.50}},"#,
                r#"{"name":"now","input_schema":{"type":"object","properties":{}}}]"#
            )
        );
    }

    #[test]
    fn choices_have_names_of_their_own() {
        let choice = |mode: &'static str, name: Option<&'static str>| ToolChoice {
            mode: mode.into(),
            name: name.map(Into::into),
        };
        for (mode, name, written) in [
            ("auto", None, r#"{"type":"auto"}"#),
            ("none", Some(""), r#"{"type":"none"}"#),
            ("required", Some("w"), r#"{"type":"any"}"#),
            ("tool", Some("w"), r#"{"type":"tool","name":"w"}"#),
        ] {
            let choice = choice(mode, name);
            assert_eq!(serde_json::to_string(&anthropic_tool_choice(&choice).unwrap()).unwrap(), written);
        }
        for (mode, name) in [("tool", None), ("tool", Some(" ")), ("any", None), ("", None)] {
            assert!(anthropic_tool_choice(&choice(mode, name)).is_err());
        }
    }
}

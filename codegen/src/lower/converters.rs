//! The declared signatures of converters and finishers, as types of references.

use crate::ir::value::Type;

/// What a converter takes and gives.
pub struct Signature {
    pub input: Type,
    /// Name, type, and whether it may be left out.
    pub arguments: Vec<(&'static str, Type, bool)>,
    /// Inputs of the action that a finisher takes beside the output.
    pub inputs: &'static [&'static str],
    pub output: Type,
}

fn list(element: Type) -> Type {
    Type::List(Box::new(element))
}

/// The signature of a converter or finisher; that of an unknown one takes and gives JSON.
pub fn signature(name: &str) -> Signature {
    let converter = |input, arguments, output| Signature { input, arguments, inputs: &[], output };
    match name {
        "without_think_blocks" => converter(list(Type::Message), vec![], list(Type::Message)),
        "openai_messages" => {
            converter(list(Type::Message), vec![("calls", Type::Text, false), ("schema", Type::Text, true)], Type::Json)
        }
        "openai_tools" | "openai_functions" => converter(list(Type::Tool), vec![], Type::Json),
        "openai_tool_choice" => converter(Type::ToolChoice, vec![], Type::Json),
        "openai_response_format" => converter(Type::Text, vec![("schema", Type::Text, true)], Type::Json),
        "prompt_text" => converter(list(Type::Message), vec![], Type::Text),
        "message_tokens" => converter(list(Type::Message), vec![("tools", list(Type::Tool), true)], Type::Integer),
        "ranked_documents" => Signature {
            input: list(Type::Hit),
            arguments: vec![("scale", Type::Text, false)],
            inputs: &["docs", "score_threshold", "top_n"],
            output: list(Type::RankedDocument),
        },
        _ => converter(Type::Json, vec![], Type::Json),
    }
}

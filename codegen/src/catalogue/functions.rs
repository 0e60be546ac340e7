//! Converters and finishers, with their signatures.

/// An argument of a converter or finisher.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    /// As written in a spec; `optional` may be left out of the call.
    pub type_: &'static str,
}

/// A function of `runtime::convert` that a spec may name: its name there is its name here, and its arguments follow the
/// source in the order of this table.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    pub name: &'static str,
    pub input: &'static str,
    pub output: &'static str,
    pub arguments: &'static [Parameter],
    /// Inputs of the action that a finisher is given beside the output, before the arguments: of each list the first
    /// that the action has.
    pub inputs: &'static [&'static [Parameter]],
    /// One sentence for editors.
    pub about: &'static str,
}

const fn argument(name: &'static str, type_: &'static str) -> Parameter {
    Parameter { name, type_ }
}

/// What `$as` may name.
pub const CONVERTERS: &[Function] = &[
    Function {
        name: "without_think_blocks",
        input: "list<message>",
        output: "list<message>",
        arguments: &[],
        inputs: &[],
        about: "What a model thought in earlier turns is taken out.",
    },
    Function {
        name: "supported_media",
        input: "list<message>",
        output: "list<message>",
        arguments: &[argument("video", "boolean"), argument("audio", "boolean"), argument("document", "boolean")],
        inputs: &[],
        about: "Refuses media that the model is not set up to take.",
    },
    Function {
        name: "message_tokens",
        input: "list<message>",
        output: "integer",
        arguments: &[argument("tools", "optional list<tool>")],
        inputs: &[],
        about: "Counts the tokens of all messages and tools.",
    },
    Function {
        name: "prompt_text",
        input: "list<message>",
        output: "string",
        arguments: &[],
        inputs: &[],
        about: "The texts of all roles, joined by line breaks.",
    },
    Function {
        name: "user_text",
        input: "list<message>",
        output: "string",
        arguments: &[],
        inputs: &[],
        about: "The texts of the user, joined by line breaks; media are refused.",
    },
    Function {
        name: "dashscope_user_content",
        input: "list<message>",
        output: "json",
        arguments: &[],
        inputs: &[],
        about: "Images of the user, then the user's texts, as DashScope's multimodal generation writes them.",
    },
    Function {
        name: "dashscope_images",
        input: "json",
        output: "list<image>",
        arguments: &[],
        inputs: &[],
        about: "The images of all choices of a DashScope answer.",
    },
    Function {
        name: "openai_messages",
        input: "list<message>",
        output: "json",
        arguments: &[
            argument("calls", "functions | tools | none"),
            argument("schema", "optional string"),
            argument("dialect", "auto | openai | dashscope | image_url"),
            argument("model", "string"),
        ],
        inputs: &[],
        about: "Messages as OpenAI writes them; a schema is put into the system prompt; the dialect is that of media.",
    },
    Function {
        name: "openai_tools",
        input: "list<tool>",
        output: "json",
        arguments: &[],
        inputs: &[],
        about: "Tools as OpenAI writes them.",
    },
    Function {
        name: "openai_functions",
        input: "list<tool>",
        output: "json",
        arguments: &[],
        inputs: &[],
        about: "Tools as the older `functions`.",
    },
    Function {
        name: "openai_tool_choice",
        input: "tool_choice",
        output: "json",
        arguments: &[],
        inputs: &[],
        about: "The choice of a tool as OpenAI writes it.",
    },
    Function {
        name: "openai_response_format",
        input: "string",
        output: "json",
        arguments: &[argument("schema", "optional string")],
        inputs: &[],
        about: "The response format as OpenAI writes it; `json_schema` needs the schema.",
    },
    Function {
        name: "anthropic_messages",
        input: "list<message>",
        output: "json",
        arguments: &[argument("tools", "optional list<tool>")],
        inputs: &[],
        about: "Messages as Anthropic writes them, without the instructions; where no tools are on offer, earlier calls are told in words.",
    },
    Function {
        name: "system_text",
        input: "list<message>",
        output: "optional string",
        arguments: &[argument("schema", "optional string")],
        inputs: &[],
        about: "The instructions as one text, after a schema; none where nobody else says anything.",
    },
    Function {
        name: "anthropic_tools",
        input: "list<tool>",
        output: "json",
        arguments: &[],
        inputs: &[],
        about: "Tools as Anthropic writes them.",
    },
    Function {
        name: "anthropic_tool_choice",
        input: "tool_choice",
        output: "json",
        arguments: &[],
        inputs: &[],
        about: "The choice of a tool as Anthropic writes it.",
    },
    Function {
        name: "room_for_thinking",
        input: "integer",
        output: "integer",
        arguments: &[argument("thinking", "optional boolean"), argument("budget", "optional integer")],
        inputs: &[],
        about: "The limit of an answer's length, raised by the budget of thinking where that would leave nothing of it.",
    },
    Function {
        name: "ollama_messages",
        input: "list<message>",
        output: "json",
        arguments: &[argument("calls", "functions | tools | none"), argument("schema", "optional string")],
        inputs: &[],
        about: "Messages as Ollama writes them, images inline; a schema is put into the system prompt.",
    },
    Function {
        name: "ollama_format",
        input: "string",
        output: "json",
        arguments: &[argument("schema", "optional string")],
        inputs: &[],
        about: "The response format as Ollama writes it: `json`, or the schema itself.",
    },
    Function {
        name: "concat",
        input: "list<string>",
        output: "string",
        arguments: &[],
        inputs: &[],
        about: "Texts one after the other, with nothing between them.",
    },
    Function {
        name: "json_text",
        input: "json",
        output: "string",
        arguments: &[],
        inputs: &[],
        about: "A piece of a reply as JSON text; a text stays what it is.",
    },
    Function {
        name: "sentences",
        input: "string",
        output: "list<string>",
        arguments: &[argument("limit", "integer")],
        inputs: &[],
        about: "A text in pieces of at most so many characters, cut between sentences.",
    },
    Function {
        name: "known_voice",
        input: "string",
        output: "string",
        arguments: &[argument("voices", "list<voice>")],
        inputs: &[],
        about: "The voice, or the first one if there is no such voice.",
    },
    Function {
        name: "first_voice",
        input: "list<voice>",
        output: "string",
        arguments: &[],
        inputs: &[],
        about: "The first voice.",
    },
    Function {
        name: "voices_for",
        input: "list<voice>",
        output: "list<voice>",
        arguments: &[argument("language", "optional string")],
        inputs: &[],
        about: "The voices that speak a language, and those that name none.",
    },
    Function {
        name: "token_limit",
        input: "integer",
        output: "map",
        arguments: &[argument("name", "auto | max_tokens | max_completion_tokens"), argument("model", "string")],
        inputs: &[],
        about: "The limit of an answer's length, under the name that is set or that the model takes.",
    },
    Function {
        name: "prefixed",
        input: "list<string>",
        output: "list<string>",
        arguments: &[
            argument("kind", "optional string"),
            argument("document", "optional string"),
            argument("query", "optional string"),
        ],
        inputs: &[],
        about: "Texts with the prefix of their kind: `query`, or else document.",
    },
    Function {
        name: "truncated",
        input: "list<string>",
        output: "list<string>",
        arguments: &[argument("tokens", "integer")],
        inputs: &[],
        about: "Texts cut to what fits into this many tokens.",
    },
    Function {
        name: "text_tokens",
        input: "list<string>",
        output: "list<integer>",
        arguments: &[],
        inputs: &[],
        about: "Counts the tokens of each text.",
    },
    Function {
        name: "characters",
        input: "string",
        output: "list<string>",
        arguments: &[argument("limit", "integer")],
        inputs: &[],
        about: "A text in pieces of at most this many characters.",
    },
    Function {
        name: "data_url",
        input: "string",
        output: "string",
        arguments: &[],
        inputs: &[],
        about: "Base64 as a data URI with the type of its bytes; a URL stays.",
    },
    Function {
        name: "dashscope_item",
        input: "media",
        output: "json",
        arguments: &[],
        inputs: &[],
        about: "A text or an image as DashScope writes one of several: `{ text }` or `{ image }`.",
    },
    Function {
        name: "any",
        input: "list<boolean>",
        output: "boolean",
        arguments: &[],
        inputs: &[],
        about: "Whether one of a list is true; an empty list is no answer.",
    },
];

/// What `finish` may name.
pub const FINISHERS: &[Function] = &[
    Function {
        name: "ranked_documents",
        input: "list<hit>",
        output: "list<document>",
        arguments: &[argument("scale", "raw | min_max | sigmoid")],
        inputs: &[
            &[argument("docs", "list<string>"), argument("docs", "list<media>")],
            &[argument("score_threshold", "optional decimal")],
            &[argument("top_n", "optional integer")],
        ],
        about: "Bounds, scale, threshold, descending order, `top_n`, and the text from the input.",
    },
    Function {
        name: "ordered_vectors",
        input: "list<vector>",
        output: "list<numbers>",
        arguments: &[],
        inputs: &[&[argument("texts", "list<string>"), argument("documents", "list<media>")]],
        about: "The numbers of each vector, by its index; as many as there are inputs.",
    },
];

/// Finds a function of a table.
pub fn function(table: &'static [Function], name: &str) -> Option<&'static Function> {
    table.iter().find(|function| function.name == name)
}

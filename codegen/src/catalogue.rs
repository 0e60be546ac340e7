//! The closed lists of the language, each in one table: used by the checks, by the emitters and by the JSON Schemas.
//!
//! Only what some spec uses is listed; a line here and a function in the runtime make one more. Types are written as in
//! specs; [`type_of`] reads them.

use crate::ast::Type;

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

/// A named type.
#[derive(Debug, Clone, Copy)]
pub struct NamedType {
    pub name: &'static str,
    /// Legal as the type of an action's input.
    pub input: bool,
    /// Legal as an action's output.
    pub output: bool,
    /// Members that a reference or a reply may name, each with its type; empty: none.
    pub members: &'static [(&'static str, &'static str)],
}

const fn scalar(name: &'static str) -> NamedType {
    NamedType { name, input: true, output: true, members: &[] }
}

const fn input(name: &'static str) -> NamedType {
    NamedType { name, input: true, output: false, members: &[] }
}

const fn output(name: &'static str, members: &'static [(&'static str, &'static str)]) -> NamedType {
    NamedType { name, input: false, output: true, members }
}

const fn part(name: &'static str, members: &'static [(&'static str, &'static str)]) -> NamedType {
    NamedType { name, input: false, output: false, members }
}

/// Every named type. What is neither input nor output is a part of another type.
pub const TYPES: &[NamedType] = &[
    scalar("string"),
    scalar("boolean"),
    scalar("integer"),
    scalar("number"),
    scalar("decimal"),
    input("json"),
    part("map", &[]),
    NamedType {
        name: "message",
        input: true,
        output: false,
        members: &[
            ("role", "system | user | assistant | tool"),
            ("content", "optional json"),
            ("name", "optional string"),
            ("tool_calls", "optional json"),
            ("tool_call_id", "optional string"),
        ],
    },
    NamedType {
        name: "tool",
        input: true,
        output: false,
        members: &[("name", "string"), ("description", "optional string"), ("parameters", "optional json")],
    },
    input("tool_choice"),
    input("audio_file"),
    NamedType {
        name: "media",
        input: true,
        output: false,
        members: &[("content", "string"), ("content_type", "text | image")],
    },
    output(
        "chat",
        &[
            ("text", "optional string"),
            ("reasoning", "optional string"),
            ("tool_calls", "optional list<tool_call>"),
            ("images", "optional list<image>"),
            ("finish", "optional string"),
            ("usage", "optional usage"),
        ],
    ),
    output("hit", &[("index", "integer"), ("score", "number")]),
    output("vector", &[("index", "optional integer"), ("values", "numbers")]),
    // Numbers of a vector: a list of numbers, or base64 of little-endian 32-bit floats.
    part("numbers", &[]),
    output("usage", &[("input", "optional integer"), ("output", "optional integer"), ("total", "optional integer")]),
    // A URL, a data URI or base64.
    part("image", &[]),
    // In an event or a reply it takes base64.
    output("audio", &[]),
    part("voice", &[("mode", "string"), ("name", "string"), ("language", "list<string>")]),
    part(
        "tool_call",
        &[
            ("slot", "optional integer"),
            ("id", "optional string"),
            ("name", "optional string"),
            ("arguments", "optional string"),
        ],
    ),
    part("document", &[("index", "integer"), ("text", "string"), ("score", "number")]),
];

/// Finds a named type.
pub fn named(name: &str) -> Option<&'static NamedType> {
    TYPES.iter().find(|named| named.name == name)
}

/// Reads a type of these tables.
pub fn type_of(text: &str) -> Type {
    Type::read(text).unwrap_or_else(|_| Type::Named(text.to_owned()))
}

/// A place where references stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// Path, headers, query and body of a protocol's request.
    Request,
    /// `reply` of a protocol.
    Reply,
    /// `fails` of a protocol.
    Fails,
    /// `events` of a stream.
    Events,
    /// Settings of a protocol or a model type: separator, properties, pricing, limits, features.
    Settings,
    /// `derived` and the arguments of `finish`.
    Derived,
    /// `deliver` of a model type.
    Deliver,
    /// `probe` of a model type.
    Probe,
    /// `probe.body` of a protocol.
    OwnProbe,
    /// `task.poll` of a protocol.
    Poll,
    /// `sign` and `mint` of an auth method.
    Sign,
    /// `attach` of an auth method.
    Attach,
    /// `headers` and `attach` of the connection.
    Connection,
}

impl Site {
    /// In a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Site::Request => "a request",
            Site::Reply => "a reply",
            Site::Fails => "`fails`",
            Site::Events => "`events`",
            Site::Settings => "a setting",
            Site::Derived => "`derived` and `finish`",
            Site::Deliver => "`deliver`",
            Site::Probe | Site::OwnProbe => "a probe",
            Site::Poll => "a poll",
            Site::Sign => "a signature",
            Site::Attach => "`attach`",
            Site::Connection => "the connection",
        }
    }
}

/// The root of a reference.
#[derive(Debug, Clone, Copy)]
pub struct Root {
    pub name: &'static str,
    pub sites: &'static [Site],
    /// The members, each with its type, when they are the same everywhere.
    pub members: &'static [(&'static str, &'static str)],
    /// The type of the bare root, if it may stand alone.
    pub bare: Option<&'static str>,
    /// One sentence for editors.
    pub about: &'static str,
}

/// Every root.
pub const ROOTS: &[Root] = &[
    Root {
        name: "model",
        sites: &[Site::Request, Site::OwnProbe, Site::Poll],
        members: &[],
        bare: Some("string"),
        about: "The upstream model name.",
    },
    Root {
        name: "call",
        sites: &[Site::Request, Site::OwnProbe, Site::Poll, Site::Deliver, Site::Connection],
        members: &[
            ("model", "string"),
            ("user", "optional string"),
            ("app", "optional string"),
            ("conversation", "optional string"),
            ("message", "optional string"),
            ("traceparent", "optional string"),
        ],
        bare: None,
        about: "The call: Dify's model name, and who asks: user, app, conversation, message, W3C trace.",
    },
    Root {
        name: "input",
        sites: &[Site::Request, Site::Derived, Site::Deliver],
        members: &[],
        bare: None,
        about: "Inputs and derived values of the action.",
    },
    Root {
        name: "param",
        sites: &[Site::Request],
        members: &[],
        bare: None,
        about: "Validated parameters; bare only after `$merge`.",
    },
    Root {
        name: "credential",
        sites: &[
            Site::Request,
            Site::Settings,
            Site::Derived,
            Site::Deliver,
            Site::Probe,
            Site::OwnProbe,
            Site::Poll,
            Site::Sign,
            Site::Attach,
            Site::Connection,
        ],
        members: &[],
        bare: None,
        about: "Credential fields of this file; in a protocol also those of its model type.",
    },
    Root {
        name: "batch",
        sites: &[Site::Request],
        members: &[],
        bare: None,
        about: "The slice of `batch.over` that is being sent, or the one element when `batch.size` is not given.",
    },
    Root {
        name: "item",
        sites: &[Site::Request, Site::Reply, Site::Events, Site::Deliver],
        members: &[],
        bare: None,
        about: "The element of the enclosing `$each`.",
    },
    Root {
        name: "reply",
        sites: &[Site::Reply, Site::Fails],
        members: &[],
        bare: Some("json"),
        about: "The JSON reply; in `fails` the reply or the event; in `task` the first reply, then a poll's.",
    },
    Root {
        name: "event",
        sites: &[Site::Events],
        members: &[],
        bare: Some("json"),
        about: "One event's JSON document.",
    },
    Root { name: "task", sites: &[Site::Poll], members: &[], bare: None, about: "What `task.keep` kept." },
    Root { name: "output", sites: &[Site::Deliver], members: &[], bare: None, about: "The decoded output." },
    Root {
        name: "request",
        sites: &[Site::Sign, Site::Attach],
        members: &[
            ("method", "string"),
            ("path", "string"),
            ("target", "string"),
            ("sorted_target", "string"),
            ("body.md5", "optional string"),
            ("body.sha256", "optional string"),
            ("body.digest", "optional string"),
        ],
        bare: None,
        about: "The finished request: method, path, target, `header.<name>`, digests of the body.",
    },
    Root {
        name: "now",
        sites: &[Site::Sign, Site::Attach, Site::Connection],
        members: &[("unix", "string"), ("unix_ms", "string"), ("http_date", "string")],
        bare: None,
        about: "The time of this attempt.",
    },
    Root {
        name: "nonce",
        sites: &[Site::Sign, Site::Attach, Site::Connection],
        members: &[],
        bare: Some("string"),
        about: "A fresh UUID of this attempt.",
    },
    Root { name: "token", sites: &[Site::Attach], members: &[], bare: Some("string"), about: "The minted token." },
    Root {
        name: "signed",
        sites: &[Site::Attach],
        members: &[],
        bare: Some("string"),
        about: "The signed header names, joined with `,`.",
    },
    Root { name: "signature", sites: &[Site::Attach], members: &[], bare: Some("string"), about: "The encoded MAC." },
];

/// Finds a root.
pub fn root(name: &str) -> Option<&'static Root> {
    ROOTS.iter().find(|root| root.name == name)
}

/// Names of the fields that the runtime's connection knows.
pub const CONNECTION_FIELDS: [&str; 11] = [
    "endpoint",
    "model",
    "display_name",
    "extra_headers",
    "connect_timeout",
    "read_timeout",
    "proxy",
    "ca_certificate",
    "identity",
    "nonce_header",
    "advanced",
];

/// Those of them that only the connection's own `headers` and `attach` read.
pub const ATTACHED_FIELDS: [&str; 2] = ["identity", "nonce_header"];

/// Model types of Dify.
pub const DIFY_MODEL_TYPES: [&str; 6] = ["llm", "text-embedding", "rerank", "speech2text", "tts", "moderation"];

/// Actions of Dify on models, each with its Dify model type.
pub const ACTIONS: [(&str, &str); 11] = [
    ("invoke_llm", "llm"),
    ("get_llm_num_tokens", "llm"),
    ("invoke_text_embedding", "text-embedding"),
    ("invoke_multimodal_embedding", "text-embedding"),
    ("get_text_embedding_num_tokens", "text-embedding"),
    ("invoke_rerank", "rerank"),
    ("invoke_multimodal_rerank", "rerank"),
    ("invoke_speech2text", "speech2text"),
    ("invoke_tts", "tts"),
    ("get_tts_model_voices", "tts"),
    ("invoke_moderation", "moderation"),
];

/// Features of a model schema that Dify knows.
pub const FEATURES: [&str; 10] = [
    "tool-call",
    "multi-tool-call",
    "stream-tool-call",
    "agent-thought",
    "vision",
    "document",
    "video",
    "audio",
    "structured-output",
    "polling",
];

/// Properties of a model schema that Dify knows, each with its type.
pub const PROPERTIES: [(&str, &str); 11] = [
    ("mode", "chat | completion"),
    ("context_size", "integer"),
    ("max_chunks", "integer"),
    ("file_upload_limit", "integer"),
    ("supported_file_extensions", "string"),
    ("max_characters_per_chunk", "integer"),
    ("default_voice", "string"),
    ("voices", "json"),
    ("word_limit", "integer"),
    ("audio_type", "string"),
    ("max_workers", "integer"),
];

/// States of a task.
pub const TASK_STATES: [&str; 3] = ["running", "succeeded", "failed"];

/// What a task says of its failure, when it says more than a text.
pub const TASK_ERROR: [&str; 2] = ["code", "message"];

/// What becomes of pictures.
pub const IMAGES: [&str; 3] = ["markdown", "parts", "links"];

/// Parameter templates of Dify.
pub const TEMPLATES: [&str; 8] = [
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "max_tokens",
    "response_format",
    "json_schema",
];

/// MAC algorithms of a signature.
pub const MACS: [&str; 3] = ["hmac_sha1", "hmac_sha256", "hmac_sha512"];

/// Signature algorithms of a minted token.
pub const JWT_ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
];

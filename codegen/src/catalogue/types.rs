//! The named types.

use crate::ast::Type;

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
    /// One sentence.
    pub about: &'static str,
}

const fn scalar(name: &'static str, about: &'static str) -> NamedType {
    NamedType { name, input: true, output: true, members: &[], about }
}

const fn input(name: &'static str, about: &'static str) -> NamedType {
    NamedType { name, input: true, output: false, members: &[], about }
}

const fn output(
    name: &'static str,
    members: &'static [(&'static str, &'static str)],
    about: &'static str,
) -> NamedType {
    NamedType { name, input: false, output: true, members, about }
}

const fn part(name: &'static str, members: &'static [(&'static str, &'static str)], about: &'static str) -> NamedType {
    NamedType { name, input: false, output: false, members, about }
}

/// Every named type. What is neither input nor output is a part of another type.
pub const TYPES: &[NamedType] = &[
    scalar("string", "Text."),
    scalar("boolean", "True or false."),
    scalar("integer", "A whole number."),
    scalar("number", "A number."),
    scalar("decimal", "A number that is kept digit by digit."),
    input("json", "Any JSON."),
    part("map", &[], "A JSON object; `$merge` takes it."),
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
        about: "A message of a conversation, as Dify keeps it.",
    },
    NamedType {
        name: "tool",
        input: true,
        output: false,
        members: &[("name", "string"), ("description", "optional string"), ("parameters", "optional json")],
        about: "A tool that the model may call.",
    },
    input("tool_choice", "Which tool the model must or may call."),
    input(
        "audio_file",
        "A recording, hexadecimal from the daemon. As a part of a form it brings file name and media type, told by its first bytes; in a probe it is the name of a file in `specs/assets/`.",
    ),
    NamedType {
        name: "media",
        input: true,
        output: false,
        members: &[("content", "string"), ("content_type", "text | image")],
        about: "A text, or an image as URL or base64.",
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
        "An answer, or a piece of one. A finish of `\"\"` or `\"null\"` is absent; usage that never arrives is counted.",
    ),
    output(
        "hit",
        &[("index", "integer"), ("score", "number")],
        "A document that was found, by its position in the input.",
    ),
    output(
        "vector",
        &[("index", "optional integer"), ("values", "numbers")],
        "A vector; without an index they are in the order of the input.",
    ),
    part("numbers", &[], "Numbers of a vector: a list of numbers, or base64 of little-endian 32-bit floats."),
    output(
        "usage",
        &[("input", "optional integer"), ("output", "optional integer"), ("total", "optional integer")],
        "Tokens. Of two of them the third is told.",
    ),
    part("image", &[], "A URL, a data URI or base64."),
    output("audio", &[], "Audio, passed on while it arrives. In an event or a reply it takes base64."),
    part(
        "voice",
        &[("mode", "string"), ("name", "string"), ("language", "list<string>")],
        "A voice, under the name that the service knows (`mode`).",
    ),
    part(
        "tool_call",
        &[
            ("slot", "optional integer"),
            ("id", "optional string"),
            ("name", "optional string"),
            ("arguments", "optional string"),
        ],
        "A call of a tool, or a piece of one: pieces are joined by their slot, else by their id.",
    ),
    part(
        "document",
        &[("index", "integer"), ("text", "string"), ("score", "number")],
        "A document with its score, as `ranked_documents` gives it.",
    ),
];

/// Finds a named type.
pub fn named(name: &str) -> Option<&'static NamedType> {
    TYPES.iter().find(|named| named.name == name)
}

/// Reads a type of these tables.
pub fn type_of(text: &str) -> Type {
    Type::read(text).unwrap_or_else(|_| Type::Named(text.to_owned()))
}

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

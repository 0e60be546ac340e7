//! The directives, with an example of each.

/// A key of a value that says what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct Directive {
    /// With its `$`.
    pub name: &'static str,
    /// What stands behind it.
    pub form: &'static str,
    /// A sentence or two.
    pub about: &'static str,
    /// A member of the body, or of the reply, of a chat protocol.
    pub example: &'static str,
}

/// Every directive, in the order in which they work.
pub const DIRECTIVES: &[Directive] = &[
    Directive {
        name: "$when",
        form: "a condition",
        about: "Left out unless it holds. Beside `$each` it is tested for each element.",
        example: "stream_options: { $when: $input.stream, include_usage: true }",
    },
    Directive {
        name: "$from",
        form: "a reference, or a list of up to four",
        about: "The value: of a list the first that is there, and in a reply that is not empty.",
        example: "who: { $from: [$call.user, $call.app] }",
    },
    Directive {
        name: "$each",
        form: "a reference to a list, or a list of up to four",
        about: "One value for each element, which is `$item`: an object of the keys beside it, or what `$yield` says. Nothing if the list is absent, an empty list if it is empty. Not inside another `$each`.",
        example: "tool_calls: { $each: $reply.calls, id: $item.id, name: $item.function, arguments: $item.input }",
    },
    Directive {
        name: "$yield",
        form: "a value",
        about: "The value for an element, where it is no object.",
        example: "images: { $each: [$reply.data, $reply.output.images], $yield: $item.url }",
    },
    Directive {
        name: "$as",
        form: "a converter, or `{ converter: { argument: value } }`",
        about: "Converts what `$from` gives. Arguments are literals, references or `{ $when, $from }`. One converter, no chain: a second step is a `derived` value of the model type. Not beside `$map`.",
        example: "prompt: { $from: $input.messages, $as: prompt_text }",
    },
    Directive {
        name: "$map",
        form: "a table from text to literal, up to 32 rows",
        about: "Looks the text of the value up. A value that is not in the table is absent; over a closed list of values the table must be total.",
        example: "thinking: { $from: $param.enable_thinking, $map: { \"true\": enabled, \"false\": disabled } }",
    },
    Directive {
        name: "$default",
        form: "a literal",
        about: "If what came before gives nothing.",
        example: "limit: { $from: $param.max_tokens, $default: 1024 }",
    },
    Directive {
        name: "$merge",
        form: "`$param`, a value that is a map, or a list of these",
        about: "Its members become members here. `$param` is every parameter that the protocol lists and no other reference of the request uses. A name that is also written as a key is an error.",
        example: "options: { $merge: $param, verbose: true }",
    },
    Directive {
        name: "$literal",
        form: "any JSON",
        about: "Verbatim: an object that stays although it is empty, a text that begins with `$`.",
        example: "web_search_options: { $literal: {} }",
    },
];

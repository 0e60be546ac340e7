//! S3: types. What flows must fit where it flows; tests, tables and limits stay inside what they are about.

use super::{Code, code};

pub(super) const CODES: &[Code] = &[
    code!(
        "S3001",
        "messages-without-a-converter",
        "A value that does not fit where it flows.",
        "Specs become typed Rust: a value of another type would not compile, or would reach the service in Dify's own \
         form, which no vendor reads."
    ),
    code!(
        "S3002",
        "missing-argument",
        "A converter or finisher with a missing or unfitting argument or input.",
        "A converter is called as a Rust function: each argument has one type, and only some may be left out."
    ),
    code!(
        "S3003",
        "test-outside-the-options",
        "A test outside the values of what it tests.",
        "A condition on a value that never occurs never holds: what it guards would never be sent."
    ),
    code!(
        "S3004",
        "comparison-of-free-text",
        "A request compares a value that has no closed list of values.",
        "Comparing names of models turns a spec into a list of models that is out of date next month. What a user can \
         choose is a field with options; what depends on a name belongs into a converter, where it is tested."
    ),
    code!(
        "S3005",
        "table-that-is-not-total",
        "A `$map` that is too long, names values that cannot occur, or leaves some out.",
        "A value without a row is left out of the request in silence, and a row for a value that cannot occur is a \
         misspelt one."
    ),
    code!(
        "S3006",
        "merged-and-written",
        "A `$merge` of what is no map, or beside a key that it would write too.",
        "One JSON object would have the same key twice. Services take the first, the last or neither."
    ),
    code!(
        "S3007",
        "wider-limits",
        "A protocol widens the limits of a parameter; it may only narrow them.",
        "The parameter file says what the parameter can mean at all. If each protocol could go beyond it, the limits \
         would say nothing."
    ),
    code!(
        "S3008",
        "two-types-of-one-path",
        "One place of a reply or event is read as two things.",
        "Reply structs are inferred from what is read, and a member of a struct has one type: it is a value, a list or \
         an object. Most often one of the two paths is meant to be another."
    ),
    code!(
        "S3009",
        "each-inside-each",
        "`$each` inside `$each`.",
        "`$item` would mean two elements at once. Nested lists are taken apart by a converter, where it can be tested."
    ),
    code!(
        "S3010",
        "default-out-of-range",
        "A default, or a forced value, that is not of its type or not in its range.",
        "The default is what is sent for everyone who sets nothing, and Dify offers it in its form: the first call would \
         be refused."
    ),
    code!(
        "S3011",
        "list-of-two-types",
        "The references of one list have different types.",
        "The first that is present is taken. If they differ, the service gets a text today and a number tomorrow."
    ),
    code!(
        "S3012",
        "flag-without-words",
        "Keys of a field or parameter that do not go together.",
        "A form field has one kind: a choice has options, a flag has its two stored words, a number has limits. A key of \
         another kind would have no effect."
    ),
    code!(
        "S3013",
        "unknown-member",
        "A member that the output does not have.",
        "Outputs become Dify's answers, whose members are fixed. What goes anywhere else is lost."
    ),
    code!(
        "S3014",
        "unknown-type",
        "A type that an input or an output cannot have.",
        "What Dify sends and takes is a closed list of types; the runtime reads and writes exactly those."
    ),
    code!(
        "S3015",
        "batch-that-is-not-sent",
        "A `batch` over what is no list, without use, or of an output that cannot be joined.",
        "A batch cuts a list, sends each slice and joins the answers. If one of the three is impossible, texts would be \
         sent twice, or answers lost."
    ),
];

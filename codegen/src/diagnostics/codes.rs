//! Every code, with one sentence: what `cargo gen explain` prints, and what the tests hold a directory for.

/// A code and what it stands for.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// For example `S2003`.
    pub id: &'static str,
    /// One sentence.
    pub means: &'static str,
}

/// Finds a code.
pub fn find(id: &str) -> Option<Code> {
    CODES.iter().copied().find(|code| code.id == id)
}

const fn code(id: &'static str, means: &'static str) -> Code {
    Code { id, means }
}

/// Every code, in order. S5 codes are p5's.
pub const CODES: &[Code] = &[
    code("S0001", "The file is not YAML."),
    code("S0002", "An index is a segment of a reference (`.0`); a bracket ends a scalar inside `{ }`."),
    code("S0003", "A key is written twice in one map."),
    code("S0004", "Anchors, aliases and merge keys are refused: every value is written where it is meant."),
    code("S0005", "Tags are refused."),
    code(
        "S0006",
        "`on`, `off`, `yes` and `no` are booleans to many YAML tools: never a key, and as an option name only in quotes.",
    ),
    code("S0007", "A key without a value, usually after a comma inside `{ }`."),
    code("S0008", "A spec is UTF-8 text."),
    code("S0009", "A file below `specs/` where no kind of spec lives."),
    code("S0010", "There is no `specs/connection.yaml`."),
    code("S0101", "A key that does not exist here."),
    code("S0102", "A required key is missing."),
    code("S0103", "A scalar, a list or a map where another kind is expected."),
    code("S0104", "A word that is not in a closed list."),
    code("S0111", "A text that begins with `$` and is no reference."),
    code("S0112", "A text that is no type."),
    code("S0113", "Directives that do not exist or do not go together."),
    code("S0114", "A condition that cannot be read."),
    code("S0115", "A path that is not relative."),
    code("S0116", "Keys of which exactly one, or one group, is legal."),
    code("S1001", "An id or a name with characters that are not legal in it."),
    code("S1002", "The `id:` does not match the path of the file."),
    code("S1003", "Two specs give the same id, or two parameters have the same name."),
    code("S1004", "A field of a protocol has the name of a field of its model type."),
    code("S1005", "Two settings that can be in the form at once are stored under one variable."),
    code("S1006", "A derived value has the name of an input."),
    code("S1007", "A header name with characters that no header name has, or one that the connection sets itself."),
    code("S2001", "An id that no spec, or no list of Dify, has."),
    code("S2002", "A root that does not exist, or is not legal where it stands."),
    code("S2003", "A reference that does not resolve."),
    code("S2004", "A converter, finisher or argument that does not exist."),
    code("S2005", "A feature that Dify does not know."),
    code("S2006", "A model property that Dify does not know."),
    code("S2007", "A `<group>.<field>` that does not exist."),
    code("S2008", "A recording that a probe names and that is not among the assets."),
    code("S2009", "A parameter template that Dify does not know."),
    code("S2010", "An option that is not in its list."),
    code("S2011", "An example names a field, input or parameter that does not exist."),
    code("S2012", "More than three choices below each other in `offers`."),
    code("S2013", "An offered protocol that serves another action."),
    code("S3001", "A value that does not fit where it flows."),
    code("S3002", "A converter or finisher with a missing or unfitting argument or input."),
    code("S3003", "A test outside the values of what it tests."),
    code("S3004", "A request compares a value that has no closed list of values."),
    code("S3005", "A `$map` that is too long, names values that cannot occur, or leaves some out."),
    code("S3006", "A `$merge` of what is no map, or beside a key that it would write too."),
    code("S3007", "A protocol widens the limits of a parameter; it may only narrow them."),
    code("S3008", "One path of a reply or event is read as two types."),
    code("S3009", "`$each` inside `$each`."),
    code("S3010", "A default, or a forced value, that is not of its type or not in its range."),
    code("S3011", "The references of one list have different types."),
    code("S3012", "Keys of a field or parameter that do not go together."),
    code("S3013", "A member that the output does not have."),
    code("S3014", "A type that an input or an output cannot have."),
    code("S3015", "A `batch` over what is no list, without use, or of an output that cannot be joined."),
    code("S4001", "A reply does not build a required member."),
    code("S4002", "A required input is not used."),
    code("S4003", "A rule of a stream that is never reached."),
    code("S4004", "Examples are missing, or do not show what the protocol does."),
    code("S4005", "A rule of a stream that no example fires."),
    code("S4006", "A section that the shape needs is missing, or one that it does not have is there."),
    code("S4007", "A listed parameter that nothing sends."),
    code("S4008", "Legal in the language, but nothing is generated for it yet."),
    code("S4009", "A request could go out unsigned, because what signs it may be absent."),
    code("S4101", "Warning: a field that nothing refers to."),
    code("S4102", "Warning: a parameter that no protocol lists."),
    code("S4103", "Warning: an auth method, model type or protocol that no plugin offers."),
    code("S4104", "Warning: the same condition on many keys of one request."),
    code("S5001", "A name or author that the plugin daemon refuses."),
    code("S5002", "A version that one of Dify's readers refuses."),
    code("S5003", "A time that does not exist or has no zone."),
    code("S5004", "No memory, or more than can be counted."),
    code("S5005", "A text that is empty or too long in some language."),
    code("S5006", "An icon that is missing, or not what its name says."),
    code("S5007", "A tag that Dify does not know."),
    code("S5008", "A text that is no URL where a link is wanted."),
    code("S5009", "More form entries than the plugin daemon takes."),
    code("S5010", "A stored name, value or default that is empty, too long or reserved."),
    code("S5011", "A choice without options, with too many, with two of one value, or whose default is none of them."),
    code("S5012", "A form entry under more conditions than Dify takes."),
    code("S5013", "More parameters than Dify takes."),
    code("S5014", "Two form entries of one stored name that can be shown at once."),
];

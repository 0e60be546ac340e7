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
    code("S0100", "The value cannot be read."),
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

//! S0: what is not of this language's shape. Found by the reader, one file at a time.

use super::{Code, code};

pub(super) const CODES: &[Code] = &[
    code!(
        "S0001",
        "indentation",
        "The file is not YAML.",
        "Nothing else can be said about a file that cannot be read. Tabs and a second document count as broken too: YAML \
         readers differ about them, and editors read specs with another reader than this one."
    ),
    code!(
        "S0002",
        "index-in-brackets",
        "An index is a segment of a reference (`.0`); a bracket ends a scalar inside `{ }`.",
        "`{ a: $reply.x[0].y }` is not one value to a YAML reader: the bracket begins a list. `$reply.x.0.y` can be \
         written everywhere."
    ),
    code!(
        "S0003",
        "duplicate-key",
        "A key is written twice in one map.",
        "Most YAML readers keep the last of two keys and say nothing: half of what was written would have no effect."
    ),
    code!(
        "S0004",
        "anchor",
        "Anchors, aliases and merge keys are refused: every value is written where it is meant.",
        "With them a change in one place changes others that a reviewer does not see, and an error has two places. What \
         several specs share is a parameter, a field or a model type."
    ),
    code!(
        "S0005",
        "tag",
        "Tags are refused.",
        "A tag makes a value something else than it looks like, and differently so in each reader."
    ),
    code!(
        "S0006",
        "boolean-word-as-option",
        "`on`, `off`, `yes` and `no` are booleans to many YAML tools: never a key, and as an option name only in quotes.",
        "Dify's Python side and many editors read YAML 1.1, where `on` is `true`. An option stored as `on` would come \
         back as `True`, and no saved row would match it."
    ),
    code!(
        "S0007",
        "comma-in-a-text",
        "A key without a value, usually after a comma inside `{ }`.",
        "`{ en_US: Base URL, e.g. x }` is two keys, the second without a value: the text would be cut off at the comma."
    ),
    code!(
        "S0008",
        "not-utf-8",
        "A spec is UTF-8 text of at most 128 KiB.",
        "Labels are Chinese and Japanese as well: in another encoding they would reach the form as garbage. The largest \
         spec that was ever needed has a seventh of that size."
    ),
    code!(
        "S0009",
        "no-kind-of-spec",
        "A file below `specs/` where no kind of spec lives.",
        "The path says what a file is. A spec in the wrong directory, or with another ending, would do nothing and \
         nobody would know why."
    ),
    code!(
        "S0010",
        "no-connection",
        "There is no `specs/connection.yaml`.",
        "It declares the endpoint that every request goes to, the time limits and the proxy: no plugin can be made \
         without it."
    ),
    code!(
        "S0011",
        "full-width-colon",
        "A sign that looks like YAML's and is another: `：`, `，`, `“`, a no-break space.",
        "YAML takes them for letters: a key with `：` is a text without a value, a list with `、` is one word. What is \
         meant can only be guessed, and a guess would change what is sent."
    ),
    code!(
        "S0101",
        "unknown-key-beside-chinese",
        "A key that does not exist here.",
        "A misspelt key that is passed over leaves its default in force: `requierd: true` would make a field optional."
    ),
    code!(
        "S0102",
        "missing-key",
        "A required key is missing.",
        "What has no sensible default must be said: a label stands in a form, an endpoint must be named."
    ),
    code!(
        "S0103",
        "wrong-kind",
        "A value of another kind than is expected, or a number that readers do not agree on.",
        "Values are not converted in silence: a text that happens to look like a number, or a list of one, is usually \
         a slip. `0x10` is sixteen to some readers of YAML and a text to others, and JSON has no infinite numbers."
    ),
    code!(
        "S0104",
        "unknown-word",
        "A word that is not in a closed list.",
        "Each word of such a list has code behind it. There is none for a word that is not in the list."
    ),
    code!(
        "S0111",
        "reference-inside-a-text",
        "A text that begins with `$` and is no reference, or that holds one.",
        "A reference is always the whole value. Nothing is put together in YAML, so `Question: $input.query` would be \
         sent to the service as those very letters."
    ),
    code!(
        "S0112",
        "question-mark-in-a-type",
        "A text that is no type.",
        "Types become Rust types, so they are written in exactly one way. `?` and commas are left out because YAML \
         readers disagree about them inside `{ }`."
    ),
    code!(
        "S0113",
        "unknown-directive",
        "Directives that do not exist or do not go together.",
        "A key that begins with `$` is never sent. A misspelt directive would take its value out of the request in \
         silence; two that each say how the value is made leave open which one comes first."
    ),
    code!(
        "S0114",
        "condition-without-reference",
        "A condition that cannot be read.",
        "A condition that tests nothing holds always or never, and either looks right until a user sets the field."
    ),
    code!(
        "S0115",
        "absolute-path",
        "A path that is not relative, or not written as one.",
        "A path is appended to the endpoint that the user stored, which may have a prefix of its own. An absolute path \
         would drop the gateway's route; a whole URL would send credentials to another host. Nothing is filled into a \
         text: a reference is a segment of its own."
    ),
    code!(
        "S0116",
        "post-and-get",
        "Keys of which exactly one, or one group, is legal.",
        "Each of them answers the same question. With both there, one would win and the other would be dead text."
    ),
    code!(
        "S0117",
        "path-that-ends-in-a-slash",
        "A path of which a part is empty or made of dots.",
        "The runtime sends no such request, since parts of a path may come from what users enter: an empty id would ask \
         for the list of all, and dots would lead elsewhere. Written in a spec, every call would be refused."
    ),
];

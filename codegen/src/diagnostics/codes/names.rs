//! S1: names. What would be called the same, stored under one name, or cannot be a name at all.

use super::{Code, code};

pub(super) const CODES: &[Code] = &[
    code!(
        "S1001",
        "illegal-name",
        "An id or a name with characters that are not legal in it.",
        "Names become names in Rust, variables that Dify stores, parts of multipart bodies and paths. One narrow alphabet \
         is legal in all of them."
    ),
    code!(
        "S1002",
        "id-and-path-differ",
        "The `id:` does not match the path of the file.",
        "An id is looked up by its path, by people and by `cargo gen`. A copied file that kept its old id is found this \
         way before it replaces the original."
    ),
    code!(
        "S1003",
        "same-parameter-twice",
        "Two specs give the same id, or two parameters have the same name.",
        "All parameters share one list of names, and so do all protocols: which of the two is meant by the name could \
         not be said."
    ),
    code!(
        "S1004",
        "field-of-protocol-and-type",
        "A field of a protocol has the name of a field of its model type.",
        "A protocol sees both as `$credential.<name>`: one would hide the other."
    ),
    code!(
        "S1005",
        "one-variable-for-two-fields",
        "Two settings that can be in the form at once are stored under one variable.",
        "Dify stores one value for each variable of a row. Two fields under one name would overwrite each other whenever a \
         user saves."
    ),
    code!(
        "S1006",
        "derived-value-named-as-input",
        "A derived value has the name of an input.",
        "Both become `$input.<name>`: a request would send the one when the other is meant."
    ),
    code!(
        "S1007",
        "header-with-a-blank",
        "A header name with characters that no header name has, or one that the connection sets itself.",
        "A bad name fails with every request. `host` and `content-length` follow from what is sent: set by hand they make \
         requests that proxies refuse, or read differently from the gateway."
    ),
];

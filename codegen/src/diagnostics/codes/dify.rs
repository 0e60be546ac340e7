//! S5: what Dify would refuse, or would take and break on. The strictest of plugin daemon, SDK and API counts.

use super::{Code, code};

pub(super) const CODES: &[Code] = &[
    code!(
        "S5001",
        "author-in-capitals",
        "A name or author that the plugin daemon refuses.",
        "They are part of the plugin's identity and of paths. The daemon refuses the package when it is installed."
    ),
    code!(
        "S5002",
        "pre-release",
        "A version that one of Dify's readers refuses.",
        "Daemon and SDK read versions by different patterns. Three plain numbers are what all of them take."
    ),
    code!(
        "S5003",
        "time-without-zone",
        "A time that does not exist or has no zone.",
        "The daemon reads `created_at` as RFC 3339 and refuses the manifest otherwise."
    ),
    code!(
        "S5004",
        "no-memory",
        "No memory, or more than can be counted.",
        "The manifest must say how many bytes the plugin may use; the daemon refuses one that says none."
    ),
    code!(
        "S5005",
        "empty-translation",
        "A text that is empty or too long in some language.",
        "Dify shows the text of the user's language and falls back to English only if there is none: an empty one is an \
         empty label. The daemon refuses long ones."
    ),
    code!(
        "S5006",
        "icon-that-is-missing",
        "An icon that is missing, or not what its name says.",
        "The daemon refuses a package whose icons are not in it, and serves an icon by the ending of its name."
    ),
    code!(
        "S5007",
        "unknown-tag",
        "A tag that Dify does not know.",
        "Tags are a closed list of the marketplace; the manifest of a plugin with another one is refused."
    ),
    code!(
        "S5008",
        "help-that-is-no-url",
        "A text that is no URL where a link is wanted.",
        "Dify makes a link of it. Without a scheme the link leads to a page of Dify itself, or the declaration is refused."
    ),
    code!(
        "S5009",
        "too-many-entries",
        "More form entries than the plugin daemon takes.",
        "The daemon refuses a form of more than 32 entries, and with it the whole plugin. A field that two branches use \
         counts twice."
    ),
    code!(
        "S5010",
        "variable-of-dify",
        "A stored name, value or default that is empty, too long or reserved.",
        "Dify stores the rows. What it keeps for itself, cannot store or cuts off is not what a call gets back."
    ),
    code!(
        "S5011",
        "two-options-of-one-value",
        "A choice without options, with too many, with two of one value, or whose default is none of them.",
        "A stored value must lead back to exactly one option, and the daemon refuses a choice without any."
    ),
    code!(
        "S5013",
        "too-many-parameters",
        "More parameters than Dify takes.",
        "The schema of a model with more than 128 parameters is refused: the model would vanish from the list."
    ),
    code!(
        "S5014",
        "selector-below-itself",
        "Two form entries of one stored name that can be shown at once.",
        "Dify checks and stores one value for both, and the form would ask the same question twice with different answers."
    ),
];

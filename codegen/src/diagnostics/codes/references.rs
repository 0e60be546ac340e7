//! S2: what is referred to must exist, and be known where it is referred to.

use super::{Code, code};

pub(super) const CODES: &[Code] = &[
    code!(
        "S2001",
        "unknown-protocol",
        "An id that no spec, or no list of Dify, has.",
        "Nothing can be generated for a protocol or parameter that is not there, and Dify does not know an action or \
         model type that is not its own."
    ),
    code!(
        "S2002",
        "root-not-legal-here",
        "A root that does not exist, or is not legal where it stands.",
        "Each phase knows its own values only: no reply is there while the request is written, and decoding a reply does \
         not see the call. This keeps adapters pure, and credentials out of answers."
    ),
    code!(
        "S2003",
        "unknown-input",
        "A reference that does not resolve.",
        "What is absent is left out of a request. A misspelt reference would therefore never fail, and never be sent. Nor \
         would a `retreat` that leaves out what is never sent."
    ),
    code!(
        "S2004",
        "unknown-converter",
        "A converter, finisher or argument that does not exist.",
        "Converters are tested Rust functions of a closed list. A spec can only choose among them; a vendor's new format \
         is a new function in `runtime/src/convert`."
    ),
    code!(
        "S2005",
        "unknown-feature",
        "A feature that Dify does not know.",
        "Dify refuses the whole schema of a model with an unknown feature: the model would vanish from the list."
    ),
    code!(
        "S2006",
        "unknown-property",
        "A model property that Dify does not know.",
        "Dify refuses the whole schema of a model with an unknown property: the model would vanish from the list."
    ),
    code!(
        "S2007",
        "unknown-field-of-a-group",
        "A `<group>.<field>` that does not exist.",
        "A plugin binds declared fields to the names its users have stored. A binding of nothing would leave the real \
         field under its default name, and stored rows would no longer be read."
    ),
    code!(
        "S2008",
        "recording-that-is-not-there",
        "A recording that a probe names and that is not among the assets.",
        "The recording goes into the executable and is what checks a user's credentials. Without it they could not be \
         checked."
    ),
    code!(
        "S2009",
        "unknown-template",
        "A parameter template that Dify does not know.",
        "Dify fills a parameter from its template and refuses the model's schema if there is none of that name."
    ),
    code!(
        "S2010",
        "default-is-no-option",
        "An option that is not in its list.",
        "The default of a choice is what rows without the field mean. If it is none of the options, those rows could not \
         be called."
    ),
    code!(
        "S2011",
        "example-of-unknown-input",
        "An example names a field, input or parameter that does not exist.",
        "Examples are tests. One that sets what nobody reads would pass and prove nothing."
    ),
    code!(
        "S2012",
        "too-many-choices",
        "More than three choices below each other in `offers`.",
        "Each level is one more question in Dify's form, and one more condition on every field below it. Three are what \
         users of the form can follow."
    ),
    code!(
        "S2013",
        "protocol-of-another-type",
        "An offered protocol that serves another action, or one that is served already.",
        "A protocol builds the output of one action. Offered under another model type it would answer Dify with a result \
         of the wrong kind; and of two for the same action the second would never be called."
    ),
];

//! S4: nothing is missing, nothing is left over. S41 are warnings.

use super::{Code, code};

pub(super) const CODES: &[Code] = &[
    code!(
        "S4001",
        "required-member-not-built",
        "A reply does not build a required member.",
        "Dify's answer needs it: every call would end in a bad reply, however well the service answered."
    ),
    code!(
        "S4002",
        "required-input-not-sent",
        "A required input is not used.",
        "The service would answer without having seen what Dify asked."
    ),
    code!(
        "S4003",
        "unreachable-rule",
        "A rule of a stream that is never reached.",
        "The first rule whose condition holds takes the event: whatever the later one emits is never seen."
    ),
    code!(
        "S4004",
        "no-example-of-the-stream",
        "Examples are missing, or do not show what the protocol does.",
        "Examples are the tests of the generated adapter, and its documentation. What no example shows is neither tested \
         nor documented."
    ),
    code!(
        "S4005",
        "rule-that-never-fires",
        "A rule of a stream that no example fires.",
        "Each rule is a branch of the generated code. Without an event that reaches it, a wrong path in it would be found \
         by users."
    ),
    code!(
        "S4006",
        "get-with-a-body",
        "A section that the shape needs is missing, or one that it does not have is there.",
        "The shape decides how the answer is read: at once, as a stream, as bytes, or by polling. A section of another \
         shape would have no effect; without its own sections a shape cannot work. Nor has a finisher an effect whose \
         result nothing delivers."
    ),
    code!(
        "S4007",
        "parameter-not-sent",
        "A listed parameter that nothing sends.",
        "Dify would show the parameter in its form, and setting it would do nothing."
    ),
    code!(
        "S4008",
        "reply-inside-each",
        "Legal in the language, but nothing is generated for it yet.",
        "The language is larger than what the two plugins need, and what nobody used is not built. It is refused here so \
         that it is not found out by a compile error in generated code."
    ),
    code!(
        "S4009",
        "key-that-is-not-required",
        "A request could go out unsigned, because what signs it may be absent.",
        "Absent values are left out, and with the key the whole proof: the gateway would see an anonymous request. A route \
         without authentication is chosen on purpose, with the auth method `none`."
    ),
    code!(
        "S4101",
        "unused-field",
        "Warning: a field that nothing refers to.",
        "Users would fill it in and wonder why nothing changes."
    ),
    code!(
        "S4102",
        "unused-parameter",
        "Warning: a parameter that no protocol lists.",
        "No model will ever offer it: it is left over, or a protocol forgot to list it."
    ),
    code!(
        "S4103",
        "unused-auth-method",
        "Warning: an auth method, model type or protocol that no plugin offers.",
        "Code is generated and examples are run, but no user can reach it: the line in `offers` was forgotten."
    ),
    code!(
        "S4104",
        "same-condition-again",
        "Warning: the same condition on many keys of one request.",
        "A request that is two requests in one is hard to check against a vendor's page. Two protocols, or one converter, \
         say it better."
    ),
    code!(
        "S4105",
        "missing-translation",
        "Warning: a text without a translation that the other texts of its file have.",
        "Dify falls back to English: one line of a Chinese form would be in another language."
    ),
    code!(
        "S4106",
        "parameter-that-reaches-no-service",
        "Warning: a parameter of a model type that no protocol of it lists.",
        "A parameter is offered only where a protocol lists it. Without one, what the model type says of it has no effect."
    ),
    code!(
        "S4107",
        "feature-that-nothing-switches",
        "Warning: a feature that only the protocol or only the model type knows.",
        "A language model reports a feature if its protocol can do it and its model type says when. With one side missing \
         Dify never hears of it, and does not send images or tools."
    ),
    code!(
        "S4108",
        "unused-derived-value",
        "Warning: a derived value that nothing refers to.",
        "It is computed for every call, and what it prepares does not reach the service: the request refers to the input \
         instead."
    ),
    code!(
        "S4109",
        "unused-asset",
        "Warning: a file in `specs/assets` that nothing names.",
        "Assets are copied into packages by name. One that nobody names is left over, or its name is misspelt elsewhere."
    ),
];

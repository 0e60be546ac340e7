//! What belongs where in manifest, provider and model, and who refuses what is not so.
//!
//! Taken from the daemon's entities (Go), the Python SDK's, and those that Dify reads the daemon's answer with. What
//! the daemon fills in before Dify sees it is no reason for Dify to refuse.

use super::readers::Readers;
use super::shape::{Key, Shape, may, must, unless_null};
use crate::catalogue::{FEATURES, PROPERTIES};
use crate::dify::{self, CONDITIONS, ENTRIES, KINDS, OPTIONS, PATH, RULES, TEXT, WORD};

/// Limits of the daemon, and the SDK.
const BOTH: Readers = Readers::LIMITS.and(Readers::SDK);
/// Limits of the daemon, the SDK and Dify.
const ALL: Readers = BOTH.and(Readers::DIFY);

const ANY_LENGTH: usize = usize::MAX;

/// A text per language.
pub const TEXTS: Shape = Shape::Map(&[
    must("en_US", Shape::Text(TEXT), BOTH),
    may("zh_Hans", Shape::Text(TEXT)),
    may("ja_JP", Shape::Text(TEXT)),
    may("pt_BR", Shape::Text(TEXT)),
]);

const ENABLED: Shape = Shape::Map(&[may("enabled", Shape::Flag)]);

const PERMISSION: Shape = Shape::Map(&[
    may("tool", ENABLED),
    may(
        "model",
        Shape::Map(&[
            may("enabled", Shape::Flag),
            may("llm", Shape::Flag),
            may("text_embedding", Shape::Flag),
            may("rerank", Shape::Flag),
            may("tts", Shape::Flag),
            may("speech2text", Shape::Flag),
            may("moderation", Shape::Flag),
        ]),
    ),
    may("node", ENABLED),
    may("endpoint", ENABLED),
    may("app", ENABLED),
    may(
        "storage",
        Shape::Map(&[
            may("enabled", Shape::Flag),
            // The SDK has a default; the daemon takes 0, which is below its limit.
            must("size", Shape::Integer, Readers::LIMITS),
        ]),
    ),
]);

const PATHS: Shape = Shape::List(&Shape::Text(PATH), ANY_LENGTH);

/// Lists of provider files, by kind of plugin.
pub const KINDS_OF_PLUGIN: [&str; 6] = ["tools", "models", "endpoints", "agent_strategies", "datasources", "triggers"];

/// `manifest.yaml`.
pub const MANIFEST: Shape = Shape::Map(&[
    must("version", Shape::Text(ANY_LENGTH), BOTH.and(Readers::DAEMON)),
    must("type", Shape::Word(&["plugin"]), BOTH),
    must("author", Shape::Text(ANY_LENGTH), BOTH.and(Readers::DAEMON)),
    must("name", Shape::Text(ANY_LENGTH), BOTH.and(Readers::DAEMON)),
    must("label", TEXTS, BOTH),
    must("description", TEXTS, BOTH),
    must("icon", Shape::Text(PATH), BOTH),
    may("icon_dark", Shape::Text(PATH)),
    must("created_at", Shape::Any, BOTH),
    must("resource", Shape::Map(&[must("memory", Shape::Integer, BOTH), may("permission", PERMISSION)]), BOTH),
    must(
        "plugins",
        Shape::Map(&[
            unless_null("tools", PATHS),
            unless_null("models", PATHS),
            unless_null("endpoints", PATHS),
            unless_null("agent_strategies", PATHS),
            unless_null("datasources", PATHS),
            unless_null("triggers", PATHS),
        ]),
        BOTH.and(Readers::DAEMON),
    ),
    must(
        "meta",
        Shape::Map(&[
            must("version", Shape::Text(ANY_LENGTH), BOTH),
            must("arch", Shape::List(&Shape::Word(&["amd64", "arm64"]), ANY_LENGTH), BOTH),
            must(
                "runner",
                Shape::Map(&[
                    must("language", Shape::Word(&["python"]), BOTH.and(Readers::DAEMON)),
                    must("version", Shape::Text(dify::PATH), BOTH),
                    must("entrypoint", Shape::Text(dify::ENTRYPOINT), BOTH),
                ]),
                BOTH,
            ),
            may("minimum_dify_version", Shape::Text(ANY_LENGTH)),
        ]),
        BOTH,
    ),
    may("tags", Shape::DaemonOnly(&Shape::List(&Shape::Word(&dify::TAGS), ANY_LENGTH))),
    may("repo", Shape::Text(ANY_LENGTH)),
    may("privacy", Shape::DaemonOnly(&Shape::Text(ANY_LENGTH))),
    may("verified", Shape::DaemonOnly(&Shape::Flag)),
]);

const SHOW_ON: Shape = Shape::List(
    &Shape::Map(&[must("variable", Shape::Text(WORD), BOTH), must("value", Shape::Text(WORD), BOTH)]),
    CONDITIONS,
);

const FORM: Shape = Shape::List(
    &Shape::Map(&[
        must("variable", Shape::Text(WORD), BOTH),
        must("label", TEXTS, BOTH),
        must("type", Shape::Word(&dify::FORM_TYPES), ALL),
        unless_null("required", Shape::Flag),
        may("default", Shape::Text(WORD)),
        may(
            "options",
            Shape::List(
                &Shape::Map(&[
                    must("label", TEXTS, BOTH),
                    must("value", Shape::Text(WORD), BOTH),
                    unless_null("show_on", SHOW_ON),
                ]),
                OPTIONS,
            ),
        ),
        may("help", Shape::DaemonOnly(&TEXTS)),
        may("url", Shape::DaemonOnly(&Shape::Text(ANY_LENGTH))),
        may("placeholder", TEXTS),
        unless_null("max_length", Shape::Integer),
        unless_null("show_on", SHOW_ON),
    ]),
    ENTRIES,
);

const FORMS: Key = must("credential_form_schemas", FORM, Readers::SDK);

/// A provider.
pub const PROVIDER: Shape = Shape::Map(&[
    must("provider", Shape::Text(WORD), BOTH),
    must("label", TEXTS, BOTH),
    may("description", TEXTS),
    may("icon_small", TEXTS),
    may("icon_large", TEXTS),
    may("icon_small_dark", TEXTS),
    may("icon_large_dark", TEXTS),
    may("background", Shape::Text(ANY_LENGTH)),
    may("help", Shape::Map(&[must("title", TEXTS, BOTH), must("url", TEXTS, BOTH)])),
    must("supported_model_types", Shape::List(&Shape::ModelType, KINDS), ALL),
    must("configurate_methods", Shape::List(&Shape::Word(&dify::METHODS), KINDS), ALL),
    may("provider_credential_schema", Shape::Map(&[FORMS])),
    may(
        "model_credential_schema",
        Shape::Map(&[must("model", Shape::Map(&[must("label", TEXTS, BOTH), may("placeholder", TEXTS)]), BOTH), FORMS]),
    ),
    may("models", Shape::Any),
    may("extra", Shape::Any),
    may("position", Shape::Any),
]);

/// A model. Its keys of properties are checked apart.
pub const MODEL: Shape = Shape::Map(&[
    must("model", Shape::Text(WORD), BOTH),
    may("label", Shape::Label),
    must("model_type", Shape::ModelType, ALL),
    may("features", Shape::List(&Shape::Word(&FEATURES), dify::FEATURES)),
    unless_null("fetch_from", Shape::Word(&dify::METHODS)),
    must("model_properties", Shape::Any, Readers::SDK.and(Readers::DIFY)),
    unless_null("deprecated", Shape::Flag),
    unless_null("parameter_rules", Shape::List(&RULE, RULES)),
    may(
        "pricing",
        Shape::Map(&[
            must("input", Shape::Decimal, BOTH),
            may("output", Shape::Decimal),
            must("unit", Shape::Decimal, BOTH),
            must("currency", Shape::Text(ANY_LENGTH), BOTH),
        ]),
    ),
]);

const RULE: Shape = Shape::Map(&[
    must("name", Shape::Text(WORD), BOTH),
    may("use_template", Shape::Text(WORD)),
    may("label", Shape::Label),
    may("type", Shape::Word(&dify::PARAMETER_TYPES)),
    may("help", TEXTS),
    unless_null("required", Shape::Flag),
    may("default", Shape::Any),
    may("min", Shape::Number),
    may("max", Shape::Number),
    may("precision", Shape::Integer),
    unless_null("options", Shape::List(&Shape::Text(WORD), ANY_LENGTH)),
]);

/// Keys of `model_properties`.
pub fn properties() -> impl Iterator<Item = &'static str> {
    PROPERTIES.iter().map(|(name, _)| *name)
}

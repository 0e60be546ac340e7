//! What Dify's readers take: limits and closed lists, used by p5 for what is generated and by `validate` for any plugin.
//!
//! Words that specs use themselves (features, properties, templates) are in [`crate::catalogue`].

pub mod patterns;

/// Longest text of one language; Go counts characters.
pub const TEXT: usize = 1023;
/// Longest word: variables, values, defaults, names.
pub const WORD: usize = 255;
/// Longest path or file name in a manifest.
pub const PATH: usize = 128;
/// Longest name of a plugin.
pub const NAME: usize = 128;
/// Longest author.
pub const AUTHOR: usize = 64;
/// Longest name of the module that a plugin is started as.
pub const ENTRYPOINT: usize = 256;
/// Most entries of a credential form.
pub const ENTRIES: usize = 32;
/// Most options of a form entry.
pub const OPTIONS: usize = 128;
/// Most conditions of a form entry or option.
pub const CONDITIONS: usize = 16;
/// Most model types or configuration methods of a provider.
pub const KINDS: usize = 16;
/// Most parameters of a model.
pub const RULES: usize = 128;
/// Most features of a model.
pub const FEATURES: usize = 256;
/// Bytes of storage that a plugin may ask for.
pub const STORAGE: std::ops::RangeInclusive<u64> = 1024..=1_073_741_824;
/// Most bytes of a package that Dify takes.
pub const PACKED: usize = 15 * 1024 * 1024;
/// Most bytes of all files of a package that the daemon takes.
pub const UNPACKED: usize = 50 * 1024 * 1024;

/// The variable of Dify that stands for the model type in `show_on`.
pub const MODEL_TYPE: &str = crate::ir::package::MODEL_TYPE;

/// Tags of a plugin.
pub const TAGS: [&str; 19] = [
    "search",
    "image",
    "videos",
    "weather",
    "finance",
    "design",
    "travel",
    "social",
    "news",
    "medical",
    "productivity",
    "education",
    "business",
    "entertainment",
    "utilities",
    "agent",
    "rag",
    "other",
    "trigger",
];

/// Types of a form entry.
pub const FORM_TYPES: [&str; 5] = ["text-input", "secret-input", "select", "radio", "switch"];

/// How models of a provider come to be.
pub const METHODS: [&str; 2] = ["predefined-model", "customizable-model"];

/// Types of a parameter.
pub const PARAMETER_TYPES: [&str; 5] = ["float", "int", "string", "boolean", "text"];

/// Model types that only the Python SDK and the daemon know.
pub const TYPES_OF_SDK: [&str; 1] = ["text2img"];

/// Model types that only the daemon knows.
pub const TYPES_OF_DAEMON: [&str; 2] = ["multimodal-embedding", "multimodal-rerank"];

/// Keys of the `models` map of a provider, each with the model type that belongs there.
pub const MODEL_FOLDERS: [(&str, &str); 6] = [
    ("llm", "llm"),
    ("text_embedding", "text-embedding"),
    ("rerank", "rerank"),
    ("tts", "tts"),
    ("speech2text", "speech2text"),
    ("moderation", "moderation"),
];

/// What a template of a parameter brings: type, default, minimum, maximum, options.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    pub type_: &'static str,
    pub default: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub options: &'static [&'static str],
}

/// The template of a name.
pub fn template(name: &str) -> Option<Template> {
    let of = |type_, default, min, max| Template { type_, default, min, max, options: &[] };
    Some(match name {
        "temperature" | "presence_penalty" | "frequency_penalty" => of("float", Some(0.0), Some(0.0), Some(1.0)),
        "top_p" => of("float", Some(1.0), Some(0.0), Some(1.0)),
        "top_k" => of("int", Some(50.0), Some(1.0), Some(100.0)),
        "max_tokens" => of("int", Some(64.0), Some(1.0), Some(2048.0)),
        "response_format" => Template { options: &["JSON", "XML"], ..of("string", None, None, None) },
        "json_schema" => of("text", None, None, None),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{DIFY_MODEL_TYPES, TEMPLATES};

    #[test]
    fn the_tables_name_the_same_things() {
        assert!(TEMPLATES.iter().all(|name| template(name).is_some()));
        assert!(DIFY_MODEL_TYPES.iter().all(|model_type| MODEL_FOLDERS.iter().any(|(_, of)| of == model_type)));
    }
}

//! One test for each bug of the plugins this one replaces, as far as it concerns large language models, rerank or
//! authentication. The ids are those of the survey (`runtime/reference/existing-plugins.md`), sections 5.1 (a), 5.2 (b) and
//! 5.3 (c). Bugs of (b) are looked for in `higress`, which takes its place, and where `ai-gateway` could have them there too.
//!
//! | id | here |
//! |---|---|
//! | B-a1 to B-a14, B-a18 to B-a20, B-a22 | a test of the same name; B-a4, B-a11 to B-a13, B-a18 and B-a19 have several parts |
//! | B-a15 | language models, and speech in both directions |
//! | B-a16 | extra headers and display name; voices and languages |
//! | B-a17 | text embedding, in several parts; B-b10, B-c1 beside it |
//! | B-a21 | `b_a21_...` for the help link, the methods and the icons |
//! | B-b1, B-b3, B-b4, B-b7, B-b8, B-b9, B-b11, B-b12 | a test of the same name; B-b3, B-b4, B-b7 and B-b11 have two |
//! | B-b2 | image generation: `painted::b_b2_...` |
//! | B-c2, B-c11 | `specs/protocols/openai/chat.yaml`: the examples of web search beside tools, and of video and audio; B-a18 |
//! | B-c3, B-c4, B-c5, B-c6, B-c7 | B-a11, B-a12, the statuses of `bad_input` and here, `Failure` holds no traceback, `symptom_18_...` |
//! | B-c8, B-c9, B-c10, B-c13, B-c14 | a test of the same name |
//! | B-c12 | nothing is installed beside the executable: `symptom_7_...` |
//! | B-b5 | video, audio and documents: B-a18 |
//! | B-b6 | the code of (b) is a copy of (a)'s: B-a8, B-a10, B-a11, B-a12 |

mod auth;
mod chat;
mod checks;
mod embedding;
mod rerank;
mod speech;

use tests::package;
use tests::plugins::{AI_GATEWAY, HIGRESS};

/// Both plugins: the bugs of (a) are looked for in its successor, those of (b) in both.
const PLUGINS: [&str; 2] = [AI_GATEWAY, HIGRESS];

fn provider(plugin: &str) -> serde_yaml::Value {
    yaml(plugin, &format!("provider/{plugin}.yaml"))
}

fn manifest(plugin: &str) -> serde_yaml::Value {
    yaml(plugin, "manifest.yaml")
}

fn yaml(plugin: &str, name: &str) -> serde_yaml::Value {
    serde_yaml::from_str(&package::installed_of(plugin).read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn form_field(provider: &serde_yaml::Value, variable: &str) -> serde_yaml::Value {
    let fields = provider["model_credential_schema"]["credential_form_schemas"].as_sequence();
    let field = fields.into_iter().flatten().find(|field| field["variable"].as_str() == Some(variable));
    field.cloned().unwrap_or(serde_yaml::Value::Null)
}

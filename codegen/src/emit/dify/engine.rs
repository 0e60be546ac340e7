//! The template engine with the filters that templates may use:
//!
//! | filter | of | gives |
//! |---|---|---|
//! | `yaml` | text | a YAML scalar, quoted where needed |
//! | `i18n` | text of several languages | a YAML flow map |
//! | `text(lang=)` | text of several languages | one of them |
//! | `cell` | text | Markdown prose for a table cell |
//! | `code` | text | Markdown code for a table cell |
//! | `conditions(lang=)` | list of conditions | Markdown prose |

use std::sync::LazyLock;

use serde_json::Value as Json;
use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::{markdown, scalar};
use crate::templates::{self, json};

const TEMPLATES: [(&str, &str); 12] = [
    ("manifest.yaml", include_str!("../../../templates/manifest.yaml")),
    ("provider.yaml", include_str!("../../../templates/provider.yaml")),
    ("main.py", include_str!("../../../templates/main.py")),
    ("requirements.txt", include_str!("../../../templates/requirements.txt")),
    ("README.md", include_str!("../../../templates/README.md")),
    ("README_zh_Hans.md", include_str!("../../../templates/README_zh_Hans.md")),
    ("PRIVACY.md", include_str!("../../../templates/PRIVACY.md")),
    ("docs/README.md", include_str!("../../../templates/docs/README.md")),
    ("docs/credentials.md", include_str!("../../../templates/docs/credentials.md")),
    ("docs/differences.md", include_str!("../../../templates/docs/differences.md")),
    ("docs/parameters.md", include_str!("../../../templates/docs/parameters.md")),
    ("docs/protocols.md", include_str!("../../../templates/docs/protocols.md")),
];

/// The engine with every template.
pub(super) static ENGINE: LazyLock<Tera> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.register_filter("yaml", |text: &str, _: Kwargs, _: &State| scalar::yaml(text));
    tera.register_filter("i18n", |text: Value, _: Kwargs, _: &State| json(&text).map(|text| i18n(&text)));
    tera.register_filter("text", |text: Value, options: Kwargs, _: &State| language(&text, &options));
    tera.register_filter("cell", |text: &str, _: Kwargs, _: &State| markdown::cell(text));
    tera.register_filter("code", |text: &str, _: Kwargs, _: &State| markdown::code(text));
    tera.register_filter("conditions", |list: Value, options: Kwargs, _: &State| -> TeraResult<String> {
        let chinese = options.must_get::<&str>("lang")? == "zh_Hans";
        Ok(conditions(&json(&list)?, chinese))
    });
    templates::read(tera, &TEMPLATES)
});

/// `{ en_US: …, zh_Hans: … }`, the languages that are there.
fn i18n(text: &Json) -> String {
    let languages = ["en_US", "zh_Hans", "ja_JP", "pt_BR"].into_iter().filter_map(|language| {
        let text = text.get(language)?.as_str()?;
        Some(format!("{language}: {}", scalar::yaml(text)))
    });
    format!("{{ {} }}", languages.collect::<Vec<_>>().join(", "))
}

fn language(text: &Value, options: &Kwargs) -> TeraResult<String> {
    let text = json(text)?;
    let found = text.get(options.must_get::<&str>("lang")?).and_then(Json::as_str);
    let found = found.or_else(|| text.get("en_US").and_then(Json::as_str));
    found.map(str::to_owned).ok_or_else(|| tera::Error::message("not a text of several languages"))
}

fn conditions(list: &Json, chinese: bool) -> String {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    if list.is_empty() {
        return if chinese { "始终" } else { "always" }.to_owned();
    }
    let parts = list.iter().map(|condition| {
        let of = |key: &str| condition.get(key).and_then(Json::as_str).unwrap_or_default();
        let value = markdown::code(of("value"));
        match (of("variable"), chinese) {
            (crate::ir::package::MODEL_TYPE, false) => format!("model type {value}"),
            (crate::ir::package::MODEL_TYPE, true) => format!("模型类型 {value}"),
            (variable, _) => format!("{} = {value}", markdown::code(variable)),
        }
    });
    parts.collect::<Vec<_>>().join(if chinese { "，" } else { ", " })
}

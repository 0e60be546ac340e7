//! Tables of keys, one for each struct that a kind of spec is made of, from the schema of the struct.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json};

use super::tables::cell;
use crate::catalogue::{FEATURES, FINISHERS};

/// Definitions that have a place of their own, by the page and heading that hold it.
const ELSEWHERE: [(&str, &str, &str); 12] = [
    ("Text", "text", "values.md#texts"),
    ("Ref", "reference", "values.md#references"),
    ("Cond", "condition", "values.md#conditions"),
    ("Value", "value", "values.md#values"),
    ("Call", "call", "converters.md#calls"),
    ("Type", "type", "types.md#types"),
    ("Path", "path", "values.md#paths"),
    ("Options", "options", "fields.md#options"),
    ("FieldType", "word", "fields.md#types-of-fields"),
    ("Field", "field", "fields.md#a-field"),
    ("FieldOverride", "override", "fields.md#what-a-plugin-says-otherwise"),
    ("Line", "line", "auth.md#lines"),
];

/// The tables of a kind of spec: its own keys, then each struct below them under a heading that is its path.
pub fn of<T: JsonSchema>(page: &str) -> String {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let schema = Json::from(schema);
    let definitions = schema["definitions"].as_object().cloned().unwrap_or_default();
    let mut sheet = Sheet { definitions, page, known: Vec::new() };
    sheet.section(&schema, "").trim_end().to_owned()
}

struct Sheet<'p> {
    definitions: Map<String, Json>,
    page: &'p str,
    /// Structs by the path that first led to them.
    known: Vec<(String, String)>,
}

impl Sheet<'_> {
    /// A table, and below it those of the structs that it names first.
    fn section(&mut self, schema: &Json, path: &str) -> String {
        let before = self.known.len();
        let mut text = self.table(schema, path);
        let new = self.known.get(before..).map(<[_]>::to_vec).unwrap_or_default();
        for (path, name) in new {
            let definition = self.definitions.get(&name).cloned().unwrap_or_default();
            text.push_str(&format!("\n### `{path}`\n\n{}\n\n{}", prose(&definition), self.section(&definition, &path)));
        }
        text
    }

    fn table(&mut self, schema: &Json, path: &str) -> String {
        if let Some(words) = closed_list(schema) {
            let row = |word: &Json| {
                format!("| `{}` | {} |\n", word["const"].as_str().unwrap_or_default(), cell(&prose(word)))
            };
            return format!("| Word | Meaning |\n|---|---|\n{}", words.iter().map(row).collect::<String>());
        }
        let Some(keys) = schema["properties"].as_object() else { return String::new() };
        let required = |key: &str| schema["required"].as_array().is_some_and(|keys| keys.iter().any(|one| one == key));
        let mut text = "| Key | Type | Default | Meaning |\n|---|---|---|---|\n".to_owned();
        for (key, schema) in keys {
            let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let type_ = self.type_of(schema, &below);
            let default = if required(key) { "required".to_owned() } else { default(schema) };
            text.push_str(&format!("| `{key}` | {type_} | {default} | {} |\n", cell(&prose(schema))));
        }
        text
    }

    /// What may stand there, with links.
    fn type_of(&mut self, schema: &Json, path: &str) -> String {
        if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
            return self.named(name, path);
        }
        // A description beside a reference.
        if let Some([alone]) = schema["allOf"].as_array().map(Vec::as_slice) {
            return self.type_of(alone, path);
        }
        if let Some(alternatives) = schema["anyOf"].as_array() {
            if alternatives.iter().any(|one| lists(one, FINISHERS[0].name)) {
                return "[finisher](converters.md#finishers)".to_owned();
            }
            let some = alternatives.iter().filter(|schema| schema["type"] != "null");
            return some.map(|schema| self.type_of(schema, path)).collect::<Vec<_>>().join(" or ");
        }
        if let Some(words) = schema["enum"].as_array() {
            if lists(schema, FEATURES[0]) {
                return "[feature](types.md#features)".to_owned();
            }
            return words
                .iter()
                .filter_map(Json::as_str)
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(", ");
        }
        let names = match &schema["type"] {
            Json::Array(names) => names.iter().find(|name| *name != "null").unwrap_or(&Json::Null),
            name => name,
        };
        match names.as_str() {
            Some("string") => "text".to_owned(),
            Some("integer") => "whole number".to_owned(),
            Some("array") => format!("list of {}", self.type_of(&schema["items"], &format!("{path}[]"))),
            Some("object") if schema["properties"].is_object() => {
                let list = if path.ends_with("features") { "features" } else { "properties" };
                let by = if list == "features" { "feature" } else { "property" };
                format!("map by [{by}](types.md#{list})")
            }
            Some("object") => match &schema["additionalProperties"] {
                Json::Object(_) => {
                    format!("map of {}", self.type_of(&schema["additionalProperties"], &format!("{path}.<name>")))
                }
                _ => "map of JSON".to_owned(),
            },
            Some(name) => name.to_owned(),
            None => "JSON".to_owned(),
        }
    }

    fn named(&mut self, name: &str, path: &str) -> String {
        if let Some(literal) = name.strip_suffix("_or_reference") {
            let literal = match literal {
                "string" => "text",
                "double" => "number",
                "AnyValue" => "JSON",
                _ => "whole number",
            };
            return format!("{literal} or [reference](values.md#references)");
        }
        if let Some((_, word, to)) = ELSEWHERE.into_iter().find(|(known, _, _)| *known == name) {
            let to = to.strip_prefix(self.page).filter(|to| to.starts_with('#')).unwrap_or(to);
            return format!("[{word}]({to})");
        }
        let path = match self.known.iter().find(|(_, known)| known == name) {
            Some((path, _)) => path.clone(),
            None => {
                self.known.push((path.to_owned(), name.to_owned()));
                path.to_owned()
            }
        };
        let definition = self.definitions.get(name);
        let word = if definition.and_then(closed_list).is_some() { "word" } else { "map" };
        format!("[{word}](#{})", anchor(&path))
    }
}

/// The words, if the schema is a closed list of them with a description each. (An object has `oneOf` too where one of
/// several keys is needed.)
fn closed_list(schema: &Json) -> Option<&Vec<Json>> {
    schema["oneOf"].as_array().filter(|words| words.iter().all(|word| word["const"].is_string()))
}

fn lists(schema: &Json, word: &str) -> bool {
    schema["enum"].as_array().is_some_and(|words| words.iter().any(|one| one == word))
}

/// As the pages' host makes anchors of headings.
fn anchor(heading: &str) -> String {
    heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

/// A description on one line.
fn prose(schema: &Json) -> String {
    schema["description"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn default(schema: &Json) -> String {
    match &schema["default"] {
        Json::Null => String::new(),
        Json::Array(items) if items.is_empty() => String::new(),
        Json::Object(members) if members.is_empty() => String::new(),
        Json::String(word) => format!("`{word}`"),
        literal => format!("`{literal}`"),
    }
}

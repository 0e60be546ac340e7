//! Which references a place takes: those that are known from the tree, and the form of those that only the file knows.
//!
//! [`Legal::overlay`] says nothing of structure. It walks a value of any shape and looks at every text that begins with
//! `$`, so that one list serves a whole request.

use serde_json::{Value as Json, json};

use crate::ast::{Action, Field, Map, Type};
use crate::catalogue::{ROOTS, Site};
use crate::check::{field_type, inputs, members};

const SEGMENTS: &str = r"(\.[A-Za-z0-9_-]+)";

/// References that are legal somewhere.
#[derive(Debug, Clone)]
pub struct Legal {
    /// Each with what it is.
    known: Vec<(String, String)>,
    /// Roots whose members only the file knows.
    open: Vec<&'static str>,
}

impl Legal {
    /// What the catalogue says of a place.
    pub fn of(site: Site) -> Legal {
        let (mut known, mut open) = (Vec::new(), Vec::new());
        for root in ROOTS.iter().filter(|root| root.sites.contains(&site)) {
            let member = |(name, type_): &(&str, &str)| (format!("${}.{name}", root.name), format!("`{type_}`"));
            known.extend(root.members.iter().map(member));
            match (root.name, root.bare) {
                ("reply" | "event", _) | (_, None) if root.members.is_empty() => open.push(root.name),
                (name, Some(_)) => known.push((format!("${name}"), root.about.to_owned())),
                _ => {}
            }
            if root.name == "request" {
                open.push("request.header");
            }
        }
        Legal { known, open }
    }

    /// The members of a root, now that they are known.
    #[must_use]
    pub fn with(mut self, root: &str, members: impl IntoIterator<Item = (String, String)>) -> Legal {
        if self.open.contains(&root) {
            self.open.retain(|open| *open != root);
            self.known.extend(members.into_iter().map(|(name, about)| (format!("${root}.{name}"), about)));
        }
        self
    }

    /// As [`Legal::with`], in a file that may hold more of them.
    #[must_use]
    pub fn with_more(mut self, root: &'static str, members: impl IntoIterator<Item = (String, String)>) -> Legal {
        let open = self.open.contains(&root);
        self = self.with(root, members);
        self.open.extend(open.then_some(root));
        self
    }

    /// One reference: what is proposed, and what is accepted beside it.
    fn references(&self) -> Vec<Json> {
        let (names, about): (Vec<&str>, Vec<&str>) = self.known.iter().map(|(name, about)| (&**name, &**about)).unzip();
        let alone = |root: &&&str| matches!(**root, "item" | "batch" | "reply" | "event" | "output");
        let roots = |list: Vec<&&str>| list.iter().map(|root| root.replace('.', r"\.")).collect::<Vec<_>>().join("|");
        let (bare, never): (Vec<&&str>, Vec<&&str>) = self.open.iter().partition(alone);
        let mut patterns = Vec::new();
        if !bare.is_empty() {
            patterns.push(format!(r"\$({}){SEGMENTS}*", roots(bare)));
        }
        if !never.is_empty() {
            patterns.push(format!(r"\$({}){SEGMENTS}+", roots(never)));
        }
        let mut legal = Vec::new();
        if !names.is_empty() {
            legal.push(json!({ "type": "string", "enum": names, "markdownEnumDescriptions": about }));
        }
        if !patterns.is_empty() {
            let roots = self.open.iter().map(|root| format!("${root}")).collect::<Vec<_>>().join(", ");
            legal.push(json!({
                "type": "string",
                "pattern": format!("^({})$", patterns.join("|")),
                "patternErrorMessage": format!("No reference that is legal here; besides those that are proposed: {roots}")
            }));
        }
        legal
    }

    /// The definitions of a place: `<name>.reference`, `<name>.condition`, `<name>` for values.
    pub fn overlay(&self, name: &str) -> [(String, Json); 3] {
        let merges = self.open.contains(&"param") || self.known.iter().any(|(name, _)| name.starts_with("$param."));
        overlay(name, merges, &self.references())
    }
}

/// The definitions of a place that takes what another takes, and any name of one more root.
pub fn overlay_with(name: &str, other: &str, root: &str) -> [(String, Json); 3] {
    let open = Legal {
        known: Vec::new(),
        open: Vec::from_iter(ROOTS.iter().map(|known| known.name).find(|known| *known == root)),
    };
    let mut references = open.references();
    references.insert(0, json!({ "$ref": format!("#/definitions/{other}.reference") }));
    overlay(name, true, &references)
}

fn overlay(name: &str, merges: bool, references: &[Json]) -> [(String, Json); 3] {
    let to = |name: String| json!({ "$ref": format!("#/definitions/{name}") });
    let this = to(name.to_owned());
    let (reference, condition) = (to(format!("{name}.reference")), to(format!("{name}.condition")));
    let plain = json!({ "type": "string", "pattern": "^([^$]|$)" });
    let no_text = json!({ "type": ["null", "boolean", "number", "array", "object"] });
    let mut properties = json!({ "$when": condition, "$literal": true, "$default": true, "$map": true });
    if merges {
        let about = "Every parameter of this protocol that no other reference uses.";
        let all = json!({ "const": "$param", "description": about });
        properties["$merge"] = json!({
            "anyOf": [all, this, { "type": "array", "items": { "anyOf": [all, this] } }]
        });
    }
    let references = match references {
        [] => json!({ "not": {} }),
        some => json!({ "anyOf": some }),
    };
    let value = json!({
        "anyOf": [reference, plain, no_text],
        // Not beside the rest: the YAML language server follows `items` to `items` without end.
        "allOf": [{ "items": this }], "properties": properties, "additionalProperties": this
    });
    let cond = json!({ "anyOf": [reference, { "type": "object", "propertyNames": reference }] });
    [(format!("{name}.reference"), references), (format!("{name}.condition"), cond), (name.to_owned(), value)]
}

/// Inputs and derived values of an action, and the members of those that have some.
pub fn inputs_of(action: &Action) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, type_) in inputs(action) {
        all.extend(members(&type_).into_iter().map(|(member, type_)| (format!("{name}.{member}"), text(&type_))));
        all.push((name.to_owned(), text(&type_)));
    }
    all
}

/// Fields, each with its type and its label.
pub fn fields_of(fields: &Map<Field>) -> Vec<(String, String)> {
    let about = |field: &Field| match &field.label {
        Some(label) => format!("{} {}", text(&field_type(field)), label.en_us),
        None => text(&field_type(field)),
    };
    fields.iter().map(|(name, field)| (name.clone(), about(field))).collect()
}

fn text(type_: &Type) -> String {
    format!("`{type_}`")
}

//! A credential form: choices, defaults, conditions, and entries that stand in each other's way.

use super::readers::Readers;
use super::shape::{CHECKED, Checker};
use super::yaml::Node;
use crate::catalogue::DIFY_MODEL_TYPES;
use crate::dify::MODEL_TYPE;

/// Checks the entries. `model` says whether it is the form of a model, which knows the model's type.
pub(super) fn check(checker: &mut Checker<'_>, forms: &Node, model: bool) {
    let entries = &forms.items()[..forms.items().len().min(CHECKED)];
    for (index, entry) in entries.iter().enumerate() {
        choice(checker, entry);
        said(checker, entry);
        for shown in std::iter::once(entry).chain(entry.get("options").map_or(&[][..], Node::items)) {
            conditions(checker, entries, entry, shown, model);
        }
        twice(checker, &entries[..index], entry);
    }
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::text)
}

fn choice(checker: &mut Checker<'_>, entry: &Node) {
    let variable = text(entry, "variable").unwrap_or_default();
    let options = entry.get("options").map_or(&[][..], Node::items);
    let is_choice = matches!(text(entry, "type"), Some("select" | "radio"));
    if is_choice && options.is_empty() {
        let what = format!("`{variable}` is a choice without options");
        checker.warn("V3001", entry.mark(), what).help("nothing can be chosen, and nothing saved if it is required");
        return;
    }
    if !is_choice {
        return;
    }
    let mut values: Vec<&str> = Vec::new();
    for option in options.iter().take(CHECKED) {
        let Some(value) = option.get("value") else { continue };
        let Some(word) = value.text() else { continue };
        if values.contains(&word) {
            checker
                .warn("V3001", value.mark(), format!("two options of `{variable}` have the value `{word}`"))
                .help("what is stored does not say which was chosen");
        }
        values.push(word);
    }
    if let Some(default) = entry.get("default")
        && let Some(word) = default.text()
        && !word.is_empty()
        && options.len() <= CHECKED
        && !values.contains(&word)
    {
        checker
            .warn("V3002", default.mark(), format!("the default `{word}` of `{variable}` is no option"))
            .label("no option")
            .legal(word, values)
            .help("Dify shows an empty choice, and refuses the default if it is sent");
    }
}

/// `required` left out is false to the daemon and Dify, and true to the SDK.
fn said(checker: &mut Checker<'_>, entry: &Node) {
    if entry.entry("required").is_none()
        && let Some(variable) = entry.get("variable")
    {
        checker
            .warn(
                "V3005",
                variable.mark(),
                format!("whether `{}` is required is not said", variable.text().unwrap_or_default()),
            )
            .help("the daemon takes false and the Python SDK true: write `required:`");
    }
}

fn conditions(checker: &mut Checker<'_>, entries: &[Node], entry: &Node, shown: &Node, model: bool) {
    for condition in shown.get("show_on").map_or(&[][..], Node::items).iter().take(CHECKED) {
        let (Some(variable), Some(value)) = (condition.get("variable"), condition.get("value")) else { continue };
        let (Some(name), Some(word)) = (variable.text(), value.text()) else { continue };
        if name == MODEL_TYPE {
            if !model {
                checker
                    .warn("V3003", variable.mark(), format!("`{MODEL_TYPE}` is known in the form of a model only"))
                    .help("the entry is never shown");
            } else if !DIFY_MODEL_TYPES.contains(&word) {
                checker
                    .warn("V3003", value.mark(), format!("`{word}` is no model type of Dify"))
                    .legal(word, DIFY_MODEL_TYPES);
            }
            continue;
        }
        let asked: Vec<&Node> = entries.iter().filter(|other| text(other, "variable") == Some(name)).collect();
        if asked.is_empty() || (asked.len() == 1 && std::ptr::eq(asked[0], entry)) {
            let names = entries.iter().filter_map(|other| text(other, "variable"));
            let near = crate::diagnostics::nearest(name, names).map(str::to_owned);
            let found = checker.warn("V3003", variable.mark(), format!("no other entry of the form is `{name}`"));
            found.label("never there").help("the entry is never shown");
            if let Some(near) = near {
                found.help(format!("did you mean `{near}`?"));
            }
            continue;
        }
        let options: Vec<&str> = asked
            .iter()
            .flat_map(|other| other.get("options").map_or(&[][..], Node::items))
            .filter_map(|option| text(option, "value"))
            .collect();
        if !options.is_empty() && !options.contains(&word) {
            checker
                .warn("V3003", value.mark(), format!("`{word}` is no option of `{name}`"))
                .label("never chosen")
                .legal(word, options)
                .help("the entry is never shown");
        }
    }
}

/// Two entries of one variable that can be shown together: Dify stores one value for both.
fn twice(checker: &mut Checker<'_>, earlier: &[Node], entry: &Node) {
    let Some(variable) = entry.get("variable") else { return };
    let name = variable.text();
    let first = earlier.iter().filter(|other| text(other, "variable") == name).find(|other| together(other, entry));
    let Some(first) = first.and_then(|first| first.get("variable")) else { return };
    let first = checker.at(first.mark());
    checker
        .find(
            "V3004",
            variable.mark(),
            format!("`{}` stands twice, and both can be shown at once", name.unwrap_or_default()),
            Readers::NOBODY,
        )
        .related(first, "the other one")
        .help("Dify checks and stores one value for both: give them different `show_on`, or different names");
}

fn together(a: &Node, b: &Node) -> bool {
    let conditions = |node: &Node| -> Vec<(String, String)> {
        let items = node.get("show_on").map_or(&[][..], Node::items);
        items
            .iter()
            .take(CHECKED)
            .filter_map(|item| Some((text(item, "variable")?.to_owned(), text(item, "value")?.to_owned())))
            .collect()
    };
    let (a, b) = (conditions(a), conditions(b));
    a.iter().all(|(variable, value)| b.iter().all(|(other, word)| variable != other || value == word))
}

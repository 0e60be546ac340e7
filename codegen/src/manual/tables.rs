//! Tables of the catalogue.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::catalogue::{ACTIONS, DIRECTIVES, Function, PROPERTIES, ROOTS, TYPES};
use crate::diagnostics::codes;

/// Text in a cell of a table.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A text whose paragraphs are cells and lists.
fn code(text: &str) -> String {
    cell(&format!("`{text}`"))
}

/// Roots of references.
pub fn roots() -> String {
    let mut text = "| Root | Holds | Members | Legal in |\n|---|---|---|---|\n".to_owned();
    for root in ROOTS {
        let members: Vec<String> = root.members.iter().map(|(name, type_)| code(&format!("{name}: {type_}"))).collect();
        let mut sites: Vec<&str> = root.sites.iter().map(|site| site.name()).collect();
        sites.dedup();
        let _ = writeln!(
            text,
            "| `${}` | {} | {} | {} |",
            root.name,
            cell(root.about),
            members.join(", "),
            sites.join(", ")
        );
    }
    text.trim_end().to_owned()
}

/// Directives, each under a heading.
pub fn directives() -> String {
    let mut text = String::new();
    for directive in DIRECTIVES {
        let (name, form, about, example) = (directive.name, directive.form, directive.about, directive.example);
        let _ = write!(text, "### `{name}`: {form}\n\n{about}\n\n```yaml\n{example}\n```\n\n");
    }
    text.trim_end().to_owned()
}

/// Named types.
pub fn types() -> String {
    let mut text = "| Type | What it is | Members | As an input | As an output |\n|---|---|---|---|---|\n".to_owned();
    for named in TYPES {
        let members: Vec<String> =
            named.members.iter().map(|(name, type_)| code(&format!("{name}: {type_}"))).collect();
        let yes = |there| if there { "yes" } else { "" };
        let (input, output) = (yes(named.input), yes(named.output));
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {input} | {output} |",
            named.name,
            cell(named.about),
            members.join(", ")
        );
    }
    text.trim_end().to_owned()
}

/// A closed list.
pub fn words<const N: usize>(list: [&str; N]) -> String {
    list.map(|word| format!("`{word}`")).join(", ")
}

/// Dify's model properties.
pub fn properties() -> String {
    let rows = PROPERTIES.iter().map(|(name, type_)| format!("| `{name}` | {} |", code(type_)));
    format!("| Property | Type |\n|---|---|\n{}", rows.collect::<Vec<_>>().join("\n"))
}

/// Dify's actions.
pub fn actions() -> String {
    let rows = ACTIONS.iter().map(|(action, type_)| format!("| `{action}` | `{type_}` |"));
    format!("| Action | Model type in Dify |\n|---|---|\n{}", rows.collect::<Vec<_>>().join("\n"))
}

/// Converters or finishers, each under a heading, with a use of it.
pub fn functions(table: &[Function], examples: &BTreeMap<String, (String, String)>) -> String {
    let mut text = String::new();
    for function in table {
        let _ = write!(text, "### `{}`\n\n", function.name);
        let _ = write!(text, "`{}` → `{}`. {}\n\n", function.input, function.output, function.about);
        if !function.arguments.is_empty() {
            text.push_str("| Argument | Type |\n|---|---|\n");
            for argument in function.arguments {
                let _ = writeln!(text, "| `{}` | {} |", argument.name, code(argument.type_));
            }
            text.push('\n');
        }
        if !function.inputs.is_empty() {
            let either = |inputs: &&[crate::catalogue::Parameter]| {
                let names: Vec<String> =
                    inputs.iter().map(|input| format!("`{}: {}`", input.name, input.type_)).collect();
                names.join(" or ")
            };
            let inputs: Vec<String> = function.inputs.iter().map(either).collect();
            let _ = write!(text, "Inputs of the action that it is given too: {}.\n\n", inputs.join("; "));
        }
        if let Some((path, snippet)) = examples.get(function.name) {
            let _ = write!(text, "```yaml\n# {path}\n{snippet}\n```\n\n");
        }
    }
    text.trim_end().to_owned()
}

/// Codes of diagnostics.
pub fn codes() -> String {
    let mut text = "| Code | Meaning | Why the rule exists |\n|---|---|---|\n".to_owned();
    for code in codes::all() {
        let _ = writeln!(text, "| `{}` | {} | {} |", code.id, cell(code.means), cell(code.why));
    }
    text.trim_end().to_owned()
}

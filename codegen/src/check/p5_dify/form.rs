//! The credential form: words, options, and how much of it the strictest reader takes.
//!
//! It takes 16 conditions on an entry; three choices below each other (S2012) and the model type are four.

use std::collections::BTreeMap;

use super::places::Places;
use super::{text, word};
use crate::diagnostics::Report;
use crate::dify::{ENTRIES, OPTIONS};
use crate::ir::package::{Control, Entry, MODEL_TYPE, Package};

pub(super) fn check(report: &mut Report, places: &Places<'_>, package: &Package) {
    for entry in &package.form {
        texts(report, places, entry);
        words(report, places, entry);
        if entry.control == Control::Select {
            options(report, places, entry);
        }
    }
    overlaps(report, places, package);
    budget(report, places, package);
}

fn texts(report: &mut Report, places: &Places<'_>, entry: &Entry) {
    let parts =
        [("label", Some(&entry.label)), ("placeholder", entry.placeholder.as_ref()), ("help", entry.help.as_ref())];
    for (key, part) in parts {
        if let Some(part) = part {
            text(report, places.entry(&entry.source, key), part);
        }
    }
    for option in &entry.options {
        text(report, places.entry(&entry.source, "options"), &option.label);
    }
}

fn words(report: &mut Report, places: &Places<'_>, entry: &Entry) {
    let at = places.entry(&entry.source, "variable");
    word(report, at.clone(), "the stored name", &entry.variable);
    if entry.variable == MODEL_TYPE {
        report
            .error("S5010", at.clone(), format!("`{MODEL_TYPE}` is Dify's own variable"))
            .label("taken")
            .help("choose another stored name");
    }
    if let Some(default) = &entry.default {
        word(report, places.entry(&entry.source, "default"), "the default", default);
    }
}

fn options(report: &mut Report, places: &Places<'_>, entry: &Entry) {
    let at = places.entry(&entry.source, "options");
    let count = entry.options.len();
    if count == 0 || count > OPTIONS {
        report
            .error("S5011", at.clone(), format!("`{}` has {count} options", entry.variable))
            .label("this choice")
            .help(format!("a choice has 1 to {OPTIONS}"));
    }
    let mut seen = Vec::new();
    for option in &entry.options {
        word(report, at.clone(), "the stored value", &option.value);
        if seen.contains(&&option.value) {
            report
                .error("S5011", at.clone(), format!("two options are stored as `{}`", option.value))
                .label("the same value twice")
                .help("give each option a stored value of its own");
        }
        seen.push(&option.value);
    }
    if let Some(default) = &entry.default
        && !entry.options.iter().any(|option| option.value == *default)
    {
        report
            .error("S5011", places.entry(&entry.source, "default"), format!("the default `{default}` is no option"))
            .label("no option")
            .legal(default, entry.options.iter().map(|option| option.value.as_str()));
    }
}

/// Two entries of one variable that can be shown together: Dify would check and store one value under both.
fn overlaps(report: &mut Report, places: &Places<'_>, package: &Package) {
    for (index, entry) in package.form.iter().enumerate() {
        let earlier =
            package.form[..index].iter().find(|other| other.variable == entry.variable && together(other, entry));
        if let Some(other) = earlier {
            let first = places.entry(&other.source, "variable");
            report
                .error(
                    "S5014",
                    places.entry(&entry.source, "variable"),
                    format!("`{}` stands twice in the form, and both can be shown at once", entry.variable),
                )
                .label("asked again")
                .related(first, "the other one")
                .help("store them under two names, or let one share the other's value with `same_as`");
        }
    }
}

fn together(a: &Entry, b: &Entry) -> bool {
    a.show_on
        .iter()
        .all(|mine| b.show_on.iter().all(|other| mine.variable != other.variable || mine.value == other.value))
}

fn budget(report: &mut Report, places: &Places<'_>, package: &Package) {
    let count = package.form.len();
    if count <= ENTRIES {
        return;
    }
    let mut cost: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &package.form {
        *cost.entry(&entry.variable).or_default() += 1;
    }
    let mut cost: Vec<_> = cost.into_iter().collect();
    cost.sort_by_key(|(variable, count)| (std::cmp::Reverse(*count), *variable));
    let cost = cost.iter().map(|(variable, count)| match count {
        1 => format!("`{variable}`"),
        _ => format!("`{variable}` {count} times"),
    });
    report
        .error(
            "S5009",
            places.plugin("credentials"),
            format!("the form has {count} entries, and the plugin daemon takes {ENTRIES}"),
        )
        .label("stored names of the form")
        .help(format!(
            "take {} out with `form: false`: such settings are still read, and set through `advanced`",
            count - ENTRIES
        ))
        .help(format!("entries by cost: {}", cost.collect::<Vec<_>>().join(", ")));
}

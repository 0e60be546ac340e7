//! Parameter rules of a model: templates, types, bounds, defaults, options.

use std::collections::BTreeMap;

use super::readers::Readers;
use super::scalar::Scalar;
use super::shape::Checker;
use super::yaml::Node;
use crate::catalogue::TEMPLATES;
use crate::dify::{Template, template};

pub(super) fn check(checker: &mut Checker<'_>, root: &Node) {
    let rules = root.get("parameter_rules").map_or(&[][..], Node::items);
    let mut seen: BTreeMap<&str, &Node> = BTreeMap::new();
    for rule in rules {
        let from = used(checker, rule);
        type_(checker, rule, from);
        bounds(checker, rule, from);
        default(checker, rule, from);
        let Some(node) = rule.get("name") else { continue };
        if let Some(first) = node.text().and_then(|name| seen.insert(name, node)) {
            let first = checker.at(first.mark());
            checker
                .warn("V4005", node.mark(), format!("there are two parameters `{}`", node.text().unwrap_or_default()))
                .related(first, "the other one")
                .help("Dify shows both and sends one value");
        }
    }
}

fn used(checker: &mut Checker<'_>, rule: &Node) -> Option<Template> {
    let node = rule.get("use_template")?;
    let name = node.text().filter(|name| !name.is_empty())?;
    let found = template(name);
    if found.is_none() {
        // The SDK passes over an unknown template, and then misses the type.
        let who = if rule.get("type").is_some() { Readers::DAEMON } else { Readers::DAEMON.and(Readers::SDK) };
        checker
            .find("V4003", node.mark(), format!("`{name}` is no template of a parameter"), who)
            .label("unknown")
            .legal(name, TEMPLATES);
    }
    found
}

fn type_(checker: &mut Checker<'_>, rule: &Node, from: Option<Template>) {
    let unknown = rule.get("use_template").is_some_and(|node| node.text() != Some("")) && from.is_none();
    if rule.get("type").is_some() || unknown {
        return;
    }
    let null = rule.entry("type");
    if let (Some((key, _)), Some(_)) = (null, from) {
        checker
            .find("V1005", key.span.clone(), "`type` has no value", Readers::SDK)
            .help("nothing at all would be taken from the template");
    } else if from.is_none() {
        let what = format!("the parameter `{}` has neither `type` nor a template", text(rule, "name"));
        checker
            .find("V4003", rule.mark(), what, Readers::SDK.and(Readers::DIFY))
            .legal("", crate::dify::PARAMETER_TYPES);
    }
}

fn text<'n>(rule: &'n Node, key: &str) -> &'n str {
    rule.get(key).and_then(Node::text).unwrap_or_default()
}

fn number(rule: &Node, key: &str) -> Option<f64> {
    rule.get(key).and_then(Node::scalar).and_then(Scalar::daemon_number)
}

fn bounds(checker: &mut Checker<'_>, rule: &Node, from: Option<Template>) {
    let least = number(rule, "min").or_else(|| from?.min);
    let most = number(rule, "max").or_else(|| from?.max);
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        let at = rule.get("max").or_else(|| rule.get("min")).unwrap_or(rule);
        checker
            .warn("V4004", at.mark(), format!("`{}` is at least {least} and at most {most}", text(rule, "name")))
            .help("no value is legal; what is not written comes from the template");
    }
}

fn default(checker: &mut Checker<'_>, rule: &Node, from: Option<Template>) {
    let name = text(rule, "name");
    let Some(node) = rule.get("default") else {
        from_template(checker, rule, from);
        return;
    };
    let kind = if text(rule, "type").is_empty() { from.map_or("", |from| from.type_) } else { text(rule, "type") };
    let Some(scalar) = node.scalar() else {
        checker.warn("V4004", node.mark(), format!("the default of `{name}` is no single value"));
        return;
    };
    let number = scalar.daemon_number();
    let fits = match kind {
        "int" => number.is_some_and(|number| number.fract() == 0.0),
        "float" => number.is_some(),
        "boolean" => matches!(scalar.daemon(), super::scalar::Read::Flag(_)),
        _ => true,
    };
    if !fits {
        checker
            .warn("V4004", node.mark(), format!("the default `{}` of `{name}` is no {kind}", scalar.text))
            .help("Dify sends it as it is, and the plugin gets another type than it declares");
        return;
    }
    let least = self::number(rule, "min").or_else(|| from?.min);
    let most = self::number(rule, "max").or_else(|| from?.max);
    if let Some(number) = number.filter(|_| matches!(kind, "int" | "float"))
        && (least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most))
    {
        let range = [least.map(|least| format!("at least {least}")), most.map(|most| format!("at most {most}"))];
        let range = range.into_iter().flatten().collect::<Vec<_>>().join(" and ");
        checker
            .warn("V4004", node.mark(), format!("the default {number} of `{name}` is not in its range: {range}"))
            .help("bounds that are not written come from the template");
    }
    let written: Vec<&str> = rule.get("options").map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
    let options =
        if rule.get("options").is_some() { written } else { from.map_or(Vec::new(), |from| from.options.to_vec()) };
    if matches!(kind, "string" | "text")
        && !options.is_empty()
        && !options.contains(&scalar.text.as_str())
        && !scalar.text.is_empty()
    {
        checker
            .warn("V4004", node.mark(), format!("the default `{}` of `{name}` is no option", scalar.text))
            .label("no option")
            .legal(&scalar.text, options);
    }
}

/// What the template brings may not fit the bounds that are written.
fn from_template(checker: &mut Checker<'_>, rule: &Node, from: Option<Template>) {
    let Some(default) = from.and_then(|from| from.default) else { return };
    let least = number(rule, "min").filter(|least| default < *least);
    let most = number(rule, "max").filter(|most| default > *most);
    if let Some(bound) = least.or(most) {
        let node = rule.get(if least.is_some() { "min" } else { "max" }).unwrap_or(rule);
        checker
            .warn("V4004", node.mark(), format!("the default of the template, {default}, is beyond {bound}"))
            .help("write a `default:` in the range");
    }
}

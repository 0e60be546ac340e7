//! Of p4: which rule of a stream an event of an example fires, and what of an auth method no example can repeat.

use serde_json::Value as Json;

use crate::ast::{Cond, Ref, Rule, Test};

/// The rule that an event fires, as the generated `match` would choose it.
pub fn example_reaches(rules: &[Rule], event: &Json) -> Option<usize> {
    rules.iter().position(|rule| rule.when.as_ref().is_none_or(|cond| holds(cond, event)))
}

/// Whether an event says that it is the last.
pub fn example_ends(ends: &Cond, event: &Json) -> bool {
    holds(ends, event)
}

fn holds(cond: &Cond, event: &Json) -> bool {
    cond.tests.iter().all(|(reference, test)| {
        let value = find(event, reference);
        match test {
            Test::Truthy => value.is_some_and(|value| *value != Json::Bool(false)),
            Test::Present => value.is_some(),
            Test::Absent => value.is_none(),
            Test::OneOf(literals) => value.is_some_and(|value| literals.contains(value)),
        }
    })
}

fn find<'e>(event: &'e Json, reference: &Ref) -> Option<&'e Json> {
    let found = reference.path.iter().try_fold(event, |value, step| match value {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        Json::Object(members) => members.get(step),
        _ => None,
    });
    found.filter(|value| !value.is_null())
}

/// Whether a reference is another value in every run.
pub fn is_drawn_by_chance(reference: &Ref) -> bool {
    ["now", "nonce", "token", "signature", "signed"].contains(&reference.root.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_rule_that_holds_is_fired() {
        let rule = |when: Option<&str>| Rule {
            when: when.map(|text| serde_yaml::from_str(text).expect("the condition is written above")),
            emit: crate::ast::Value::Literal(Json::Null),
        };
        let rules = [rule(Some("{ $event.type: [ping, error] }")), rule(Some("$event.choices.0.text")), rule(None)];
        assert_eq!(example_reaches(&rules, &json!({"type": "error"})), Some(0));
        assert_eq!(example_reaches(&rules, &json!({"choices": [{"text": "a"}]})), Some(1));
        assert_eq!(example_reaches(&rules, &json!({"choices": [{"text": null}]})), Some(2));
        assert_eq!(example_reaches(&rules[..2], &json!({"choices": []})), None);
    }
}

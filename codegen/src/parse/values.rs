//! Readers of values with their directives, of conditions and of converter calls.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::refuse;
use super::scalars::{bad_reference, entries};
use crate::ast::{Argument, Call, Cond, Map, Mapping, Member, Ref, Test, Value};

/// Every directive of a mapping.
pub const DIRECTIVES: [&str; 9] =
    ["$from", "$as", "$map", "$default", "$each", "$yield", "$when", "$merge", "$literal"];

/// The most references that `$from` and `$each` take.
const MOST: usize = 4;

impl<'de> Deserialize<'de> for Cond {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cond, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Cond;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a condition: `$ref`, or `{ $ref: test }`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Cond, E> {
                Ok(Cond { tests: vec![(tested(text)?, Test::Truthy)] })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cond, A::Error> {
                let mut tests = Vec::new();
                while let Some((key, test)) = map.next_entry::<String, Json>()? {
                    tests.push((tested(&key)?, test_of(test)?));
                }
                if tests.is_empty() {
                    return Err(condition("the condition tests nothing".to_owned()));
                }
                Ok(Cond { tests })
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

fn condition<E: Error>(what: String) -> E {
    refuse(
        "S0114",
        what,
        "a condition is `$ref` or `{ $ref: test }`; a test is a literal, a list of literals, `$present` or `$absent`",
    )
}

fn tested<E: Error>(text: &str) -> Result<Ref, E> {
    Ref::read(text).map_err(|why| condition(format!("`{text}` cannot be tested: {why}")))
}

fn test_of<E: Error>(test: Json) -> Result<Test, E> {
    match test {
        Json::String(word) if word == "$present" => Ok(Test::Present),
        Json::String(word) if word == "$absent" => Ok(Test::Absent),
        Json::Array(items) if !items.is_empty() => {
            items.into_iter().map(literal).collect::<Result<_, _>>().map(Test::OneOf)
        }
        other => Ok(Test::OneOf(vec![literal(other)?])),
    }
}

fn literal<E: Error>(value: Json) -> Result<Json, E> {
    match &value {
        Json::String(text) if text.starts_with('$') => Err(condition(format!("`{text}` is not a literal"))),
        Json::Null | Json::Array(_) | Json::Object(_) => Err(condition(format!("`{value}` is not a literal"))),
        _ => Ok(value),
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value: a literal, a reference, a list or a map")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Literal(Json::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Literal(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Literal(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(Value::Literal(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Literal(value.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
                if text.starts_with('$') {
                    return Ref::read(text).map(Value::Ref).map_err(|why| bad_reference(text, &why));
                }
                if let Some(inside) = glued(text) {
                    return Err(refuse(
                        "S0111",
                        format!("`{inside}` stands inside a text"),
                        "a reference is always the whole value: nothing is put together here; if the text is meant as it \
                         is, write `{ $literal: ... }`",
                    ));
                }
                if let Some((_, inside)) = text.split_once("{{").filter(|(_, rest)| rest.contains("}}")) {
                    let inside = inside.split("}}").next().unwrap_or_default().trim();
                    return Err(refuse(
                        "S0111",
                        format!("`{{{{ {inside} }}}}` is a template, and there are none here"),
                        "a value is a reference, `$input.query`, or a literal; a text that is meant as it is, is written \
                         `{ $literal: ... }`",
                    ));
                }
                if is_bare(text) {
                    return Err(refuse(
                        "S0111",
                        format!("`{text}` is a reference without its `$`"),
                        format!("write `${text}`; if the text is meant as it is, write `{{ $literal: {text} }}`"),
                    ));
                }
                Ok(Value::Literal(text.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = items.next_element()? {
                    values.push(value);
                }
                Ok(Value::List(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
                mapping(map).map(|mapping| Value::Mapping(Box::new(mapping)))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// Roots whose members no plain text is likely to look like.
const TELLING: [&str; 8] = ["input", "param", "credential", "batch", "item", "reply", "event", "output"];

/// A reference that lacks its `$`.
fn is_bare(text: &str) -> bool {
    let segment =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    text.split_once('.').is_some_and(|(root, path)| TELLING.contains(&root) && path.split('.').all(segment))
}

/// A reference that somebody expects to be filled into a text.
fn glued(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(start, _)| {
        let rest = &text[start..];
        let end = rest[1..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)))
            .map_or(rest.len(), |end| end + 1);
        let (root, path) = rest[1..end].split_once('.')?;
        (!path.is_empty() && crate::catalogue::root(root).is_some()).then_some(&rest[..end])
    })
}

fn mapping<'de, A: MapAccess<'de>>(mut map: A) -> Result<Mapping, A::Error> {
    let mut mapping = Mapping::default();
    while let Some(key) = map.next_key::<String>()? {
        match key.as_str() {
            "$when" => mapping.when = Some(map.next_value()?),
            "$from" => mapping.from = map.next_value::<References>()?.0,
            "$each" => mapping.each = map.next_value::<References>()?.0,
            "$yield" => mapping.yield_ = Some(map.next_value()?),
            "$as" => mapping.as_ = Some(map.next_value()?),
            "$map" => mapping.map = Some(map.next_value::<Rows>()?.0),
            "$default" => mapping.default = Some(map.next_value()?),
            "$literal" => mapping.literal = Some(map.next_value()?),
            "$merge" => mapping.members.push(Member::Merge(map.next_value::<Merged>()?.0)),
            directive if directive.starts_with('$') => {
                let near =
                    crate::diagnostics::nearest(directive, DIRECTIVES).map(|near| format!("did you mean `{near}`? "));
                let legal = crate::diagnostics::list(DIRECTIVES);
                return Err(refuse(
                    "S0113",
                    format!("`{directive}` is not a directive"),
                    format!("{}directives: {legal}", near.unwrap_or_default()),
                ));
            }
            _ => {
                let value = map.next_value()?;
                mapping.members.push(Member::Named(key, value));
            }
        }
    }
    match misuse(&mapping) {
        Some((what, help)) => Err(refuse("S0113", what, help)),
        None => Ok(mapping),
    }
}

/// Directives that do not go together.
fn misuse(mapping: &Mapping) -> Option<(&'static str, &'static str)> {
    let Mapping { from, each, yield_, as_, map, default, literal, members, .. } = mapping;
    if literal.is_some() && !(members.is_empty() && from.is_empty() && each.is_empty() && default.is_none()) {
        return Some(("`$literal` stands beside something else", "only `$when` may stand beside `$literal`"));
    }
    if as_.is_some() && map.is_some() {
        return Some(("`$as` and `$map` stand in one value", "a second step is a `derived` value of the model type"));
    }
    if (as_.is_some() && from.is_empty() && each.is_empty()) || (map.is_some() && from.is_empty()) {
        return Some(("`$as` or `$map` has no source", "name it: `$from: $input.name`"));
    }
    let beside = !members.is_empty() || !each.is_empty() || yield_.is_some();
    if !from.is_empty() && beside {
        return Some((
            "`$from` stands beside members",
            "`$from` gives the whole value: put members one level up or down",
        ));
    }
    if yield_.is_some() && (each.is_empty() || !members.is_empty()) {
        return Some((
            "`$yield` without `$each`, or beside members",
            "`$each` takes either `$yield` or the members of an object",
        ));
    }
    if !each.is_empty() && yield_.is_none() && members.is_empty() {
        return Some(("`$each` says nothing of its elements", "add the members of an object, or `$yield: $item`"));
    }
    if default.is_some() && from.is_empty() {
        return Some(("`$default` has no source", "name it: `$from: $input.name`"));
    }
    None
}

/// Reads a table of values, each under a name.
pub fn value_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<Value>, D::Error> {
    struct Reader;

    impl<'de> Visitor<'de> for Reader {
        type Value = Map<Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map<Value>, A::Error> {
            let mut values = Vec::new();
            while let Some((Name(name), value)) = map.next_entry()? {
                values.push((name, value));
            }
            Ok(values)
        }
    }

    deserializer.deserialize_map(Reader)
}

/// A key that is sent, or looked up, as it is written: never a directive.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name.starts_with('$') {
            return Err(refuse(
                "S0113",
                format!("`{name}` stands where a name is expected"),
                "every key here is a name; a directive belongs into its value: `name: { $when: ..., $from: ... }`",
            ));
        }
        Ok(Name(name))
    }
}

/// The rows of a `$map`.
struct Rows(Map<Json>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rows, D::Error> {
        super::scalars::table(deserializer).map(Rows)
    }
}

/// One reference, or a list of them.
struct References(Vec<Ref>);

impl<'de> Deserialize<'de> for References {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<References, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = References;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reference, or a list of references")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<References, E> {
                Ok(References(vec![Ref::read(text).map_err(|why| bad_reference(text, &why))?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<References, A::Error> {
                let mut references = Vec::new();
                while let Some(reference) = items.next_element()? {
                    references.push(reference);
                }
                match references.len() {
                    1..=MOST => Ok(References(references)),
                    length => Err(refuse(
                        "S0113",
                        format!("{length} references in one list"),
                        format!("between 1 and {MOST} are legal: the first that is present is used"),
                    )),
                }
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// What `$merge` takes: one value, or a list.
struct Merged(Vec<Value>);

impl<'de> Deserialize<'de> for Merged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Merged, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Merged;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`$param`, a map, or a list of these")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Merged, E> {
                Ok(Merged(vec![Value::Ref(Ref::read(text).map_err(|why| bad_reference(text, &why))?)]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Merged, A::Error> {
                let value = Value::Mapping(Box::new(mapping(map)?));
                if is_map(&value) { Ok(Merged(vec![value])) } else { Err(no_map()) }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Merged, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = items.next_element()? {
                    values.push(value);
                }
                if !values.is_empty() && values.iter().all(is_map) { Ok(Merged(values)) } else { Err(no_map()) }
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

fn is_map(value: &Value) -> bool {
    match value {
        Value::Ref(_) => true,
        Value::Mapping(mapping) => mapping.as_.is_some() && mapping.when.is_none() && mapping.default.is_none(),
        Value::Literal(_) | Value::List(_) => false,
    }
}

fn no_map<E: Error>() -> E {
    refuse(
        "S0113",
        "this cannot be merged",
        "`$merge` takes `$param`, a reference to a map, `{ $from, $as }` with a converter that gives one, or a list of \
         these",
    )
}

impl<'de> Deserialize<'de> for Call {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Call, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Call;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a converter's name, or `{ name: { argument: value } }`")
            }

            fn visit_str<E>(self, name: &str) -> Result<Call, E> {
                Ok(Call { name: name.to_owned(), arguments: Vec::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Call, A::Error> {
                let mut calls: Map<Arguments> = entries(map)?;
                match (calls.pop(), calls.is_empty()) {
                    (Some((name, Arguments(arguments))), true) => Ok(Call { name, arguments }),
                    _ => Err(refuse(
                        "S0113",
                        "one converter is named here, no chain",
                        "a second step is a `derived` value",
                    )),
                }
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

struct Arguments(Map<Argument>);

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Arguments, D::Error> {
        super::scalars::table(deserializer).map(Arguments)
    }
}

impl<'de> Deserialize<'de> for Argument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Argument, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Literal(literal) => Ok(Argument::Literal(literal)),
            Value::Ref(reference) => Ok(Argument::Ref { when: None, from: vec![reference] }),
            Value::Mapping(mapping) => {
                match *mapping {
                    Mapping {
                        when, from, yield_: None, as_: None, map: None, default: None, literal: None, ..
                    } if !from.is_empty() => Ok(Argument::Ref { when, from }),
                    _ => Err(argument()),
                }
            }
            Value::List(_) => Err(argument()),
        }
    }
}

fn argument<E: Error>() -> E {
    refuse(
        "S0113",
        "this is more than an argument may be",
        "an argument is a literal, a reference or `{ $when, $from }`; another step is a `derived` value",
    )
}

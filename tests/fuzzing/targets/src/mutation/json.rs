//! Changes to the JSON documents inside an input: other values, members that go, come twice or move in from elsewhere.
//!
//! Bytes changed at random nearly always break a document; these changes leave one, which gets past the first reader.

#[path = "dice.rs"]
mod dice;

use std::sync::{Mutex, PoisonError};

use fuzzing::PLUGINS;
use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value, json};

use dice::Dice;

/// Values seen in inputs that are kept to be put in elsewhere.
const MOST_SEEN: usize = 2_000;
/// Larger values are not kept.
const LARGEST_SEEN: usize = 400;

/// Members that were seen lately.
static SEEN: Mutex<Vec<(String, Value)>> = Mutex::new(Vec::new());

/// Changes an input of `size` bytes in place, to at most `most`; gives its new size.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let mut dice = Dice::new(seed);
    if dice.below(4) == 0 {
        return fuzzer_mutate(data, size, most);
    }
    let Some((start, end, mut document)) = document(&data[..size], &mut dice) else {
        return fuzzer_mutate(data, size, most);
    };
    remember(&document);
    for _ in 0..=dice.below(3) {
        let nodes = count(&document);
        let mut target = dice.below(nodes);
        change(&mut document, &mut target, &mut dice);
    }
    let changed = [&data[..start], document.to_string().as_bytes(), &data[end..size]].concat();
    let size = changed.len().min(most).min(data.len());
    data[..size].copy_from_slice(&changed[..size]);
    size
}

/// One of the lines that hold a document, and where in the input it stands.
fn document(input: &[u8], dice: &mut Dice) -> Option<(usize, usize, Value)> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in input.split(|byte| *byte == b'\n') {
        if let Some(brace) = line.iter().position(|byte| matches!(byte, b'{' | b'[')) {
            lines.push((start + brace, start + line.len()));
        }
        start += line.len() + 1;
    }
    for _ in 0..lines.len().min(4) {
        let (start, end) = lines[dice.below(lines.len())];
        let mut documents = serde_json::Deserializer::from_slice(&input[start..end]).into_iter::<Value>();
        if let Some(Ok(document)) = documents.next() {
            return Some((start, start + documents.byte_offset(), document));
        }
    }
    None
}

fn remember(value: &Value) {
    if let Value::Object(members) = value {
        for (name, value) in members {
            remember(value);
            let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
            if value.to_string().len() <= LARGEST_SEEN && !seen.iter().any(|(known, old)| known == name && old == value)
            {
                if seen.len() >= MOST_SEEN {
                    seen.remove(0);
                }
                seen.push((name.clone(), value.clone()));
            }
        }
    } else if let Value::Array(values) = value {
        values.iter().for_each(remember);
    }
}

fn seen(dice: &mut Dice) -> Option<(String, Value)> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.get(dice.below(seen.len())).cloned()
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.values().map(count).sum(),
        Value::Array(values) => values.iter().map(count).sum(),
        _ => 0,
    }
}

/// Changes the value that has number `target`.
fn change(value: &mut Value, target: &mut usize, dice: &mut Dice) -> bool {
    if *target == 0 {
        change_here(value, dice);
        return true;
    }
    *target -= 1;
    match value {
        Value::Object(members) => members.values_mut().any(|value| change(value, target, dice)),
        Value::Array(values) => values.iter_mut().any(|value| change(value, target, dice)),
        _ => false,
    }
}

fn change_here(value: &mut Value, dice: &mut Dice) {
    match (dice.below(5), &mut *value) {
        (0, _) => *value = odd(dice),
        (1, _) => *value = seen(dice).map_or_else(|| odd(dice), |(_, value)| value),
        (_, Value::Object(members)) => change_members(members, dice),
        (2, Value::Array(values)) if !values.is_empty() => {
            values.remove(dice.below(values.len()));
        }
        (_, Value::Array(values)) => {
            let copy = values.get(dice.below(values.len())).cloned().unwrap_or_else(|| odd(dice));
            values.push(copy);
        }
        (2, value) => *value = json!([value.take()]),
        (3, Value::String(text)) => *text = text.repeat(1 + dice.below(30)),
        (_, Value::String(text)) => {
            let mut bytes = text.clone().into_bytes();
            let size = bytes.len();
            bytes.resize(size + 40, 0);
            let most = bytes.len();
            let size = fuzzer_mutate(&mut bytes, size, most);
            *text = String::from_utf8_lossy(&bytes[..size]).into_owned();
        }
        (_, value) => *value = odd(dice),
    }
}

fn change_members(members: &mut Map<String, Value>, dice: &mut Dice) {
    let name = members.keys().nth(dice.below(members.len())).cloned().unwrap_or_default();
    match dice.below(4) {
        0 => {
            members.shift_remove(&name);
        }
        1 => {
            let value = members.shift_remove(&name).unwrap_or_default();
            members.insert(seen(dice).map_or_else(|| "x".to_owned(), |(name, _)| name), value);
        }
        2 => {
            let fields = PLUGINS[dice.below(PLUGINS.len())].fields;
            let field = &fields[dice.below(fields.len())];
            members.insert(field.variable.to_owned(), field.default.map_or_else(|| odd(dice), Value::from));
        }
        _ => {
            let (name, value) = seen(dice).unwrap_or_else(|| ("x".to_owned(), odd(dice)));
            members.insert(name, value);
        }
    }
}

/// Values that are often forgotten.
fn odd(dice: &mut Dice) -> Value {
    let odd = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(""),
        json!(" "),
        json!("\u{0}\u{feff}\r\n"),
        json!("\u{1f600}\\\"é"),
        json!("1"),
        json!("true"),
        json!("{}"),
        json!("[1,\"a\"]"),
        json!("<think>"),
        json!("</think>\n"),
        json!("data:image/png;base64,iVBORw0KGgo="),
        json!("https://e.example/a b?x=1#y"),
        json!("stop"),
        json!("error"),
        json!([]),
        json!({}),
        json!([[[[]]]]),
        json!({"": null}),
    ];
    odd[dice.below(odd.len())].clone()
}

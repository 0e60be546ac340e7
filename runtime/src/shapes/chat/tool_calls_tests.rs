//! Tests of [`super::ToolCalls`]: every row of the table of what services send.

use super::*;

/// Slot, id, name and arguments of a fragment; the empty text and -1 are absent.
type Fragment = (i64, &'static str, &'static str, &'static str);

fn joined(fragments: &[Fragment]) -> Vec<(String, String, String)> {
    let mut calls = ToolCalls::default();
    for &(slot, id, name, arguments) in fragments {
        let some = |text: &'static str| Some(text).filter(|text| !text.is_empty()).map(Into::into);
        calls.add(output::ToolCall {
            slot: Some(slot).filter(|slot| *slot >= 0),
            id: some(id),
            name: some(name),
            arguments: some(arguments),
        });
    }
    calls.finish().unwrap().into_iter().map(|call| (call.id, call.name, call.arguments)).collect()
}

/// Name and arguments; ids are checked to be there and different.
fn calls(fragments: &[Fragment]) -> Vec<(String, String)> {
    let calls = joined(fragments);
    for (position, (id, ..)) in calls.iter().enumerate() {
        assert!(!id.is_empty());
        assert!(calls.iter().skip(position + 1).all(|(other, ..)| other != id), "{calls:?}");
    }
    calls.into_iter().map(|(_, name, arguments)| (name, arguments)).collect()
}

fn two() -> Vec<(String, String)> {
    vec![("w".into(), r#"{"a":0}"#.into()), ("x".into(), r#"{"b":1}"#.into())]
}

#[test]
fn ids_on_the_first_fragment_one_call_after_the_other() {
    let fragments = [(0, "i", "w", ""), (0, "", "", r#"{"a""#), (0, "", "", ":0}"), (1, "j", "x", r#"{"b":1}"#)];
    assert_eq!(calls(&fragments), two());
    assert_eq!(joined(&fragments)[1].0, "j");
}

#[test]
fn b_a12_interleaved_parallel_calls_by_slot_without_ids() {
    let fragments = [
        (0, "", "w", ""),
        (1, "", "x", ""),
        (0, "", "", r#"{"a""#),
        (1, "", "", r#"{"b":1"#),
        (0, "", "", ":0}"),
        (1, "", "", "}"),
    ];
    assert_eq!(calls(&fragments), two());
    let from_one = fragments.map(|(slot, id, name, arguments)| (slot + 1, id, name, arguments));
    assert_eq!(calls(&from_one), two());
}

#[test]
fn b_a12_interleaved_with_ids_and_a_slot_that_is_always_zero_or_missing() {
    for slot in [0, -1] {
        let fragments =
            [(slot, "i", "w", r#"{"a""#), (slot, "j", "x", r#"{"b""#), (slot, "i", "", ":0}"), (slot, "j", "", ":1}")];
        assert_eq!(calls(&fragments), two());
    }
}

#[test]
fn b_a12_a_first_fragment_without_id_and_name_does_no_harm() {
    assert_eq!(
        calls(&[(0, "", "", ""), (0, "i", "w", r#"{"a":0}"#), (1, "", "", r#"{"b""#), (1, "j", "x", ":1}")]),
        two()
    );
    assert_eq!(calls(&[(-1, "", "", "")]), []);
}

#[test]
fn b_a12_a_name_repeated_on_every_fragment_is_one_call() {
    let fragments =
        [(0, "", "w", ""), (0, "", "w", r#"{"a""#), (0, "", "w", ":0}"), (0, "", "w", ""), (1, "", "x", r#"{"b":1}"#)];
    assert_eq!(calls(&fragments), two());
    let with_ids = [(0, "i", "w", ""), (0, "i", "w", r#"{"a""#), (0, "i", "w", ":0}"), (0, "j", "x", r#"{"b":1}"#)];
    assert_eq!(calls(&with_ids), two());
}

#[test]
fn b_a12_names_without_ids_get_ids() {
    let calls = joined(&[(-1, "", "w", r#"{"a":0}"#), (-1, "", "x", r#"{"b":1}"#)]);
    assert!(calls.iter().all(|(id, ..)| id.starts_with("call_") && id.len() == 37), "{calls:?}");
    assert_ne!(calls[0].0, calls[1].0);
}

#[test]
fn the_same_function_twice_in_one_slot_is_two_calls_once_the_first_is_complete() {
    let fragments = [(0, "", "w", r#"{"a":0}"#), (0, "", "w", r#"{"a":1}"#)];
    assert_eq!(calls(&fragments), [("w".into(), r#"{"a":0}"#.into()), ("w".into(), r#"{"a":1}"#.into())]);
}

#[test]
fn parallel_calls_that_share_an_id_stay_apart() {
    let fragments = [(0, "w", "w", r#"{"a":0}"#), (1, "w", "w", r#"{"a":1}"#)];
    assert_eq!(calls(&fragments), [("w".into(), r#"{"a":0}"#.into()), ("w".into(), r#"{"a":1}"#.into())]);
}

#[test]
fn an_empty_id_later_continues_and_a_late_id_is_adopted() {
    assert_eq!(
        calls(&[(0, "i", "w", r#"{"a""#), (0, "", "", ":0}"), (-1, "j", "x", r#"{"b""#), (-1, "", "", ":1}")]),
        two()
    );
    let late = joined(&[(0, "", "w", ""), (0, "i", "", r#"{"a":0}"#)]);
    assert_eq!(late, [("i".into(), "w".into(), r#"{"a":0}"#.into())]);
}

#[test]
fn slots_may_be_missing_later_or_come_later() {
    assert_eq!(
        calls(&[(0, "i", "w", ""), (-1, "", "", r#"{"a":0}"#), (1, "j", "x", ""), (-1, "", "", r#"{"b":1}"#)]),
        two()
    );
    assert_eq!(calls(&[(-1, "i", "w", ""), (0, "", "", r#"{"a":0}"#), (-1, "j", "x", r#"{"b":1}"#)]), two());
}

#[test]
fn a_call_said_once_more_at_the_end_is_not_doubled() {
    assert_eq!(calls(&[(0, "i", "w", r#"{"a":0}"#), (0, "i", "w", r#"{"a":0}"#), (1, "j", "x", r#"{"b":1}"#)]), two());
}

#[test]
fn arguments_alone_belong_to_the_call_that_lacks_them() {
    // The slot of the first fragment is the place among the tools of the request.
    let place_of_the_tool = [
        (2, "i", "w", ""),
        (0, "", "", r#"{"a""#),
        (0, "", "", ":0}"),
        (1, "j", "x", ""),
        (1, "", "", r#"{"b""#),
        (1, "", "", ":1}"),
    ];
    assert_eq!(calls(&place_of_the_tool), two());
    let of_a_complete_call =
        [(0, "i", "w", r#"{"a":0}"#), (1, "j", "x", ""), (0, "", "", r#"{"b""#), (0, "", "", ":1}")];
    assert_eq!(calls(&of_a_complete_call), two());
    let an_id_for_each = [
        (0, "i", "w", ""),
        (0, "i2", "", r#"{"a""#),
        (0, "i3", "", ":0}"),
        (1, "j", "x", r#"{"b""#),
        (1, "j2", "", ":1}"),
    ];
    assert_eq!(calls(&an_id_for_each), two());
    assert_eq!(joined(&an_id_for_each)[0].0, "i");
}

#[test]
fn an_empty_object_or_list_at_the_beginning_says_nothing() {
    for first in ["{}", "[]"] {
        let fragments = [(0, "i", "w", first), (0, "", "", r#"{"a""#), (0, "", "", ":0}"), (1, "j", "x", r#"{"b":1}"#)];
        assert_eq!(calls(&fragments), two(), "{first}");
        assert_eq!(calls(&[(0, "i", "now", first)]), [("now".into(), "{}".into())], "{first}");
    }
}

#[test]
fn no_arguments_are_an_empty_object_and_a_nameless_call_is_an_error() {
    assert_eq!(calls(&[(0, "i", "now", "")]), [("now".into(), "{}".into())]);
    let mut calls = ToolCalls::default();
    calls.add(output::ToolCall { arguments: Some("{}".into()), ..Default::default() });
    assert!(calls.finish().is_err());
}

#[test]
fn calls_that_break_off_are_seen() {
    let mut calls = ToolCalls::default();
    calls.add(output::ToolCall { name: Some("w".into()), ..Default::default() });
    assert!(!calls.break_off());
    calls.add(output::ToolCall { arguments: Some("{\"a".into()), ..Default::default() });
    assert!(calls.break_off());
    calls.add(output::ToolCall { arguments: Some("\":0}".into()), ..Default::default() });
    assert!(!calls.break_off());
}

#[test]
fn arguments_in_a_great_many_fragments_are_not_read_over_and_over() {
    // Minutes, if they are.
    for (first, rest) in [("{\"a\":\"", "}"), ("{\"a\":[1}", " "), ("{\"a\":[1}}", "{}")] {
        let mut calls = ToolCalls::default();
        calls.add(output::ToolCall { name: Some("w".into()), arguments: Some(first.into()), ..Default::default() });
        for _ in 0..500_000 {
            calls.add(output::ToolCall { name: Some("w".into()), arguments: Some(rest.into()), ..Default::default() });
        }
        assert_eq!(calls.calls.len(), 1, "{first}{rest}");
    }
}

proptest::proptest! {
    #[test]
    fn arguments_are_complete_when_they_are_an_object(pieces in "[{}\\[\\]\":,1 \\\\a]{0,14}") {
        let mut call = ToolCall::default();
        pieces.chars().for_each(|piece| call.push(piece.encode_utf8(&mut [0; 4])));
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&pieces).is_ok();
        proptest::prop_assert_eq!(call.is_complete(), is_json && pieces.trim_end().ends_with('}'));
    }
}

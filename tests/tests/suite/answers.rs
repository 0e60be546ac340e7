//! The two readers of a plugin's answers, read themselves: the checks of the daemon that the tests play, and Dify's
//! entities. Both take an answer of every action as Dify's SDK writes it (`fixtures/answers.jsonl`), and both notice
//! every damage to one.

use serde_json::{Value, json};
use tests::daemon::check;

use crate::conformance::{oracle, write};

/// Action, a member of its answer, what it is made, and the number of the action's answer in the file that has it.
type Damage = (&'static str, &'static str, Option<Value>, usize);

fn answers() -> Vec<(String, Value)> {
    let lines = include_str!("../../fixtures/answers.jsonl").lines();
    let answer = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("the fixture is JSON");
        (line["action"].as_str().unwrap_or_default().to_owned(), line["data"].clone())
    };
    lines.map(answer).collect()
}

fn record(action: &str, data: &Value) -> Value {
    let line = json!({"event": "session", "session_id": "s", "data": {"type": "stream", "data": data}});
    json!({"action": action, "line": line.to_string()})
}

#[test]
fn answers_of_every_action_are_taken() {
    let answers = answers();
    for (action, data) in &answers {
        assert_eq!(check::answer(action, data), Ok(()), "{action}: {data}");
    }
    let records: Vec<Value> = answers.iter().map(|(action, data)| record(action, data)).collect();
    let (accepted, said) = oracle(&[&write("answers.jsonl", &records)], "lines");
    assert!(accepted, "{said}");
}

#[test]
fn damage_to_an_answer_is_noticed_by_both() {
    let damages: Vec<Damage> = vec![
        ("invoke_llm", "/delta/message/content", Some(Value::Null), 0),
        ("invoke_llm", "/delta/message/tool_calls", None, 0),
        ("invoke_llm", "/delta/message/tool_calls/0/function/arguments", Some(json!({"a": 1})), 0),
        ("invoke_llm", "/delta/index", Some(json!(1.0)), 0),
        ("invoke_llm", "/delta/message/role", Some(json!("developer")), 0),
        ("invoke_llm", "/delta/message/content/1/detail", Some(json!("")), 1),
        ("invoke_llm", "/delta/message/content/1/mime_type", None, 1),
        ("invoke_llm", "/delta/message/content/0/type", Some(json!("hologram")), 1),
        ("invoke_rerank", "/docs/0/score", None, 0),
        ("invoke_rerank", "/docs/0/index", Some(json!(1.0)), 0),
        ("invoke_rerank", "/model", None, 0),
        ("invoke_multimodal_rerank", "/docs/0/text", Some(Value::Null), 0),
        ("invoke_text_embedding", "/embeddings/0", Some(json!("AACAPw==")), 0),
        ("invoke_text_embedding", "/embeddings", None, 0),
        ("invoke_text_embedding", "/usage/tokens", Some(json!(3.0)), 0),
        ("invoke_text_embedding", "/usage/unit_price", Some(json!("")), 0),
        ("invoke_text_embedding", "/usage/currency", None, 0),
        ("invoke_multimodal_embedding", "/usage/latency", None, 0),
        ("get_text_embedding_num_tokens", "/num_tokens", Some(json!(3)), 0),
        ("get_text_embedding_num_tokens", "/num_tokens/1", Some(json!("2")), 0),
        ("get_llm_num_tokens", "/num_tokens", Some(json!("42")), 0),
        ("invoke_tts", "/result", Some(json!("494433f")), 0),
        ("invoke_tts", "/result", Some(json!("SUQz")), 0),
        ("invoke_tts", "/result", Some(json!("")), 0),
        ("invoke_tts", "/mime_type", Some(json!(["audio/mpeg"])), 0),
        ("get_tts_model_voices", "/voices", Some(Value::Null), 0),
        ("get_tts_model_voices", "/voices/0/value", Some(json!("")), 0),
        ("invoke_speech2text", "/result", Some(Value::Null), 0),
        ("invoke_moderation", "/result", Some(json!("true")), 0),
        ("start_polling", "/plugin_state", Some(json!({})), 0),
        ("check_polling", "/status", Some(json!("pending")), 0),
        ("check_polling", "/next_check_after_seconds", Some(json!(0)), 1),
        ("check_polling", "/result", Some(Value::Null), 2),
        ("check_polling", "/result/message/tool_calls", None, 2),
        ("check_polling", "/result/usage/total_tokens", None, 2),
        ("check_polling", "/error", Some(Value::Null), 0),
    ];
    let answers = answers();
    let mut records = Vec::new();
    for (action, place, value, number) in &damages {
        let mut of_action = answers.iter().filter(|(own, _)| own == action);
        let mut data = of_action.nth(*number).unwrap_or_else(|| panic!("no answer {number} of {action}")).1.clone();
        damage(&mut data, place, value.as_ref());
        assert!(check::answer(action, &data).is_err(), "{action} {place} = {value:?} was taken");
        records.push(record(action, &data));
    }
    // The oracle counts what it refuses.
    let (_, said) = oracle(&[&write("damaged-answers.jsonl", &records)], "lines");
    let all = format!("{} lines read with dify_plugin and graphon, {} refused", damages.len(), damages.len());
    assert!(said.contains(&all), "{said}\nrefused of {}", damages.len());
}

fn damage(data: &mut Value, place: &str, value: Option<&Value>) {
    let target = data.pointer_mut(place).unwrap_or_else(|| panic!("nothing at {place}"));
    if let Some(value) = value {
        *target = value.clone();
        return;
    }
    let (parent, name) = place.rsplit_once('/').unwrap_or_default();
    let parent = data.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.unwrap_or_else(|| panic!("{place} is no member")).shift_remove(name);
}

//! Dify's own entities, from PyPI, read the package and what the plugin writes. (`tests/run` lets them read every line
//! of all other tests too.)

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tests::consumers::Auth;
use tests::gateway::Gateway;
use tests::request::{Request, tool, user};
use tests::{package, python};

/// Breaks a line.
type Damage = fn(&mut Value);

/// Runs the oracle and gives whether it accepted everything, and what it said.
pub fn oracle(arguments: &[&Path], what: &str) -> (bool, String) {
    let script = python::workspace().join("tests/python/oracle.py");
    let output = Command::new(python::with_entities()).arg(script).arg(what).args(arguments).output();
    let output = output.expect("python runs");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), said)
}

fn scratch(name: &str) -> PathBuf {
    let directory = package::own_scratch().join("conformance");
    fs::create_dir_all(&directory).expect("a directory can be made");
    directory.join(name)
}

/// What a plugin writes in one life of each kind of answer: records as the oracle reads them.
fn records() -> Vec<Value> {
    let gateway = Gateway::start();
    let open = || Auth::None.credentials(&gateway.url("open"));
    let requests = [
        Request::chat("m", open()),
        Request::chat("reasoning", open()).whole(),
        Request::chat("tools-parallel", open())
            .credential("function_calling_type", "tool_call")
            .with("tools", json!([tool("weather")])),
        Request::completion("m", open()),
        Request::rerank("m", open(), &["a", "b"]),
        Request::rerank("m", open(), &[]),
        Request::chat("429", open()),
        Request::tokens(json!([user("Hi")]), open()),
        Request::validate_llm("m", open()),
        Request::validate_rerank("500", open()),
        Request::validate_provider(),
        Request::llm_schema("m", open())
            .credential("function_calling_type", "tool_call")
            .credential("agent_though_support", "supported")
            .credential("vision_support", "support")
            .credential("stream_function_calling", "supported")
            .credential("structured_output_support", "supported"),
        Request::llm_schema("m", open()).credential("mode", "completion"),
        Request::rerank_schema("m", open()),
    ];
    let mut plugin = Command::new(package::installed().python());
    plugin.args(["-m", "main"]).current_dir(&package::installed().directory);
    let mut plugin = plugin
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the plugin starts");
    let mut stdin = plugin.stdin.take().expect("stdin is piped");
    for (number, request) in requests.iter().enumerate() {
        std::io::Write::write_all(&mut stdin, request.line(&number.to_string()).as_bytes()).expect("the line is taken");
    }
    drop(stdin);
    let output = plugin.wait_with_output().expect("the plugin ends");
    let lines = String::from_utf8(output.stdout).expect("stdout is text");
    let record = |line: &str| {
        let session =
            serde_json::from_str::<Value>(line).ok().and_then(|line| line["session_id"].as_str()?.parse().ok());
        let action = session.and_then(|number: usize| requests.get(number)).map(Request::action);
        json!({"action": action, "line": line})
    };
    lines.lines().filter(|line| !line.trim().is_empty()).map(record).collect()
}

pub fn write(name: &str, records: &[Value]) -> PathBuf {
    let path = scratch(name);
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    fs::write(&path, lines).expect("the records can be written");
    path
}

#[test]
fn the_package_is_what_dify_reads() {
    for plugin in package::plugins() {
        let (accepted, said) = oracle(&[&package::installed_of(&plugin).directory], "package");
        assert!(accepted, "{plugin}: {said}");
    }
}

#[test]
fn a_form_type_that_dify_does_not_know_is_noticed() {
    let copy = scratch("bogus");
    let _ = fs::remove_dir_all(&copy);
    let status = Command::new("cp").arg("-r").arg(&package::installed().directory).arg(&copy).status();
    assert!(status.is_ok_and(|status| status.success()));
    let provider = copy.join("provider/ai-gateway.yaml");
    let text = fs::read_to_string(&provider).expect("the provider can be read");
    let bogus = text.replacen("type: secret-input", "type: bogus", 1);
    assert_ne!(text, bogus);
    fs::write(&provider, bogus).expect("the provider can be written");
    let (accepted, said) = oracle(&[&copy], "package");
    assert!(!accepted && said.contains("(dify_plugin)") && said.contains("(graphon)"), "{said}");
}

#[test]
fn every_kind_of_line_is_what_dify_reads_and_damage_is_noticed() {
    let records = records();
    let (accepted, said) = oracle(&[&write("good.jsonl", &records)], "lines");
    assert!(accepted, "{said}");

    // Each is a line that the daemon or Dify would stumble over.
    let damage: [(&str, &str, Damage); 7] = [
        ("no-tool-calls", "\"stream\"", |line| {
            line["data"]["data"]["delta"]["message"].as_object_mut().map(|message| message.shift_remove("tool_calls"));
        }),
        ("eleven-args", "\"error\"", |line| {
            line["data"]["data"]["args"] =
                (0..11).map(|n| (n.to_string(), json!(n))).collect::<serde_json::Map<_, _>>().into();
        }),
        ("null-content", "\"stream\"", |line| line["data"]["data"]["delta"]["message"]["content"] = Value::Null),
        ("float-index", "\"stream\"", |line| line["data"]["data"]["delta"]["index"] = json!(1.0)),
        ("unknown-type", "\"error\"", |line| line["data"]["data"]["error_type"] = json!("ValueError")),
        ("end-without-data", "\"end\"", |line| {
            line["data"].as_object_mut().map(|message| message.shift_remove("data"));
        }),
        ("stray-event", "\"heartbeat\"", |line| line["event"] = json!("print")),
    ];
    for (name, kind, change) in damage {
        let is_kind = |record: &&Value| {
            record["line"].as_str().is_some_and(|line| line.contains(kind))
                && (kind != "\"stream\"" || record["action"] == "invoke_llm")
        };
        let mut record = records.iter().find(is_kind).unwrap_or_else(|| panic!("no line with {kind}")).clone();
        let mut line = serde_json::from_str(record["line"].as_str().unwrap_or_default()).expect("the line is JSON");
        change(&mut line);
        record["line"] = line.to_string().into();
        let (accepted, said) = oracle(&[&write(&format!("{name}.jsonl"), &[record])], "lines");
        assert!(!accepted, "{name} was not noticed: {said}");
    }
}

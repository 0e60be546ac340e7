//! What p5 refuses: one small change of the real specs for each code, and where the message points.

use codegen::{Sources, compile};

fn sources() -> Sources {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Sources::read(&root).expect("the specs can be read")
}

const PLUGIN: &str = "specs/plugins/ai-gateway.yaml";
const LLM: &str = "specs/model_types/llm.yaml";

/// Makes the change and gives what is reported, rendered, and the place of the change as a message writes it.
fn refused(file: &str, from: &str, to: &str) -> (String, String) {
    let mut sources = sources();
    let text = sources.text(file).expect("a spec").to_owned();
    let (before, after) = text.split_once(from).unwrap_or_else(|| panic!("{file} no longer holds {from}"));
    let place = format!("{file}:{}:", before.lines().count() + usize::from(before.ends_with('\n')));
    sources.insert(file, format!("{before}{to}{after}"));
    match compile(&sources) {
        Ok(_) => panic!("{to} was taken"),
        Err(found) => (found.render(&sources, false), place),
    }
}

#[test]
fn each_rule_refuses_and_points_at_the_spec() {
    let label = format!("label: {}", "x".repeat(1024));
    let variable = format!("variable: {}", "x".repeat(256));
    let nested = "completion: { select: mode, default: a, options: { a: { protocol: openai_completions } }, label:";
    let cases: &[(&str, &str, &str, &str)] = &[
        ("S5001", PLUGIN, "author: aliyun", "author: Aliyun"),
        ("S5001", PLUGIN, "author: aliyun", "author: 11111111-2222-3333-4444-555555555555"),
        ("S5002", PLUGIN, "version: 0.1.0", "version: 0.1.0-beta"),
        ("S5003", PLUGIN, "created_at: 2025-12-12T01:11:12+08:00", "created_at: 2025-12-12T01:11:12"),
        ("S5004", PLUGIN, "memory: 268435456", "memory: 0"),
        ("S5005", PLUGIN, "label: AI Gateway", "label: \" \""),
        ("S5005", PLUGIN, "label: AI Gateway", &label),
        ("S5005", LLM, "zh_Hans: 最大 token 上限", "zh_Hans: \"\""),
        ("S5006", PLUGIN, "icon_dark: ai-gateway-dark.png", "icon_dark: dark/icon.png"),
        ("S5007", PLUGIN, "background:", "tags: [rag, bogus]\nbackground:"),
        ("S5008", PLUGIN, "background:", "repo: example.org/x\nbackground:"),
        ("S5008", PLUGIN, "url: https://apig", "url: apig"),
        ("S5010", PLUGIN, "variable: agent_though_support", "variable: __model_type"),
        ("S5010", PLUGIN, "variable: endpoint_url", &variable),
        ("S5010", "specs/auth/jwt.yaml", "default: Bearer", "default: \"\""),
        ("S5011", PLUGIN, "stored: { functions: function_call,", "stored: { functions: no_call,"),
        ("S5014", PLUGIN, "completion: { protocol: openai_completions, label:", nested),
    ];
    for (code, file, from, to) in cases {
        let (text, place) = refused(file, from, to);
        assert!(text.contains(code) && text.contains(&place), "{code} at {place} expected for {to}:\n{text}");
    }
}

#[test]
fn the_thirty_third_entry_is_refused_with_the_entries_by_cost() {
    let mut sources = sources();
    for file in ["specs/auth/api_key.yaml", "specs/auth/jwt.yaml", LLM] {
        let text = sources.text(file).expect("a spec").replace("form: false", "form: true");
        sources.insert(file, text);
    }
    let found = compile(&sources).expect_err("too many entries").render(&sources, false);
    assert!(found.contains("S5009") && found.contains("`context_size` 3 times"), "{found}");
}

#[test]
fn an_icon_must_be_there_and_be_an_image() {
    let mut sources = sources();
    sources.insert("specs/assets/ai-gateway.png", "not a picture");
    sources.remove("specs/assets/ai-gateway-dark.png");
    let found = compile(&sources).expect_err("icons are wrong").render(&sources, false);
    assert!(found.contains("`ai-gateway.png` is not what its name says"), "{found}");
    assert!(found.contains("ai-gateway-dark.png"), "{found}");
}

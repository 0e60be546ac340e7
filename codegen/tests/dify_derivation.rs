//! How the form follows from the offers: small changes of the real plugin, and the conditions that they give.

use codegen::{Sources, compile};
use serde_json::Value as Json;

const PLUGIN: &str = "specs/plugins/ai-gateway.yaml";

const OFFERS: &str = "  llm:
    select: mode
    default: chat
    label: { en_US: Completion mode, zh_Hans: 对话类型 }
    options:
      completion: { protocol: openai_completions, label: { en_US: Completion, zh_Hans: 补全 } }
      chat: { protocol: openai_chat, label: { en_US: Chat, zh_Hans: 对话 } }
";
const RERANK: &str = "  rerank: { protocol: openai_rerank }\n";

/// The plugin with these two model types alone.
fn two_types(text: &str) -> String {
    let (before, offers) = text.split_once("offers:\n").expect("offers");
    let (_, credentials) = offers.split_once("\ncredentials:\n").expect("credentials");
    let mut kept = true;
    let of_both = |line: &&str| {
        if let Some((group, _)) = line.strip_prefix("  ").and_then(|line| line.split_once('.'))
            && group.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit())
        {
            kept = ["connection", "api_key", "jwt", "hmac", "llm", "rerank"].contains(&group);
        } else if !line.starts_with("    ") {
            kept = true;
        }
        kept
    };
    let credentials: String = credentials.split_inclusive('\n').filter(of_both).collect();
    format!("{before}offers:\n{OFFERS}{RERANK}credentials:\n{credentials}")
}

/// The form after the changes: variable and conditions of each entry.
fn form(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    form_of(&[], changes)
}

/// The form of a plugin that offers language models only.
fn form_of_llm(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    form_of(&[(RERANK, "")], changes)
}

fn form_of(without: &[(&str, &str)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Sources::read(&root).expect("the specs can be read");
    let mut text = two_types(sources.text(PLUGIN).expect("a spec"));
    for (from, to) in without.iter().chain(changes) {
        assert!(text.contains(from), "{PLUGIN} no longer holds {from}");
        text = text.replacen(from, to, 1);
    }
    sources.insert(PLUGIN, text);
    let outputs = compile(&sources).unwrap_or_else(|found| panic!("{}", found.render(&sources, false)));
    let provider: Json =
        serde_yaml::from_slice(&outputs.files["generated/packages/ai-gateway/provider/ai-gateway.yaml"]).expect("YAML");
    let entries = provider["model_credential_schema"]["credential_form_schemas"].as_array().expect("a form");
    let of = |value: &Json, key: &str| value[key].as_str().unwrap_or("?").to_owned();
    let shown = |entry: &Json| {
        let conditions = entry["show_on"].as_array().map_or(&[][..], Vec::as_slice).iter();
        conditions
            .map(|condition| format!("{}={}", of(condition, "variable"), of(condition, "value")))
            .collect::<Vec<_>>()
            .join(" ")
    };
    entries.iter().map(|entry| (of(entry, "variable"), shown(entry))).collect()
}

/// The conditions under which a variable is shown, one text for each entry.
fn shown(form: &[(String, String)], variable: &str) -> Vec<String> {
    form.iter().filter(|(other, _)| other == variable).map(|(_, shown)| shown.clone()).collect()
}

#[test]
fn a_plugin_with_one_model_type_needs_no_condition_for_it() {
    let form = form_of_llm(&[]);
    assert_eq!(shown(&form, "mode"), [""]);
    assert_eq!(shown(&form, "context_size"), [""]);
    assert_eq!(shown(&form, "vision_support"), ["mode=chat"]);
}

#[test]
fn a_hidden_selector_has_no_entry_and_adds_no_condition() {
    let form = form(&[("    default: chat\n", "    default: chat\n    form: false\n")]);
    assert_eq!(shown(&form, "mode"), [""; 0]);
    assert_eq!(shown(&form, "vision_support"), ["__model_type=llm"]);
    assert_eq!(shown(&form, "max_tokens_to_sample"), ["__model_type=llm"]);
}

#[test]
fn a_nested_choice_gives_the_path_of_choices() {
    let nested = "  llm:
    select: scenario
    default: text
    label: Scenario
    options:
      text:
        select: mode
        default: chat
        label: Mode
        options:
          completion: { protocol: openai_completions }
          chat: { protocol: openai_chat }
      raw: { protocol: openai_completions, label: Raw }
";
    let form = form(&[(OFFERS, nested)]);
    assert_eq!(shown(&form, "scenario"), ["__model_type=llm"]);
    assert_eq!(shown(&form, "mode"), ["__model_type=llm scenario=text"]);
    assert_eq!(shown(&form, "vision_support"), ["__model_type=llm scenario=text mode=chat"]);
    assert_eq!(shown(&form, "max_tokens_to_sample"), ["__model_type=llm"]);
    let place = |variable: &str| form.iter().position(|(other, _)| other == variable);
    assert!(place("scenario") < place("mode") && place("mode") < place("context_size"), "selectors, then fields");
}

#[test]
fn a_field_of_two_branches_is_two_entries_and_of_a_whole_branch_one() {
    let more = OFFERS.replace("      chat:", "      talk: { protocol: openai_chat, label: Talk }\n      chat:");
    let two = form_of_llm(&[(OFFERS, &more)]);
    assert_eq!(shown(&two, "vision_support"), ["mode=talk", "mode=chat"]);
    let without = OFFERS
        .replace("      completion: { protocol: openai_completions,", "      completion: { protocol: openai_chat,");
    let one = form(&[(OFFERS, &without)]);
    assert_eq!(shown(&one, "vision_support"), ["__model_type=llm"], "every offer of the type uses it");
}

#[test]
fn a_field_that_shares_a_value_or_is_hidden_has_no_entry() {
    let form = form(&[(
        "  llm.max_tokens: { variable: max_tokens_to_sample }\n",
        "  llm.max_tokens: { variable: max_tokens_to_sample, form: false }\n  rerank.context_size: { same_as: llm.context_size }\n",
    )]);
    assert_eq!(shown(&form, "max_tokens_to_sample"), [""; 0]);
    assert_eq!(shown(&form, "context_size"), ["__model_type=llm"]);
}

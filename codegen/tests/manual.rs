//! The reference pages of the language: nothing is left out of them, every link leads somewhere, and what they show compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use codegen::catalogue::{CONVERTERS, DIRECTIVES, FINISHERS, ROOTS, TYPES};
use codegen::{Sources, manual, parse};
use serde_json::Value as Json;

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace");
    Sources::read(root).expect("the specs are readable")
}

fn pages() -> BTreeMap<String, String> {
    let specs = parse(&sources()).expect("the specs parse");
    let text = |(path, content): (String, Vec<u8>)| (path, String::from_utf8(content).expect("pages are text"));
    manual::pages(&specs).into_iter().map(text).collect()
}

#[test]
fn every_row_of_the_catalogue_says_what_it_is() {
    let mut silent = Vec::new();
    let directives = DIRECTIVES.iter().map(|one| (one.name, one.about));
    let functions = CONVERTERS.iter().chain(FINISHERS).map(|one| (one.name, one.about));
    let types = TYPES.iter().map(|one| (one.name, one.about));
    for (name, about) in directives.chain(functions).chain(types).chain(ROOTS.iter().map(|one| (one.name, one.about))) {
        if !about.ends_with('.') {
            silent.push(name);
        }
    }
    assert!(silent.is_empty(), "without a sentence: {silent:?}");
    let read: BTreeSet<&str> = parse::DIRECTIVES.into_iter().collect();
    assert_eq!(DIRECTIVES.iter().map(|one| one.name).collect::<BTreeSet<_>>(), read, "directives that are read");
}

#[test]
fn every_converter_and_finisher_is_shown_in_use() {
    let page = &pages()["generated/docs/specs/converters.md"];
    for function in CONVERTERS.iter().chain(FINISHERS) {
        let (_, rest) = page.split_once(&format!("### `{}`\n", function.name)).expect("a heading for each");
        let section = rest.split("\n### ").next().unwrap_or_default();
        let shown = section.contains("```yaml\n# specs/") && section.matches(function.name).count() >= 1;
        assert!(shown, "no spec uses `{}`:\n{section}", function.name);
    }
}

/// The keys of an object; directives have a page of their own.
fn keys_of(schema: &Json) -> impl Iterator<Item = &String> {
    schema["properties"].as_object().into_iter().flat_map(|keys| keys.keys()).filter(|key| !key.starts_with('$'))
}

#[test]
fn every_key_of_a_spec_has_a_row() {
    let specs = parse(&sources()).expect("the specs parse");
    let pages = pages();
    let mut missing = Vec::new();
    let mut keys = 0;
    for (path, text) in codegen::schema::schemas(&specs) {
        let schema: Json = serde_json::from_slice(&text).expect("a schema is JSON");
        let kind = path.trim_start_matches("generated/schema/").trim_end_matches(".schema.json");
        let definitions = schema["definitions"].as_object().expect("definitions");
        let root = (kind.to_owned(), schema.clone());
        for (name, definition) in definitions.clone().into_iter().chain([root]) {
            for key in keys_of(&definition) {
                keys += 1;
                if !pages.values().any(|page| page.contains(&format!("\n| `{key}` | "))) {
                    missing.push(format!("{kind}: {name}: {key}"));
                }
            }
        }
    }
    assert!(missing.is_empty() && keys > 100, "{keys} keys, no row for {missing:#?}");
    let empty = pages.iter().find(|(_, page)| page.contains("| `` |"));
    assert_eq!(empty.map(|(path, _)| path), None, "a row without a name");
}

/// As the pages' host makes anchors of headings.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

#[test]
fn every_link_leads_to_a_page_and_a_heading() {
    let pages = pages();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace");
    let mut links = 0;
    for (path, text) in &pages {
        for (_, rest) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let link = rest.split(')').next().unwrap_or_default();
            links += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            if file.starts_with("../") {
                let target = root.join("generated/docs/specs").join(file);
                assert!(target.exists(), "{path}: {link}");
                continue;
            }
            let target = if file.is_empty() { path.clone() } else { format!("generated/docs/specs/{file}") };
            let page = pages.get(&target).unwrap_or_else(|| panic!("{path}: there is no page for {link}"));
            let found = page
                .lines()
                .filter_map(|line| line.trim_start_matches('#').strip_prefix(' '))
                .any(|line| anchor(line) == heading);
            assert!(heading.is_empty() || found, "{path}: there is no heading for {link}");
        }
    }
    assert!(links > 100, "{links} links");
}

/// The blocks of YAML of a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The specs with lines at the end of the body of a chat protocol, or of its reply if they read one.
fn with_body(lines: &str) -> Sources {
    let (lines, read) = if lines.contains("$reply") { ("", lines) } else { (lines, "") };
    let indented: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    let merged = if lines.contains("$merge") { "" } else { "    all: { $merge: $param }\n" };
    let spec = format!(
        "id: shown_chat\nimplements: llm\nshape: chat\nparameters: {{ max_tokens: , enable_thinking:  }}\nrequest:\n  post: chat\n  \
         body:\n    text: {{ $from: $input.messages, $as: user_text }}\n    stream: $input.stream\n{merged}{indented}\
         reply:\n  text: $reply.text\n  {read}\nexamples:\n  - {{ input: {{}}, sends: {{}}, receives: {{}}, yields: {{}} }}\n"
    );
    let mut sources = sources();
    sources.insert("specs/protocols/shown/chat.yaml", spec);
    sources
}

#[track_caller]
fn compiles(what: &str, sources: &Sources) {
    let found = parse(sources).and_then(|specs| codegen::check(&specs, sources));
    if let Err(found) = found {
        panic!("{what}\n{}", found.render(sources, false));
    }
}

#[test]
fn the_examples_of_directives_compile() {
    for directive in DIRECTIVES {
        assert!(directive.example.contains(directive.name), "{}", directive.name);
        compiles(directive.example, &with_body(directive.example));
    }
}

#[test]
fn the_examples_of_the_pages_compile() {
    let pages = pages();
    let page = |name: &str| pages[&format!("generated/docs/specs/{name}.md")].as_str();
    let conditions = page("values").split("## Conditions").nth(1).map(blocks).expect("conditions are shown");
    compiles("conditions", &with_body(conditions[0]));

    let mut all = sources();
    all.insert("specs/protocols/cohere/rerank.yaml", blocks(page("protocol"))[0]);
    all.insert("specs/parameters/shown.yaml", blocks(page("parameter"))[0].replace("top_k", "shown"));
    let put = |all: &mut Sources, path: &str, old: &str, new: &str| {
        let text = all.text(path).expect("the spec is there");
        assert!(text.contains(old), "{path}");
        let text = text.replacen(old, new, 1);
        all.insert(path, text);
    };
    put(&mut all, "specs/auth/hmac.yaml", "  lines:\n", "  lines_before:\n");
    let text = all.text("specs/auth/hmac.yaml").expect("the spec is there");
    let (before, rest) = text.split_once("  lines_before:\n").expect("the lines");
    let after = rest.split_once("\nattach:").expect("what is attached").1;
    let lines: String = blocks(page("auth"))[0].lines().map(|line| format!("  {line}\n")).collect();
    let text = format!("{before}{lines}attach:{after}");
    all.insert("specs/auth/hmac.yaml", text);
    compiles("protocol, parameter and auth", &all);

    // What is taken out of a spec is what stands there.
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let llm = sources().text("specs/model_types/llm.yaml").map(squeezed).expect("llm");
    for line in blocks(page("model_type"))[0].lines().filter(|line| line.contains("value:")) {
        assert!(llm.contains(&squeezed(line)), "{line}");
    }
    let mut offers = sources();
    let path = "specs/plugins/ai-gateway.yaml";
    let text = offers.text(path).expect("the plugin");
    let (start, rest) = text.split_once("  rerank:\n").expect("rerank is offered");
    let rest = rest.split_once("  speech2text:").expect("speech2text follows").1;
    let shown = blocks(page("plugin"))[0].strip_prefix("offers:\n").expect("offers");
    let text = format!("{start}{shown}  speech2text:{rest}");
    offers.insert(path, text);
    compiles("offers", &offers);
}

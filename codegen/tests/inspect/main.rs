//! `cargo gen inspect`: what the text and the page hold, and that no text of a spec leaves its place in the page.
//!
//! `UPDATE=1 cargo test -p codegen --test inspect` writes the expected texts.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use codegen::inspect::{Language, html, text};
use codegen::ir::inspection::Inspection;
use codegen::lower::package::inspection;
use codegen::sources::Sources;

const PLUGINS: [&str; 2] = ["ai-gateway", "higress"];

static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace");
    Sources::read(root).expect("the specs are readable")
});

static VIEWS: LazyLock<[Inspection; 2]> = LazyLock::new(|| PLUGINS.map(|plugin| inspect(&SOURCES, plugin)));

/// A plugin of specs that pass the checks.
fn inspect(sources: &Sources, plugin: &str) -> Inspection {
    let found = codegen::parse(sources).and_then(|specs| codegen::check(&specs, sources).map(|_| specs));
    let specs = found.unwrap_or_else(|found| panic!("{}", found.render(sources, false)));
    inspection::lower(&specs, sources, plugin).expect("the plugin")
}

/// Everything but the protocols, and one of these: a new parameter of a model is not everybody's business.
fn excerpt(text: &str, protocols: &str) -> String {
    let (before, after) = text.split_once(&format!("\n{protocols}\n═")).expect("the protocols");
    let (_, after) = after.split_once("\nopenai_rerank\n").expect("the protocol openai_rerank");
    let block: Vec<&str> = after.lines().take_while(|line| line.is_empty() || line.starts_with(' ')).collect();
    format!("{before}\n\nopenai_rerank\n{}\n", block.join("\n").trim_end())
}

#[test]
fn the_text_is_what_it_was() {
    let shown = [(Language::Chinese, "协议"), (Language::English, "Protocols")];
    for ((view, plugin), (language, protocols)) in VIEWS.iter().zip(PLUGINS).zip(shown) {
        let text = excerpt(&text::render(view, language), protocols);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/inspect/{plugin}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).expect("the expected text is writable");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        let differs = text.lines().zip(expected.lines()).find(|(now, then)| now != then);
        assert!(text == expected, "{plugin}: {differs:?}; if it should, run with UPDATE=1 and read what changed");
    }
}

#[test]
fn text_and_page_hold_all_that_the_plugin_offers() {
    for (view, plugin) in VIEWS.iter().zip(PLUGINS) {
        for language in Language::ALL {
            let text = text::render(view, language);
            let page = html::render(view, &SOURCES, language);
            let holds = |what: &str| {
                assert!(text.contains(what), "{plugin}: the text lacks {what}");
                let escaped = what.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                assert!(page.contains(&escaped.replace('\'', "&#39;").replace('"', "&quot;")), "{plugin}: {what}");
            };
            let forms = page.matches("<div class=\"field\" data-entry=").count();
            assert_eq!(forms, view.package.form.len());
            view.package.form.iter().for_each(|entry| holds(&entry.variable));
            view.package.form.iter().flat_map(|entry| &entry.options).for_each(|option| holds(&option.value));
            view.package.guide.hidden.iter().for_each(|setting| holds(&setting.id));
            view.package.guide.auth.iter().for_each(|method| holds(&method.value));
            for protocol in &view.protocols {
                holds(&protocol.page.id);
                protocol.rows.iter().for_each(|row| holds(&row.name));
                protocol.request.lines().for_each(|line| holds(line.trim()));
                protocol.answer.lines().for_each(|line| holds(line.trim()));
                assert!(protocol.request.contains("request:"), "{}", protocol.page.id);
            }
            let actions = view.model_types.iter().flat_map(|type_| &type_.ways).flat_map(|way| &way.calls);
            actions.for_each(|call| holds(&call.action));
        }
    }
}

#[test]
fn tables_fit_the_terminal() {
    for view in VIEWS.iter() {
        let text = text::render(view, Language::English);
        // What is indented by four is a document of a spec, as it stands there, or a note.
        for line in text.lines().filter(|line| !line.starts_with("    ")) {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}

#[test]
fn no_text_of_a_spec_becomes_a_part_of_the_page() {
    const HOSTILE: &str = "</script></textarea><script>alert(1)</script><img src=x onerror='a'> \" onfocus=\"b";
    let quoted = format!("'{}'", HOSTILE.replace('\'', "''"));
    let mut sources = SOURCES.clone();
    let change = |sources: &mut Sources, path: &str, from: &str, to: &str| {
        let text = sources.text(path).expect("the spec");
        assert!(text.contains(from), "{path} has no {from}");
        let text = text.replacen(from, to, 1);
        sources.insert(path, text);
    };
    let plugin = "specs/plugins/higress.yaml";
    change(&mut sources, plugin, "label: Higress\n", &format!("label: {quoted}\n"));
    change(&mut sources, plugin, "zh_Hans: 输入模型名称", &format!("zh_Hans: {quoted}"));
    change(&mut sources, plugin, "label: AK/SK (HMAC)", &format!("label: {{ en_US: {quoted}, zh_Hans: {quoted} }}"));
    change(&mut sources, plugin, "zh_Hans: 文本生成", &format!("zh_Hans: {quoted}"));
    change(&mut sources, "specs/auth/jwt.yaml", "en_US: A private JWK", &format!("en_US: {quoted} # "));
    let rerank = "specs/protocols/openai/rerank.yaml";
    let about = sources.text(rerank).expect("the spec").lines().find(|line| line.starts_with("about:"));
    let about = about.expect("it says what it is").to_owned();
    change(&mut sources, rerank, &about, &format!("about: {quoted} # `<b>`"));
    let view = inspect(&sources, "higress");
    for language in Language::ALL {
        let page = html::render(&view, &sources, language);
        assert!(page.matches("alert(1)").count() >= 8, "it is shown");
        assert_eq!(page.matches("<script").count(), 1, "the page's own");
        assert_eq!(page.matches("</script").count(), 1, "the page's own");
        for part in ["<img src=x", "onerror='", "\" onfocus=", "</textarea"] {
            assert!(!page.contains(part), "{part}");
        }
    }
}

#[test]
fn the_page_asks_for_nothing_and_lets_no_other_script_run() {
    let page = html::render(&VIEWS[1], &SOURCES, Language::Chinese);
    assert!(page.contains("default-src 'none'") && page.contains("script-src 'sha256-"));
    let addresses = page.match_indices("src=\"").chain(page.match_indices("srcset=\""));
    for (at, attribute) in addresses {
        assert!(page[at + attribute.len()..].starts_with("data:image/"), "{}", &page[at..at + 60]);
    }
    assert!(!page.contains("<link rel=\"stylesheet\"") && !page.contains("@import") && !page.contains("url("));
    assert!(page.contains("<html lang=\"zh-Hans\">"));
}

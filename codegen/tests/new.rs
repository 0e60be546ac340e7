//! `cargo gen new`: every draft compiles as it is, whatever it is of, and nothing that is there is touched.
//! That the examples of drafts hold is tested where they are compiled.

mod tree;

use std::fs;
use std::path::Path;

use codegen::cli::{Answer, Exit, run};
use codegen::draft::{self, Kind, Wish};
use codegen::{Sources, compile, parse};
use tree::workspace;

fn sources() -> Sources {
    Sources::read(workspace()).expect("the specs are readable")
}

fn drafted(sources: &Sources, kind: Kind, name: &str, implements: Option<&str>) -> Result<draft::Draft, String> {
    let specs = parse(sources).expect("the specs parse");
    draft::draft(&specs, &Wish { kind, name, implements, now: "2026-01-01T00:00:00Z" })
}

/// The specs with a draft among them.
#[track_caller]
fn with(sources: &Sources, kind: Kind, name: &str, implements: Option<&str>) -> Sources {
    let draft = drafted(sources, kind, name, implements).unwrap_or_else(|what| panic!("{name}: {what}"));
    let mut sources = sources.clone();
    for (path, content) in draft.files {
        assert!(sources.bytes(&path).is_none(), "{path} is there already");
        sources.insert(path, content);
    }
    sources
}

/// Compiles; only that nothing offers the draft may be said.
#[track_caller]
fn compiles(sources: &Sources) {
    match compile(sources) {
        Ok(outputs) => {
            let said = outputs.warnings.iter().filter(|warning| warning.code != "S4103").cloned().collect::<Vec<_>>();
            assert!(said.is_empty(), "{}", codegen::diagnostics::render(&said, sources, false));
        }
        Err(found) => panic!("{}", found.render(sources, false)),
    }
}

/// Model types and their actions, as `--implements` takes them.
fn served(sources: &Sources) -> Vec<String> {
    let specs = parse(sources).expect("the specs parse");
    let mut all = Vec::new();
    for (id, file) in &specs.model_types {
        all.push(id.clone());
        let also = file.spec.also.iter().filter(|(_, action)| action.output.is_some());
        all.extend(also.map(|(action, _)| format!("{id}.{action}")));
    }
    all
}

#[test]
fn a_protocol_of_every_model_type_and_action_compiles() {
    let mut sources = sources();
    let served = served(&sources);
    assert!(served.len() >= 8, "{served:?}");
    for (index, implements) in served.iter().enumerate() {
        sources = with(&sources, Kind::Protocol, &format!("drafts_number_{index}"), Some(implements));
    }
    compiles(&sources);
}

#[test]
fn a_model_type_of_every_one_of_difys_compiles_with_a_protocol_of_its_own() {
    let mut sources = sources();
    for dify in codegen::catalogue::DIFY_MODEL_TYPES {
        let id = format!("my_{}", dify.replace('-', "_"));
        sources = with(&sources, Kind::ModelType, &id, Some(dify));
        sources = with(&sources, Kind::Protocol, &format!("drafts_{id}"), Some(&id));
    }
    compiles(&sources);
}

#[test]
fn a_model_type_that_has_difys_name_needs_no_more_words() {
    let mut sources = sources();
    for path in ["specs/protocols/openai/moderations.yaml", "specs/model_types/moderation.yaml"] {
        sources.remove(path).expect("moderation is there");
    }
    let draft = drafted(&sources, Kind::ModelType, "moderation", None).expect("a draft");
    assert_eq!(draft.path, "specs/model_types/moderation.yaml");
}

#[test]
fn an_auth_method_and_a_plugin_compile_and_the_plugin_is_whole() {
    let sources = with(&sources(), Kind::Auth, "house_key", None);
    for (name, implements) in [("my-gateway", None), ("ranks", Some("rerank")), ("bare", Some("dashscope_rerank_flat"))]
    {
        let sources = with(&sources, Kind::Plugin, name, implements);
        compiles(&sources);
        let files = compile(&sources).expect("it just compiled").files;
        for path in [
            format!("generated/src/bin/{name}.rs"),
            format!("generated/packages/{name}/manifest.yaml"),
            format!("generated/packages/{name}/_assets/{name}.svg"),
            format!("generated/packages/{name}/_assets/{name}-dark.svg"),
        ] {
            assert!(files.contains_key(&path), "{path} is missing");
        }
    }
}

#[test]
fn a_plugin_can_offer_any_model_type() {
    let sources = sources();
    for implements in served(&sources).iter().filter(|served| !served.contains('.')) {
        compiles(&with(&sources, Kind::Plugin, "third", Some(implements)));
    }
}

#[test]
fn families_that_are_there_are_found_in_a_name() {
    let draft = |name| drafted(&sources(), Kind::Protocol, name, Some("rerank")).map(|draft| draft.path);
    assert_eq!(draft("cohere_rerank").as_deref(), Ok("specs/protocols/cohere/rerank.yaml"));
    assert_eq!(draft("openai_rerank_v2").as_deref(), Ok("specs/protocols/openai/rerank_v2.yaml"));
    assert_eq!(draft("big_vendor/rerank").as_deref(), Ok("specs/protocols/big_vendor/rerank.yaml"));
}

fn new(root: &Path, arguments: &str) -> Answer {
    let arguments: Vec<String> = ["new"].into_iter().chain(arguments.split(' ')).map(str::to_owned).collect();
    run(&arguments, root, false)
}

#[test]
fn what_is_written_is_said_with_what_to_do_next() {
    let root = tree::root("new-written");
    let answer = new(&root, "protocol cohere_rerank --implements rerank");
    assert_eq!(answer.exit, Exit::Done, "{}", answer.err);
    for part in [
        "wrote specs/protocols/cohere/rerank.yaml",
        "rerank: { protocol: cohere_rerank }",
        "cargo gen",
        "cargo test -p generated cohere_rerank",
    ] {
        assert!(answer.out.contains(part), "{part} is not in\n{}", answer.out);
    }
    let path = root.join("specs/protocols/cohere/rerank.yaml");
    let text = fs::read_to_string(&path).expect("it was written");
    let first: Vec<&str> = text.lines().take(2).collect();
    assert_eq!(
        first,
        [
            "# yaml-language-server: $schema=../../../generated/schema/protocol.schema.json",
            "# $schema: ../../../generated/schema/protocol.schema.json"
        ]
    );

    fs::write(&path, "mine").expect("the test directory is writable");
    let again = new(&root, "protocol cohere_rerank --implements rerank");
    assert_eq!(again.exit, Exit::Failed);
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "mine", "nothing is overwritten");
}

#[test]
fn an_icon_that_is_there_stays_and_then_nothing_is_written() {
    let root = tree::root("new-icon");
    fs::write(root.join("specs/assets/third.svg"), "<svg/>").expect("the test directory is writable");
    let answer = new(&root, "plugin third");
    assert_eq!(answer.exit, Exit::Failed);
    assert!(answer.err.contains("specs/assets/third.svg is there already"), "{}", answer.err);
    assert!(!root.join("specs/plugins/third.yaml").exists());
}

#[test]
fn what_cannot_be_made_is_answered_with_what_can() {
    let root = tree::root("new-refused");
    for (arguments, exit, parts) in [
        (
            "protocol openai_rerank --implements rerank",
            Exit::Failed,
            &["already: specs/protocols/openai/rerank.yaml"][..],
        ),
        ("protocol cohere_rerank --implements rerannk", Exit::Failed, &["did you mean `rerank`?", "`speech2text`"]),
        ("protocol cohere_rerank --implements llm.get_llm_num_tokens", Exit::Failed, &["no model type or action"]),
        ("protocol cohere_rerank", Exit::Failed, &["`--implements`", "`rerank.invoke_multimodal_rerank`"]),
        ("protocol rerank --implements rerank", Exit::Failed, &["no family", "cohere_rerank"]),
        ("protocol Cohere_rerank --implements rerank", Exit::Failed, &["not a legal name of a family"]),
        ("protocol cohere_../x --implements rerank", Exit::Failed, &["not a legal name"]),
        ("auth api_key", Exit::Failed, &["specs/auth/api_key.yaml is there already"]),
        ("auth my-key", Exit::Failed, &["not a legal name of an auth method"]),
        ("auth key --implements llm", Exit::Failed, &["leave `--implements` out"]),
        ("model-type rerank", Exit::Failed, &["already: specs/model_types/rerank.yaml"]),
        ("model-type video", Exit::Failed, &["`text-embedding`", "`--implements`"]),
        ("plugin higress", Exit::Failed, &["already: specs/plugins/higress.yaml"]),
        ("plugin third --implements video", Exit::Failed, &["there is no model type with a protocol `video`"]),
        ("protocl cohere_rerank", Exit::Usage, &["did you mean `protocol`?"]),
        ("plugin third --force", Exit::Usage, &["`--force` is not an argument"]),
        ("plugin", Exit::Usage, &["needs a kind and a name"]),
        ("plugin third --implements", Exit::Usage, &["needs a model type"]),
    ] {
        let answer = new(&root, arguments);
        assert_eq!(answer.exit, exit, "{arguments}: {}", answer.err);
        for part in parts {
            assert!(answer.err.contains(part), "{arguments}: {part} is not in\n{}", answer.err);
        }
        assert!(answer.out.is_empty());
    }
}

#[test]
fn specs_that_cannot_be_read_are_shown_first() {
    let root = tree::root("new-broken");
    fs::write(root.join("specs/auth/broken.yaml"), "id: [").expect("the test directory is writable");
    let answer = new(&root, "auth key");
    assert_eq!(answer.exit, Exit::Failed);
    assert!(answer.err.contains("S0001") && answer.err.contains("nothing is written"), "{}", answer.err);
    assert!(!root.join("specs/auth/key.yaml").exists());
}

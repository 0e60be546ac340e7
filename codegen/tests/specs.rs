//! The specs of this repository, as the compiler sees them.

use std::path::Path;

use codegen::diagnostics::render;
use codegen::sources::Sources;

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."));
    Sources::read(root).unwrap_or_default()
}

#[test]
fn the_specs_compile_without_a_finding() {
    let sources = sources();
    match codegen::compile(&sources) {
        Ok(outputs) => assert!(outputs.warnings.is_empty(), "{}", render(&outputs.warnings, &sources, false)),
        Err(found) => panic!("{}", found.render(&sources, false)),
    }
}

#[test]
fn one_auth_method_may_stand_behind_two_stored_values() {
    let mut sources = sources();
    let path = "specs/plugins/ai-gateway.yaml";
    let text = sources.text(path).expect("the plugin").replace(
        "    none: { auth: none }",
        "    none: { auth: none }\n    open: { auth: none, label: Open }\n    key: { auth: api_key, label: Key }",
    );
    sources.insert(path, text);
    if let Err(found) = codegen::compile(&sources) {
        panic!("{}", found.render(&sources, false));
    }
}

#[test]
fn what_a_poll_brings_is_another_document_than_what_starts_the_task() {
    let mut sources = sources();
    let path = "specs/protocols/dashscope/image_task.yaml";
    let kept = "keep: { id: $reply.output.task_id }";
    let text = sources.text(path).expect("the protocol");
    assert!(text.contains(kept));
    let text = text.replace(kept, "keep: { id: $reply.output.0.task_id }");
    sources.insert(path, text);
    if let Err(found) = codegen::compile(&sources) {
        panic!("{}", found.render(&sources, false));
    }
}

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

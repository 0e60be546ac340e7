//! The specs of this repository, as the compiler sees them.

use std::path::Path;

use codegen::sources::Sources;

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."));
    Sources::read(root).unwrap_or_default()
}

#[test]
fn the_specs_parse() {
    let sources = sources();
    match codegen::parse::parse(&sources) {
        Ok(specs) => assert!(specs.protocols.contains_key("openai_chat")),
        Err(found) => panic!("{}", found.render(&sources, false)),
    }
}

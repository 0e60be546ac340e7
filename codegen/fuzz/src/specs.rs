//! Any bytes as a spec file in the real tree: diagnostics or success, never a panic, in bounded time.
//!
//! The first line of an input is the path of the file, the rest its content. `tests/fuzz` builds and runs this.

#![no_main]

mod mutation;

use std::path::Path;
use std::sync::OnceLock;

use codegen::{Sources, diagnostics};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};

/// The specs of this repository.
fn tree() -> &'static Sources {
    static TREE: OnceLock<Sources> = OnceLock::new();
    TREE.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Sources::read(&root).expect("the specs are readable")
    })
}

fn material() -> &'static mutation::Material {
    static MATERIAL: OnceLock<mutation::Material> = OnceLock::new();
    MATERIAL.get_or_init(|| mutation::Material::of(tree()))
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let Ok(path) = std::str::from_utf8(&input[..end]) else { return Corpus::Reject };
    let content = input.get(end + 1..).unwrap_or_default();

    // What does not parse says so without the tree: that is most of it, and quick.
    let mut alone = Sources::default();
    for path in ["specs/connection.yaml", path] {
        alone.insert(path, tree().bytes(path).unwrap_or_default());
    }
    alone.insert(path, content);
    if let Err(found) = codegen::parse(&alone) {
        found.render(&alone, false);
        return Corpus::Keep;
    }
    let mut all = tree().clone();
    all.insert(path, content);
    let passed = codegen::parse(&all).and_then(|specs| codegen::check(&specs, &all));
    let found = match passed {
        // Writing it all takes as long as a hundred checks.
        Ok(_) if !content.len().is_multiple_of(16) => return Corpus::Keep,
        Ok(_) => codegen::compile(&all).map(|outputs| outputs.warnings).unwrap_or_else(|found| found.into_vec()),
        Err(found) => found.into_vec(),
    };
    diagnostics::render(&found, &all, true);
    Corpus::Keep
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    // Bytes sometimes, words and lines of specs mostly.
    match std::str::from_utf8(&data[..size]) {
        Ok(text) if seed % 8 != 0 => {
            let text = mutation::mutate(text, material(), seed);
            let size = text.len().min(most).min(data.len());
            data[..size].copy_from_slice(&text.as_bytes()[..size]);
            size
        }
        _ => fuzzer_mutate(data, size, most),
    }
});

//! libFuzzer's side of [`fuzzing::specs`].

#![no_main]

#[path = "mutation/specs.rs"]
mod mutation;

use std::sync::OnceLock;

use fuzzing::specs;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fn material() -> &'static mutation::Material {
    static MATERIAL: OnceLock<mutation::Material> = OnceLock::new();
    MATERIAL.get_or_init(|| mutation::Material::of(specs::tree()))
}

fuzz_target!(init: fuzzing::seeds::write("specs"), |input: &[u8]| specs::check(input));

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

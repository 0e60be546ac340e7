//! libFuzzer's side of [`fuzzing::keys`].

#![no_main]

#[path = "mutation/json.rs"]
mod mutation;

libfuzzer_sys::fuzz_target!(init: fuzzing::seeds::write("keys"), |input: &[u8]| fuzzing::keys::check(input));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutation::mutate(data, size, most, seed)
});

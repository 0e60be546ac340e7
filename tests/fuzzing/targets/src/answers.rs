//! libFuzzer's side of [`fuzzing::answers`].

#![no_main]

#[path = "mutation/json.rs"]
mod mutation;

libfuzzer_sys::fuzz_target!(init: fuzzing::seeds::write("answers"), |input: &[u8]| fuzzing::answers::check(input));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutation::mutate(data, size, most, seed)
});

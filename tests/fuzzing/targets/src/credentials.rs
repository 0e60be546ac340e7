//! libFuzzer's side of [`fuzzing::credentials`].

#![no_main]

#[path = "mutation/json.rs"]
mod mutation;

libfuzzer_sys::fuzz_target!(init: fuzzing::seeds::write("credentials"), |input: &[u8]| fuzzing::credentials::check(input));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutation::mutate(data, size, most, seed)
});

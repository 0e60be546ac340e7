//! libFuzzer's side of [`fuzzing::events`].

#![no_main]

#[path = "mutation/json.rs"]
mod mutation;

libfuzzer_sys::fuzz_target!(init: fuzzing::seeds::write("events"), |input: &[u8]| fuzzing::events::check(input));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutation::mutate(data, size, most, seed)
});

//! libFuzzer's side of [`fuzzing::frames`].

#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::seeds::write("frames"), |input: &[u8]| fuzzing::frames::check(input));

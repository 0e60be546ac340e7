//! libFuzzer's side of [`fuzzing::endpoints`].

#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::seeds::write("endpoints"), |input: &[u8]| fuzzing::endpoints::check(input));

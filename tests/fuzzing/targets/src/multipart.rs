//! libFuzzer's side of [`fuzzing::multipart`].

#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::seeds::write("multipart"), |input: &[u8]| fuzzing::multipart::check(input));

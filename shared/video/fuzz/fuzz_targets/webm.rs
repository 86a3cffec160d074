//! Anything at all behind the start of a WebM file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::webm(data));

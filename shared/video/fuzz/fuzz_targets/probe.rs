//! Anything at all, also very large, from a storage that may fail.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::probe(data));

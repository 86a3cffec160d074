//! Anything at all behind the start of a photo.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::photo(data));

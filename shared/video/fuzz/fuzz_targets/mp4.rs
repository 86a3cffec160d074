//! Anything at all behind the start of an MP4 file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::mp4(data));

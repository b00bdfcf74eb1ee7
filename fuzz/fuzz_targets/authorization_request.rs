#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| soleira_fuzzing::authorization::run(data));

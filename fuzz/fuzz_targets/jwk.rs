#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| soleira_fuzzing::jose::jwk(data));

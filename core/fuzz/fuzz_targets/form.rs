#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| alipay_fuzz::run("form", input));

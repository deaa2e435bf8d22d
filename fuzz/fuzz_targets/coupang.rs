//! Every reader of Coupang's answers, on arbitrary bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    channel_proxy::readers::coupang(bytes);
});

//! A signed notification whose text its own charset can't hold, and one whose charset this build can't read.
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    ErrorCode, canonical, form,
    sign::{SignType, Signer, to_base64},
};
use harness::*;

/// What a genuine notification in GBK with this subject comes to.
fn error_of(subject: &[u8]) -> ErrorCode {
    let fields = [(&b"charset"[..], &b"GBK"[..]), (b"subject", subject)];
    let sign = to_base64(
        &ALIPAY
            .sign(SignType::Rsa2, &canonical::join_bytes(fields))
            .unwrap(),
    );
    let charset = alipay_core::charset::Charset::Utf8; // every byte by itself
    let body = form::encode_bytes(
        charset,
        fields.into_iter().chain([(&b"sign"[..], sign.as_bytes())]),
    );
    merchant().verify_notify(body.as_bytes()).unwrap_err().code()
}

#[cfg(feature = "gbk")]
#[test]
fn text_that_is_not_of_the_named_charset_is_refused() {
    assert_eq!(error_of(b"\xff\xff"), ErrorCode::NotifyCharset);
}

#[cfg(not(any(feature = "gbk", feature = "host-charset")))]
#[test]
fn a_charset_without_tables_is_named_as_what_this_build_lacks() {
    assert_eq!(error_of(b"\xd6\xd0"), ErrorCode::CharsetUnsupported);
}

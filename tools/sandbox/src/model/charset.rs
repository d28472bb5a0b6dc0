//! Charsets as the gateway, which is written in Java, handles them: what can't be read becomes U+FFFD, what can't be
//! written becomes `?`. Nothing fails here; a signature over such text does.

use alipay_core::charset::Charset;
use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

/// What the gateway assumes where the URL names no charset.
pub(crate) const ASSUMED: Charset = Charset::Gbk;

pub(crate) fn read(charset: Charset, bytes: &[u8]) -> String {
    let encoding: &Encoding = match charset {
        Charset::Utf8 => UTF_8,
        Charset::Gbk | Charset::Gb2312 => GBK,
        Charset::Gb18030 => GB18030,
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

pub(crate) fn write(charset: Charset, text: &str) -> Vec<u8> {
    if let Ok(bytes) = charset.encode(text) {
        return bytes.into_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    for character in text.chars() {
        let mut buffer = [0; 4];
        match charset.encode(character.encode_utf8(&mut buffer)) {
            Ok(bytes) => out.extend_from_slice(&bytes),
            Err(_) => out.push(b'?'),
        }
    }
    out
}

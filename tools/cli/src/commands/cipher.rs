//! `alipay encrypt` and `alipay decrypt`: content encryption by hand.

use crate::{
    args::CipherArgs,
    failure::Failure,
    merchant::{read, read_content_key},
    output::print,
};
use alipay_core::ErrorCode;
use std::io::{self, Write as _};
use zeroize::Zeroizing;

pub(crate) fn encrypt(args: &CipherArgs) -> Result<u8, Failure> {
    let key = read_content_key(&args.encrypt_key)?;
    let text = read(&args.input)?;
    print(&format!("{}\n", key.encrypt(&text)));
    Ok(0)
}

pub(crate) fn decrypt(args: &CipherArgs) -> Result<u8, Failure> {
    let key = read_content_key(&args.encrypt_key)?;
    let encrypted = read(&args.input)?;
    let decrypted = str::from_utf8(&encrypted)
        .map_err(|_| ErrorCode::DecryptionFailed.into())
        .and_then(|base64| key.decrypt(base64.trim()));
    let text = Zeroizing::new(decrypted.map_err(|error| Failure::from(error).as_result())?);
    let mut out = io::stdout().lock();
    let written = out.write_all(&text).and_then(|()| out.flush());
    written.map_err(|error| Failure::internal("output", error.to_string()))?;
    Ok(0)
}

//! `alipay sign` and `alipay verify`.

use crate::{
    args::{MessageArgs, SignArgs, VerifyArgs},
    failure::Failure,
    merchant::{self, read_charset, read_private_key, read_public_key},
    output::print,
};
use alipay_core::{
    Error, canonical,
    sign::{self, SignType},
};
use std::io::{self, Write as _};
use zeroize::Zeroizing;

pub(crate) fn sign(args: &SignArgs) -> Result<u8, Failure> {
    let key = read_private_key(&args.private_key, "--private-key")?;
    let sign_type: SignType = args.message.sign_type.parse()?;
    let message = args.message.read()?;
    let signature = key.signer()?.sign(sign_type, &message)?;
    if args.show {
        let mut out = io::stdout().lock();
        let shown = out.write_all(&message).and_then(|()| out.write_all(b"\n"));
        shown.map_err(|error| Failure::internal("output", error.to_string()))?;
    }
    print(&format!("{}\n", sign::to_base64(&signature)));
    Ok(0)
}

pub(crate) fn verify(args: &VerifyArgs) -> Result<u8, Failure> {
    let key = read_public_key(&args.public_key, "--public-key")?;
    let sign_type: SignType = args.message.sign_type.parse()?;
    let message = args.message.read()?;
    let checked = sign::from_base64(args.signature.trim())
        .and_then(|signature| key.verifier()?.verify(sign_type, &message, &signature));
    checked.map_err(|error| Failure::from(error).as_result())?;
    print("ok\n");
    Ok(0)
}

impl MessageArgs {
    /// The bytes to be signed.
    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if self.params.is_empty() {
            return merchant::read(&self.input);
        }
        let split = |param| {
            str::split_once(param, '=')
                .ok_or_else(|| Failure::usage("parameter", "--param: this is not NAME=VALUE"))
        };
        let pairs = self
            .params
            .iter()
            .map(|param| split(param))
            .collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Failure::usage("parameter", "--param: a name stands twice"));
        }
        let charset = self.charset.as_deref().map(read_charset).transpose()?;
        // Each by itself, so that an error can say which.
        for (name, value) in &pairs {
            let encoded = charset.unwrap_or_default().encode(value);
            encoded.map_err(|error| Error::about(error.code(), format!("--param {name}")))?;
        }
        let signed = Zeroizing::new(canonical::string_to_sign(pairs));
        let bytes = charset.unwrap_or_default().encode(&signed)?;
        Ok(Zeroizing::new(bytes.into_owned()))
    }
}

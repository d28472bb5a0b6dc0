//! Rows about keys and signatures. Each signature row runs on both backends.

use super::{Case, Shared};
use crate::backends::BothVerifiers;
use alipay_core::{
    Error, ErrorCode,
    key::{PrivateKey, PublicKey},
    sign::{self, Signer, aws::AwsSigner, pure::PureSigner},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

/// Text, or the base64 of bytes: exactly one of the two.
pub(super) fn bytes(text: Option<String>, base64: Option<String>) -> Vec<u8> {
    match (text, base64) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(base64)) => STANDARD.decode(base64).expect("base64 of bytes"),
        _ => panic!("either text or base64"),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Private,
    Public,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyCase {
    kind: Kind,
    input: Option<String>,
    input_base64: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyExpect {
    bits: usize,
    weak: bool,
    public_key: String,
}

impl Case for KeyCase {
    type Expect = KeyExpect;

    fn run(self, _: &Shared) -> Result<KeyExpect, Error> {
        let input = bytes(self.input, self.input_base64);
        let key = match self.kind {
            Kind::Private => {
                let key = PrivateKey::parse(input)?;
                // A key that is accepted must also sign. (AWS-LC has checks of its own, so it can't be asked here.)
                PureSigner::new(&key).sign(sign::SignType::Rsa2, b"")?;
                key.public_key().clone()
            }
            Kind::Public => PublicKey::parse(input)?,
        };
        key.verifier()?;
        Ok(KeyExpect {
            bits: key.bits(),
            weak: key.is_weak(),
            public_key: key.to_base64()?,
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum SignCase {
    Sign {
        key: String,
        sign_type: String,
        message: Option<String>,
        message_base64: Option<String>,
    },
    Verify {
        key: String,
        sign_type: String,
        message: String,
        signature: String,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignExpect {
    Signature(String),
    Valid(bool),
}

impl Case for SignCase {
    type Expect = SignExpect;

    fn run(self, keys: &Shared) -> Result<SignExpect, Error> {
        match self {
            Self::Sign {
                key,
                sign_type,
                message,
                message_base64,
            } => {
                let (key, sign_type) = (keys.private(&key), sign_type.parse()?);
                let message = bytes(message, message_base64);
                let signature = PureSigner::new(&key).sign(sign_type, &message)?;
                if !key.public_key().is_weak() {
                    assert_eq!(AwsSigner::new(&key)?.sign(sign_type, &message)?, signature);
                }
                Ok(SignExpect::Signature(sign::to_base64(&signature)))
            }
            Self::Verify {
                key,
                sign_type,
                message,
                signature,
            } => {
                let signature = sign::from_base64(&signature)?;
                let verifiers = BothVerifiers::new(&keys.public(&key));
                if verifiers.accept(sign_type.parse()?, message.as_bytes(), &signature) {
                    Ok(SignExpect::Valid(true))
                } else {
                    Err(ErrorCode::SignatureInvalid.into())
                }
            }
        }
    }
}

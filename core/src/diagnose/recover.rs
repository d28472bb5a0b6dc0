//! The digest inside a signature: one public-key operation shows what was signed, or shows garbage.

use super::cause::Cause;
use crate::{key::PublicKey, sign};
use alloc::{boxed::Box, string::String, vec::Vec};
use rsa::{BoxedUint, RsaPublicKey, hazmat::rsa_encrypt, pkcs1::DecodeRsaPublicKey, traits::PublicKeyParts};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// `DigestInfo` up to the digest itself (RFC 8017, section 9.2, note 1).
const SHA256_INFO: &[u8] = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
const SHA1_INFO: &[u8] = b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14";

/// What was signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    Sha256([u8; 32]),
    Sha1([u8; 20]),
}

impl Digest {
    /// Whether it is the digest of this.
    pub(super) fn is_of(&self, message: &[u8]) -> bool {
        match self {
            Self::Sha256(digest) => Sha256::digest(message)[..] == digest[..],
            Self::Sha1(digest) => Sha1::digest(message)[..] == digest[..],
        }
    }
}

/// What a key makes of a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Recovered {
    Digest(Digest),
    /// The padding is right, the algorithm is neither of Alipay's.
    OtherAlgorithm,
    /// Not this key's signature.
    Garbage,
    /// Not the length of this key's signatures.
    Length,
}

/// A public key that is ready to look into signatures.
pub(super) struct Opener {
    rsa: Option<RsaPublicKey>,
    len: usize,
}

impl Opener {
    pub(super) fn new(key: &PublicKey) -> Self {
        Self {
            rsa: RsaPublicKey::from_pkcs1_der(key.to_pkcs1_der()).ok(),
            len: key.signature_len(),
        }
    }

    pub(super) fn recover(&self, signature: &[u8]) -> Recovered {
        if signature.len() != self.len {
            return Recovered::Length;
        }
        self.encoded(signature)
            .map_or(Recovered::Garbage, |encoded| read(&encoded, self.len))
    }

    /// RSAVP1: the encoded message, without its leading zeros.
    fn encoded(&self, signature: &[u8]) -> Option<Box<[u8]>> {
        let key = self.rsa.as_ref()?;
        let number = BoxedUint::from_be_slice(signature, key.n_bits_precision()).ok()?;
        if number >= *key.n().as_ref() {
            return None;
        }
        Some(rsa_encrypt(key, &number).ok()?.to_be_bytes_trimmed_vartime())
    }
}

/// EMSA-PKCS1-v1_5, strictly: `00 01 FF…FF 00 DigestInfo`, filling the key's whole length.
fn read(encoded: &[u8], len: usize) -> Recovered {
    let Some((1, rest)) = encoded.split_first().map(|(first, rest)| (*first, rest)) else {
        return Recovered::Garbage;
    };
    let padding = rest.iter().take_while(|byte| **byte == 0xff).count();
    // With the leading zero and the 01, everything but the first byte.
    let whole = encoded.len().checked_add(1) == Some(len);
    let Some((0, info)) = rest
        .get(padding..)
        .and_then(<[u8]>::split_first)
        .map(|(zero, info)| (*zero, info))
    else {
        return Recovered::Garbage;
    };
    if padding < 8 || !whole {
        return Recovered::Garbage;
    }
    let sha256 = info
        .strip_prefix(SHA256_INFO)
        .and_then(|digest| digest.try_into().ok());
    let sha1 = info
        .strip_prefix(SHA1_INFO)
        .and_then(|digest| digest.try_into().ok());
    match (sha256, sha1) {
        (Some(digest), _) => Recovered::Digest(Digest::Sha256(digest)),
        (None, Some(digest)) => Recovered::Digest(Digest::Sha1(digest)),
        (None, None) => Recovered::OtherAlgorithm,
    }
}

/// A way to read the text of `sign`, and what happened to it if that way is right.
pub(super) struct Reading {
    pub(super) cause: Option<Cause>,
    pub(super) signature: Box<[u8]>,
}

/// Every way to read `sign`, the most likely first.
pub(super) fn readings(text: &str) -> Vec<Reading> {
    let mut found: Vec<Reading> = Vec::new();
    // What is base64 has nothing in it that could be read otherwise.
    if let Ok(signature) = sign::from_base64(text) {
        let cause = None;
        found.push(Reading { cause, signature });
        return found;
    }
    let mut add = |cause: Cause, rewritten: &str| {
        if let Ok(signature) = sign::from_base64(rewritten)
            && found.iter().all(|known| known.signature != signature)
        {
            let cause = Some(cause);
            found.push(Reading { cause, signature });
        }
    };
    add(Cause::SignPlusLost, &text.replace(' ', "+"));
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    add(Cause::SignRewritten, &bare);
    let unlisted = bare.trim_matches(['[', ']', '"', '\'', '\\']);
    add(Cause::ListValue, unlisted);
    if let Some(decoded) = super::rewrite::percent_decoded(text.as_bytes())
        && let Ok(decoded) = String::from_utf8(decoded)
    {
        add(Cause::NotDecoded, &decoded);
        add(Cause::NotDecoded, &decoded.replace(' ', "+"));
    }
    // The alphabet of URLs, lost padding, lost pluses between line breaks.
    let mut standard = bare.replace('-', "+").replace('_', "/");
    while !standard.len().is_multiple_of(4) && standard.len() < 4096 {
        standard.push('=');
    }
    add(Cause::SignRewritten, &standard);
    let unbroken: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    add(Cause::SignPlusLost, &unbroken.replace(' ', "+"));
    found
}

//! RSA keys in every format seen in the field, recognised by their contents and not by their label.
//!
//! Accepted: PKCS#1 and PKCS#8 private keys, PKCS#1 and SPKI public keys, X.509 certificates (public part); each as PEM
//! (any wrapping, CRLF, one line, or with `\n` written out as an environment variable has it), as bare base64 (what
//! Alipay's key tool writes), or as DER bytes. Size and exponent are checked before any arithmetic.

use crate::error::{Error, ErrorCode};
use alloc::{string::String, vec, vec::Vec};
use base64::{
    Engine as _, alphabet, decoded_len_estimate,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use core::fmt;
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::{
        DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPrivateKey, ObjectIdentifier, RsaPrivateKeyRef,
        RsaPublicKeyRef, UintRef,
    },
    pkcs8::{
        PrivateKeyInfoRef,
        der::{self, Decode, Encode, pem},
        spki::SubjectPublicKeyInfoRef,
    },
};
use x509_cert::Certificate;
use zeroize::Zeroizing;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const MIN_BITS: usize = 1024;
const WEAK_BELOW_BITS: usize = 2048;
const MAX_BITS: usize = 4096;
const MAX_EXPONENT: u64 = (1 << 33) - 1;

/// A longer certificate is not read: Alipay's have some 2 KB. Parsed, names and extensions take up to thirty times their bytes,
/// and the parts of a name are sorted in a time that grows with the square of their number.
pub(crate) const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// An RSA public key of 1024 to 4096 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    pkcs1: Vec<u8>,
    bits: usize,
}

impl PublicKey {
    /// Reads a public key or certificate in any accepted format. A certificate has at most 16 KB.
    ///
    /// # Errors
    /// `key_unreadable`, `key_is_private`, `key_not_rsa`, `key_encrypted`, `key_too_short`, `key_too_long`, `key_exponent`.
    pub fn parse(input: impl AsRef<[u8]>) -> Result<Self, Error> {
        let der = to_der(input.as_ref())?;
        match classify(&der)? {
            Material::Public(pkcs1) => Self::from_pkcs1(&pkcs1),
            Material::Private(_) => Err(ErrorCode::KeyIsPrivate.into()),
        }
    }

    fn from_pkcs1(pkcs1: &[u8]) -> Result<Self, Error> {
        let key = RsaPublicKeyRef::from_der(pkcs1).map_err(|_| ErrorCode::KeyUnreadable)?;
        let bits = check(&key.modulus, &key.public_exponent)?;
        RsaPublicKey::from_pkcs1_der(pkcs1).map_err(|_| ErrorCode::KeyInconsistent)?;
        Ok(Self {
            pkcs1: pkcs1.into(),
            bits,
        })
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// Whether the key has fewer than 2048 bits: it still works with the gateway, and should be replaced.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.bits < WEAK_BELOW_BITS
    }

    /// The size of a signature in bytes.
    #[must_use]
    pub fn signature_len(&self) -> usize {
        self.bits.div_ceil(8)
    }

    /// PKCS#1 `RSAPublicKey`, DER.
    #[must_use]
    pub fn to_pkcs1_der(&self) -> &[u8] {
        &self.pkcs1
    }

    /// The one line to paste into Alipay's console: base64 of the SPKI DER.
    ///
    /// # Errors
    /// `key_unreadable` never happens for a key that was parsed.
    pub fn to_base64(&self) -> Result<String, Error> {
        Ok(STANDARD.encode(self.spki()?))
    }

    /// SPKI as PEM (`BEGIN PUBLIC KEY`), wrapped at 64 characters.
    ///
    /// # Errors
    /// `key_unreadable` never happens for a key that was parsed.
    pub fn to_pem(&self) -> Result<String, Error> {
        to_pem("PUBLIC KEY", &self.spki()?)
    }

    fn spki(&self) -> Result<Vec<u8>, Error> {
        let unreadable = |_| Error::new(ErrorCode::KeyUnreadable);
        let info = SubjectPublicKeyInfoRef {
            algorithm: rsa::pkcs1::ALGORITHM_ID,
            subject_public_key: der::asn1::BitStringRef::from_bytes(&self.pkcs1).map_err(unreadable)?,
        };
        info.to_der().map_err(unreadable)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.bits)
    }
}

/// How a private key is written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateKeyFormat {
    /// `BEGIN RSA PRIVATE KEY`: what Alipay's tool calls "non-Java".
    Pkcs1,
    /// `BEGIN PRIVATE KEY`: what Alipay's tool calls "Java", and everything modern expects.
    Pkcs8,
}

/// An RSA private key of 1024 to 4096 bits. `Debug` shows its size only.
///
/// What this library holds of it is wiped when it is dropped, and so is every copy made while it is read. The `rsa` crate's
/// arithmetic leaves copies of the primes in memory that it frees, here and in [`crate::sign::pure`]: a host that must not have
/// them keeps the key elsewhere ([`crate::merchant::MerchantBuilder::external_signer`]), or wipes what its allocator frees.
#[derive(Clone)]
pub struct PrivateKey {
    pkcs1: Zeroizing<Vec<u8>>,
    rsa: RsaPrivateKey,
    public: PublicKey,
}

impl PrivateKey {
    /// Reads a private key in any accepted format, and checks that its numbers belong together.
    ///
    /// # Errors
    /// `key_unreadable`, `key_is_public`, `key_not_rsa`, `key_encrypted`, `key_too_short`, `key_too_long`, `key_exponent`,
    /// `key_inconsistent`.
    pub fn parse(input: impl AsRef<[u8]>) -> Result<Self, Error> {
        let der = to_der(input.as_ref())?;
        match classify(&der)? {
            Material::Private(pkcs1) => Self::from_pkcs1(pkcs1),
            Material::Public(_) => Err(ErrorCode::KeyIsPublic.into()),
        }
    }

    fn from_pkcs1(pkcs1: Zeroizing<Vec<u8>>) -> Result<Self, Error> {
        let unreadable = |_| Error::new(ErrorCode::KeyUnreadable);
        let parts = RsaPrivateKeyRef::from_der(&pkcs1).map_err(unreadable)?;
        let bits = check(&parts.modulus, &parts.public_exponent)?;
        let public = RsaPublicKeyRef {
            modulus: parts.modulus,
            public_exponent: parts.public_exponent,
        };
        let public = PublicKey {
            pkcs1: public.to_der().map_err(unreadable)?,
            bits,
        };
        let rsa = RsaPrivateKey::from_pkcs1_der(&pkcs1).map_err(|_| ErrorCode::KeyInconsistent)?;
        // `rsa` works the CRT numbers out anew and never looks at those of the file; written back they must agree.
        let written = rsa.to_pkcs1_der().map_err(|_| ErrorCode::KeyInconsistent)?;
        if written.as_bytes() != &pkcs1[..] {
            return Err(ErrorCode::KeyInconsistent.into());
        }
        Ok(Self { pkcs1, rsa, public })
    }

    /// A new key from the caller's random source. The core itself never draws randomness.
    ///
    /// # Errors
    /// `keygen_bits` for another size than 2048, 3072 or 4096; `signing_failed` if the backend found no primes.
    #[cfg(feature = "keygen")]
    pub fn generate<R: rsa::rand_core::CryptoRng>(rng: &mut R, bits: usize) -> Result<Self, Error> {
        if ![2048, 3072, 4096].contains(&bits) {
            return Err(ErrorCode::KeygenBits.into());
        }
        let failed = |_| Error::new(ErrorCode::SigningFailed);
        let key = RsaPrivateKey::new(rng, bits).map_err(failed)?;
        let der = key.to_pkcs1_der().map_err(|_| ErrorCode::SigningFailed)?;
        Self::from_pkcs1(Zeroizing::new(der.as_bytes().into()))
    }

    /// The public half, to be given to Alipay.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// PKCS#1 `RSAPrivateKey`, DER.
    #[must_use]
    pub fn to_pkcs1_der(&self) -> &Zeroizing<Vec<u8>> {
        &self.pkcs1
    }

    /// The key as PEM, wrapped at 64 characters.
    ///
    /// # Errors
    /// `key_unreadable` never happens for a key that was parsed.
    pub fn to_pem(&self, format: PrivateKeyFormat) -> Result<Zeroizing<String>, Error> {
        let unreadable = |_| Error::new(ErrorCode::KeyUnreadable);
        match format {
            PrivateKeyFormat::Pkcs1 => to_pem("RSA PRIVATE KEY", &self.pkcs1).map(Zeroizing::new),
            PrivateKeyFormat::Pkcs8 => {
                let octets = der::asn1::OctetStringRef::new(&self.pkcs1).map_err(unreadable)?;
                let info = PrivateKeyInfoRef::new(rsa::pkcs1::ALGORITHM_ID, octets);
                to_pem("PRIVATE KEY", &Zeroizing::new(info.to_der().map_err(unreadable)?)).map(Zeroizing::new)
            }
        }
    }

    pub(crate) fn rsa(&self) -> &RsaPrivateKey {
        &self.rsa
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} bits)", self.public.bits)
    }
}

/// What the bytes turned out to be, reduced to PKCS#1.
enum Material {
    Private(Zeroizing<Vec<u8>>),
    Public(Vec<u8>),
}

/// Recognises a key by its ASN.1 structure: labels in the field are often wrong.
fn classify(der: &[u8]) -> Result<Material, Error> {
    let rsa_only = |oid: ObjectIdentifier| {
        if oid == RSA_ENCRYPTION {
            Ok(())
        } else {
            Err(Error::new(ErrorCode::KeyNotRsa))
        }
    };
    let public = |info: SubjectPublicKeyInfoRef<'_>| {
        rsa_only(info.algorithm.oid)?;
        let bytes = info
            .subject_public_key
            .as_bytes()
            .ok_or(ErrorCode::KeyUnreadable)?;
        Ok(Material::Public(bytes.into()))
    };
    if let Ok(info) = PrivateKeyInfoRef::from_der(der) {
        rsa_only(info.algorithm.oid)?;
        return Ok(Material::Private(Zeroizing::new(
            info.private_key.as_bytes().into(),
        )));
    }
    if RsaPrivateKeyRef::from_der(der).is_ok() {
        return Ok(Material::Private(Zeroizing::new(der.into())));
    }
    if let Ok(info) = SubjectPublicKeyInfoRef::from_der(der) {
        return public(info);
    }
    if RsaPublicKeyRef::from_der(der).is_ok() {
        return Ok(Material::Public(der.into()));
    }
    if der.len() <= MAX_CERTIFICATE_BYTES
        && let Ok(certificate) = Certificate::from_der(der)
    {
        let unreadable = |_| Error::new(ErrorCode::KeyUnreadable);
        let info = certificate
            .tbs_certificate()
            .subject_public_key_info()
            .to_der()
            .map_err(unreadable)?;
        return public(SubjectPublicKeyInfoRef::from_der(&info).map_err(unreadable)?);
    }
    Err(refuse(der).into())
}

/// What is known of bytes that are none of the accepted formats.
fn refuse(der: &[u8]) -> ErrorCode {
    use der::{Reader as _, SliceReader, Tag, Tagged, asn1::AnyRef};
    // ECPrivateKey ::= SEQUENCE { INTEGER 1, OCTET STRING, … } (SEC1)
    const SEC1: [u8; 4] = [0x02, 0x01, 0x01, 0x04];
    if AnyRef::from_der(der).is_ok_and(|any| any.tag() == Tag::Sequence && any.value().starts_with(&SEC1)) {
        return ErrorCode::KeyNotRsa;
    }
    // EncryptedPrivateKeyInfo ::= SEQUENCE { SEQUENCE, OCTET STRING }
    let encrypted = |inner: &mut SliceReader<'_>| {
        let (first, second) = (AnyRef::decode(inner)?, AnyRef::decode(inner)?);
        Ok::<_, der::Error>((first.tag(), second.tag()) == (Tag::Sequence, Tag::OctetString))
    };
    // Only two elements are looked at: a list of them all would take many times the bytes it stands in.
    let is_encrypted = SliceReader::new(der).and_then(|mut reader| {
        let found = reader.sequence(encrypted)?;
        reader.finish()?;
        Ok(found)
    });
    if is_encrypted.unwrap_or_default() {
        ErrorCode::KeyEncrypted
    } else {
        ErrorCode::KeyUnreadable
    }
}

/// Size and exponent, before any arithmetic; returns the size in bits.
fn check(modulus: &UintRef<'_>, exponent: &UintRef<'_>) -> Result<usize, Error> {
    let bytes = modulus.as_bytes();
    let unused = bytes.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = bytes.len().saturating_mul(8).saturating_sub(unused);
    if bits < MIN_BITS {
        return Err(ErrorCode::KeyTooShort.into());
    }
    if bits > MAX_BITS {
        return Err(ErrorCode::KeyTooLong.into());
    }
    let bytes = exponent.as_bytes();
    let value = bytes
        .iter()
        .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    if bytes.len() > 5 || !(3..=MAX_EXPONENT).contains(&value) || value.is_multiple_of(2) {
        return Err(ErrorCode::KeyExponent.into());
    }
    Ok(bits)
}

/// The DER bytes in any of the textual wrappings.
pub(crate) fn to_der(input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    const SEQUENCE: u8 = 0x30;
    // A DER key is a SEQUENCE, whose tag is the character '0': no PEM and no base64 of a key begins with it.
    if input.first() == Some(&SEQUENCE) {
        return Ok(Zeroizing::new(input.into()));
    }
    let text = core::str::from_utf8(input).map_err(|_| ErrorCode::KeyUnreadable)?;
    let text = with_line_breaks(text.trim_start_matches('\u{feff}'));
    let base64 = match text.split_once("-----BEGIN ") {
        None => text.as_str(),
        Some((_, rest)) => {
            let (label, rest) = rest.split_once("-----").ok_or(ErrorCode::KeyUnreadable)?;
            if label == "ENCRYPTED PRIVATE KEY" {
                return Err(ErrorCode::KeyEncrypted.into());
            }
            if label.starts_with("EC ") || label.starts_with("DSA ") {
                return Err(ErrorCode::KeyNotRsa.into());
            }
            let (body, _) = rest.split_once("-----END ").ok_or(ErrorCode::KeyUnreadable)?;
            // RFC 1421 headers: "Proc-Type: 4,ENCRYPTED". The word alone may stand in base64, a colon may not.
            if body.contains(':') && body.contains("ENCRYPTED") {
                return Err(ErrorCode::KeyEncrypted.into());
            }
            body
        }
    };
    // A key pasted out of a page or a chat brings its spaces along, some of them invisible.
    let invisible =
        |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    let mut compact = Zeroizing::new(String::with_capacity(base64.len()));
    compact.extend(base64.chars().filter(|c| !invisible(*c)));
    let engine = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let der = decode_secret(&engine, &compact).ok_or(ErrorCode::KeyUnreadable)?;
    if der.is_empty() {
        Err(ErrorCode::KeyUnreadable.into())
    } else {
        Ok(der)
    }
}

/// A secret's bytes. The buffer is wiped whatever becomes of it: a key with a typing error is still nearly the whole key.
pub(crate) fn decode_secret(engine: &GeneralPurpose, base64: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; decoded_len_estimate(base64.len())]);
    let len = engine.decode_slice(base64, &mut bytes).ok()?;
    bytes.truncate(len);
    Some(bytes)
}

/// The text with each written-out `\n` and `\r` as the character it means. In one buffer that never grows: one that did would
/// leave copies of the key behind.
fn with_line_breaks(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let meant = match (character, characters.peek()) {
            ('\\', Some('n')) => '\n',
            ('\\', Some('r')) => '\r',
            _ => {
                out.push(character);
                continue;
            }
        };
        characters.next();
        out.push(meant);
    }
    out
}

fn to_pem(label: &'static str, der: &[u8]) -> Result<String, Error> {
    pem::encode_string(label, pem::LineEnding::LF, der).map_err(|_| ErrorCode::KeyUnreadable.into())
}

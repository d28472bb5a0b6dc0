//! Content encryption (接口内容加密): AES-128-CBC with a zero IV and PKCS#7 padding, as base64. The cipher is RustCrypto's.
//!
//! Protocol, section 6. The zero IV is the gateway's rule, so equal contents give equal ciphers; what guards content is its
//! signature, which is checked before anything is decrypted.

use crate::{
    charset::Charset,
    error::{Error, ErrorCode},
    key::decode_secret,
    merchant::Merchant,
    sign,
};
use aes::Aes128;
use alloc::{format, string::String, sync::Arc, vec::Vec};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cbc::{
    Decryptor, Encryptor,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7},
};
use core::fmt;
use zeroize::Zeroizing;

const IV: [u8; 16] = [0; 16];

/// An AES key. Zeroised when dropped; `Debug` shows nothing of it.
///
/// It stays where it was read to: an array that is moved about leaves a copy in every place it has been.
#[derive(Clone)]
pub struct ContentKey(Arc<Zeroizing<[u8; 16]>>);

impl ContentKey {
    /// Reads the key as the application's settings show it: base64 of 16 bytes.
    ///
    /// # Errors
    /// `content_key`.
    pub fn parse(base64: impl AsRef<str>) -> Result<Self, Error> {
        let unfit = || Error::new(ErrorCode::ContentKey);
        let bytes = decode_secret(&STANDARD, base64.as_ref().trim()).ok_or_else(unfit)?;
        let mut key = Arc::new(Zeroizing::new([0; 16]));
        if bytes.len() != key.len() {
            return Err(unfit());
        }
        Arc::make_mut(&mut key).copy_from_slice(&bytes);
        Ok(Self(key))
    }

    /// Encrypts the bytes of a text (in the request's charset); base64.
    #[must_use]
    pub fn encrypt(&self, content: &[u8]) -> String {
        let cipher = Encryptor::<Aes128>::new((&**self.0).into(), &IV.into());
        STANDARD.encode(cipher.encrypt_padded_vec::<Pkcs7>(content))
    }

    /// Decrypts base64. Check its signature first.
    ///
    /// # Errors
    /// `decryption_failed`, and nothing about why.
    pub fn decrypt(&self, base64: &str) -> Result<Vec<u8>, Error> {
        let failed = || Error::new(ErrorCode::DecryptionFailed);
        let encrypted = STANDARD.decode(base64).map_err(|_| failed())?;
        let cipher = Decryptor::<Aes128>::new((&**self.0).into(), &IV.into());
        cipher
            .decrypt_padded_vec::<Pkcs7>(&encrypted)
            .map_err(|_| failed())
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(..)")
    }
}

impl Merchant {
    /// Decrypts what a mini program (小程序) was given, such as the `response` of `my.getPhoneNumber`, and is to be read here.
    ///
    /// `sign` is the `sign` beside it, by Alipay over the text in quotes. Without one, nothing but the AES key says that the content is
    /// Alipay's: pass it whenever there is one.
    ///
    /// # Errors
    /// `content_key_missing`, `signature_format`, `signature_invalid`, `decryption_failed`.
    pub fn decrypt_payload(&self, response: &str, sign: Option<&str>) -> Result<String, Error> {
        if let Some(sign) = sign {
            let signature = sign::from_base64(sign)?;
            self.verify(format!("\"{response}\"").as_bytes(), &signature, self.sign_type())?;
        }
        self.decrypt(response, Charset::Utf8)
    }

    /// Encrypts a `biz_content`: its bytes in the merchant's charset, as the official Java SDK does and the gateway reads it.
    pub(crate) fn encrypt(&self, key: &ContentKey, content: &str) -> Result<String, Error> {
        let bytes = self.charset().encode(content);
        Ok(key.encrypt(&bytes.map_err(|error| error.or_about("biz_content"))?))
    }

    /// Decrypts text whose signature was checked.
    pub(crate) fn decrypt(&self, base64: &str, charset: Charset) -> Result<String, Error> {
        let key = self.content_key().ok_or(ErrorCode::ContentKeyMissing)?;
        let bytes = key.decrypt(base64)?;
        let text = charset.decode(&bytes).map_err(|_| ErrorCode::DecryptionFailed)?;
        Ok(text.into_owned())
    }
}

//! Asynchronous notifications (异步通知): verified on the raw body before a word of them is believed.
//!
//! Protocol, section 3. The host passes the POST body's raw bytes; a map that a web framework has already decoded is
//! not enough to verify.

use crate::{
    amount::Amount,
    canonical,
    charset::Charset,
    error::{Error, ErrorCode},
    form::{self, Field},
    merchant::Merchant,
    sign::{self, SignType},
    time::Timestamp,
};
use alloc::{string::String, vec::Vec};
use core::fmt;

/// What to answer once a notification was dealt with: exactly these seven bytes, else Alipay sends it again (after
/// 4m, 10m, 10m, 1h, 2h, 6h, 15h).
pub const ACKNOWLEDGE: &str = "success";

/// What to answer when it could not be dealt with: Alipay will send it again.
pub const REFUSE: &str = "failure";

/// A notification whose signature was verified. `Debug` shows the fields' names only.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedNotify {
    fields: Vec<(String, String)>,
}

impl VerifiedNotify {
    /// A field's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| &**value)
    }

    /// Every field but `sign`, sorted by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The same as owned strings.
    #[must_use]
    pub fn into_fields(self) -> Vec<(String, String)> {
        self.fields
    }

    /// The idempotency key: it stays the same when a notification is sent again.
    #[must_use]
    pub fn notify_id(&self) -> Option<&str> {
        self.get("notify_id")
    }

    /// The merchant's order number.
    #[must_use]
    pub fn out_trade_no(&self) -> Option<&str> {
        self.get("out_trade_no")
    }

    /// The order's total.
    #[must_use]
    pub fn total_amount(&self) -> Option<Amount> {
        self.get("total_amount").and_then(|text| text.parse().ok())
    }

    /// When it was paid.
    #[must_use]
    pub fn gmt_payment(&self) -> Option<Timestamp> {
        self.get("gmt_payment")
            .and_then(|text| Timestamp::from_beijing(text).ok())
    }

    /// Whether the trade is paid: only `TRADE_SUCCESS` and `TRADE_FINISHED` mean that.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        matches!(self.get("trade_status"), Some("TRADE_SUCCESS" | "TRADE_FINISHED"))
    }
}

impl fmt::Debug for VerifiedNotify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.fields().map(|(name, _)| name))
            .finish()
    }
}

impl Merchant {
    /// Verifies a notification from its raw body.
    ///
    /// What is signed is every field but `sign` and `sign_type` (payments), or every field but `sign` (service messages),
    /// sorted by name. Whether empty fields and `alipay_cert_sn` count is not documented, so both are tried.
    ///
    /// Text is read in the charset that the signed field `charset` names, without it in the merchant's. A merchant on RSA also
    /// believes RSA2, as it is stronger.
    ///
    /// # Errors
    /// `form_malformed`, `form_duplicate`, `signature_missing`, `sign_type`, `signature_weak` (signed with RSA where this merchant
    /// uses RSA2), `signature_format`, `alipay_cert_unknown` about the SN (certificate mode), `signature_invalid`, `notify_charset`,
    /// `charset_unsupported` (one of GBK's family in a build without them), `app_id` (signed by Alipay, but for another application).
    pub fn verify_notify(&self, body: &[u8]) -> Result<VerifiedNotify, Error> {
        let mut fields = form::decode(body)?;
        // Sorted by name once: that is the order of the string to be signed, and duplicates become neighbours.
        fields.sort_unstable();
        if fields
            .windows(2)
            .any(|pair| matches!(pair, [(a, _), (b, _)] if a == b))
        {
            return Err(ErrorCode::FormDuplicate.into());
        }
        let sign = text_of(&fields, b"sign").ok_or(ErrorCode::SignatureMissing)?;
        if sign.is_empty() {
            return Err(ErrorCode::SignatureMissing.into());
        }
        let sign_type = match text_of(&fields, b"sign_type") {
            Some(text) => text.parse()?,
            None => self.sign_type(),
        };
        if sign_type == SignType::Rsa && self.sign_type() == SignType::Rsa2 {
            return Err(ErrorCode::SignatureWeak.into());
        }
        let signature = sign::from_base64(sign)?;
        self.verify_fields(&fields, sign_type, &signature)?;
        let named = fields
            .iter()
            .find(|(name, value)| name == b"charset" && !value.is_empty());
        let charset = match named {
            // Not empty, so the signature covers it in every variant.
            Some((_, name)) => {
                let name = core::str::from_utf8(name).unwrap_or_default();
                name.parse::<Charset>().map_err(|_| ErrorCode::NotifyCharset)?
            }
            None => self.charset(),
        };
        let decode = |bytes: Vec<u8>| match charset {
            Charset::Utf8 => String::from_utf8(bytes).map_err(|_| Error::new(ErrorCode::NotifyCharset)),
            _ => match charset.decode(&bytes) {
                Ok(text) => Ok(text.into_owned()),
                Err(error) if error.code() == ErrorCode::CharsetUnsupported => Err(error),
                Err(_) => Err(ErrorCode::NotifyCharset.into()),
            },
        };
        let fields = fields
            .into_iter()
            .filter(|(name, _)| name != b"sign")
            .map(|(name, value)| Ok((decode(name)?, decode(value)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        let notify = VerifiedNotify { fields };
        match notify.get("app_id") {
            Some(app_id) if app_id != self.app_id().as_str() => Err(ErrorCode::AppId.into()),
            _ => Ok(notify),
        }
    }

    /// Tries the documented strings to be signed, most likely first: with or without `sign_type`, empty fields and
    /// `alipay_cert_sn`. At most eight, and only those that differ.
    fn verify_fields(&self, fields: &[Field], sign_type: SignType, signature: &[u8]) -> Result<(), Error> {
        let verifier = self.verifier_of(text_of(fields, b"alipay_cert_sn"))?;
        let has = |wanted: &dyn Fn(&Field) -> bool| fields.iter().any(wanted);
        let choices = |differs: bool| if differs { &[true, false][..] } else { &[true][..] };
        for &drop_sign_type in choices(has(&|(name, _)| name == b"sign_type")) {
            for &drop_empty in choices(has(&|(_, value)| value.is_empty())) {
                for &keep_cert_sn in choices(has(&|(name, _)| name == b"alipay_cert_sn")) {
                    let counts = |(name, value): &&Field| match &name[..] {
                        b"sign" => false,
                        b"sign_type" if drop_sign_type => false,
                        b"alipay_cert_sn" if !keep_cert_sn => false,
                        _ => !(drop_empty && value.is_empty()),
                    };
                    let kept = fields
                        .iter()
                        .filter(counts)
                        .map(|(name, value)| (&name[..], &value[..]));
                    let message = canonical::join_bytes(kept);
                    if verifier.verify(sign_type, &message, signature).is_ok() {
                        return Ok(());
                    }
                }
            }
        }
        Err(ErrorCode::SignatureInvalid.into())
    }
}

fn text_of<'a>(fields: &'a [Field], name: &[u8]) -> Option<&'a str> {
    fields
        .iter()
        .find(|(known, _)| known == name)
        .and_then(|(_, value)| core::str::from_utf8(value).ok())
}

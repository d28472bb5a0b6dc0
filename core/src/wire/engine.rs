//! What the two JavaScript bindings share: the core's calls with records as JSON text, bytes as bytes and times as
//! floating-point Unix milliseconds. Each binding adds its technology's attributes and nothing else.

use super::{
    AmountValue, Answer, BusinessCode, Bytes, Call, ErrorReport, FormFields, HttpRequest, KeyInfo,
    MerchantOptions, Notify, Output, Pairs, PaymentState, Policy, Prepared, Restored, Start,
    error_codes as table, operation,
};
use crate::{
    Amount, Timestamp, api, canonical, codes,
    envelope::Call as CoreCall,
    error::{Error, ErrorCode},
    form, http,
    merchant::Merchant as CoreMerchant,
    payment,
    sign::SignType,
};
use alloc::{string::String, sync::Arc, vec::Vec};
use serde::Serialize;

/// What crosses the boundary when something fails: the JSON of an [`ErrorReport`].
#[must_use]
pub fn error(error: &Error) -> String {
    json(&ErrorReport::from(error)).unwrap_or_default()
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| ErrorCode::Internal.into())
}

/// A time that a JavaScript host gave: a whole number of Unix milliseconds.
///
/// # Errors
/// `time_range`, also for a fraction and for NaN.
pub fn timestamp(unix_ms: f64) -> Result<Timestamp, Error> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and is checked below"
    )]
    let whole = unix_ms as i64;
    #[allow(
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "a whole number within range is exact"
    )]
    if whole as f64 != unix_ms {
        return Err(ErrorCode::TimeRange.into());
    }
    Timestamp::from_unix_ms(whole)
}

/// Every error code, its fault and its message.
///
/// # Errors
/// None but `internal`.
pub fn error_codes() -> Result<String, Error> {
    json(&table().collect::<Vec<_>>())
}

/// What a business code means.
///
/// # Errors
/// None but `internal`.
pub fn business_code(sub_code: &str) -> Result<String, Error> {
    json(&BusinessCode::from(codes::lookup(sub_code)))
}

/// An amount that a buyer can be charged.
///
/// # Errors
/// `amount_format`, `amount_range`.
pub fn charge_amount(text: &str) -> Result<String, Error> {
    json(&AmountValue::from(text.parse::<Amount>()?))
}

/// An amount in an answer.
///
/// # Errors
/// `amount_format`, `amount_range`.
pub fn read_amount(text: &str) -> Result<String, Error> {
    json(&AmountValue::from(Amount::parse_any(text)?))
}

/// Civil time at GMT+8, as Alipay writes it.
///
/// # Errors
/// `time_range`.
pub fn to_beijing(unix_ms: f64) -> Result<String, Error> {
    Ok(timestamp(unix_ms)?.to_beijing())
}

/// Unix milliseconds of a time that Alipay wrote.
///
/// # Errors
/// `time_format`, `time_range`.
#[allow(clippy::cast_precision_loss, reason = "a timestamp is below 2^53")]
pub fn from_beijing(text: &str) -> Result<f64, Error> {
    Ok(Timestamp::from_beijing(text)?.unix_ms() as f64)
}

fn pairs(text: &str) -> Result<Pairs, Error> {
    serde_json::from_str(text).map_err(|_| Error::about(ErrorCode::ArgumentType, "pairs"))
}

fn borrowed(pairs: &Pairs) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (&**name, &**value))
}

/// The string to be signed of these parameters.
///
/// # Errors
/// `argument_type`.
pub fn string_to_sign(parameters: &str) -> Result<String, Error> {
    Ok(canonical::string_to_sign(borrowed(&pairs(parameters)?)))
}

/// An urlencoded form.
///
/// # Errors
/// `argument_type`.
pub fn encode_form(fields: &str) -> Result<String, Error> {
    Ok(form::encode(borrowed(&pairs(fields)?)))
}

/// The fields of an urlencoded form, names and values as base64 of bytes.
///
/// # Errors
/// `form_malformed`.
pub fn decode_form(body: &[u8]) -> Result<String, Error> {
    let fields = form::decode(body)?;
    let bytes = |(name, value)| (Bytes(name), Bytes(value));
    json(&FormFields(fields.into_iter().map(bytes).collect()))
}

/// What a private key is.
///
/// # Errors
/// The key's.
pub fn inspect_private_key(key: &[u8]) -> Result<String, Error> {
    json(&KeyInfo::of_private(key)?)
}

/// What a public key or certificate is.
///
/// # Errors
/// The key's.
pub fn inspect_public_key(key: &[u8]) -> Result<String, Error> {
    json(&KeyInfo::of_public(key)?)
}

/// A new key pair.
///
/// # Errors
/// `keygen_bits`.
#[cfg(feature = "keygen")]
pub fn generate_key_pair<R: rsa::rand_core::CryptoRng>(random: &mut R, bits: u32) -> Result<String, Error> {
    let bits = usize::try_from(bits).unwrap_or_default();
    json(&super::KeyPair::of(&crate::key::PrivateKey::generate(
        random, bits,
    )?)?)
}

/// The `biz_content` of a typed method's request, every limit checked.
///
/// # Errors
/// Those of [`api::typed_call`].
pub fn typed_call(method: &str, request: &str) -> Result<String, Error> {
    Ok(api::typed_call(method, request)?.biz_content().into())
}

/// An operation that needs no merchant, by its name; its input and output are JSON.
///
/// # Errors
/// Those of [`operation::invoke`].
pub fn invoke(operation: &str, input: &str) -> Result<String, Error> {
    operation::invoke(operation, input)
}

/// Checks a call.
///
/// # Errors
/// Those of [`Call::build`].
pub fn check_call(call: &str) -> Result<(), Error> {
    self::call(call).map(|_| ())
}

fn call(text: &str) -> Result<CoreCall, Error> {
    Call::from_json(text)?.build()
}

fn sign_type(word: Option<&str>, merchant: &CoreMerchant) -> Result<SignType, Error> {
    word.map_or(Ok(merchant.sign_type()), str::parse)
}

/// A merchant, shared by its payments.
#[derive(Clone)]
pub struct Merchant(Arc<CoreMerchant>);

impl Merchant {
    /// From [`MerchantOptions`] as JSON.
    ///
    /// # Errors
    /// Those of [`MerchantOptions::from_json`] and [`MerchantOptions::build`].
    pub fn new(options: &str) -> Result<Self, Error> {
        Ok(Self(Arc::new(MerchantOptions::from_json(options)?.build()?)))
    }

    /// The same with its signing moved to the host.
    #[must_use]
    pub fn delegated(&self) -> Self {
        Self(Arc::new(self.0.delegated()))
    }

    /// Whether the host signs.
    #[must_use]
    pub fn signs_externally(&self) -> bool {
        self.0.signs_externally()
    }

    /// The raw signature of a message.
    ///
    /// # Errors
    /// `sign_type`, `signer_external`, `signing_failed`.
    pub fn sign(&self, message: &[u8], sign_type: Option<&str>) -> Result<Vec<u8>, Error> {
        self.0.sign(message, self::sign_type(sign_type, &self.0)?)
    }

    /// Checks Alipay's raw signature of a message.
    ///
    /// # Errors
    /// `sign_type`, `signature_invalid`.
    pub fn verify(&self, message: &[u8], signature: &[u8], sign_type: Option<&str>) -> Result<(), Error> {
        self.0
            .verify(message, signature, self::sign_type(sign_type, &self.0)?)
    }

    /// Verifies a notification from its raw body; a [`Notify`].
    ///
    /// # Errors
    /// Those of [`CoreMerchant::verify_notify`].
    pub fn verify_notify(&self, body: &[u8]) -> Result<String, Error> {
        json(&Notify::from(self.0.verify_notify(body)?))
    }

    /// What is to be signed; a [`Prepared`].
    ///
    /// # Errors
    /// Those of the call, `time_range`, `charset_unmappable`.
    pub fn prepare(&self, call: &str, now: f64) -> Result<String, Error> {
        json(&Prepared::from(
            &self.0.prepare(&self::call(call)?, timestamp(now)?)?,
        ))
    }

    /// The request of the same call and time with its raw signature; a [`HttpRequest`].
    ///
    /// # Errors
    /// Those of the call, `time_range`, `charset_unmappable`, `signature_format`.
    pub fn finish(&self, call: &str, now: f64, signature: &[u8]) -> Result<String, Error> {
        let prepared = self.0.prepare(&self::call(call)?, timestamp(now)?)?;
        json(&HttpRequest::from(prepared.finish(signature)?))
    }

    /// A signed request in one step; a [`HttpRequest`].
    ///
    /// # Errors
    /// Those of the call, `time_range`, `charset_unmappable`, `signer_external`, `signing_failed`.
    pub fn request(&self, call: &str, now: f64) -> Result<String, Error> {
        json(&HttpRequest::from(
            self.0.request(&self::call(call)?, timestamp(now)?)?,
        ))
    }

    /// One of the merchant's operations, by its name; its input and output are JSON.
    ///
    /// # Errors
    /// Those of [`operation::invoke_merchant`].
    pub fn invoke(&self, operation: &str, input: &str) -> Result<String, Error> {
        operation::invoke_merchant(&self.0, operation, input)
    }

    /// Verifies and reads a response; an [`Answer`].
    ///
    /// # Errors
    /// Those of [`CoreMerchant::open`].
    pub fn open(&self, method: &str, status: u16, body: Vec<u8>) -> Result<String, Error> {
        let response = http::HttpResponse {
            status,
            headers: Vec::new(),
            body,
        };
        json(&Answer::from(&self.0.open(method, &response)?))
    }
}

/// The number of a snapshot, which says which of two is the newer.
///
/// # Errors
/// `snapshot_corrupt`.
#[allow(clippy::cast_precision_loss, reason = "no payment takes 2^53 snapshots")]
pub fn snapshot_number(snapshot: &[u8]) -> Result<f64, Error> {
    payment::snapshot_number(snapshot).map(|number| number as f64)
}

/// A payment.
pub struct Payment(payment::Payment);

impl Payment {
    /// A new one, from the order (a `TradePayRequest`), a [`Policy`] and a [`Start`] as JSON. `random` is a random number.
    ///
    /// # Errors
    /// Those of the order, of the policy, `options`, `time_range`.
    pub fn new(
        merchant: &Merchant,
        order: &str,
        policy: &str,
        start: &str,
        random: u32,
        now: f64,
    ) -> Result<Self, Error> {
        let policy = Policy::from_json(policy)?.build()?;
        let order = api::TradePayRequest::from_json(order)?;
        let start = Start::from_json(start)?.build(random)?;
        payment::Payment::new(Arc::clone(&merchant.0), order, policy, start, timestamp(now)?).map(Self)
    }

    /// One that was stored, with a [`Restored`] as JSON. `random` is a random number.
    ///
    /// # Errors
    /// Those of [`payment::Payment::restore`], `options`, `time_range`.
    pub fn restore(
        merchant: &Merchant,
        snapshot: &[u8],
        restored: &str,
        random: u32,
        now: f64,
    ) -> Result<Self, Error> {
        let restored = Restored::from_json(restored)?.build(random);
        payment::Payment::restore(Arc::clone(&merchant.0), snapshot, restored, timestamp(now)?).map(Self)
    }

    /// Whether the transport resets its connections when the process dies.
    pub fn set_resets_on_death(&mut self, resets: bool) {
        self.0.set_resets_on_death(resets);
    }

    /// Whether the request should still be sent.
    #[must_use]
    pub fn is_wanted(&self, id: u32) -> bool {
        self.0.is_wanted(payment::RequestId(id))
    }

    /// The cashier gives this unresolved payment up.
    ///
    /// # Errors
    /// `not_unresolved`, `time_range`.
    pub fn give_up(&mut self, now: f64) -> Result<(), Error> {
        self.handle(payment::Input::GiveUp, now)
    }

    /// What to do next; an [`Output`].
    ///
    /// # Errors
    /// `time_range`.
    pub fn poll(&mut self, now: f64) -> Result<String, Error> {
        json(&Output::from(self.0.poll_output(timestamp(now)?)))
    }

    fn handle(&mut self, input: payment::Input<'_>, now: f64) -> Result<(), Error> {
        self.0.handle_input(input, timestamp(now)?)
    }

    /// An HTTP answer came. `headers` are pairs as JSON, or nothing.
    ///
    /// # Errors
    /// `argument_type` about `headers`, `time_range`.
    pub fn response(
        &mut self,
        id: u32,
        status: u16,
        headers: &str,
        body: Vec<u8>,
        reset: bool,
        now: f64,
    ) -> Result<(), Error> {
        let headers = if headers.is_empty() {
            Vec::new()
        } else {
            serde_json::from_str(headers).map_err(|_| Error::about(ErrorCode::ArgumentType, "headers"))?
        };
        let response = http::HttpResponse {
            status,
            headers,
            body,
        };
        let id = payment::RequestId(id);
        let response = &response;
        self.handle(payment::Input::Response { id, response, reset }, now)
    }

    /// None came: `notSent`, `notStored`, `aborted` or `maybeSent`.
    ///
    /// # Errors
    /// `field_type` for another word, `time_range`.
    pub fn failure(&mut self, id: u32, failure: &str, now: f64) -> Result<(), Error> {
        let failure = payment::Failure::from_word(failure)
            .ok_or_else(|| Error::about(ErrorCode::FieldType, "failure"))?;
        let id = payment::RequestId(id);
        self.handle(payment::Input::Failure { id, failure }, now)
    }

    /// The raw signature asked for.
    ///
    /// # Errors
    /// `signature_format`, `time_range`.
    pub fn signature(&mut self, id: u32, signature: &[u8], now: f64) -> Result<(), Error> {
        let id = payment::RequestId(id);
        self.handle(payment::Input::Signature { id, signature }, now)
    }

    /// A notification's raw body, which is verified first.
    ///
    /// # Errors
    /// Those of [`CoreMerchant::verify_notify`], `time_range`.
    pub fn notify(&mut self, body: &[u8], now: f64) -> Result<(), Error> {
        let now = timestamp(now)?;
        let notify = self.0.merchant().verify_notify(body)?;
        self.0.handle_input(payment::Input::Notify(&notify), now)
    }

    /// The cashier wants to cancel.
    ///
    /// # Errors
    /// `time_range`.
    pub fn cancel(&mut self, now: f64) -> Result<(), Error> {
        self.handle(payment::Input::Cancel, now)
    }

    /// Goes on with another object for the same merchant: one that knows a certificate more.
    ///
    /// # Errors
    /// Those of [`payment::Payment::set_merchant`].
    pub fn set_merchant(&mut self, merchant: &Merchant) -> Result<(), Error> {
        self.0.set_merchant(Arc::clone(&merchant.0))
    }

    /// The latest of Alipay's times that a verified answer told, in Unix milliseconds.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a timestamp is below 2^53")]
    pub fn alipay_time(&self) -> Option<f64> {
        self.0.alipay_time().map(|time| time.unix_ms() as f64)
    }

    /// What to store.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        self.0.snapshot()
    }

    /// Where it stands; a [`PaymentState`].
    ///
    /// # Errors
    /// None but `internal`.
    pub fn state(&self) -> Result<String, Error> {
        json(&PaymentState::from(&self.0))
    }
}

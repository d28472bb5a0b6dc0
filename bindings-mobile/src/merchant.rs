//! The checked configuration, and single calls with it.

use crate::{
    Answer, Call, HttpRequest, MerchantOptions, NativeError, NativeSigner, Notify, Parameter, SignType,
    calls::pairs,
    error::{guard, timestamp},
    signer::Foreign,
};
use alipay_core::{Error, ErrorCode, Merchant, envelope, http, sign, wire};
use std::{fmt, sync::Arc};

/// A merchant's checked configuration. Immutable; any number of threads may use one at the same time.
#[derive(uniffi::Object)]
#[uniffi::export(Debug)]
pub struct NativeAlipay {
    pub(crate) merchant: Arc<Merchant>,
}

impl fmt::Debug for NativeAlipay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Alipay({})", self.merchant.gateway())
    }
}

#[uniffi::export]
impl NativeAlipay {
    /// Checks the options. A signer stands for a private key, so only one of them may be given; without either, calls take
    /// the two steps `prepare` and `finish`, and a payment asks for its signatures.
    #[uniffi::constructor(default(signer = None))]
    pub fn new(
        options: MerchantOptions,
        signer: Option<Arc<dyn NativeSigner>>,
    ) -> Result<Arc<Self>, NativeError> {
        let options = wire::MerchantOptions::from(options);
        guard(|| {
            let mut builder = options.builder()?;
            if let Some(signer) = signer {
                if options.private_key.is_some() {
                    return Err(Error::about(ErrorCode::Options, "signer"));
                }
                builder = builder.signer(Arc::new(Foreign(signer)));
            }
            Ok(Self::of(builder.build()?))
        })
    }

    /// The same merchant with its signing moved to the host.
    pub fn delegated(&self) -> Result<Arc<Self>, NativeError> {
        guard(|| Ok(Self::of(self.merchant.delegated())))
    }

    /// The same merchant as an object of its own, which nobody else can close.
    pub fn own(&self) -> Result<Arc<Self>, NativeError> {
        guard(|| {
            Ok(Arc::new(Self {
                merchant: Arc::clone(&self.merchant),
            }))
        })
    }

    /// Whether the host signs.
    pub fn signs_externally(&self) -> Result<bool, NativeError> {
        guard(|| Ok(self.merchant.signs_externally()))
    }

    /// The signature of any message by the application's key, as base64. The merchant's algorithm unless one is given.
    #[uniffi::method(default(sign_type = None))]
    pub fn sign(&self, message: Vec<u8>, sign_type: Option<SignType>) -> Result<String, NativeError> {
        guard(|| {
            let signature = self.merchant.sign(&message, self.sign_type(sign_type))?;
            Ok(sign::to_base64(&signature))
        })
    }

    /// Checks Alipay's signature of any message: returns if it is valid, throws `signature_invalid` if it is not and
    /// `signature_format` if it is not base64. What Alipay sends is better given to `open` and `verifyNotify`.
    #[uniffi::method(default(sign_type = None))]
    pub fn verify(
        &self,
        message: Vec<u8>,
        signature: String,
        sign_type: Option<SignType>,
    ) -> Result<(), NativeError> {
        guard(|| {
            let signature = sign::from_base64(&signature)?;
            self.merchant
                .verify(&message, &signature, self.sign_type(sign_type))
        })
    }

    /// Verifies a notification from its raw body, exactly as it was received.
    pub fn verify_notify(&self, body: Vec<u8>) -> Result<Notify, NativeError> {
        guard(|| {
            let notify = self.merchant.verify_notify(&body)?;
            Ok(wire::Notify::from(&notify).into())
        })
    }

    /// The first of two steps, for a key that lives elsewhere. `now`: Unix milliseconds.
    pub fn prepare(&self, call: Call, now: i64) -> Result<Arc<NativePrepared>, NativeError> {
        guard(|| {
            Ok(Arc::new(NativePrepared(
                self.merchant.prepare(&call.build()?, timestamp(now)?)?,
            )))
        })
    }

    /// A signed request in one step. `now`: Unix milliseconds.
    pub fn request(&self, call: Call, now: i64) -> Result<HttpRequest, NativeError> {
        guard(|| {
            let request = self.merchant.request(&call.build()?, timestamp(now)?)?;
            Ok(wire::HttpRequest::from(request).into())
        })
    }

    /// One of the merchant's operations, by its name; its input and output are JSON.
    pub fn invoke(&self, operation: String, input: String) -> Result<String, NativeError> {
        let input = zeroize::Zeroizing::new(input);
        guard(|| wire::operation::invoke_merchant(&self.merchant, &operation, &input))
    }

    /// Verifies a response and then reads it.
    #[uniffi::method(default(headers = []))]
    pub fn open(
        &self,
        method: String,
        status: i32,
        body: Vec<u8>,
        headers: Vec<Parameter>,
    ) -> Result<Answer, NativeError> {
        guard(|| {
            let response = http::HttpResponse {
                // What is no status at all is not a good one.
                status: status.try_into().unwrap_or(0),
                headers: pairs(headers),
                body,
            };
            let answer = self.merchant.open(&method, &response)?;
            Ok(wire::Answer::from(&answer).into())
        })
    }
}

impl NativeAlipay {
    fn of(merchant: Merchant) -> Arc<Self> {
        Arc::new(Self {
            merchant: Arc::new(merchant),
        })
    }

    fn sign_type(&self, given: Option<SignType>) -> sign::SignType {
        given.map_or(self.merchant.sign_type(), |given| {
            wire::SignType::from(given).into()
        })
    }
}

/// A request that lacks its signature.
#[derive(uniffi::Object)]
pub struct NativePrepared(envelope::Prepared);

#[uniffi::export]
impl NativePrepared {
    /// What to sign: the text in the merchant's charset.
    pub fn bytes_to_sign(&self) -> Result<Vec<u8>, NativeError> {
        guard(|| Ok(self.0.bytes_to_sign().to_vec()))
    }

    /// The text that is to be signed, to be looked at. It holds the whole `biz_content`: don't log it.
    pub fn string_to_sign(&self) -> Result<String, NativeError> {
        guard(|| Ok(self.0.string_to_sign().into_owned()))
    }

    /// The algorithm.
    pub fn sign_type(&self) -> Result<SignType, NativeError> {
        guard(|| Ok(wire::SignType::from(self.0.sign_type()).into()))
    }

    /// The request with its raw signature.
    pub fn finish(&self, signature: Vec<u8>) -> Result<HttpRequest, NativeError> {
        guard(|| {
            let request = self.0.clone().finish(&signature)?;
            Ok(wire::HttpRequest::from(request).into())
        })
    }
}

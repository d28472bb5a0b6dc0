//! The error type and the one table of stable codes that every language shares.
//!
//! This room knows nothing of the others. An [`Error`] never carries a value it was given: only its code and
//! the *name* of what was wrong, so that it may be logged anywhere.

use alloc::borrow::Cow;
use core::fmt;

/// Whose fault an error is, which decides who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The merchant's set-up is wrong: a key, the gateway's URL, the policy.
    Configuration,
    /// The value given to this call is wrong.
    Input,
    /// The other side (gateway, notification, network) sent nothing, or something that can't be trusted or read.
    Peer,
    /// The call itself makes no sense now.
    Misuse,
    /// A signing backend failed on good input.
    Backend,
    /// What the application plugged in (its store, its signer) failed.
    Host,
    /// A defect of this library.
    Internal,
}

impl Fault {
    /// The stable name of this kind: `configuration`, `input`, `peer`, `misuse`, `backend`, `host` or `internal`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Input => "input",
            Self::Peer => "peer",
            Self::Misuse => "misuse",
            Self::Backend => "backend",
            Self::Host => "host",
            Self::Internal => "internal",
        }
    }
}

macro_rules! error_codes {
    ($($(#[$meta:meta])* $variant:ident $text:literal $fault:ident $message:literal;)*) => {
        /// A stable error code: the same word in every language, and never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $text, "`: ", $message)] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word, such as `key_too_short`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What it means, in one English sentence without any value in it.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }

            /// Who can mend it.
            #[must_use]
            pub const fn fault(self) -> Fault {
                match self { $(Self::$variant => Fault::$fault,)* }
            }
        }
    };
}

error_codes! {
    KeyUnreadable "key_unreadable" Configuration "this is not a key in any known format (PEM, base64 or DER of PKCS#1, PKCS#8, SPKI or an X.509 certificate)";
    KeyIsPrivate "key_is_private" Configuration "this is a private key where a public key belongs";
    KeyIsPublic "key_is_public" Configuration "this is a public key or certificate where a private key belongs";
    KeyIsOwn "key_is_own" Configuration "this is the application's own public key where Alipay's public key belongs";
    KeyNotRsa "key_not_rsa" Configuration "this key is not an RSA key";
    KeyEncrypted "key_encrypted" Configuration "this private key is protected by a passphrase; remove it first, for instance with `openssl pkey`";
    KeyTooShort "key_too_short" Configuration "this RSA key has fewer than 1024 bits";
    KeyTooLong "key_too_long" Configuration "this RSA key has more than 4096 bits";
    KeyExponent "key_exponent" Configuration "the public exponent of this RSA key is even, below 3 or above 2^33-1";
    KeyInconsistent "key_inconsistent" Configuration "the numbers of this private key do not belong together";
    KeygenBits "keygen_bits" Input "new keys have 2048, 3072 or 4096 bits";
    GatewayUrl "gateway_url" Configuration "the gateway is not an absolute http(s) URL without user, query and fragment";
    GatewayNotHttps "gateway_not_https" Configuration "the gateway's URL is plain http to another machine; use https, or allow http explicitly";
    AppId "app_id" Configuration "the app id is not 1 to 32 ASCII letters or digits";
    NotifyUrl "notify_url" Configuration "the notify_url is not an absolute http(s) URL of at most 256 characters";
    AppAuthToken "app_auth_token" Configuration "the app_auth_token is not 1 to 40 visible ASCII characters";
    CertFormat "cert_format" Configuration "this is not an X.509 certificate (PEM, base64 or DER), or a root bundle without any RSA certificate";
    CertKey "cert_key" Configuration "the private key does not belong to the application's certificate";
    ContentKey "content_key" Configuration "an AES key for content encryption is base64 of 16 bytes";
    ContentKeyMissing "content_key_missing" Configuration "the content is encrypted, and this merchant has no AES key";
    PolicyRange "policy_range" Configuration "a policy value is outside its documented bounds";
    PolicySettle "policy_settle" Configuration "the policy's settle time is shorter than twice its longest request timeout";
    CharsetUnsupported "charset_unsupported" Configuration "the charset is none of utf-8, gbk, gb18030 and gb2312, or this build knows utf-8 only";
    AmountFormat "amount_format" Input "an amount is a decimal string in yuan with at most two decimals, such as \"88.88\"";
    AmountRange "amount_range" Input "an amount is between 0.01 and 100000000 yuan";
    AmountSum "amount_sum" Input "the total amount is not the sum of the discountable and the undiscountable amount";
    TimeRange "time_range" Input "a time is a count of Unix milliseconds between 1970 and 9999";
    TimeFormat "time_format" Input "a time on the wire is written yyyy-MM-dd HH:mm:ss in GMT+8";
    OutTradeNo "out_trade_no" Input "an out_trade_no is 1 to 64 ASCII letters, digits or underscores";
    AuthCode "auth_code" Input "an auth_code is 16 to 24 digits and starts with 25 to 30";
    TimeoutExpress "timeout_express" Input "a timeout_express is 1m to 15d (m, h or d, whole numbers) or 1c";
    DateFormat "date_format" Input "a date is written yyyy-MM-dd, a bill's month yyyy-MM";
    FieldMissing "field_missing" Input "a required field is missing or blank";
    FieldTooLong "field_too_long" Input "a field is longer than its documented limit";
    FieldType "field_type" Input "a field has a value of the wrong type or of an undocumented choice";
    FieldConflict "field_conflict" Input "two fields that exclude or require each other disagree";
    ParameterReserved "parameter_reserved" Input "this public parameter is set by the library and can't be given";
    MethodName "method_name" Input "a method is 1 to 128 lower-case letters, digits, dots or underscores";
    V3Path "v3_path" Input "a path of OpenAPI v3 starts with /v3/ and is visible ASCII without a fragment";
    Nonce "nonce" Input "a nonce is 8 to 64 ASCII letters, digits or hyphens, new for every request and found in none of its files";
    JsonSyntax "json_syntax" Input "this is not a JSON object";
    SignType "sign_type" Input "the sign_type is not RSA2 or RSA";
    SignatureFormat "signature_format" Input "a signature is standard base64 with padding, without white space";
    CharsetUnmappable "charset_unmappable" Input "a character can't be written in the merchant's charset, or not so that everybody reads it alike";
    SigningFailed "signing_failed" Backend "the signing backend failed";
    SignerExternal "signer_external" Misuse "the merchant's key lives elsewhere: use the two steps prepare and finish";
    CertMode "cert_mode" Misuse "this merchant is not configured with certificates";
    FormMalformed "form_malformed" Peer "this is not a well-formed urlencoded form";
    FormDuplicate "form_duplicate" Peer "a form field stands twice";
    ResponseTooLarge "response_too_large" Peer "the response is larger than one mebibyte";
    ResponseStatus "response_status" Peer "the HTTP status is not 2xx (over OpenAPI v3: nor 4xx or 5xx)";
    ResponseNotJson "response_not_json" Peer "the response is not one complete JSON object";
    ResponseNoNode "response_no_node" Peer "the response has neither the method's node nor an error_response";
    ResponseDuplicate "response_duplicate" Peer "the response has a second response node, sign, alipay_cert_sn or header of its signature";
    ResponseStale "response_stale" Peer "the time at which the response was signed is unreadable or outside the window";
    SignatureMissing "signature_missing" Peer "the message carries no signature";
    SignatureInvalid "signature_invalid" Peer "the signature does not belong to this message and Alipay's public key";
    SignatureWeak "signature_weak" Peer "the message is signed with a weaker algorithm than this merchant accepts";
    AlipayCertUnknown "alipay_cert_unknown" Peer "the message is signed with a certificate of Alipay's that this merchant does not have yet: download it by its SN";
    CertSn "cert_sn" Peer "this certificate is not the one that was asked for, or an SN is not 32 lower-case hexadecimal digits";
    CertChain "cert_chain" Peer "no chain of signatures by certification authorities leads from this certificate to the root bundle";
    CertSubject "cert_subject" Peer "this is not Alipay's certificate for this merchant: its subject's CN is not that of the configured one";
    CertExpired "cert_expired" Peer "a certificate of this chain is not valid at this time";
    DecryptionFailed "decryption_failed" Peer "this content was not encrypted with this AES key";
    NotifyCharset "notify_charset" Peer "the notification's charset is not supported or its bytes do not fit it";
    CharsetMalformed "charset_malformed" Peer "these bytes are no text in their charset";
    SnapshotCorrupt "snapshot_corrupt" Input "this is not a complete, unaltered snapshot";
    SnapshotVersion "snapshot_version" Input "this snapshot was written by another version of the format";
    SnapshotMerchant "snapshot_merchant" Input "this snapshot or payment belongs to another merchant";
    SnapshotGateway "snapshot_gateway" Input "this snapshot belongs to a payment at another gateway: name the move, which never leads from sandbox to production or back";
    RequestInFlight "request_in_flight" Misuse "the protocol's version can't change while a request is in flight";
    NotUnresolved "not_unresolved" Misuse "only a payment that ended unresolved can be given up";
    NotSent "not_sent" Peer "the request did not leave this machine";
    MaybeSent "maybe_sent" Peer "no answer came; the request may have reached the gateway";
    Aborted "aborted" Peer "the connection was reset before an answer came; the request may have reached the gateway just before";
    TimedOut "timed_out" Peer "the time for an answer is over; the request may have reached the gateway";
    NotOurs "not_ours" Peer "the answer is verified, but about another trade";
    Options "options" Configuration "an option is missing, unknown, or has a value of the wrong type";
    ArgumentType "argument_type" Misuse "an argument of this call is missing or has the wrong type";
    Closed "closed" Misuse "this object was closed";
    NotInitialised "not_initialised" Misuse "the WebAssembly module is not loaded yet: await init() first";
    StoreFailed "store_failed" Host "the application's store failed to keep a snapshot; nothing was sent";
    Superseded "superseded" Host "another process has taken this payment over: its outcome is in the store";
    SignerFailed "signer_failed" Host "the application's signer failed";
    Internal "internal" Internal "a defect of this library; please report it";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What went wrong: a stable code and, where it helps, the name of the field or parameter.
///
/// An error is misconfiguration, misuse, bad input or an untrustworthy message. A business result, such as a
/// declined payment, is never an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Error {
    code: ErrorCode,
    subject: Option<Cow<'static, str>>,
}

impl Error {
    /// An error about nothing in particular.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, subject: None }
    }

    /// An error about the field or parameter named `subject`. Never pass a value.
    #[must_use]
    pub fn about(code: ErrorCode, subject: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            subject: Some(subject.into()),
        }
    }

    /// The same error, about the field or parameter named `subject` unless it already says so.
    #[must_use]
    pub fn or_about(self, subject: &'static str) -> Self {
        Self {
            subject: self.subject.or(Some(Cow::Borrowed(subject))),
            ..self
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The name of the field or parameter it is about.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => write!(f, "{}: {} ({})", subject, self.code.message(), self.code),
            None => write!(f, "{} ({})", self.code.message(), self.code),
        }
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{collections::BTreeSet, string::ToString};

    #[test]
    fn codes_are_unique_snake_case_words() {
        let words: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), ErrorCode::ALL.len());
        assert!(words.iter().all(|w| {
            w.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        }));
    }

    #[test]
    fn an_error_names_its_subject_and_its_code() {
        let error = Error::about(ErrorCode::FieldTooLong, "subject");
        assert_eq!(
            error.to_string(),
            "subject: a field is longer than its documented limit (field_too_long)"
        );
    }
}

//! Operations: the calls that need no type of their own in another language. A name and one JSON object go in, one JSON
//! value comes out, so that what the core learns is callable everywhere the same day.
//!
//! Bytes are base64 in them. To add one: an input and an output type in a file of `wire/operation/`, a line in the table
//! below, rows in a file of `tests/vectors` whose `runner` is `operation`.

pub mod cert;
pub mod cipher;
pub mod codes;
#[cfg(feature = "diagnose")]
pub mod diagnose;
pub mod notify;
pub mod page;
pub mod v3;

use super::{BusinessCode, Call, Notify};
use crate::{
    error::{Error, ErrorCode},
    merchant::Merchant,
};
use alloc::string::String;
use cert::{
    AcceptedCertificate, CertificateFile, CertificateInfo, CertificateSn, CertificateToCheck,
    DownloadedCertificate, RootBundle,
};
use cipher::{EncryptedPayload, KeyedText, Text};
use codes::MethodCode;
#[cfg(feature = "diagnose")]
use diagnose::{
    DiagnoseDecodedInput, DiagnoseNotifyInput, DiagnoseRequestInput, DiagnoseResponseInput,
    DiagnoseV3ResponseInput, Diagnosis, RequestDiagnosis,
};
use notify::{
    AppResult, CheckNotifyInput, NotifyBody, Returned, TradeNotify, VerifyAppResultInput, VerifyDecodedInput,
    VerifyReturnInput,
};
use page::{PageCall, PageFormCall};
use serde::{Serialize, de::DeserializeOwned};
use v3::{V3Answer, V3Call, V3Prepared, V3Request, V3Response};

/// An operation as data, from which other languages' types are generated.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OperationTable {
    /// Its name, such as `certSn`.
    pub name: &'static str,
    /// The wire type of its input.
    pub input: &'static str,
    /// The wire type of its output.
    pub output: &'static str,
    /// Whether it is a merchant's.
    pub of_merchant: bool,
    /// What it does.
    pub about: &'static str,
}

fn read<T: DeserializeOwned>(input: &str) -> Result<T, Error> {
    serde_json::from_str(input).map_err(|_| Error::about(ErrorCode::ArgumentType, "input"))
}

fn write<T: Serialize>(output: &T) -> Result<String, Error> {
    serde_json::to_string(output).map_err(|_| ErrorCode::Internal.into())
}

/// Input and output types by name; a function of the core's behind each.
macro_rules! operations {
    (
        free { $($(#[$free_if:meta])? $free:literal $free_in:ident => $free_out:ident: $free_run:path, $free_about:literal;)* }
        merchant { $($(#[$own_if:meta])? $own:literal $own_in:ident => $own_out:ident: $own_run:path, $own_about:literal;)* }
    ) => {
        /// Every operation.
        pub const OPERATIONS: &[OperationTable] = &[
            $($(#[$free_if])? OperationTable { name: $free, input: stringify!($free_in), output: stringify!($free_out), of_merchant: false, about: $free_about },)*
            $($(#[$own_if])? OperationTable { name: $own, input: stringify!($own_in), output: stringify!($own_out), of_merchant: true, about: $own_about },)*
        ];

        /// An operation that needs no merchant; its input and output are JSON.
        ///
        /// # Errors
        /// `argument_type` about `operation` or `input`; those of the operation.
        pub fn invoke(operation: &str, input: &str) -> Result<String, Error> {
            match operation {
                $($(#[$free_if])? $free => write::<$free_out>(&$free_run(read::<$free_in>(input)?)?),)*
                _ => Err(Error::about(ErrorCode::ArgumentType, "operation")),
            }
        }

        /// An operation of a merchant's; its input and output are JSON.
        ///
        /// # Errors
        /// `argument_type` about `operation` or `input`; those of the operation.
        pub fn invoke_merchant(merchant: &Merchant, operation: &str, input: &str) -> Result<String, Error> {
            match operation {
                $($(#[$own_if])? $own => write::<$own_out>(&$own_run(merchant, read::<$own_in>(input)?)?),)*
                _ => invoke(operation, input),
            }
        }
    };
}

operations! {
    free {
        "certSn" CertificateFile => CertificateInfo: cert::sn,
            "The SN of a certificate (`app_cert_sn`, `alipay_cert_sn`), and what it says.";
        "rootCertSn" CertificateFile => RootBundle: cert::root_sn,
            "The SN of a root bundle (`alipay_root_cert_sn`).";
        "certificateDownload" CertificateSn => Call: cert::download,
            "The call that fetches Alipay's certificate of an SN.";
        "encrypt" KeyedText => Text: cipher::encrypt,
            "Encrypts content with AES.";
        "decrypt" KeyedText => Text: cipher::decrypt,
            "Decrypts content with AES.";
        #[cfg(feature = "diagnose")]
        "diagnoseRequest" DiagnoseRequestInput => RequestDiagnosis: diagnose::request,
            "Compares the string we signed with the one that the gateway says it verified (`isv.invalid-signature`).";
        "methodBusinessCode" MethodCode => BusinessCode: codes::business_code,
            "What a business code means in the answer to a method: `businessCode` knows a payment's.";
    }
    merchant {
        "verifyReturn" VerifyReturnInput => Returned: notify::verify_return,
            "Verifies the query of a `return_url` (前台回跳).";
        "verifyAppResult" VerifyAppResultInput => AppResult: notify::verify_app_result,
            "Verifies what the Alipay app handed to an app (同步通知).";
        "checkNotify" CheckNotifyInput => Notify: notify::check_notify,
            "Verifies a notification and makes the four business checks.";
        "verifyDecoded" VerifyDecodedInput => Notify: notify::verify_decoded,
            "Verifies a notification that a web framework has decoded: lossy, and marked so.";
        "readTradeNotify" NotifyBody => TradeNotify: notify::read_trade,
            "Verifies a trade's notification and reads every documented field.";
        "checkAlipayCertificate" CertificateToCheck => CertificateInfo: cert::check,
            "Checks a certificate of Alipay's: its chain to the merchant's roots, and its dates.";
        "openAlipayCertificate" DownloadedCertificate => AcceptedCertificate: cert::open,
            "Verifies the answer to `certificateDownload` and checks the certificate in it.";
        "decryptPayload" EncryptedPayload => Text: cipher::decrypt_payload,
            "Verifies and decrypts what a mini program handed over.";
        "orderString" PageCall => Text: page::order_string,
            "The order string of `alipay.trade.app.pay`.";
        "pageUrl" PageCall => Text: page::url,
            "The URL of `alipay.trade.page.pay` or `wap.pay`.";
        "pageForm" PageFormCall => Text: page::form,
            "The form of `alipay.trade.page.pay` or `wap.pay`, as HTML.";
        "v3Prepare" V3Call => V3Prepared: v3::prepare,
            "What is to be signed elsewhere of a call of OpenAPI v3.";
        "v3Request" V3Call => V3Request: v3::request,
            "A signed request of OpenAPI v3.";
        "v3Open" V3Response => V3Answer: v3::open,
            "Verifies and reads an answer of OpenAPI v3, also a failure.";
        #[cfg(feature = "diagnose")]
        "diagnoseNotify" DiagnoseNotifyInput => Diagnosis: diagnose::notify,
            "Why a notification does not verify.";
        #[cfg(feature = "diagnose")]
        "diagnoseDecoded" DiagnoseDecodedInput => Diagnosis: diagnose::decoded,
            "Why a notification that a web framework has decoded does not verify.";
        #[cfg(feature = "diagnose")]
        "diagnoseResponse" DiagnoseResponseInput => Diagnosis: diagnose::response,
            "Why an answer does not verify.";
        #[cfg(feature = "diagnose")]
        "diagnoseV3Response" DiagnoseV3ResponseInput => Diagnosis: diagnose::v3_response,
            "Why an answer of OpenAPI v3 does not verify.";
    }
}

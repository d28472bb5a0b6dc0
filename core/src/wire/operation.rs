//! Operations: the calls that need no type of their own in another language. A name and one JSON object go in, one JSON
//! value comes out, so that what the core learns is callable everywhere the same day.
//!
//! Bytes are base64 in them. To add one: an input and an output type in a file of `wire/operation/`, a line in the table
//! below, rows in a file of `tests/vectors` whose `runner` is `operation`.

pub mod cert;
pub mod cipher;
pub mod diagnose;
pub mod notify;
pub mod page;
pub mod v3;

use super::{Call, Notify};
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
use diagnose::{
    DiagnoseDecodedInput, DiagnoseNotifyInput, DiagnoseRequestInput, DiagnoseResponseInput, Diagnosis,
    RequestDiagnosis,
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
        free { $($free:literal $free_in:ident => $free_out:ident: $free_run:path;)* }
        merchant { $($own:literal $own_in:ident => $own_out:ident: $own_run:path;)* }
    ) => {
        /// Every operation.
        pub const OPERATIONS: &[OperationTable] = &[
            $(OperationTable { name: $free, input: stringify!($free_in), output: stringify!($free_out), of_merchant: false },)*
            $(OperationTable { name: $own, input: stringify!($own_in), output: stringify!($own_out), of_merchant: true },)*
        ];

        /// An operation that needs no merchant; its input and output are JSON.
        ///
        /// # Errors
        /// `argument_type` about `operation` or `input`; those of the operation.
        pub fn invoke(operation: &str, input: &str) -> Result<String, Error> {
            match operation {
                $($free => write::<$free_out>(&$free_run(read::<$free_in>(input)?)?),)*
                _ => Err(Error::about(ErrorCode::ArgumentType, "operation")),
            }
        }

        /// An operation of a merchant's; its input and output are JSON.
        ///
        /// # Errors
        /// `argument_type` about `operation` or `input`; those of the operation.
        pub fn invoke_merchant(merchant: &Merchant, operation: &str, input: &str) -> Result<String, Error> {
            match operation {
                $($own => write::<$own_out>(&$own_run(merchant, read::<$own_in>(input)?)?),)*
                _ => invoke(operation, input),
            }
        }
    };
}

operations! {
    free {
        "certSn" CertificateFile => CertificateInfo: cert::sn;
        "rootCertSn" CertificateFile => RootBundle: cert::root_sn;
        "certificateDownload" CertificateSn => Call: cert::download;
        "encrypt" KeyedText => Text: cipher::encrypt;
        "decrypt" KeyedText => Text: cipher::decrypt;
        "diagnoseRequest" DiagnoseRequestInput => RequestDiagnosis: diagnose::request;
    }
    merchant {
        "verifyReturn" VerifyReturnInput => Returned: notify::verify_return;
        "verifyAppResult" VerifyAppResultInput => AppResult: notify::verify_app_result;
        "checkNotify" CheckNotifyInput => Notify: notify::check_notify;
        "verifyDecoded" VerifyDecodedInput => Notify: notify::verify_decoded;
        "readTradeNotify" NotifyBody => TradeNotify: notify::read_trade;
        "checkAlipayCertificate" CertificateToCheck => CertificateInfo: cert::check;
        "openAlipayCertificate" DownloadedCertificate => AcceptedCertificate: cert::open;
        "decryptPayload" EncryptedPayload => Text: cipher::decrypt_payload;
        "orderString" PageCall => Text: page::order_string;
        "pageUrl" PageCall => Text: page::url;
        "pageForm" PageFormCall => Text: page::form;
        "v3Prepare" V3Call => V3Prepared: v3::prepare;
        "v3Request" V3Call => V3Request: v3::request;
        "v3Open" V3Response => V3Answer: v3::open;
        "diagnoseNotify" DiagnoseNotifyInput => Diagnosis: diagnose::notify;
        "diagnoseDecoded" DiagnoseDecodedInput => Diagnosis: diagnose::decoded;
        "diagnoseResponse" DiagnoseResponseInput => Diagnosis: diagnose::response;
    }
}

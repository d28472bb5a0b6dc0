//! Operations that say why a signature does not verify. They never verify anything.

use crate::{
    diagnose,
    error::Error,
    http::HttpResponse,
    key::PublicKey,
    merchant::Merchant,
    wire::{Bytes, DifferenceKind, NotifyVariant, Pairs, Proof, Verdict},
};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A notification's raw body, or the query of a `return_url`, that does not verify.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiagnoseNotifyInput {
    /// The raw body, in base64.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub body: Bytes,
    /// The application's own public key, where its private key is not in this process.
    #[serde(default)]
    pub own_public_key: Option<String>,
    /// The seller's account (`2088…`): tells a notification that is meant for another.
    #[serde(default)]
    pub seller_id: Option<String>,
    /// How many hashes to try at most; 10,000 if absent.
    #[serde(default)]
    pub max_hashes: Option<u32>,
}

/// The same of what a web framework decoded.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiagnoseDecodedInput {
    /// Every name and value, `sign` included.
    pub fields: Pairs,
    /// The application's own public key, where its private key is not in this process.
    #[serde(default)]
    pub own_public_key: Option<String>,
    /// The seller's account (`2088…`): tells a notification that is meant for another.
    #[serde(default)]
    pub seller_id: Option<String>,
    /// How many hashes to try at most; 10,000 if absent.
    #[serde(default)]
    pub max_hashes: Option<u32>,
}

/// A response that does not verify.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiagnoseResponseInput {
    /// The method that was called.
    pub method: String,
    /// The body as it reached the verification, in base64.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub body: Bytes,
    /// The application's own public key, where its private key is not in this process.
    #[serde(default)]
    pub own_public_key: Option<String>,
    /// How many hashes to try at most; 10,000 if absent.
    #[serde(default)]
    pub max_hashes: Option<u32>,
}

/// A response over OpenAPI v3 that does not verify.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiagnoseV3ResponseInput {
    /// Header names, in any case, and values.
    pub headers: Pairs,
    /// The body as it reached the verification, in base64.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub body: Bytes,
    /// The application's own public key, where its private key is not in this process.
    #[serde(default)]
    pub own_public_key: Option<String>,
    /// How many hashes to try at most; 10,000 if absent.
    #[serde(default)]
    pub max_hashes: Option<u32>,
}

/// A request that the gateway refused with `isv.invalid-signature`.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiagnoseRequestInput {
    /// What was signed here, as `prepare` gives it.
    pub string_to_sign: String,
    /// The `sub_msg` of the gateway's answer.
    pub sub_msg: String,
}

/// Advice about a message. Never a verification.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// What it comes to.
    pub verdict: Verdict,
    /// The causes; those of a repaired message hold together.
    pub findings: Vec<Finding>,
    /// Which fields were signed, where that is known and the message is a form.
    pub variant: Option<NotifyVariant>,
    /// The SN that the message names, where no certificate of this merchant has it: for `certificateDownload`.
    pub unknown_cert_sn: Option<String>,
}

/// One cause, what it means and what to do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The stable word, such as `extra_parameter`.
    pub cause: &'static str,
    /// The parameters it happened to, by name; empty where it is about the whole message.
    pub fields: Vec<String>,
    /// What it rests on.
    pub proof: Proof,
    /// What happened, in English.
    pub meaning_en: &'static str,
    /// What happened, in Chinese.
    pub meaning_zh: &'static str,
    /// What to do, in English.
    pub remedy_en: &'static str,
    /// What to do, in Chinese.
    pub remedy_zh: &'static str,
}

/// What the gateway verified, beside what was signed here.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RequestDiagnosis {
    /// `same_string` (it is the key or the algorithm) or `no_string`; null where there are differences.
    pub cause: Option<&'static str>,
    /// What to do then, in English.
    pub remedy_en: Option<&'static str>,
    /// What to do then, in Chinese.
    pub remedy_zh: Option<&'static str>,
    /// Every difference, in the order of the parameters.
    pub differences: Vec<Difference>,
}

/// A parameter that the gateway saw otherwise.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The parameter.
    pub parameter: String,
    /// Inside `biz_content`: the member.
    pub member: Option<String>,
    /// How it differs.
    pub kind: DifferenceKind,
    /// The known change that happened to the value, such as `plus_became_space`.
    pub cause: Option<&'static str>,
    /// Where the values begin to differ, counted in characters from 0.
    pub at: Option<u32>,
    /// The length of our value in characters.
    pub our_length: Option<u32>,
    /// The length of the gateway's value in characters.
    pub gateway_length: Option<u32>,
    /// Our value, for the protocol's own words only (`charset`, `timestamp` …).
    pub ours: Option<String>,
    /// The gateway's value, likewise.
    pub gateway: Option<String>,
}

impl From<diagnose::Diagnosis> for Diagnosis {
    fn from(diagnosis: diagnose::Diagnosis) -> Self {
        Self {
            verdict: diagnosis.verdict.into(),
            findings: diagnosis.findings.into_iter().map(Into::into).collect(),
            variant: diagnosis.variant.map(Into::into),
            unknown_cert_sn: diagnosis.unknown_cert_sn,
        }
    }
}

impl From<diagnose::Finding> for Finding {
    fn from(finding: diagnose::Finding) -> Self {
        let diagnose::Finding { cause, fields, proof } = finding;
        Self {
            cause: cause.as_str(),
            fields,
            proof: proof.into(),
            meaning_en: cause.meaning_en(),
            meaning_zh: cause.meaning_zh(),
            remedy_en: cause.remedy_en(),
            remedy_zh: cause.remedy_zh(),
        }
    }
}

impl From<diagnose::RequestDiagnosis> for RequestDiagnosis {
    fn from(diagnosis: diagnose::RequestDiagnosis) -> Self {
        let diagnose::RequestDiagnosis { cause, differences } = diagnosis;
        Self {
            cause: cause.map(diagnose::Cause::as_str),
            remedy_en: cause.map(diagnose::Cause::remedy_en),
            remedy_zh: cause.map(diagnose::Cause::remedy_zh),
            differences: differences.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<diagnose::Difference> for Difference {
    fn from(difference: diagnose::Difference) -> Self {
        let count = |count: Option<usize>| count.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        Self {
            parameter: difference.parameter,
            member: difference.member,
            kind: difference.kind.into(),
            cause: difference.cause.map(diagnose::Cause::as_str),
            at: count(difference.at),
            our_length: count(difference.our_length),
            gateway_length: count(difference.gateway_length),
            ours: difference.ours,
            gateway: difference.gateway,
        }
    }
}

fn hints(
    own_public_key: Option<String>,
    seller_id: Option<String>,
    max_hashes: Option<u32>,
) -> Result<diagnose::Hints, Error> {
    let own_public_key = own_public_key.map(PublicKey::parse).transpose()?;
    Ok(diagnose::Hints {
        own_public_key,
        seller_id,
        max_hashes,
    })
}

pub(super) fn notify(
    merchant: &Merchant,
    DiagnoseNotifyInput {
        body,
        own_public_key,
        seller_id,
        max_hashes,
    }: DiagnoseNotifyInput,
) -> Result<Diagnosis, Error> {
    let hints = hints(own_public_key, seller_id, max_hashes)?;
    Ok(merchant.diagnose_notify(&body.0, &hints).into())
}

pub(super) fn decoded(
    merchant: &Merchant,
    DiagnoseDecodedInput {
        fields,
        own_public_key,
        seller_id,
        max_hashes,
    }: DiagnoseDecodedInput,
) -> Result<Diagnosis, Error> {
    let hints = hints(own_public_key, seller_id, max_hashes)?;
    let fields = fields.iter().map(|(name, value)| (&**name, &**value));
    Ok(merchant.diagnose_decoded(fields, &hints).into())
}

pub(super) fn response(
    merchant: &Merchant,
    DiagnoseResponseInput {
        method,
        body,
        own_public_key,
        max_hashes,
    }: DiagnoseResponseInput,
) -> Result<Diagnosis, Error> {
    let hints = hints(own_public_key, None, max_hashes)?;
    Ok(merchant.diagnose_response(&method, &body.0, &hints)?.into())
}

pub(super) fn v3_response(
    merchant: &Merchant,
    DiagnoseV3ResponseInput {
        headers,
        body,
        own_public_key,
        max_hashes,
    }: DiagnoseV3ResponseInput,
) -> Result<Diagnosis, Error> {
    let hints = hints(own_public_key, None, max_hashes)?;
    let response = HttpResponse {
        status: 200,
        headers,
        body: body.0,
    };
    Ok(merchant.diagnose_v3_response(&response, &hints)?.into())
}

pub(super) fn request(
    DiagnoseRequestInput {
        string_to_sign,
        sub_msg,
    }: DiagnoseRequestInput,
) -> Result<RequestDiagnosis, Error> {
    Ok(diagnose::diagnose_request(&string_to_sign, &sub_msg).into())
}

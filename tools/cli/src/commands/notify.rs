//! `alipay notify`: is it Alipay's, and if it does not verify, why not. Prints no value of it but the trade's status.

use super::diagnose::{hints, plain, read_body, show};
use crate::{
    args::{DiagnosisArgs, NotifyVerifyArgs},
    certificates::advice,
    failure::Failure,
    output::{print, print_json, warn},
    words,
};
use alipay_core::{Error, ErrorCode, wire};
use serde::Serialize;

/// The line of `notify verify --json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verified<'a> {
    r#type: &'static str,
    paid: bool,
    trade_status: Option<&'a str>,
    variant: wire::NotifyVariant,
    fields: Vec<&'a str>,
}

pub(crate) fn verify(args: &NotifyVerifyArgs) -> Result<u8, Failure> {
    let merchant = args.application.builder()?.build()?;
    let body = read_body(&args.input)?;
    let verified = merchant.verify_notify(&body);
    let notify = verified.map_err(not_verified)?;
    let told = Verified {
        r#type: "notification",
        paid: notify.is_paid(),
        trade_status: notify.get("trade_status"),
        variant: notify.variant().into(),
        fields: notify.fields().map(|(name, _)| name).collect(),
    };
    if args.json {
        print_json(&told);
        return Ok(0);
    }
    let paid = if told.paid { "yes" } else { "no" };
    let status = told.trade_status.map(|status| format!(" ({})", plain(status)));
    let fields: Vec<String> = told.fields.iter().map(|name| plain(name)).collect();
    print(&format!(
        "ok\npaid    {paid}{}\nsigned  {}\nfields  {}\n",
        status.unwrap_or_default(),
        words::signed(notify.variant()),
        fields.join(", ")
    ));
    Ok(0)
}

/// Exit code 1; and where a certificate is missing, how to get it. Nothing is sent here.
fn not_verified(error: Error) -> Failure {
    if let (ErrorCode::AlipayCertUnknown, Some(sn)) = (error.code(), error.subject()) {
        warn(&advice(sn));
    }
    Failure::from(error).as_result()
}

pub(crate) fn diagnose(args: &DiagnosisArgs) -> Result<u8, Failure> {
    let hints = hints(args.own_public_key.as_deref())?;
    let merchant = args.application.builder()?.build()?;
    let body = read_body(&args.input)?;
    // A signature that fits is not all: the notification may be another application's.
    let exit = match merchant.verify_notify(&body) {
        Ok(_) => 0,
        Err(error) => {
            let failure = not_verified(error);
            warn(&failure.to_string());
            failure.exit()
        }
    };
    let diagnosis = merchant.diagnose_notify(&body, &hints);
    show(diagnosis, args.json, args.lang);
    Ok(exit)
}

//! `alipay notify`: is it Alipay's, and if it does not verify, why not. Prints no value of it but the trade's status.

use crate::{
    args::{Lang, NotifyDiagnoseArgs, NotifyVerifyArgs},
    certificates::advice,
    failure::Failure,
    merchant::{read, read_public_key},
    screen::{print, print_json},
    words,
};
use alipay_core::{
    Error, ErrorCode,
    diagnose::{Diagnosis, Finding, Hints},
    wire,
};
use serde::Serialize;
use std::path::Path;
use zeroize::Zeroizing;

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
        eprintln!("{}", advice(sn));
    }
    Failure::from(error).as_result()
}

pub(crate) fn diagnose(args: &NotifyDiagnoseArgs) -> Result<u8, Failure> {
    let own = args.own_public_key.as_deref();
    let own_public_key = own
        .map(|path| read_public_key(path, "--own-public-key"))
        .transpose()?;
    let merchant = args.application.builder()?.build()?;
    let body = read_body(&args.input)?;
    let certified = merchant
        .certificates()
        .map(|certificates| certificates.app_key().clone());
    let hints = Hints {
        own_public_key: own_public_key.or(certified),
        ..Hints::default()
    };
    // A signature that fits is not all: the notification may be another application's.
    let exit = match merchant.verify_notify(&body) {
        Ok(_) => 0,
        Err(error) => {
            let failure = not_verified(error);
            eprintln!("{failure}");
            failure.exit()
        }
    };
    let diagnosis = merchant.diagnose_notify(&body, &hints);
    if args.json {
        print_json(&wire::operation::diagnose::Diagnosis::from(diagnosis));
    } else {
        print(&in_words(&diagnosis, args.lang));
    }
    Ok(exit)
}

/// A body without the line end that an editor puts after it; a form has none.
fn read_body(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut body = read(path)?;
    let without = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n"));
    if let Some(length) = without.map(<[u8]>::len) {
        body.truncate(length);
    }
    Ok(body)
}

fn in_words(diagnosis: &Diagnosis, lang: Option<Lang>) -> String {
    let both = |zh: &str, en: &str| match lang {
        Some(Lang::Zh) => zh.to_owned(),
        Some(Lang::En) => en.to_owned(),
        None => format!("{zh} / {en}"),
    };
    let (zh, en) = words::verdict(diagnosis.verdict);
    let mut text = format!("verdict  {}: {}\n", diagnosis.verdict.as_str(), both(zh, en));
    if let Some(variant) = diagnosis.variant {
        text.push_str(&format!("signed   {}\n", words::signed(variant)));
    }
    for Finding { cause, fields, proof } in &diagnosis.findings {
        let names: Vec<String> = fields.iter().map(|name| plain(name)).collect();
        let names = if names.is_empty() {
            String::new()
        } else {
            format!(" in {}", names.join(", "))
        };
        text.push_str(&format!(
            "cause    {}{names} (proof: {})\n         {}\n",
            cause.as_str(),
            proof.as_str(),
            both(cause.meaning_zh(), cause.meaning_en())
        ));
        if lang != Some(Lang::En) {
            text.push_str(&format!("         处理: {}\n", cause.remedy_zh()));
        }
        if lang != Some(Lang::Zh) {
            text.push_str(&format!("         remedy: {}\n", cause.remedy_en()));
        }
    }
    text
}

/// A word of the message's, for a terminal: anybody may have written it.
fn plain(word: &str) -> String {
    word.escape_debug().take(64).collect()
}

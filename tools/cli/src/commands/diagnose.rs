//! `alipay diagnose`: why the gateway refuses a request of ours, or why its answer does not verify. What both, and
//! `alipay notify diagnose`, say is the core's; no value of a message is printed but the protocol's own words.

use crate::{
    args::{DiagnoseRequestArgs, DiagnoseResponseArgs, Lang},
    failure::Failure,
    merchant::{read, read_public_key},
    output::{print, print_json, warn},
    words,
};
use alipay_core::{
    ErrorCode, canonical,
    charset::Charset,
    diagnose::{Cause, Diagnosis, Difference, Finding, Hints, RequestDiagnosis, diagnose_request},
    form,
    http::HttpResponse,
    wire,
};
use serde_json::Value;
use std::path::Path;
use zeroize::Zeroizing;

pub(crate) fn response(args: &DiagnoseResponseArgs) -> Result<u8, Failure> {
    let hints = hints(args.diagnosis.own_public_key.as_deref())?;
    let merchant = args.diagnosis.application.builder()?.build()?;
    let body = read_body(&args.diagnosis.input)?;
    let diagnosis = merchant.diagnose_response(&args.method, &body, &hints);
    let diagnosis = diagnosis.map_err(|error| Failure::from(error).as_result())?;
    let response = HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: body.to_vec(),
    };
    let exit = match merchant.open(&args.method, &response) {
        Ok(answer) => u8::from(!answer.is_verified()),
        // It is verified before it is decrypted.
        Err(error) if error.code() == ErrorCode::ContentKeyMissing => 0,
        Err(error) => {
            let failure = Failure::from(error).as_result();
            warn(&failure.to_string());
            failure.exit()
        }
    };
    show(diagnosis, args.diagnosis.json, args.diagnosis.lang);
    Ok(exit)
}

pub(crate) fn request(args: &DiagnoseRequestArgs) -> Result<u8, Failure> {
    let request = read_body(&args.request)?;
    let answer = read(&args.answer)?;
    let (ours, sub_msg) = (signed(&request)?, sub_msg(&answer)?);
    let diagnosis = diagnose_request(&ours, &sub_msg);
    let exit = u8::from(diagnosis.cause == Some(Cause::NoString));
    if args.json {
        print_json(&wire::operation::diagnose::RequestDiagnosis::from(diagnosis));
    } else {
        print(&compared(&diagnosis, args.lang));
    }
    Ok(exit)
}

/// The string that was signed: the text itself, or that of the URL and the form that were sent.
fn signed(request: &[u8]) -> Result<String, Failure> {
    let unreadable = || {
        Failure::usage(
            "request_unreadable",
            "--request: neither a string to be signed nor a form",
        )
    };
    // What was sent has its signature in it, and what was signed never has.
    let is_sent = request
        .split(|byte| matches!(byte, b'&' | b'?' | b'\n'))
        .any(|piece| piece.starts_with(b"sign="));
    if !is_sent {
        let text = String::from_utf8(request.to_vec()).map_err(|_| unreadable())?;
        return if text.contains('=') {
            Ok(text)
        } else {
            Err(unreadable())
        };
    }
    let mut fields = Vec::new();
    for line in request.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        let query = line
            .iter()
            .position(|byte| *byte == b'?')
            .filter(|_| line.starts_with(b"http"));
        let form = query.and_then(|at| line.get(at + 1..)).unwrap_or(line);
        if !form.is_empty() {
            fields.extend(form::decode(form).map_err(|_| unreadable())?);
        }
    }
    let charset = fields.iter().find(|(name, _)| name == b"charset");
    let charset = charset.and_then(|(_, name)| str::from_utf8(name).ok()?.parse().ok());
    let charset: Charset = charset.unwrap_or_default();
    let text = |bytes: &[u8]| charset.decode(bytes).map(String::from).map_err(|_| unreadable());
    let pairs = fields.iter().map(|(name, value)| Ok((text(name)?, text(value)?)));
    let pairs: Vec<(String, String)> = pairs.collect::<Result<_, Failure>>()?;
    Ok(canonical::string_to_sign(
        pairs.iter().map(|(name, value)| (&**name, &**value)),
    ))
}

/// The `sub_msg` of an answer that refuses a signature. Anybody may have written it; nothing is believed of it.
fn sub_msg(answer: &[u8]) -> Result<String, Failure> {
    let unreadable = || Failure::usage("answer_unreadable", "--answer: no answer of the gateway's");
    // Some of these answers are GBK, whatever the request was.
    let texts = [Charset::Utf8, Charset::Gb18030].map(|charset| charset.decode(answer));
    let text = texts.into_iter().find_map(Result::ok).ok_or_else(unreadable)?;
    let members: serde_json::Map<String, Value> = serde_json::from_str(&text).map_err(|_| unreadable())?;
    let mut nodes = members.iter().filter(|(name, _)| name.ends_with("_response"));
    let (_, node) = nodes.next().ok_or_else(unreadable)?;
    let said = |name: &str| node.get(name).and_then(Value::as_str);
    // It has had both names.
    if !matches!(
        said("sub_code"),
        Some("isv.invalid-signature" | "isv.invalid-sign")
    ) {
        return Err(Failure::usage(
            "answer_other",
            "--answer: this answer is no isv.invalid-signature",
        ));
    }
    Ok(said("sub_msg").unwrap_or_default().to_owned())
}

fn compared(diagnosis: &RequestDiagnosis, lang: Option<Lang>) -> String {
    let mut text = String::new();
    if let Some(cause) = diagnosis.cause {
        text.push_str(&format!("cause    {}\n", cause.as_str()));
        explain(cause, lang, &mut text);
    }
    for difference in &diagnosis.differences {
        let Difference {
            parameter,
            member,
            kind,
            cause,
            at,
            our_length,
            gateway_length,
            ours,
            gateway,
        } = difference;
        let member = member.as_ref().map(|member| format!(".{}", plain(member)));
        text.push_str(&format!(
            "{:<8} {}{}\n",
            kind.as_str(),
            plain(parameter),
            member.unwrap_or_default()
        ));
        for (who, length, value) in [("signed", our_length, ours), ("gateway", gateway_length, gateway)] {
            if let Some(length) = length {
                let value = value.as_ref().map(|value| format!(": {}", plain(value)));
                text.push_str(&format!(
                    "         {who} {length} characters{}\n",
                    value.unwrap_or_default()
                ));
            }
        }
        if let Some(at) = at {
            text.push_str(&format!("         they differ from character {} on\n", at + 1));
        }
        if let Some(cause) = cause {
            text.push_str(&format!("         cause {}\n", cause.as_str()));
            explain(*cause, lang, &mut text);
        }
    }
    text
}

pub(super) fn hints(own_public_key: Option<&Path>) -> Result<Hints, Failure> {
    let own_public_key = own_public_key
        .map(|path| read_public_key(path, "--own-public-key"))
        .transpose()?;
    Ok(Hints {
        own_public_key,
        ..Hints::default()
    })
}

pub(super) fn show(diagnosis: Diagnosis, json: bool, lang: Option<Lang>) {
    if json {
        print_json(&wire::operation::diagnose::Diagnosis::from(diagnosis));
    } else {
        print(&in_words(&diagnosis, lang));
    }
}

fn both(lang: Option<Lang>, zh: &str, en: &str) -> String {
    match lang {
        Some(Lang::Zh) => zh.to_owned(),
        Some(Lang::En) => en.to_owned(),
        None => format!("{zh} / {en}"),
    }
}

/// What a cause means and what to do.
fn explain(cause: Cause, lang: Option<Lang>, text: &mut String) {
    let meaning = both(lang, cause.meaning_zh(), cause.meaning_en());
    text.push_str(&format!("         {meaning}\n"));
    if lang != Some(Lang::En) {
        text.push_str(&format!("         处理: {}\n", cause.remedy_zh()));
    }
    if lang != Some(Lang::Zh) {
        text.push_str(&format!("         remedy: {}\n", cause.remedy_en()));
    }
}

/// A body without the line end that an editor puts after it; a form has none.
pub(super) fn read_body(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut body = read(path)?;
    let without = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n"));
    if let Some(length) = without.map(<[u8]>::len) {
        body.truncate(length);
    }
    Ok(body)
}

fn in_words(diagnosis: &Diagnosis, lang: Option<Lang>) -> String {
    let (zh, en) = words::verdict(diagnosis.verdict);
    let mut text = format!(
        "verdict  {}: {}\n",
        diagnosis.verdict.as_str(),
        both(lang, zh, en)
    );
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
            "cause    {}{names} (proof: {})\n",
            cause.as_str(),
            proof.as_str(),
        ));
        explain(*cause, lang, &mut text);
    }
    if let Some(sn) = &diagnosis.unknown_cert_sn {
        text.push_str(&format!("SN       {sn}\n"));
    }
    text
}

/// A word of the message's, for a terminal: anybody may have written it.
pub(super) fn plain(word: &str) -> String {
    word.escape_debug().take(64).collect()
}

//! Distinguished names as RFC 2253 text, to the letter as Java's `X500Principal.getName()` writes them: the SN that the
//! gateway compares is the digest of that text, so its deviations from the RFC are part of the protocol.

use alloc::{format, string::String, vec::Vec};
use rsa::pkcs8::der::{Encode, Tag, Tagged, asn1::Any};
use x509_cert::{
    attr::AttributeTypeAndValue,
    name::{Name, RelativeDistinguishedName},
};

/// The attribute types that RFC 2253 has a short name for.
fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.25" => "DC",
        "0.9.2342.19200300.100.1.1" => "UID",
        _ => return None,
    })
}

/// The name's parts from the last to the first, joined by `,`; the values of one part by `+`.
pub(super) fn rfc2253(name: &Name) -> String {
    let mut parts: Vec<String> = name
        .iter_rdn()
        .map(|part| {
            let values: Vec<String> = part.iter().map(attribute).collect();
            values.join("+")
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

/// Whom a certificate is for: the texts of its common names; without any, nobody.
pub(super) fn common_names(name: &Name) -> Option<Vec<String>> {
    let attributes = name.iter_rdn().flat_map(RelativeDistinguishedName::iter);
    let names = attributes.filter(|attribute| short_name(&format!("{}", attribute.oid)) == Some("CN"));
    let names: Vec<String> = names.map(|name| text(&name.value)).collect::<Option<_>>()?;
    (!names.is_empty()).then_some(names)
}

fn attribute(attribute: &AttributeTypeAndValue) -> String {
    let oid = format!("{}", attribute.oid);
    match (short_name(&oid), text(&attribute.value)) {
        (Some(name), Some(text)) => format!("{name}={}", escape(&text)),
        (name, _) => {
            let der = attribute.value.to_der().unwrap_or_default();
            let hex: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{}=#{hex}", name.unwrap_or(&oid))
        }
    }
}

/// A string's bytes read as UTF-8, whatever kind of string it is: Java does so even for BMPString and TeletexString.
fn text(value: &Any) -> Option<String> {
    let is_text = matches!(
        value.tag(),
        Tag::Utf8String
            | Tag::PrintableString
            | Tag::TeletexString
            | Tag::Ia5String
            | Tag::GeneralString
            | Tag::BmpString
    );
    is_text.then(|| String::from_utf8_lossy(value.value()).into_owned())
}

/// Escapes the special characters wherever they stand, and every space at either end.
fn escape(text: &str) -> String {
    let space = |c: char| matches!(c, ' ' | '\r');
    let leading = text.chars().take_while(|c| space(*c)).count();
    let trailing = text.chars().rev().take_while(|c| space(*c)).count();
    let inner_end = text.chars().count().saturating_sub(trailing);
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        if c == '\0' {
            out.push_str("\\00");
            continue;
        }
        if at < leading || at >= inner_end || ",=+<>#;\"\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

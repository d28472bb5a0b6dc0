//! `api.json` says "every field": here it is held to that. And the records have every field of the official SDK's models:
//! `sdk_fields.txt` lists those of `com.alipay.sdk:alipay-sdk-java`: our record, its class, its fields. The interop suite holds
//! the list to the SDK itself. Left out: `orderStr` and `pageRedirectionData`, which the SDK makes itself and no gateway sends.

use alipay_core::api::{METHODS, RECORDS};
use conformance::vectors;
use serde_json::Value;
use std::fs;

#[test]
fn the_full_requests_have_every_field_of_every_record() {
    let text = fs::read_to_string(vectors::directory().join("api.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let rows = file["rows"].as_array().unwrap();
    for (method, request, _) in METHODS {
        let name = format!("{method}: every field");
        let row = rows
            .iter()
            .find(|row| row["name"] == *name)
            .unwrap_or_else(|| panic!("no row {name}"));
        complete(request, &row["input"]["request"], request);
    }
}

/// The record of this name has all its fields in `value`.
fn complete(record: &str, value: &Value, path: &str) {
    let record = RECORDS.iter().find(|known| known.name == record).expect("listed");
    for field in record.fields {
        let name = field.name.trim_start_matches("r#");
        let path = format!("{path}.{name}");
        let given = &value[name];
        // The two exclude each other.
        let excluded = match name {
            "enable_pay_channels" => !value["disable_pay_channels"].is_null(),
            "disable_pay_channels" => !value["enable_pay_channels"].is_null(),
            _ => false,
        };
        assert!(excluded || !given.is_null(), "{path} is missing");
        let kind: String = field.kind.chars().filter(|char| !char.is_whitespace()).collect();
        let (kind, items) = match kind.strip_prefix("Vec<").and_then(|kind| kind.strip_suffix('>')) {
            Some(kind) => (kind.to_owned(), given.as_array().expect("a list").clone()),
            None => (kind, vec![given.clone()]),
        };
        if RECORDS.iter().any(|known| known.name == kind) {
            assert!(!items.is_empty(), "{path} is empty");
            for item in items {
                complete(&kind, &item, &path);
            }
        }
    }
}

/// A record, a class of the SDK's that it stands for, and the class's fields with their types.
type SdkClass = (&'static str, &'static str, Vec<(&'static str, &'static str)>);

fn sdk_classes() -> Vec<SdkClass> {
    let lines = include_str!("../sdk_fields.txt").lines();
    let class = |line: &'static str| {
        let mut words = line.split(' ');
        let (record, class) = (words.next().expect("a record"), words.next().expect("a class"));
        let fields = words.map(|field| field.split_once(':').expect("a field and its type"));
        (record, class, fields.collect())
    };
    lines.map(class).collect()
}

#[test]
fn every_field_of_the_official_sdks_models_has_a_place() {
    let classes = sdk_classes();
    let fields: usize = classes.iter().map(|(_, _, fields)| fields.len()).sum();
    assert!(
        classes.len() >= 85 && fields >= 700,
        "{} classes, {fields} fields",
        classes.len()
    );
    for (record, class, fields) in &classes {
        let known = RECORDS.iter().find(|known| known.name == *record).expect(record);
        for (name, kind) in fields {
            let field = known
                .fields
                .iter()
                .find(|field| field.name.trim_start_matches("r#") == *name);
            let field = field.unwrap_or_else(|| panic!("{record} lacks {name} of {class}"));
            let ours = field.kind.replace([' ', '\n'], "");
            let (ours, many) = match ours.strip_prefix("Vec<").and_then(|kind| kind.strip_suffix('>')) {
                Some(item) => (item.to_owned(), true),
                None => (ours, false),
            };
            let (theirs, theirs_many) = match kind.strip_suffix("[]") {
                Some(item) => (item, true),
                None => (*kind, false),
            };
            assert_eq!(many, theirs_many, "{record}.{name}: a list here or there only");
            let fits = match theirs {
                "String" => ["String", "Amount", "Personal", "AuthCode"].contains(&&*ours),
                "Long" => ours == "u64",
                "Boolean" => ours == "bool",
                "Date" => ours == "String",
                // A record of ours for this class of theirs.
                other => classes
                    .iter()
                    .any(|(record, class, _)| *record == ours && *class == other),
            };
            assert!(fits, "{record}.{name} is {ours} here and {theirs} in {class}");
        }
    }
}

#[test]
fn every_record_stands_for_a_class_of_the_official_sdks() {
    let classes = sdk_classes();
    for record in RECORDS {
        assert!(
            classes.iter().any(|(known, ..)| *known == record.name),
            "{}",
            record.name
        );
    }
}

//! `api.json` says "every field": here it is held to that.

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

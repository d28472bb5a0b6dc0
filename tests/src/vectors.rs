//! The golden vectors of `tests/vectors/*.json`, read strictly and run against the core.
//!
//! A file is `{"description", "source", "runner"?, "keys"?, "merchants"?, "rows"}`; a row is `{"name", "provenance", …inputs…}` with either `expect` or
//! `error`, a stable code. Every other language runs the same rows. An unknown field fails, so that a row never checks less
//! than it says.

mod crypto;
mod messages;
mod operation;
mod payment;
mod values;

use alipay_core::Error;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

/// The directory of the vectors.
#[must_use]
pub fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// A test key: base64 of PKCS#8 and of SPKI.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyPair {
    private_key: String,
    public_key: String,
}

/// What a file's rows name: keys, and merchants as their options.
struct Shared {
    keys: BTreeMap<String, KeyPair>,
    merchants: BTreeMap<String, Value>,
}

impl Shared {
    fn pair(&self, name: &str) -> &KeyPair {
        self.keys
            .get(name)
            .unwrap_or_else(|| panic!("the file has no key {name}"))
    }

    fn private(&self, name: &str) -> alipay_core::key::PrivateKey {
        alipay_core::key::PrivateKey::parse(&self.pair(name).private_key).expect("a test key")
    }

    fn public(&self, name: &str) -> alipay_core::key::PublicKey {
        alipay_core::key::PublicKey::parse(&self.pair(name).public_key).expect("a test key")
    }
}

/// The inputs of one kind of row, and what they come to.
trait Case: DeserializeOwned {
    type Expect: DeserializeOwned + PartialEq + fmt::Debug;

    fn run(self, keys: &Shared) -> Result<Self::Expect, Error>;

    /// Whether `actual` is all that the row says. Only a kind of row that may leave something open overrides this.
    fn agrees(actual: &Self::Expect, expected: &Self::Expect) -> bool {
        actual == expected
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    description: String,
    source: String,
    /// `operation`: the rows name an operation, whatever the file is called.
    runner: Option<String>,
    #[serde(default)]
    keys: BTreeMap<String, KeyPair>,
    /// Merchants' options by name, for operations.
    #[serde(default)]
    merchants: BTreeMap<String, Value>,
    rows: Vec<Map<String, Value>>,
}

/// A test key of the file `name`: base64 of PKCS#8 and of SPKI.
///
/// # Panics
/// If the file or the key is not there.
#[must_use]
pub fn key_pair(name: &str, key: &str) -> (String, String) {
    let keys = read(name).keys;
    let pair = keys
        .get(key)
        .unwrap_or_else(|| panic!("{name}.json has no key {key}"));
    (pair.private_key.clone(), pair.public_key.clone())
}

fn read(name: &str) -> File {
    let path = directory().join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}.json: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

/// Runs every row of the file `name` and returns how many there were.
///
/// # Panics
/// If no reader knows this file, or it can't be read, has no rows, or a row is wrong: with the names of all such rows.
#[must_use]
pub fn run(name: &str) -> usize {
    let file = read(name);
    let run = match file.runner.as_deref().unwrap_or(name) {
        "operation" => run_rows::<operation::OperationCase>,
        "amount" => run_rows::<values::AmountCase>,
        "canonical" => run_rows::<values::CanonicalCase>,
        "envelope" => run_rows::<messages::EnvelopeCase>,
        "form" => run_rows::<values::FormCase>,
        "keys" => run_rows::<crypto::KeyCase>,
        "notify" => run_rows::<messages::NotifyCase>,
        "payment" => run_rows::<payment::PaymentCase>,
        "request" => run_rows::<messages::RequestCase>,
        "sign" => run_rows::<crypto::SignCase>,
        "time" => run_rows::<values::TimeCase>,
        unknown => panic!("no reader knows {unknown}.json"),
    };
    assert!(!file.rows.is_empty(), "{name}.json has no rows");
    assert!(
        !file.description.is_empty() && !file.source.is_empty(),
        "{name}.json does not say what it is"
    );
    let rows = file.rows.len();
    let failures = run(
        file.rows,
        &Shared {
            keys: file.keys,
            merchants: file.merchants,
        },
    );
    assert!(
        failures.is_empty(),
        "{name}.json, {} of {rows} rows:\n{}",
        failures.len(),
        failures.join("\n")
    );
    println!("{name}.json: {rows} rows");
    rows
}

/// What is wrong, a line per row.
fn run_rows<C: Case>(rows: Vec<Map<String, Value>>, keys: &Shared) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    rows.into_iter()
        .enumerate()
        .filter_map(|(index, row)| {
            let name = row
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            if name.is_empty() || !names.insert(name.clone()) {
                return Some(format!("row {index}: no name of its own"));
            }
            run_row::<C>(row, keys)
                .err()
                .map(|wrong| format!("{name}: {wrong}"))
        })
        .collect()
}

fn run_row<C: Case>(mut row: Map<String, Value>, keys: &Shared) -> Result<(), String> {
    row.remove("name");
    let provenance = row.remove("provenance");
    if provenance
        .as_ref()
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return Err("no provenance".into());
    }
    let (expect, error) = (row.remove("expect"), row.remove("error"));
    let expected = match (expect, error) {
        (Some(expect), None) => {
            Ok(serde_json::from_value::<C::Expect>(expect).map_err(|error| format!("expect: {error}"))?)
        }
        (None, Some(Value::String(code))) => Err(code),
        _ => return Err("neither expect nor error, or both".into()),
    };
    let case: C = serde_json::from_value(Value::Object(row)).map_err(|error| error.to_string())?;
    let actual = case.run(keys).map_err(|error| error.code().as_str().to_owned());
    let right = match (&actual, &expected) {
        (Ok(actual), Ok(expected)) => C::agrees(actual, expected),
        (Err(actual), Err(expected)) => actual == expected,
        _ => false,
    };
    if right {
        Ok(())
    } else {
        Err(format!("\n  expected {expected:?}\n  actual   {actual:?}"))
    }
}

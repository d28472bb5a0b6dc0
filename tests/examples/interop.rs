//! The other SDKs verify what we sign, and we verify what they sign: random calls with everything that goes wrong in practice.
//!
//! `interop make SETS` writes the calls, signed by us; each peer in `tests/interop` reads them and writes its answers;
//! `interop check SETS PEER ANSWERS` reads those. `cargo xtask test interop` runs it all.

use alipay_core::{
    Merchant, Timestamp,
    charset::Charset,
    envelope::Call,
    form,
    key::{PrivateKey, PublicKey},
};
use conformance::vectors;
use proptest::{
    collection::btree_map,
    prelude::{Strategy, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, env, fs};

/// Of each charset.
const SETS: usize = 500;
const APP_ID: &str = "2014072300007148";

type Fields = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sets {
    app_id: String,
    /// PKCS#8 and SPKI, base64.
    private_key: String,
    public_key: String,
    sets: Vec<Set>,
}

/// One call: what it says, and it as we sign it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    id: usize,
    charset: String,
    method: String,
    biz_content: String,
    parameters: Fields,
    /// A form: the request, with the charset of its URL.
    request: String,
    /// A form: the same fields as a notification, which does not sign `sign_type`.
    notification: String,
}

#[derive(Deserialize)]
struct Answer {
    id: usize,
    request: bool,
    notification: bool,
    /// A form: the same call as the peer signs it.
    theirs: String,
}

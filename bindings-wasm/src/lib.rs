//! The WebAssembly engine: `alipay_core::wire::engine` with wasm-bindgen's attributes around it, and nothing else.
//!
//! Not API: the TypeScript layer in `ts/` checks the arguments before they come here, and makes of what is thrown (an
//! `Error` whose message is an error report as JSON) its own error. `engine.ts` is the other side of this file.
#![allow(
    missing_docs,
    reason = "engine.ts and alipay_core::wire::engine describe the same names"
)]

use alipay_core::{
    Error, ErrorCode,
    charset::{self, HostTables},
    key::{PrivateKey, PrivateKeyFormat},
    wire::engine,
};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::cell::OnceCell;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

type Thrown<T> = Result<T, JsError>;

#[allow(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn thrown(error: Error) -> JsError {
    JsError::new(&engine::error(&error))
}

#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

#[wasm_bindgen]
extern "C" {
    /// GB18030 as the platform has it; `gb18030.ts`.
    pub type CharsetTables;
    #[wasm_bindgen(method)]
    fn encode(this: &CharsetTables, text: &str) -> Option<Vec<u8>>;
    #[wasm_bindgen(method)]
    fn decode(this: &CharsetTables, bytes: &[u8]) -> Option<String>;
}

thread_local! {
    static TABLES: OnceCell<CharsetTables> = const { OnceCell::new() };
}

/// Gives the core the platform's tables, once.
#[wasm_bindgen(js_name = useCharsetTables)]
pub fn use_charset_tables(tables: CharsetTables) {
    fn asked<T>(question: impl FnOnce(&CharsetTables) -> Option<T>) -> Option<T> {
        TABLES.with(|tables| tables.get().and_then(question))
    }
    if TABLES.with(|known| known.set(tables)).is_ok() {
        charset::use_host_tables(HostTables {
            encode: |text| asked(|tables| tables.encode(text)),
            decode: |bytes| asked(|tables| tables.decode(bytes)),
        });
    }
}

#[wasm_bindgen(js_name = generateKeyPair)]
pub fn generate_key_pair(bits: f64) -> Thrown<String> {
    // Found out here, where it can still be said: the generator itself would panic.
    getrandom::fill(&mut [0; 1]).map_err(|_| thrown(ErrorCode::Internal.into()))?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates; a fraction is refused below"
    )]
    let whole = if bits.fract() == 0.0 { bits as u32 } else { 0 };
    engine::generate_key_pair(&mut UnwrapErr(SysRng), whole).map_err(thrown)
}

/// A private key as PKCS#8 in PEM, which is what WebCrypto takes.
#[wasm_bindgen(js_name = toPkcs8)]
pub fn to_pkcs8(key: &str) -> Thrown<String> {
    let key = PrivateKey::parse(key.as_bytes()).map_err(thrown)?;
    let pem = key.to_pem(PrivateKeyFormat::Pkcs8).map_err(thrown)?;
    Ok(pem.to_string())
}

/// Free functions: the name here, the name in JavaScript, the arguments.
macro_rules! functions {
    ($($name:ident $js:ident ($($argument:ident: $ty:ty),*) -> $answer:ty;)*) => {$(
        #[wasm_bindgen(js_name = $js)]
        pub fn $name($($argument: $ty),*) -> Thrown<$answer> {
            engine::$name($($argument),*).map_err(thrown)
        }
    )*};
}

functions! {
    error_codes errorCodes() -> String;
    business_code businessCode(sub_code: &str) -> String;
    charge_amount chargeAmount(text: &str) -> String;
    read_amount readAmount(text: &str) -> String;
    to_beijing toBeijing(unix_ms: f64) -> String;
    from_beijing fromBeijing(text: &str) -> f64;
    string_to_sign stringToSign(pairs: &str) -> String;
    encode_form encodeForm(pairs: &str) -> String;
    decode_form decodeForm(body: &[u8]) -> String;
    inspect_private_key inspectPrivateKey(key: &[u8]) -> String;
    inspect_public_key inspectPublicKey(key: &[u8]) -> String;
    typed_call tradeCall(method: &str, request: &str) -> String;
    check_call checkCall(call: &str) -> ();
    invoke invoke(operation: &str, input: &str) -> String;
    snapshot_number snapshotNumber(snapshot: &[u8]) -> f64;
}

/// Where a payment's requests are numbered from.
fn random() -> Thrown<u32> {
    getrandom::u32().map_err(|_| thrown(ErrorCode::Internal.into()))
}

#[wasm_bindgen]
pub struct Merchant(engine::Merchant);

#[wasm_bindgen]
impl Merchant {
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Thrown<Self> {
        engine::Merchant::new(options).map(Self).map_err(thrown)
    }

    #[must_use]
    pub fn delegated(&self) -> Self {
        Self(self.0.delegated())
    }

    #[wasm_bindgen(js_name = signsExternally)]
    #[must_use]
    pub fn signs_externally(&self) -> bool {
        self.0.signs_externally()
    }

    #[allow(clippy::needless_pass_by_value, reason = "an optional text crosses by value")]
    pub fn sign(&self, message: &[u8], sign_type: Option<String>) -> Thrown<Vec<u8>> {
        self.0.sign(message, sign_type.as_deref()).map_err(thrown)
    }

    #[allow(clippy::needless_pass_by_value, reason = "an optional text crosses by value")]
    pub fn verify(&self, message: &[u8], signature: &[u8], sign_type: Option<String>) -> Thrown<()> {
        self.0
            .verify(message, signature, sign_type.as_deref())
            .map_err(thrown)
    }

    #[wasm_bindgen(js_name = verifyNotify)]
    pub fn verify_notify(&self, body: &[u8]) -> Thrown<String> {
        self.0.verify_notify(body).map_err(thrown)
    }

    pub fn prepare(&self, call: &str, now: f64) -> Thrown<String> {
        self.0.prepare(call, now).map_err(thrown)
    }

    pub fn finish(&self, call: &str, now: f64, signature: &[u8]) -> Thrown<String> {
        self.0.finish(call, now, signature).map_err(thrown)
    }

    pub fn request(&self, call: &str, now: f64) -> Thrown<String> {
        self.0.request(call, now).map_err(thrown)
    }

    pub fn invoke(&self, operation: &str, input: &str) -> Thrown<String> {
        self.0.invoke(operation, input).map_err(thrown)
    }

    pub fn open(&self, method: &str, status: u16, body: Vec<u8>) -> Thrown<String> {
        self.0.open(method, status, body).map_err(thrown)
    }
}

#[wasm_bindgen]
pub struct Payment(engine::Payment);

#[wasm_bindgen]
impl Payment {
    #[wasm_bindgen(constructor)]
    pub fn new(merchant: &Merchant, order: &str, policy: &str, start: &str, now: f64) -> Thrown<Self> {
        engine::Payment::new(&merchant.0, order, policy, start, random()?, now)
            .map(Self)
            .map_err(thrown)
    }

    pub fn restore(merchant: &Merchant, snapshot: &[u8], restored: &str, now: f64) -> Thrown<Self> {
        engine::Payment::restore(&merchant.0, snapshot, restored, random()?, now)
            .map(Self)
            .map_err(thrown)
    }

    #[wasm_bindgen(js_name = setResetsOnDeath)]
    pub fn set_resets_on_death(&mut self, resets: bool) {
        self.0.set_resets_on_death(resets);
    }

    #[wasm_bindgen(js_name = isWanted)]
    #[must_use]
    pub fn is_wanted(&self, id: u32) -> bool {
        self.0.is_wanted(id)
    }

    #[wasm_bindgen(js_name = giveUp)]
    pub fn give_up(&mut self, now: f64) -> Thrown<()> {
        self.0.give_up(now).map_err(thrown)
    }

    pub fn poll(&mut self, now: f64) -> Thrown<String> {
        self.0.poll(now).map_err(thrown)
    }

    pub fn response(
        &mut self,
        id: u32,
        status: u16,
        headers: &str,
        body: Vec<u8>,
        reset: bool,
        now: f64,
    ) -> Thrown<()> {
        let told = self.0.response(id, status, headers, body, reset, now);
        told.map_err(thrown)
    }

    pub fn failure(&mut self, id: u32, failure: &str, now: f64) -> Thrown<()> {
        self.0.failure(id, failure, now).map_err(thrown)
    }

    pub fn signature(&mut self, id: u32, signature: &[u8], now: f64) -> Thrown<()> {
        self.0.signature(id, signature, now).map_err(thrown)
    }

    pub fn notify(&mut self, body: &[u8], now: f64) -> Thrown<()> {
        self.0.notify(body, now).map_err(thrown)
    }

    pub fn cancel(&mut self, now: f64) -> Thrown<()> {
        self.0.cancel(now).map_err(thrown)
    }

    #[wasm_bindgen(js_name = setMerchant)]
    pub fn set_merchant(&mut self, merchant: &Merchant) -> Thrown<()> {
        self.0.set_merchant(&merchant.0).map_err(thrown)
    }

    #[wasm_bindgen(js_name = alipayTime)]
    #[must_use]
    pub fn alipay_time(&self) -> Option<f64> {
        self.0.alipay_time()
    }

    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        self.0.snapshot()
    }

    pub fn state(&self) -> Thrown<String> {
        self.0.state().map_err(thrown)
    }
}

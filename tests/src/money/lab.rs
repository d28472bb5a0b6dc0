//! What all runs share: the merchant, in its two ways of signing, and both parties' keys.

use super::{
    alipay::{FEN, Ms, NUMBER, Status, amount, stamp},
    keys::StandIn,
};
use alipay_core::{
    Merchant,
    api::TradePayRequest,
    charset::Charset,
    id::AuthCode,
    key::{PrivateKey, PublicKey},
    sign::{SignType, Signer, Verifier, to_base64},
};
use std::sync::Arc;

/// The buyer's payment code: marked, so that it is found where it must not be.
pub(crate) const AUTH_CODE: &str = "287654321098765432";
pub(crate) const APP_ID: &str = "2014072300007148";
/// One run in so many uses real RSA.
pub const REAL: u64 = 1000;

/// The two ways of signing.
pub struct Labs {
    stand_in: Lab,
    real: Lab,
}

impl Default for Labs {
    fn default() -> Self {
        Self {
            stand_in: Lab::stand_in(),
            real: Lab::real(),
        }
    }
}

impl Labs {
    /// Where the run with this number takes place.
    #[must_use]
    pub const fn of(&self, number: u64) -> &Lab {
        if number % REAL == REAL - 1 {
            &self.real
        } else {
            &self.stand_in
        }
    }
}

/// One of these serves any number of runs.
pub struct Lab {
    /// Signing here and elsewhere, in UTF-8 and in GBK.
    merchants: [[Arc<Merchant>; 2]; 2],
    pub(crate) order: TradePayRequest,
    pub(crate) app: Arc<dyn Signer>,
    alipay: Arc<dyn Signer>,
    /// Checks our requests as the gateway would.
    pub(crate) gate: Option<Arc<dyn Verifier>>,
}

impl Lab {
    /// With the stand-in for RSA.
    ///
    /// # Panics
    /// Never: the keys beside this file are in order.
    #[must_use]
    pub fn stand_in() -> Self {
        Self::with(
            Arc::new(StandIn::App),
            Arc::new(StandIn::Alipay),
            Arc::new(StandIn::Alipay),
            None,
        )
    }

    /// With real RSA, and every request's signature checked where it arrives.
    ///
    /// # Panics
    /// Never: the keys beside this file are in order.
    #[must_use]
    pub fn real() -> Self {
        let app = PrivateKey::parse(include_str!("../../../core/tests/keys/app_private_key.pem")).unwrap();
        let alipay =
            PrivateKey::parse(include_str!("../../../core/tests/keys/alipay_private_key.pem")).unwrap();
        Self::with(
            app.signer().unwrap(),
            alipay.signer().unwrap(),
            alipay.public_key().verifier().unwrap(),
            Some(app.public_key().verifier().unwrap()),
        )
    }

    fn with(
        app: Arc<dyn Signer>,
        alipay: Arc<dyn Signer>,
        verifier: Arc<dyn Verifier>,
        gate: Option<Arc<dyn Verifier>>,
    ) -> Self {
        let key = PublicKey::parse(include_str!("../../../core/tests/keys/alipay_public_key.pem")).unwrap();
        let builder = Merchant::builder(APP_ID, key)
            .verifier(verifier)
            .notify_url("https://merchant.example/notify");
        let code = AuthCode::new(AUTH_CODE).unwrap();
        let merchants = [Charset::Utf8, Charset::Gbk].map(|charset| {
            let builder = builder.clone().charset(charset);
            let here = builder.clone().signer(Arc::clone(&app));
            [here, builder.external_signer()].map(|merchant| Arc::new(merchant.build().unwrap()))
        });
        Self {
            merchants,
            order: TradePayRequest::bar_code(NUMBER, code, amount(FEN), "Iphone6 16G"),
            app,
            alipay,
            gate,
        }
    }

    pub(crate) fn merchant(&self, gbk: bool, elsewhere: bool) -> Arc<Merchant> {
        let [utf8_merchants, gbk_merchants] = &self.merchants;
        let [here, there] = if gbk { gbk_merchants } else { utf8_merchants };
        Arc::clone(if elsewhere { there } else { here })
    }

    /// A notification as it is posted.
    pub(crate) fn notification(
        &self,
        status: Status,
        fen: u64,
        paid_at: Option<Ms>,
        gbk: bool,
        genuine: bool,
    ) -> Vec<u8> {
        let status = status.as_str();
        let paid = paid_at.map(|at| stamp(at).to_beijing());
        let number = format!("{status}{}", paid_at.unwrap_or(0));
        let amount = amount(fen).to_string();
        let (charset, subject): (_, &[u8]) = if gbk {
            ("GBK", b"\xd6\xa7\x81\x7d=\xd5\x5c&")
        } else {
            ("utf-8", b"Iphone6 16G")
        };
        let fields = [
            ("app_id", Some(APP_ID.as_bytes())),
            ("charset", Some(charset.as_bytes())),
            ("gmt_payment", paid.as_deref().map(str::as_bytes)),
            ("notify_id", Some(number.as_bytes())),
            ("out_trade_no", Some(NUMBER.as_bytes())),
            ("subject", Some(subject)),
            ("total_amount", Some(amount.as_bytes())),
            ("trade_no", Some(b"2026112222001401")),
            ("trade_status", Some(status.as_bytes())),
        ];
        let (mut text, mut body) = (Vec::new(), String::new());
        for (name, value) in fields.iter().filter_map(|(name, value)| Some((*name, (*value)?))) {
            if !text.is_empty() {
                text.push(b'&');
            }
            text.extend_from_slice(name.as_bytes());
            text.push(b'=');
            text.extend_from_slice(value);
            body.push_str(name);
            body.push('=');
            body.extend(form_urlencoded::byte_serialize(value));
            body.push('&');
        }
        let sign = self.seal(if genuine { &text } else { b"forged" });
        body.push_str("sign_type=RSA2&sign=");
        body.extend(form_urlencoded::byte_serialize(sign.as_bytes()));
        body.into_bytes()
    }

    pub(crate) fn seal(&self, message: &[u8]) -> String {
        to_base64(
            &self
                .alipay
                .sign(SignType::Rsa2, message)
                .expect("a key that signs"),
        )
    }
}

//! What Alipay said over either protocol, in the form the rules read it in.

use crate::{envelope, json::Object, merchant::ApiVersion, time::Timestamp, v3};
use alloc::{borrow::ToOwned, string::String};

/// What kind of an answer it is, by its code alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 10000; over v3, a body without a code.
    Success,
    /// 10003. Over v3 nothing is known to say it: see [`Said::of_v3`].
    AwaitingBuyer,
    /// 40004: the business refuses; the sub_code says why.
    Business,
    /// 40005: too many calls.
    RateLimited,
    /// 20001: an authorisation is missing. Definitive, although v2's sub_codes for it begin with `aop.`.
    Unauthorised,
    /// 40001, 40002, 40003, 40006: the gateway took nothing on.
    Rejected,
    /// Anything else: only a query can tell.
    Unclear,
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) version: ApiVersion,
    pub(super) verified: bool,
    pub(super) kind: Kind,
    pub(super) code: Option<String>,
    pub(super) sub_code: Option<String>,
    pub(super) sub_msg: Option<String>,
    /// The JSON object that holds the method's own members.
    pub(super) node: String,
    /// When Alipay signed it (v3).
    pub(super) time: Option<Timestamp>,
}

/// v3's codes of the gateway that v2 gives as 40001, 40002, 40003, 40006 or 20001, without `isv.` and `aop.` in front: it
/// took nothing on. Not here are those that may come after the business ran (`unknow-error`, `invalid-response-data`), and those
/// that might answer a copy of a request whose original was carried out, for which v3's code is not documented
/// (`suspected-attack`, `illegal-timestamp`, `invalid-parameter`): a query tells.
const REJECTED: [&str; 42] = [
    "alipay-cert-not-exist",
    "app-auth-token-time-out",
    "app-cert-expired",
    "app-cert-not-exist",
    "auth-token-time-out",
    "decryption-error-missing-encrypt-type",
    "decryption-error-not-valid-encrypt-key",
    "decryption-error-not-valid-encrypt-type",
    "decryption-error-unknown",
    "forbidden-api",
    "illegal-json",
    "insufficient-isv-permissions",
    "insufficient-user-permissions",
    "invalid-alipay-root-cert-sn",
    "invalid-app-auth-token",
    "invalid-app-auth-token-no-api",
    "invalid-app-id",
    "invalid-auth-relations",
    "invalid-auth-token",
    "invalid-charset",
    "invalid-digest",
    "invalid-encrypt",
    "invalid-encrypt-type",
    "invalid-format",
    "invalid-method",
    "invalid-signature",
    "invalid-signature-type",
    "invalid-timestamp",
    "missing-alipay-cert-sn",
    "missing-alipay-root-cert-sn",
    "missing-app-cert-sn",
    "missing-app-id",
    "missing-method",
    "missing-signature",
    "missing-signature-config",
    "missing-signature-key",
    "missing-signature-type",
    "missing-timestamp",
    "missing-version",
    "no-product-reg-by-partner",
    "not-support-app-auth",
    "self-invoke-forbidden",
];

/// v3's codes of the gateway that v2 gives as 40005.
const RATE_LIMITED: [&str; 2] = ["app-call-limited", "method-call-limited"];

impl Said {
    pub(super) fn of_v2(answer: &envelope::Answer) -> Self {
        let kind = match answer.code() {
            Some("10000") => Kind::Success,
            Some("10003") => Kind::AwaitingBuyer,
            Some("20001") => Kind::Unauthorised,
            Some("40004") => Kind::Business,
            Some("40005") => Kind::RateLimited,
            Some("40001" | "40002" | "40003" | "40006") => Kind::Rejected,
            _ => Kind::Unclear,
        };
        Self {
            version: ApiVersion::V2,
            verified: answer.is_verified(),
            kind,
            code: answer.code().map(ToOwned::to_owned),
            sub_code: answer.sub_code().map(ToOwned::to_owned),
            sub_msg: answer.sub_msg().map(ToOwned::to_owned),
            node: answer.node().to_owned(),
            time: None,
        }
    }

    /// No signature covers v3's status, so the body alone decides: with a `code` it is an error, whatever the status, and
    /// without one it is none. None of the three methods' answers has such a member of its own.
    ///
    /// An error has one code: a business code, spelt as v2's sub_code, or one of the gateway's own. How v3 says "waiting for the
    /// buyer" is not documented: whatever it is, it is unclear here, and the query that follows tells.
    pub(super) fn of_v3(answer: &v3::Answer) -> Self {
        let members = Object::parse(answer.body()).ok();
        let is_error = members
            .as_ref()
            .is_none_or(|members| members.member("code").is_some());
        let text = |name| members.as_ref().and_then(|members| members.text(name));
        let said = text("code").unwrap_or_default();
        let name = said.strip_prefix("isv.").unwrap_or(&said);
        let kind = if !is_error {
            Kind::Success
        } else if RATE_LIMITED.contains(&name) {
            Kind::RateLimited
        } else if REJECTED.contains(&name) {
            Kind::Rejected
        } else if said.contains('.') {
            Kind::Business
        } else {
            Kind::Unclear
        };
        let of_business = kind == Kind::Business;
        let said = (!said.is_empty()).then_some(said);
        Self {
            version: ApiVersion::V3,
            verified: answer.is_verified(),
            kind,
            code: said.clone().filter(|_| !of_business),
            sub_code: said.filter(|_| of_business),
            sub_msg: text("message").filter(|_| is_error),
            node: answer.body().to_owned(),
            time: answer.timestamp(),
        }
    }

    /// Whether it reports the state of a trade, whatever else of it is readable: the trade exists.
    pub(super) fn is_about_a_trade(&self) -> bool {
        matches!(self.kind, Kind::Success | Kind::AwaitingBuyer) && self.has("out_trade_no")
    }

    /// Whether the answer to a cancel is about a trade that exists, whatever became of the cancel: something was done to it, or is
    /// to be tried again. A cancel that found nothing says neither.
    pub(super) fn has_a_trade_to_cancel(&self) -> bool {
        let named = || self.has("trade_no") && self.text("retry_flag").as_deref() == Some("Y");
        self.kind == Kind::Success && self.has("out_trade_no") && (self.has("action") || named())
    }

    fn has(&self, member: &str) -> bool {
        self.text(member).is_some_and(|text| !text.is_empty())
    }

    fn text(&self, member: &str) -> Option<String> {
        Object::parse(&self.node).ok()?.text(member)
    }

    pub(super) fn sub_code(&self) -> &str {
        self.sub_code.as_deref().unwrap_or_default()
    }
}

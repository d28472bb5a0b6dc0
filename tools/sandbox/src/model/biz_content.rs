//! `biz_content`, read and held to the documented limits (seed document 002). What is outside them is answered with
//! `ACQ.INVALID_PARAMETER` and the field's name.

use crate::model::codes::Refusal;
use alipay_core::{
    Amount, Timestamp,
    id::{AuthCode, OutTradeNo},
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, time::Duration};

/// One JSON object whose values are still text, so that a number keeps the decimals it was written with.
pub(crate) struct Object<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Object<'a> {
    pub(crate) fn parse(json: &'a str) -> Result<Self, Refusal> {
        let fields = serde_json::from_str(json).map_err(|_| Refusal::invalid_parameter("biz_content"))?;
        Ok(Self(fields))
    }

    fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }

    /// A string, or a number as it was written: Alipay takes either. Blank counts as absent.
    fn text(&self, name: &str, limit: usize) -> Result<Option<String>, Refusal> {
        let refuse = || Refusal::invalid_parameter(name);
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        let text = match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).map_err(|_| refuse())?,
            Some(b'-' | b'0'..=b'9') => raw.to_owned(),
            _ => return Err(refuse()),
        };
        if text.chars().count() > limit {
            return Err(refuse());
        }
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    fn required(&self, name: &str, limit: usize) -> Result<String, Refusal> {
        self.text(name, limit)?
            .ok_or_else(|| Refusal::invalid_parameter(name))
    }

    fn price(&self, name: &str, limit: usize) -> Result<Option<Amount>, Refusal> {
        let text = self.text(name, limit)?;
        text.map(|text| text.parse().map_err(|_| Refusal::invalid_parameter(name)))
            .transpose()
    }

    fn object(&self, name: &str) -> Result<Option<Self>, Refusal> {
        let refuse = |_| Refusal::invalid_parameter(name);
        let fields = self
            .raw(name)
            .map(|raw| serde_json::from_str(raw).map_err(refuse))
            .transpose()?;
        Ok(fields.map(Self))
    }

    fn objects(&self, name: &str) -> Result<Vec<Self>, Refusal> {
        let refuse = |_| Refusal::invalid_parameter(name);
        let items: Option<Vec<_>> = self
            .raw(name)
            .map(|raw| serde_json::from_str(raw).map_err(refuse))
            .transpose()?;
        Ok(items.unwrap_or_default().into_iter().map(Self).collect())
    }
}

/// What a pay request asks for.
pub(crate) struct PayOrder {
    pub(crate) out_trade_no: String,
    pub(crate) auth_code: AuthCode,
    pub(crate) subject: String,
    pub(crate) body: Option<String>,
    pub(crate) store_id: Option<String>,
    pub(crate) seller_id: Option<String>,
    pub(crate) total_amount: Amount,
    pub(crate) timeout: Timeout,
}

impl PayOrder {
    pub(crate) fn read(biz_content: &str) -> Result<Self, Refusal> {
        let fields = Object::parse(biz_content)?;
        let out_trade_no = out_trade_no(&fields.required("out_trade_no", 64)?)?;
        if !["bar_code", "wave_code"].contains(&fields.required("scene", 32)?.as_str()) {
            return Err(Refusal::invalid_parameter("scene"));
        }
        let auth_code = AuthCode::new(&fields.required("auth_code", 32)?)
            .map_err(|_| Refusal::invalid_parameter("auth_code"))?;
        let subject = fields.required("subject", 256)?;
        for (name, limit) in [
            ("product_code", 32),
            ("buyer_id", 28),
            ("operator_id", 28),
            ("terminal_id", 32),
        ] {
            fields.text(name, limit)?;
        }
        check_goods(&fields)?;
        check_extend_params(&fields)?;
        let timeout = fields.text("timeout_express", 6)?;
        Ok(Self {
            out_trade_no,
            auth_code,
            subject,
            body: fields.text("body", 128)?,
            store_id: fields.text("store_id", 32)?,
            seller_id: fields.text("seller_id", 28)?,
            total_amount: total_amount(&fields)?,
            timeout: timeout.as_deref().map_or(Ok(Timeout::DEFAULT), Timeout::read)?,
        })
    }
}

/// What a query or cancel asks about.
pub(crate) struct TradeReference {
    pub(crate) out_trade_no: Option<String>,
    pub(crate) trade_no: Option<String>,
}

impl TradeReference {
    pub(crate) fn read(biz_content: &str) -> Result<Self, Refusal> {
        let fields = Object::parse(biz_content)?;
        let trade_no = fields.text("trade_no", 64)?;
        let ours = fields.text("out_trade_no", 64)?;
        if trade_no.is_none() && ours.is_none() {
            return Err(Refusal::invalid_parameter("out_trade_no, trade_no"));
        }
        Ok(Self {
            out_trade_no: ours.as_deref().map(out_trade_no).transpose()?,
            trade_no,
        })
    }
}

fn out_trade_no(text: &str) -> Result<String, Refusal> {
    let checked: OutTradeNo = text
        .parse()
        .map_err(|_| Refusal::invalid_parameter("out_trade_no"))?;
    Ok(checked.as_str().to_owned())
}

/// The total, which may be left out when both of its parts are given, and must be their sum when all three are.
fn total_amount(fields: &Object<'_>) -> Result<Amount, Refusal> {
    let refuse = || Refusal::invalid_parameter("total_amount");
    let total = fields.price("total_amount", 12)?;
    let discountable = fields.price("discountable_amount", 12)?;
    let undiscountable = fields.price("undiscountable_amount", 12)?;
    let sum = match (discountable, undiscountable) {
        (Some(one), Some(other)) => Some(one.checked_add(other).ok_or_else(refuse)?),
        _ => None,
    };
    if total.is_some() && discountable > total {
        return Err(Refusal::invalid_parameter("discountable_amount"));
    }
    match (total, sum) {
        (Some(total), Some(sum)) if total != sum => Err(refuse()),
        (total, sum) => total.or(sum).ok_or_else(refuse),
    }
}

fn check_goods(fields: &Object<'_>) -> Result<(), Refusal> {
    for item in fields.objects("goods_detail")? {
        for (name, limit) in [("goods_id", 32), ("goods_name", 256)] {
            item.required(name, limit)?;
        }
        let quantity = item.required("quantity", 10)?;
        if quantity.parse::<u64>().ok().is_none_or(|count| count == 0) {
            return Err(Refusal::invalid_parameter("quantity"));
        }
        let price = item.required("price", 9)?;
        Amount::parse_any(&price).map_err(|_| Refusal::invalid_parameter("price"))?;
        for (name, limit) in [("goods_category", 24), ("body", 1000), ("show_url", 400)] {
            item.text(name, limit)?;
        }
    }
    Ok(())
}

fn check_extend_params(fields: &Object<'_>) -> Result<(), Refusal> {
    if let Some(extend) = fields.object("extend_params")? {
        for (name, limit) in [
            ("sys_service_provider_id", 64),
            ("industry_reflux_info", 512),
            ("card_type", 32),
        ] {
            extend.text(name, limit)?;
        }
    }
    Ok(())
}

/// `timeout_express`: how long a trade may wait for its buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timeout {
    After(Duration),
    /// `1c`: at midnight in Beijing, whenever the trade was made.
    Midnight,
}

impl Timeout {
    const MAX: Duration = Duration::from_secs(15 * 24 * 3600);
    /// What the gateway takes when nothing is said.
    const DEFAULT: Self = Self::After(Self::MAX);

    fn read(text: &str) -> Result<Self, Refusal> {
        let refuse = || Refusal::invalid_parameter("timeout_express");
        if text == "1c" {
            return Ok(Self::Midnight);
        }
        let unit = text.chars().last().ok_or_else(refuse)?;
        let seconds = match unit {
            'm' => 60,
            'h' => 3600,
            'd' => 24 * 3600,
            _ => return Err(refuse()),
        };
        let digits = text.trim_end_matches(unit);
        if digits.len() + 1 != text.len() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse());
        }
        let count: u64 = digits.parse().map_err(|_| refuse())?;
        let lasts = Duration::from_secs(count.saturating_mul(seconds));
        if lasts.is_zero() || lasts > Self::MAX {
            return Err(refuse());
        }
        Ok(Self::After(lasts))
    }

    /// When a trade made now expires. Midnight is midnight, however fast the sandbox runs.
    pub(crate) fn expires_at(self, now: Timestamp, time_scale: u32) -> Timestamp {
        const DAY_MS: i64 = 24 * 3600 * 1000;
        const BEIJING_MS: i64 = 8 * 3600 * 1000;
        match self {
            Self::After(lasts) => now.saturating_add(lasts / time_scale),
            Self::Midnight => {
                let since_midnight = now.unix_ms().saturating_add(BEIJING_MS) % DAY_MS;
                let left = u64::try_from(DAY_MS - since_midnight).unwrap_or_default();
                now.saturating_add(Duration::from_millis(left))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(biz_content: &str) -> String {
        PayOrder::read(biz_content)
            .err()
            .map_or_else(String::new, |refusal| {
                assert_eq!(refusal.sub_code, "ACQ.INVALID_PARAMETER");
                refusal.sub_msg.into_owned()
            })
    }

    const GOOD: &str = r#"{"out_trade_no":"A1","scene":"bar_code","auth_code":"28763443825664394","subject":"s","total_amount":88.88}"#;

    #[test]
    fn amounts_may_be_numbers_or_strings() {
        assert_eq!(PayOrder::read(GOOD).unwrap().total_amount.fen(), 8888);
        let text = GOOD.replace("88.88", "\"88.88\"");
        assert_eq!(PayOrder::read(&text).unwrap().total_amount.fen(), 8888);
    }

    #[test]
    fn what_is_outside_the_documented_limits_is_refused_by_name() {
        let long = "x".repeat(257);
        for (from, to, field) in [
            ("\"A1\"", "\"A 1\"", "out_trade_no"),
            ("\"A1\"", "\"\"", "out_trade_no"),
            ("bar_code", "face", "scene"),
            ("28763443825664394", "12763443825664394", "auth_code"),
            ("\"s\"", &format!("\"{long}\""), "subject"),
            ("88.88", "0", "total_amount"),
            ("88.88", "1e3", "total_amount"),
            ("88.88", "88.888", "total_amount"),
            ("88.88", "-1", "total_amount"),
            ("88.88", "1,\"discountable_amount\":2", "discountable_amount"),
            (
                "88.88",
                "3,\"discountable_amount\":1,\"undiscountable_amount\":1",
                "total_amount",
            ),
            ("88.88", "1,\"timeout_express\":\"1.5h\"", "timeout_express"),
            ("88.88", "1,\"timeout_express\":\"16d\"", "timeout_express"),
            ("88.88", "1,\"timeout_express\":\"mm\"", "timeout_express"),
            ("88.88", "1,\"goods_detail\":[{\"goods_id\":\"1\"}]", "goods_name"),
            ("88.88", "1,\"goods_detail\":{}", "goods_detail"),
            (
                "88.88",
                "1,\"extend_params\":{\"card_type\":\"123456789012345678901234567890123\"}",
                "card_type",
            ),
        ] {
            let biz_content = GOOD.replacen(from, to, 1);
            assert_eq!(
                refused(&biz_content),
                format!("参数无效：{field}"),
                "{biz_content}"
            );
        }
        assert_eq!(refused("[]"), "参数无效：biz_content");
    }

    #[test]
    fn the_total_may_be_the_sum_of_its_parts() {
        let parts = GOOD.replace(
            "\"total_amount\":88.88",
            "\"discountable_amount\":1,\"undiscountable_amount\":\"2.5\"",
        );
        assert_eq!(PayOrder::read(&parts).unwrap().total_amount.fen(), 350);
    }

    #[test]
    fn one_c_ends_at_midnight_in_beijing() {
        let now = Timestamp::from_beijing("2014-07-24 03:07:50").unwrap();
        let end = Timeout::read("1c").unwrap().expires_at(now, 1);
        assert_eq!(end.to_beijing(), "2014-07-25 00:00:00");
        let end = Timeout::read("90m").unwrap().expires_at(now, 10);
        assert_eq!(end.to_beijing(), "2014-07-24 03:16:50");
    }
}

//! The limits that more than one method documents. Each names the field it is about.

use super::{
    BusinessParams, ExtUserInfo, GoodsDetail, InvoiceInfo, RoyaltyInfo, RoyaltyParameter, SettleInfo,
};
use crate::{
    amount::Amount,
    canonical::is_blank,
    error::{Error, ErrorCode},
    id::{OutTradeNo, Personal},
    time::Timestamp,
};
use alloc::{string::String, vec::Vec};

type Checked = Result<(), Error>;

/// A text that must be there and not blank.
pub(super) fn required<'a>(value: Option<&'a str>, name: &'static str) -> Result<&'a str, Error> {
    value
        .filter(|text| !is_blank(text))
        .ok_or_else(|| Error::about(ErrorCode::FieldMissing, name))
}

/// The same, about a person.
pub(super) fn required_person<'a>(value: Option<&'a Personal>, name: &'static str) -> Result<&'a str, Error> {
    required(value.map(Personal::expose), name)
}

/// A value of another type that must be there.
pub(super) fn present<'a, T>(value: Option<&'a T>, name: &'static str) -> Result<&'a T, Error> {
    value.ok_or_else(|| Error::about(ErrorCode::FieldMissing, name))
}

/// A choice that the document closes; nothing given is nothing wrong.
pub(super) fn one_of(value: Option<&String>, allowed: &[&str], name: &'static str) -> Checked {
    match value {
        Some(value) if !allowed.contains(&value.as_str()) => Err(Error::about(ErrorCode::FieldType, name)),
        _ => Ok(()),
    }
}

/// `out_trade_no`, required.
pub(super) fn check_out_trade_no(number: Option<&String>) -> Checked {
    let number = required(number.map(String::as_str), "out_trade_no")?;
    number.parse::<OutTradeNo>().map(drop)
}

/// `out_trade_no` or `trade_no`, at least one.
pub(super) fn check_trade_key(out_trade_no: Option<&String>, trade_no: Option<&String>) -> Checked {
    if let Some(number) = out_trade_no {
        number.parse::<OutTradeNo>()?;
    }
    if out_trade_no.is_none() && trade_no.is_none_or(|number| is_blank(number)) {
        return Err(Error::about(ErrorCode::FieldMissing, "out_trade_no"));
    }
    Ok(())
}

/// What the buyer is asked to pay: `total_amount`, or the sum of the two parts if it is left out.
pub(super) fn order_amount(
    total: Option<Amount>,
    discountable: Option<Amount>,
    undiscountable: Option<Amount>,
) -> Result<Amount, Error> {
    let about = |code| Error::about(code, "total_amount");
    let sum = match (discountable, undiscountable) {
        (Some(with), Some(without)) => Some(
            with.checked_add(without)
                .ok_or_else(|| about(ErrorCode::AmountRange))?,
        ),
        _ => None,
    };
    match (total, sum) {
        (Some(total), Some(sum)) if total != sum => Err(about(ErrorCode::AmountSum)),
        (Some(total), None) if discountable.max(undiscountable) > Some(total) => {
            Err(about(ErrorCode::AmountSum))
        }
        (Some(total), _) => Ok(total),
        (None, Some(sum)) => Ok(sum),
        (None, None) => Err(about(ErrorCode::FieldMissing)),
    }
}

/// An amount that must be there and at least `least`.
pub(super) fn check_least(value: Option<&Amount>, least: Amount, name: &'static str) -> Checked {
    if *present(value, name)? < least {
        return Err(Error::about(ErrorCode::AmountRange, name));
    }
    Ok(())
}

/// A text that a document limits to `most` Latin or `most / 2` Chinese characters.
pub(super) fn check_width(value: Option<&str>, most: usize, name: &'static str) -> Checked {
    let width = |text: &str| {
        let wide = text.chars().filter(|char| !char.is_ascii()).count();
        text.chars().count().saturating_add(wide)
    };
    match value {
        Some(text) if width(text) > most => Err(Error::about(ErrorCode::FieldTooLong, name)),
        _ => Ok(()),
    }
}

/// `1m` to `15d` in whole minutes, hours or days, or `1c`.
pub(super) fn check_timeout_express(value: Option<&String>, name: &'static str) -> Checked {
    const MOST_MINUTES: u32 = 15 * 24 * 60;
    let minutes = |text: &str| {
        if text == "1c" {
            return Some(1);
        }
        let (number, unit) = whole_number_and_unit(text)?;
        match unit {
            'm' => Some(number),
            'h' => number.checked_mul(60),
            'd' => number.checked_mul(24 * 60),
            _ => None,
        }
    };
    match value.map(|text| minutes(text)) {
        None => Ok(()),
        Some(Some(minutes)) if (1..=MOST_MINUTES).contains(&minutes) => Ok(()),
        Some(_) => Err(Error::about(ErrorCode::TimeoutExpress, name)),
    }
}

/// A number without leading zeros, and the character behind it.
fn whole_number_and_unit(text: &str) -> Option<(u32, char)> {
    let (unit_at, unit) = text.char_indices().next_back()?;
    let number = text.get(..unit_at)?;
    if number.starts_with('0') || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((number.parse().ok()?, unit))
}

/// When an order is closed: after a while, or at a time.
pub(super) fn check_closing(timeout_express: Option<&String>, time_expire: Option<&String>) -> Checked {
    check_timeout_express(timeout_express, "timeout_express")?;
    check_time(time_expire, "time_expire")
}

/// `yyyy-MM-dd HH:mm:ss`.
fn check_time(value: Option<&String>, name: &'static str) -> Checked {
    match value {
        Some(text) if text.len() != 19 => Err(Error::about(ErrorCode::TimeFormat, name)),
        Some(text) => match Timestamp::from_beijing(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.or_about(name)),
        },
        None => Ok(()),
    }
}

/// `yyyy-MM-dd`.
pub(super) fn check_date(value: Option<&str>, name: &'static str) -> Checked {
    let is_date = |text: &str| Timestamp::from_beijing(&alloc::format!("{text} 00:00:00")).is_ok();
    match value {
        Some(text) if !is_date(text) => Err(Error::about(ErrorCode::DateFormat, name)),
        _ => Ok(()),
    }
}

/// The two lists of channels exclude each other.
pub(super) fn check_channels(enabled: Option<&String>, disabled: Option<&String>) -> Checked {
    if enabled.is_some() && disabled.is_some() {
        return Err(Error::about(ErrorCode::FieldConflict, "disable_pay_channels"));
    }
    Ok(())
}

/// What every one of the goods must say.
pub(super) fn check_goods<'a>(goods: impl IntoIterator<Item = &'a GoodsDetail>) -> Checked {
    for goods in goods {
        required(goods.goods_id.as_deref(), "goods_detail.goods_id")?;
        required(goods.goods_name.as_deref(), "goods_detail.goods_name")?;
        present(goods.quantity.as_ref(), "goods_detail.quantity")?;
        present(goods.price.as_ref(), "goods_detail.price")?;
    }
    Ok(())
}

/// What an order of any method may carry.
pub(super) fn check_order_parts(
    goods: Option<&Vec<GoodsDetail>>,
    royalty: Option<&RoyaltyInfo>,
    settle: Option<&SettleInfo>,
    buyer: Option<&ExtUserInfo>,
) -> Checked {
    check_goods(goods.into_iter().flatten())?;
    check_royalty_info(royalty)?;
    check_settle_info(settle)?;
    check_ext_user_info(buyer)
}

/// Royalties of an order (分账信息).
fn check_royalty_info(info: Option<&RoyaltyInfo>) -> Checked {
    let Some(info) = info else { return Ok(()) };
    one_of(
        info.royalty_type.as_ref(),
        &["ROYALTY"],
        "royalty_info.royalty_type",
    )?;
    let details = present(
        info.royalty_detail_infos.as_ref(),
        "royalty_info.royalty_detail_infos",
    )?;
    for detail in details {
        required_person(
            detail.trans_in.as_ref(),
            "royalty_info.royalty_detail_infos.trans_in",
        )?;
        present(detail.amount.as_ref(), "royalty_info.royalty_detail_infos.amount")?;
    }
    Ok(())
}

/// Settlement of an order (结算信息).
fn check_settle_info(info: Option<&SettleInfo>) -> Checked {
    let Some(info) = info else { return Ok(()) };
    let details = present(
        info.settle_detail_infos.as_ref(),
        "settle_info.settle_detail_infos",
    )?;
    for detail in details {
        const TRANS_IN: &str = "settle_info.settle_detail_infos.trans_in";
        let kind = required(
            detail.trans_in_type.as_deref(),
            "settle_info.settle_detail_infos.trans_in_type",
        )?;
        if kind != "defaultSettle" {
            required_person(detail.trans_in.as_ref(), TRANS_IN)?;
        } else if detail.trans_in.is_some() {
            return Err(Error::about(ErrorCode::FieldConflict, TRANS_IN));
        }
        if detail.actual_amount.is_none() {
            present(detail.amount.as_ref(), "settle_info.settle_detail_infos.amount")?;
        }
    }
    let days = |text: &str| match whole_number_and_unit(text) {
        Some((days, 'd')) => (1..=365).contains(&days),
        _ => false,
    };
    match info.settle_period_time.as_deref() {
        Some(text) if !days(text) => Err(Error::about(
            ErrorCode::FieldType,
            "settle_info.settle_period_time",
        )),
        _ => Ok(()),
    }
}

/// Royalties of a settlement or of a refund, in the field `list`: who receives, and a user's id where the type says so.
pub(super) fn check_royalty_parameters<'a>(
    list: &'static str,
    parameters: impl IntoIterator<Item = &'a RoyaltyParameter>,
) -> Checked {
    let about = |code, field: &str| Error::about(code, alloc::format!("{list}.{field}"));
    for parameter in parameters {
        if parameter
            .trans_in
            .as_ref()
            .is_none_or(|account| is_blank(account.expose()))
        {
            return Err(about(ErrorCode::FieldMissing, "trans_in"));
        }
        let accounts = [
            (&parameter.trans_in, &parameter.trans_in_type, "trans_in"),
            (&parameter.trans_out, &parameter.trans_out_type, "trans_out"),
        ];
        for (account, kind, field) in accounts {
            if is_long_user_id(account.as_ref(), kind.as_deref()) {
                return Err(about(ErrorCode::FieldTooLong, field));
            }
        }
        if parameter
            .amount_percentage
            .is_some_and(|percent| !(1..=100).contains(&percent))
        {
            return Err(about(ErrorCode::FieldType, "amount_percentage"));
        }
    }
    Ok(())
}

/// The document gives an account 16 characters, which only a user's id keeps to: login names are longer.
fn is_long_user_id(account: Option<&Personal>, kind: Option<&str>) -> bool {
    kind == Some("userId") && account.is_some_and(|account| account.expose().chars().count() > 16)
}

/// Which buyer may pay (指定买家).
fn check_ext_user_info(info: Option<&ExtUserInfo>) -> Checked {
    let Some(info) = info else { return Ok(()) };
    one_of(info.fix_buyer.as_ref(), &["T", "F"], "ext_user_info.fix_buyer")?;
    one_of(
        info.need_check_info.as_ref(),
        &["T", "F"],
        "ext_user_info.need_check_info",
    )?;
    if info.fix_buyer.as_deref() == Some("T") {
        required_person(info.name.as_ref(), "ext_user_info.name")?;
        required(info.cert_type.as_deref(), "ext_user_info.cert_type")?;
        required_person(info.cert_no.as_ref(), "ext_user_info.cert_no")?;
    }
    match info.min_age.as_deref() {
        Some(age) if age.is_empty() || !age.bytes().all(|b| b.is_ascii_digit()) => {
            Err(Error::about(ErrorCode::FieldType, "ext_user_info.min_age"))
        }
        _ => Ok(()),
    }
}

/// Amounts that stand as text.
pub(super) fn check_business_params(params: Option<&BusinessParams>) -> Checked {
    let amount = params.and_then(|params| params.enterprise_pay_amount.as_deref());
    match amount.map(str::parse::<Amount>) {
        Some(Err(error)) => Err(Error::about(
            error.code(),
            "business_params.enterprise_pay_amount",
        )),
        _ => Ok(()),
    }
}

/// What an invoice needs (开票信息).
pub(super) fn check_invoice_info(info: Option<&InvoiceInfo>) -> Checked {
    let Some(info) = info else { return Ok(()) };
    let key = present(info.key_info.as_ref(), "invoice_info.key_info")?;
    present(
        key.is_support_invoice.as_ref(),
        "invoice_info.key_info.is_support_invoice",
    )?;
    required(
        key.invoice_merchant_name.as_deref(),
        "invoice_info.key_info.invoice_merchant_name",
    )?;
    required(key.tax_num.as_deref(), "invoice_info.key_info.tax_num")?;
    required(info.details.as_deref(), "invoice_info.details").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeout_express_is_whole_minutes_hours_days_or_today() {
        let check = |text: &str| check_timeout_express(Some(&text.into()), "qr_code_timeout_express");
        for good in ["1m", "90m", "21600m", "24h", "360h", "15d", "1c"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "0m",
            "1.5h",
            "16d",
            "21601m",
            "361h",
            "2c",
            "m",
            "1",
            "01m",
            "-1m",
            "1M",
            "99999999999d",
            "１d",
        ] {
            let error = check(bad).unwrap_err();
            assert_eq!(error.code(), ErrorCode::TimeoutExpress, "{bad}");
            assert_eq!(error.subject(), Some("qr_code_timeout_express"));
        }
    }

    #[test]
    fn a_date_is_a_day_of_the_calendar() {
        assert!(check_date(Some("2024-02-29"), "d").is_ok());
        for bad in [
            "",
            "2023-02-29",
            "2016-4-05",
            "2016-04",
            "2016-04-05 ",
            "20160405",
        ] {
            let error = check_date(Some(bad), "execute_time").unwrap_err();
            assert_eq!(error.code(), ErrorCode::DateFormat, "{bad}");
            assert_eq!(error.subject(), Some("execute_time"));
        }
    }

    #[test]
    fn a_time_has_no_fraction_and_is_a_moment() {
        assert!(check_time(Some(&"2021-12-31 10:05:00".into()), "t").is_ok());
        for bad in [
            "2021-12-31",
            "2021-12-31 10:05:00.123",
            "2021-02-30 10:05:00",
            "2021-12-31T10:05:00",
        ] {
            let error = check_time(Some(&bad.into()), "time_expire").unwrap_err();
            assert_eq!(
                (error.code(), error.subject()),
                (ErrorCode::TimeFormat, Some("time_expire")),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_chinese_character_is_as_wide_as_two_latin_ones() {
        assert!(check_width(Some(&"名".repeat(50)), 100, "n").is_ok());
        assert!(check_width(Some(&"n".repeat(100)), 100, "n").is_ok());
        let wide = check_width(Some(&"名".repeat(51)), 100, "payer_show_name").unwrap_err();
        assert_eq!(
            (wide.code(), wide.subject()),
            (ErrorCode::FieldTooLong, Some("payer_show_name"))
        );
    }
}

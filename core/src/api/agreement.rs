//! Agreements of a buyer to be charged (代扣协议): used by a payment, or signed along with one.

use super::check::{check_date, one_of, required};
use crate::{
    amount::Amount,
    error::{Error, ErrorCode},
    id::Personal,
    json::record,
};
use alloc::{string::String, vec::Vec};

record! {
    /// The agreement by which a buyer is charged (代扣信息).
    AgreementParams {
        agreement_no: Personal, 64, "Required. The agreement's number.";
        auth_confirm_no: Personal, 32, "The confirmation's code, if the payment must be confirmed.";
        apply_token: Personal, 64, "The token of the request for it.";
        deduct_permission: String, 0, "The merchant's permission to charge.";
    }
}

record! {
    /// An agreement to sign while paying, in an app or a mini-program (签约参数).
    SignParams {
        personal_product_code: String, 64, "The buyer's product, such as `CYCLE_PAY_AUTH_P`.";
        sign_scene: String, 64, "What is agreed, such as `INDUSTRY|DIGITAL_MEDIA`.";
        external_agreement_no: String, 32, "The merchant's number for the agreement.";
        external_logon_id: Personal, 100, "The buyer's account at the merchant, shown on the page.";
        access_params: AccessParams, 0, "How the page is reached.";
        sub_merchant: SignMerchantParams, 0, "The merchant below the one that calls.";
        period_rule_params: PeriodRuleParams, 0, "When and how much is charged; required for periodic charges.";
        sign_notify_url: String, 256, "Where the agreement is notified to.";
        product_code: String, 64, "The merchant's product: `GENERAL_WITHHOLDING`.";
        effect_time: String, 0, "Within how many seconds the page must be opened.";
        allow_huazhi_degrade: bool, 0, "Whether 花芝GO may fall back to the plain agreement.";
        recommend_sort_channel_params: Vec<SpecifiedChannelParams>, 0, "Channels to charge first.";
    }
}

record! {
    /// How the page of an agreement is reached (签约接入的方式).
    AccessParams {
        channel: String, 64, "Required. `ALIPAYAPP`, `QRCODE` or `QRCODEORSMS`.";
    }
}

record! {
    /// The merchant of an agreement (签约子商户).
    SignMerchantParams {
        sub_merchant_id: String, 0, "Its number.";
        sub_merchant_name: String, 0, "Its name.";
        sub_merchant_service_name: String, 0, "The service's name.";
        sub_merchant_service_description: String, 0, "What the service is.";
    }
}

record! {
    /// When and how much is charged (周期管控规则参数).
    PeriodRuleParams {
        period_type: String, 0, "Required. `DAY` or `MONTH`.";
        period: u64, 0, "Required. How many of them a period has.";
        execute_time: String, 0, "Required. The first charge's day, `yyyy-MM-dd`.";
        single_amount: Amount, 11, "Required. The most of one charge.";
        total_amount: Amount, 11, "The most of all charges.";
        total_payments: u64, 0, "The most charges.";
        scene_rule_params: SceneRuleParams, 0, "Rules of a scene.";
    }
}

record! {
    /// Rules of a scene of periodic charges (周期扣场景化规则).
    SceneRuleParams {
        discount_period: String, 0, "How many periods are discounted.";
        low_price_period: String, 0, "For how many days the price is low.";
    }
}

record! {
    /// A channel that is charged first (指定渠道).
    SpecifiedChannelParams {
        asset_type_code: String, 0, "Kind of asset.";
        inst_id: String, 0, "The institution.";
    }
}

record! {
    /// An agreement to sign after paying on a page (支付后签约).
    AgreementSignParams {
        personal_product_code: String, 64, "Required. The buyer's product, such as `GENERAL_WITHHOLDING_P`.";
        sign_scene: String, 64, "What is agreed, such as `INDUSTRY|CARRENTAL`.";
        external_agreement_no: String, 32, "The merchant's number for the agreement.";
        external_logon_id: Personal, 100, "The buyer's account at the merchant, shown on the page.";
        sign_validity_period: String, 8, "How long the agreement holds, such as `2m`; forever by default.";
        third_party_type: String, 32, "Who else is party to it: `PARTNER` or `MERCHANT`.";
        buckle_app_id: String, 64, "The merchant's application at Alipay.";
        buckle_merchant_id: String, 64, "The merchant of the agreement.";
        promo_params: String, 512, "Promotions, as JSON text.";
        sub_merchant: SignMerchantParams, 0, "The merchant below the one that calls.";
    }
}

/// The document's limits of an agreement that is signed while paying.
pub(super) fn check_sign_params(params: Option<&SignParams>) -> Result<(), Error> {
    let Some(params) = params else { return Ok(()) };
    if let Some(access) = &params.access_params {
        required(
            access.channel.as_deref(),
            "agreement_sign_params.access_params.channel",
        )?;
    }
    let Some(rule) = &params.period_rule_params else {
        return Ok(());
    };
    let missing = |name: &'static str| Error::about(ErrorCode::FieldMissing, name);
    required(
        rule.period_type.as_deref(),
        "agreement_sign_params.period_rule_params.period_type",
    )?;
    one_of(
        rule.period_type.as_ref(),
        &["DAY", "MONTH"],
        "agreement_sign_params.period_rule_params.period_type",
    )?;
    rule.period
        .ok_or_else(|| missing("agreement_sign_params.period_rule_params.period"))?;
    rule.single_amount
        .ok_or_else(|| missing("agreement_sign_params.period_rule_params.single_amount"))?;
    let execute_time = required(
        rule.execute_time.as_deref(),
        "agreement_sign_params.period_rule_params.execute_time",
    )?;
    check_date(
        Some(execute_time),
        "agreement_sign_params.period_rule_params.execute_time",
    )
}

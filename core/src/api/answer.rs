//! What more than one answer carries.

use crate::{amount::Amount, id::Personal, json::record};
use alloc::{string::String, vec::Vec};

record! {
    /// One source of the money (资金渠道).
    TradeFundBill {
        fund_channel: String, 32, "The channel, such as `ALIPAYACCOUNT`.";
        bank_code: String, 10, "The bank.";
        amount: Amount, 32, "The channel's amount.";
        real_amount: Amount, 11, "What the channel really paid.";
        fund_type: String, 32, "Kind of bank card: `DEBIT_CARD`, `CREDIT_CARD` or `MIXED_CARD`.";
    }
}

record! {
    /// One voucher used (优惠券).
    VoucherDetail {
        id: String, 32, "The voucher's id.";
        name: String, 64, "Its name.";
        r#type: String, 32, "Its type; more may be added.";
        amount: Amount, 8, "Its face value.";
        merchant_contribute: Amount, 8, "The merchant's part.";
        other_contribute: Amount, 8, "Others' part.";
        memo: String, 256, "Remark.";
        template_id: String, 64, "Its template.";
        purchase_buyer_contribute: Amount, 8, "What the buyer paid for it.";
        purchase_merchant_contribute: Amount, 8, "What the merchant granted at its purchase.";
        purchase_ant_contribute: Amount, 8, "What the platform granted at its purchase.";
        other_contribute_detail: Vec<ContributeDetail>, 0, "Who the others are.";
    }
}

record! {
    /// One of the others who pay for a voucher (其他出资方).
    ContributeDetail {
        contribute_type: String, 0, "Who.";
        contribute_amount: Amount, 0, "How much.";
    }
}

record! {
    /// An enterprise's payment (因公付).
    EnterprisePayInfo {
        is_use_enterprise_pay: bool, 0, "Whether an enterprise paid.";
        invoice_amount: Amount, 0, "What an invoice may be made out for.";
        biz_info: String, 0, "Its data.";
    }
}

record! {
    /// A tap-to-pay payment (碰一下支付).
    TapPayInfo {
        payment_medium_type: String, 0, "Kind of medium.";
        total_discount_amount: Amount, 0, "Discount.";
        total_discount_name: String, 0, "The discount's name.";
    }
}

record! {
    /// A fee (计费信息).
    ChargeInfo {
        charge_fee: Amount, 0, "The fee.";
        original_charge_fee: Amount, 0, "The fee before discounts.";
        switch_fee_rate: String, 0, "The rate agreed.";
        is_rating_on_trade_receiver: String, 0, "`Y`: the receiver pays it.";
        is_rating_on_switch: String, 0, "`Y`: an agreed account pays it.";
        charge_type: String, 0, "`trade`, `hbfq` or `charge`.";
        sub_fee_detail_list: Vec<SubFee>, 0, "Its parts.";
    }
}

record! {
    /// A part of a fee (组合支付收费明细).
    SubFee {
        charge_fee: Amount, 0, "The fee.";
        original_charge_fee: Amount, 0, "The fee before discounts.";
        switch_fee_rate: String, 0, "The rate agreed.";
    }
}

record! {
    /// A fee given back (退费信息).
    RefundChargeInfo {
        refund_charge_fee: Amount, 0, "How much.";
        switch_fee_rate: String, 0, "The rate agreed.";
        charge_type: String, 0, "`trade`, `hbfq` or `charge`.";
        refund_sub_fee_detail_list: Vec<RefundSubFee>, 0, "Its parts.";
    }
}

record! {
    /// A part of a fee given back (组合支付退费明细).
    RefundSubFee {
        refund_charge_fee: Amount, 0, "How much.";
        switch_fee_rate: String, 0, "The rate agreed.";
    }
}

record! {
    /// What the bank's side answers (间联付款信息).
    BkAgentRespInfo {
        bindtrx_id: String, 0, "The payment's number.";
        bindclrissr_id: String, 0, "The clearing house: `01`, `02` or `03`.";
        bindpyeracctbk_id: String, 0, "The payer's bank.";
        bkpyeruser_code: Personal, 0, "The payer's account at the bank, as a token.";
        estter_location: String, 0, "Where the device seems to be.";
    }
}

//! `alipay.trade.refund` (统一收单交易退款接口): gives a paid trade's money back, whole or in parts.

use super::{
    GoodsDetail, RefundChargeInfo, RoyaltyParameter, TradeFundBill, VoucherDetail, api,
    check::{
        check_goods, check_royalty_parameters, check_trade_key, one_of, present, required, required_person,
    },
};
use crate::{
    amount::Amount,
    error::{Error, ErrorCode},
    id::Personal,
    json::record,
};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.refund`: one of the two numbers is required, and the amount.
    TradeRefundRequest {
        out_trade_no: String, 64, "The merchant's order number.";
        trade_no: String, 64, "Alipay's trade number; goes before the other.";
        refund_amount: Amount, 11, "Required. How much, at most what was paid.";
        refund_currency: String, 8, "Currency of the refund.";
        refund_reason: String, 256, "Why.";
        out_request_no: String, 64, "The refund's number, required for a part: the same number refunds once, however often it is sent.";
        operator_id: String, 30, "The cashier.";
        store_id: String, 32, "The store.";
        terminal_id: String, 32, "The terminal.";
        goods_detail: Vec<GoodsDetail>, 0, "The goods.";
        refund_goods_detail: Vec<RefundGoodsDetail>, 0, "The goods that come back.";
        refund_royalty_parameters: Vec<RoyaltyParameter>, 0, "Which royalties come back.";
        org_pid: String, 16, "The PID of the bank that settles, for indirect merchants.";
        query_options: Vec<String>, 1024, "Which further parts to answer, such as `refund_detail_item_list`.";
        refund_trans_out: Personal, 0, "The account that pays the refund; goes with its type.";
        refund_trans_out_type: String, 0, "Kind of that account: `userId` or `loginName`.";
        refund_advance_account: Personal, 0, "The account that advances the refund.";
        refund_advance_account_type: String, 0, "Kind of that account: `default`, `userId` or `loginName`.";
        related_settle_confirm_no: String, 64, "The settlement's number, if the order was settled later.";
    }
}

record! {
    /// Goods that come back (退款商品).
    RefundGoodsDetail {
        goods_id: String, 32, "Required. The goods' number in the order.";
        refund_amount: Amount, 11, "How much for them.";
        out_item_id: String, 0, "The merchant's number for the goods in its mini-program.";
        out_sku_id: String, 0, "The merchant's number for the SKU in its mini-program.";
        out_certificate_no_list: Vec<String>, 0, "The merchant's vouchers.";
    }
}

record! {
    /// The answer of `alipay.trade.refund`.
    TradeRefundResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        trade_no: String, 64, "Alipay's trade number.";
        out_trade_no: String, 64, "The merchant's order number.";
        buyer_logon_id: Personal, 100, "The buyer's account, masked.";
        fund_change: String, 1, "`Y`: this request moved money. `N`: it did not, because it was done before or because it failed; ask `alipay.trade.fastpay.refund.query`.";
        refund_fee: Amount, 11, "What was refunded of this trade so far.";
        refund_currency: String, 8, "Currency of the refund.";
        gmt_refund_pay: String, 32, "When, GMT+8.";
        refund_detail_item_list: Vec<TradeFundBill>, 0, "Where the money went.";
        store_name: String, 512, "The store.";
        buyer_user_id: Personal, 28, "The buyer's Alipay user id.";
        buyer_open_id: Personal, 128, "The buyer's open id.";
        open_id: Personal, 128, "The buyer's open id, by its former name.";
        send_back_fee: Amount, 11, "What the merchant gave back.";
        refund_preset_paytool_list: PresetPayToolInfo, 0, "Which prepaid assets came back.";
        refund_settlement_id: String, 64, "The refund's settlement number.";
        present_refund_buyer_amount: Amount, 11, "The buyer's part.";
        present_refund_discount_amount: Amount, 11, "The platform's part.";
        present_refund_mdiscount_amount: Amount, 11, "The merchant's part.";
        has_deposit_back: String, 0, "Whether a bank card gets money back.";
        refund_charge_amount: Amount, 11, "The fee that came back.";
        refund_charge_info_list: Vec<RefundChargeInfo>, 0, "That fee in detail.";
        refund_voucher_detail_list: Vec<VoucherDetail>, 0, "The vouchers of the payment.";
        refund_hyb_amount: Amount, 11, "惠营宝 that came back.";
        pre_auth_cancel_fee: Amount, 11, "What was cancelled of a credit order.";
    }
}

record! {
    /// Prepaid assets that came back (前置资产).
    PresetPayToolInfo {
        amount: Vec<String>, 0, "How much.";
        assert_type_code: String, 0, "Kind of asset.";
    }
}

api!(TradeRefundRequest, TradeRefundResponse, "alipay.trade.refund");

impl TradeRefundRequest {
    /// A refund by the merchant's order number. A refund of a part needs its own
    /// [`out_request_no`](Self::out_request_no) too.
    #[must_use]
    pub fn out_trade_no(number: &str, refund_amount: Amount) -> Self {
        Self {
            out_trade_no: Some(number.into()),
            refund_amount: Some(refund_amount),
            ..Self::default()
        }
    }

    /// A refund by Alipay's trade number.
    #[must_use]
    pub fn trade_no(number: &str, refund_amount: Amount) -> Self {
        Self {
            trade_no: Some(number.into()),
            refund_amount: Some(refund_amount),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `field_type`, `field_conflict`, `out_trade_no`, `amount_range`, each with the
    /// field's name.
    pub fn check(&self) -> Result<(), Error> {
        check_trade_key(self.out_trade_no.as_ref(), self.trade_no.as_ref())?;
        present(self.refund_amount.as_ref(), "refund_amount")?;
        self.check_lengths()?;
        check_goods(self.goods_detail.iter().flatten())?;
        for goods in self.refund_goods_detail.iter().flatten() {
            required(goods.goods_id.as_deref(), "refund_goods_detail.goods_id")?;
        }
        check_royalty_parameters(
            "refund_royalty_parameters",
            self.refund_royalty_parameters.iter().flatten(),
        )?;
        if self.refund_trans_out.is_some() != self.refund_trans_out_type.is_some() {
            return Err(Error::about(ErrorCode::FieldConflict, "refund_trans_out_type"));
        }
        one_of(
            self.refund_trans_out_type.as_ref(),
            &["userId", "loginName"],
            "refund_trans_out_type",
        )?;
        let advance = self.refund_advance_account_type.as_ref();
        one_of(
            advance,
            &["default", "userId", "loginName"],
            "refund_advance_account_type",
        )?;
        if advance.is_some_and(|kind| kind != "default") {
            required_person(self.refund_advance_account.as_ref(), "refund_advance_account")?;
        }
        Ok(())
    }
}

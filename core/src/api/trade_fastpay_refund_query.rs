//! `alipay.trade.fastpay.refund.query` (统一收单交易退款查询): whether a refund was done.

use super::{
    EnterprisePayInfo, RefundChargeInfo, TradeFundBill, VoucherDetail, api,
    check::{check_trade_key, required},
};
use crate::{amount::Amount, error::Error, id::Personal, json::record};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.fastpay.refund.query`: one of the trade's two numbers and the refund's are required.
    TradeFastpayRefundQueryRequest {
        trade_no: String, 64, "Alipay's trade number; goes before the other.";
        out_trade_no: String, 64, "The merchant's order number.";
        out_request_no: String, 64, "Required. The refund's number; the order's own if the refund had none.";
        org_pid: String, 16, "The PID of the bank that settles, for indirect merchants.";
        query_options: Vec<String>, 1024, "Which further parts to answer, such as `gmt_refund_pay`.";
    }
}

record! {
    /// The answer of `alipay.trade.fastpay.refund.query`. Without a `refund_status` the refund was not done (yet).
    TradeFastpayRefundQueryResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        trade_no: String, 64, "Alipay's trade number.";
        out_trade_no: String, 64, "The merchant's order number.";
        out_request_no: String, 64, "The refund's number.";
        refund_reason: String, 256, "Why.";
        total_amount: Amount, 11, "The order's total.";
        refund_amount: Amount, 11, "How much this refund is.";
        refund_status: String, 32, "`REFUND_SUCCESS`: done. Absent: not received, failed, or not yet done; wait ten seconds after the refund.";
        refund_royaltys: Vec<RefundRoyaltyResult>, 0, "Which royalties came back.";
        gmt_refund_pay: String, 32, "When, GMT+8.";
        refund_detail_item_list: Vec<TradeFundBill>, 0, "Where the money went.";
        send_back_fee: Amount, 11, "What the merchant gave back.";
        refund_settlement_id: String, 64, "The refund's settlement number.";
        present_refund_buyer_amount: Amount, 11, "The buyer's part.";
        present_refund_discount_amount: Amount, 11, "The platform's part.";
        present_refund_mdiscount_amount: Amount, 11, "The merchant's part.";
        deposit_back_info: DepositBackInfo, 0, "Money back to a bank card.";
        deposit_back_info_list: Vec<DepositBackInfo>, 0, "Money back to bank cards.";
        error_code: String, 0, "Why an asynchronous refund failed.";
        refund_charge_amount: Amount, 11, "The fee that came back.";
        refund_charge_info_list: Vec<RefundChargeInfo>, 0, "That fee in detail.";
        refund_voucher_detail_list: Vec<VoucherDetail>, 0, "The vouchers of the payment.";
        refund_hyb_amount: Amount, 11, "惠营宝 that came back.";
        pre_auth_cancel_fee: Amount, 11, "What was cancelled of a credit order.";
        enterprise_pay_info: EnterprisePayInfo, 0, "An enterprise's payment.";
        industry_sepc_detail: Personal, 0, "Medical insurance, as JSON text.";
        refund_channel_list: String, 0, "Channels of medical insurance.";
        refund_channel_status: String, 0, "`SUCCESS`, `FAIL` or `PART_SUCCESS` over those channels.";
    }
}

record! {
    /// One royalty that came back (退分账明细信息).
    RefundRoyaltyResult {
        refund_amount: Amount, 11, "How much.";
        royalty_type: String, 32, "`transfer` (default) or `replenish`.";
        result_code: String, 32, "What became of it.";
        trans_out: Personal, 28, "The user that gave.";
        trans_out_email: Personal, 64, "That user's account.";
        trans_in: Personal, 28, "The user that received.";
        trans_in_email: Personal, 64, "That user's account.";
        ori_trans_out: Personal, 64, "The account that was asked to give.";
        ori_trans_in: Personal, 64, "The account that was asked to receive.";
    }
}

record! {
    /// Money back to a bank card (银行卡冲退信息).
    DepositBackInfo {
        has_deposit_back: String, 0, "Whether there is any.";
        dback_status: String, 8, "`S` done, `F` failed (the balance gets it), `P` on its way.";
        dback_amount: Amount, 11, "How much.";
        bank_ack_time: String, 32, "When the bank answered, GMT+8.";
        est_bank_receipt_time: String, 32, "When it should arrive, GMT+8.";
    }
}

api!(
    TradeFastpayRefundQueryRequest,
    TradeFastpayRefundQueryResponse,
    "alipay.trade.fastpay.refund.query"
);

impl TradeFastpayRefundQueryRequest {
    /// A query by the merchant's numbers of the order and of the refund.
    #[must_use]
    pub fn out_trade_no(number: &str, out_request_no: &str) -> Self {
        Self {
            out_trade_no: Some(number.into()),
            out_request_no: Some(out_request_no.into()),
            ..Self::default()
        }
    }

    /// A query by Alipay's trade number and the merchant's number of the refund.
    #[must_use]
    pub fn trade_no(number: &str, out_request_no: &str) -> Self {
        Self {
            trade_no: Some(number.into()),
            out_request_no: Some(out_request_no.into()),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `out_trade_no`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        check_trade_key(self.out_trade_no.as_ref(), self.trade_no.as_ref())?;
        required(self.out_request_no.as_deref(), "out_request_no")?;
        self.check_lengths()
    }
}

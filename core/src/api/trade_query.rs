//! `alipay.trade.query` (统一收单线下交易查询).

use super::{TradeFundBill, VoucherDetail, api, check_trade_key};
use crate::{amount::Amount, error::Error, id::Personal, json::record};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.query`: one of the two numbers is required.
    TradeQueryRequest {
        out_trade_no: String, 64, "The merchant's order number.";
        trade_no: String, 64, "Alipay's trade number.";
        org_pid: String, 16, "The PID of the bank that settles, for indirect merchants.";
        query_options: Vec<String>, 1024, "Which further parts to answer, such as `trade_settle_info`.";
    }
}

record! {
    /// The answer of `alipay.trade.query`.
    TradeQueryResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        trade_no: String, 64, "Alipay's trade number.";
        out_trade_no: String, 64, "The merchant's order number.";
        buyer_logon_id: Personal, 100, "The buyer's account, masked.";
        trade_status: String, 32, "`WAIT_BUYER_PAY`, `TRADE_CLOSED`, `TRADE_SUCCESS` or `TRADE_FINISHED`.";
        total_amount: Amount, 11, "The order's total.";
        trans_currency: String, 8, "Currency of the order.";
        settle_currency: String, 8, "Currency of the settlement.";
        settle_amount: Amount, 11, "Amount of the settlement.";
        pay_currency: String, 8, "Currency of the payment.";
        pay_amount: Amount, 11, "Amount of the payment.";
        settle_trans_rate: String, 11, "Rate from settlement to order.";
        trans_pay_rate: String, 11, "Rate from order to payment.";
        buyer_pay_amount: Amount, 11, "What the buyer paid.";
        point_amount: Amount, 11, "Paid with points.";
        invoice_amount: Amount, 11, "What an invoice may be made out for.";
        send_pay_date: String, 32, "When the money went to the seller, GMT+8.";
        receipt_amount: Amount, 11, "What the merchant receives.";
        store_id: String, 32, "The store.";
        terminal_id: String, 32, "The terminal.";
        fund_bill_list: Vec<TradeFundBill>, 0, "Where the money came from.";
        store_name: String, 512, "The store's name.";
        buyer_user_id: Personal, 28, "The buyer's Alipay user id.";
        discount_goods_detail: String, 0, "Discounts by goods, as JSON text.";
        industry_sepc_detail: String, 0, "Industry details, as JSON text.";
        voucher_detail_list: Vec<VoucherDetail>, 0, "Vouchers used.";
        charge_amount: Amount, 11, "The fee.";
        charge_flags: String, 64, "Which kind of fee.";
        settlement_id: String, 64, "The settlement's number.";
        auth_trade_pay_mode: String, 64, "Pre-authorised payment's mode.";
        buyer_user_type: String, 18, "`CORPORATE` or `PRIVATE`.";
        mdiscount_amount: Amount, 11, "The merchant's discount.";
        discount_amount: Amount, 11, "The platform's discount.";
        subject: String, 256, "The order's title.";
        body: String, 1000, "Description of the order.";
        alipay_sub_merchant_id: String, 32, "The indirect merchant's id.";
        ext_infos: String, 0, "Further information, as JSON text.";
        passback_params: String, 512, "What the merchant passed in.";
    }
}

api!(TradeQueryRequest, TradeQueryResponse, "alipay.trade.query");

impl TradeQueryRequest {
    /// A query by the merchant's order number.
    #[must_use]
    pub fn out_trade_no(number: &str) -> Self {
        Self {
            out_trade_no: Some(number.into()),
            ..Self::default()
        }
    }

    /// A query by Alipay's trade number.
    #[must_use]
    pub fn trade_no(number: &str) -> Self {
        Self {
            trade_no: Some(number.into()),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `out_trade_no`.
    pub fn check(&self) -> Result<(), Error> {
        check_trade_key(self.out_trade_no.as_ref(), self.trade_no.as_ref())?;
        self.check_lengths()
    }
}

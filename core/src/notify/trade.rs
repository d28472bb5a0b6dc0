//! The notification of a trade (异步通知参数) with every documented field.

use super::VerifiedNotify;
use crate::{
    amount::Amount,
    error::Error,
    id::Personal,
    json::{Json, RecordTable, record, write_member, write_string},
};
use alloc::{string::String, vec::Vec};

record! {
    /// The notification of a trade (异步通知参数: 当面付, 手机网站, 电脑网站, APP 支付 and refunds).
    ///
    /// Times are `yyyy-MM-dd HH:mm:ss` in GMT+8.
    TradeNotify {
        notify_time: String, 0, "When it was sent.";
        notify_type: String, 64, "Its kind: `trade_status_sync`.";
        notify_id: String, 128, "The idempotency key.";
        notify_action_type: String, 50, "What caused it: `payByAccountAction`, `closeTradeAction`, `reverseAction`, `finishFPAction`.";
        charset: String, 10, "Its charset.";
        version: String, 3, "Version of the interface.";
        sign_type: String, 10, "The algorithm of its signature.";
        app_id: String, 32, "The application.";
        auth_app_id: String, 32, "The application of the merchant an ISV acts for.";
        trade_no: String, 64, "Alipay's trade number.";
        out_trade_no: String, 64, "The merchant's order number.";
        out_biz_no: String, 64, "The merchant's number of the refund.";
        buyer_id: Personal, 28, "The buyer's Alipay user id.";
        buyer_open_id: Personal, 128, "The buyer's id for this application.";
        buyer_logon_id: Personal, 100, "The buyer's account, masked.";
        seller_id: String, 30, "The seller's Alipay user id.";
        seller_email: String, 100, "The seller's account.";
        trade_status: String, 32, "`WAIT_BUYER_PAY`, `TRADE_CLOSED`, `TRADE_SUCCESS` or `TRADE_FINISHED`.";
        total_amount: Amount, 11, "The order's total.";
        receipt_amount: Amount, 11, "What the merchant receives.";
        invoice_amount: Amount, 11, "What an invoice may be made out for.";
        buyer_pay_amount: Amount, 11, "What the buyer paid.";
        point_amount: Amount, 11, "Paid with points.";
        refund_fee: Amount, 11, "What was refunded so far.";
        send_back_fee: Amount, 11, "What the buyer got back with this refund.";
        discount_amount: Amount, 11, "The platform's discount.";
        mdiscount_amount: Amount, 11, "The merchant's discount.";
        subject: String, 256, "The order's title.";
        body: String, 400, "Description of the order.";
        gmt_create: String, 0, "When the trade was made.";
        gmt_payment: String, 0, "When it was paid.";
        gmt_refund: String, 0, "When it was refunded, with milliseconds.";
        gmt_close: String, 0, "When it was closed.";
        fund_bill_list: Vec<NotifyFundBill>, 512, "Where the money came from.";
        voucher_detail_list: Vec<NotifyVoucher>, 0, "Vouchers used.";
        passback_params: String, 512, "What the merchant passed in, URL-encoded as it was given.";
        biz_settle_mode: String, 32, "How it is settled.";
        merchant_app_id: String, 32, "The merchant's application.";
        store_id: String, 32, "The store.";
        terminal_id: String, 32, "The terminal.";
        alipay_cert_sn: String, 32, "The certificate of its signature.";
    }
}

record! {
    /// One source of the money, as notifications write it.
    #[allow(non_snake_case, reason = "Alipay's own spelling, which differs from that of answers")]
    NotifyFundBill {
        fundChannel: String, 32, "The channel, such as `ALIPAYACCOUNT`.";
        amount: Amount, 32, "The channel's amount.";
    }
}

record! {
    /// One voucher used, as notifications write it.
    #[allow(non_snake_case, reason = "Alipay's own spelling, which differs from that of answers")]
    NotifyVoucher {
        voucherId: String, 32, "The voucher's id.";
        templateId: String, 64, "Its template.";
        name: String, 64, "Its name.";
        r#type: String, 32, "Its type; more may be added.";
        amount: Amount, 8, "Its face value.";
        merchantContribute: Amount, 8, "The merchant's part.";
        otherContribute: Amount, 8, "Others' part.";
        memo: String, 256, "Remark.";
    }
}

/// The records of notifications, as data.
pub const RECORDS: &[RecordTable] = &[TradeNotify::TABLE, NotifyFundBill::TABLE, NotifyVoucher::TABLE];

impl TradeNotify {
    /// The two lists travel as JSON text inside a field.
    const LISTS: [&'static str; 2] = ["fund_bill_list", "voucher_detail_list"];
}

impl VerifiedNotify {
    /// The notification as the typed record of trades. Fields that the document does not list, or of an unexpected shape,
    /// stay in `extra`; empty ones are absent.
    ///
    /// # Errors
    /// `json_syntax` never happens: what is read is written here.
    pub fn trade(&self) -> Result<TradeNotify, Error> {
        let mut json = String::from("{");
        for (name, value) in self.fields().filter(|(_, value)| !value.is_empty()) {
            let list = TradeNotify::LISTS
                .contains(&name)
                .then(|| Json::parse(value).ok());
            write_member(&mut json, name, |out| match list.flatten() {
                Some(list) => out.push_str(list.as_str()),
                None => write_string(out, value),
            });
        }
        json.push('}');
        TradeNotify::from_answer(&json)
    }
}

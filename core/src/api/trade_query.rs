//! `alipay.trade.query` (统一收单线下交易查询).

use super::{
    BkAgentRespInfo, ChargeInfo, EnterprisePayInfo, GoodsDetail, TapPayInfo, TradeFundBill, VoucherDetail,
    api, check::check_trade_key,
};
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
        buyer_open_id: Personal, 128, "The buyer's open id.";
        open_id: Personal, 128, "The buyer's open id, by its former name.";
        buyer_user_name: Personal, 0, "The buyer's name, if that is agreed.";
        additional_status: String, 0, "`SELLER_NOT_RECEIVED`: paid, but not yet received.";
        alipay_store_id: String, 32, "The store's number at Alipay.";
        trade_settle_info: TradeSettleInfo, 0, "Royalties and settlements.";
        charge_info_list: Vec<ChargeInfo>, 0, "The fees in detail.";
        intact_charge_info_list: Vec<IntactChargeInfo>, 0, "Every fee.";
        hb_fq_pay_info: HbFqPayInfo, 0, "Instalments (花呗分期).";
        fulfillment_detail_list: Vec<FulfillmentDetail>, 0, "Payments of a credit order.";
        credit_pay_mode: String, 64, "`creditAdvanceV2`: the buyer pays later.";
        credit_biz_order_id: String, 64, "The credit order's number.";
        pre_auth_pay_amount: Amount, 0, "What is still to be paid of a credit order.";
        enterprise_pay_info: EnterprisePayInfo, 0, "An enterprise's payment.";
        hyb_amount: Amount, 11, "Paid with 惠营宝.";
        tap_pay_info: TapPayInfo, 0, "A tap-to-pay payment.";
        bkagent_resp_info: BkAgentRespInfo, 0, "What the bank's side answers.";
        external_payer_info: ExternalPayerInfo, 0, "The payer at another institution.";
        payment_info_with_id_list: Vec<PaymentInfoWithId>, 0, "Numbers of the payments.";
        req_goods_detail: Vec<GoodsDetail>, 0, "The goods of the request.";
        biz_settle_mode: String, 0, "Whether the order is settled later.";
        period_scene: String, 0, "Why it is settled later.";
        async_pay_apply_status: String, 0, "`S`: paying later was accepted.";
        unpaid_reason: String, 0, "Why it is not paid.";
        cashier_type: String, 0, "`APP` or `WAP`: where the buyer paid.";
        purchase_entity: String, 0, "Who bought the foreign currency.";
        receipt_currency_type: String, 0, "`DC`: the merchant receives digital yuan.";
        medical_insurance_info: Personal, 0, "Medical insurance, as JSON text.";
        industry_sepc_detail_gov: Personal, 0, "Medical insurance: the common fund's part.";
        industry_sepc_detail_acc: Personal, 0, "Medical insurance: the personal account's part.";
    }
}

record! {
    /// Royalties and settlements of a trade (交易结算信息).
    TradeSettleInfo {
        trade_settle_detail_list: Vec<TradeSettleDetail>, 0, "One by one.";
        trade_unsettled_amount: Amount, 0, "What is still to be settled.";
    }
}

record! {
    /// One royalty or settlement (交易结算明细信息).
    TradeSettleDetail {
        operation_type: String, 64, "`transfer`, `settle`, `replenish`, one of their `_refund`s, or `on_settle`.";
        operation_serial_no: String, 64, "The merchant's number of the request.";
        operation_dt: String, 32, "When, GMT+8.";
        trans_out: Personal, 64, "The account that gave.";
        trans_in: Personal, 64, "The account that received.";
        amount: Amount, 11, "How much.";
        ori_trans_out: Personal, 64, "The account that was asked to give.";
        ori_trans_in: Personal, 64, "The account that was asked to receive.";
    }
}

record! {
    /// Instalments of a payment (花呗分期信息).
    HbFqPayInfo {
        user_install_num: String, 0, "How many.";
        fq_amount: Amount, 0, "How much is paid in them.";
        fq_inst_id: String, 0, "The institution.";
    }
}

record! {
    /// One payment of a credit order (履约详情).
    FulfillmentDetail {
        fulfillment_amount: Amount, 0, "How much.";
        gmt_payment: String, 0, "When, GMT+8.";
        out_request_no: String, 0, "The merchant's number of the request.";
    }
}

record! {
    /// A fee as it was charged (完整的收费信息).
    IntactChargeInfo {
        service_target: String, 0, "The fee's number.";
        service_type: String, 0, "Kind of service.";
        bill_type: String, 0, "Kind of fee.";
        product_name: String, 0, "The product.";
        plan_amount: Amount, 0, "What was to be charged.";
        actual_amount: Amount, 0, "What was charged.";
        gmt_pay: String, 0, "When, GMT+8.";
        is_refund: bool, 0, "Whether it was given back.";
        status: String, 0, "Its state.";
        out_biz_no: String, 0, "The request's number.";
        target_account_no: Personal, 0, "The account charged.";
        target_user_id: Personal, 0, "The user charged.";
    }
}

record! {
    /// The payer at another institution (外部付款方信息).
    ExternalPayerInfo {
        out_payer_account_name: Personal, 0, "The payer's name.";
        out_inst_card_no: Personal, 0, "The payer's card.";
        out_inst_payer_inst_id: String, 0, "The institution.";
    }
}

record! {
    /// Numbers of payments (支付单信息).
    PaymentInfoWithId {
        payment_ids: Vec<String>, 0, "The payments.";
        r#type: String, 0, "Kind of money.";
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

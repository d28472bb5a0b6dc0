//! `alipay.fund.trans.uni.transfer` (单笔转账接口): pays to an Alipay account, a bank card or as a red packet.
//!
//! Lengths are those of the document of 2020 that copies of it still tell; the newer one's are not known for the title
//! (64 there) and for what it added, so these have none.

use super::{
    api,
    check::{check_least, present, required, required_person},
};
use crate::{amount::Amount, error::Error, id::Personal, json::record};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.fund.trans.uni.transfer`.
    FundTransUniTransferRequest {
        out_biz_no: String, 64, "Required. The transfer's number: the same number pays once, however often it is sent.";
        trans_amount: Amount, 20, "Required. How much; at least 0.10 for `TRANS_ACCOUNT_NO_PWD`.";
        product_code: String, 64, "Required. `TRANS_ACCOUNT_NO_PWD` (转账) or `STD_RED_PACKET` (红包).";
        biz_scene: String, 0, "`DIRECT_TRANSFER` or `PERSONAL_COLLECTION` (领红包).";
        order_title: String, 0, "The transfer's title in the payee's bill.";
        original_order_id: String, 0, "The order that this one belongs to, as a red packet's.";
        payee_info: Participant, 0, "Required. Who receives.";
        payer_info: Participant, 0, "Who pays.";
        remark: String, 200, "Remark.";
        business_params: String, 0, "Extensions, as JSON text.";
        sign_data: SignData, 0, "The signed order that this one belongs to.";
        passback_params: String, 0, "Given back in the notification.";
        mutiple_currency_detail: MutipleCurrencyDetail, 0, "Amounts in other currencies.";
        transfer_scene_name: String, 0, "What the transfer is for, as declared at Alipay, such as `佣金报酬`.";
        transfer_scene_report_infos: Vec<TransferSceneReportInfo>, 0, "What that asks to be told.";
    }
}

record! {
    /// Who pays or receives (参与方).
    Participant {
        identity: Personal, 64, "Required of the payee. The account.";
        identity_type: String, 64, "Required of the payee. Kind of account: `ALIPAY_USER_ID`, `ALIPAY_LOGON_ID`, `ALIPAY_OPEN_ID`, `BANKCARD_ACCOUNT` …";
        name: Personal, 256, "The real name; required for `ALIPAY_LOGON_ID`.";
        cert_type: String, 0, "Kind of certificate.";
        cert_no: Personal, 0, "The certificate's number.";
        bankcard_ext_info: BankcardExtInfo, 0, "The bank card.";
        merchant_user_info: Personal, 0, "The user at the merchant, as JSON text.";
        ext_info: String, 0, "Extensions, as agreed with Alipay.";
    }
}

record! {
    /// A bank card (银行卡扩展信息).
    BankcardExtInfo {
        account_type: String, 0, "`1`: a company's account; `2`: a person's.";
        inst_name: String, 0, "The bank.";
        bank_code: String, 0, "The branch's code.";
        inst_branch_name: String, 0, "The branch.";
        inst_city: String, 0, "Its city.";
        inst_province: String, 0, "Its province.";
    }
}

record! {
    /// The signed order that a transfer belongs to (签名被授权方支付时的原始信息).
    SignData {
        ori_sign: Personal, 0, "The signature.";
        ori_sign_type: String, 0, "Its algorithm.";
        ori_char_set: String, 0, "Its charset.";
        partner_id: String, 0, "The merchant.";
        ori_app_id: String, 0, "The application.";
        ori_out_biz_no: String, 0, "The order's number.";
    }
}

record! {
    /// Amounts in other currencies, as text in each currency's own unit (多币种信息).
    MutipleCurrencyDetail {
        payment_amount: String, 0, "What is paid.";
        payment_currency: String, 0, "In which currency.";
        trans_amount: String, 0, "What is transferred.";
        trans_currency: String, 0, "In which currency.";
        settlement_amount: String, 0, "What is settled.";
        settlement_currency: String, 0, "In which currency.";
        ext_info: String, 0, "Extensions.";
    }
}

record! {
    /// What a transfer's purpose asks to be told (转账场景信息).
    TransferSceneReportInfo {
        info_type: String, 0, "Required. What is told, such as `佣金报酬说明`.";
        info_content: String, 0, "Required. The content.";
    }
}

record! {
    /// The answer of `alipay.fund.trans.uni.transfer`. After a `SYSTEM_ERROR` or no answer: query, or send the same request
    /// again; never another number.
    FundTransUniTransferResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        out_biz_no: String, 64, "The transfer's number.";
        order_id: String, 0, "Alipay's number.";
        pay_fund_order_id: String, 0, "The payment's number.";
        status: String, 0, "`SUCCESS`, `FAIL`, `DEALING`, `REFUND` or another.";
        sub_status: String, 0, "State of a transfer in two steps.";
        trans_date: String, 0, "When, GMT+8.";
        settle_serial_no: String, 0, "The bank's number.";
        amount: Amount, 0, "How much, in some cases.";
        link: Personal, 0, "Where the payee gets the money, in a transfer in two steps.";
    }
}

api!(
    FundTransUniTransferRequest,
    FundTransUniTransferResponse,
    "alipay.fund.trans.uni.transfer"
);

impl FundTransUniTransferRequest {
    /// A transfer to an Alipay user id (2088…), with the `product_code` `TRANS_ACCOUNT_NO_PWD` and the `biz_scene`
    /// `DIRECT_TRANSFER`.
    #[must_use]
    pub fn user_id(out_biz_no: &str, trans_amount: Amount, order_title: &str, user_id: &str) -> Self {
        let payee = Participant {
            identity: Some(user_id.into()),
            identity_type: Some("ALIPAY_USER_ID".into()),
            ..Participant::default()
        };
        Self::to(out_biz_no, trans_amount, order_title, payee)
    }

    /// The same to an Alipay account (an e-mail address or a phone number), which needs the payee's real name.
    #[must_use]
    pub fn logon_id(
        out_biz_no: &str,
        trans_amount: Amount,
        order_title: &str,
        logon_id: &str,
        name: &str,
    ) -> Self {
        let payee = Participant {
            identity: Some(logon_id.into()),
            identity_type: Some("ALIPAY_LOGON_ID".into()),
            name: Some(name.into()),
            ..Participant::default()
        };
        Self::to(out_biz_no, trans_amount, order_title, payee)
    }

    fn to(out_biz_no: &str, trans_amount: Amount, order_title: &str, payee: Participant) -> Self {
        Self {
            out_biz_no: Some(out_biz_no.into()),
            trans_amount: Some(trans_amount),
            product_code: Some("TRANS_ACCOUNT_NO_PWD".into()),
            biz_scene: Some("DIRECT_TRANSFER".into()),
            order_title: Some(order_title.into()),
            payee_info: Some(payee),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `amount_range`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        required(self.out_biz_no.as_deref(), "out_biz_no")?;
        let product = required(self.product_code.as_deref(), "product_code")?;
        let payee = present(self.payee_info.as_ref(), "payee_info")?;
        required_person(payee.identity.as_ref(), "payee_info.identity")?;
        let kind = required(payee.identity_type.as_deref(), "payee_info.identity_type")?;
        if kind == "ALIPAY_LOGON_ID" {
            required_person(payee.name.as_ref(), "payee_info.name")?;
        }
        self.check_lengths()?;
        let least = if product == "TRANS_ACCOUNT_NO_PWD" {
            Amount::from_any_fen(10)
        } else {
            Amount::MIN
        };
        check_least(self.trans_amount.as_ref(), least, "trans_amount")?;
        for info in self.transfer_scene_report_infos.iter().flatten() {
            required(info.info_type.as_deref(), "transfer_scene_report_infos.info_type")?;
            required(
                info.info_content.as_deref(),
                "transfer_scene_report_infos.info_content",
            )?;
        }
        Ok(())
    }
}

//! `alipay.fund.trans.toaccount.transfer` (单笔转账到支付宝账户接口): pays to an Alipay account. Alipay asks new merchants to
//! take `alipay.fund.trans.uni.transfer` instead.

use super::{
    api,
    check::{check_least, check_width, one_of, required, required_person},
};
use crate::{
    amount::Amount,
    error::{Error, ErrorCode},
    id::Personal,
    json::record,
};
use alloc::string::String;

record! {
    /// The request of `alipay.fund.trans.toaccount.transfer`.
    FundTransToaccountTransferRequest {
        out_biz_no: String, 64, "Required. The transfer's number, ASCII letters, digits, `-` or `_`: the same number pays once, however often it is sent.";
        payee_type: String, 20, "Required. Kind of account: `ALIPAY_USERID` or `ALIPAY_LOGONID`.";
        payee_account: Personal, 100, "Required. The account.";
        amount: Amount, 16, "Required. How much, at least 0.10.";
        payer_show_name: String, 100, "The payer's name as it is shown: 100 Latin or 50 Chinese characters.";
        payer_real_name: Personal, 100, "The payer's real name.";
        payee_real_name: Personal, 100, "The payee's real name, checked if it is given: 100 Latin or 50 Chinese characters.";
        remark: String, 200, "Remark: 200 Latin or 100 Chinese characters. An enterprise must give one from 50000 yuan on.";
        ext_param: String, 0, "Extensions, as JSON text.";
    }
}

record! {
    /// The answer of `alipay.fund.trans.toaccount.transfer`. After a `SYSTEM_ERROR` or no answer: query, or send the same
    /// request again; never another number.
    FundTransToaccountTransferResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        out_biz_no: String, 64, "The transfer's number.";
        order_id: String, 64, "Alipay's number.";
        pay_date: String, 20, "When, GMT+8.";
    }
}

api!(
    FundTransToaccountTransferRequest,
    FundTransToaccountTransferResponse,
    "alipay.fund.trans.toaccount.transfer"
);

impl FundTransToaccountTransferRequest {
    /// A transfer to an Alipay user id (2088…).
    #[must_use]
    pub fn user_id(out_biz_no: &str, payee_account: &str, amount: Amount) -> Self {
        Self::to("ALIPAY_USERID", out_biz_no, payee_account, amount)
    }

    /// A transfer to an Alipay account: an e-mail address or a phone number.
    #[must_use]
    pub fn logon_id(out_biz_no: &str, payee_account: &str, amount: Amount) -> Self {
        Self::to("ALIPAY_LOGONID", out_biz_no, payee_account, amount)
    }

    fn to(payee_type: &str, out_biz_no: &str, payee_account: &str, amount: Amount) -> Self {
        Self {
            out_biz_no: Some(out_biz_no.into()),
            payee_type: Some(payee_type.into()),
            payee_account: Some(payee_account.into()),
            amount: Some(amount),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `field_type`, `amount_range`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        let number = required(self.out_biz_no.as_deref(), "out_biz_no")?;
        if !number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        {
            return Err(Error::about(ErrorCode::FieldType, "out_biz_no"));
        }
        required(self.payee_type.as_deref(), "payee_type")?;
        one_of(
            self.payee_type.as_ref(),
            &["ALIPAY_USERID", "ALIPAY_LOGONID"],
            "payee_type",
        )?;
        required_person(self.payee_account.as_ref(), "payee_account")?;
        self.check_lengths()?;
        check_least(self.amount.as_ref(), Amount::from_any_fen(10), "amount")?;
        check_width(self.payer_show_name.as_deref(), 100, "payer_show_name")?;
        let payee = self.payee_real_name.as_ref();
        check_width(payee.map(Personal::expose), 100, "payee_real_name")?;
        check_width(self.remark.as_deref(), 200, "remark")
    }
}

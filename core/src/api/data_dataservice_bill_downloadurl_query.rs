//! `alipay.data.dataservice.bill.downloadurl.query` (查询对账单下载地址): where a day's or a month's bill is.

use super::{
    api,
    check::{check_date, required},
};
use crate::{
    error::{Error, ErrorCode},
    id::Personal,
    json::record,
};
use alloc::string::String;

record! {
    /// The request of `alipay.data.dataservice.bill.downloadurl.query`.
    DataDataserviceBillDownloadurlQueryRequest {
        bill_type: String, 20, "Required. `trade` (业务账单), `signcustomer` (账务账单), or one of those agreed with Alipay.";
        bill_date: String, 15, "Required. A day, `yyyy-MM-dd`, or a month, `yyyy-MM`; from 2016 on.";
        smid: String, 0, "The merchant below the one that calls, if only its part is wanted.";
    }
}

record! {
    /// The answer of `alipay.data.dataservice.bill.downloadurl.query`.
    DataDataserviceBillDownloadurlQueryResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        bill_download_url: Personal, 2048, "Where the bill is, for 30 seconds and for whoever has the address: don't log it.";
        bill_file_code: String, 0, "Why there is no bill, such as `EMPTY_DATA_WITH_BILL_FILE`.";
    }
}

api!(
    DataDataserviceBillDownloadurlQueryRequest,
    DataDataserviceBillDownloadurlQueryResponse,
    "alipay.data.dataservice.bill.downloadurl.query"
);

impl DataDataserviceBillDownloadurlQueryRequest {
    /// The bill of a kind and of a day or a month.
    #[must_use]
    pub fn new(bill_type: &str, bill_date: &str) -> Self {
        Self {
            bill_type: Some(bill_type.into()),
            bill_date: Some(bill_date.into()),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `date_format`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        required(self.bill_type.as_deref(), "bill_type")?;
        let date = required(self.bill_date.as_deref(), "bill_date")?;
        self.check_lengths()?;
        // A month is written as a day without its last part.
        let day = if date.len() == 7 {
            alloc::format!("{date}-01")
        } else {
            date.into()
        };
        check_date(Some(&day), "bill_date")?;
        if date < "2016" {
            return Err(Error::about(ErrorCode::DateFormat, "bill_date"));
        }
        Ok(())
    }
}

//! `alipay.open.app.alipaycert.download` (应用支付宝公钥证书下载): the certificate whose SN a message names. Trust it only
//! after its chain to the root bundle was checked.

use super::{api, check::required};
use crate::{error::Error, json::record};
use alloc::string::String;

record! {
    /// The request of `alipay.open.app.alipaycert.download`.
    OpenAppAlipaycertDownloadRequest {
        alipay_cert_sn: String, 64, "Required. The certificate's SN, as in the message's `alipay_cert_sn`.";
    }
}

record! {
    /// The answer of `alipay.open.app.alipaycert.download`.
    OpenAppAlipaycertDownloadResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        alipay_cert_content: String, 0, "The certificate: base64 of its PEM text.";
    }
}

api!(
    OpenAppAlipaycertDownloadRequest,
    OpenAppAlipaycertDownloadResponse,
    "alipay.open.app.alipaycert.download"
);

impl OpenAppAlipaycertDownloadRequest {
    /// The certificate of an SN.
    #[must_use]
    pub fn new(alipay_cert_sn: &str) -> Self {
        Self {
            alipay_cert_sn: Some(alipay_cert_sn.into()),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        required(self.alipay_cert_sn.as_deref(), "alipay_cert_sn")?;
        self.check_lengths()
    }
}

//! Content encryption (接口内容加密): a request that says it is encrypted is answered encrypted.

use crate::model::{
    charset,
    codes::{GatewayCode, Refusal},
    parameters::Parameters,
};
use alipay_core::cipher::ContentKey;
use std::borrow::Cow;

/// A request's `biz_content`, readable.
pub(crate) struct Content<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Whether it came encrypted.
    pub(crate) encrypted: bool,
}

/// Reads the `biz_content` of a request whose signature is checked.
pub(crate) fn open<'a>(parameters: &'a Parameters, key: Option<&ContentKey>) -> Result<Content<'a>, Refusal> {
    let text = parameters
        .value("biz_content")
        .ok_or_else(|| Refusal::invalid_parameter("biz_content"))?;
    let refusal = |sub_code, sub_msg| Refusal::gateway(GatewayCode::InvalidArguments, sub_code, sub_msg);
    match parameters.value("encrypt_type") {
        None => {
            return Ok(Content {
                text: Cow::Borrowed(text),
                encrypted: false,
            });
        }
        Some("AES") => {}
        Some(_) => {
            return Err(refusal(
                "isv.decryption-error-not-valid-encrypt-type",
                "解密出错，不支持的加密算法",
            ));
        }
    }
    let key = key.ok_or_else(|| {
        refusal(
            "isv.decryption-error-not-valid-encrypt-key",
            "解密出错，未配置加密密钥或加密密钥格式错误",
        )
    })?;
    let bytes = key
        .decrypt(text)
        .map_err(|_| refusal("isv.decryption-error-unknown", "解密出错，未知异常"))?;
    Ok(Content {
        text: Cow::Owned(charset::read(parameters.named_charset(), &bytes)),
        encrypted: true,
    })
}

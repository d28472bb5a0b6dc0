//! Every cause that is told apart, in one table: what happened and what to do, in English and Chinese.

macro_rules! causes {
    ($($(#[$meta:meta])* $variant:ident $code:literal $en:literal $zh:literal $remedy_en:literal $remedy_zh:literal;)*) => {
        /// Why a signature does not verify: the same word in every language, and never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Cause {
            $(#[doc = concat!("`", $code, "`: ", $en)] $variant,)*
        }

        impl Cause {
            /// Every cause, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word, such as `extra_parameter`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What happened, in English.
            #[must_use]
            pub const fn meaning_en(self) -> &'static str {
                match self { $(Self::$variant => $en,)* }
            }

            /// What happened, in Chinese.
            #[must_use]
            pub const fn meaning_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// What to do, in English.
            #[must_use]
            pub const fn remedy_en(self) -> &'static str {
                match self { $(Self::$variant => $remedy_en,)* }
            }

            /// What to do, in Chinese.
            #[must_use]
            pub const fn remedy_zh(self) -> &'static str {
                match self { $(Self::$variant => $remedy_zh,)* }
            }
        }
    };
}

causes! {
    // About the key and the signature.
    OwnKeyConfigured "own_key_configured" "the application's own public key is configured where Alipay's belongs" "把应用公钥当成支付宝公钥配置了" "copy Alipay's public key (支付宝公钥) from the console; it appears after the application's key was uploaded" "在开放平台控制台复制“支付宝公钥”（上传应用公钥之后才显示），不要使用应用公钥";
    SignedByOwnKey "signed_by_own_key" "the message is signed with the application's own key: Alipay did not send it" "消息是用应用自己的私钥签名的，不是支付宝发出的" "look for a test tool or a proxy that signs messages itself, or treat it as forged" "检查是否有测试工具或代理自行签名，否则按伪造处理";
    WrongKeyOrForged "wrong_key_or_forged" "the signature was not made with the configured key: another key (the sandbox's, another application's, an old one) or a forged message" "签名不是用所配置的密钥生成的：密钥不对（沙箱、其他应用或旧密钥），或消息是伪造的" "compare the configured key with Alipay's public key of this very application and environment; if they agree, the message is forged" "核对所配置的支付宝公钥是否属于这个应用和这个环境；如一致则消息为伪造";
    SignatureLength "signature_length" "the signature does not have the length of the configured key: a key of another size, or a cut or forged signature" "签名长度与所配置的密钥不符：密钥位数不同，或签名被截断、伪造" "configure the key that Alipay shows now (2048 bits with RSA2), and check that nothing cuts long values" "使用控制台当前显示的支付宝公钥（RSA2 为 2048 位），并检查长字段是否被截断";
    AlgorithmMismatch "algorithm_mismatch" "the signature was made with another algorithm than sign_type says" "签名所用算法与 sign_type 不一致" "use the algorithm that made the signature, and pass sign_type on as it came: RSA2 is SHA-256, RSA is SHA-1" "按实际算法验签，sign_type 原样传递：RSA2 对应 SHA-256，RSA 对应 SHA-1";
    AlgorithmWeak "algorithm_weak" "the message is signed with RSA (SHA-1), and this merchant accepts only RSA2" "消息以 RSA（SHA-1）签名，而本商户只接受 RSA2" "set the application to RSA2 in the console; notifications of trades made before may still come with RSA" "在控制台把应用改为 RSA2；此前创建的交易的通知可能仍用 RSA";
    AlgorithmUnknown "algorithm_unknown" "the configured key made the signature, with a hash that Alipay does not use" "签名出自所配置的密钥，但摘要算法不是支付宝所用的" "find out who signed the message: Alipay uses SHA-256 (RSA2) and SHA-1 (RSA) only" "查明签名来源：支付宝只用 SHA-256（RSA2）和 SHA-1（RSA）";
    CertUnknown "cert_unknown" "the message names a certificate of Alipay's that this merchant does not have" "消息所指明的支付宝公钥证书不在本商户的配置中" "download the certificate of this SN with alipay.open.app.alipaycert.download, check it and keep it; if Alipay has none of this SN, the message is forged" "用 alipay.open.app.alipaycert.download 按该证书序列号下载证书，校验后保存；如支付宝没有该证书，则消息为伪造";
    CertOther "cert_other" "the signature was made with the key of another configured certificate of Alipay's than the one that counts for this message (the one it names, or the first where it names none)" "签名出自所配置的另一份支付宝公钥证书，而不是该消息应使用的证书（消息指明的证书；未指明时为第一份）" "pass alipay_cert_sn on as it came, and configure Alipay's current certificate as the first" "原样传递 alipay_cert_sn，并把支付宝当前的公钥证书配置为第一份";
    OtherMerchant "other_merchant" "the message is for another application or seller, which has another key of Alipay's" "消息属于其他应用或其他卖家，对应的支付宝公钥也不同" "give every application, and the sandbox and production, a notify_url of its own, and verify each with its own key of Alipay's" "为每个应用以及沙箱、生产环境分别设置 notify_url，并使用各自的支付宝公钥验签";
    SignatureMissing "signature_missing" "the message has no signature" "消息没有签名" "check that the sign parameter is not filtered out, and that the body is read as a form" "检查 sign 参数是否被过滤、请求体是否按表单读取";
    SignatureUnreadable "signature_unreadable" "the signature is not base64, in whatever way it is read" "签名不是有效的 base64" "pass sign on exactly as it came" "原样传递 sign";
    SignPlusLost "sign_plus_lost" "every + of the signature became a space" "签名中的 + 变成了空格" "decode the body once only, or hand over the raw body" "请求体只解码一次，或直接传入原始请求体";
    SignRewritten "sign_rewritten" "the signature's base64 was rewritten: line breaks, another alphabet or lost padding" "签名的 base64 被改写：换行、URL 安全字母表或丢失填充" "pass sign on exactly as it came" "原样传递 sign";
    // About the content.
    ExtraParameter "extra_parameter" "a parameter was added that Alipay did not sign" "多出了支付宝没有签名的参数" "verify the body's own parameters only: leave out those of notify_url's query and of the framework's route" "只用请求体中的参数验签：去掉 notify_url 自带的查询参数和框架的路由参数";
    MissingParameter "missing_parameter" "a parameter that Alipay signed is missing" "缺少支付宝签名过的参数" "pass every parameter on, also those the program has no use for" "传入全部参数，包括程序用不到的参数";
    EmptyDropped "empty_dropped" "a parameter with an empty value that Alipay signed was dropped" "空值参数参与了签名却被丢弃" "keep parameters with empty values" "保留空值参数";
    SignTypeDropped "sign_type_dropped" "sign_type was removed, and this message counts it" "sign_type 被去掉，而该消息的签名包含它" "remove only sign from service messages; sign_type is not signed only in payments" "生活号等消息验签时只去掉 sign；只有支付类通知才同时去掉 sign_type";
    DoubleDecoded "double_decoded" "values were percent-decoded twice" "参数值被 URL 解码了两次" "the framework already decodes: don't decode again, or hand over the raw body" "框架已经解码，不要再解码；或直接传入原始请求体";
    NotDecoded "not_decoded" "values were not percent-decoded" "参数值没有做 URL 解码" "decode every value once before verifying, or hand over the raw body" "验签前对每个参数值解码一次，或直接传入原始请求体";
    PlusBecameSpace "plus_became_space" "a + inside a value became a space" "参数值中的 + 变成了空格" "decode the body once only, or hand over the raw body" "请求体只解码一次，或直接传入原始请求体";
    PlusNotDecoded "plus_not_decoded" "a + that stands for a space was kept" "代表空格的 + 没有被还原" "use a form decoder (decodeURIComponent leaves + alone), or hand over the raw body" "使用表单解码（decodeURIComponent 不处理 +），或直接传入原始请求体";
    HtmlEscaped "html_escaped" "characters were turned into HTML entities such as &quot;" "字符被转成了 HTML 实体（如 &quot;）" "verify before any XSS or HTML filter runs" "在 XSS 或 HTML 过滤之前验签";
    HtmlUnescaped "html_unescaped" "HTML entities that Alipay signed were turned into characters" "支付宝签名的 HTML 实体被还原成了字符" "pass values on as they came" "原样传递参数值";
    SlashesAdded "slashes_added" "backslashes were put before quotes" "引号前被加上了反斜杠" "undo the framework's addslashes or magic quotes before verifying" "验签前去掉框架的 addslashes 或 magic quotes";
    Trimmed "trimmed" "white space at an end of a value was removed" "参数值首尾的空白被去掉了" "turn off trimming of form values" "关闭框架对表单值的自动 trim";
    WhitespaceAdded "whitespace_added" "white space was added at an end of a value" "参数值首尾多出了空白" "pass values on as they came" "原样传递参数值";
    JsonRewritten "json_rewritten" "a JSON value was parsed and written again" "JSON 值被解析后重新序列化" "verify the text as it came; parse it afterwards" "先按原文验签，再解析 JSON";
    Utf8ReadAsLatin1 "utf8_read_as_latin1" "UTF-8 bytes were read as ISO-8859-1" "UTF-8 字节被按 ISO-8859-1 读取" "set the request's encoding to UTF-8 before the first parameter is read" "在读取第一个参数之前把请求编码设为 UTF-8";
    Utf8ReadAsGbk "utf8_read_as_gbk" "UTF-8 bytes were read as GBK" "UTF-8 字节被按 GBK 读取" "read the message as UTF-8, or as its charset parameter says" "按 UTF-8（或消息的 charset 参数）读取";
    GbkSigned "gbk_signed" "GBK bytes were signed, and UTF-8 bytes were verified" "签名用的是 GBK 字节，验签用的却是 UTF-8 字节" "turn the values into bytes with the message's charset before verifying, or use UTF-8 for requests" "验签前按消息的 charset 把参数值转成字节，或在请求中统一使用 UTF-8";
    ListValue "list_value" "values or names came as lists, as some frameworks give them" "参数值或参数名是列表形式（部分框架如此）" "take the first item of each list before verifying" "验签前取每个列表的第一个元素";
    NullText "null_text" "an empty value became the text null, None or undefined" "空值变成了 null、None、undefined 等文本" "leave absent values out" "不要把缺失的值转成文本";
    NumberRewritten "number_rewritten" "a number was parsed and written again" "数字被解析后重新输出（如 88.80 变成 88.8）" "keep amounts as text until the message is verified" "验签之前金额保持为文本";
    NameCase "name_case" "the parameters' names were changed, such as out_trade_no to outTradeNo" "参数名被改写（如 out_trade_no 变成 outTradeNo）" "keep Alipay's names until the message is verified" "验签之前保持支付宝的参数名";
    LineEnds "line_ends" "line ends were changed" "换行符被改变" "pass values on as they came" "原样传递参数值";
    Normalized "normalized" "characters were put together or taken apart (Unicode normalisation: NFC, NFD)" "字符被做了 Unicode 规范化（NFC、NFD）" "pass values on as they came; normalise them after verifying" "原样传递参数值，验签之后再做规范化";
    BodyIsJson "body_is_json" "the form was turned into JSON on the way" "表单在途中被转成了 JSON" "hand over the form as Alipay posted it" "传入支付宝发送的原始表单";
    HeaderMissing "header_missing" "a header that the signature covers is missing" "缺少签名所覆盖的响应头" "hand over every header of the answer, alipay-timestamp and alipay-nonce among them" "传入应答的全部响应头，包括 alipay-timestamp 和 alipay-nonce";
    BytesLost "bytes_lost" "bytes were replaced by U+FFFD in a wrong decoding: what was signed can't be got back from this" "解码错误使部分字节变成了替换字符 U+FFFD，无法还原被签名的内容" "hand over the raw body, or decode it with the message's charset" "直接传入原始请求体，或按消息的 charset 解码";
    ContentUnknown "content_unknown" "the signature is genuine, but belongs to other content, and no known change leads back to it" "签名是真的，但属于别的内容，且不是任何已知的改动" "log the raw body where it enters the system and compare; if it is the same there, the message is forged from a genuine one" "在系统入口记录原始请求体并比较；若入口处就是如此，则是冒用真实签名的伪造消息";
    // About our own request.
    SameString "same_string" "the gateway verified the very string that was signed here: it has another public key, or another algorithm, for this application" "网关验签的字符串与本地签名的完全一致：平台上登记的应用公钥或签名算法不同" "upload the public half of the key that signs here to this application, and use the algorithm chosen there" "把与本地私钥对应的应用公钥上传到该应用，并使用控制台所选的签名算法";
    NoString "no_string" "the gateway's answer does not carry the string it verified" "网关的应答中没有它所验签的字符串" "compare the request that was sent with the string that was signed" "对照实际发送的请求与本地的待签名字符串";
}

impl Cause {
    /// Whether it is about the key or the algorithm, and not about what was signed.
    pub(super) fn is_about_key(self) -> bool {
        self <= Self::CertOther
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn codes_are_unique_words_and_every_text_is_there() {
        let codes: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
        assert_eq!(codes.len(), Cause::ALL.len());
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(codes.iter().all(|code| code.bytes().all(plain)));
        for cause in Cause::ALL {
            assert!(cause.meaning_en().is_ascii(), "{cause:?}");
            assert!(!cause.meaning_en().is_empty() && !cause.remedy_en().is_empty());
            assert!(
                !cause.meaning_zh().is_ascii() && !cause.remedy_zh().is_ascii(),
                "{cause:?}"
            );
        }
    }
}

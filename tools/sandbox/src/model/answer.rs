//! Answers: the documented nodes, signed over their raw bytes, and what may happen to them on their way.

use crate::model::{
    certificates::CertificateNode,
    charset,
    codes::{GatewayCode, Refusal},
    money,
    script::Damage,
    trade::Trade,
};
use alipay_core::{
    Amount, Error, Timestamp,
    charset::Charset,
    cipher::ContentKey,
    sign::{self, SignType, Signer},
};
use serde::Serialize;

/// An answer, and when it is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Not before this time.
    pub deliver_at: Timestamp,
    /// What to deliver.
    pub delivery: Delivery,
}

/// What reaches the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A complete HTTP answer.
    Http {
        /// The status code.
        status: u16,
        /// The content type.
        content_type: &'static str,
        /// Further headers, names in lower case: over v3, the signature.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// The head and the first `sent` bytes of a body that was announced in full; then the connection breaks.
    Cut {
        /// The whole body.
        body: Vec<u8>,
        /// How much of it arrives.
        sent: usize,
    },
    /// The connection closes without an answer.
    Lost,
}

impl Delivery {
    /// What stands in front of the gateway says that it is not there.
    pub(crate) fn bad_gateway() -> Self {
        Self::Http {
            status: 502,
            content_type: "text/html",
            headers: Vec::new(),
            body: b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n".to_vec(),
        }
    }

    fn json(charset: Charset, body: Vec<u8>) -> Self {
        Self::Http {
            status: 200,
            content_type: match charset {
                Charset::Utf8 => "text/html;charset=utf-8",
                Charset::Gbk => "text/html;charset=gbk",
                Charset::Gb18030 => "text/html;charset=gb18030",
                Charset::Gb2312 => "text/html;charset=gb2312",
            },
            headers: Vec::new(),
            body,
        }
    }
}

/// What stands in the middle of a response.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Node {
    Refusal(RefusalNode),
    Trade(Box<TradeNode>),
    Cancel(CancelNode),
    Certificate(CertificateNode),
}

#[derive(Debug, Serialize)]
pub(crate) struct RefusalNode {
    code: &'static str,
    msg: &'static str,
    sub_code: String,
    sub_msg: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<String>,
}

impl Node {
    pub(crate) fn refusal(refusal: &Refusal, out_trade_no: Option<&str>) -> Self {
        Self::Refusal(RefusalNode {
            code: refusal.code.as_str(),
            msg: refusal.code.message(),
            sub_code: refusal.sub_code.clone().into_owned(),
            sub_msg: refusal.sub_msg.clone().into_owned(),
            out_trade_no: out_trade_no.map(str::to_owned),
        })
    }
}

/// The answer to pay and to query: the same fields, of which pay says `gmt_payment` and query `send_pay_date`.
#[derive(Debug, Serialize)]
pub(crate) struct TradeNode {
    code: &'static str,
    msg: &'static str,
    trade_no: String,
    out_trade_no: String,
    buyer_logon_id: String,
    buyer_user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) buyer_user_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trade_status: Option<&'static str>,
    #[serde(with = "money::amount")]
    total_amount: Amount,
    #[serde(with = "money::amount")]
    receipt_amount: Amount,
    #[serde(with = "money::amount")]
    buyer_pay_amount: Amount,
    #[serde(with = "money::amount")]
    point_amount: Amount,
    #[serde(with = "money::amount")]
    invoice_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gmt_payment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) send_pay_date: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fund_bill_list: Vec<FundBill>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store_id: Option<String>,
}

#[derive(Debug, Serialize)]
struct FundBill {
    fund_channel: &'static str,
    #[serde(with = "money::amount")]
    amount: Amount,
}

impl TradeNode {
    /// What every answer about a trade says. `total` is the trade's, unless the story has the answer lie.
    pub(crate) fn about(trade: &Trade, total: Amount, code: GatewayCode) -> Self {
        let paid = trade.gmt_payment.is_some();
        let moved = if paid { total } else { Amount::ZERO };
        let bill = FundBill {
            fund_channel: "ALIPAYACCOUNT",
            amount: moved,
        };
        Self {
            code: code.as_str(),
            msg: code.message(),
            trade_no: trade.trade_no.clone(),
            out_trade_no: trade.out_trade_no.clone(),
            buyer_logon_id: trade.buyer.logon_id.clone(),
            buyer_user_id: trade.buyer.user_id.clone(),
            buyer_user_type: None,
            trade_status: None,
            total_amount: total,
            receipt_amount: moved,
            buyer_pay_amount: moved,
            point_amount: Amount::ZERO,
            invoice_amount: moved,
            gmt_payment: None,
            send_pay_date: None,
            fund_bill_list: if paid { vec![bill] } else { Vec::new() },
            store_id: trade.store_id.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct CancelNode {
    pub(crate) code: &'static str,
    pub(crate) msg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trade_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) out_trade_no: Option<String>,
    pub(crate) retry_flag: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<&'static str>,
}

/// One fen more: what an answer with the wrong amount says.
pub(crate) fn one_fen_more(amount: Amount) -> Amount {
    Amount::from_fen(amount.fen().saturating_add(1)).unwrap_or(Amount::MIN)
}

/// What an answer is closed with.
pub(crate) struct Seal<'a> {
    pub(crate) signer: &'a dyn Signer,
    pub(crate) sign_type: SignType,
    /// The signer's certificate, in certificate mode.
    pub(crate) alipay_cert_sn: Option<&'a str>,
    /// Encrypts the node before it is signed.
    pub(crate) content_key: Option<&'a ContentKey>,
}

/// Writes the node under its name, signs its bytes (unless there is no signer to choose), and lets the damage happen.
///
/// # Errors
/// `signing_failed`.
pub(crate) fn deliver(
    name: &str,
    node: &Node,
    charset: Charset,
    damage: Damage,
    seal: Option<Seal<'_>>,
) -> Result<Delivery, Error> {
    let mut node = serde_json::to_string(node).unwrap_or_default();
    if let Some(key) = seal.as_ref().and_then(|seal| seal.content_key) {
        node = format!("\"{}\"", key.encrypt(&charset::write(charset, &node)));
    }
    let Some(seal) = seal.filter(|_| damage != Damage::Unsigned) else {
        let body = format!(r#"{{"{name}":{node}}}"#);
        return Ok(Delivery::json(charset, charset::write(charset, &body)));
    };
    let signed = if damage == Damage::BadSignature {
        format!("{node} ")
    } else {
        node.clone()
    };
    let signature = seal
        .signer
        .sign(seal.sign_type, &charset::write(charset, &signed))?;
    let signature = sign::to_base64(&signature);
    let certificate = seal
        .alipay_cert_sn
        .map(|sn| format!(r#","alipay_cert_sn":"{sn}""#));
    let certificate = certificate.unwrap_or_default();
    let text = format!(r#"{{"{name}":{node}{certificate},"sign":"{signature}"}}"#);
    let body = charset::write(charset, &text);
    Ok(match damage {
        Damage::Lost => Delivery::Lost,
        Damage::Html502 => Delivery::bad_gateway(),
        Damage::CutConnection => Delivery::Cut {
            sent: body.len() / 2,
            body,
        },
        Damage::CutJson => {
            // Somewhere inside the node; every answer's node begins with ASCII, and the cut is moved to a boundary.
            let cut = text.floor_char_boundary(text.len() / 2);
            let begun = text.split_at_checked(cut).map_or("", |(begun, _)| begun);
            Delivery::json(charset, charset::write(charset, begun))
        }
        Damage::None | Damage::Late | Damage::BadSignature | Damage::Unsigned => {
            Delivery::json(charset, body)
        }
    })
}

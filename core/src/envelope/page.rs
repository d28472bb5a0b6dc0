//! Calls that a buyer's app or browser carries to Alipay: the order string of `alipay.trade.app.pay`, and the URL or form of
//! `alipay.trade.page.pay` and `alipay.trade.wap.pay`.
//!
//! Protocol, section 8. They are signed like any request; what comes back is a notification, never an answer. Each takes
//! one step where the key is here and two where it is elsewhere ([`Merchant::prepare`], then `finish_…`).

use super::request::{Call, Encoded, Prepared, signature_text};
use crate::{charset::Charset, error::Error, form, merchant::Merchant, time::Timestamp};
use alloc::{borrow::Cow, string::String, vec::Vec};

/// How a form gets from the buyer's browser to Alipay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormSubmit<'a> {
    /// By an inline script as soon as it is shown; by a button without scripts.
    #[default]
    Script,
    /// By a button with this text only, or by a script of the page's own: for a strict content security policy.
    Button(&'a str),
}

/// The id of a form's element, for a page's own script.
pub const FORM_ID: &str = "alipay_submit";

impl Prepared {
    /// Adds the raw signature over [`Prepared::bytes_to_sign`]: the order string (orderStr) that the app's SDK takes.
    ///
    /// # Errors
    /// `signature_format` unless the signature has 128 to 512 bytes, as those of accepted keys do.
    pub fn finish_order_string(self, signature: &[u8]) -> Result<String, Error> {
        Ok(encode(self.charset, &self.signed(signature)?))
    }

    /// The same: the URL to send the buyer's browser to.
    ///
    /// # Errors
    /// `signature_format`.
    pub fn finish_url(self, signature: &[u8]) -> Result<String, Error> {
        let gateway = self.url.split('?').next().unwrap_or_default().into();
        let mut url: String = gateway;
        url.push('?');
        url.push_str(&encode(self.charset, &self.signed(signature)?));
        Ok(url)
    }

    /// The same: a form that posts to Alipay, as a piece of HTML in a page of any charset.
    ///
    /// # Errors
    /// `signature_format`.
    pub fn finish_form(self, signature: &[u8], submit: FormSubmit<'_>) -> Result<String, Error> {
        let mut action = self.url.clone();
        let charset = self.charset;
        let mut inputs = String::new();
        for (name, value) in self.signed(signature)? {
            if &*name == b"charset" {
                continue; // already in the action
            }
            match (charset.decode(&name), charset.decode(&value)) {
                (Ok(name), Ok(value)) if survives(&name) && survives(&value) => {
                    inputs.push_str("<input type=\"hidden\" name=\"");
                    escape(&mut inputs, &name);
                    inputs.push_str("\" value=\"");
                    escape(&mut inputs, &value);
                    inputs.push_str("\">\n");
                }
                _ => {
                    action.push('&');
                    action.push_str(&encode(charset, &[(name, value)]));
                }
            }
        }
        let mut html = String::with_capacity(inputs.len().saturating_add(512));
        html.push_str("<form id=\"");
        html.push_str(FORM_ID);
        html.push_str("\" method=\"post\" accept-charset=\"");
        html.push_str(charset.as_str());
        html.push_str("\" action=\"");
        escape(&mut html, &action);
        html.push_str("\">\n");
        html.push_str(&inputs);
        match submit {
            FormSubmit::Script => {
                html.push_str(
                    "<noscript><button type=\"submit\">支付宝 Alipay</button></noscript>\n</form>\n",
                );
                // A parameter named "submit" would stand in the form's own method's place.
                html.push_str("<script>HTMLFormElement.prototype.submit.call(document.getElementById(\"");
                html.push_str(FORM_ID);
                html.push_str("\"));</script>\n");
            }
            FormSubmit::Button(label) => {
                html.push_str("<button type=\"submit\">");
                escape(&mut html, label);
                html.push_str("</button>\n</form>\n");
            }
        }
        Ok(html)
    }

    /// Everything that is sent, sorted.
    fn signed(self, signature: &[u8]) -> Result<Vec<Encoded>, Error> {
        let sign = signature_text(signature)?;
        let mut fields = self.parameters;
        fields.push((Cow::Borrowed(b"sign"), Cow::Owned(sign.into_bytes())));
        fields.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(fields)
    }
}

fn encode(charset: Charset, fields: &[Encoded]) -> String {
    form::encode_bytes(charset, fields.iter().map(|(name, value)| (&**name, &**value)))
}

/// Whether a browser posts this text as it is written: it would turn line breaks into CRLF, and HTML has no other control
/// characters but the tab. What does not survive travels in the action, whose query nobody rewrites.
fn survives(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\t')
}

/// As text or as a quoted attribute of HTML.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

impl Merchant {
    /// The order string (orderStr) of an `alipay.trade.app.pay` or another call of the app's SDK.
    ///
    /// # Errors
    /// Those of [`Merchant::request`].
    pub fn order_string(&self, call: &Call, now: Timestamp) -> Result<String, Error> {
        self.sign_prepared(call, now, Prepared::finish_order_string)
    }

    /// The URL of an `alipay.trade.page.pay` or `alipay.trade.wap.pay`, for a redirect (GET).
    ///
    /// # Errors
    /// Those of [`Merchant::request`].
    pub fn page_url(&self, call: &Call, now: Timestamp) -> Result<String, Error> {
        self.sign_prepared(call, now, Prepared::finish_url)
    }

    /// The same as a form (POST), for what is too long for a URL: a piece of HTML.
    ///
    /// # Errors
    /// Those of [`Merchant::request`].
    pub fn page_form(&self, call: &Call, now: Timestamp, submit: FormSubmit<'_>) -> Result<String, Error> {
        self.sign_prepared(call, now, |prepared, signature| {
            prepared.finish_form(signature, submit)
        })
    }

    fn sign_prepared(
        &self,
        call: &Call,
        now: Timestamp,
        finish: impl FnOnce(Prepared, &[u8]) -> Result<String, Error>,
    ) -> Result<String, Error> {
        let prepared = self.prepare(call, now)?;
        let signature = self.sign(prepared.bytes_to_sign(), prepared.sign_type())?;
        finish(prepared, &signature)
    }
}

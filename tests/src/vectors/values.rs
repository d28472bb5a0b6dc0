//! Rows about plain values: amounts, times, forms, the string to be signed.

use super::{Case, Shared};
use alipay_core::{Amount, Error, Timestamp, canonical, form};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum AmountCase {
    Charge { text: String },
    Read { text: String },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AmountExpect {
    fen: String,
    text: String,
}

impl Case for AmountCase {
    type Expect = AmountExpect;

    fn run(self, _: &Shared) -> Result<AmountExpect, Error> {
        let amount: Amount = match self {
            Self::Charge { text } => text.parse()?,
            Self::Read { text } => Amount::parse_any(&text)?,
        };
        Ok(AmountExpect {
            fen: amount.fen().to_string(),
            text: amount.to_string(),
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum TimeCase {
    Format { unix_ms: i64 },
    Parse { beijing: String },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TimeExpect {
    Beijing(String),
    UnixMs(i64),
}

impl Case for TimeCase {
    type Expect = TimeExpect;

    fn run(self, _: &Shared) -> Result<TimeExpect, Error> {
        match self {
            Self::Format { unix_ms } => Ok(TimeExpect::Beijing(
                Timestamp::from_unix_ms(unix_ms)?.to_beijing(),
            )),
            Self::Parse { beijing } => Ok(TimeExpect::UnixMs(Timestamp::from_beijing(&beijing)?.unix_ms())),
        }
    }
}

/// Names and values, in their order.
pub(super) type Pairs = Vec<(String, String)>;

pub(super) fn borrowed(pairs: &Pairs) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (&**name, &**value))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CanonicalCase {
    parameters: Pairs,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CanonicalExpect {
    string_to_sign: String,
}

impl Case for CanonicalCase {
    type Expect = CanonicalExpect;

    fn run(self, _: &Shared) -> Result<CanonicalExpect, Error> {
        Ok(CanonicalExpect {
            string_to_sign: canonical::string_to_sign(borrowed(&self.parameters)),
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FormCase {
    Encode { fields: Pairs },
    Decode { form: String },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FormExpect {
    Form(String),
    FieldsBase64(Pairs),
}

impl Case for FormCase {
    type Expect = FormExpect;

    fn run(self, _: &Shared) -> Result<FormExpect, Error> {
        match self {
            Self::Encode { fields } => Ok(FormExpect::Form(form::encode(borrowed(&fields)))),
            Self::Decode { form } => {
                let fields = form::decode(form.as_bytes())?;
                let text = |(name, value)| {
                    (
                        STANDARD.encode::<Vec<u8>>(name),
                        STANDARD.encode::<Vec<u8>>(value),
                    )
                };
                Ok(FormExpect::FieldsBase64(fields.into_iter().map(text).collect()))
            }
        }
    }
}

//! How a field of a mirrored record crosses: towards the core as JSON, which the core reads strictly (so that every
//! language gets the same errors); from the core as the text Alipay would write.

use crate::calls::Hidden;
use alipay_core::{
    Amount,
    id::{AuthCode, Personal},
    json::Extra,
};
use serde_json::Value;
use std::{
    collections::HashMap,
    fmt::{Debug, DebugStruct},
};

/// A value as the JSON that the core reads.
pub(crate) trait ToJson {
    fn to_json(&self) -> Value;
}

impl ToJson for String {
    fn to_json(&self) -> Value {
        Value::String(self.clone())
    }
}

impl ToJson for i64 {
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}

impl ToJson for bool {
    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self) -> Value {
        self.iter().map(ToJson::to_json).collect()
    }
}

/// An object of the fields that are there. A further field whose text is not JSON crosses as that text.
pub(crate) fn object<const N: usize>(
    fields: [(&str, Option<Value>); N],
    extra: Option<&HashMap<String, String>>,
) -> Value {
    let known = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let further = extra.into_iter().flatten().map(|(name, text)| {
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
        (name.clone(), value)
    });
    Value::Object(known.chain(further).collect())
}

/// A value of the core's as the bindings show it.
pub(crate) trait FromCore<T> {
    fn from_core(value: T) -> Self;
}

impl FromCore<String> for String {
    fn from_core(value: String) -> Self {
        value
    }
}

impl FromCore<Amount> for String {
    fn from_core(value: Amount) -> Self {
        value.to_string()
    }
}

impl FromCore<AuthCode> for String {
    fn from_core(value: AuthCode) -> Self {
        value.expose().to_owned()
    }
}

impl FromCore<Personal> for String {
    fn from_core(value: Personal) -> Self {
        value.expose().to_owned()
    }
}

impl FromCore<u64> for i64 {
    fn from_core(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
}

impl FromCore<bool> for bool {
    fn from_core(value: bool) -> Self {
        value
    }
}

impl<C, T: FromCore<C>> FromCore<Vec<C>> for Vec<T> {
    fn from_core(values: Vec<C>) -> Self {
        values.into_iter().map(T::from_core).collect()
    }
}

pub(crate) fn extra_from_core(extra: &Extra) -> Option<HashMap<String, String>> {
    let member = |(name, json): (&String, &alipay_core::json::Json)| (name.clone(), json.as_str().to_owned());
    Some(extra.iter().map(member).collect()).filter(|map: &HashMap<_, _>| !map.is_empty())
}

/// Shows a field that is there.
pub(crate) fn show<T: Debug>(shown: &mut DebugStruct<'_, '_>, name: &str, value: &Option<T>) {
    if let Some(value) = value {
        shown.field(name, value);
    }
}

/// Says that there is a field that must not be shown.
pub(crate) fn hide<T>(shown: &mut DebugStruct<'_, '_>, name: &str, value: &Option<T>) {
    if value.is_some() {
        shown.field(name, &Hidden(true));
    }
}

/// Shows the names of further fields.
pub(crate) fn show_names(shown: &mut DebugStruct<'_, '_>, extra: Option<&HashMap<String, String>>) {
    if let Some(extra) = extra {
        shown.field("extra", &extra.keys());
    }
}

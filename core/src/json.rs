//! JSON kept exactly as it was written, and the records of Alipay's documents.
//!
//! Alipay's records keep Alipay's field names. A record never loses anything: a field that the document does not
//! list, or (in an answer) one whose value has an unexpected shape, stays in `extra` as the JSON text it was.

use crate::{
    amount::Amount,
    error::{Error, ErrorCode},
    id::{AuthCode, Personal},
};
use alloc::{borrow::Cow, boxed::Box, collections::BTreeMap, string::String, vec::Vec};
use core::fmt::{self, Write as _};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

mod record;
mod secret;

pub(crate) use record::record;
pub use record::{FieldTable, RecordTable};
#[cfg(feature = "serde")]
pub(crate) use secret::deserialize_secret;
pub(crate) use secret::read_secret;

/// Any JSON value, as the exact text it was written in: no number is rounded, no key reordered.
#[derive(Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Checks that `text` is one JSON value and keeps it.
    ///
    /// # Errors
    /// `json_syntax`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|_| ErrorCode::JsonSyntax.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The value as serde sees it, for embedding it unchanged in other JSON.
    #[must_use]
    pub fn raw(&self) -> &RawValue {
        &self.0
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.as_str().len())
    }
}

/// The members of one JSON object, in their order, each value as text.
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = Members(text).deserialize(&mut reader).and_then(|object| {
            reader.end()?;
            Ok(object)
        });
        read.map_err(|_| ErrorCode::JsonSyntax.into())
    }

    /// The JSON text of a member.
    pub(crate) fn member(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.get())
    }

    /// The members' names, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// A member that is a string or a number, as text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        String::read(self.member(name)?, Strictness::Lenient)
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (Cow<'a, str>, &'a RawValue);
    type IntoIter = alloc::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Reads the object that this text is.
struct Members<'t>(&'t str);

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = Object<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(32);
        while let Some(Key(key)) = map.next_key()? {
            if members.len() == members.capacity() {
                // Counted, and room made at once: doubling would take three times their length while they move.
                let Count(all) = serde_json::from_str(self.0).map_err(A::Error::custom)?;
                members.reserve_exact(all.saturating_sub(members.len()));
            }
            members.push((key, map.next_value()?));
        }
        Ok(Object(members))
    }
}

/// How many members an object has.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counter;
        impl<'de> Visitor<'de> for Counter {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
                let mut count = 0_usize;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    count = count.saturating_add(1);
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_map(Counter)
    }
}

/// A string that borrows from the input unless it has escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.into())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// How forgiving a record reads: the user's own input strictly, an answer leniently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Types must be exactly as documented; in particular no money as a JSON number.
    Strict,
    /// Strings may come as numbers and the reverse, as Alipay's own examples have them.
    Lenient,
}

/// A type that stands in a record.
pub(crate) trait Value: Sized {
    /// Reads JSON text; `None` if it is of another type.
    fn read(json: &str, strictness: Strictness) -> Option<Self>;
    /// Appends JSON text.
    fn write(&self, out: &mut String);
    /// Checks the documented maximum length, in characters (0: none).
    fn check(&self, _max: usize) -> Result<(), ErrorCode> {
        Ok(())
    }
}

/// Appends a JSON string.
pub(crate) fn write_string(out: &mut String, text: &str) {
    if text
        .bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
    {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    // Writing a string to memory can't fail; an impossible failure becomes an empty string, which no check lets pass.
    out.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".into()));
}

impl Value for String {
    fn read(json: &str, strictness: Strictness) -> Option<Self> {
        match json.as_bytes().first()? {
            b'"' => serde_json::from_str(json).ok(),
            b'-' | b'0'..=b'9' | b't' | b'f' if strictness == Strictness::Lenient => Some(json.into()),
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        write_string(out, self);
    }

    fn check(&self, max: usize) -> Result<(), ErrorCode> {
        if max != 0 && self.chars().count() > max {
            Err(ErrorCode::FieldTooLong)
        } else {
            Ok(())
        }
    }
}

impl Value for Personal {
    fn read(json: &str, strictness: Strictness) -> Option<Self> {
        String::read(json, strictness).map(Into::into)
    }

    fn write(&self, out: &mut String) {
        write_string(out, self.expose());
    }

    fn check(&self, max: usize) -> Result<(), ErrorCode> {
        if max != 0 && self.expose().chars().count() > max {
            Err(ErrorCode::FieldTooLong)
        } else {
            Ok(())
        }
    }
}

impl Value for AuthCode {
    fn read(json: &str, _: Strictness) -> Option<Self> {
        let text = read_secret(json)?;
        Self::new_lenient(&text).or_else(|_| Self::face(&text)).ok()
    }

    fn write(&self, out: &mut String) {
        write_string(out, self.expose());
    }
}

impl Value for Amount {
    fn read(json: &str, strictness: Strictness) -> Option<Self> {
        match json.as_bytes().first()? {
            b'"' => Self::parse_any(&serde_json::from_str::<String>(json).ok()?).ok(),
            _ if strictness == Strictness::Lenient => Self::parse_any(json).ok(),
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        // Writing to memory can't fail.
        let _ = write!(out, "\"{self}\"");
    }

    fn check(&self, max: usize) -> Result<(), ErrorCode> {
        if *self == Self::ZERO {
            return Err(ErrorCode::AmountRange);
        }
        if self.written_len() > max {
            Err(ErrorCode::FieldTooLong)
        } else {
            Ok(())
        }
    }
}

/// A count: a JSON number on the way out.
impl Value for u64 {
    fn read(json: &str, strictness: Strictness) -> Option<Self> {
        match json.as_bytes().first()? {
            b'"' if strictness == Strictness::Lenient => {
                serde_json::from_str::<String>(json).ok()?.parse().ok()
            }
            _ => json.parse().ok(),
        }
    }

    fn write(&self, out: &mut String) {
        // Writing to memory can't fail.
        let _ = write!(out, "{self}");
    }

    fn check(&self, max: usize) -> Result<(), ErrorCode> {
        alloc::format!("{self}").check(max)
    }
}

impl Value for bool {
    fn read(json: &str, strictness: Strictness) -> Option<Self> {
        match json {
            "true" => Some(true),
            "false" => Some(false),
            "\"true\"" if strictness == Strictness::Lenient => Some(true),
            "\"false\"" if strictness == Strictness::Lenient => Some(false),
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

impl<T: Value> Value for Vec<T> {
    fn read(json: &str, strictness: Strictness) -> Option<Self> {
        let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
        items
            .into_iter()
            .map(|item| T::read(item.get(), strictness))
            .collect()
    }

    fn write(&self, out: &mut String) {
        out.push('[');
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            item.write(out);
        }
        out.push(']');
    }

    fn check(&self, max: usize) -> Result<(), ErrorCode> {
        self.iter().try_for_each(|item| item.check(max))
    }
}

/// Fields that no document lists, by name, as JSON text.
pub type Extra = BTreeMap<String, Json>;

pub(crate) fn write_member(out: &mut String, name: &str, write: impl FnOnce(&mut String)) {
    separate(out);
    write_string(out, name);
    out.push(':');
    write(out);
}

/// A member of a record, whose name is a plain word.
pub(crate) fn write_field(out: &mut String, name: &'static str, value: &impl Value) {
    separate(out);
    out.push('"');
    out.push_str(name.strip_prefix("r#").unwrap_or(name));
    out.push_str("\":");
    value.write(out);
}

fn separate(out: &mut String) {
    if out.as_bytes().last() != Some(&b'{') {
        out.push(',');
    }
}

/// The Rust field of a wire name. `type` is the one documented name that is a keyword of Rust.
pub(crate) fn field_name(wire_name: &str) -> &str {
    if wire_name == "type" { "r#type" } else { wire_name }
}

/// `Debug` of `extra`: which fields there are, never what they hold.
pub(crate) struct Names<'a>(pub(crate) &'a Extra);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro makes public records")]
mod tests {
    use super::*;

    record! {
        /// For the tests below.
        Sample {
            name: String, 4, "A text.";
            price: Amount, 0, "An amount.";
            buyer_id: Personal, 0, "A person.";
        }
    }

    #[test]
    fn an_object_takes_no_more_room_than_its_text_may_need() {
        // One more than a table that doubles has room for.
        let text = alloc::format!("{{{}\"\":0}}", "\"\":0,".repeat(1 << 16));
        let object = Object::parse(&text).unwrap();
        assert_eq!(object.0.len(), (1 << 16) + 1);
        assert_eq!(object.0.capacity(), object.0.len());
    }

    #[test]
    fn commas_in_a_text_are_no_members() {
        let text = alloc::format!("{{{}\"\":\"{}\"}}", "\"\":0,".repeat(32), ",\\\",".repeat(1000));
        assert_eq!(Object::parse(&text).unwrap().0.capacity(), 33);
    }

    #[test]
    fn behind_an_object_stands_nothing() {
        assert!(Object::parse("{} ").is_ok());
        for text in ["{}x", "{}{}", "{},", "", "[]", "null"] {
            assert!(Object::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_answer_loses_nothing() {
        let text =
            r#"{"name":"a","price":120.88,"odd":1.0000000000000000001,"buyer_id":{"x":[1]},"none":null}"#;
        let sample = Sample::from_answer(text).unwrap();
        assert_eq!(sample.price.unwrap().fen(), 12088);
        assert_eq!(sample.extra["odd"].as_str(), "1.0000000000000000001");
        assert_eq!(sample.extra["buyer_id"].as_str(), r#"{"x":[1]}"#);
        assert_eq!(
            sample.to_json(),
            r#"{"name":"a","price":"120.88","buyer_id":{"x":[1]},"odd":1.0000000000000000001}"#
        );
    }

    #[test]
    fn the_table_lists_the_fields() {
        let fields = Sample::TABLE.fields.iter();
        let fields: Vec<_> = fields.map(|field| (field.name, field.kind, field.max)).collect();
        assert_eq!(
            fields,
            [
                ("name", "String", 4),
                ("price", "Amount", 0),
                ("buyer_id", "Personal", 0)
            ]
        );
    }

    #[test]
    fn a_users_record_is_read_strictly() {
        let error = Sample::from_json(r#"{"price":120.88}"#).unwrap_err();
        assert_eq!(
            (error.code(), error.subject()),
            (ErrorCode::FieldType, Some("price"))
        );
        let long = Sample::from_json(r#"{"name":"五个字符的"}"#).unwrap();
        assert_eq!(long.check_lengths().unwrap_err().code(), ErrorCode::FieldTooLong);
        assert_eq!(Sample::from_json("[]").unwrap_err().code(), ErrorCode::JsonSyntax);
    }

    #[test]
    fn debug_shows_neither_people_nor_unknown_values() {
        let sample = Sample::from_answer(r#"{"buyer_id":"2088000000000001","odd":"secret"}"#).unwrap();
        let shown = alloc::format!("{sample:?}");
        assert!(
            !shown.contains("2088") && !shown.contains("secret") && shown.contains("odd"),
            "{shown}"
        );
    }
}

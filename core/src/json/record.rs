//! The records of Alipay's documents: declared once as a table, from which the type, its JSON and its limits follow.

/// A record of Alipay's documents as data, from which other languages' types are generated.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RecordTable {
    /// The record's name, such as `TradePayRequest`.
    pub name: &'static str,
    /// Its fields, in the document's order.
    pub fields: &'static [FieldTable],
}

/// A field of a record.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FieldTable {
    /// Alipay's name; `r#type` is `type`.
    pub name: &'static str,
    /// The Rust type: `String`, `Amount`, `AuthCode`, `Personal`, `u64`, `bool`, another record, or a `Vec` of one of them.
    pub kind: &'static str,
    /// The documented maximum length in characters; 0 if there is none.
    pub max: usize,
    /// What it is.
    pub about: &'static str,
}

/// Declares a record of one of Alipay's documents: `field: Type, max length in characters (0: none), "what it is"`.
///
/// Every field is optional in the type; what a request requires is checked by its `check`.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $ty:ty, $max:literal, $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct $name {
            $(#[doc = $doc] pub $field: Option<$ty>,)*
            /// Fields that the document does not list, or that came in an unexpected shape, as they were written.
            pub extra: $crate::json::Extra,
        }

        impl $name {
            /// The document's fields as data.
            pub const TABLE: $crate::json::RecordTable = $crate::json::RecordTable {
                name: stringify!($name),
                fields: &[$($crate::json::FieldTable {
                    name: stringify!($field),
                    kind: stringify!($ty),
                    max: $max,
                    about: $doc,
                }),*],
            };

            /// Reads the record as a user writes it: types exactly as documented, money as strings.
            ///
            /// # Errors
            /// `json_syntax`, or `field_type` with the field's name.
            pub fn from_json(text: &str) -> Result<Self, $crate::error::Error> {
                Self::read_members(text, $crate::json::Strictness::Strict)
            }

            /// Reads the record as Alipay writes it; what has an unexpected shape stays in `extra`.
            ///
            /// # Errors
            /// `json_syntax` if it is not an object.
            pub fn from_answer(text: &str) -> Result<Self, $crate::error::Error> {
                Self::read_members(text, $crate::json::Strictness::Lenient)
            }

            /// The record as one JSON object, absent fields left out.
            #[must_use]
            pub fn to_json(&self) -> alloc::string::String {
                let mut out = alloc::string::String::with_capacity(1024);
                $crate::json::Value::write(self, &mut out);
                out
            }

            /// Checks every documented maximum length.
            #[allow(dead_code, reason = "answers are not checked against limits")]
            pub(crate) fn check_lengths(&self) -> Result<(), $crate::error::Error> {
                $(if let Some(value) = &self.$field {
                    $crate::json::Value::check(value, $max)
                        .map_err(|code| $crate::error::Error::about(code, stringify!($field)))?;
                })*
                Ok(())
            }

            fn read_members(text: &str, strictness: $crate::json::Strictness) -> Result<Self, $crate::error::Error> {
                let mut record = Self::default();
                for (name, raw) in $crate::json::Object::parse(text)? {
                    if raw.get() == "null" {
                        continue;
                    }
                    let field = $crate::json::field_name(&name);
                    let known = match field {
                        $(stringify!($field) => {
                            record.$field = $crate::json::Value::read(raw.get(), strictness);
                            record.$field.is_some()
                        })*
                        _ => false,
                    };
                    let documented = [$(stringify!($field)),*].contains(&field);
                    if !known && documented && strictness == $crate::json::Strictness::Strict {
                        return Err($crate::error::Error::about($crate::error::ErrorCode::FieldType, name.into_owned()));
                    }
                    if !known {
                        record.extra.insert(name.into_owned(), $crate::json::Json::parse(raw.get())?);
                    }
                }
                Ok(record)
            }
        }

        impl $crate::json::Value for $name {
            fn read(json: &str, strictness: $crate::json::Strictness) -> Option<Self> {
                Self::read_members(json, strictness).ok()
            }

            fn write(&self, out: &mut alloc::string::String) {
                out.push('{');
                $(if let Some(value) = &self.$field {
                    $crate::json::write_field(out, stringify!($field), value);
                })*
                for (name, value) in &self.extra {
                    $crate::json::write_member(out, name, |out| out.push_str(value.as_str()));
                }
                out.push('}');
            }

            fn check(&self, _: usize) -> Result<(), $crate::error::ErrorCode> {
                self.check_lengths().map_err(|error| error.code())
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(if let Some(value) = &self.$field {
                    shown.field(stringify!($field), value);
                })*
                shown.field("extra", &$crate::json::Names(&self.extra)).finish()
            }
        }
    };
}
pub(crate) use record;

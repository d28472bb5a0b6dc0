//! Everything that was shown, by who showed it.

use crate::planted::Planted;
use std::{
    any::type_name,
    collections::{BTreeMap, BTreeSet},
    fmt::{Debug, Display},
};

#[derive(Default)]
pub(crate) struct Album(BTreeMap<String, BTreeSet<String>>);

impl Album {
    /// What anything wrote down.
    pub(crate) fn text(&mut self, by: impl Into<String>, text: impl Into<String>) {
        self.0.entry(by.into()).or_default().insert(text.into());
    }

    /// A value's `Debug`, on one line and on many.
    pub(crate) fn debug<T: Debug>(&mut self, value: &T) {
        self.text(name_of::<T>(), format!("{value:?}\n{value:#?}"));
    }

    /// A value's `Debug` and `Display`.
    pub(crate) fn display<T: Debug + Display>(&mut self, value: &T) {
        self.debug(value);
        self.text(name_of::<T>(), value.to_string());
    }

    /// The types that were shown, and whatever else.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.0.keys().map(|name| &**name).collect()
    }

    /// How many texts there are.
    pub(crate) fn texts(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    #[track_caller]
    pub(crate) fn assert_clean(&self, planted: &Planted) {
        let mut leaks = Vec::new();
        for (by, texts) in &self.0 {
            for text in texts {
                let found = planted.found_in(text.as_bytes());
                if !found.is_empty() {
                    leaks.push(format!("{by} shows {found:?}: {text}"));
                }
            }
        }
        assert!(leaks.is_empty(), "{} leaks\n{}", leaks.len(), leaks.join("\n"));
    }
}

/// The type's path, without what it is generic over.
fn name_of<T>() -> &'static str {
    type_name::<T>().split('<').next().unwrap_or_default()
}

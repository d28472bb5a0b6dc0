//! GB18030's tables: those of `encoding_rs` (feature `gbk`), else the host's (feature `host-charset`), else none.

#[cfg(all(feature = "host-charset", not(feature = "gbk")))]
pub(super) use host::{decode, encode, present};
#[cfg(not(any(feature = "gbk", feature = "host-charset")))]
pub(super) use none::{decode, encode, present};
#[cfg(feature = "gbk")]
pub(super) use ours::{decode, encode, present};

#[cfg(feature = "host-charset")]
use alloc::{boxed::Box, string::String, vec::Vec};

#[cfg(feature = "gbk")]
mod ours {
    use alloc::{borrow::Cow, vec::Vec};
    use encoding_rs::{EncoderResult, GB18030};

    pub(in super::super) const fn present() -> bool {
        true
    }

    /// Appends the text's bytes.
    pub(in super::super) fn encode(text: &str, out: &mut Vec<u8>) -> Option<()> {
        let mut encoder = GB18030.new_encoder();
        let start = out.len();
        let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len())?;
        out.resize(start.saturating_add(room), 0);
        let (result, _, written) =
            encoder.encode_from_utf8_without_replacement(text, out.get_mut(start..)?, true);
        out.truncate(start.saturating_add(written));
        (result == EncoderResult::InputEmpty).then_some(())
    }

    pub(in super::super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
        GB18030.decode_without_bom_handling_and_without_replacement(bytes)
    }
}

/// Tables that a host has, such as a browser's `TextDecoder`: this crate then needs none of its own.
#[cfg(feature = "host-charset")]
#[derive(Debug, Clone, Copy)]
pub struct HostTables {
    /// The bytes of a text in GB18030; `None` if a character has none.
    pub encode: fn(&str) -> Option<Vec<u8>>,
    /// The text of bytes in GB18030; `None` if they are none.
    pub decode: fn(&[u8]) -> Option<String>,
}

#[cfg(feature = "host-charset")]
static HOST: once_cell::race::OnceBox<HostTables> = once_cell::race::OnceBox::new();

/// Uses the host's tables from now on, unless others were given before, or this build has its own.
#[cfg(feature = "host-charset")]
pub fn use_host_tables(tables: HostTables) {
    // The first ones stay: what was checked with them must not change its meaning.
    let _ = HOST.set(Box::new(tables));
}

#[cfg(all(feature = "host-charset", not(feature = "gbk")))]
mod host {
    use super::HOST;
    use alloc::{borrow::Cow, vec::Vec};

    pub(in super::super) fn present() -> bool {
        HOST.get().is_some()
    }

    pub(in super::super) fn encode(text: &str, out: &mut Vec<u8>) -> Option<()> {
        out.extend((HOST.get()?.encode)(text)?);
        Some(())
    }

    pub(in super::super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
        (HOST.get()?.decode)(bytes).map(Cow::Owned)
    }
}

#[cfg(not(any(feature = "gbk", feature = "host-charset")))]
mod none {
    use alloc::{borrow::Cow, vec::Vec};

    pub(in super::super) const fn present() -> bool {
        false
    }

    pub(in super::super) fn encode(_: &str, _: &mut Vec<u8>) -> Option<()> {
        None
    }

    pub(in super::super) fn decode(_: &[u8]) -> Option<Cow<'_, str>> {
        None
    }
}

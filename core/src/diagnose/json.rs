//! JSON that was parsed and written again: how it may have been written before.

use super::rewrite::{GUESS, POSSIBLE, Rank};
use crate::json::{Object, write_string};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use serde_json::value::RawValue;

/// Deeper values are left alone.
const MAX_DEPTH: u8 = 16;
/// Longer values are left alone.
const MAX_LEN: usize = 32 * 1024;

/// A JSON value that remembers the order of its members and the text of its numbers.
enum Node {
    Text(String),
    /// A number, `true`, `false` or `null`, as it was written.
    Word(String),
    List(Vec<Node>),
    Members(Vec<(String, Node)>),
}

impl Node {
    fn parse(value: &[u8]) -> Option<Self> {
        if value.len() > MAX_LEN || !matches!(value.first(), Some(b'{' | b'[')) {
            return None;
        }
        Self::read(core::str::from_utf8(value).ok()?, MAX_DEPTH)
    }

    fn read(text: &str, depth: u8) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let text = text.trim();
        Some(match text.as_bytes().first()? {
            b'{' => Self::Members(
                Object::parse(text)
                    .ok()?
                    .into_iter()
                    .map(|(name, raw)| Some((name.into_owned(), Self::read(raw.get(), depth)?)))
                    .collect::<Option<_>>()?,
            ),
            b'[' => Self::List(
                serde_json::from_str::<Vec<&RawValue>>(text)
                    .ok()?
                    .into_iter()
                    .map(|raw| Self::read(raw.get(), depth))
                    .collect::<Option<_>>()?,
            ),
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            _ => Self::Word(text.to_string()),
        })
    }

    fn write(&self, style: &Style<'_>, out: &mut String) {
        let comma = if style.spaced { ", " } else { "," };
        match self {
            Self::Text(text) => style.string(text, out),
            Self::Word(word) => style.word(word, out),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { comma });
                    item.write(style, out);
                }
                out.push(']');
            }
            Self::Members(members) => {
                let mut order: Vec<_> = members.iter().collect();
                style.order.sort(&mut order);
                out.push('{');
                for (index, (name, value)) in order.into_iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { comma });
                    style.string(name, out);
                    out.push_str(if style.spaced { ": " } else { ":" });
                    value.write(style, out);
                }
                out.push('}');
            }
        }
    }

    fn has_number(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Word(word) => word.starts_with(|c: char| c == '-' || c.is_ascii_digit()),
            Self::List(items) => items.iter().any(Self::has_number),
            Self::Members(members) => members.iter().any(|(_, value)| value.has_number()),
        }
    }

    /// The names of the first object with more than one member.
    fn names(&self) -> Vec<&str> {
        match self {
            Self::Members(members) if members.len() > 1 => {
                members.iter().map(|(name, _)| name.as_str()).collect()
            }
            Self::Members(members) => members.iter().flat_map(|(_, value)| value.names()).collect(),
            Self::List(items) => items.first().map(Self::names).unwrap_or_default(),
            Self::Text(_) | Self::Word(_) => Vec::new(),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Unicode {
    Raw,
    Lower,
    Upper,
}

#[derive(Clone, Copy, PartialEq)]
enum Numbers {
    Kept,
    Quoted,
    Amounts,
}

#[derive(Clone, Copy)]
enum Order<'a> {
    Kept,
    Sorted,
    Reversed,
    /// `code`, `msg`, `sub_code`, `sub_msg`, then the others sorted: how the gateway answers.
    CodeFirst,
    /// These names first, in this order.
    Of(&'a [&'a str]),
}

impl Order<'_> {
    fn sort(self, members: &mut [&(String, Node)]) {
        const FIRST: [&str; 4] = ["code", "msg", "sub_code", "sub_msg"];
        let place =
            |list: &[&str], name: &str| list.iter().position(|known| *known == name).unwrap_or(usize::MAX);
        match self {
            Self::Kept => {}
            Self::Sorted => members.sort_by(|(a, _), (b, _)| a.cmp(b)),
            Self::Reversed => members.reverse(),
            Self::CodeFirst => members.sort_by_key(|(name, _)| (place(&FIRST, name), name.clone())),
            Self::Of(names) => members.sort_by_key(|(name, _)| place(names, name)),
        }
    }
}

struct Style<'a> {
    order: Order<'a>,
    spaced: bool,
    slash: bool,
    unicode: Unicode,
    numbers: Numbers,
}

const COMPACT: Style<'_> = Style {
    order: Order::Kept,
    spaced: false,
    slash: false,
    unicode: Unicode::Raw,
    numbers: Numbers::Kept,
};

impl Style<'_> {
    fn string(&self, text: &str, out: &mut String) {
        let start = out.len();
        write_string(out, text);
        if !self.slash && self.unicode == Unicode::Raw {
            return;
        }
        let plain = out.split_off(start);
        for c in plain.chars() {
            match c {
                '/' if self.slash => out.push_str("\\/"),
                c if c.is_ascii() || self.unicode == Unicode::Raw => out.push(c),
                c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&if self.unicode == Unicode::Lower {
                            alloc::format!("\\u{unit:04x}")
                        } else {
                            alloc::format!("\\u{unit:04X}")
                        });
                    }
                }
            }
        }
    }

    fn word(&self, word: &str, out: &mut String) {
        let is_number = word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        if !is_number || self.numbers == Numbers::Kept {
            out.push_str(word);
            return;
        }
        out.push('"');
        match word.split_once('.') {
            _ if self.numbers == Numbers::Quoted => out.push_str(word),
            Some((whole, cents)) => out.push_str(&alloc::format!("{whole}.{cents:0<2}")),
            None => out.push_str(&alloc::format!("{word}.00")),
        }
        out.push('"');
    }
}

fn written(node: &Node, style: &Style<'_>) -> String {
    let mut out = String::new();
    node.write(style, &mut out);
    out
}

/// Compact JSON of the same order: what most programs write, Alipay included. White space around the value is another cause.
pub(super) fn compact(value: &[u8]) -> Option<Vec<u8>> {
    let out = written(&Node::parse(value)?, &COMPACT).into_bytes();
    (out != value.trim_ascii()).then_some(out)
}

/// The same of what Python's `str` makes of a list of dictionaries.
pub(super) fn single_quoted(value: &[u8]) -> Option<Vec<u8>> {
    if !matches!(value.first(), Some(b'{' | b'[')) || !value.contains(&b'\'') || value.contains(&b'"') {
        return None;
    }
    let quoted: Vec<u8> = value
        .iter()
        .map(|byte| if *byte == b'\'' { b'"' } else { *byte })
        .collect();
    Some(compact(&quoted).unwrap_or(quoted))
}

/// Every way in which the value may have been written before, most likely first, without the value itself.
pub(super) fn originals(value: &[u8]) -> Vec<(Rank, Vec<u8>)> {
    let Some(node) = Node::parse(value) else {
        return Vec::new();
    };
    let text = core::str::from_utf8(value).unwrap_or_default();
    let names = node.names();
    let orders = permutations(&names);
    let mut tried: Vec<Order<'_>> = [Order::Kept, Order::Sorted, Order::CodeFirst, Order::Reversed].into();
    tried.extend(orders.iter().map(|order| Order::Of(order)));
    let slashes: &[bool] = if text.contains('/') {
        &[false, true]
    } else {
        &[false]
    };
    let unicodes: &[Unicode] = if !text.is_ascii() || text.contains("\\u") {
        &[Unicode::Raw, Unicode::Lower, Unicode::Upper]
    } else {
        &[Unicode::Raw]
    };
    let numbers: &[Numbers] = if node.has_number() {
        &[Numbers::Kept, Numbers::Quoted, Numbers::Amounts]
    } else {
        &[Numbers::Kept]
    };
    let mut found: Vec<(Rank, Vec<u8>)> = Vec::new();
    for order in tried {
        for &numbers in numbers {
            for &unicode in unicodes {
                for &slash in slashes {
                    for spaced in [false, true] {
                        let style = Style {
                            order,
                            spaced,
                            slash,
                            unicode,
                            numbers,
                        };
                        let out = written(&node, &style).into_bytes();
                        if out != value.trim_ascii() && found.iter().all(|(_, known)| *known != out) {
                            let plain = !spaced && matches!(order, Order::Kept | Order::Sorted);
                            found.push((if plain { POSSIBLE } else { GUESS }, out));
                        }
                    }
                }
            }
        }
    }
    found
}

/// Every order of up to four names.
fn permutations<'a>(names: &[&'a str]) -> Vec<Vec<&'a str>> {
    if names.len() > 4 {
        return Vec::new();
    }
    let mut orders: Vec<Vec<&'a str>> = alloc::vec![Vec::new()];
    for &name in names {
        orders = orders
            .into_iter()
            .flat_map(|order| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, name);
                    longer
                })
            })
            .collect();
    }
    orders
}

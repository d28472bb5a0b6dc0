//! The whole memory of this process, as Linux shows it: what was freed or left on a stack, by whomever.

use crate::{MASK, PIECE};
use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
};

const CHUNK: usize = 1 << 16;

/// Secrets to look for, masked, so that they are not found here.
#[derive(Default)]
pub struct Wanted {
    pieces: HashSet<u64>,
    // The low 16 bits of each piece, to say no quickly.
    likely: Vec<bool>,
}

impl Wanted {
    /// Looks for each piece of this secret too.
    pub fn add(&mut self, secret: &[u8]) {
        self.likely.resize(1 << 16, false);
        for piece in secret.chunks_exact(PIECE) {
            let piece = u64::from_ne_bytes(piece.try_into().expect("a chunk")) ^ MASK;
            self.pieces.insert(piece);
            self.likely[usize::from(piece as u16)] = true;
        }
    }

    /// Where in this process's writable memory there is some of it: the mapping's name and the number of pieces.
    ///
    /// # Errors
    /// If `/proc` does not show this process its own memory.
    pub fn search(&self) -> io::Result<Vec<(String, usize)>> {
        let memory = File::open("/proc/self/mem")?;
        let mut buffer = vec![0_u8; CHUNK + PIECE];
        let mut found = Vec::new();
        for line in fs::read_to_string("/proc/self/maps")?.lines() {
            let mut fields = line.split_ascii_whitespace();
            let (range, rights) = (
                fields.next().unwrap_or_default(),
                fields.next().unwrap_or_default(),
            );
            let ends = range
                .split_once('-')
                .map(|(from, to)| [from, to].map(|end| u64::from_str_radix(end, 16)));
            let (Some([Ok(from), Ok(to)]), true) = (ends, rights.starts_with("rw")) else {
                continue;
            };
            let mut hits = 0;
            for start in (from..to).step_by(CHUNK) {
                let len = usize::try_from(to - start).unwrap_or(CHUNK).min(buffer.len());
                // A mapping may be gone by now: other threads run.
                let read = memory.read_at(&mut buffer[..len], start).unwrap_or(0);
                hits += self.count(&buffer[..read]);
                buffer.fill(0);
            }
            if hits > 0 {
                found.push((fields.nth(3).unwrap_or("anonymous").to_owned(), hits));
            }
        }
        Ok(found)
    }

    fn count(&self, bytes: &[u8]) -> usize {
        let pieces = bytes
            .windows(PIECE)
            .map(|piece| u64::from_ne_bytes(piece.try_into().expect("a window")) ^ MASK);
        pieces
            .filter(|piece| self.likely[usize::from(*piece as u16)] && self.pieces.contains(piece))
            .count()
    }
}

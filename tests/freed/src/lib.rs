//! For tests: an allocator that reads every block as it is freed, and says which still held a secret.
//!
//! A test binary makes [`Inspector`] its global allocator, tells [`plant`] the secrets, and runs what it tests inside
//! [`freed_by`]. Blocks of Rust's heap are seen, the moment they are freed, so nothing can be overwritten in between; the
//! stack and the heap of a C library are not: for those, [`memory`] reads the whole process.

#[cfg(target_os = "linux")]
pub mod memory;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    backtrace::Backtrace,
    cell::Cell,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A secret is looked for by pieces of this many bytes: a remainder of 15 holds one wherever it is cut.
pub const PIECE: usize = 8;
/// Slots of the table of pieces; a power of two, many times the number of pieces.
const SLOTS: usize = 1 << 14;
/// Pieces are kept masked, so that the table is not itself a copy of the secret.
const MASK: u64 = 0x5a5a_a5a5_c3c3_3c3c;

static PIECES: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];
static FOUND: Mutex<Vec<(std::thread::ThreadId, Found)>> = Mutex::new(Vec::new());

thread_local! {
    static WATCHING: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator, which looks at what it is given back.
pub struct Inspector;

// SAFETY: every request is passed to the system's allocator unchanged. `realloc` is the trait's own, which allocates,
// copies and frees: so a block that grows is looked at too.
unsafe impl GlobalAlloc for Inspector {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A block begins empty while anybody watches: what it holds when it is freed was then written by its owner, and is not
        // what somebody else had left there before.
        if WATCHING.try_with(Cell::get) == Ok(true) {
            // SAFETY: the caller's promises are the system allocator's conditions.
            unsafe { System.alloc_zeroed(layout) }
        } else {
            // SAFETY: as above.
            unsafe { System.alloc(layout) }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if WATCHING.try_with(|watching| watching.replace(false)) == Ok(true) {
            // SAFETY: the block is the caller's to free and has the layout's size, so it can be read until it is freed.
            // It may hold bytes that were never written; each word is read as volatile, and nothing is concluded but equality.
            let words = unsafe { words(block, layout.size()) };
            let (mut held, mut last) = (0_usize, None);
            for (at, word) in words {
                if is_planted(word) {
                    held += last.map_or(PIECE, |last: usize| (at - last).min(PIECE));
                    last = Some(at);
                }
            }
            if held > 0 {
                let found = Found {
                    size: layout.size(),
                    held,
                    stack: Backtrace::force_capture().to_string(),
                };
                all_found().push((std::thread::current().id(), found));
            }
            let _ = WATCHING.try_with(|watching| watching.set(true));
        }
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Every word of a block, at every offset.
///
/// # Safety
/// `block` has `size` bytes that may be read while the iterator lives.
unsafe fn words(block: *const u8, size: usize) -> impl Iterator<Item = (usize, u64)> {
    (0..(size + 1).saturating_sub(PIECE)).map(move |at| {
        // SAFETY: `at + PIECE <= size`, and an unaligned read is what this type's read is.
        let word = unsafe { block.add(at).cast::<[u8; PIECE]>().read_volatile() };
        (at, u64::from_ne_bytes(word))
    })
}

/// A block that was freed while it held some of a secret.
#[derive(Debug, Clone)]
pub struct Found {
    /// The block's size in bytes.
    pub size: usize,
    /// How many of its bytes were a secret's.
    pub held: usize,
    stack: String,
}

impl Found {
    /// The functions that were running, innermost first.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.stack
            .lines()
            .filter_map(|line| line.trim_start().split_once(": "))
            .filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
            .map(|(_, name)| name)
    }

    /// The crate whose code freed the block, or whose type it was: the innermost that is neither the standard library nor
    /// `zeroize`, which only wipes.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.functions()
            .flat_map(crates)
            .find(|name| !PASSED_OVER.contains(name))
    }
}

const PASSED_OVER: &[&str] = &["std", "core", "alloc", "freed", "zeroize", "test", "__rustc"];

/// The crates that a function's name names: `a` and `d` of `<a::b::C<d::E> as a::F>::g`.
fn crates(function: &str) -> impl Iterator<Item = &str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    function.match_indices("::").filter_map(move |(at, _)| {
        let before = &function[..at];
        let name = before.trim_end_matches(word);
        (!name.ends_with("::"))
            .then(|| &before[name.len()..])
            .filter(|name| !name.is_empty())
    })
}

fn all_found() -> MutexGuard<'static, Vec<(std::thread::ThreadId, Found)>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The table's slot where the search for a masked piece begins.
fn slot(piece: u64) -> usize {
    (piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 50) as usize
}

fn slots_from(piece: u64) -> impl Iterator<Item = &'static AtomicU64> {
    let first = slot(piece);
    PIECES[first..].iter().chain(&PIECES[..first])
}

fn is_planted(word: u64) -> bool {
    let piece = word ^ MASK;
    slots_from(piece)
        .map(|slot| slot.load(Ordering::Relaxed))
        .take_while(|known| *known != 0)
        .any(|known| known == piece)
}

/// From now on, blocks are searched for this secret too: for each of its pieces.
///
/// # Panics
/// If the table is full, or a piece is no secret because all its bytes are alike.
pub fn plant(secret: &[u8]) {
    for piece in secret.chunks_exact(PIECE) {
        assert!(piece.iter().any(|byte| *byte != piece[0]), "padding is no secret");
        let piece = u64::from_ne_bytes(piece.try_into().expect("a chunk")) ^ MASK;
        let free = slots_from(piece).take(SLOTS / 2).find(|slot| {
            let known = slot.load(Ordering::Relaxed);
            known == piece
                || slot
                    .compare_exchange(0, piece, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok()
        });
        assert!(free.is_some(), "too many secrets");
    }
}

/// The blocks that this thread freed during `act` while they held some of a planted secret.
pub fn freed_by(act: impl FnOnce()) -> Vec<Found> {
    struct Stop;
    impl Drop for Stop {
        fn drop(&mut self) {
            WATCHING.set(false);
        }
    }
    let me = std::thread::current().id();
    {
        let _stop = Stop;
        WATCHING.set(true);
        act();
    }
    let mut found = all_found();
    let (mine, others) = found.drain(..).partition(|(thread, _)| *thread == me);
    *found = others;
    let mine: Vec<_> = mine;
    mine.into_iter().map(|(_, found)| found).collect()
}

//! How much memory an input may take.

use peak_alloc::PeakAlloc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts every block of this process; a block that grows counts twice while it is copied, as it may have to be.
#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// How many bytes may be allocated at once for each byte of the input.
pub const TIMES: usize = 16;

static WORST: AtomicUsize = AtomicUsize::new(0);

/// The most that any call measured so far took beyond [`TIMES`] times its input, since this was asked last.
#[must_use]
pub fn worst() -> usize {
    WORST.swap(0, Relaxed)
}

/// Runs `work` on an input of this length and checks what it held at its fullest, its result included.
pub(crate) fn within<T>(len: usize, constant: usize, work: impl FnOnce() -> T) -> T {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let result = work();
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let beyond = peak.saturating_sub(len.saturating_mul(TIMES));
    WORST.fetch_max(beyond, Relaxed);
    assert!(
        beyond <= constant,
        "{peak} bytes are allocated at once for an input of {len}: more than {TIMES} times that and {constant}"
    );
    result
}

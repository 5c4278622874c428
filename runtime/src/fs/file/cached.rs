//! Reading without the pool what the page cache has, and when to stop trying.

use std::fs;

use crate::fs::sys::{self, CachedRead};
use crate::io::ReadBuf;

/// The most bytes that one such read copies. It keeps the worker that long: ten microseconds, or twenty-five for a file that
/// the cache has in small pages. Each read costs about as much as copying twenty kilobytes.
const MOST_COPIED: usize = 256 * 1024;

/// After so many attempts in a row without a byte, the file is taken for one that never succeeds. An attempt in vain
/// costs little beside the trip to the pool that follows it, and a file that is not in the cache today may be tomorrow.
const MOST_MISSES: u16 = 1000;

/// Whether a file's reads are tried on the spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cached {
    /// Nobody has looked yet.
    Unknown,
    /// They are; the last so many were in vain.
    Tried { misses: u16 },
    /// They are not: the system, the file or its sharing does not allow it.
    Off,
}

impl Cached {
    /// Appends what can be read at once to `buf`, `most` bytes at most. True if the read is done: it has appended
    /// something, or the file is at its end.
    pub(super) fn read(&mut self, file: &fs::File, buf: &mut ReadBuf<'_>, most: usize) -> bool {
        let misses = match *self {
            Cached::Off => return false,
            Cached::Unknown if !sys::can_read_cached(file) => {
                *self = Cached::Off;
                return false;
            }
            Cached::Unknown => 0,
            Cached::Tried { misses } => misses,
        };
        let result = sys::read_cached(file, buf, most.min(MOST_COPIED));
        *self = match result {
            CachedRead::Bytes(_) => Cached::Tried { misses: 0 },
            CachedRead::Missed if misses < MOST_MISSES => Cached::Tried { misses: misses + 1 },
            CachedRead::Missed | CachedRead::Unsupported => Cached::Off,
        };
        matches!(result, CachedRead::Bytes(_))
    }
}

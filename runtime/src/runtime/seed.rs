//! Seeds for a runtime whose random choices can be repeated.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::util::rand;

/// A seed for [`Builder::rng_seed`](super::Builder::rng_seed).
///
/// # Examples
///
/// ```
/// use heist::runtime::{Builder, RngSeed};
///
/// # fn main() -> std::io::Result<()> {
/// let runtime = Builder::new_current_thread().rng_seed(RngSeed::from_bytes(b"my seed")).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RngSeed(u64);

impl RngSeed {
    /// A seed that is the same for the same bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        // FNV-1a with 64 bits (Fowler, Noll, Vo): std's hashers may change from version to version.
        let hash = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        Self(bytes.iter().fold(0xCBF2_9CE4_8422_2325, hash))
    }
}

impl fmt::Debug for RngSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RngSeed").finish_non_exhaustive()
    }
}

/// The seeds of one runtime's threads: one after the other, in the order in which they ask.
#[derive(Debug)]
pub(crate) struct Seeds(AtomicU64);

impl Seeds {
    pub(crate) fn new(seed: &RngSeed) -> Self {
        Self(AtomicU64::new(seed.0))
    }

    /// Starts the current thread's random numbers anew, until the guard drops.
    pub(crate) fn enter(&self) -> SeedGuard {
        // Relaxed: only the numbers have to differ. The generator spreads neighbouring seeds.
        SeedGuard { before: rand::reseed(self.0.fetch_add(1, Ordering::Relaxed)) }
    }
}

/// Gives the thread its own random numbers back when dropped.
#[derive(Debug)]
pub(crate) struct SeedGuard {
    before: Option<u64>,
}

impl Drop for SeedGuard {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            rand::restore(before);
        }
    }
}

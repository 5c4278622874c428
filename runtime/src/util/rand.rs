//! The one source of random numbers: a fast generator per thread.
//!
//! Fairness needs them (which branch of `select!` goes first, which worker to steal from), secrets do not: they are
//! predictable. Every thread's generator has its own seed, which [`reseed`] replaces for reproducible runs.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;

thread_local! {
    static THREAD: FastRand = FastRand::new(fresh_seed());
}

/// A random number below `n`, from the current thread's generator.
///
/// Zero when `n` is zero, and when the thread is ending and its generator is gone.
#[inline]
pub(crate) fn below(n: u32) -> u32 {
    THREAD.try_with(|random| random.below(n)).unwrap_or(0)
}

/// Starts the current thread's generator anew and returns the state it was in.
///
/// What follows is the same on each thread and in each process.
pub(crate) fn reseed(seed: u64) -> Option<u64> {
    THREAD.try_with(|random| random.replace(seed)).ok()
}

/// Puts the current thread's generator back into a state that [`reseed`] returned.
pub(crate) fn restore(state: u64) {
    // A thread that ends has no use for it.
    let _ = THREAD.try_with(|random| random.state.set(NonZeroU64::new(state).unwrap_or(NonZeroU64::MIN)));
}

/// A seed that differs for each call; std's hasher draws it from the operating system once a thread.
fn fresh_seed() -> u64 {
    RandomState::new().hash_one(std::thread::current().id())
}

/// Marsaglia's xorshift64 ("Xorshift RNGs", Journal of Statistical Software 8/14, 2003), with the multiplication of
/// xorshift64* on the way out: three shifts, three xors and a product.
#[derive(Debug)]
pub(crate) struct FastRand {
    /// Never zero: the generator would stay there.
    state: Cell<NonZeroU64>,
}

impl FastRand {
    pub(crate) fn new(seed: u64) -> FastRand {
        FastRand { state: Cell::new(state_from(seed)) }
    }

    /// A random number below `n`, or zero when `n` is zero.
    #[inline]
    pub(crate) fn below(&self, n: u32) -> u32 {
        // Lemire's reduction: the high half of a product in place of a division. The bias of 2^-32 is harmless here.
        let product = u64::from(self.next()) * u64::from(n);
        (product >> 32) as u32
    }

    #[inline]
    fn next(&self) -> u32 {
        let mut x = self.state.get().get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        // The steps are invertible, so what was not zero is not zero now.
        self.state.set(NonZeroU64::new(x).unwrap_or(NonZeroU64::MIN));
        (x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    fn replace(&self, seed: u64) -> u64 {
        self.state.replace(state_from(seed)).get()
    }
}

/// Spreads a seed over all bits (the finaliser of splitmix64), so that 1, 2, 3 … start far apart.
fn state_from(seed: u64) -> NonZeroU64 {
    let mut x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    NonZeroU64::new(x ^ (x >> 31)).unwrap_or(NonZeroU64::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_below_and_reaches_all() {
        let random = FastRand::new(7);
        for n in [1, 2, 3, 5, 64] {
            let mut seen = vec![false; n as usize];
            for _ in 0..100 * n {
                seen[random.below(n) as usize] = true;
            }
            assert!(seen.iter().all(|&seen| seen), "of {n}");
        }
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn is_about_uniform() {
        let random = FastRand::new(11);
        let mut counts = [0u32; 8];
        for _ in 0..80_000 {
            counts[random.below(8) as usize] += 1;
        }
        // 10,000 expected in each, with a standard deviation of 94.
        assert!(counts.iter().all(|&count| (9_000..11_000).contains(&count)), "{counts:?}");
    }

    #[test]
    fn a_seed_repeats_itself() {
        let take = || (0..10).map(|_| below(1 << 20)).collect::<Vec<_>>();
        let before = reseed(42);
        let first = take();
        reseed(42);
        assert_eq!(take(), first);
        reseed(43);
        assert_ne!(take(), first);
        assert!(before.is_some());
    }

    #[test]
    fn threads_differ() {
        let take = || (0..4).map(|_| below(u32::MAX)).collect::<Vec<_>>();
        let other = std::thread::spawn(take).join().unwrap();
        assert_ne!(take(), other);
    }
}

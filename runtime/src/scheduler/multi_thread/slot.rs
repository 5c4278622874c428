//! A worker's slot: what other threads may see and touch of it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Thread;

use heist_primitives::atomic::AtomicU32;
use heist_primitives::deque::Stealer;

use crate::scheduler::idle::{Mode, Token};
use crate::scheduler::lifo::Lifo;
use crate::task::raw::{Returns, Runnable};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) stealer: Stealer<Runnable>,
    pub(super) lifo: Lifo,
    pub(super) tick: Tick,
    pub(super) mode: Mode,
    pub(super) token: Token,
    /// Tasks of this worker that finished elsewhere.
    pub(super) returns: Returns,
    pub(super) stats: Stats,
    thread: OnceLock<Thread>,
}

impl Slot {
    pub(super) fn new(stealer: Stealer<Runnable>) -> Self {
        Self {
            stealer,
            lifo: Lifo::new(),
            tick: Tick(AtomicU32::new(0)),
            mode: Mode::new(),
            token: Token::new(),
            returns: Returns::new(),
            stats: Stats::default(),
            thread: OnceLock::new(),
        }
    }

    /// The worker's thread is up.
    pub(super) fn thread_started(&self) {
        let _ = self.thread.set(std::thread::current());
    }

    /// Wakes the thread from its token.
    pub(super) fn unpark(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

/// Counts user code entered and left: odd while inside. Plain stores of the owner; the driver thread compares.
#[derive(Debug)]
pub(super) struct Tick(AtomicU32);

impl Tick {
    /// Runs `f`, which is user code.
    #[inline]
    pub(super) fn during<R>(&self, f: impl FnOnce() -> R) -> R {
        let tick = self.0.load(heist_primitives::atomic::Ordering::Relaxed);
        self.0.store(tick.wrapping_add(1), heist_primitives::atomic::Ordering::Relaxed);
        let result = f();
        self.0.store(tick.wrapping_add(2), heist_primitives::atomic::Ordering::Relaxed);
        result
    }

    pub(super) fn load(&self) -> u32 {
        self.0.load(heist_primitives::atomic::Ordering::Relaxed)
    }
}

/// What a worker counts about itself: plain stores to its own cache line, read by metrics.
#[derive(Debug, Default)]
pub(super) struct Stats {
    pub(super) spawned: Count,
    pub(super) finished: Count,
    pub(super) parks: Count,
    /// Odd while the worker sleeps.
    pub(super) parked_or_not: Count,
    pub(super) busy_ns: Count,
}

/// A counter that one thread writes.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    #[inline]
    pub(super) fn add(&self, amount: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

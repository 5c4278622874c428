//! A worker's slot: what other threads may see and touch of it.

use std::thread::Thread;

use heist_primitives::CachePadded;
use heist_primitives::atomic::AtomicU32;
use heist_primitives::deque::Stealer;
use heist_primitives::sync::Mutex;

use super::lending::Lending;
use super::running::Running;
use crate::runtime::metrics::counts::{Count, WorkCounts};
use crate::scheduler::idle::{Mode, Token};
use crate::scheduler::lifo::Lifo;
use crate::task::raw::{Returns, Runnable};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Slot {
    /// Read by others only; apart from what the worker writes for each task.
    pub(super) stealer: CachePadded<Stealer<Runnable>>,
    pub(super) lifo: Lifo,
    pub(super) tick: Tick,
    pub(super) running: Running,
    pub(super) mode: Mode,
    pub(super) token: Token,
    /// The list of this worker's tasks, while its thread blocks on purpose.
    pub(super) lent: Lending,
    /// Tasks of this worker that finished elsewhere; apart, since others write it for each of them.
    pub(super) returns: CachePadded<Returns>,
    pub(super) stats: Stats,
    /// The thread that has the slot; after its end the one that had it, until the next.
    thread: Mutex<Option<Thread>>,
}

impl Slot {
    pub(super) fn new(stealer: Stealer<Runnable>) -> Self {
        Self {
            stealer: CachePadded::new(stealer),
            lifo: Lifo::new(),
            tick: Tick(AtomicU32::new(0)),
            running: Running::new(),
            mode: Mode::new(),
            token: Token::new(),
            lent: Lending::new(),
            returns: CachePadded::new(Returns::new()),
            stats: Stats::default(),
            thread: Mutex::new(None),
        }
    }

    /// The worker's thread is up.
    pub(super) fn thread_started(&self) {
        *self.thread.lock() = Some(std::thread::current());
    }

    /// The worker's thread, once it is up.
    pub(super) fn thread(&self) -> Option<Thread> {
        self.thread.lock().clone()
    }

    /// Wakes the thread from its token.
    pub(super) fn unpark(&self) {
        // Outside the lock: unparking is a system call.
        if let Some(thread) = self.thread() {
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
        // ORDERING: Release pairs with `load`: who sees this tick sees which task is polled (`Running`).
        self.0.store(tick.wrapping_add(1), heist_primitives::atomic::Ordering::Release);
        let result = f();
        self.0.store(tick.wrapping_add(2), heist_primitives::atomic::Ordering::Relaxed);
        result
    }

    /// Inside user code: what follows is something new, although it is the same call.
    pub(super) fn renew(&self) {
        let tick = self.0.load(heist_primitives::atomic::Ordering::Relaxed);
        self.0.store(tick.wrapping_add(2), heist_primitives::atomic::Ordering::Relaxed);
    }

    pub(super) fn load(&self) -> u32 {
        // ORDERING: Acquire pairs with `during`.
        self.0.load(heist_primitives::atomic::Ordering::Acquire)
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
    /// Calls of `block_in_place`.
    pub(super) blocks: Count,
    /// Polls that got stuck. Written by the driver thread alone.
    pub(super) stalls: Count,
    pub(super) work: WorkCounts,
}

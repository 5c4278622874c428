//! The scheduler of the current-thread runtime: tasks run on whichever thread is inside `block_on`.
//!
//! | file | owns |
//! |---|---|
//! | `mod.rs` | what all threads share; where a task goes when it is spawned or woken |
//! | `core.rs` | what the driving thread has: queue, place, seat; one turn after the other |
//! | `block_on.rs` | who drives, and who waits for that thread |
//! | `metrics.rs` | the numbers that can be read from outside |

#![allow(unsafe_code)]

mod block_on;
mod core;
mod metrics;

use std::future::Future;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread, ThreadId};

use heist_primitives::sync::Mutex;

use self::core::{Active, Core};
use super::idle::{NEVER, Token};
use super::injector::Injector;
use super::scoped::Scoped;
use crate::blocking;
use crate::driver::seat::Kicker;
use crate::driver::time::{self, shard_of};
use crate::driver::{Driver, Parts};
use crate::runtime::config::Config;
use crate::runtime::metrics::counts::WorkCounts;
use crate::runtime::unhandled_panic::UnhandledPanic;
use crate::task::raw::{self, Place, Returned, Runnable, Schedule};
use crate::task::{Id, JoinHandle};

thread_local! {
    static ACTIVE: Scoped<Active> = const { Scoped::new() };
}

/// What all threads see of a current-thread runtime.
#[derive(Debug)]
pub(crate) struct Shared {
    injector: Injector,
    /// The driving thread sleeps on it, at the seat.
    token: Token,
    kicker: Kicker,
    /// What drives the tasks, while no thread does.
    core: Mutex<Option<Box<Core>>>,
    /// Threads inside `block_on` that wait for the core.
    waiting: Mutex<Vec<Thread>>,
    driver: Driver,
    blocking: blocking::Pools,
    config: Config,
    id: crate::runtime::Id,
    stats: Stats,
    /// The thread that drives, or did so last.
    driving: Mutex<Option<ThreadId>>,
    /// A task has panicked, and the runtime is to shut down when that happens.
    failed: AtomicBool,
    /// The only thread that may drive, for runtimes whose tasks are not `Send`.
    only_thread: Option<ThreadId>,
}

#[derive(Debug, Default)]
struct Stats {
    spawned: AtomicU64,
    finished: AtomicU64,
    parks: AtomicU64,
    parked_or_not: AtomicU64,
    busy_ns: AtomicU64,
    /// Written by the driving thread.
    work: WorkCounts,
}

/// Makes a current-thread runtime; with `local`, one that this thread alone may drive.
pub(crate) fn new(config: Config, parts: Parts, blocking: blocking::Pools, local: bool) -> Arc<Shared> {
    let Parts { driver, seat } = parts;
    let kicker = seat.kicker();
    let shared = Arc::new(Shared {
        injector: Injector::new(),
        token: Token::new(),
        kicker,
        core: Mutex::new(Some(Box::new(Core::new(seat)))),
        waiting: Mutex::new(Vec::new()),
        driver,
        blocking,
        config,
        id: crate::runtime::Id::next(),
        stats: Stats::default(),
        driving: Mutex::new(None),
        failed: AtomicBool::new(false),
        only_thread: local.then(|| thread::current().id()),
    });
    if let Some(time) = &shared.driver.time {
        let kick: Arc<dyn crate::driver::time::Kick> = shared.clone();
        time.set_kick(Arc::downgrade(&kick));
    }
    shared
}

/// Calls `f` with what the current thread drives, if that is `shared`.
#[inline]
fn with_active<R>(shared: *const Shared, f: impl FnOnce(Option<&Active>) -> R) -> R {
    Scoped::with(&ACTIVE, |active| f(active.filter(|active| active.drives(shared))))
}

/// Whether the current thread drives a current-thread runtime.
pub(crate) fn is_driving() -> bool {
    Scoped::with(&ACTIVE, |active| active.is_some())
}

impl Shared {
    /// Puts a new task into a queue.
    pub(crate) fn spawn<F>(
        self: &Arc<Self>,
        id: Id,
        future: F,
        spawned_at: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // SAFETY: the future is `Send`, so any thread may run it.
        unsafe { self.spawn_unchecked(id, future, spawned_at) }
    }

    /// Puts a new task that must stay on this thread into a queue.
    ///
    /// # Panics
    ///
    /// If the runtime is not bound to this very thread.
    #[track_caller]
    pub(crate) fn spawn_local<F>(
        self: &Arc<Self>,
        id: Id,
        future: F,
        spawned_at: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        assert!(
            self.only_thread == Some(thread::current().id()),
            "`spawn_local` called from outside of a `task::LocalSet` or `runtime::LocalRuntime`: use `spawn` for `Send` \
             futures, or call it on the thread of a `LocalRuntime`"
        );
        // SAFETY: the runtime runs and drops its tasks on this thread alone.
        unsafe { self.spawn_unchecked(id, future, spawned_at) }
    }

    /// # Safety
    ///
    /// The future is `Send`, or only this thread drives the runtime.
    unsafe fn spawn_unchecked<F>(
        self: &Arc<Self>,
        id: Id,
        future: F,
        spawned_at: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        // The pointer is the Arc's own, so that a guard can be made of it (see `schedule`).
        let this = NonNull::new(Arc::as_ptr(self).cast_mut()).expect("an Arc is no null pointer");
        // SAFETY: by the caller.
        let (task, join) = unsafe { raw::new_task(future, this, id, spawned_at) };
        self.stats.spawned.fetch_add(1, Ordering::Relaxed);
        self.config.hooks.spawned(&task);
        let result = with_active(this.as_ptr(), |active| match active {
            Some(active) => active.spawn(task),
            None => self.injector.spawn(task).inspect(|()| self.wake_driving_thread()),
        });
        if let Err(task) = result {
            // The runtime is shut down. Whoever spawns drops the future; the handle says "cancelled".
            self.config.hooks.cancel(task, &Place::nowhere());
            self.stats.finished.fetch_add(1, Ordering::Relaxed);
        }
        join
    }

    /// True if the runtime's tasks need not be `Send` and this is its thread.
    pub(crate) fn is_local_here(&self) -> bool {
        self.only_thread == Some(thread::current().id())
    }

    /// Ends the sleep of the thread that drives, or the next one.
    pub(crate) fn wake_driving_thread(&self) {
        if self.token.notify() {
            self.kicker.kick();
        }
    }

    /// The runtime's driver.
    pub(crate) fn driver(&self) -> &Driver {
        &self.driver
    }

    /// The runtime's blocking pools.
    pub(crate) fn blocking_pools(&self) -> &blocking::Pools {
        &self.blocking
    }

    /// How the runtime was configured.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The runtime's id.
    pub(crate) fn id(&self) -> crate::runtime::Id {
        self.id
    }

    /// Where timers of the current thread belong.
    pub(crate) fn timer_place(&self) -> time::Here {
        with_active(self, |active| match active {
            Some(_) => time::Here { shard: shard_of(0), looked_ns: NEVER },
            None => time::Here::ELSEWHERE,
        })
    }

    /// Refuses new tasks.
    pub(crate) fn begin_shutdown(&self) {
        self.injector.close();
    }

    /// Drops all tasks, on this thread. True if that is done; false if another thread drives the runtime.
    pub(crate) fn drop_tasks(self: &Arc<Self>) -> bool {
        let Some(core) = self.core.lock().take() else { return false };
        let active = Active::new(self.clone(), core);
        ACTIVE.with(|cell| cell.set(&active, || active.close()));
        drop(active);
        self.driver.shutdown();
        true
    }
}

impl crate::driver::time::Kick for Shared {
    fn deadline_inserted(&self, _deadline_ns: u64) {
        // The driving thread reads all wheels before it sleeps, so waking it is enough.
        self.wake_driving_thread();
    }
}

impl Schedule for Shared {
    unsafe fn schedule(this: NonNull<Self>, task: Runnable) {
        let outside = with_active(this.as_ptr(), |active| match active {
            Some(active) => {
                active.queue(task);
                None
            }
            None => Some(task),
        });
        if let Some(task) = outside {
            // SAFETY: the runnable in hand keeps the runtime from ending, so the Arc that `this` comes from is alive.
            unsafe { Arc::increment_strong_count(this.as_ptr()) };
            // SAFETY: the count was raised for this Arc. It outlives the push, after which the runtime may end.
            let guard = unsafe { Arc::from_raw(this.as_ptr()) };
            guard.injector.push(task);
            guard.wake_driving_thread();
        }
    }

    unsafe fn reschedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: as the caller's. The queue has no front door, so this is its tail.
        unsafe { Self::schedule(this, task) };
    }

    unsafe fn hand_back(_this: NonNull<Self>, owner: u32, task: Returned) {
        unreachable!("{task:?} finished away from place {owner}, but a current-thread runtime has no other");
    }

    unsafe fn panicked(this: NonNull<Self>) {
        // SAFETY: the task that panicked is being run, which keeps the runtime from ending.
        let shared = unsafe { this.as_ref() };
        if shared.config.unhandled_panic == UnhandledPanic::ShutdownRuntime {
            // Relaxed: the thread that runs the tasks is the one that reads it.
            shared.failed.store(true, Ordering::Relaxed);
        }
    }
}

//! What a [`Builder`](super::Builder) decided, in the form that the schedulers, the driver and the blocking pool read.
//!
//! It holds settings and calls the user's callbacks; it starts nothing.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use heist_primitives::panic::{discard, quietly};

use super::hooks::Hooks;
use super::long_poll::LongPolls;
use super::seed::{SeedGuard, Seeds};
use super::unhandled_panic::UnhandledPanic;

/// A user's callback.
pub(crate) type Callback = Arc<dyn Fn() + Send + Sync>;

/// Gives each new thread its name.
pub(crate) type ThreadName = Arc<dyn Fn() -> String + Send + Sync>;

/// The settings of one runtime.
#[derive(Clone)]
pub(crate) struct Config {
    /// Worker threads of the multi-thread scheduler; 1 for the other.
    pub(crate) worker_threads: usize,
    /// The name of the next thread.
    pub(crate) thread_name: ThreadName,
    /// Stack size of every thread in bytes; the standard library's if absent.
    pub(crate) thread_stack_size: Option<usize>,
    /// Whether there is a poller.
    pub(crate) enable_io: bool,
    /// Whether there are timers.
    pub(crate) enable_time: bool,
    /// Whether the clock stands still from the start.
    pub(crate) start_paused: bool,
    /// Polls of tasks between two looks at the driver.
    pub(crate) event_interval: u32,
    /// Polls of tasks between two looks at the injector; the scheduler's choice if absent.
    pub(crate) global_queue_interval: Option<u32>,
    /// The most events taken from the poller at once.
    pub(crate) max_io_events_per_tick: usize,
    /// The same while tasks are ready to run; `max_io_events_per_tick` if absent.
    pub(crate) max_io_events_per_busy_tick: Option<usize>,
    /// Called first on each thread of the runtime.
    pub(crate) on_thread_start: Option<Callback>,
    /// Called last on each thread of the runtime.
    pub(crate) on_thread_stop: Option<Callback>,
    /// Called before a worker sleeps.
    pub(crate) on_thread_park: Option<Callback>,
    /// Called after a worker slept.
    pub(crate) on_thread_unpark: Option<Callback>,
    /// How long a poll lasts before others take over what its worker holds.
    pub(crate) stall_threshold: Duration,
    /// Whether the driver thread keeps the seat at the poller for itself.
    pub(crate) dedicated_io_driver: bool,
    /// Who is told of polls that do not end.
    pub(crate) long_polls: Option<LongPolls>,
    /// What the user wants to know of tasks.
    pub(crate) hooks: Hooks,
    /// What a task's panic does to the runtime.
    pub(crate) unhandled_panic: UnhandledPanic,
    /// Where the threads' random numbers come from; from the operating system if absent.
    pub(crate) seeds: Option<Arc<Seeds>>,
    /// Whether a woken task goes behind the others at once.
    pub(crate) disable_lifo_slot: bool,
    /// The runtime's name.
    pub(crate) name: Option<String>,
    /// The most threads of the blocking pool.
    pub(crate) max_blocking_threads: usize,
    /// How long an idle thread of the blocking pool waits for a closure before it ends.
    pub(crate) thread_keep_alive: Duration,
}

impl Config {
    /// To be called first on each thread of the runtime.
    pub(crate) fn thread_started(&self) {
        call(self.on_thread_start.as_ref());
    }

    /// Gives the thread the runtime's random numbers until the guard drops, if they are seeded.
    pub(crate) fn enter_seed(&self) -> Option<SeedGuard> {
        self.seeds.as_ref().map(|seeds| seeds.enter())
    }

    /// The name of the next thread.
    ///
    /// # Errors
    ///
    /// If the user's function panics: what starts the thread has to clean up as if the system had refused it.
    pub(crate) fn next_thread_name(&self) -> io::Result<String> {
        catch_unwind(AssertUnwindSafe(|| (self.thread_name)())).map_err(|payload| {
            discard(payload);
            io::Error::other("the function given to `thread_name_fn` panicked")
        })
    }

    /// The most threads that stand in for workers which are stuck or blocked.
    pub(crate) fn most_spares(&self) -> usize {
        // Slots are numbered with 16 bits in the idle word.
        self.max_blocking_threads.min(usize::from(u16::MAX).saturating_sub(self.worker_threads))
    }

    /// To be called last on each thread of the runtime.
    pub(crate) fn thread_stopped(&self) {
        call(self.on_thread_stop.as_ref());
    }

    /// To be called before a worker sleeps. The callback may spawn, so the queues must be looked at once more.
    #[inline]
    pub(crate) fn thread_parks(&self) {
        call(self.on_thread_park.as_ref());
    }

    /// To be called after a worker slept.
    #[inline]
    pub(crate) fn thread_unparked(&self) {
        call(self.on_thread_unpark.as_ref());
    }
}

/// Calls `callback`. If it panics, the panic hook has said so and the runtime's thread goes on: a thread that ended
/// instead would leave its tasks behind.
#[inline]
fn call(callback: Option<&Callback>) {
    if let Some(callback) = callback {
        quietly(|| callback());
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("worker_threads", &self.worker_threads)
            .field("thread_stack_size", &self.thread_stack_size)
            .field("enable_io", &self.enable_io)
            .field("enable_time", &self.enable_time)
            .field("start_paused", &self.start_paused)
            .field("event_interval", &self.event_interval)
            .field("global_queue_interval", &self.global_queue_interval)
            .field("max_io_events_per_tick", &self.max_io_events_per_tick)
            .field("max_io_events_per_busy_tick", &self.max_io_events_per_busy_tick)
            .field("stall_threshold", &self.stall_threshold)
            .field("dedicated_io_driver", &self.dedicated_io_driver)
            .field("long_polls", &self.long_polls)
            .field("hooks", &self.hooks)
            .field("unhandled_panic", &self.unhandled_panic)
            .field("disable_lifo_slot", &self.disable_lifo_slot)
            .field("name", &self.name)
            .field("max_blocking_threads", &self.max_blocking_threads)
            .field("thread_keep_alive", &self.thread_keep_alive)
            .finish_non_exhaustive()
    }
}

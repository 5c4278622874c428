//! A runtime of random settings.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use heist::runtime::{Builder, Runtime};
use heist::task::yield_now;

use crate::MEANT;
use crate::random::Random;

/// The settings, for the message of a failure.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// None: a current-thread runtime.
    pub(crate) workers: Option<usize>,
    blocking_threads: usize,
    keep_alive: Option<Duration>,
    /// Polls between two looks at the queue that all share and at the driver, where that is a setting.
    intervals: Option<u32>,
    events: Option<usize>,
    stall_threshold: Option<Duration>,
    dedicated_io_driver: bool,
    /// The threshold of a callback for long polls, and whether it panics.
    long_polls: Option<(Duration, bool)>,
    /// Threads of the runtime that have called `on_thread_start` and not yet `on_thread_stop`.
    live_threads: Arc<AtomicI64>,
}

impl Config {
    pub(crate) fn random(random: &mut Random) -> Self {
        Self {
            workers: (!random.one_in(4)).then(|| 1 + random.below(4) as usize),
            blocking_threads: 1 + random.below(4) as usize,
            keep_alive: random.one_in(2).then(|| Duration::from_micros(random.below(2000))),
            intervals: random.one_in(2).then(|| 1 + random.below(64) as u32),
            events: random.one_in(2).then(|| 1 + random.below(16) as usize),
            stall_threshold: (!random.one_in(4)).then(|| Duration::from_micros(1 + random.below(3000))),
            dedicated_io_driver: random.one_in(4),
            long_polls: random.one_in(2).then(|| (Duration::from_micros(random.below(3000)), random.one_in(4))),
            live_threads: Arc::default(),
        }
    }

    pub(crate) fn build(&self) -> Runtime {
        let mut builder = match self.workers {
            None => Builder::new_current_thread(),
            Some(workers) => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(workers);
                builder
            }
        };
        builder.enable_all().thread_name("chaos").max_blocking_threads(self.blocking_threads);
        if let Some(keep_alive) = self.keep_alive {
            builder.thread_keep_alive(keep_alive);
        }
        if let Some(interval) = self.intervals {
            builder.event_interval(interval).global_queue_interval(interval);
        }
        if let Some(events) = self.events {
            builder.max_io_events_per_tick(events);
        }
        if let Some(threshold) = self.stall_threshold {
            builder.stall_threshold(threshold);
        }
        if self.dedicated_io_driver {
            builder.dedicated_io_driver();
        }
        if let Some((threshold, panics)) = self.long_polls {
            builder.on_long_poll(threshold, move |_| assert!(!panics, "{MEANT}"));
        }
        let [started, stopped] = [(); 2].map(|()| self.live_threads.clone());
        builder.on_thread_start(move || _ = started.fetch_add(1, Ordering::Relaxed));
        builder.on_thread_stop(move || _ = stopped.fetch_sub(1, Ordering::Relaxed));
        builder.build().unwrap()
    }

    /// Threads that have called `on_thread_start` and not yet `on_thread_stop`.
    pub(crate) fn live_threads(&self) -> i64 {
        self.live_threads.load(Ordering::Relaxed)
    }

    /// How many threads may block at once, and wait for tasks of the runtime, without bringing it to a standstill.
    pub(crate) fn most_blockers(&self) -> u64 {
        self.workers.map_or(0, |workers| workers + self.blocking_threads - 1) as u64
    }

    /// Whether threads that nobody needs end within the time of a round.
    pub(crate) fn threads_end_soon(&self) -> bool {
        self.keep_alive.is_some()
    }

    /// Lets a current-thread runtime run what is ready; the other kind needs nobody.
    pub(crate) fn drive(&self, runtime: &Runtime) {
        if self.workers.is_none() {
            runtime.block_on(yield_now());
        }
    }
}

//! Settings of a runtime, and its construction.

mod observe;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::blocking;
use crate::driver;
use crate::scheduler::{self, current_thread, multi_thread};

use super::config::Config;
use super::cpus;
use super::hooks::Hooks;
use super::local_runtime::{LocalOptions, LocalRuntime};
use super::long_poll::{LongPoll, LongPolls};
use super::metrics::histogram::Histogram;
use super::runtime::Runtime;
use super::seed::{RngSeed, Seeds};
use super::unhandled_panic::UnhandledPanic;

/// Polls of tasks between two looks at the driver.
const EVENT_INTERVAL: u32 = 61;
/// Events taken from the poller at once.
const MAX_IO_EVENTS: usize = 1024;
/// Threads of the blocking pool.
const MAX_BLOCKING_THREADS: usize = 512;
/// How long a thread of the blocking pool stays idle.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How long a poll lasts before its worker counts as stuck.
const STALL_THRESHOLD: Duration = Duration::from_millis(10);
/// The name of the runtime's threads. Tools and people look for this one.
const THREAD_NAME: &str = "tokio-rt-worker";

/// Settings for a new runtime.
///
/// A builder can build more than one runtime; what is set in between holds for those built later.
///
/// # Examples
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let runtime = heist::runtime::Builder::new_multi_thread()
///     .worker_threads(2)
///     .thread_name("service")
///     .enable_all()
///     .build()?;
/// assert_eq!(runtime.block_on(async { 7 }), 7);
/// # Ok(())
/// # }
/// ```
pub struct Builder {
    kind: Kind,
    worker_threads: Option<usize>,
    /// The buckets of the histogram of poll times, if it is enabled.
    poll_times: Histogram,
    rng_seed: Option<RngSeed>,
    /// Everything else. The number of workers and the seeds in it are filled in by `build`.
    config: Config,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    CurrentThread,
    MultiThread,
}

impl Builder {
    /// A builder for a runtime whose tasks run on the thread that calls `block_on`.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_current_thread().build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new_current_thread() -> Builder {
        Self::new(Kind::CurrentThread)
    }

    /// A builder for a runtime whose tasks run on worker threads.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread().build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new_multi_thread() -> Builder {
        Self::new(Kind::MultiThread)
    }

    fn new(kind: Kind) -> Self {
        let config = Config {
            worker_threads: 1,
            thread_name: Arc::new(|| THREAD_NAME.to_owned()),
            thread_stack_size: None,
            enable_io: false,
            enable_time: false,
            start_paused: false,
            event_interval: EVENT_INTERVAL,
            global_queue_interval: None,
            max_io_events_per_tick: MAX_IO_EVENTS,
            max_io_events_per_busy_tick: None,
            on_thread_start: None,
            on_thread_stop: None,
            on_thread_park: None,
            on_thread_unpark: None,
            stall_threshold: STALL_THRESHOLD,
            dedicated_io_driver: false,
            long_polls: LongPolls::by_default(),
            hooks: Hooks::default(),
            unhandled_panic: UnhandledPanic::Ignore,
            seeds: None,
            disable_lifo_slot: false,
            name: None,
            max_blocking_threads: MAX_BLOCKING_THREADS,
            thread_keep_alive: KEEP_ALIVE,
        };
        Self { kind, worker_threads: None, poll_times: Histogram::default(), rng_seed: None, config }
    }

    /// Enables I/O and timers.
    pub fn enable_all(&mut self) -> &mut Self {
        self.enable_io().enable_time()
    }

    /// Enables sockets, pipes, signals and child processes.
    pub fn enable_io(&mut self) -> &mut Self {
        self.config.enable_io = true;
        self
    }

    /// Enables timers.
    pub fn enable_time(&mut self) -> &mut Self {
        self.config.enable_time = true;
        self
    }

    /// Sets the most I/O events that are taken from the operating system at once. The default is 1024.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_io_events_per_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(capacity > 0, "max_io_events_per_tick cannot be set to 0: no I/O would ever be seen. Use at least 1.");
        self.config.max_io_events_per_tick = capacity;
        self
    }

    /// Sets the most I/O events that are taken from the operating system at once while tasks are ready to run.
    ///
    /// It is a hint, of which the schedulers make no use so far: events taken while tasks are ready queue up behind those
    /// tasks, so their number does not delay them.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_io_events_per_busy_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(
            capacity > 0,
            "max_io_events_per_busy_tick cannot be set to 0: no I/O would be seen under load. Use at least 1."
        );
        self.config.max_io_events_per_busy_tick = Some(capacity);
        self
    }

    /// Sets the number of worker threads of a multi-thread runtime.
    ///
    /// The default is the environment variable `HEIST_WORKER_THREADS`, or `TOKIO_WORKER_THREADS`, or the number of
    /// processors that the process may use by its affinity and its control groups. A current-thread runtime ignores it.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn worker_threads(&mut self, val: usize) -> &mut Self {
        assert!(
            val > 0,
            "Worker threads cannot be set to 0. Use 1 or more, or `Builder::new_current_thread` for a runtime without \
             worker threads."
        );
        self.worker_threads = Some(val);
        self
    }

    /// Sets the most threads that [`spawn_blocking`](crate::task::spawn_blocking) uses, in addition to the workers. The
    /// default is 512.
    ///
    /// Closures beyond that wait in a queue without a limit. The limit also holds for what uses such threads inside:
    /// files, name resolution, standard input and output. And, once more, for the threads that stand in for workers which
    /// are stuck or in [`block_in_place`](crate::task::block_in_place).
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_blocking_threads(&mut self, val: usize) -> &mut Self {
        assert!(val > 0, "Max blocking threads cannot be set to 0. Use 1 or more: files and name resolution need one.");
        self.config.max_blocking_threads = val;
        self
    }

    /// Sets the name of the runtime's threads. The default is `tokio-rt-worker`.
    ///
    /// A name with a NUL byte makes [`build`](Self::build) fail.
    pub fn thread_name(&mut self, val: impl Into<String>) -> &mut Self {
        let name = val.into();
        self.thread_name_fn(move || name.clone())
    }

    /// Sets a function that names each thread when it is started.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let next = AtomicUsize::new(0);
    /// let runtime = heist::runtime::Builder::new_multi_thread()
    ///     .thread_name_fn(move || format!("service-{}", next.fetch_add(1, Ordering::Relaxed)))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn thread_name_fn<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.config.thread_name = Arc::new(f);
        self
    }

    /// Sets the name of the runtime, for [`Handle::name`](super::Handle::name).
    pub fn name(&mut self, val: impl Into<String>) -> &mut Self {
        self.config.name = Some(val.into());
        self
    }

    /// Sets the stack size of the runtime's threads, in bytes. The default is that of the standard library.
    pub fn thread_stack_size(&mut self, val: usize) -> &mut Self {
        self.config.thread_stack_size = Some(val);
        self
    }

    /// Sets a function that each thread of the runtime, blocking threads included, calls when it starts.
    pub fn on_thread_start<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.config.on_thread_start = Some(Arc::new(f));
        self
    }

    /// Sets a function that each thread of the runtime, blocking threads included, calls before it ends.
    pub fn on_thread_stop<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.config.on_thread_stop = Some(Arc::new(f));
        self
    }

    /// Sets a function that a worker calls before it sleeps. It may spawn tasks: the worker then stays awake.
    pub fn on_thread_park<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.config.on_thread_park = Some(Arc::new(f));
        self
    }

    /// Sets a function that a worker calls after it slept, before it runs tasks.
    pub fn on_thread_unpark<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.config.on_thread_unpark = Some(Arc::new(f));
        self
    }

    /// Sets how long an idle thread of the blocking pool waits for a closure before it ends, and a thread that stands in for
    /// workers for work. The default is 10 seconds.
    pub fn thread_keep_alive(&mut self, duration: Duration) -> &mut Self {
        self.config.thread_keep_alive = duration;
        self
    }

    /// Sets after how many polls of tasks the scheduler looks at the queue that all threads submit to. By default it
    /// decides itself.
    ///
    /// For current-thread runtimes. The workers of a multi-thread runtime look at that queue by time, every 50 µs or 32
    /// polls, whatever is set here.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn global_queue_interval(&mut self, val: u32) -> &mut Self {
        assert!(val > 0, "global_queue_interval must be greater than 0: use 1 to look before every poll of a task");
        self.config.global_queue_interval = Some(val);
        self
    }

    /// Sets after how many polls of tasks the scheduler looks for I/O events and timers. The default is 61.
    ///
    /// For current-thread runtimes. The workers of a multi-thread runtime look by time, every 50 µs or 32 polls for timers
    /// and every 100 µs for events, whatever is set here.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn event_interval(&mut self, val: u32) -> &mut Self {
        assert!(val > 0, "event_interval must be greater than 0: use 1 to look after every poll of a task");
        self.config.event_interval = val;
        self
    }

    /// Sets how long a task may hold up its worker in one poll before others take over what waits behind it. The default
    /// is 10 ms.
    ///
    /// The worker then counts as stuck: the tasks in its queue, its timers and its turn at the sockets go to other workers
    /// or, if there is none, to a spare thread. A shorter time makes that happen sooner and costs more looks at the workers,
    /// which happen each time it has passed, between 1 ms and 10 ms, while any task runs. A worker is never stopped: when its
    /// task yields it goes on as before.
    ///
    /// For multi-thread runtimes; a current-thread runtime has nobody who could take over.
    ///
    /// # Panics
    ///
    /// If it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread().stall_threshold(Duration::from_millis(2)).build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn stall_threshold(&mut self, threshold: Duration) -> &mut Self {
        assert!(
            !threshold.is_zero(),
            "stall_threshold cannot be set to 0: every poll would count as stuck. Use at least 1 ms."
        );
        self.config.stall_threshold = threshold;
        self
    }

    /// Lets a thread of its own wait for I/O and timers, so that workers never do.
    ///
    /// By default a worker with nothing to do waits for I/O itself, which saves a switch between threads for each event,
    /// and a thread behind the workers steps in within 10 ms when they are all busy. With this setting events are seen at
    /// once however busy the workers are, and each wakes a worker from another thread.
    ///
    /// For multi-thread runtimes.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread().dedicated_io_driver().enable_all().build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn dedicated_io_driver(&mut self) -> &mut Self {
        self.config.dedicated_io_driver = true;
        self
    }

    /// Sets a function that is called when a task has held up its worker in one poll for `threshold`, and again each time
    /// that duration has doubled, *while* the poll lasts.
    ///
    /// Time inside [`block_in_place`](crate::task::block_in_place) does not count. Durations are measured by looks at the
    /// workers, at most 10 ms apart, so shorter polls may go unnoticed.
    ///
    /// The function is called on the thread that watches over the workers. It must return soon: as long as it runs nobody
    /// takes over from workers that get stuck. If it panics the message is printed and the runtime goes on.
    ///
    /// Without this setting debug builds print a line on stderr for polls from 100 ms on, one each second at most, and
    /// other builds nothing. For multi-thread runtimes; a current-thread runtime has no thread that could watch.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread()
    ///     .on_long_poll(Duration::from_millis(50), |poll| eprintln!("{poll}"))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_long_poll<F>(&mut self, threshold: Duration, callback: F) -> &mut Self
    where
        F: Fn(&LongPoll) + Send + Sync + 'static,
    {
        self.config.long_polls = Some(LongPolls { threshold, callback: Arc::new(callback) });
        self
    }

    /// Sets whether the runtime's clock stands still from the start, as after `time::pause`.
    ///
    /// Only a current-thread runtime's clock can: [`build`](Self::build) panics for others.
    pub fn start_paused(&mut self, start_paused: bool) -> &mut Self {
        self.config.start_paused = start_paused;
        self
    }

    /// Builds the runtime.
    ///
    /// # Errors
    ///
    /// If the operating system refuses a thread or a poller.
    ///
    /// # Panics
    ///
    /// If the number of workers comes from the environment and is not a positive number, and if a multi-thread runtime
    /// shall start paused.
    #[track_caller]
    pub fn build(&mut self) -> io::Result<Runtime> {
        let handle = match self.kind {
            Kind::CurrentThread => scheduler::Handle::CurrentThread(self.current_thread(false)?),
            Kind::MultiThread => scheduler::Handle::MultiThread(self.multi_thread()?),
        };
        Ok(Runtime::from_scheduler(handle))
    }

    /// Builds a runtime that stays on this thread and accepts futures that are not `Send`.
    ///
    /// # Errors
    ///
    /// If the operating system refuses a poller.
    ///
    /// # Panics
    ///
    /// If the builder is one for multi-thread runtimes.
    #[track_caller]
    pub fn build_local(&mut self, _options: LocalOptions) -> io::Result<LocalRuntime> {
        assert!(
            self.kind == Kind::CurrentThread,
            "Only current_thread is supported when building a local runtime: use `Builder::new_current_thread`"
        );
        Ok(LocalRuntime::from_scheduler(self.current_thread(true)?))
    }

    /// With `local`, a scheduler that only this thread may drive.
    fn current_thread(&self, local: bool) -> io::Result<Arc<current_thread::Shared>> {
        let config = self.config(1);
        let parts = driver::Parts::new(&config, 1, 0)?;
        let blocking = blocking::Pools::new(&config);
        Ok(current_thread::new(config, parts, blocking, local))
    }

    #[track_caller]
    fn multi_thread(&self) -> io::Result<Arc<multi_thread::Shared>> {
        assert!(
            !self.config.start_paused,
            "`start_paused` requires the `current_thread` Tokio runtime: use `Builder::new_current_thread`"
        );
        let worker_threads = match self.worker_threads {
            Some(number) => number,
            // Not in a closure, so that a bad environment variable blames the caller.
            None => cpus::default_workers(),
        };
        let config = self.config(worker_threads);
        // A wheel for each worker, and one for all other threads.
        let parts = driver::Parts::new(&config, worker_threads, config.most_spares())?;
        let blocking = blocking::Pools::new(&config);
        multi_thread::start(config, parts, blocking)
    }
}

impl Builder {
    /// The settings of one runtime.
    fn config(&self, worker_threads: usize) -> Config {
        let seeds = self.rng_seed.as_ref().map(|seed| Arc::new(Seeds::new(seed)));
        Config { worker_threads, seeds, ..self.config.clone() }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("kind", &self.kind)
            .field("worker_threads", &self.worker_threads)
            .field("config", &self.config)
            .finish()
    }
}

//! Settings of a [`Builder`] for those who look into a runtime: callbacks around tasks, the histogram of poll times; and
//! for those who want its choices to be repeatable.

use std::sync::Arc;

use super::{Builder, Kind};
use crate::runtime::hooks::TaskMeta;
use crate::runtime::metrics::histogram::HistogramConfiguration;
use crate::runtime::seed::RngSeed;
use crate::runtime::unhandled_panic::UnhandledPanic;

impl Builder {
    /// Sets a function that is called when a task is spawned, on the thread that spawns it, before the task can run.
    ///
    /// Closures of [`spawn_blocking`](crate::task::spawn_blocking) and tasks of a [`LocalSet`](crate::task::LocalSet) are
    /// no tasks of the runtime. If the function panics the message is printed and the task is spawned all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread()
    ///     .on_task_spawn(|meta| println!("{} spawned at {}", meta.id(), meta.spawned_at()))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_task_spawn<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.config.hooks.ask().on_task_spawn = Some(Arc::new(f));
        self
    }

    /// Sets a function that is called before each poll of a task, on the thread that polls it.
    ///
    /// It is also called before the future of an aborted task is dropped in the place of a poll. If it panics the message
    /// is printed and the task is polled all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread()
    ///     .on_before_task_poll(|meta| println!("polling {}", meta.id()))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_before_task_poll<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.config.hooks.ask().on_before_task_poll = Some(Arc::new(f));
        self
    }

    /// Sets a function that is called after each poll of a task, whatever its outcome, on the thread that polled it.
    ///
    /// The counterpart of [`on_before_task_poll`](Self::on_before_task_poll).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread()
    ///     .on_after_task_poll(|meta| println!("polled {}", meta.id()))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_after_task_poll<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.config.hooks.ask().on_after_task_poll = Some(Arc::new(f));
        self
    }

    /// Sets a function that is called once for each spawned task, when it is over: complete, panicked or cancelled, also
    /// by the runtime's shutdown.
    ///
    /// The task's future is dropped by then, and whoever awaits it may have been told. If the function panics the message
    /// is printed.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread()
    ///     .on_task_terminate(|meta| println!("{} is over", meta.id()))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_task_terminate<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.config.hooks.ask().on_task_terminate = Some(Arc::new(f));
        self
    }

    /// Counts the polls of tasks by their duration, for
    /// [`poll_time_histogram_bucket_count`](crate::runtime::RuntimeMetrics::poll_time_histogram_bucket_count).
    ///
    /// Each poll then costs two looks at the clock. Without a
    /// [configuration](Self::metrics_poll_time_histogram_configuration) there are ten buckets of 100 microseconds.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread().enable_metrics_poll_time_histogram().build()?;
    /// assert_eq!(runtime.metrics().poll_time_histogram_num_buckets(), 10);
    /// # Ok(())
    /// # }
    /// ```
    pub fn enable_metrics_poll_time_histogram(&mut self) -> &mut Self {
        self.config.hooks.ask().poll_times = Some(self.poll_times.clone());
        self
    }

    /// Sets the buckets of the histogram of poll times. It is counted only if it is
    /// [enabled](Self::enable_metrics_poll_time_histogram).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use heist::runtime::{Builder, HistogramConfiguration};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let buckets = HistogramConfiguration::linear(Duration::from_micros(10), 100);
    /// let runtime = Builder::new_multi_thread()
    ///     .enable_metrics_poll_time_histogram()
    ///     .metrics_poll_time_histogram_configuration(buckets)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn metrics_poll_time_histogram_configuration(&mut self, configuration: HistogramConfiguration) -> &mut Self {
        self.poll_times = configuration.kind;
        if self.config.hooks.poll_times().is_some() {
            self.enable_metrics_poll_time_histogram();
        }
        self
    }

    /// Sets what the runtime does when a task panics.
    ///
    /// With [`ShutdownRuntime`](UnhandledPanic::ShutdownRuntime) the runtime drops its tasks at once, and
    /// [`block_on`](crate::runtime::Runtime::block_on) panics: in tests a panic anywhere then fails the test.
    ///
    /// # Panics
    ///
    /// If a multi-thread runtime is to shut down. The test has to be asked for on a current-thread runtime.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use heist::runtime::{Builder, UnhandledPanic};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = Builder::new_current_thread().unhandled_panic(UnhandledPanic::ShutdownRuntime).build()?;
    /// runtime.block_on(async {
    ///     heist::spawn(async { panic!("this ends `block_on`") });
    ///     std::future::pending::<()>().await;
    /// });
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn unhandled_panic(&mut self, behavior: UnhandledPanic) -> &mut Self {
        assert!(
            self.kind == Kind::CurrentThread || behavior == UnhandledPanic::Ignore,
            "UnhandledPanic::ShutdownRuntime is only supported in current thread runtime: use \
             `Builder::new_current_thread`"
        );
        self.config.unhandled_panic = behavior;
        self
    }

    /// Lets the random choices of the runtime's threads, such as the branch that `select!` looks at first, follow from
    /// `seed`.
    ///
    /// A current-thread runtime whose tasks see no input from outside then repeats itself: in each run the same futures
    /// are polled in the same order. On a multi-thread runtime the system still decides which worker runs what.
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
    pub fn rng_seed(&mut self, seed: RngSeed) -> &mut Self {
        self.rng_seed = Some(seed);
        self
    }

    /// Queues woken tasks behind the others, in the order of their wakes.
    ///
    /// By default a worker runs the task that was woken last next, three times in a row at most: two tasks that exchange
    /// messages find them in the cache. No other worker can take that task meanwhile.
    ///
    /// For multi-thread runtimes; a current-thread runtime has no such place.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_multi_thread().disable_lifo_slot().build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn disable_lifo_slot(&mut self) -> &mut Self {
        self.config.disable_lifo_slot = true;
        self
    }
}

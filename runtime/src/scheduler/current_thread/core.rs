//! What the driving thread has, and what it does in a turn.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use heist_primitives::WakeBatch;

use super::Shared;
use crate::driver;
use crate::driver::seat::Seat;
use crate::runtime::metrics::counts::Stopwatch;
use crate::scheduler::idle::NEVER;
use crate::task::raw::{Place, Runnable, RunnableList};

/// Tasks between two looks at the injector, unless the builder says otherwise.
const INJECTOR_INTERVAL: u32 = 31;

/// The part that passes from one driving thread to the next.
#[derive(Debug)]
pub(super) struct Core {
    tasks: RefCell<RunnableList>,
    place: Place,
    seat: RefCell<Seat>,
    /// Polls so far, of tasks and of the future of `block_on`.
    ticks: Cell<u32>,
    wakers: RefCell<WakeBatch>,
}

impl Core {
    pub(super) fn new(seat: Seat) -> Self {
        Self {
            tasks: RefCell::default(),
            place: Place::new(0),
            seat: RefCell::new(seat),
            ticks: Cell::new(0),
            wakers: RefCell::default(),
        }
    }
}

/// The core, with the thread that drives it.
#[derive(Debug)]
pub(super) struct Active {
    shared: Arc<Shared>,
    core: Option<Box<Core>>,
    /// Shutdown has begun: spawns are refused.
    closing: Cell<bool>,
    stopwatch: Stopwatch,
}

impl Active {
    pub(super) fn new(shared: Arc<Shared>, core: Box<Core>) -> Self {
        *shared.driving.lock() = Some(thread::current().id());
        let stopwatch = Stopwatch::start(&shared.stats.work);
        Self { shared, core: Some(core), closing: Cell::new(false), stopwatch }
    }

    pub(super) fn drives(&self, shared: *const Shared) -> bool {
        std::ptr::eq(&raw const *self.shared, shared)
    }

    fn core(&self) -> &Core {
        self.core.as_ref().expect("the core is here until drop")
    }

    /// A new task. Handed back while shutting down.
    pub(super) fn spawn(&self, task: Runnable) -> Result<(), Runnable> {
        if self.closing.get() {
            return Err(task);
        }
        self.core().place.adopt(&task);
        self.queue(task);
        Ok(())
    }

    /// A task that is to run.
    pub(super) fn queue(&self, task: Runnable) {
        self.shared.stats.work.scheduled.add(1);
        self.core().tasks.borrow_mut().push_back(task);
    }

    /// The number of tasks that are to run.
    pub(super) fn queue_depth(&self) -> usize {
        self.core().tasks.borrow().len()
    }

    /// A task has panicked, and the runtime is to end because of that.
    pub(super) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Relaxed)
    }

    /// Runs tasks until none is left or it is time to look at the driver, which is done then. True if there was one.
    pub(super) fn run_tasks(&self) -> bool {
        let injector_interval = self.shared.config.global_queue_interval.unwrap_or(INJECTOR_INTERVAL);
        let mut any = false;
        loop {
            let ticks = self.core().ticks.get();
            let task = if ticks % injector_interval == 0 {
                self.next_injected().or_else(|| self.next_local())
            } else {
                self.next_local().or_else(|| self.next_injected())
            };
            let Some(task) = task else { return any };
            any = true;
            let finished = self.run(task);
            if self.tick() || (finished && self.has_failed()) {
                return any;
            }
        }
    }

    /// Counts a poll. Every `event_interval` of them this looks at the driver, and returns true.
    pub(super) fn tick(&self) -> bool {
        let ticks = self.core().ticks.get().wrapping_add(1);
        self.core().ticks.set(ticks);
        let is_due = ticks % self.shared.config.event_interval == 0;
        if is_due {
            self.shared.stats.work.looked();
            self.account();
            self.look_at_driver();
        }
        is_due
    }

    /// Runs it. True if it is complete now.
    fn run(&self, task: Runnable) -> bool {
        let shared = &*self.shared;
        let finished = shared.config.hooks.run(task, &self.core().place, &shared.stats.work);
        if finished {
            shared.stats.finished.fetch_add(1, Ordering::Relaxed);
        }
        finished
    }

    /// Adds the time since the last account to what the thread was busy.
    fn account(&self) {
        let stats = &self.shared.stats;
        stats.busy_ns.fetch_add(self.stopwatch.lap(&stats.work), Ordering::Relaxed);
    }

    fn next_local(&self) -> Option<Runnable> {
        self.core().tasks.borrow_mut().pop_front()
    }

    fn next_injected(&self) -> Option<Runnable> {
        let mut tasks = self.shared.injector.take(usize::MAX);
        let first = tasks.pop_front();
        if !tasks.is_empty() {
            self.core().tasks.borrow_mut().append(&mut tasks);
        }
        first
    }

    fn is_idle(&self) -> bool {
        self.core().tasks.borrow().is_empty() && self.shared.injector.is_empty()
    }

    /// Looks at the poller and the timers without waiting.
    fn look_at_driver(&self) {
        self.turn(Some(Duration::ZERO));
    }

    /// Waits until there may be something to do; `is_woken` tells whether the future of `block_on` has been woken.
    pub(super) fn park(&self, is_woken: impl Fn() -> bool) {
        self.shared.config.thread_parks();
        if self.is_idle() && !is_woken() && !self.advance_paused_clock(&is_woken) {
            self.sleep();
        }
        self.shared.config.thread_unparked();
    }

    fn sleep(&self) {
        let shared = &*self.shared;
        if shared.token.prepare() {
            shared.stats.work.parks();
            self.account();
            shared.stats.parks.fetch_add(1, Ordering::Relaxed);
            shared.stats.parked_or_not.fetch_add(1, Ordering::Relaxed);
            self.turn(self.until_next_deadline());
            shared.stats.parked_or_not.fetch_add(1, Ordering::Relaxed);
            self.stopwatch.restart(&shared.stats.work);
            shared.stats.work.woke();
        }
        shared.token.clear();
    }

    /// With a paused clock, time passes when there is nothing else to do. True if something may be ready now.
    fn advance_paused_clock(&self, is_woken: &impl Fn() -> bool) -> bool {
        let driver = &self.shared.driver;
        let Some(time) = &driver.time else { return false };
        if !driver.clock.is_paused() {
            return false;
        }
        // Whatever sockets have to say comes first.
        self.look_at_driver();
        if !self.is_idle() || is_woken() {
            return true;
        }
        let deadline_ns = time.earliest();
        if deadline_ns == NEVER || !driver.clock.auto_advance_to(deadline_ns) {
            return false;
        }
        self.look_at_driver();
        true
    }

    /// How long the thread may sleep.
    fn until_next_deadline(&self) -> Option<Duration> {
        let driver = &self.shared.driver;
        let deadline_ns = driver.time.as_ref().map_or(NEVER, driver::time::TimeDriver::earliest);
        // A paused clock does not run while the thread sleeps, so no deadline comes nearer.
        let waits = deadline_ns != NEVER && !driver.clock.is_paused();
        waits.then(|| Duration::from_nanos(deadline_ns.saturating_sub(driver.clock.now_ns())))
    }

    fn turn(&self, timeout: Option<Duration>) {
        let mut wakers = self.core().wakers.take();
        self.core().seat.borrow_mut().wait(timeout, &mut wakers);
        let driver = &self.shared.driver;
        if let Some(time) = &driver.time {
            if time.earliest() != NEVER {
                time.fire_all(driver.clock.now_ns(), &mut wakers);
            }
        }
        driver::wake_all(&mut wakers);
        self.core().wakers.replace(wakers);
    }

    /// Ends the runtime from within: no task is left, and none will come.
    pub(super) fn shut_down(&self) {
        self.shared.begin_shutdown();
        self.close();
    }

    /// Shutdown: drops every task.
    pub(super) fn close(&self) {
        self.closing.set(true);
        let place = &self.core().place;
        place.abort_all();
        loop {
            while let Some(task) = self.next_local().or_else(|| self.next_injected()) {
                self.shared.config.hooks.cancel(task, place);
                self.shared.stats.finished.fetch_add(1, Ordering::Relaxed);
            }
            if place.is_empty() {
                return;
            }
            // A thread has woken one of the tasks and has not pushed it yet.
            thread::yield_now();
        }
    }
}

impl Drop for Active {
    /// The core goes back, and those who wait for it are told.
    fn drop(&mut self) {
        self.shared.stats.work.looked();
        self.account();
        *self.shared.core.lock() = self.core.take();
        for thread in self.shared.waiting.lock().drain(..) {
            thread.unpark();
        }
    }
}

//! The work-stealing scheduler: several workers share the tasks of one runtime.
//!
//! | file | owns |
//! |---|---|
//! | `mod.rs` | what all threads share; where a task goes when it is spawned or woken |
//! | `worker.rs` | the loop of a worker |
//! | `slot.rs` | what others may touch of a worker |
//! | `pace.rs` | when a worker looks up from its queue, what a wake must be worth |
//! | `turn.rs` | sleeping and collecting wakers |
//! | `guest.rs` | threads inside `block_on` |
//! | `monitor.rs` | the driver thread |
//! | `here.rs` | what the current thread is to a runtime |

#![allow(unsafe_code)]

mod guest;
mod here;
mod monitor;
mod pace;
mod slot;
mod turn;
mod worker;

use std::future::Future;
use std::io;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use heist_primitives::CachePadded;
use heist_primitives::WakeBatch;
use heist_primitives::deque::Worker as Deque;
use heist_primitives::sync::{Condvar, Mutex};

pub(crate) use here::worker_index;

use self::guest::Guests;
use self::here::{Here, Role};
use self::monitor::{Monitor, MonitorBed};
use self::slot::Slot;
use self::worker::Worker;
use super::idle::{Crew, Idle, NEVER, Token};
use super::injector::Injector;
use super::{sys, threads};
use crate::blocking;
use crate::driver::seat::{Kicker, Seat};
use crate::driver::{Driver, Parts};
use crate::runtime::config::Config;
use crate::runtime::context;
use crate::task::raw::{self, Place, Returned, Runnable, Schedule};
use crate::task::{Id, JoinHandle};

/// A worker asks the poller at the latest after this time, however much it has to do.
const POLL_NS: u64 = 100_000;

/// What all threads of a runtime share.
#[derive(Debug)]
pub(crate) struct Shared {
    slots: Box<[CachePadded<Slot>]>,
    guests: Guests,
    injector: Injector,
    idle: Idle,
    /// Used by whoever has the idle word's SEAT.
    seat: Mutex<Seat>,
    kicker: Kicker,
    has_poller: bool,
    /// When somebody last asked the poller.
    last_poll_ns: CachePadded<AtomicU64>,
    monitor_bed: MonitorBed,
    driver: Driver,
    blocking: blocking::Pool,
    config: Config,
    id: crate::runtime::Id,
    /// Threads that have not ended: workers and the driver thread.
    threads: Mutex<usize>,
    /// Those of them that may still poll or fire timers.
    polling_threads: AtomicUsize,
    thread_ended: Condvar,
}

/// Starts a runtime: its workers and its driver thread.
///
/// # Errors
///
/// If a thread cannot be created; those that were are ended again.
pub(crate) fn start(config: Config, parts: Parts, blocking: blocking::Pool) -> io::Result<Arc<Shared>> {
    let workers = config.worker_threads;
    let deques: Vec<_> = (0..workers).map(|_| Deque::new_fifo()).collect();
    let slots = deques.iter().map(|deque| CachePadded::new(Slot::new(deque.stealer()))).collect();
    let Parts { driver, seat } = parts;
    let shared = Arc::new(Shared {
        slots,
        guests: Guests::new(),
        injector: Injector::new(),
        idle: Idle::new(workers),
        kicker: seat.kicker(),
        has_poller: seat.has_poller(),
        seat: Mutex::new(seat),
        last_poll_ns: CachePadded::new(AtomicU64::new(0)),
        monitor_bed: MonitorBed::default(),
        driver,
        blocking,
        config,
        id: crate::runtime::Id::next(),
        threads: Mutex::new(0),
        polling_threads: AtomicUsize::new(0),
        thread_ended: Condvar::new(),
    });
    if let Some(time) = &shared.driver.time {
        let kick: Arc<dyn crate::driver::time::Kick> = shared.clone();
        time.set_kick(Arc::downgrade(&kick));
    }
    let result = shared.start_threads(deques);
    if result.is_err() {
        shared.begin_shutdown();
        shared.wait_for_workers(None);
    }
    result.map(|()| shared)
}

impl Shared {
    fn start_threads(self: &Arc<Self>, deques: Vec<Deque<Runnable>>) -> io::Result<()> {
        let mut failed = None;
        for (index, deque) in deques.into_iter().enumerate() {
            let shared = self.clone();
            let started = match failed {
                None => self.start_thread(move || worker_thread(shared, index, deque)),
                Some(_) => Ok(()),
            };
            if let Err(error) = started {
                failed = Some(error);
            }
            if failed.is_some() {
                // A worker that never was must not count as a runner.
                self.idle.worker_ended(&self.slots[index].mode, false, &**self);
            }
        }
        if failed.is_none() {
            let monitor = Monitor::new(self.clone());
            failed = self.start_thread(move || monitor.run()).err();
        }
        failed.map_or(Ok(()), Err)
    }

    fn start_thread(self: &Arc<Self>, f: impl FnOnce() + Send + 'static) -> io::Result<()> {
        struct Ended(Arc<Shared>);
        impl Drop for Ended {
            fn drop(&mut self) {
                if self.0.polling_threads.fetch_sub(1, Ordering::AcqRel) == 1 {
                    // Nobody polls any more, so whatever waits for sockets or timers learns of it. Without the lock,
                    // since it calls wakers, and before the owner goes on.
                    self.0.driver.shutdown();
                }
                *self.0.threads.lock() -= 1;
                self.0.thread_ended.notify_all();
            }
        }
        let name = self.config.next_thread_name()?;
        *self.threads.lock() += 1;
        self.polling_threads.fetch_add(1, Ordering::Relaxed);
        let ended = Ended(self.clone());
        threads::spawn(name, self.config.thread_stack_size, move || {
            let _ended = ended;
            f();
        })
        .map(drop)
    }

    /// Puts a new task into a queue.
    pub(crate) fn spawn<F>(self: &Arc<Self>, future: F, spawned_at: &'static Location<'static>) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // The pointer is the Arc's own, so that a guard can be made of it (see `schedule`).
        let this = NonNull::new(Arc::as_ptr(self).cast_mut()).expect("an Arc is no null pointer");
        // SAFETY: the future is `Send`, so any thread may run it.
        let (task, join) = unsafe { raw::new_task(future, this, Id::next(), spawned_at) };
        let result = here::with(&raw const **self, |role| match role {
            Some(Role::Worker(worker)) => worker.spawn(task),
            Some(Role::Guest(guest)) => guest.spawn(task),
            Some(Role::Batch(_)) | None => self.injector.spawn(task).inspect(|()| self.idle.work_published(&**self)),
        });
        if let Err(task) = result {
            // The runtime is shut down. Whoever spawns drops the future; the handle says "cancelled".
            task.cancel(&Place::nowhere());
        }
        join
    }

    /// The runtime's driver.
    pub(crate) fn driver(&self) -> &Driver {
        &self.driver
    }

    /// The runtime's blocking pool.
    pub(crate) fn blocking(&self) -> &blocking::Pool {
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

    /// The wheel for timers of the current thread.
    pub(crate) fn timer_shard(&self) -> usize {
        here::with(self, |role| match role {
            Some(Role::Worker(worker)) if !self.slots[worker.index()].mode.is_marked() => worker.index(),
            _ => self.slots.len(),
        })
    }

    /// Refuses new tasks and makes the workers drop the others. Does not wait.
    pub(crate) fn begin_shutdown(&self) {
        self.injector.close();
        self.idle.shut(self);
    }

    /// Waits until all threads have ended; false if `timeout` passed first.
    pub(crate) fn wait_for_workers(&self, timeout: Option<Duration>) -> bool {
        let until = timeout.and_then(|timeout| std::time::Instant::now().checked_add(timeout));
        let mut threads = self.threads.lock();
        while *threads > 0 {
            threads = match until {
                None => self.thread_ended.wait(threads),
                Some(until) => {
                    let left = until.saturating_duration_since(std::time::Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    self.thread_ended.wait_timeout(threads, left).0
                }
            };
        }
        true
    }

    fn is_closed(&self) -> bool {
        self.injector.is_closed()
    }

    fn has_poller(&self) -> bool {
        self.has_poller
    }

    fn now_ns(&self) -> u64 {
        self.driver.clock.now_ns()
    }

    fn polled(&self, now_ns: u64) {
        self.last_poll_ns.store(now_ns, Ordering::Relaxed);
    }

    fn last_poll_ns(&self) -> u64 {
        self.last_poll_ns.load(Ordering::Relaxed)
    }

    fn poll_is_due(&self, now_ns: u64) -> bool {
        self.has_poller && now_ns.saturating_sub(self.last_poll_ns()) >= POLL_NS
    }

    /// The earliest deadline on a worker's wheel.
    fn next_deadline(&self, worker: usize) -> u64 {
        self.driver.time.as_ref().map_or(NEVER, |time| time.next_deadline(worker))
    }

    /// Waits at the poller. The caller has the seat.
    fn wait_in_seat(&self, timeout: Option<Duration>, events: &mut WakeBatch) {
        self.seat.lock().wait(timeout, events);
    }
}

/// Metrics.
impl Shared {
    pub(crate) fn num_workers(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn num_alive_tasks(&self) -> usize {
        // Finished first: a task that ends in between must not make the difference negative.
        let finished: u64 = self.slots.iter().map(|slot| slot.stats.finished.get()).sum();
        let spawned: u64 = self.slots.iter().map(|slot| slot.stats.spawned.get()).sum();
        let outside = self.injector.spawned() + self.guests.spawned();
        (spawned + outside).saturating_sub(finished) as usize
    }

    pub(crate) fn injector_depth(&self) -> usize {
        self.injector.len()
    }

    pub(crate) fn worker_park_count(&self, worker: usize) -> u64 {
        self.slots[worker].stats.parks.get()
    }

    pub(crate) fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.slots[worker].stats.parked_or_not.get()
    }

    pub(crate) fn worker_busy(&self, worker: usize) -> Duration {
        Duration::from_nanos(self.slots[worker].stats.busy_ns.get())
    }
}

fn worker_thread(shared: Arc<Shared>, index: usize, deque: Deque<Runnable>) {
    let _context = context::enter(super::Handle::MultiThread(shared.clone()));
    let _entered = context::set_entered(context::Entered::Yes { may_block_in_place: true });
    sys::wake_precisely();
    shared.config.thread_started();
    let here = Here::new(&shared, Role::Worker(Worker::new(shared.clone(), index, deque)));
    here.enter(|| {
        if let Role::Worker(worker) = here.role() {
            worker.run();
        }
    });
    shared.config.thread_stopped();
}

impl Crew for Shared {
    fn any_work(&self) -> bool {
        // Not the LIFO slot of a marked worker: nobody can steal from it, and who takes it out publishes the task.
        !self.injector.is_empty()
            || self.slots.iter().any(|slot| !slot.stealer.is_empty())
            || self.guests.stealers().any(|stealer| !stealer.is_empty())
    }

    fn token(&self, worker: usize) -> &Token {
        &self.slots[worker].token
    }

    fn unpark(&self, worker: usize) {
        self.slots[worker].unpark();
    }

    fn kick(&self) {
        self.kicker.kick();
    }

    fn wake_driver_thread(&self) {
        self.monitor_bed.wake();
    }
}

impl crate::driver::time::Kick for Shared {
    fn deadline_inserted(&self, deadline_ns: u64) {
        self.idle.deadline_left(deadline_ns, self);
    }
}

impl Schedule for Shared {
    unsafe fn schedule(this: NonNull<Self>, task: Runnable) {
        let outside = here::with(this.as_ptr(), |role| match role {
            Some(Role::Worker(worker)) => {
                worker.schedule(task);
                None
            }
            Some(Role::Guest(guest)) => {
                guest.push(task);
                None
            }
            Some(Role::Batch(batch)) => {
                batch.borrow_mut().push_back(task);
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
            guard.idle.work_published(&*guard);
        }
    }

    unsafe fn reschedule(this: NonNull<Self>, task: Runnable) {
        let elsewhere = here::with(this.as_ptr(), |role| match role {
            Some(Role::Worker(worker)) => {
                worker.push_tail(task);
                None
            }
            _ => Some(task),
        });
        if let Some(task) = elsewhere {
            // SAFETY: as the caller's.
            unsafe { Self::schedule(this, task) };
        }
    }

    unsafe fn hand_back(this: NonNull<Self>, owner: u32, task: Returned) {
        // SAFETY: only a thread of the runtime runs tasks, and it holds the runtime alive.
        let shared = unsafe { this.as_ref() };
        shared.slots[owner as usize].returns.push(task);
    }
}

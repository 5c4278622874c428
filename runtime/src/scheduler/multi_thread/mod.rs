//! The work-stealing scheduler: several workers share the tasks of one runtime.
//!
//! | file | owns |
//! |---|---|
//! | `mod.rs` | what all threads share; where a task goes when it is spawned or woken |
//! | `worker.rs` | the loop of a worker |
//! | `close.rs` | a worker's end |
//! | `end.rs` | the threads: who has ended, who waits for it; the driver thread's part in the end |
//! | `slot.rs` | what others may touch of a worker |
//! | `lending.rs` | the list of a worker's tasks while the worker blocks |
//! | `slots.rs` | the slots of all workers, spares included |
//! | `running.rs` | which task a worker polls |
//! | `pace.rs` | when a worker looks up from its queue, what a wake must be worth |
//! | `turn.rs` | sleeping and collecting wakers |
//! | `guest.rs`, `guests.rs` | threads inside `block_on`, and their deques |
//! | `nap.rs` | how such a thread waits for many small tasks |
//! | `monitor.rs` | the driver thread |
//! | `stalls.rs` | its watch for polls that do not end |
//! | `spares.rs` | workers that stand in for others |
//! | `metrics.rs` | the numbers that can be read from outside |
//! | `here.rs` | what the current thread is to a runtime |

#![allow(unsafe_code)]

mod close;
mod end;
mod guest;
mod guests;
mod here;
mod lending;
mod metrics;
mod monitor;
mod nap;
mod neighbour;
mod pace;
mod running;
mod slot;
mod slots;
mod spares;
mod spin;
mod stalls;
mod turn;
mod worker;

use std::future::Future;
use std::io;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use heist_primitives::CachePadded;
use heist_primitives::WakeBatch;
use heist_primitives::sync::Mutex;

pub(crate) use here::{block_in_place, worker_index};

use self::end::{Counted, Threads};
use self::guests::Guests;
use self::here::Role;
use self::monitor::{Monitor, MonitorBed};
use self::slots::Slots;
use self::spares::Spares;
use self::worker::{End, Origin, Worker};
use super::idle::{Crew, Idle, NEVER, Token};
use super::injector::Injector;
use super::{sys, threads};
use crate::blocking;
use crate::driver::seat::{Kicker, Seat};
use crate::driver::time::{self, shard_of};
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
    slots: Slots,
    spares: Spares,
    guests: Guests,
    /// Tasks spawned by guests.
    guest_spawns: AtomicU64,
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
    blocking: blocking::Pools,
    config: Config,
    id: crate::runtime::Id,
    threads: Threads,
    /// Tasks that the driver thread has dropped at the end.
    dropped_at_end: AtomicU64,
}

/// Starts a runtime: its workers and its driver thread.
///
/// # Errors
///
/// If a thread cannot be created; those that were are ended again.
pub(crate) fn start(config: Config, parts: Parts, blocking: blocking::Pools) -> io::Result<Arc<Shared>> {
    let workers = config.worker_threads;
    let Parts { driver, seat } = parts;
    let shared = Arc::new(Shared {
        slots: Slots::new(workers, config.most_spares()),
        spares: Spares::default(),
        guests: Guests::new(),
        guest_spawns: AtomicU64::new(0),
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
        threads: Threads::default(),
        dropped_at_end: AtomicU64::new(0),
    });
    if let Some(time) = &shared.driver.time {
        let kick: Arc<dyn crate::driver::time::Kick> = shared.clone();
        time.set_kick(Arc::downgrade(&kick));
    }
    if shared.config.dedicated_io_driver {
        // On behalf of the driver thread, before any worker can.
        let seat_was_free = shared.idle.take_seat();
        debug_assert!(seat_was_free);
    }
    let result = shared.start_threads();
    if result.is_err() {
        let _counted = Counted::new(&shared);
        shared.begin_shutdown();
        // There is no driver thread, so this one takes its part.
        Monitor::new(shared.clone()).close(shared.config.dedicated_io_driver);
    }
    result.map(|()| shared)
}

impl Shared {
    fn start_threads(self: &Arc<Self>) -> io::Result<()> {
        let mut failed = None;
        // All slots first: a worker may look at any of them.
        let workers: Vec<_> =
            (0..self.config.worker_threads).map(|index| self.add_worker(index, Origin::Configured)).collect();
        for (index, worker) in workers.into_iter().enumerate() {
            let shared = self.clone();
            let started = match failed {
                None => self.start_thread(move || worker_thread(&shared, worker)),
                Some(_) => Ok(()),
            };
            if let Err(error) = started {
                failed = Some(error);
            }
            if failed.is_some() {
                // A worker that never was must not count as a runner.
                self.idle.worker_ended(&self.slots.get(index).mode, false, &**self);
            }
        }
        if failed.is_none() {
            let monitor = Monitor::new(self.clone());
            failed = self.start_thread(move || monitor.run()).err();
        }
        failed.map_or(Ok(()), Err)
    }

    fn start_thread(self: &Arc<Self>, f: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let name = self.config.next_thread_name()?;
        let counted = Counted::new(self);
        threads::spawn(name, self.config.thread_stack_size, move || {
            let _counted = counted;
            f();
        })
        .map(drop)
    }

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
        // The pointer is the Arc's own, so that a guard can be made of it (see `schedule`).
        let this = NonNull::new(Arc::as_ptr(self).cast_mut()).expect("an Arc is no null pointer");
        // SAFETY: the future is `Send`, so any thread may run it.
        let (task, join) = unsafe { raw::new_task(future, this, id, spawned_at) };
        self.config.hooks.spawned(&task);
        let result = here::with(&raw const **self, |role| match role {
            Some(Role::Worker(worker)) => worker.spawn(task),
            Some(Role::Guest(guest)) => guest.spawn(task),
            Some(Role::Batch(_)) | None => self.spawn_outside(task),
        });
        if let Err(task) = result {
            // The runtime is shut down. Whoever spawns drops the future; the handle says "cancelled".
            self.config.hooks.cancel(task, &Place::nowhere());
        }
        join
    }

    /// Queues a new task that no worker has adopted. Back to the caller if the runtime is closed.
    fn spawn_outside(&self, task: Runnable) -> Result<(), Runnable> {
        self.injector.spawn(task).inspect(|()| self.idle.work_published(self))
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
        here::with(self, |role| match role {
            Some(Role::Worker(worker)) if !worker.slot.mode.is_away() => {
                time::Here { shard: shard_of(worker.index()), looked_ns: worker.looked_ns() }
            }
            _ => time::Here::ELSEWHERE,
        })
    }

    /// Refuses new tasks and makes the workers drop the others. Does not wait.
    pub(crate) fn begin_shutdown(&self) {
        self.injector.close();
        self.idle.shut(self);
    }

    fn is_closed(&self) -> bool {
        self.injector.is_closed()
    }

    /// Whether workers ask the poller.
    fn has_poller(&self) -> bool {
        self.has_poller && !self.config.dedicated_io_driver
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
        self.has_poller() && now_ns.saturating_sub(self.last_poll_ns()) >= POLL_NS
    }

    /// The earliest deadline on a worker's wheel.
    fn next_deadline(&self, worker: usize) -> u64 {
        self.driver.time.as_ref().map_or(NEVER, |time| time.next_deadline(shard_of(worker)))
    }

    /// Waits at the poller. The caller has the seat.
    fn wait_in_seat(&self, timeout: Option<Duration>, events: &mut WakeBatch) {
        self.seat.lock().wait(timeout, events);
    }
}

fn worker_thread(shared: &Arc<Shared>, worker: Worker) {
    here::thread_is_worker_of(shared);
    let _context = context::enter(super::Handle::MultiThread(shared.clone()));
    let _entered = context::set_entered(context::Entered::Yes { may_block_in_place: true });
    let _seed = shared.config.enter_seed();
    sys::wake_precisely();
    shared.config.thread_started();
    let (worker, end) = worker.in_its_place(Worker::run);
    match end {
        End::Expired => {
            shared.spares.vacate(worker);
            shared.idle.worker_left(&**shared);
        }
        End::Shut if worker.place.is_empty() => {}
        End::Shut => shared.spares.vacate(worker),
    }
    shared.config.thread_stopped();
}

impl Crew for Shared {
    fn any_work(&self) -> bool {
        // Not the LIFO slot of a stuck or blocked worker: nobody can steal from it, and who takes it out publishes the task.
        !self.injector.is_empty()
            || self.slots.iter().any(|slot| !slot.stealer.is_empty())
            || self.guests.stealers().any(|stealer| !stealer.is_empty())
    }

    fn token(&self, worker: usize) -> &Token {
        &self.slots.get(worker).token
    }

    fn unpark(&self, worker: usize) {
        self.slots.get(worker).unpark();
    }

    fn kick(&self) {
        self.kicker.kick();
    }

    fn wake_driver_thread(&self) {
        Shared::wake_driver_thread(self);
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
                worker.reschedule(task);
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
        shared.slots.get(owner as usize).returns.push(task);
    }
}

//! The end of a runtime's threads: who has ended, who waits for that, and what the driver thread does for them.
//!
//! Each worker drops what lies in queues, and ends. Tasks of its list that are in other threads' hands by then it leaves to
//! the driver thread, as a spare leaves its list when it ends. The driver thread also drops for workers that block on
//! purpose, since what they wait for may be one of these very tasks. So it ends last. Until then it sleeps, woken by whoever
//! queues a task, blocks, waits, or ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use heist_primitives::atomic::{self, fence};
use heist_primitives::deque::Steal;
use heist_primitives::sync::{Condvar, Mutex};

use super::monitor::Monitor;
use super::worker::Worker;
use super::{Shared, here};
use crate::runtime::context::{self, Entered};
use crate::scheduler::Handle;
use crate::task::raw::{Place, Runnable};

/// The threads of a runtime.
#[derive(Debug, Default)]
pub(super) struct Threads {
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Counts {
    /// Workers and driver thread, as far as they have not ended.
    alive: usize,
    /// Workers among them that wait, in `block_in_place`, for the end of all others.
    waiting: usize,
    /// All has ended but these, the driver thread, and the tasks that they poll.
    only_waiting: bool,
}

/// A thread of the runtime, counted until this is dropped.
pub(super) struct Counted(Arc<Shared>);

impl Counted {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.threads.counts.lock().alive += 1;
        Self(shared.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.threads.counts.lock().alive -= 1;
        self.0.threads.changed.notify_all();
        // It ends after all others.
        self.0.wake_driver_thread();
    }
}

impl Monitor {
    /// The runtime shuts down. The calling thread is counted.
    pub(super) fn close(&mut self, dedicated: bool) {
        let shared = self.shared.clone();
        let _context = context::enter(Handle::MultiThread(shared.clone()));
        let _entered = context::set_entered(Entered::Yes { may_block_in_place: true });
        // ORDERING: SeqCst pairs with the fence in `Guest::push`, and with those of workers that block.
        fence(atomic::Ordering::SeqCst);
        let mut left = Vec::new();
        loop {
            // The count first: who ends leaves its list before.
            let (others, waiting) = shared.others();
            left.append(&mut shared.spares.take_all());
            left.iter().for_each(|worker: &Worker| worker.place.abort_all());
            shared.abort_lent();
            shared.drop_queued();
            left.iter().for_each(Worker::take_returns);
            left.retain(|worker| !worker.place.is_empty());
            if others <= shared.blocked() {
                // Nobody polls any more, so whatever waits for sockets or timers learns of it. What a closure waits for in
                // `block_on` may be one.
                shared.driver.shutdown();
            }
            if others == 0 && left.is_empty() {
                return;
            }
            if others == waiting && left.iter().map(|worker| worker.place.len()).sum::<usize>() <= waiting {
                // Each of the waiting may have one of these tasks in hand.
                shared.threads.only_waiting();
            }
            self.sleep(true, dedicated);
        }
    }
}

impl Shared {
    /// Aborts the tasks of workers that block.
    fn abort_lent(&self) {
        for slot in self.slots.iter() {
            slot.lent.abort_all();
        }
    }

    /// Drops every task that lies in a queue.
    fn drop_queued(&self) {
        while let Some(task) = self.injector.take(1).pop_front().or_else(|| self.take_back()) {
            self.config.hooks.cancel(task, &Place::nowhere());
            self.dropped_at_end.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A task from the queue of somebody who may not look at it any more: a guest that has left, a worker that blocks.
    pub(super) fn take_back(&self) -> Option<Runnable> {
        let held_back = self.slots.iter().filter(|slot| slot.mode.is_away()).find_map(|slot| slot.lifo.take_always());
        if held_back.is_some() {
            return held_back;
        }
        let workers = self.slots.iter().map(|slot| &*slot.stealer);
        workers.chain(self.guests.stealers()).find_map(|stealer| {
            loop {
                match stealer.steal() {
                    Steal::Success(task) => return Some(task),
                    Steal::Retry => {}
                    Steal::Empty => return None,
                }
            }
        })
    }

    /// How many threads have not ended besides the driver thread, and how many of them wait for the end of the others.
    fn others(&self) -> (usize, usize) {
        let counts = self.threads.counts.lock();
        (counts.alive - 1, counts.waiting)
    }

    /// How many workers block on purpose. May be stale; then it is asked again.
    fn blocked(&self) -> usize {
        self.slots.iter().filter(|slot| slot.mode.is_blocked()).count()
    }

    /// Waits until all threads have ended. False if `timeout` passed first.
    ///
    /// If the current thread is a worker's, which blocks on purpose, it waits for the others alone. The task that it polls may
    /// be in another's list; then that list, and the driver thread with it, stays until the task comes to its end.
    pub(crate) fn wait_for_workers(&self, timeout: Option<Duration>) -> bool {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let is_worker = here::is_worker_of(self);
        let _waits = is_worker.then(|| Waits::new(self));
        let mut counts = self.threads.counts.lock();
        while counts.alive > 0 && !(is_worker && counts.only_waiting) {
            counts = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.threads.changed.wait(counts),
                Some(Duration::ZERO) => return false,
                Some(left) => self.threads.changed.wait_timeout(counts, left).0,
            };
        }
        true
    }

    pub(super) fn wake_driver_thread(&self) {
        if self.config.dedicated_io_driver { self.kicker.kick() } else { self.monitor_bed.wake() }
    }
}

impl Threads {
    fn only_waiting(&self) {
        self.counts.lock().only_waiting = true;
        self.changed.notify_all();
    }
}

/// A worker waits for the end of the others.
struct Waits<'a>(&'a Shared);

impl<'a> Waits<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.threads.counts.lock().waiting += 1;
        shared.wake_driver_thread();
        Self(shared)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.threads.counts.lock().waiting -= 1;
    }
}

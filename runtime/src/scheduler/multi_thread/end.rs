//! The driver thread's part in the end of a runtime: dropping what no worker drops.
//!
//! Each worker drops the tasks that it has adopted, and all that lie in queues. Left are those of vacant slots, and those of
//! workers that block on purpose: what they wait for may be one of these very tasks. So the driver thread ends last. Until
//! then it sleeps, woken by whoever queues a task, blocks, or ends.

use std::sync::atomic::Ordering;

use heist_primitives::atomic::{self, fence};
use heist_primitives::deque::Steal;

use super::Shared;
use super::monitor::Monitor;
use super::slot::Slot;
use super::worker::Worker;
use crate::runtime::context::{self, Entered};
use crate::scheduler::Handle;
use crate::task::raw::{Place, Runnable};

impl Monitor {
    /// The runtime shuts down.
    pub(super) fn close(&mut self, dedicated: bool) {
        let shared = self.shared.clone();
        let _context = context::enter(Handle::MultiThread(shared.clone()));
        let _entered = context::set_entered(Entered::Yes { may_block_in_place: true });
        // ORDERING: SeqCst, as in `Worker::close`.
        fence(atomic::Ordering::SeqCst);
        let vacant = shared.spares.close();
        vacant.iter().for_each(|worker| worker.place.abort_all());
        loop {
            shared.abort_lent();
            shared.drop_queued();
            vacant.iter().for_each(Worker::take_returns);
            if shared.only_blocked_are_left() {
                // What a closure waits for in `block_on` may be a socket.
                shared.driver.shutdown();
            }
            if vacant.iter().all(|worker| worker.place.is_empty()) && shared.others_have_ended() {
                return;
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
        let workers = self.slots.iter().map(|slot| &slot.stealer);
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

    /// Whether all threads have ended but this one, and those that wait for it.
    fn others_have_ended(&self) -> bool {
        *self.threads.lock() <= 1 + self.waiting_workers.load(Ordering::Relaxed)
    }

    /// Whether somebody blocks on purpose, and nobody polls any more who might end that: each of the other threads blocks too,
    /// or drops its tasks. The latter may wait for one that blocks, since the task that blocks may be its own. May be
    /// stale; then it is asked again.
    fn only_blocked_are_left(&self) -> bool {
        // The threads first: one that ends after that is counted here and not below, and then it is asked again.
        let threads = *self.threads.lock();
        let blocked = |slot: &Slot| slot.mode.is_blocked();
        let done = |slot: &&Slot| blocked(slot) || slot.closing.load(Ordering::Relaxed);
        self.slots.iter().any(blocked) && threads <= 1 + self.slots.iter().filter(done).count()
    }

    /// Notes that the calling thread waits for the end of all others, if it is one of the workers.
    pub(super) fn worker_waits(&self, is_worker: usize) -> Waits<'_> {
        self.waiting_workers.fetch_add(is_worker, Ordering::Relaxed);
        self.wake_driver_thread();
        Waits { shared: self, is_worker }
    }

    pub(super) fn wake_driver_thread(&self) {
        if self.config.dedicated_io_driver { self.kicker.kick() } else { self.monitor_bed.wake() }
    }
}

/// Undoes [`Shared::worker_waits`] when dropped.
pub(super) struct Waits<'a> {
    shared: &'a Shared,
    is_worker: usize,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.shared.waiting_workers.fetch_sub(self.is_worker, Ordering::Relaxed);
    }
}

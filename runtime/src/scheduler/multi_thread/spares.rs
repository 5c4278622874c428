//! Spare workers: threads that stand in for workers that are stuck or blocked.
//!
//! A spare is a worker like any other, with a slot of its own. The driver thread alone starts spares, when nobody sleeps
//! whom one could wake instead. A spare that nobody has needed for the keep-alive time ends. Its slot, with its queue and
//! its list of live tasks, is then vacant, and the next spare takes it over.

use std::sync::Arc;

use heist_primitives::CachePadded;
use heist_primitives::deque::Worker as Deque;
use heist_primitives::sync::Mutex;

use super::Shared;
use super::slot::Slot;
use super::worker::{Origin, Worker};

/// What became of the wish for a spare worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hired {
    NotNeeded,
    Yes,
    /// There are as many as there may be, or the system refuses a thread.
    Impossible,
}

/// The workers of vacant slots.
#[derive(Debug, Default)]
pub(super) struct Spares {
    vacant: Mutex<Vec<Worker>>,
}

impl Spares {
    /// A worker ends: a spare that nobody needs, or any that leaves tasks behind when the runtime shuts down.
    pub(super) fn vacate(&self, worker: Worker) {
        self.vacant.lock().push(worker);
    }

    /// The number of vacant slots.
    pub(super) fn vacant(&self) -> usize {
        self.vacant.lock().len()
    }

    /// Frees what is left of tasks of vacant slots that have finished elsewhere.
    pub(super) fn take_returns(&self) {
        for worker in &*self.vacant.lock() {
            worker.take_returns();
        }
    }

    /// The workers of all slots that are vacant now.
    pub(super) fn take_all(&self) -> Vec<Worker> {
        std::mem::take(&mut *self.vacant.lock())
    }

    fn take(&self) -> Option<Worker> {
        self.vacant.lock().pop()
    }
}

impl Shared {
    /// The number of threads that stand in for workers, asleep or not.
    pub(crate) fn num_spare_workers(&self) -> usize {
        // In this order: a slot that is added in between is not counted as vacant.
        let vacant = self.spares.vacant();
        (self.slots.len() - self.slots.workers()).saturating_sub(vacant)
    }

    /// Driver thread: starts a spare worker if one is needed.
    pub(super) fn hire_if_needed(self: &Arc<Self>, any_stuck: bool) -> Hired {
        if !self.idle.hire(any_stuck, &**self) {
            return Hired::NotNeeded;
        }
        if self.spare_worker().is_some_and(|worker| self.start_spare(worker)) {
            return Hired::Yes;
        }
        self.idle.hire_failed(&**self);
        Hired::Impossible
    }

    /// A vacant worker, or a new one if there may be one more.
    fn spare_worker(self: &Arc<Self>) -> Option<Worker> {
        if let Some(worker) = self.spares.take() {
            return Some(worker);
        }
        if !self.slots.has_room() {
            return None;
        }
        let index = self.slots.len();
        if let Some(time) = &self.driver.time {
            time.add_worker(index);
        }
        Some(self.add_worker(index, Origin::Spare))
    }

    /// Adds a slot and makes its worker.
    pub(super) fn add_worker(self: &Arc<Self>, index: usize, origin: Origin) -> Worker {
        let deque = Deque::new_fifo();
        let slot = Arc::new(CachePadded::new(Slot::new(deque.stealer())));
        self.slots.add(slot.clone());
        Worker::new(self.clone(), slot, index, deque, origin)
    }

    fn start_spare(self: &Arc<Self>, worker: Worker) -> bool {
        // The worker is handed over only once its thread exists: if there is none it stays vacant.
        let place = Arc::new(Mutex::new(Some(worker)));
        let handed_over = place.clone();
        let shared = self.clone();
        let started = self.start_thread(move || {
            let worker = handed_over.lock().take().expect("nobody else takes it once the thread runs");
            super::worker_thread(&shared, worker);
        });
        if started.is_err() {
            place.lock().take().into_iter().for_each(|worker| self.spares.vacate(worker));
        }
        started.is_ok()
    }
}

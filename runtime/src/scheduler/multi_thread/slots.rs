//! The slots of all workers that a runtime has had: those of the configured workers, then those of spares.
//!
//! A slot stays where it is once it was added, also when its thread has ended: the next spare takes it over.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use heist_primitives::CachePadded;

use super::slot::Slot;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Slots {
    places: Box<[OnceLock<Arc<CachePadded<Slot>>>]>,
    used: AtomicUsize,
    /// Those that were configured.
    workers: usize,
}

impl Slots {
    /// For so many configured workers, which have to be added, and so many spares, which may.
    pub(super) fn new(workers: usize, spares: usize) -> Self {
        let places = (0..workers + spares).map(|_| OnceLock::new()).collect();
        Self { places, used: AtomicUsize::new(0), workers }
    }

    /// Adds a slot. One thread at a time adds, before it starts the worker.
    pub(super) fn add(&self, slot: Arc<CachePadded<Slot>>) {
        let index = self.used.load(Ordering::Relaxed);
        let added = self.places[index].set(slot);
        debug_assert!(added.is_ok(), "two threads add slots");
        // ORDERING: Release pairs with `len`: whoever sees the count sees the slot. Who must not miss a slot has a fence of
        // the idle protocol before, and its worker has one behind each push.
        self.used.store(index + 1, Ordering::Release);
    }

    /// Whether one more may be added.
    pub(super) fn has_room(&self) -> bool {
        self.len() < self.places.len()
    }

    /// The number of slots; configured workers come first.
    pub(super) fn len(&self) -> usize {
        // ORDERING: Acquire pairs with `add`.
        self.used.load(Ordering::Acquire)
    }

    /// The number of workers that were configured.
    pub(super) fn workers(&self) -> usize {
        self.workers
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> &Arc<CachePadded<Slot>> {
        self.places[index].get().expect("a slot is added before its number is known to anybody")
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.places[..self.len()].iter().filter_map(OnceLock::get).map(|slot| &***slot)
    }

    /// A worker's slot and those of the spares that go by its number.
    pub(super) fn of_worker(&self, worker: usize) -> impl Iterator<Item = &Slot> {
        self.iter().skip(worker).step_by(self.workers)
    }
}

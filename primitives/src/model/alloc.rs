//! Memory whose end loom can see.

#![allow(unsafe_code)]

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::sync::{Mutex, MutexGuard};

use loom::alloc::Track;
use loom::cell::UnsafeCell;

/// Notices accesses to memory after it was freed, and memory that is never freed.
///
/// The end is a write to a cell that every access reads, so an access that is not ordered before the end is reported
/// as a data race even in the schedules where it comes first.
pub struct Liveness {
    cell: UnsafeCell<()>,
    track: Mutex<Option<Track<()>>>,
}

// SAFETY: the cell has no content; its accesses are only noted.
unsafe impl Sync for Liveness {}

impl Liveness {
    /// For memory that was just allocated.
    pub fn new() -> Self {
        Self { cell: UnsafeCell::new(()), track: Mutex::new(Some(Track::new(()))) }
    }

    /// The memory is about to be accessed through a shared word.
    pub fn accessed(&self) {
        self.cell.with(|_| ());
        assert!(self.track().is_some(), "used after free");
    }

    /// The memory is about to be freed.
    pub fn ended(&self) {
        self.cell.with_mut(|_| ());
        let track = self.track().take();
        assert!(track.is_some(), "freed twice");
    }

    fn track(&self) -> MutexGuard<'_, Option<Track<()>>> {
        self.track.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Default for Liveness {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Liveness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Liveness")
    }
}

thread_local! {
    /// What the current execution has freed. loom runs all threads of a model on one thread.
    static FREED: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a box until the execution is over, so that a use after free meets its [`Liveness`] and not the allocator.
pub fn free<T: 'static>(memory: Box<T>) {
    FREED.with_borrow_mut(|freed| freed.push(memory));
}

/// Gives back what the execution before this one has freed.
pub(super) fn execution_begins() {
    FREED.take();
}

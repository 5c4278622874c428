//! A value that only the thread that made it can reach, though others may hold references to it.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Holds a `T` that is not shared. Another thread gets no access, but may be the one that drops it.
#[derive(Debug)]
pub(super) struct Bound<T> {
    owner: u64,
    value: T,
}

// SAFETY: a shared reference leads to the value only on the thread that made it (`get`). Another thread may drop it,
// with exclusive access, which is a move to that thread: hence `Send`.
unsafe impl<T: Send> Sync for Bound<T> {}

impl<T> Bound<T> {
    pub(super) fn new(value: T) -> Self {
        Self { owner: current(), value }
    }

    /// The value, on the thread that made it.
    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        (current() == self.owner).then_some(&self.value)
    }
}

/// A number that no two threads of the process ever have in common.
///
/// `ThreadId` would do, but getting it counts a reference, and panics when a thread has almost ended; a waker may well
/// be called there.
#[inline]
fn current() -> u64 {
    thread_local! {
        // No destructor, so it can be read as long as the thread runs.
        static CURRENT: Cell<u64> = const { Cell::new(0) };
    }
    match CURRENT.get() {
        0 => {
            CURRENT.set(next());
            CURRENT.get()
        }
        number => number,
    }
}

#[cold]
fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // Relaxed: only the numbers have to differ.
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::thread;

    use super::Bound;

    #[test]
    fn other_threads_see_nothing() {
        let bound = Bound::new(Cell::new(1));
        bound.get().unwrap().set(2);
        thread::scope(|scope| scope.spawn(|| assert!(bound.get().is_none())).join().unwrap());
        assert_eq!(bound.get().unwrap().get(), 2);
    }

    #[test]
    fn another_thread_may_drop_it() {
        let bound = std::sync::Arc::new(Bound::new(Cell::new(1)));
        let clone = bound.clone();
        drop(bound);
        thread::spawn(move || drop(clone)).join().unwrap();
    }
}

//! A model of crossbeam's FIFO deque.
//!
//! Same algorithm and orderings as the real one (Chase and Lev 2005, with the corrections of Lê et al. 2013), with two
//! simplifications that only weaken it: the buffer neither grows nor is reused, and `is_empty` has no fence. An element
//! is published by the Release store of `back` alone, so a protocol that needs more order than that fails here.

#![allow(unsafe_code)]

use std::fmt;
use std::mem::MaybeUninit;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering, fence};

/// Pushes per deque and model run. More is a mistake in the model.
const CAPACITY: usize = 16;

struct Inner<T> {
    front: AtomicUsize,
    back: AtomicUsize,
    buffer: [UnsafeCell<MaybeUninit<T>>; CAPACITY],
}

// SAFETY: an element is moved out only by whoever advanced `front` past it, after its publication by `back`.
unsafe impl<T: Send> Send for Inner<T> {}
// SAFETY: as above; the buffer is otherwise written only by the owner, before publication.
unsafe impl<T: Send> Sync for Inner<T> {}

impl<T> Inner<T> {
    fn take(&self, index: usize) -> T {
        // SAFETY: the caller won `index` on `front`, and `back` published the element.
        self.buffer[index].with(|slot| unsafe { slot.cast::<T>().read() })
    }
}

/// What a thief came back with.
#[derive(Debug, PartialEq, Eq)]
pub enum Steal<T> {
    /// Nothing was there.
    Empty,
    /// One element.
    Success(T),
    /// Somebody else was faster, or the deque was being changed.
    Retry,
}

/// The owner's end.
pub struct Worker<T> {
    inner: Arc<Inner<T>>,
    not_sync: std::marker::PhantomData<std::cell::Cell<()>>,
}

impl<T> Worker<T> {
    /// An empty deque, first in first out.
    pub fn new_fifo() -> Self {
        let inner = Inner {
            front: AtomicUsize::new(0),
            back: AtomicUsize::new(0),
            buffer: std::array::from_fn(|_| UnsafeCell::new(MaybeUninit::uninit())),
        };
        Self { inner: Arc::new(inner), not_sync: std::marker::PhantomData }
    }

    /// A thief's end.
    pub fn stealer(&self) -> Stealer<T> {
        Stealer { inner: self.inner.clone() }
    }

    /// Adds an element.
    pub fn push(&self, value: T) {
        let back = self.inner.back.load(Ordering::Relaxed);
        assert!(back < CAPACITY, "the model's deque takes {CAPACITY} pushes");
        self.inner.buffer[back].with_mut(|slot| {
            // SAFETY: the owner alone writes at `back`, which nobody reads before it is published.
            unsafe { slot.cast::<T>().write(value) }
        });
        self.inner.back.store(back + 1, Ordering::Release);
    }

    /// Takes the oldest element.
    pub fn pop(&self) -> Option<T> {
        let back = self.inner.back.load(Ordering::Relaxed);
        if self.inner.front.load(Ordering::Relaxed) >= back {
            return None;
        }
        let front = self.inner.front.fetch_add(1, Ordering::AcqRel);
        if front >= back {
            self.inner.front.store(front, Ordering::Relaxed);
            return None;
        }
        Some(self.inner.take(front))
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        let back = self.inner.back.load(Ordering::Relaxed);
        back.saturating_sub(self.inner.front.load(Ordering::Relaxed))
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> fmt::Debug for Worker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker")
    }
}

/// A thief's end.
pub struct Stealer<T> {
    inner: Arc<Inner<T>>,
}

impl<T> Stealer<T> {
    /// Takes the oldest element.
    pub fn steal(&self) -> Steal<T> {
        let front = self.inner.front.load(Ordering::Acquire);
        fence(Ordering::SeqCst);
        let back = self.inner.back.load(Ordering::Acquire);
        if front >= back {
            return Steal::Empty;
        }
        match self.inner.front.compare_exchange(front, front + 1, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => Steal::Success(self.inner.take(front)),
            Err(_) => Steal::Retry,
        }
    }

    /// Takes one element, and moves up to half of the others, `limit` with it at most, to `dest`.
    pub fn steal_batch_with_limit_and_pop(&self, dest: &Worker<T>, limit: usize) -> Steal<T> {
        let back = self.inner.back.load(Ordering::Acquire);
        let half = back.saturating_sub(self.inner.front.load(Ordering::Relaxed)).div_ceil(2);
        let first = self.steal();
        if let Steal::Success(_) = first {
            for _ in 1..half.min(limit) {
                match self.steal() {
                    Steal::Success(value) => dest.push(value),
                    _ => break,
                }
            }
        }
        first
    }

    /// True if nothing is visible. Unlike the real one it has no fence.
    pub fn is_empty(&self) -> bool {
        let front = self.inner.front.load(Ordering::Acquire);
        self.inner.back.load(Ordering::Acquire) <= front
    }

    /// The number of elements visible.
    pub fn len(&self) -> usize {
        let front = self.inner.front.load(Ordering::Acquire);
        self.inner.back.load(Ordering::Acquire).saturating_sub(front)
    }
}

impl<T> Clone for Stealer<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> fmt::Debug for Stealer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stealer")
    }
}

//! `WakeBatch`: wakers collected under a lock or in a turn of the driver, to be woken afterwards.
//!
//! A waker is foreign code: it may take the same lock again, and it may panic. So it is never called with a lock held, and
//! a panic in one does not keep the others from being woken.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

use crate::panic::discard;

/// A batch of this many is woken before more are collected under a lock, so that locks are held for a bounded time.
const FULL: usize = 32;

/// Wakers that are to be called together. Those still in it when it is dropped are woken then.
///
/// It allocates for the second waker, since releasing a lock or a permit wakes one task most of the time, and keeps that
/// memory: a thread that wakes often keeps its batch.
///
/// # Examples
///
/// ```
/// use std::task::Waker;
///
/// use heist_primitives::WakeBatch;
///
/// let mut batch = WakeBatch::new();
/// batch.push(Waker::noop().clone());
/// batch.extend(None);
/// assert_eq!(batch.len(), 1);
/// batch.wake_all();
/// assert!(batch.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct WakeBatch {
    /// `None` only while `rest` is empty.
    first: Option<Waker>,
    rest: Vec<Waker>,
    /// The first panic that `wake_all` still has to resume.
    panic: Option<Box<dyn Any + Send>>,
}

impl WakeBatch {
    /// An empty batch.
    pub const fn new() -> Self {
        Self { first: None, rest: Vec::new(), panic: None }
    }

    /// Adds a waker, even if the batch is full.
    #[inline]
    pub fn push(&mut self, waker: Waker) {
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.rest.push(waker);
        }
    }

    /// The number of wakers.
    #[inline]
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    /// True if there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// True if who collects under a lock should release it and wake them before adding more.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.len() >= FULL
    }

    /// Takes the wakers out, in the order they came; the batch keeps its memory.
    ///
    /// Wakers left when the iterator drops are dropped without being woken.
    pub fn drain(&mut self) -> impl Iterator<Item = Waker> + '_ {
        self.first.take().into_iter().chain(self.rest.drain(..))
    }

    /// Wakes all of them, in the order they came. Call it without holding locks.
    ///
    /// # Panics
    ///
    /// If a waker does, or did in [`wake_before_more`](Self::wake_before_more); after the others have been woken, and
    /// with the first panic.
    pub fn wake_all(&mut self) {
        self.wake_before_more();
        if let Some(panic) = self.panic.take() {
            resume_unwind(panic);
        }
    }

    /// As [`wake_all`](Self::wake_all), for a caller who has yet to collect others: a panic waits for `wake_all`.
    pub fn wake_before_more(&mut self) {
        for waker in self.first.take().into_iter().chain(self.rest.drain(..)) {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                match self.panic {
                    None => self.panic = Some(panic),
                    Some(_) => discard(panic),
                }
            }
        }
    }
}

impl Extend<Waker> for WakeBatch {
    fn extend<I: IntoIterator<Item = Waker>>(&mut self, wakers: I) {
        wakers.into_iter().for_each(|waker| self.push(waker));
    }
}

impl Drop for WakeBatch {
    /// A panic ends here: the panic hook has printed it, and the thread may be unwinding already.
    fn drop(&mut self) {
        self.wake_before_more();
        if let Some(panic) = self.panic.take() {
            discard(panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    type Log = Arc<Mutex<Vec<usize>>>;

    /// Writes its number down; number 0 panics then.
    struct Numbered(usize, Log);

    impl Wake for Numbered {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(self.0);
            assert_ne!(self.0, 0, "number 0 panics");
        }
    }

    fn batch_of(numbers: impl IntoIterator<Item = usize>, log: &Log) -> WakeBatch {
        let mut batch = WakeBatch::new();
        batch.extend(numbers.into_iter().map(|number| Waker::from(Arc::new(Numbered(number, log.clone())))));
        batch
    }

    fn woken(log: &Log) -> Vec<usize> {
        std::mem::take(&mut log.lock().unwrap())
    }

    #[test]
    fn wakers_are_woken_once_and_in_order() {
        let log = Log::default();
        let mut batch = batch_of(1..FULL, &log);
        assert!(!batch.is_full());
        batch.extend(batch_of([FULL], &log).drain());
        assert!(batch.is_full());
        assert_eq!(batch.len(), FULL);
        batch.wake_all();
        assert!(batch.is_empty());
        drop(batch);
        assert_eq!(woken(&log), (1..=FULL).collect::<Vec<_>>());
    }

    #[test]
    fn a_panicking_waker_stops_nobody_else() {
        let log = Log::default();
        let mut batch = batch_of([1, 0, 2], &log);
        assert!(catch_unwind(AssertUnwindSafe(|| batch.wake_all())).is_err());
        assert_eq!(woken(&log), [1, 0, 2]);
        batch.wake_all();
    }

    #[test]
    fn a_panic_waits_for_those_still_to_be_collected() {
        let log = Log::default();
        let mut batch = batch_of([0, 1], &log);
        batch.wake_before_more();
        assert_eq!(woken(&log), [0, 1]);
        batch.extend(batch_of([2], &log).drain());
        assert!(catch_unwind(AssertUnwindSafe(|| batch.wake_all())).is_err());
        assert_eq!(woken(&log), [2]);
    }

    #[test]
    fn what_is_left_is_woken_by_drop() {
        let log = Log::default();
        drop(batch_of([0, 1], &log));
        assert_eq!(woken(&log), [0, 1]);
    }

    #[test]
    fn what_is_drained_is_not_woken() {
        let log = Log::default();
        let mut batch = batch_of([1, 2, 3], &log);
        assert_eq!(batch.drain().count(), 3);
        drop(batch);
        assert_eq!(woken(&log), []);
    }
}

//! The primitives that can be statics.
//!
//! A file of its own, since under loom atomics and locks have no `const` constructors: the models leave it out.

use heist_primitives::atomic::AtomicUsize;
use heist_primitives::sync;

use super::mutex::Mutex;
use super::notify::Notify;
use super::semaphore::Semaphore;
use super::semaphore::permits::Permits;
use super::semaphore::raw::RawSemaphore;
use super::wait_list::{WaitList, WaitQueue};

impl<T> WaitQueue<T> {
    /// As [`new`](Self::new), for constants.
    const fn const_new() -> Self {
        Self::from_lock(sync::Mutex::new(WaitList::new()))
    }
}

impl RawSemaphore {
    /// As [`new`](Self::new), for constants.
    pub(crate) const fn const_new(permits: usize) -> Self {
        Self::from_parts(AtomicUsize::new(Permits::bits(permits)), WaitQueue::const_new())
    }
}

impl Semaphore {
    /// As [`new`](Self::new), for statics.
    ///
    /// # Panics
    ///
    /// If `permits` is larger than [`MAX_PERMITS`](Self::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// static LIMIT: Semaphore = Semaphore::const_new(10);
    /// # assert_eq!(LIMIT.available_permits(), 10);
    /// ```
    #[track_caller]
    pub const fn const_new(permits: usize) -> Self {
        Self::from_raw(RawSemaphore::const_new(permits))
    }
}

impl<T> Mutex<T> {
    /// As [`new`](Self::new), for statics.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Mutex;
    ///
    /// static NAMES: Mutex<Vec<String>> = Mutex::const_new(Vec::new());
    /// # assert!(NAMES.try_lock().is_ok());
    /// ```
    pub const fn const_new(value: T) -> Self {
        Self::from_parts(RawSemaphore::const_new(1), value)
    }
}

impl Notify {
    /// As [`new`](Self::new), for statics.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Notify;
    ///
    /// static WORK: Notify = Notify::const_new();
    /// # WORK.notify_one();
    /// ```
    pub const fn const_new() -> Self {
        Self::from_parts(AtomicUsize::new(0), WaitQueue::const_new())
    }
}

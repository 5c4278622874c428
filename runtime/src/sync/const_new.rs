//! The primitives that can be statics.
//!
//! A file of its own, since under loom atomics and locks have no `const` constructors: the models leave it out.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use heist_primitives::atomic::{AtomicU8, AtomicUsize};
use heist_primitives::cell::UnsafeCell;
use heist_primitives::sync;

use super::mutex::Mutex;
use super::notify::Notify;
use super::once_cell::OnceCell;
use super::once_value::OnceValue;
use super::rwlock::{self, RwLock};
use super::semaphore::Semaphore;
use super::semaphore::permits::Permits;
use super::semaphore::raw::RawSemaphore;
use super::set_once::SetOnce;
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
        Self::from_parts(RawSemaphore::const_new(1), UnsafeCell::new(value))
    }
}

impl<T> RwLock<T> {
    /// As [`new`](Self::new), for statics.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// static NAMES: RwLock<Vec<String>> = RwLock::const_new(Vec::new());
    /// # assert!(NAMES.try_read().is_ok());
    /// ```
    pub const fn const_new(value: T) -> Self {
        Self::const_with_max_readers(value, rwlock::MAX_READERS)
    }

    /// As [`with_max_readers`](Self::with_max_readers), for statics.
    ///
    /// # Panics
    ///
    /// If `max_readers` is 0 or larger than `u32::MAX >> 3`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// static NAMES: RwLock<Vec<String>> = RwLock::const_with_max_readers(Vec::new(), 8);
    /// # assert!(NAMES.try_read().is_ok());
    /// ```
    #[track_caller]
    pub const fn const_with_max_readers(value: T, max_readers: u32) -> Self {
        rwlock::check(max_readers);
        Self::from_parts(RawSemaphore::const_new(max_readers as usize), max_readers, UnsafeCell::new(value))
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

impl<T> OnceValue<T> {
    const fn const_empty() -> Self {
        // SAFETY: the word says that there is no value.
        unsafe { Self::from_parts(AtomicU8::new(Self::EMPTY), UnsafeCell::new(MaybeUninit::uninit())) }
    }

    const fn const_set(value: T) -> Self {
        // SAFETY: the word says that there is a value, and there is.
        unsafe { Self::from_parts(AtomicU8::new(Self::SET), UnsafeCell::new(MaybeUninit::new(value))) }
    }
}

impl<T> OnceCell<T> {
    /// As [`new`](Self::new), for statics.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// static CONFIG: OnceCell<String> = OnceCell::const_new();
    /// # assert!(!CONFIG.initialized());
    /// ```
    pub const fn const_new() -> Self {
        Self::from_parts(OnceValue::const_empty(), RawSemaphore::const_new(1))
    }

    /// A cell with a value, for statics.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// static ONE: OnceCell<u32> = OnceCell::const_new_with(1);
    /// # assert_eq!(ONE.get(), Some(&1));
    /// ```
    pub const fn const_new_with(value: T) -> Self {
        Self::from_parts(OnceValue::const_set(value), RawSemaphore::const_new(1))
    }
}

impl<T> SetOnce<T> {
    /// As [`new`](Self::new), for statics.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// static ADDRESS: SetOnce<String> = SetOnce::const_new();
    /// # assert!(!ADDRESS.initialized());
    /// ```
    pub const fn const_new() -> Self {
        Self::from_parts(OnceValue::const_empty(), Notify::const_new(), sync::Mutex::new(()))
    }

    /// With a value, for statics.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// static ONE: SetOnce<u32> = SetOnce::const_new_with(1);
    /// # assert_eq!(ONE.get(), Some(&1));
    /// ```
    pub const fn const_new_with(value: T) -> Self {
        Self::from_parts(OnceValue::const_set(value), Notify::const_new(), sync::Mutex::new(()))
    }
}

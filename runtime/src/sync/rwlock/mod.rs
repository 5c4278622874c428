//! [`RwLock`]: a lock for many readers or one writer, that may be held across an await. Its guards are in `guard.rs`
//! and `owned.rs`, what they give back when they go in `held.rs`.
//!
//! The lock is a semaphore: a reader holds one permit, the writer all of them. So it is as fair as the semaphore.
//!
//! The contract, on which the unsafe code of the guards rests:
//! - **R1** A guard that reads stands for one permit, a guard that writes for all there are, from their acquisition to
//!   their release. So while a guard that writes exists it alone reaches the value, and while one that reads exists
//!   nobody changes it. There is at least one permit: a writer that waits for none would not exclude anybody.
//! - **R2** The semaphore is never closed, so an acquisition ends with permits.
//! - **R3** A guard that was mapped points to what a function made from a borrow of the value for as long as the guard
//!   lives. It leads to the same semaphore as before, which is given back once.

#![allow(unsafe_code)]

mod guard;
mod held;
mod owned;

use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

pub use guard::{RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};
use heist_primitives::cell::UnsafeCell;
pub use owned::{OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

use super::mutex::TryLockError;
use super::semaphore::permits::Take;
use super::semaphore::raw::{Closed, RawSemaphore};
use crate::runtime::context;

/// How many may read at once unless the lock was made with another number; also the largest number.
pub(super) const MAX_READERS: u32 = u32::MAX >> 3;

/// Protects a value that many tasks may read at once, or one may write.
///
/// Where no await happens under the lock, the locks of `std` are the better choice. The lock is fair: it goes to those
/// who wait in the order in which they began to. So a writer that waits holds up the readers that come after it, and a
/// task that holds one read guard and waits for a second one may wait for ever. A panic while the lock is held does not
/// poison it.
///
/// # Examples
///
/// ```
/// use heist::sync::RwLock;
///
/// #[heist::main]
/// async fn main() {
///     let lock = RwLock::new(5);
///     {
///         let first = lock.read().await;
///         let second = lock.read().await;
///         assert_eq!(*first + *second, 10);
///     }
///     *lock.write().await += 1;
///     assert_eq!(*lock.read().await, 6);
/// }
/// ```
pub struct RwLock<T: ?Sized> {
    semaphore: RawSemaphore,
    /// All permits of the semaphore.
    max_readers: u32,
    value: UnsafeCell<T>,
}

// SAFETY: sending the lock sends the value.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
// SAFETY: rule R1: a shared lock gives `&T` to several threads at once, or `&mut T` to one after the other.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

impl<T> RwLock<T> {
    /// An unlocked lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// let lock = RwLock::new(5);
    /// # assert_eq!(lock.into_inner(), 5);
    /// ```
    pub fn new(value: T) -> Self {
        Self::with_max_readers(value, MAX_READERS)
    }

    /// An unlocked lock which at most `max_readers` may read at once; more wait.
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
    /// let lock = RwLock::with_max_readers(5, 1);
    /// let _read = lock.try_read().unwrap();
    /// assert!(lock.try_read().is_err());
    /// ```
    #[track_caller]
    pub fn with_max_readers(value: T, max_readers: u32) -> Self {
        check(max_readers);
        Self::from_parts(RawSemaphore::new(max_readers as usize), max_readers, UnsafeCell::new(value))
    }

    /// The same from its parts, for constants. The semaphore has `max_readers` permits, which was checked.
    pub(super) const fn from_parts(semaphore: RawSemaphore, max_readers: u32, value: UnsafeCell<T>) -> Self {
        Self { semaphore, max_readers, value }
    }

    /// The value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// assert_eq!(RwLock::new(1).into_inner(), 1);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

/// Panics unless rule R1 can hold with that many permits.
#[track_caller]
pub(super) const fn check(max_readers: u32) {
    assert!(max_readers > 0, "a RwLock must allow at least one reader");
    assert!(max_readers <= MAX_READERS, "a RwLock may not be created with more than `u32::MAX >> 3` readers");
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until the value may be read: until nobody writes, and those who began to wait before have been served.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::RwLock;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let lock = Arc::new(RwLock::new(1));
    ///     let other = lock.clone();
    ///     let first = lock.read().await;
    ///     heist::spawn(async move { assert_eq!(*other.read().await, 1) }).await.unwrap();
    ///     drop(first);
    /// }
    /// ```
    pub async fn read(&self) -> RwLockReadGuard<'_, T> {
        never_closed(self.semaphore.acquire(1).await);
        RwLockReadGuard::new(self)
    }

    /// As [`read`](Self::read), with a guard that owns the lock.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::RwLock;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let lock = Arc::new(RwLock::new(1));
    ///     let guard = lock.read_owned().await;
    ///     heist::spawn(async move { assert_eq!(*guard, 1) }).await.unwrap();
    /// }
    /// ```
    pub async fn read_owned(self: Arc<Self>) -> OwnedRwLockReadGuard<T> {
        never_closed(self.semaphore.acquire(1).await);
        OwnedRwLockReadGuard::new(self)
    }

    /// Blocks the thread until the value may be read.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// let lock = RwLock::new(1);
    /// assert_eq!(*lock.blocking_read(), 1);
    /// ```
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        context::block_on_sync(self.read())
    }

    /// Begins to read if that is possible at once: if nobody writes and nobody waits.
    ///
    /// # Errors
    ///
    /// If it is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// let lock = RwLock::new(1);
    /// let read = lock.try_read().unwrap();
    /// assert!(lock.try_read().is_ok());
    /// assert!(lock.try_write().is_err());
    /// ```
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        self.try_acquire(1)?;
        Ok(RwLockReadGuard::new(self))
    }

    /// As [`try_read`](Self::try_read), with a guard that owns the lock.
    ///
    /// # Errors
    ///
    /// If somebody writes or waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::RwLock;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let read = lock.clone().try_read_owned().unwrap();
    /// assert!(lock.try_write().is_err());
    /// assert_eq!(*read, 1);
    /// ```
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        self.try_acquire(1)?;
        Ok(OwnedRwLockReadGuard::new(self))
    }

    /// Waits until the value may be written: until nobody reads or writes, and those who began to wait before have been
    /// served.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let lock = RwLock::new(1);
    ///     *lock.write().await = 2;
    ///     assert_eq!(lock.into_inner(), 2);
    /// }
    /// ```
    pub async fn write(&self) -> RwLockWriteGuard<'_, T> {
        never_closed(self.semaphore.acquire(self.max_readers as usize).await);
        RwLockWriteGuard::new(self)
    }

    /// As [`write`](Self::write), with a guard that owns the lock.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::RwLock;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let lock = Arc::new(RwLock::new(1));
    ///     let mut write = lock.clone().write_owned().await;
    ///     heist::spawn(async move { *write = 2 }).await.unwrap();
    ///     assert_eq!(*lock.read().await, 2);
    /// }
    /// ```
    pub async fn write_owned(self: Arc<Self>) -> OwnedRwLockWriteGuard<T> {
        never_closed(self.semaphore.acquire(self.max_readers as usize).await);
        OwnedRwLockWriteGuard::new(self)
    }

    /// Blocks the thread until the value may be written.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// let lock = RwLock::new(1);
    /// *lock.blocking_write() = 2;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        context::block_on_sync(self.write())
    }

    /// Begins to write if that is possible at once: if nobody reads, writes or waits.
    ///
    /// # Errors
    ///
    /// If it is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// let lock = RwLock::new(1);
    /// let write = lock.try_write().unwrap();
    /// assert!(lock.try_write().is_err());
    /// assert!(lock.try_read().is_err());
    /// ```
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        self.try_acquire(self.max_readers)?;
        Ok(RwLockWriteGuard::new(self))
    }

    /// As [`try_write`](Self::try_write), with a guard that owns the lock.
    ///
    /// # Errors
    ///
    /// If somebody reads, writes or waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::RwLock;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let write = lock.clone().try_write_owned().unwrap();
    /// assert!(lock.try_read().is_err());
    /// ```
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        self.try_acquire(self.max_readers)?;
        Ok(OwnedRwLockWriteGuard::new(self))
    }

    /// The value, without locking: the borrow proves that nobody else has it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// let mut lock = RwLock::new(1);
    /// *lock.get_mut() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.with_mut(|value| {
            // SAFETY: `&mut self` rules out guards and other references.
            unsafe { &mut *value }
        })
    }

    fn try_acquire(&self, permits: u32) -> Result<(), TryLockError> {
        match self.semaphore.try_acquire(permits as usize) {
            Take::Taken => Ok(()),
            Take::Short(_) | Take::Closed => Err(TryLockError::new()),
        }
    }

    /// Where the value is, for somebody who writes under rule R1.
    fn pointer(&self) -> NonNull<T> {
        // SAFETY: the address of a field is not null.
        self.value.with_mut(|value| unsafe { NonNull::new_unchecked(value) })
    }

    /// Where the value is, for somebody who reads under rule R1. Apart from [`pointer`](Self::pointer) for the models,
    /// which tell the two kinds of access from each other.
    fn pointer_to_read(&self) -> NonNull<T> {
        // SAFETY: the address of a field is not null.
        self.value.with(|value| unsafe { NonNull::new_unchecked(value.cast_mut()) })
    }
}

/// What rule R2 makes of an acquisition's outcome.
fn never_closed(acquired: Result<(), Closed>) {
    debug_assert!(acquired.is_ok(), "rule R2");
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => debug.field("data", &&*guard),
            Err(_) => debug.field("data", &format_args!("<locked>")),
        };
        debug.finish()
    }
}

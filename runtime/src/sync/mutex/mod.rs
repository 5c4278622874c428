//! [`Mutex`]: a lock that may be held across an await. Its guards are in `guard.rs` and `owned.rs`.
//!
//! The contract, on which the unsafe code of the guards rests:
//! - **M1** A guard stands for the one permit of the mutex's semaphore: it exists from the permit's acquisition to its
//!   release, and it alone reaches the value.
//! - **M2** The semaphore is never closed, so an acquisition ends with a permit.

#![allow(unsafe_code)]

mod guard;
mod owned;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

pub use guard::{MappedMutexGuard, MutexGuard};
use heist_primitives::cell::UnsafeCell;
pub use owned::{OwnedMappedMutexGuard, OwnedMutexGuard};

use super::semaphore::permits::Take;
use super::semaphore::raw::{Closed, RawSemaphore};
use crate::runtime::context;

/// Protects a value, for tasks that hold the lock across an await.
///
/// Where no await happens under the lock, a mutex of `std` is the better choice. The lock is fair: it goes to those
/// who wait in the order in which they began to. A panic while it is held does not poison it.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::Mutex;
///
/// # futures::executor::block_on(async {
/// let count = Arc::new(Mutex::new(0));
/// *count.lock().await += 1;
/// assert_eq!(*count.lock().await, 1);
/// # });
/// ```
pub struct Mutex<T: ?Sized> {
    semaphore: RawSemaphore,
    value: UnsafeCell<T>,
}

// SAFETY: sending the mutex sends the value.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: rule M1: a shared mutex gives access to the value to one thread at a time, as if it was sent from one to
// the next.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    /// An unlocked mutex.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Mutex;
    ///
    /// let mutex = Mutex::new(1);
    /// assert_eq!(*mutex.try_lock().unwrap(), 1);
    /// ```
    pub fn new(value: T) -> Self {
        Self::from_parts(RawSemaphore::new(1), UnsafeCell::new(value))
    }

    /// The same from its parts, for constants.
    pub(super) const fn from_parts(semaphore: RawSemaphore, value: UnsafeCell<T>) -> Self {
        Self { semaphore, value }
    }

    /// The value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Mutex;
    ///
    /// assert_eq!(Mutex::new(1).into_inner(), 1);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Mutex;
    ///
    /// # futures::executor::block_on(async {
    /// let names = Mutex::new(Vec::new());
    /// names.lock().await.push("heist");
    /// # });
    /// ```
    pub async fn lock(&self) -> MutexGuard<'_, T> {
        never_closed(self.semaphore.acquire(1).await);
        MutexGuard::new(self)
    }

    /// Waits for the lock, with a guard that owns the mutex.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Mutex;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let count = Arc::new(Mutex::new(0));
    ///     let mut guard = count.clone().lock_owned().await;
    ///     // The guard may go where a borrow could not.
    ///     heist::spawn(async move { *guard += 1 }).await.unwrap();
    ///     assert_eq!(*count.lock().await, 1);
    /// }
    /// ```
    pub async fn lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        never_closed(self.semaphore.acquire(1).await);
        OwnedMutexGuard::new(self)
    }

    /// Blocks the thread until it has the lock.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Mutex;
    ///
    /// let mutex = Mutex::new(1);
    /// *mutex.blocking_lock() += 1;
    /// assert_eq!(mutex.into_inner(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        context::block_on_sync(self.lock())
    }

    /// Blocks the thread until it has the lock, with a guard that owns the mutex.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Mutex;
    ///
    /// let mutex = Arc::new(Mutex::new(1));
    /// let guard = mutex.clone().blocking_lock_owned();
    /// std::thread::spawn(move || drop(guard)).join().unwrap();
    /// assert!(mutex.try_lock().is_ok());
    /// ```
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        context::block_on_sync(self.lock_owned())
    }

    /// Takes the lock if it is free and nobody waits for it.
    ///
    /// # Errors
    ///
    /// If it is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Mutex;
    ///
    /// let mutex = Mutex::new(1);
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(mutex.try_lock().is_err());
    /// drop(guard);
    /// assert!(mutex.try_lock().is_ok());
    /// ```
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        self.try_acquire()?;
        Ok(MutexGuard::new(self))
    }

    /// As [`try_lock`](Self::try_lock), with a guard that owns the mutex.
    ///
    /// # Errors
    ///
    /// If the lock is held, or others wait for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Mutex;
    ///
    /// let mutex = Arc::new(Mutex::new(1));
    /// let guard = mutex.clone().try_lock_owned().unwrap();
    /// assert!(mutex.try_lock_owned().is_err());
    /// ```
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        self.try_acquire()?;
        Ok(OwnedMutexGuard::new(self))
    }

    /// The value, without locking: the borrow proves that nobody else has it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Mutex;
    ///
    /// let mut mutex = Mutex::new(1);
    /// *mutex.get_mut() += 1;
    /// assert_eq!(mutex.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.with_mut(|value| {
            // SAFETY: `&mut self` rules out guards and other references.
            unsafe { &mut *value }
        })
    }

    fn try_acquire(&self) -> Result<(), TryLockError> {
        match self.semaphore.try_acquire(1) {
            Take::Taken => Ok(()),
            Take::Short(_) | Take::Closed => Err(TryLockError::new()),
        }
    }

    /// Gives the permit of a guard back.
    fn unlock(&self) {
        self.semaphore.release(1);
    }

    /// Where the value is. To be dereferenced under rule M1.
    fn pointer(&self) -> *mut T {
        self.value.with_mut(|value| value)
    }
}

/// What rule M2 makes of an acquisition's outcome.
fn never_closed(acquired: Result<(), Closed>) {
    debug_assert!(acquired.is_ok(), "rule M2");
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => debug.field("data", &&*guard),
            Err(_) => debug.field("data", &format_args!("<locked>")),
        };
        debug.finish()
    }
}

/// A [`Mutex`] or [`RwLock`](super::RwLock) could not be locked at once.
///
/// # Examples
///
/// ```
/// use heist::sync::Mutex;
///
/// let mutex = Mutex::new(1);
/// let _guard = mutex.try_lock().unwrap();
/// assert_eq!(mutex.try_lock().unwrap_err().to_string(), "operation would block");
/// ```
#[derive(Debug)]
pub struct TryLockError(());

impl TryLockError {
    pub(super) fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operation would block")
    }
}

impl Error for TryLockError {}

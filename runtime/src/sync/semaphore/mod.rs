//! [`Semaphore`]: a number of permits that tasks take and give back.
//!
//! The mechanism is in `raw.rs`, its word in `permits.rs`; here is the public side.

mod error;
mod permit;
pub(crate) mod permits;
pub(crate) mod raw;

use std::sync::Arc;

pub use error::{AcquireError, TryAcquireError};
pub use permit::{OwnedSemaphorePermit, SemaphorePermit};
use permits::Take;
use raw::RawSemaphore;

use crate::runtime::context;

/// Permits that limit how many tasks do something at once.
///
/// The semaphore is fair: permits go to those who wait in the order in which they began to, and a request for many
/// permits at the head of the queue holds up the smaller ones behind it. [`try_acquire`](Self::try_acquire) does not
/// overtake the queue either.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::Semaphore;
///
/// # futures::executor::block_on(async {
/// let semaphore = Arc::new(Semaphore::new(2));
/// let first = semaphore.clone().acquire_owned().await.unwrap();
/// let second = semaphore.acquire().await.unwrap();
/// assert_eq!(semaphore.available_permits(), 0);
/// assert!(semaphore.try_acquire().is_err());
/// drop((first, second));
/// assert_eq!(semaphore.available_permits(), 2);
/// # });
/// ```
#[derive(Debug)]
pub struct Semaphore {
    raw: RawSemaphore,
}

impl Semaphore {
    /// The most permits a semaphore can have.
    ///
    /// Exceeding it panics.
    pub const MAX_PERMITS: usize = permits::MAX_PERMITS;

    /// A semaphore with `permits` permits.
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
    /// assert_eq!(Semaphore::new(3).available_permits(), 3);
    /// ```
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        Self::from_raw(RawSemaphore::new(permits))
    }

    pub(super) const fn from_raw(raw: RawSemaphore) -> Self {
        Self { raw }
    }

    /// The permits that are free now. It is 0 while somebody waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let _permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    pub fn available_permits(&self) -> usize {
        self.raw.available()
    }

    /// Adds `n` permits.
    ///
    /// # Panics
    ///
    /// If there would be more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(0);
    /// semaphore.add_permits(2);
    /// assert!(semaphore.try_acquire_many(2).is_ok());
    /// ```
    #[inline]
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        self.raw.release(n);
    }

    /// Removes up to `n` free permits for good and returns how many it removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// assert_eq!(semaphore.forget_permits(5), 3);
    /// assert_eq!(semaphore.available_permits(), 0);
    /// ```
    pub fn forget_permits(&self, n: usize) -> usize {
        self.raw.forget(n)
    }

    /// Waits for a permit.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue; no permit is lost.
    ///
    /// # Errors
    ///
    /// If the semaphore is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// # futures::executor::block_on(async {
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.acquire().await.unwrap();
    /// assert_eq!(semaphore.available_permits(), 0);
    /// drop(permit);
    /// # });
    /// ```
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.raw.acquire(1).await?;
        Ok(SemaphorePermit::new(self, 1))
    }

    /// Waits for `n` permits, to be held as one.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue; no permit is lost.
    ///
    /// # Errors
    ///
    /// If the semaphore is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let semaphore = Semaphore::new(3);
    ///     let permits = semaphore.acquire_many(2).await.unwrap();
    ///     assert_eq!((permits.num_permits(), semaphore.available_permits()), (2, 1));
    /// }
    /// ```
    pub async fn acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.raw.acquire(n as usize).await?;
        Ok(SemaphorePermit::new(self, n))
    }

    /// Takes a permit if one is free and nobody waits.
    ///
    /// # Errors
    ///
    /// [`NoPermits`](TryAcquireError::NoPermits) or [`Closed`](TryAcquireError::Closed).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert!(semaphore.try_acquire().is_err());
    /// drop(permit);
    /// assert!(semaphore.try_acquire().is_ok());
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits if that many are free and nobody waits.
    ///
    /// # Errors
    ///
    /// [`NoPermits`](TryAcquireError::NoPermits) or [`Closed`](TryAcquireError::Closed).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(2);
    /// assert!(semaphore.try_acquire_many(3).is_err());
    /// assert!(semaphore.try_acquire_many(2).is_ok());
    /// ```
    #[inline]
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_take(n)?;
        Ok(SemaphorePermit::new(self, n))
    }

    /// As [`acquire`](Self::acquire), with a permit that owns the semaphore.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue; no permit is lost.
    ///
    /// # Errors
    ///
    /// If the semaphore is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let two_at_a_time = Arc::new(Semaphore::new(2));
    ///     for _ in 0..4 {
    ///         let permit = two_at_a_time.clone().acquire_owned().await.unwrap();
    ///         heist::spawn(async move { drop(permit) });
    ///     }
    /// }
    /// ```
    pub async fn acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.raw.acquire(1).await?;
        Ok(OwnedSemaphorePermit::new(self, 1))
    }

    /// As [`acquire_many`](Self::acquire_many), with a permit that owns the semaphore.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it gives up its place in the queue; no permit is lost.
    ///
    /// # Errors
    ///
    /// If the semaphore is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let semaphore = Arc::new(Semaphore::new(3));
    ///     let permits = semaphore.clone().acquire_many_owned(2).await.unwrap();
    ///     heist::spawn(async move { drop(permits) }).await.unwrap();
    ///     assert_eq!(semaphore.available_permits(), 3);
    /// }
    /// ```
    pub async fn acquire_many_owned(self: Arc<Self>, n: u32) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.raw.acquire(n as usize).await?;
        Ok(OwnedSemaphorePermit::new(self, n))
    }

    /// As [`try_acquire`](Self::try_acquire), with a permit that owns the semaphore.
    ///
    /// # Errors
    ///
    /// [`NoPermits`](TryAcquireError::NoPermits) or [`Closed`](TryAcquireError::Closed).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = semaphore.clone().try_acquire_owned().unwrap();
    /// assert!(semaphore.try_acquire_owned().is_err());
    /// ```
    #[inline]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// As [`try_acquire_many`](Self::try_acquire_many), with a permit that owns the semaphore.
    ///
    /// # Errors
    ///
    /// [`NoPermits`](TryAcquireError::NoPermits) or [`Closed`](TryAcquireError::Closed).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// assert!(semaphore.clone().try_acquire_many_owned(3).is_err());
    /// assert!(semaphore.try_acquire_many_owned(2).is_ok());
    /// ```
    #[inline]
    pub fn try_acquire_many_owned(self: Arc<Self>, n: u32) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_take(n)?;
        Ok(OwnedSemaphorePermit::new(self, n))
    }

    /// Blocks the thread until a permit is free.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Errors
    ///
    /// If the semaphore is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(0);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| drop(semaphore.blocking_acquire().unwrap()));
    ///     semaphore.add_permits(1);
    /// });
    /// ```
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.blocking_acquire_many(1)
    }

    /// Blocks the thread until `n` permits are free.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Errors
    ///
    /// If the semaphore is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// assert_eq!(Semaphore::new(2).blocking_acquire_many(2).unwrap().num_permits(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        context::block_on_sync(self.acquire_many(n))
    }

    /// As [`blocking_acquire`](Self::blocking_acquire), with a permit that owns the semaphore.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Errors
    ///
    /// If the semaphore is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = semaphore.clone().blocking_acquire_owned().unwrap();
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.blocking_acquire_many_owned(1)
    }

    /// As [`blocking_acquire_many`](Self::blocking_acquire_many), with a permit that owns the semaphore.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Errors
    ///
    /// If the semaphore is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let permits = Arc::new(Semaphore::new(2)).blocking_acquire_many_owned(2).unwrap();
    /// assert_eq!(permits.num_permits(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_many_owned(self: Arc<Self>, n: u32) -> Result<OwnedSemaphorePermit, AcquireError> {
        context::block_on_sync(self.acquire_many_owned(n))
    }

    /// From now on nobody gets a permit, and those who wait get an error.
    ///
    /// Permits held stay valid and are given back as usual.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let semaphore = Semaphore::new(0);
    ///     let (waited, ()) = heist::join!(semaphore.acquire(), async { semaphore.close() });
    ///     assert!(waited.is_err());
    /// }
    /// ```
    pub fn close(&self) {
        self.raw.close();
    }

    /// True after [`close`](Self::close).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(1);
    /// semaphore.close();
    /// assert!(semaphore.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.raw.is_closed()
    }

    #[inline]
    fn try_take(&self, n: u32) -> Result<(), TryAcquireError> {
        match self.raw.try_acquire(n as usize) {
            Take::Taken => Ok(()),
            Take::Short(_) => Err(TryAcquireError::NoPermits),
            Take::Closed => Err(TryAcquireError::Closed),
        }
    }
}

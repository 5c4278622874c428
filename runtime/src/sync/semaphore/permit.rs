//! Permits of a [`Semaphore`], borrowing it or owning it.

use std::ptr;
use std::sync::Arc;

use super::Semaphore;

/// Permits that go back to their semaphore when dropped.
///
/// # Examples
///
/// ```
/// use heist::sync::Semaphore;
///
/// let semaphore = Semaphore::new(3);
/// let permits = semaphore.try_acquire_many(2).unwrap();
/// assert_eq!(semaphore.available_permits(), 1);
/// drop(permits);
/// assert_eq!(semaphore.available_permits(), 3);
/// ```
#[derive(Debug)]
#[must_use]
#[clippy::has_significant_drop]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    permits: u32,
}

impl<'a> SemaphorePermit<'a> {
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore, permits: u32) -> Self {
        Self { semaphore, permits }
    }

    /// Drops the permits without giving them back.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// semaphore.try_acquire_many(1).unwrap().forget();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other` to these.
    ///
    /// # Panics
    ///
    /// If `other` belongs to another semaphore, or if these would be more than `u32::MAX` permits.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let mut permits = semaphore.try_acquire_many(1).unwrap();
    /// permits.merge(semaphore.try_acquire_many(2).unwrap());
    /// assert_eq!(permits.num_permits(), 3);
    /// ```
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(ptr::eq(self.semaphore, other.semaphore), "merging permits from different semaphore instances");
        self.permits = sum(self.permits, other.permits);
        other.permits = 0;
    }

    /// Takes `n` permits out of these, or returns `None` if there are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let mut permits = semaphore.try_acquire_many(3).unwrap();
    /// drop(permits.split(1).unwrap());
    /// assert_eq!((permits.num_permits(), semaphore.available_permits()), (2, 1));
    /// assert!(permits.split(3).is_none());
    /// ```
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permits = u32::try_from(n).ok().filter(|n| *n <= self.permits)?;
        self.permits -= permits;
        Some(Self { semaphore: self.semaphore, permits })
    }

    /// How many permits these are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// assert_eq!(semaphore.try_acquire_many(2).unwrap().num_permits(), 2);
    /// ```
    pub fn num_permits(&self) -> usize {
        self.permits as usize
    }

    /// The semaphore they belong to.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let permit = semaphore.try_acquire_many(1).unwrap();
    /// assert_eq!(permit.semaphore().available_permits(), 2);
    /// ```
    pub fn semaphore(&self) -> &Semaphore {
        self.semaphore
    }
}

impl Drop for SemaphorePermit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.add_permits(self.permits as usize);
    }
}

/// Permits that own their semaphore and go back to it when dropped.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::Semaphore;
///
/// let semaphore = Arc::new(Semaphore::new(3));
/// let permits = semaphore.clone().try_acquire_many_owned(2).unwrap();
/// assert_eq!(semaphore.available_permits(), 1);
/// drop(permits);
/// assert_eq!(semaphore.available_permits(), 3);
/// ```
#[derive(Debug)]
#[must_use]
#[clippy::has_significant_drop]
pub struct OwnedSemaphorePermit {
    semaphore: Arc<Semaphore>,
    permits: u32,
}

impl OwnedSemaphorePermit {
    #[inline]
    pub(super) fn new(semaphore: Arc<Semaphore>, permits: u32) -> Self {
        Self { semaphore, permits }
    }

    /// Drops the permits without giving them back.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(3));
    /// semaphore.clone().try_acquire_many_owned(1).unwrap().forget();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other` to these.
    ///
    /// # Panics
    ///
    /// If `other` belongs to another semaphore, or if these would be more than `u32::MAX` permits.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(3));
    /// let mut permits = semaphore.clone().try_acquire_many_owned(1).unwrap();
    /// permits.merge(semaphore.clone().try_acquire_many_owned(2).unwrap());
    /// assert_eq!(permits.num_permits(), 3);
    /// ```
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(Arc::ptr_eq(&self.semaphore, &other.semaphore), "merging permits from different semaphore instances");
        self.permits = sum(self.permits, other.permits);
        other.permits = 0;
    }

    /// Takes `n` permits out of these, or returns `None` if there are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(3));
    /// let mut permits = semaphore.clone().try_acquire_many_owned(3).unwrap();
    /// drop(permits.split(1).unwrap());
    /// assert_eq!((permits.num_permits(), semaphore.available_permits()), (2, 1));
    /// assert!(permits.split(3).is_none());
    /// ```
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permits = u32::try_from(n).ok().filter(|n| *n <= self.permits)?;
        self.permits -= permits;
        Some(Self { semaphore: self.semaphore.clone(), permits })
    }

    /// How many permits these are.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(3));
    /// assert_eq!(semaphore.clone().try_acquire_many_owned(2).unwrap().num_permits(), 2);
    /// ```
    pub fn num_permits(&self) -> usize {
        self.permits as usize
    }

    /// The semaphore they belong to.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(3));
    /// let permit = semaphore.clone().try_acquire_many_owned(1).unwrap();
    /// assert_eq!(permit.semaphore().available_permits(), 2);
    /// ```
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.semaphore
    }
}

impl Drop for OwnedSemaphorePermit {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.add_permits(self.permits as usize);
    }
}

#[track_caller]
fn sum(these: u32, others: u32) -> u32 {
    these.checked_add(others).expect("merged permits must not be more than `u32::MAX`")
}

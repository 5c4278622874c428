//! Permits of a [`Semaphore`], borrowing it or owning it.

use std::ptr;
use std::sync::Arc;

use super::Semaphore;

/// Permits that go back to their semaphore when dropped.
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
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other` to these.
    ///
    /// # Panics
    ///
    /// If `other` belongs to another semaphore, or if these would be more than `u32::MAX` permits.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(ptr::eq(self.semaphore, other.semaphore), "merging permits from different semaphore instances");
        self.permits = sum(self.permits, other.permits);
        other.permits = 0;
    }

    /// Takes `n` permits out of these, or returns `None` if there are fewer.
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permits = u32::try_from(n).ok().filter(|n| *n <= self.permits)?;
        self.permits -= permits;
        Some(Self { semaphore: self.semaphore, permits })
    }

    /// How many permits these are.
    pub fn num_permits(&self) -> usize {
        self.permits as usize
    }

    /// The semaphore they belong to.
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
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other` to these.
    ///
    /// # Panics
    ///
    /// If `other` belongs to another semaphore, or if these would be more than `u32::MAX` permits.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(Arc::ptr_eq(&self.semaphore, &other.semaphore), "merging permits from different semaphore instances");
        self.permits = sum(self.permits, other.permits);
        other.permits = 0;
    }

    /// Takes `n` permits out of these, or returns `None` if there are fewer.
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permits = u32::try_from(n).ok().filter(|n| *n <= self.permits)?;
        self.permits -= permits;
        Some(Self { semaphore: self.semaphore.clone(), permits })
    }

    /// How many permits these are.
    pub fn num_permits(&self) -> usize {
        self.permits as usize
    }

    /// The semaphore they belong to.
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

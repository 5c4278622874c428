//! What the guards of a [`RwLock`] hold and give back when they are dropped: permits, of a lock that is borrowed or
//! owned. It is apart from the pointer to the value, so that a guard can be taken to pieces and made into another.

use std::mem;
use std::sync::Arc;

use heist_primitives::mutation;

use super::RwLock;
use crate::sync::semaphore::raw::RawSemaphore;

/// Permits of a lock that is borrowed.
pub(super) struct Held<'a> {
    pub(super) semaphore: &'a RawSemaphore,
    /// One of a reader, all of a writer.
    pub(super) permits: u32,
}

impl Held<'_> {
    /// Makes a writer's permits a reader's.
    pub(super) fn downgrade(&mut self) {
        // The count is changed first: nothing is given back twice if a waker panics.
        let kept = u32::from(!mutation::on("rwlock_downgrade_lets_go"));
        let permits = mem::replace(&mut self.permits, kept);
        self.semaphore.release((permits - kept) as usize);
    }
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.release(self.permits as usize);
    }
}

/// Permits of a lock that is owned too.
pub(super) struct OwnedHeld<T: ?Sized> {
    pub(super) lock: Arc<RwLock<T>>,
    /// One of a reader, all of a writer.
    pub(super) permits: u32,
}

impl<T: ?Sized> OwnedHeld<T> {
    /// As [`Held::downgrade`].
    pub(super) fn downgrade(&mut self) {
        let permits = mem::replace(&mut self.permits, 1);
        self.lock.semaphore.release(permits as usize - 1);
    }
}

impl<T: ?Sized> Drop for OwnedHeld<T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.semaphore.release(self.permits as usize);
    }
}

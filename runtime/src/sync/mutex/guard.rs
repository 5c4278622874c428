//! The guards that borrow their [`Mutex`]. The rules cited are those of the module above.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::Mutex;
use crate::sync::semaphore::raw::RawSemaphore;

/// Holds the lock of a [`Mutex`] until dropped.
///
/// # Examples
///
/// ```
/// use heist::sync::Mutex;
///
/// #[heist::main]
/// async fn main() {
///     let mutex = Mutex::new(1);
///     let mut guard = mutex.lock().await;
///     *guard += 1;
///     drop(guard);
///     assert_eq!(mutex.into_inner(), 2);
/// }
/// ```
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    /// Makes the guard `Sync` only if `T` is.
    _value: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The caller has just acquired the permit.
    pub(super) fn new(mutex: &'a Mutex<T>) -> Self {
        Self { mutex, _value: PhantomData }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// An associated function, since methods of the value come first.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{Mutex, MutexGuard};
    ///
    /// # futures::executor::block_on(async {
    /// let pair = Mutex::new((1, 2));
    /// *MutexGuard::map(pair.lock().await, |pair| &mut pair.1) = 3;
    /// assert_eq!(*pair.lock().await, (1, 3));
    /// # });
    /// ```
    #[inline]
    pub fn map<U, F>(mut this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = NonNull::from(f(&mut *this));
        this.into_mapped(part)
    }

    /// Narrows the guard to a part of the value, if there is one.
    ///
    /// # Errors
    ///
    /// The guard itself, if `f` returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{Mutex, MutexGuard};
    ///
    /// let list = Mutex::new(vec![1]);
    /// let guard = list.try_lock().unwrap();
    /// // There is no second element, so the guard comes back.
    /// let guard = MutexGuard::try_map(guard, |list| list.get_mut(1)).unwrap_err();
    /// *MutexGuard::try_map(guard, |list| list.get_mut(0)).unwrap() = 2;
    /// assert_eq!(list.into_inner(), [2]);
    /// ```
    #[inline]
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(NonNull::from) {
            Some(part) => Ok(this.into_mapped(part)),
            None => Err(this),
        }
    }

    /// The mutex.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new(1);
    /// let guard = mutex.try_lock().unwrap();
    /// let again: &Mutex<i32> = MutexGuard::mutex(&guard);
    /// drop(guard);
    /// assert!(again.try_lock().is_ok());
    /// ```
    #[inline]
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.mutex
    }

    fn into_mapped<U: ?Sized>(self, part: NonNull<U>) -> MappedMutexGuard<'a, U> {
        let this = ManuallyDrop::new(self);
        MappedMutexGuard { semaphore: &this.mutex.semaphore, part, _value: PhantomData }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.mutex.unlock();
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: rule M1, and the value lives as long as the mutex.
        unsafe { &*self.mutex.pointer() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: rule M1, and the guard is borrowed exclusively.
        unsafe { &mut *self.mutex.pointer() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Holds the lock of a [`Mutex`] for access to a part of its value; made by [`MutexGuard::map`].
///
/// # Examples
///
/// ```
/// use heist::sync::{MappedMutexGuard, Mutex, MutexGuard};
///
/// fn second(pair: &Mutex<(u8, u8)>) -> MappedMutexGuard<'_, u8> {
///     MutexGuard::map(pair.try_lock().unwrap(), |pair| &mut pair.1)
/// }
/// assert_eq!(*second(&Mutex::new((1, 2))), 2);
/// ```
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    semaphore: &'a RawSemaphore,
    part: NonNull<T>,
    _value: PhantomData<&'a mut T>,
}

// SAFETY: the guard is an exclusive borrow of `T` (rule M1), which may be sent if `T` may.
unsafe impl<'a, T: ?Sized + Send + 'a> Send for MappedMutexGuard<'a, T> {}
// SAFETY: a shared guard gives out `&T` only.
unsafe impl<'a, T: ?Sized + Sync + 'a> Sync for MappedMutexGuard<'a, T> {}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{MappedMutexGuard, Mutex, MutexGuard};
    ///
    /// let nested = Mutex::new((1, (2, 3)));
    /// let inner = MutexGuard::map(nested.try_lock().unwrap(), |outer| &mut outer.1);
    /// *MappedMutexGuard::map(inner, |inner| &mut inner.0) = 4;
    /// assert_eq!(nested.into_inner(), (1, (4, 3)));
    /// ```
    #[inline]
    pub fn map<U, F>(mut this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = NonNull::from(f(&mut *this));
        this.into_mapped(part)
    }

    /// Narrows the guard further, if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard itself, if `f` returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{MappedMutexGuard, Mutex, MutexGuard};
    ///
    /// let lists = Mutex::new((vec![1], vec![2]));
    /// let list = MutexGuard::map(lists.try_lock().unwrap(), |lists| &mut lists.1);
    /// let first = MappedMutexGuard::try_map(list, |list| list.first_mut());
    /// assert_eq!(*first.unwrap(), 2);
    /// ```
    #[inline]
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(NonNull::from) {
            Some(part) => Ok(this.into_mapped(part)),
            None => Err(this),
        }
    }

    fn into_mapped<U: ?Sized>(self, part: NonNull<U>) -> MappedMutexGuard<'a, U> {
        let this = ManuallyDrop::new(self);
        MappedMutexGuard { semaphore: this.semaphore, part, _value: PhantomData }
    }
}

impl<T: ?Sized> Drop for MappedMutexGuard<'_, T> {
    fn drop(&mut self) {
        self.semaphore.release(1);
    }
}

impl<T: ?Sized> Deref for MappedMutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: rule M1, for a part of the value.
        unsafe { self.part.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for MappedMutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: rule M1, for a part of the value, and the guard is borrowed exclusively.
        unsafe { self.part.as_mut() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MappedMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MappedMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

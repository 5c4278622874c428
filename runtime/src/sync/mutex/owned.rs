//! The guards that own their [`Mutex`]. The rules cited are those of the module above.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

use super::Mutex;

/// What unlocks when dropped; the owned guards are made of it, so that they can be taken apart.
struct Locked<T: ?Sized>(Arc<Mutex<T>>);

impl<T: ?Sized> Drop for Locked<T> {
    fn drop(&mut self) {
        self.0.unlock();
    }
}

/// Holds the lock of a [`Mutex`], and the mutex, until dropped.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::{Mutex, OwnedMutexGuard};
///
/// #[heist::main]
/// async fn main() {
///     let guard: OwnedMutexGuard<i32> = Arc::new(Mutex::new(1)).lock_owned().await;
///     // It keeps the mutex alive.
///     assert_eq!(*guard, 1);
/// }
/// ```
#[clippy::has_significant_drop]
pub struct OwnedMutexGuard<T: ?Sized> {
    locked: Locked<T>,
    /// Makes the guard `Sync` only if `T` is, and `Unpin` whatever `T` is.
    _value: PhantomData<Box<T>>,
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    /// The caller has just acquired the permit.
    pub(super) fn new(mutex: Arc<Mutex<T>>) -> Self {
        Self { locked: Locked(mutex), _value: PhantomData }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{Mutex, OwnedMutexGuard};
    ///
    /// # futures::executor::block_on(async {
    /// let pair = Arc::new(Mutex::new((1, 2)));
    /// let guard = pair.clone().lock_owned().await;
    /// *OwnedMutexGuard::map(guard, |pair| &mut pair.1) = 3;
    /// assert_eq!(*pair.lock().await, (1, 3));
    /// # });
    /// ```
    #[inline]
    pub fn map<U, F>(mut this: Self, f: F) -> OwnedMappedMutexGuard<T, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = NonNull::from(f(&mut *this));
        OwnedMappedMutexGuard { locked: this.locked, part, _value: PhantomData }
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
    /// use std::sync::Arc;
    /// use heist::sync::{Mutex, OwnedMutexGuard};
    ///
    /// let list = Arc::new(Mutex::new(vec![1]));
    /// let guard = list.clone().try_lock_owned().unwrap();
    /// let guard = OwnedMutexGuard::try_map(guard, |list| list.get_mut(1)).unwrap_err();
    /// assert!(OwnedMutexGuard::try_map(guard, |list| list.get_mut(0)).is_ok());
    /// ```
    #[inline]
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(NonNull::from) {
            Some(part) => Ok(OwnedMappedMutexGuard { locked: this.locked, part, _value: PhantomData }),
            None => Err(this),
        }
    }

    /// The mutex.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{Mutex, OwnedMutexGuard};
    ///
    /// let mutex = Arc::new(Mutex::new(1));
    /// let guard = mutex.clone().try_lock_owned().unwrap();
    /// assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex));
    /// ```
    #[inline]
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        &this.locked.0
    }
}

impl<T: ?Sized> Deref for OwnedMutexGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: rule M1, and the guard keeps the mutex alive.
        unsafe { &*self.locked.0.pointer() }
    }
}

impl<T: ?Sized> DerefMut for OwnedMutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: rule M1, and the guard is borrowed exclusively.
        unsafe { &mut *self.locked.0.pointer() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Holds the lock of a [`Mutex`], and the mutex, for access to a part `U` of its value; made by
/// [`OwnedMutexGuard::map`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};
///
/// let pair = Arc::new(Mutex::new((1, "two")));
/// let guard: OwnedMappedMutexGuard<(i32, &str), &str> =
///     OwnedMutexGuard::map(pair.try_lock_owned().unwrap(), |pair| &mut pair.1);
/// assert_eq!(*guard, "two");
/// ```
#[clippy::has_significant_drop]
pub struct OwnedMappedMutexGuard<T: ?Sized, U: ?Sized = T> {
    locked: Locked<T>,
    part: NonNull<U>,
    /// `*mut U`: whoever can write to a `U` must not be able to take it for one with a shorter lifetime.
    _value: PhantomData<(*mut U, Box<T>)>,
}

// SAFETY: the guard is an exclusive borrow of `U` (rule M1), and may drop the mutex with the `T` in it.
unsafe impl<T: ?Sized + Send, U: ?Sized + Send> Send for OwnedMappedMutexGuard<T, U> {}
// SAFETY: a shared guard gives out `&U` only.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync> Sync for OwnedMappedMutexGuard<T, U> {}

impl<T: ?Sized, U: ?Sized> OwnedMappedMutexGuard<T, U> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};
    ///
    /// let nested = Arc::new(Mutex::new((1, (2, 3))));
    /// let inner = OwnedMutexGuard::map(nested.try_lock_owned().unwrap(), |outer| &mut outer.1);
    /// let first = OwnedMappedMutexGuard::map(inner, |inner| &mut inner.0);
    /// assert_eq!(*first, 2);
    /// ```
    #[inline]
    pub fn map<S, F>(mut this: Self, f: F) -> OwnedMappedMutexGuard<T, S>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> &mut S,
    {
        let part = NonNull::from(f(&mut *this));
        OwnedMappedMutexGuard { locked: this.locked, part, _value: PhantomData }
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
    /// use std::sync::Arc;
    /// use heist::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};
    ///
    /// let lists = Arc::new(Mutex::new((vec![1], vec![2])));
    /// let list = OwnedMutexGuard::map(lists.try_lock_owned().unwrap(), |lists| &mut lists.1);
    /// let first = OwnedMappedMutexGuard::try_map(list, |list| list.first_mut());
    /// assert_eq!(*first.unwrap(), 2);
    /// ```
    #[inline]
    pub fn try_map<S, F>(mut this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, S>, Self>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> Option<&mut S>,
    {
        match f(&mut *this).map(NonNull::from) {
            Some(part) => Ok(OwnedMappedMutexGuard { locked: this.locked, part, _value: PhantomData }),
            None => Err(this),
        }
    }
}

impl<T: ?Sized, U: ?Sized> Deref for OwnedMappedMutexGuard<T, U> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: rule M1, for a part of the value that the guard keeps alive.
        unsafe { self.part.as_ref() }
    }
}

impl<T: ?Sized, U: ?Sized> DerefMut for OwnedMappedMutexGuard<T, U> {
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: rule M1, for a part of the value, and the guard is borrowed exclusively.
        unsafe { self.part.as_mut() }
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for OwnedMappedMutexGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Display> fmt::Display for OwnedMappedMutexGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

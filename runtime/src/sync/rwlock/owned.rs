//! The guards that own their [`RwLock`]. The rules cited are those of the module above.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

use super::RwLock;
use super::held::OwnedHeld;

/// Holds a [`RwLock`] for reading, and the lock, until dropped.
///
/// It gives access to a `U`: the value itself or, after [`map`](Self::map), a part of it.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::{OwnedRwLockReadGuard, RwLock};
///
/// #[heist::main]
/// async fn main() {
///     let guard: OwnedRwLockReadGuard<i32> = Arc::new(RwLock::new(1)).read_owned().await;
///     // It keeps the lock alive.
///     assert_eq!(*guard, 1);
/// }
/// ```
#[clippy::has_significant_drop]
pub struct OwnedRwLockReadGuard<T: ?Sized, U: ?Sized = T> {
    held: OwnedHeld<T>,
    value: NonNull<U>,
    _lock: PhantomData<T>,
}

// SAFETY: the guard is a shared borrow of `U` (rule R1), and may drop the lock with the `T` in it.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Sync> Send for OwnedRwLockReadGuard<T, U> {}
// SAFETY: a shared guard gives out `&U`, and the lock, from which others get `&T`.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync> Sync for OwnedRwLockReadGuard<T, U> {}

impl<T: ?Sized> OwnedRwLockReadGuard<T> {
    /// The caller has just acquired a permit.
    pub(super) fn new(lock: Arc<RwLock<T>>) -> Self {
        let value = lock.pointer_to_read();
        Self { held: OwnedHeld { lock, permits: 1 }, value, _lock: PhantomData }
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockReadGuard<T, U> {
    /// Narrows the guard to a part of the value.
    ///
    /// An associated function, since methods of the value come first.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockReadGuard, RwLock};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let pair = Arc::new(RwLock::new((1, 2)));
    ///     let second = OwnedRwLockReadGuard::map(pair.read_owned().await, |pair| &pair.1);
    ///     assert_eq!(*second, 2);
    /// }
    /// ```
    #[inline]
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
    {
        let value = NonNull::from(f(&*this));
        OwnedRwLockReadGuard { held: this.held, value, _lock: PhantomData }
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
    /// use heist::sync::{OwnedRwLockReadGuard, RwLock};
    ///
    /// let list = Arc::new(RwLock::new(vec![1]));
    /// let guard = list.try_read_owned().unwrap();
    /// let guard = OwnedRwLockReadGuard::try_map(guard, |list| list.get(1)).unwrap_err();
    /// assert_eq!(*OwnedRwLockReadGuard::try_map(guard, |list| list.get(0)).unwrap(), 1);
    /// ```
    #[inline]
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        match f(&*this).map(NonNull::from) {
            Some(value) => Ok(OwnedRwLockReadGuard { held: this.held, value, _lock: PhantomData }),
            None => Err(this),
        }
    }

    /// The lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockReadGuard, RwLock};
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let guard = lock.clone().try_read_owned().unwrap();
    /// assert!(Arc::ptr_eq(OwnedRwLockReadGuard::rwlock(&guard), &lock));
    /// ```
    #[inline]
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.held.lock
    }
}

impl<T: ?Sized, U: ?Sized> Deref for OwnedRwLockReadGuard<T, U> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: rules R1 and R3, and the guard keeps the lock alive.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for OwnedRwLockReadGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Display> fmt::Display for OwnedRwLockReadGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Holds a [`RwLock`] for writing, and the lock, until dropped.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::{OwnedRwLockWriteGuard, RwLock};
///
/// #[heist::main]
/// async fn main() {
///     let lock = Arc::new(RwLock::new(1));
///     let mut guard: OwnedRwLockWriteGuard<i32> = lock.clone().write_owned().await;
///     *guard = 2;
///     drop(guard);
///     assert_eq!(*lock.read().await, 2);
/// }
/// ```
#[clippy::has_significant_drop]
pub struct OwnedRwLockWriteGuard<T: ?Sized> {
    held: OwnedHeld<T>,
    value: NonNull<T>,
    _lock: PhantomData<T>,
}

// SAFETY: the guard is an exclusive borrow of `T` (rule R1), and may drop the lock with the `T` in it.
unsafe impl<T: ?Sized + Send + Sync> Send for OwnedRwLockWriteGuard<T> {}
// SAFETY: a shared guard gives out `&T`, and the lock.
unsafe impl<T: ?Sized + Send + Sync> Sync for OwnedRwLockWriteGuard<T> {}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    /// The caller has just acquired all permits.
    pub(super) fn new(lock: Arc<RwLock<T>>) -> Self {
        let (value, permits) = (lock.pointer(), lock.max_readers);
        Self { held: OwnedHeld { lock, permits }, value, _lock: PhantomData }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// An associated function, since methods of the value come first. The new guard cannot be downgraded.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockWriteGuard, RwLock};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let pair = Arc::new(RwLock::new((1, 2)));
    ///     let guard = pair.clone().write_owned().await;
    ///     *OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.1) = 3;
    ///     assert_eq!(*pair.read().await, (1, 3));
    /// }
    /// ```
    #[inline]
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut *this));
        OwnedRwLockMappedWriteGuard { held: this.held, value, _lock: PhantomData }
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
    /// use heist::sync::{OwnedRwLockWriteGuard, RwLock};
    ///
    /// let list = Arc::new(RwLock::new(vec![1]));
    /// let guard = list.try_write_owned().unwrap();
    /// let guard = OwnedRwLockWriteGuard::try_map(guard, |list| list.get_mut(1)).unwrap_err();
    /// assert!(OwnedRwLockWriteGuard::try_map(guard, |list| list.get_mut(0)).is_ok());
    /// ```
    #[inline]
    pub fn try_map<F, U: ?Sized>(mut this: Self, f: F) -> Result<OwnedRwLockMappedWriteGuard<T, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(NonNull::from) {
            Some(value) => Ok(OwnedRwLockMappedWriteGuard { held: this.held, value, _lock: PhantomData }),
            None => Err(this),
        }
    }

    /// The same as a mapped guard, for functions that want one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
    ///
    /// fn increase(mut number: OwnedRwLockMappedWriteGuard<i32>) {
    ///     *number += 1;
    /// }
    /// let lock = Arc::new(RwLock::new(1));
    /// increase(OwnedRwLockWriteGuard::into_mapped(lock.clone().try_write_owned().unwrap()));
    /// assert_eq!(*lock.try_read().unwrap(), 2);
    /// ```
    #[inline]
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T> {
        OwnedRwLockMappedWriteGuard { held: this.held, value: this.value, _lock: PhantomData }
    }

    /// Lets others read, and reads on: nobody can write in between.
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
    ///     *write = 2;
    ///     let read = write.downgrade();
    ///     assert_eq!(*read, *lock.read().await);
    /// }
    /// ```
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T> {
        let value = self.value;
        self.into_read(value)
    }

    /// Narrows the guard to a part of the value and lets others read.
    ///
    /// `f` sees the value before others may.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockWriteGuard, RwLock};
    ///
    /// let pair = Arc::new(RwLock::new((1, 2)));
    /// let guard = pair.clone().try_write_owned().unwrap();
    /// let second = OwnedRwLockWriteGuard::downgrade_map(guard, |pair| &pair.1);
    /// assert_eq!(*second, pair.try_read().unwrap().1);
    /// ```
    #[inline]
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let value = NonNull::from(f(&*this));
        this.into_read(value)
    }

    /// Narrows the guard to a part of the value, if there is one, and lets others read then.
    ///
    /// # Errors
    ///
    /// The guard itself, still writing, if `f` returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockWriteGuard, RwLock};
    ///
    /// let list = Arc::new(RwLock::new(vec![1]));
    /// let guard = list.clone().try_write_owned().unwrap();
    /// let first = OwnedRwLockWriteGuard::try_downgrade_map(guard, |list| list.first()).unwrap();
    /// assert_eq!(*first, list.try_read().unwrap()[0]);
    /// ```
    #[inline]
    pub fn try_downgrade_map<F, U: ?Sized>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&*this).map(NonNull::from) {
            Some(value) => Ok(this.into_read(value)),
            None => Err(this),
        }
    }

    /// The lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockWriteGuard, RwLock};
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let guard = lock.clone().try_write_owned().unwrap();
    /// assert!(Arc::ptr_eq(OwnedRwLockWriteGuard::rwlock(&guard), &lock));
    /// ```
    #[inline]
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.held.lock
    }

    fn into_read<U: ?Sized>(self, value: NonNull<U>) -> OwnedRwLockReadGuard<T, U> {
        let mut held = self.held;
        held.downgrade();
        OwnedRwLockReadGuard { held, value, _lock: PhantomData }
    }
}

impl<T: ?Sized> Deref for OwnedRwLockWriteGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: rule R1, and the guard keeps the lock alive.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for OwnedRwLockWriteGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: rule R1, and the guard is borrowed exclusively.
        unsafe { self.value.as_mut() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedRwLockWriteGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for OwnedRwLockWriteGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Holds a [`RwLock`] for writing to a part `U` of its value, and the lock; made by [`OwnedRwLockWriteGuard::map`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
///
/// let pair = Arc::new(RwLock::new((1, "two")));
/// let guard: OwnedRwLockMappedWriteGuard<(i32, &str), &str> =
///     OwnedRwLockWriteGuard::map(pair.try_write_owned().unwrap(), |pair| &mut pair.1);
/// assert_eq!(*guard, "two");
/// ```
#[clippy::has_significant_drop]
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized, U: ?Sized = T> {
    held: OwnedHeld<T>,
    value: NonNull<U>,
    /// `*mut U`: whoever can write to a `U` must not be able to take it for one with a shorter lifetime.
    _lock: PhantomData<(*mut U, T)>,
}

// SAFETY: the guard is an exclusive borrow of `U` (rules R1 and R3), and may drop the lock with the `T` in it.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync> Send for OwnedRwLockMappedWriteGuard<T, U> {}
// SAFETY: a shared guard gives out `&U`, and the lock.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync> Sync for OwnedRwLockMappedWriteGuard<T, U> {}

impl<T: ?Sized, U: ?Sized> OwnedRwLockMappedWriteGuard<T, U> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
    ///
    /// let nested = Arc::new(RwLock::new((1, (2, 3))));
    /// let inner = OwnedRwLockWriteGuard::map(nested.try_write_owned().unwrap(), |outer| &mut outer.1);
    /// let first = OwnedRwLockMappedWriteGuard::map(inner, |inner| &mut inner.0);
    /// assert_eq!(*first, 2);
    /// ```
    #[inline]
    pub fn map<F, V: ?Sized>(mut this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        let value = NonNull::from(f(&mut *this));
        OwnedRwLockMappedWriteGuard { held: this.held, value, _lock: PhantomData }
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
    /// use heist::sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
    ///
    /// let lists = Arc::new(RwLock::new((vec![1], vec![2])));
    /// let list = OwnedRwLockWriteGuard::map(lists.try_write_owned().unwrap(), |lists| &mut lists.1);
    /// let first = OwnedRwLockMappedWriteGuard::try_map(list, |list| list.first_mut());
    /// assert_eq!(*first.unwrap(), 2);
    /// ```
    #[inline]
    pub fn try_map<F, V: ?Sized>(mut this: Self, f: F) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        match f(&mut *this).map(NonNull::from) {
            Some(value) => Ok(OwnedRwLockMappedWriteGuard { held: this.held, value, _lock: PhantomData }),
            None => Err(this),
        }
    }

    /// The lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let guard = OwnedRwLockWriteGuard::into_mapped(lock.clone().try_write_owned().unwrap());
    /// assert!(Arc::ptr_eq(OwnedRwLockMappedWriteGuard::rwlock(&guard), &lock));
    /// ```
    #[inline]
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.held.lock
    }
}

impl<T: ?Sized, U: ?Sized> Deref for OwnedRwLockMappedWriteGuard<T, U> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: rules R1 and R3, and the guard keeps the lock alive.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized, U: ?Sized> DerefMut for OwnedRwLockMappedWriteGuard<T, U> {
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: rules R1 and R3, and the guard is borrowed exclusively.
        unsafe { self.value.as_mut() }
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for OwnedRwLockMappedWriteGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Display> fmt::Display for OwnedRwLockMappedWriteGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

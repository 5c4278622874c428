//! The guards that borrow their [`RwLock`]. The rules cited are those of the module above.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::RwLock;
use super::held::Held;

/// Holds a [`RwLock`] for reading until dropped.
///
/// # Examples
///
/// ```
/// use heist::sync::RwLock;
///
/// #[heist::main]
/// async fn main() {
///     let lock = RwLock::new(1);
///     let read = lock.read().await;
///     assert_eq!(*read + *lock.read().await, 2);
/// }
/// ```
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    held: Held<'a>,
    value: NonNull<T>,
    _value: PhantomData<&'a T>,
}

// SAFETY: the guard is a shared borrow of `T` (rule R1), which may be sent if `T` may be shared.
unsafe impl<T: ?Sized + Sync> Send for RwLockReadGuard<'_, T> {}
// SAFETY: a shared guard gives out `&T` only.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLockReadGuard<'_, T> {}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// The caller has just acquired a permit.
    pub(super) fn new(lock: &'a RwLock<T>) -> Self {
        let held = Held { semaphore: &lock.semaphore, permits: 1 };
        Self { held, value: lock.pointer_to_read(), _value: PhantomData }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// An associated function, since methods of the value come first.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{RwLock, RwLockReadGuard};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let pair = RwLock::new((1, 2));
    ///     let second = RwLockReadGuard::map(pair.read().await, |pair| &pair.1);
    ///     assert_eq!(*second, 2);
    /// }
    /// ```
    #[inline]
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let value = NonNull::from(f(&*this));
        RwLockReadGuard { held: this.held, value, _value: PhantomData }
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
    /// use heist::sync::{RwLock, RwLockReadGuard};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let name = RwLock::new(Some("heist"));
    ///     let name = RwLockReadGuard::try_map(name.read().await, Option::as_ref).unwrap();
    ///     assert_eq!(*name, "heist");
    /// }
    /// ```
    #[inline]
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&*this).map(NonNull::from) {
            Some(value) => Ok(RwLockReadGuard { held: this.held, value, _value: PhantomData }),
            None => Err(this),
        }
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: rules R1 and R3.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Holds a [`RwLock`] for writing until dropped.
///
/// # Examples
///
/// ```
/// use heist::sync::RwLock;
///
/// #[heist::main]
/// async fn main() {
///     let lock = RwLock::new(1);
///     let mut write = lock.write().await;
///     *write += 1;
///     assert!(lock.try_read().is_err());
/// }
/// ```
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    held: Held<'a>,
    value: NonNull<T>,
    _value: PhantomData<&'a mut T>,
}

// SAFETY: the guard is an exclusive borrow of `T` (rule R1), which may be sent if `T` may. A guard that reads, to which
// it can be downgraded, shares `T` besides.
unsafe impl<T: ?Sized + Send + Sync> Send for RwLockWriteGuard<'_, T> {}
// SAFETY: a shared guard gives out `&T` only.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLockWriteGuard<'_, T> {}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// The caller has just acquired all permits.
    pub(super) fn new(lock: &'a RwLock<T>) -> Self {
        let held = Held { semaphore: &lock.semaphore, permits: lock.max_readers };
        Self { held, value: lock.pointer(), _value: PhantomData }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// An associated function, since methods of the value come first. The new guard cannot be downgraded.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{RwLock, RwLockWriteGuard};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let pair = RwLock::new((1, 2));
    ///     *RwLockWriteGuard::map(pair.write().await, |pair| &mut pair.1) = 3;
    ///     assert_eq!(*pair.read().await, (1, 3));
    /// }
    /// ```
    #[inline]
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut *this));
        RwLockMappedWriteGuard { held: this.held, value, _value: PhantomData }
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
    /// use heist::sync::{RwLock, RwLockWriteGuard};
    ///
    /// let list = RwLock::new(vec![1]);
    /// let guard = list.try_write().unwrap();
    /// let guard = RwLockWriteGuard::try_map(guard, |list| list.get_mut(1)).unwrap_err();
    /// *RwLockWriteGuard::try_map(guard, |list| list.get_mut(0)).unwrap() = 2;
    /// assert_eq!(list.into_inner(), [2]);
    /// ```
    #[inline]
    pub fn try_map<F, U: ?Sized>(mut this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(NonNull::from) {
            Some(value) => Ok(RwLockMappedWriteGuard { held: this.held, value, _value: PhantomData }),
            None => Err(this),
        }
    }

    /// The same as a mapped guard, for functions that want one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{RwLock, RwLockMappedWriteGuard, RwLockWriteGuard};
    ///
    /// fn increase(mut number: RwLockMappedWriteGuard<'_, i32>) {
    ///     *number += 1;
    /// }
    /// let lock = RwLock::new(1);
    /// increase(RwLockWriteGuard::into_mapped(lock.try_write().unwrap()));
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[inline]
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        RwLockMappedWriteGuard { held: this.held, value: this.value, _value: PhantomData }
    }

    /// Lets others read, and reads on: nobody can write in between.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::RwLock;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let lock = RwLock::new(1);
    ///     let mut write = lock.write().await;
    ///     *write = 2;
    ///     let read = write.downgrade();
    ///     assert_eq!(*read, *lock.read().await);
    /// }
    /// ```
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
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
    /// use heist::sync::{RwLock, RwLockWriteGuard};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let pair = RwLock::new((1, 2));
    ///     let second = RwLockWriteGuard::downgrade_map(pair.write().await, |pair| &pair.1);
    ///     assert_eq!(*second, pair.read().await.1);
    /// }
    /// ```
    #[inline]
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
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
    /// use heist::sync::{RwLock, RwLockWriteGuard};
    ///
    /// let list = RwLock::new(vec![1]);
    /// let guard = list.try_write().unwrap();
    /// let first = RwLockWriteGuard::try_downgrade_map(guard, |list| list.first()).unwrap();
    /// assert_eq!(*first, 1);
    /// assert!(list.try_read().is_ok());
    /// ```
    #[inline]
    pub fn try_downgrade_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&*this).map(NonNull::from) {
            Some(value) => Ok(this.into_read(value)),
            None => Err(this),
        }
    }

    fn into_read<U: ?Sized>(self, value: NonNull<U>) -> RwLockReadGuard<'a, U> {
        let mut held = self.held;
        held.downgrade();
        RwLockReadGuard { held, value, _value: PhantomData }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: rule R1.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: rule R1, and the guard is borrowed exclusively.
        unsafe { self.value.as_mut() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Holds a [`RwLock`] for writing to a part of its value; made by [`RwLockWriteGuard::map`].
///
/// # Examples
///
/// ```
/// use heist::sync::{RwLock, RwLockMappedWriteGuard, RwLockWriteGuard};
///
/// let pair = RwLock::new((1, 2));
/// let guard: RwLockMappedWriteGuard<'_, i32> =
///     RwLockWriteGuard::map(pair.try_write().unwrap(), |pair| &mut pair.1);
/// assert_eq!(*guard, 2);
/// ```
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized> {
    held: Held<'a>,
    value: NonNull<T>,
    _value: PhantomData<&'a mut T>,
}

// SAFETY: the guard is an exclusive borrow of `T` (rules R1 and R3), which may be sent if `T` may.
unsafe impl<T: ?Sized + Send + Sync> Send for RwLockMappedWriteGuard<'_, T> {}
// SAFETY: a shared guard gives out `&T` only.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLockMappedWriteGuard<'_, T> {}

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{RwLock, RwLockMappedWriteGuard, RwLockWriteGuard};
    ///
    /// let nested = RwLock::new((1, (2, 3)));
    /// let inner = RwLockWriteGuard::map(nested.try_write().unwrap(), |outer| &mut outer.1);
    /// *RwLockMappedWriteGuard::map(inner, |inner| &mut inner.0) = 4;
    /// assert_eq!(nested.into_inner(), (1, (4, 3)));
    /// ```
    #[inline]
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut *this));
        RwLockMappedWriteGuard { held: this.held, value, _value: PhantomData }
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
    /// use heist::sync::{RwLock, RwLockMappedWriteGuard, RwLockWriteGuard};
    ///
    /// let lists = RwLock::new((vec![1], vec![2]));
    /// let list = RwLockWriteGuard::map(lists.try_write().unwrap(), |lists| &mut lists.1);
    /// let first = RwLockMappedWriteGuard::try_map(list, |list| list.first_mut());
    /// assert_eq!(*first.unwrap(), 2);
    /// ```
    #[inline]
    pub fn try_map<F, U: ?Sized>(mut this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(NonNull::from) {
            Some(value) => Ok(RwLockMappedWriteGuard { held: this.held, value, _value: PhantomData }),
            None => Err(this),
        }
    }
}

impl<T: ?Sized> Deref for RwLockMappedWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: rules R1 and R3.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for RwLockMappedWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: rules R1 and R3, and the guard is borrowed exclusively.
        unsafe { self.value.as_mut() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockMappedWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockMappedWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

//! [`SetOnce`]: a value that is set at most once and can be waited for. The value lies in `once_value.rs`; here is who is
//! told.

use std::error::Error;
use std::fmt;
use std::pin::pin;

use heist_primitives::mutation;
use heist_primitives::sync::Mutex;

use super::notify::Notify;
use super::once_value::OnceValue;

/// A value that is set at most once, by anybody, and that tasks can wait for.
///
/// Unlike a [`OnceCell`](super::OnceCell) it does not know how to compute its value; unlike a
/// [`oneshot`](super::oneshot) channel any number of tasks can wait, and none takes the value away.
///
/// # Examples
///
/// ```
/// use heist::sync::SetOnce;
///
/// static PORT: SetOnce<u16> = SetOnce::const_new();
///
/// #[heist::main]
/// async fn main() {
///     heist::spawn(async { PORT.set(8080) });
///     assert_eq!(*PORT.wait().await, 8080);
/// }
/// ```
pub struct SetOnce<T> {
    value: OnceValue<T>,
    set: Notify,
    /// Held while the value is set, so that whoever comes too late finds it.
    setting: Mutex<()>,
}

impl<T> SetOnce<T> {
    /// Without a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// assert_eq!(SetOnce::<u32>::new().get(), None);
    /// ```
    pub fn new() -> Self {
        Self::new_with(None)
    }

    /// With `value`, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// assert!(SetOnce::<u32>::new_with(None).get().is_none());
    /// assert_eq!(SetOnce::new_with(Some(1)).get(), Some(&1));
    /// ```
    pub fn new_with(value: Option<T>) -> Self {
        Self::from_parts(OnceValue::new(value), Notify::new(), Mutex::new(()))
    }

    /// From its parts, for constants.
    pub(super) const fn from_parts(value: OnceValue<T>, set: Notify, setting: Mutex<()>) -> Self {
        Self { value, set, setting }
    }

    /// True if there is a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// let once = SetOnce::new();
    /// assert!(!once.initialized());
    /// once.set(1).unwrap();
    /// assert!(once.initialized());
    /// ```
    #[inline]
    pub fn initialized(&self) -> bool {
        self.value.is_set()
    }

    /// The value, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// let once = SetOnce::new();
    /// once.set(1).unwrap();
    /// assert_eq!(once.get(), Some(&1));
    /// ```
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Sets the value and tells all who wait for it.
    ///
    /// # Errors
    ///
    /// The given value, if one was set already: [`get`](Self::get) returns that one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// let once = SetOnce::new();
    /// once.set(1).unwrap();
    /// assert_eq!(once.set(2).unwrap_err().0, 2);
    /// assert_eq!(once.get(), Some(&1));
    /// ```
    pub fn set(&self, value: T) -> Result<(), SetOnceError<T>> {
        let setting = (!mutation::on("set_once_sets_unlocked")).then(|| self.setting.lock());
        self.value.set(value).map_err(SetOnceError)?;
        drop(setting);
        self.set.notify_waiters();
        Ok(())
    }

    /// Waits for the value.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let once = SetOnce::from(1);
    ///     assert_eq!(once.wait().await, &1);
    /// }
    /// ```
    pub async fn wait(&self) -> &T {
        loop {
            if let Some(value) = self.get() {
                return value;
            }
            // Listens first and looks then: a value that is set after the look finds the listener.
            let mut notified = pin!(self.set.notified());
            if let Some(value) = self.get() {
                return value;
            }
            if mutation::on("set_once_listens_late") {
                notified.set(self.set.notified());
            }
            notified.await;
        }
    }

    /// The value, if there is one; the `SetOnce` ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::SetOnce;
    ///
    /// assert_eq!(SetOnce::from(1).into_inner(), Some(1));
    /// ```
    pub fn into_inner(mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T> Default for SetOnce<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for SetOnce<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetOnce").field("value", &self.get()).finish()
    }
}

impl<T: Clone> Clone for SetOnce<T> {
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for SetOnce<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for SetOnce<T> {}

impl<T> From<T> for SetOnce<T> {
    fn from(value: T) -> Self {
        Self::new_with(Some(value))
    }
}

/// A value was set already; contains the one that was not set.
///
/// # Examples
///
/// ```
/// use heist::sync::{SetOnce, SetOnceError};
///
/// assert_eq!(SetOnce::from(1).set(2), Err(SetOnceError(2)));
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct SetOnceError<T>(pub T);

impl<T> fmt::Display for SetOnceError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetOnceError")
    }
}

impl<T: fmt::Debug> Error for SetOnceError<T> {}

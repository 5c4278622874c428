//! [`OnceCell`]: a value that is computed at most once, by an async function. The value lies in `once_value.rs`; here is
//! who may compute it.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::mem;

use heist_primitives::mutation;

use super::once_value::OnceValue;
use super::out_of_line::OutOfLine;
use super::semaphore::permits::Take;
use super::semaphore::raw::{Closed, RawSemaphore};

/// A value that is initialised once, on first use, by an async function.
///
/// Typically a static. Of several tasks that want the value one computes it and the others wait, first come, first
/// served: if that task is cancelled, panics, or its function fails, the next one computes it.
///
/// # Examples
///
/// ```
/// use heist::sync::OnceCell;
///
/// static ANSWER: OnceCell<u32> = OnceCell::const_new();
///
/// async fn answer() -> &'static u32 {
///     ANSWER.get_or_init(|| async { 6 * 7 }).await
/// }
///
/// #[heist::main]
/// async fn main() {
///     assert_eq!(*answer().await, 42);
///     assert_eq!(ANSWER.get(), Some(&42));
/// }
/// ```
pub struct OnceCell<T> {
    value: OnceValue<T>,
    /// One permit, the right to set the value. Taken only while there is none, and closed when it is set.
    turn: RawSemaphore,
}

/// The right to set the value. Dropped without having set it, it goes to the next one.
struct Turn<'a, T>(&'a OnceCell<T>);

impl<'a, T> Turn<'a, T> {
    fn set(self, value: T) -> &'a T {
        let cell = self.0;
        let set = cell.value.set(value);
        debug_assert!(set.is_ok(), "only the holder of the turn sets the value");
        mem::forget(self);
        // Those who wait find the value.
        cell.turn.close();
        cell.expect_value()
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        if !mutation::on("once_cell_keeps_turn") {
            self.0.turn.release(1);
        }
    }
}

impl<T> OnceCell<T> {
    /// A cell without a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// let cell = OnceCell::<u32>::new();
    /// assert!(!cell.initialized());
    /// ```
    pub fn new() -> Self {
        Self::new_with(None)
    }

    /// A cell with `value`, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// assert!(OnceCell::<u32>::new_with(None).get().is_none());
    /// assert_eq!(OnceCell::new_with(Some(1)).get(), Some(&1));
    /// ```
    pub fn new_with(value: Option<T>) -> Self {
        Self::from_parts(OnceValue::new(value), RawSemaphore::new(1))
    }

    /// From its parts, for constants.
    pub(super) const fn from_parts(value: OnceValue<T>, turn: RawSemaphore) -> Self {
        Self { value, turn }
    }

    /// True if there is a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// assert!(OnceCell::from(1).initialized());
    /// assert!(!OnceCell::<u32>::new().initialized());
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
    /// use heist::sync::OnceCell;
    ///
    /// let cell = OnceCell::new();
    /// assert_eq!(cell.get(), None);
    /// cell.set(1).unwrap();
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value, if there is one, for changing it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// let mut cell = OnceCell::from(1);
    /// *cell.get_mut().unwrap() += 1;
    /// assert_eq!(cell.get(), Some(&2));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    /// Sets the value, if there is none and nobody is computing it.
    ///
    /// # Errors
    ///
    /// The given value: [`AlreadyInitializedError`](SetError::AlreadyInitializedError) if there is one, and
    /// [`InitializingError`](SetError::InitializingError) if a task is in [`get_or_init`](Self::get_or_init) or
    /// [`get_or_try_init`](Self::get_or_try_init).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// let cell = OnceCell::new();
    /// cell.set(1).unwrap();
    /// assert!(cell.set(2).unwrap_err().is_already_init_err());
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        if self.initialized() {
            return Err(SetError::AlreadyInitializedError(value));
        }
        match self.turn.try_acquire(1) {
            Take::Taken => {
                Turn(self).set(value);
                Ok(())
            }
            Take::Short(_) if !self.initialized() => Err(SetError::InitializingError(value)),
            Take::Short(_) | Take::Closed => Err(SetError::AlreadyInitializedError(value)),
        }
    }

    /// The value, which `f` computes if there is none.
    ///
    /// If another task is computing it, waits for that one; `f` is called if that one does not come to a value. `f` must
    /// not ask this cell for its value: that waits for ever.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: if it is dropped early, the value `f` was computing is lost, and the next one who waits calls its own
    /// function.
    ///
    /// # Panics
    ///
    /// If `f` or its future panics. The cell is then as before, and the next one who waits calls its own function.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let cell = OnceCell::new();
    ///     assert_eq!(cell.get_or_init(|| async { 1 }).await, &1);
    ///     assert_eq!(cell.get_or_init(|| async { unreachable!() }).await, &1);
    /// }
    /// ```
    #[inline]
    pub async fn get_or_init<F, Fut>(&self, f: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        match self.get() {
            Some(value) => value,
            None => OutOfLine::new(self.init(f)).await,
        }
    }

    /// The slow part of `get_or_init`, a future of its own so that the fast part is small enough to be inlined.
    async fn init<F, Fut>(&self, f: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        match self.turn.acquire(1).await {
            Err(Closed) => self.expect_value(),
            Ok(()) => {
                let turn = Turn(self);
                let value = f().await;
                turn.set(value)
            }
        }
    }

    /// The value, which `f` computes if there is none and it does not fail.
    ///
    /// As [`get_or_init`](Self::get_or_init) otherwise.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: if it is dropped early, the value `f` was computing is lost, and the next one who waits calls its own
    /// function.
    ///
    /// # Errors
    ///
    /// That of `f`. The cell is then as before, and the next one who waits calls its own function.
    ///
    /// # Panics
    ///
    /// If `f` or its future panics, with the same consequence.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let cell = OnceCell::new();
    ///     assert_eq!(cell.get_or_try_init(|| async { Err("no network") }).await, Err("no network"));
    ///     assert_eq!(cell.get_or_try_init(|| async { Ok::<_, &str>(1) }).await, Ok(&1));
    /// }
    /// ```
    #[inline]
    pub async fn get_or_try_init<E, F, Fut>(&self, f: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        match self.get() {
            Some(value) => Ok(value),
            None => OutOfLine::new(self.try_init(f)).await,
        }
    }

    /// The slow part of `get_or_try_init`.
    async fn try_init<E, F, Fut>(&self, f: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        match self.turn.acquire(1).await {
            Err(Closed) => Ok(self.expect_value()),
            Ok(()) => {
                let turn = Turn(self);
                let value = f().await?;
                Ok(turn.set(value))
            }
        }
    }

    fn expect_value(&self) -> &T {
        self.get().expect("the value is set before the semaphore is closed")
    }

    /// The value, if there is one; the cell ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// assert_eq!(OnceCell::from(1).into_inner(), Some(1));
    /// assert_eq!(OnceCell::<u32>::new().into_inner(), None);
    /// ```
    pub fn into_inner(mut self) -> Option<T> {
        self.value.take()
    }

    /// Takes the value out, if there is one, and leaves a cell without.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// let mut cell = OnceCell::from(1);
    /// assert_eq!(cell.take(), Some(1));
    /// assert!(!cell.initialized());
    /// ```
    pub fn take(&mut self) -> Option<T> {
        mem::take(self).into_inner()
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceCell").field("value", &self.get()).finish()
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        Self::new_with(Some(value))
    }
}

/// Why [`OnceCell::set`] did not set the value, which it contains.
///
/// # Examples
///
/// ```
/// use heist::sync::{OnceCell, SetError};
///
/// assert_eq!(OnceCell::from(1).set(2), Err(SetError::AlreadyInitializedError(2)));
/// ```
#[derive(Debug, PartialEq, Eq)]
pub enum SetError<T> {
    /// There is a value already.
    AlreadyInitializedError(T),
    /// A task is computing the value.
    InitializingError(T),
}

impl<T> SetError<T> {
    /// True if there is a value already.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// assert!(OnceCell::from(1).set(2).unwrap_err().is_already_init_err());
    /// ```
    pub fn is_already_init_err(&self) -> bool {
        matches!(self, SetError::AlreadyInitializedError(_))
    }

    /// True if a task is computing the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::OnceCell;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let cell = OnceCell::new();
    ///     cell.get_or_init(|| async {
    ///         // Somebody computes the value: this function.
    ///         assert!(cell.set(2).unwrap_err().is_initializing_err());
    ///         1
    ///     })
    ///     .await;
    /// }
    /// ```
    pub fn is_initializing_err(&self) -> bool {
        matches!(self, SetError::InitializingError(_))
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SetError::AlreadyInitializedError(_) => "AlreadyInitializedError",
            SetError::InitializingError(_) => "InitializingError",
        })
    }
}

impl<T: fmt::Debug> Error for SetError<T> {}

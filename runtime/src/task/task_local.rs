//! Task-local variables: [`LocalKey`] and the future that sets one.
//!
//! A variable is a thread-local slot. The future of [`LocalKey::scope`] owns the value and swaps it into the slot for
//! the time of each poll, so it goes wherever the task goes. What was in the slot before comes back afterwards, which
//! makes scopes nest.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;

/// A key to a variable that each task has its own value for; declared with [`task_local!`](crate::task_local!).
///
/// The value is set for a future with [`scope`](Self::scope), or for a closure with [`sync_scope`](Self::sync_scope), and
/// read inside with [`with`](Self::with) and [`get`](Self::get). Tasks spawned inside do not inherit it.
///
/// # Examples
///
/// ```
/// heist::task_local! {
///     static NUMBER: u32;
/// }
///
/// # futures::executor::block_on(async {
/// NUMBER.scope(1, async {
///     assert_eq!(NUMBER.get(), 1);
///     NUMBER.scope(2, async { assert_eq!(NUMBER.get(), 2) }).await;
///     assert_eq!(NUMBER.get(), 1);
/// }).await;
/// # });
/// ```
pub struct LocalKey<T: 'static> {
    slot: &'static thread::LocalKey<RefCell<Option<T>>>,
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn __new(slot: &'static thread::LocalKey<RefCell<Option<T>>>) -> LocalKey<T> {
        LocalKey { slot }
    }

    /// Sets the variable to `value` for as long as `f` runs.
    ///
    /// # Panics
    ///
    /// If the variable is being read by [`with`](Self::with), and after the thread's locals are gone.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// # futures::executor::block_on(async {
    /// let next = NUMBER.scope(1, async { NUMBER.get() + 1 }).await;
    /// assert_eq!(next, 2);
    /// # });
    /// ```
    pub fn scope<F>(&'static self, value: T, f: F) -> TaskLocalFuture<T, F>
    where
        F: Future,
    {
        TaskLocalFuture { local: self, value: Some(value), future: Some(f), stays: PhantomPinned }
    }

    /// Sets the variable to `value` and calls `f`.
    ///
    /// # Panics
    ///
    /// If the variable is being read by [`with`](Self::with), and after the thread's locals are gone.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// assert_eq!(NUMBER.sync_scope(1, || NUMBER.get() + 1), 2);
    /// ```
    #[track_caller]
    pub fn sync_scope<F, R>(&'static self, value: T, f: F) -> R
    where
        F: FnOnce() -> R,
    {
        let mut value = Some(value);
        match self.swapped(&mut value, f) {
            Ok(result) => result,
            Err(error) => error.panic(),
        }
    }

    /// Calls `f` with a reference to the current task's value.
    ///
    /// # Panics
    ///
    /// If the task has none.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static NAME: String;
    /// }
    ///
    /// NAME.sync_scope("a".to_owned(), || {
    ///     assert_eq!(NAME.with(|name| name.len()), 1);
    /// });
    /// ```
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(f) {
            Ok(result) => result,
            Err(_) => panic!("cannot access a task-local storage value without setting it first"),
        }
    }

    /// Calls `f` with a reference to the current task's value, if it has one.
    ///
    /// # Errors
    ///
    /// Outside a scope of this variable.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// assert!(NUMBER.try_with(|number| *number).is_err());
    /// ```
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        let result = self.slot.try_with(|slot| slot.borrow().as_ref().map(f));
        result.ok().flatten().ok_or(AccessError { _private: () })
    }

    /// Calls `f` while the slot holds `value`, and puts both back however `f` ends.
    #[inline]
    fn swapped<R>(&'static self, value: &mut Option<T>, f: impl FnOnce() -> R) -> Result<R, ScopeError> {
        struct SwapBack<'a, T: 'static> {
            local: &'static LocalKey<T>,
            value: &'a mut Option<T>,
        }
        impl<T: 'static> Drop for SwapBack<'_, T> {
            fn drop(&mut self) {
                // It could be swapped in, and nobody that borrowed it since can be left; so it can be swapped out.
                self.local.slot.with(|slot| mem::swap(&mut *slot.borrow_mut(), self.value));
            }
        }

        self.slot.try_with(|slot| {
            let mut slot = slot.try_borrow_mut().map_err(|_| ScopeError::Borrowed)?;
            mem::swap(&mut *slot, value);
            Ok::<(), ScopeError>(())
        })??;
        let swap_back = SwapBack { local: self, value };
        let result = f();
        drop(swap_back);
        Ok(result)
    }
}

impl<T: Clone + 'static> LocalKey<T> {
    /// A copy of the current task's value.
    ///
    /// # Panics
    ///
    /// If the task has none.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// assert_eq!(NUMBER.sync_scope(3, || NUMBER.get()), 3);
    /// ```
    #[track_caller]
    pub fn get(&'static self) -> T {
        self.with(T::clone)
    }

    /// A copy of the current task's value, if it has one.
    ///
    /// # Errors
    ///
    /// Outside a scope of this variable.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// assert!(NUMBER.try_get().is_err());
    /// ```
    pub fn try_get(&'static self) -> Result<T, AccessError> {
        self.try_with(T::clone)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("LocalKey { .. }")
    }
}

/// Why a scope cannot be entered.
enum ScopeError {
    /// Inside `with` of the same variable.
    Borrowed,
    /// The thread is ending.
    Destroyed,
}

impl From<thread::AccessError> for ScopeError {
    fn from(_: thread::AccessError) -> ScopeError {
        ScopeError::Destroyed
    }
}

impl ScopeError {
    #[track_caller]
    fn panic(self) -> ! {
        match self {
            ScopeError::Borrowed => panic!("cannot enter a task-local scope while the task-local storage is borrowed"),
            ScopeError::Destroyed => {
                panic!("cannot enter a task-local scope during or after destruction of the underlying thread-local")
            }
        }
    }
}

pin_project! {
    /// The future of [`LocalKey::scope`].
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// # futures::executor::block_on(async {
    /// let future = NUMBER.scope(1, async { NUMBER.get() });
    /// assert_eq!(future.await, 1);
    /// # });
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct TaskLocalFuture<T, F>
    where
        T: 'static,
    {
        local: &'static LocalKey<T>,
        // Here between polls, in the slot during one.
        value: Option<T>,
        // Not `Unpin` whatever the future is, so that its users need not know.
        #[pin]
        stays: PhantomPinned,
        // None once it has finished.
        #[pin]
        future: Option<F>,
    }

    impl<T: 'static, F> PinnedDrop for TaskLocalFuture<T, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let mut future = this.future;
            if future.is_some() {
                // The future's destructor may read the variable. Where no scope can be entered it goes without.
                let _ = this.local.swapped(this.value, || future.set(None));
            }
        }
    }
}

impl<T, F> TaskLocalFuture<T, F>
where
    T: 'static,
{
    /// Takes the value out; the rest of the future runs, if at all, without it.
    ///
    /// `None` if it was taken before.
    ///
    /// # Examples
    ///
    /// ```
    /// heist::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// # futures::executor::block_on(async {
    /// let mut future = Box::pin(NUMBER.scope(1, async {}));
    /// future.as_mut().await;
    /// assert_eq!(future.as_mut().take_value(), Some(1));
    /// # });
    /// ```
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().value.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut future = this.future;
        let result = this.local.swapped(this.value, || {
            let poll = future.as_mut().as_pin_mut()?.poll(cx);
            if poll.is_ready() {
                future.set(None);
            }
            Some(poll)
        });
        match result {
            Ok(Some(poll)) => poll,
            Ok(None) => panic!("`TaskLocalFuture` polled after completion"),
            Err(error) => error.panic(),
        }
    }
}

impl<T, F> fmt::Debug for TaskLocalFuture<T, F>
where
    T: fmt::Debug + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocalFuture").field("value", &self.value).finish_non_exhaustive()
    }
}

/// The error of [`LocalKey::try_with`] and [`LocalKey::try_get`]: the current task has no value.
///
/// # Examples
///
/// ```
/// heist::task_local! {
///     static NAME: &'static str;
/// }
/// assert_eq!(NAME.try_get().unwrap_err().to_string(), "task-local value not set");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessError {
    _private: (),
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("task-local value not set")
    }
}

impl Error for AccessError {}

//! The receiving half.

use std::future::poll_fn;
use std::task::{Poll, ready};

use heist_primitives::sync::Arc;

use super::error::RecvError;
use super::shared::{Ref, Shared};
use super::state::Version;
use crate::task::coop;

/// Watches the value of its channel.
///
/// A clone has seen what the original has seen, and goes its own way from there.
///
/// # Examples
///
/// ```
/// use heist::sync::watch;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut rx) = watch::channel(1);
///     tx.send(2).unwrap();
///     let mut clone = rx.clone();
///     rx.changed().await.unwrap();
///     // The clone has yet to see that value.
///     clone.changed().await.unwrap();
///     assert_eq!(*rx.borrow_and_update(), *clone.borrow_and_update());
/// }
/// ```
#[derive(Debug)]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The version marked as seen.
    seen: Version,
}

impl<T> Receiver<T> {
    /// One more receiver, which has seen the current value.
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        shared.receivers.add();
        let seen = shared.state.load().version();
        Self { shared, seen }
    }

    /// The value, without marking it as seen.
    ///
    /// The reference holds a read lock; see [`Ref`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (_tx, rx) = watch::channel("hello");
    /// assert_eq!(*rx.borrow(), "hello");
    /// ```
    pub fn borrow(&self) -> Ref<'_, T> {
        let (value, version) = self.shared.read();
        Ref::new(value, version != self.seen)
    }

    /// The value, which is thereby marked as seen.
    ///
    /// The reference holds a read lock; see [`Ref`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, mut rx) = watch::channel("hello");
    /// tx.send("goodbye").unwrap();
    /// assert_eq!(*rx.borrow_and_update(), "goodbye");
    /// assert!(!rx.has_changed().unwrap());
    /// ```
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let (value, version) = self.shared.read();
        let has_changed = version != self.seen;
        self.seen = version;
        Ref::new(value, has_changed)
    }

    /// True if there is a value not seen yet. It is not marked as seen.
    ///
    /// Values are not compared: one that was sent counts as new even if it equals the one before.
    ///
    /// # Errors
    ///
    /// If no sender is left, even if the last value was not seen yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, mut rx) = watch::channel("hello");
    /// tx.send("hello").unwrap();
    /// assert!(rx.has_changed().unwrap());
    /// rx.borrow_and_update();
    /// assert!(!rx.has_changed().unwrap());
    /// drop(tx);
    /// assert!(rx.has_changed().is_err());
    /// ```
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        let state = self.shared.state.load();
        if state.is_closed() { Err(RecvError(())) } else { Ok(state.version() != self.seen) }
    }

    /// Marks the value as not seen, whether it was or not: [`changed`](Self::changed) is then ready at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (_tx, mut rx) = watch::channel("first");
    ///     rx.mark_changed();
    ///     rx.changed().await.unwrap();
    ///     assert_eq!(*rx.borrow(), "first");
    /// }
    /// ```
    pub fn mark_changed(&mut self) {
        self.seen = self.shared.state.load().version().previous();
    }

    /// Marks the current value as seen, without looking at it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, mut rx) = watch::channel(1);
    /// tx.send(2).unwrap();
    /// rx.mark_unchanged();
    /// assert!(!rx.has_changed().unwrap());
    /// ```
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.state.load().version();
    }

    /// Waits for a value not seen yet, and marks it as seen.
    ///
    /// Ready at once if there is one already.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has marked nothing as seen.
    ///
    /// # Errors
    ///
    /// If the last value was seen and no sender is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = watch::channel("hello");
    ///     heist::spawn(async move { tx.send("goodbye") });
    ///     assert!(rx.changed().await.is_ok());
    ///     assert_eq!(*rx.borrow_and_update(), "goodbye");
    ///     // The sender is gone.
    ///     assert!(rx.changed().await.is_err());
    /// }
    /// ```
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        coop::cooperative(self.shared.changed(&mut self.seen)).await
    }

    /// Waits for a value that `f` accepts, and marks it as seen.
    ///
    /// `f` is asked first about the current value, even if that was seen before, and then about the newest value after
    /// each change; it may miss values in between. The reference holds a read lock, see [`Ref`], and so does `f`: it must
    /// not send on this channel.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has marked as seen only values that `f` refused.
    ///
    /// # Panics
    ///
    /// If `f` panics. The value it was asked about counts as seen, and the channel can be used as before.
    ///
    /// # Errors
    ///
    /// If no sender is left and `f` refused the last value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = watch::channel(1);
    ///     heist::spawn(async move { (2..10).try_for_each(|n| tx.send(n)) });
    ///     assert_eq!(*rx.wait_for(|n| *n >= 9).await.unwrap(), 9);
    /// }
    /// ```
    pub async fn wait_for(&mut self, mut f: impl FnMut(&T) -> bool) -> Result<Ref<'_, T>, RecvError> {
        let Self { shared, seen } = self;
        let first = poll_fn(|cx| {
            let coop = ready!(coop::poll_proceed(cx));
            let accepted = accept(shared, seen, &mut f);
            if accepted.is_some() {
                coop.made_progress();
            }
            Poll::Ready(accepted)
        });
        if let Some(value) = first.await {
            return Ok(value);
        }
        loop {
            // Each change costs a unit of budget, so refusing the values of a busy sender does not keep the worker.
            // An error means that no version came after the one refused last.
            coop::cooperative(shared.changed(seen)).await?;
            if let Some(value) = accept(shared, seen, &mut f) {
                return Ok(value);
            }
        }
    }

    /// True if no sender is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, rx) = watch::channel(());
    /// assert!(!rx.is_closed());
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.state.load().is_closed()
    }

    /// True if both watch the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (_tx, rx) = watch::channel(());
    /// assert!(rx.same_channel(&rx.clone()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

/// Marks the current value as seen, and returns it if `f` accepts it.
fn accept<'a, T>(shared: &'a Shared<T>, seen: &mut Version, f: &mut impl FnMut(&T) -> bool) -> Option<Ref<'a, T>> {
    let (value, version) = shared.read();
    let has_changed = version != *seen;
    *seen = version;
    f(&value).then(|| Ref::new(value, has_changed))
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.shared.receivers.add();
        Self { shared: self.shared.clone(), seen: self.seen }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.receiver_dropped();
    }
}

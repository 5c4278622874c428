//! What the handles of a channel share, and its protocol: who is told about a change, and when.

use std::fmt;
use std::ops::Deref;
use std::pin::pin;

use heist_primitives::mutation;
use heist_primitives::sync::{RwLock, RwLockReadGuard};

use super::count::Count;
use super::error::RecvError;
use super::state::{State, Version};
use crate::sync::notify::Notify;

/// The channel.
#[derive(Debug)]
pub(super) struct Shared<T> {
    value: RwLock<T>,
    pub(super) state: State,
    pub(super) senders: Count,
    pub(super) receivers: Count,
    /// Tells the receivers of a new version, and of the end.
    changed: Notify,
    /// Tells the senders that the last receiver is gone.
    abandoned: Notify,
}

impl<T> Shared<T> {
    /// One sender and no receiver.
    pub(super) fn new(value: T) -> Self {
        Self {
            value: RwLock::new(value),
            state: State::new(),
            senders: Count::new(1),
            receivers: Count::new(0),
            changed: Notify::new(),
            abandoned: Notify::new(),
        }
    }

    /// The value and its version.
    pub(super) fn read(&self) -> (RwLockReadGuard<'_, T>, Version) {
        let value = self.value.read();
        // Under the lock, so it is the version of this value.
        let version = self.state.load().version();
        (value, version)
    }

    /// Changes the value, and tells the receivers if `modify` returns true. If it panics they are not told.
    pub(super) fn modify(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        let mut value = self.value.write();
        if !modify(&mut value) {
            return false;
        }
        self.state.value_changed();
        drop(value);
        // After the lock: wakers are foreign code, and a receiver that is woken wants the lock next.
        self.changed.notify_waiters();
        true
    }

    /// Waits for a version other than `seen`, which becomes that.
    pub(super) async fn changed(&self, seen: &mut Version) -> Result<(), RecvError> {
        loop {
            // Listens first and looks then: a change after the look finds the listener.
            let mut notified = pin!(self.changed.notified());
            let state = self.state.load();
            if state.version() != *seen {
                *seen = state.version();
                return Ok(());
            }
            if state.is_closed() {
                return Err(RecvError(()));
            }
            if mutation::on("watch_listens_late") {
                notified.set(self.changed.notified());
            }
            notified.await;
        }
    }

    /// Waits until there is no receiver.
    pub(super) async fn abandoned(&self) {
        loop {
            // In this order for the same reason as above.
            let mut notified = pin!(self.abandoned.notified());
            if self.receivers.get() == 0 {
                return;
            }
            if mutation::on("watch_listens_late") {
                notified.set(self.abandoned.notified());
            }
            notified.await;
        }
    }

    /// A sender is gone.
    pub(super) fn sender_dropped(&self) {
        if self.senders.remove() {
            self.state.close();
            self.changed.notify_waiters();
        }
    }

    /// A receiver is gone.
    pub(super) fn receiver_dropped(&self) {
        if self.receivers.remove() {
            self.abandoned.notify_waiters();
        }
    }
}

/// A reference to the value of a channel.
///
/// It holds a read lock: as long as it lives, sending blocks the sender's thread. So keep it short, clone the value if
/// you need it for longer, and never hold it across an `.await`. A thread that already holds one may block for ever when
/// it borrows again while a sender waits in between.
///
/// # Examples
///
/// ```
/// use heist::sync::watch;
///
/// let (tx, rx) = watch::channel(String::from("hello"));
/// // Gone at the end of the statement, so that the sender is not held up.
/// let copy = rx.borrow().clone();
/// tx.send(copy + " again").unwrap();
/// assert_eq!(*rx.borrow(), "hello again");
/// ```
#[clippy::has_significant_drop]
pub struct Ref<'a, T> {
    value: RwLockReadGuard<'a, T>,
    has_changed: bool,
}

impl<'a, T> Ref<'a, T> {
    pub(super) fn new(value: RwLockReadGuard<'a, T>, has_changed: bool) -> Self {
        Self { value, has_changed }
    }

    /// True if the receiver it was borrowed from had not seen this value before.
    ///
    /// Unlike [`Receiver::has_changed`](super::Receiver::has_changed) it does not care whether a sender is left.
    /// Borrowed from a sender it is always false.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, mut rx) = watch::channel("hello");
    /// tx.send("goodbye").unwrap();
    /// assert!(!tx.borrow().has_changed());
    /// assert!(rx.borrow().has_changed());
    /// assert!(rx.borrow_and_update().has_changed());
    /// assert!(!rx.borrow().has_changed());
    /// ```
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'a, T: fmt::Debug> fmt::Debug for Ref<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value: &T = self;
        f.debug_struct("Ref").field("inner", value).field("has_changed", &self.has_changed).finish()
    }
}

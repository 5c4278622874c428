//! The sending half.

use std::mem;

use heist_primitives::sync::Arc;

use super::error::SendError;
use super::receiver::Receiver;
use super::shared::{Ref, Shared};
use crate::task::coop;

/// Sends values to the receivers of its channel.
///
/// When the last clone is dropped the channel is closed.
///
/// # Examples
///
/// ```
/// use heist::sync::watch;
///
/// let (tx, rx) = watch::channel(1);
/// tx.clone().send(2).unwrap();
/// assert_eq!(*rx.borrow(), 2);
/// ```
#[derive(Debug)]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// The sender of a new channel that holds `init` and has no receiver yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let tx = watch::Sender::new(1);
    /// assert!(tx.send(2).is_err());
    /// let rx = tx.subscribe();
    /// assert!(tx.send(3).is_ok());
    /// assert_eq!(*rx.borrow(), 3);
    /// ```
    pub fn new(init: T) -> Self {
        Self { shared: Arc::new(Shared::new(init)) }
    }

    /// Replaces the value and tells all receivers.
    ///
    /// It blocks the thread while somebody holds a [`Ref`] to the value. `Ok` does not mean that a receiver will see
    /// the value: it may be replaced again, or all receivers may go.
    ///
    /// # Errors
    ///
    /// The value, if there is no receiver. The channel then keeps the one it has; to set it all the same, use
    /// [`send_replace`](Self::send_replace).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, rx) = watch::channel(1);
    /// tx.send(2).unwrap();
    /// drop(rx);
    /// assert!(tx.send(3).is_err());
    /// assert_eq!(*tx.borrow(), 2);
    /// ```
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.is_closed() {
            return Err(SendError(value));
        }
        self.send_replace(value);
        Ok(())
    }

    /// Changes the value in place and tells all receivers, even if it is the same as before.
    ///
    /// Works without receivers too. It blocks the thread while somebody holds a [`Ref`] to the value.
    ///
    /// # Panics
    ///
    /// If `modify` panics. The value stays as `modify` left it, and the receivers are not told.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, rx) = watch::channel(vec![1]);
    /// tx.send_modify(|list| list.push(2));
    /// assert_eq!(*rx.borrow(), [1, 2]);
    /// ```
    pub fn send_modify<F>(&self, modify: F)
    where
        F: FnOnce(&mut T),
    {
        self.send_if_modified(|value| {
            modify(value);
            true
        });
    }

    /// Changes the value in place, and tells all receivers if `modify` returns true.
    ///
    /// Returns what `modify` returned. If that is false although the value was changed, receivers see the change when
    /// they next borrow, but nobody is woken for it. Works without receivers too. It blocks the thread while somebody
    /// holds a [`Ref`] to the value.
    ///
    /// # Panics
    ///
    /// If `modify` panics. The value stays as `modify` left it, and the receivers are not told.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, rx) = watch::channel(5);
    /// let raise_to = |new: i32| {
    ///     tx.send_if_modified(|value| {
    ///         let higher = new > *value;
    ///         *value = new.max(*value);
    ///         higher
    ///     })
    /// };
    /// assert!(!raise_to(3));
    /// assert!(!rx.has_changed().unwrap());
    /// assert!(raise_to(7));
    /// assert!(rx.has_changed().unwrap());
    /// ```
    pub fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        self.shared.modify(modify)
    }

    /// Replaces the value, tells all receivers, and returns the old value.
    ///
    /// Works without receivers too. It blocks the thread while somebody holds a [`Ref`] to the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let tx = watch::Sender::new(1);
    /// assert_eq!(tx.send_replace(2), 1);
    /// assert_eq!(tx.send_replace(3), 2);
    /// ```
    pub fn send_replace(&self, mut value: T) -> T {
        // The old value comes out of the lock, since its drop is foreign code.
        self.send_modify(|old| mem::swap(old, &mut value));
        value
    }

    /// The value.
    ///
    /// The reference holds a read lock; see [`Ref`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let tx = watch::Sender::new("hello");
    /// assert_eq!(*tx.borrow(), "hello");
    /// ```
    pub fn borrow(&self) -> Ref<'_, T> {
        let (value, _) = self.shared.read();
        Ref::new(value, false)
    }

    /// True if there is no receiver now. One that [`subscribe`](Self::subscribe)s changes that.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, rx) = watch::channel(());
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// Waits until there is no receiver.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, rx) = watch::channel("hello");
    ///     heist::spawn(async move { drop(rx) });
    ///     tx.closed().await;
    /// }
    /// ```
    pub async fn closed(&self) {
        coop::cooperative(self.shared.abandoned()).await;
    }

    /// A new receiver, which has seen the current value.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, rx) = watch::channel(0);
    /// drop(rx);
    /// tx.send_replace(5);
    /// let rx = tx.subscribe();
    /// assert_eq!(*rx.borrow(), 5);
    /// assert!(!rx.has_changed().unwrap());
    /// ```
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::new(self.shared.clone())
    }

    /// How many receivers there are now.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let (tx, rx) = watch::channel(());
    /// let more = [rx.clone(), tx.subscribe()];
    /// assert_eq!(tx.receiver_count(), 3);
    /// # drop(more);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers.get()
    }

    /// How many senders there are now, this one included.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let tx = watch::Sender::new(());
    /// let other = tx.clone();
    /// assert_eq!(tx.sender_count(), 2);
    /// # drop(other);
    /// ```
    pub fn sender_count(&self) -> usize {
        self.shared.senders.get()
    }

    /// True if both send on the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// let tx = watch::Sender::new(());
    /// assert!(tx.same_channel(&tx.clone()));
    /// assert!(!tx.same_channel(&watch::Sender::new(())));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.senders.add();
        Self { shared: self.shared.clone() }
    }
}

impl<T: Default> Default for Sender<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.sender_dropped();
    }
}

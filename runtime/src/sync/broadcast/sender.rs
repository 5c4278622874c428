//! The sending half, and a handle that does not keep the channel open.

use std::fmt;

use heist_primitives::sync::Arc;

use super::error::SendError;
use super::receiver::Receiver;
use super::shared::Shared;
use crate::task::coop;

/// Sends values to all receivers of its channel.
///
/// When the last clone is dropped the channel is closed.
///
/// # Examples
///
/// ```
/// use heist::sync::broadcast;
///
/// let (tx, mut rx) = broadcast::channel(4);
/// tx.clone().send(1).unwrap();
/// assert_eq!(rx.try_recv(), Ok(1));
/// ```
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// The sender of a new channel that keeps at most `capacity` values, rounded up to a power of two, and has no
    /// receiver yet.
    ///
    /// # Panics
    ///
    /// If `capacity` is zero or larger than `usize::MAX / 2`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let tx = broadcast::Sender::new(1);
    /// assert!(tx.send("nobody hears this").is_err());
    /// let mut rx = tx.subscribe();
    /// assert!(tx.send("hello").is_ok());
    /// assert_eq!(rx.try_recv(), Ok("hello"));
    /// ```
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        Self { shared: Arc::new(Shared::new(capacity)) }
    }

    /// Sends a value to all receivers there are now, and returns how many.
    ///
    /// It never waits: a full channel loses its oldest value. `Ok` does not mean that a receiver will see the value: it may
    /// be overwritten by later ones, or all receivers may go.
    ///
    /// # Errors
    ///
    /// The value, if there is no receiver. A later send may succeed, after a [`subscribe`](Self::subscribe).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, mut rx1) = broadcast::channel(4);
    /// let mut rx2 = tx.subscribe();
    /// assert_eq!(tx.send(7).unwrap(), 2);
    /// assert_eq!((rx1.try_recv(), rx2.try_recv()), (Ok(7), Ok(7)));
    /// ```
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.shared.send(value)
    }

    /// A new receiver, of the values sent from now on.
    ///
    /// # Panics
    ///
    /// If there are more than sixteen million receivers (2^24 - 1).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, _rx) = broadcast::channel(4);
    /// tx.send(1).unwrap();
    /// let mut late = tx.subscribe();
    /// tx.send(2).unwrap();
    /// assert_eq!(late.try_recv(), Ok(2));
    /// ```
    #[track_caller]
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::new(self.shared.clone())
    }

    /// A handle to the channel that does not keep it open.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, _rx) = broadcast::channel::<u8>(4);
    /// let weak = tx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// ```
    #[must_use = "the handle does nothing by itself; a sender that is not to keep the channel open must be dropped"]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::new(&self.shared)
    }

    /// How many values the channel keeps: those that a receiver has yet to read and that were not overwritten.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, mut rx1) = broadcast::channel(4);
    /// let mut rx2 = tx.subscribe();
    /// tx.send(1).unwrap();
    /// tx.send(2).unwrap();
    /// rx1.try_recv().unwrap();
    /// assert_eq!(tx.len(), 2);
    /// rx2.try_recv().unwrap();
    /// assert_eq!(tx.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// True if the channel keeps no value: all receivers have read all values.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, mut rx) = broadcast::channel(4);
    /// assert!(tx.is_empty());
    /// tx.send(1).unwrap();
    /// assert!(!tx.is_empty());
    /// rx.try_recv().unwrap();
    /// assert!(tx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty()
    }

    /// How many receivers there are now.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, rx1) = broadcast::channel::<u8>(4);
    /// let rx2 = tx.subscribe();
    /// assert_eq!(tx.receiver_count(), 2);
    /// # drop((rx1, rx2));
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.shared.tail.load().receivers
    }

    /// True if both send on the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let tx = broadcast::Sender::<u8>::new(4);
    /// assert!(tx.same_channel(&tx.clone()));
    /// assert!(!tx.same_channel(&broadcast::Sender::new(4)));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
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
    /// use heist::sync::broadcast;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, rx) = broadcast::channel::<u8>(4);
    ///     heist::spawn(async move { drop(rx) });
    ///     tx.closed().await;
    ///     assert_eq!(tx.receiver_count(), 0);
    /// }
    /// ```
    pub async fn closed(&self) {
        coop::cooperative(self.shared.abandoned()).await;
    }

    /// How many senders there are, this one included.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, _rx) = broadcast::channel::<u8>(4);
    /// let _other = tx.clone();
    /// assert_eq!(tx.strong_count(), 2);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.shared.senders.strong()
    }

    /// How many [`WeakSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, _rx) = broadcast::channel::<u8>(4);
    /// let _weak = tx.downgrade();
    /// assert_eq!(tx.weak_count(), 1);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.shared.senders.weak()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.senders.add_strong();
        Self { shared: self.shared.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.sender_dropped();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Sender")
    }
}

/// A handle to a channel that does not keep it open.
///
/// To send, [`upgrade`](Self::upgrade) it.
///
/// # Examples
///
/// ```
/// use heist::sync::broadcast;
///
/// let (tx, rx) = broadcast::channel::<u8>(4);
/// let _weak = tx.downgrade();
/// drop(tx);
/// assert!(rx.is_closed());
/// ```
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakSender<T> {
    fn new(shared: &Arc<Shared<T>>) -> Self {
        shared.senders.add_weak();
        Self { shared: shared.clone() }
    }

    /// A sender, unless the last one is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, mut rx) = broadcast::channel(4);
    /// let weak = tx.downgrade();
    /// weak.upgrade().unwrap().send(1).unwrap();
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.shared.senders.upgrade().then(|| Sender { shared: self.shared.clone() })
    }

    /// How many senders there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, _rx) = broadcast::channel::<u8>(4);
    /// let weak = tx.downgrade();
    /// assert_eq!(weak.strong_count(), 1);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.shared.senders.strong()
    }

    /// How many `WeakSender`s there are, this one included.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, _rx) = broadcast::channel::<u8>(4);
    /// let weak = tx.downgrade();
    /// assert_eq!(weak.clone().weak_count(), 2);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.shared.senders.weak()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self::new(&self.shared)
    }
}

impl<T> Drop for WeakSender<T> {
    fn drop(&mut self) {
        self.shared.senders.remove_weak();
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::WeakSender")
    }
}

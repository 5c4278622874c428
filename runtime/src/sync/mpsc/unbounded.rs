//! The unbounded channel: its senders. The receiver is in `receiver.rs`.

use std::fmt;

use super::chan::{self, TxHalf, WeakHalf};
use super::error::SendError;
use super::flow::Unlimited;
use super::receiver::UnboundedReceiver;

/// A channel in which nobody waits to send; messages pile up if the receiver is slower.
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// # futures::executor::block_on(async {
/// let (tx, mut rx) = mpsc::unbounded_channel();
/// tx.send(1).unwrap();
/// drop(tx);
/// assert_eq!(rx.recv().await, Some(1));
/// assert_eq!(rx.recv().await, None);
/// # });
/// ```
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (tx, rx) = chan::channel(Unlimited);
    (UnboundedSender { half: tx }, UnboundedReceiver { half: rx })
}

/// Sends messages to the [`UnboundedReceiver`] of an [`unbounded_channel`]. Can be cloned.
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut rx) = mpsc::unbounded_channel();
///     let other = tx.clone();
///     std::thread::spawn(move || other.send("from a thread"));
///     assert_eq!(rx.recv().await, Some("from a thread"));
/// }
/// ```
pub struct UnboundedSender<T> {
    half: TxHalf<T, Unlimited>,
}

impl<T> UnboundedSender<T> {
    /// Sends a message. It never waits.
    ///
    /// # Errors
    ///
    /// The message, if the receiver was closed or dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// drop(rx);
    /// assert_eq!(tx.send(2).unwrap_err().0, 2);
    /// ```
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.half.push_unless_closed(message).map_err(SendError)
    }

    /// Waits until the receiver is closed or dropped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, rx) = mpsc::unbounded_channel::<u8>();
    ///     drop(rx);
    ///     tx.closed().await;
    /// }
    /// ```
    pub async fn closed(&self) {
        self.half.closed(|| self.is_closed()).await;
    }

    /// True if the receiver was closed or dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::unbounded_channel::<u8>();
    /// assert!(!tx.is_closed());
    /// rx.close();
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.half.list_is_closed()
    }

    /// True if both send to the same receiver.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::unbounded_channel::<u8>();
    /// assert!(tx.same_channel(&tx.clone()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        self.half.same_channel(&other.half)
    }

    /// A sender that does not keep the channel open.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::unbounded_channel::<u8>();
    /// let _weak = tx.downgrade();
    /// drop(tx);
    /// assert_eq!(rx.blocking_recv(), None);
    /// ```
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender { half: self.half.downgrade() }
    }

    /// How many [`UnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::unbounded_channel::<u8>();
    /// let _other = tx.clone();
    /// assert_eq!(tx.strong_count(), 2);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.half.strong_count()
    }

    /// How many [`WeakUnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::unbounded_channel::<u8>();
    /// let _weak = tx.downgrade();
    /// assert_eq!(tx.weak_count(), 1);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.half.weak_count()
    }
}

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> Self {
        Self { half: self.half.clone() }
    }
}

impl<T> fmt::Debug for UnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedSender").field("channel", self.half.chan()).finish()
    }
}

/// A sender that does not keep the channel open; made by [`UnboundedSender::downgrade`].
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// let (tx, rx) = mpsc::unbounded_channel::<u8>();
/// let _weak = tx.downgrade();
/// drop(tx);
/// assert!(rx.is_closed());
/// ```
pub struct WeakUnboundedSender<T> {
    half: WeakHalf<T, Unlimited>,
}

impl<T> WeakUnboundedSender<T> {
    /// An [`UnboundedSender`], if there is still one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::unbounded_channel();
    /// let weak = tx.downgrade();
    /// weak.upgrade().unwrap().send(1).unwrap();
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    pub fn upgrade(&self) -> Option<UnboundedSender<T>> {
        self.half.upgrade().map(|half| UnboundedSender { half })
    }

    /// How many [`UnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::unbounded_channel::<u8>();
    /// assert_eq!(tx.downgrade().strong_count(), 1);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.half.strong_count()
    }

    /// How many [`WeakUnboundedSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::unbounded_channel::<u8>();
    /// assert_eq!(tx.downgrade().weak_count(), 1);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.half.weak_count()
    }
}

impl<T> Clone for WeakUnboundedSender<T> {
    fn clone(&self) -> Self {
        Self { half: self.half.clone() }
    }
}

impl<T> fmt::Debug for WeakUnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakUnboundedSender").finish_non_exhaustive()
    }
}

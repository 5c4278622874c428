//! The receiving half.

use std::fmt;

use heist_primitives::mutation;
use heist_primitives::sync::Arc;

use super::error::{RecvError, TryRecvError};
use super::shared::Shared;
use super::tail::Position;
use crate::runtime::context;
use crate::task::coop;

/// Receives the values sent after its creation.
///
/// It is no `Clone`, since there are two things that could mean: see [`resubscribe`](Self::resubscribe) for a receiver of
/// what comes next.
///
/// # Examples
///
/// ```
/// use heist::sync::broadcast;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut first) = broadcast::channel(4);
///     let mut second = tx.subscribe();
///     tx.send("to both").unwrap();
///     assert_eq!(first.recv().await, Ok("to both"));
///     assert_eq!(second.recv().await, Ok("to both"));
/// }
/// ```
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The value to receive next. The channel counts on us to read this one and all later ones.
    next: Position,
}

impl<T> Receiver<T> {
    /// One more receiver, of what is sent from now on.
    #[track_caller]
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        let next = shared.tail.subscribe();
        Self { shared, next }
    }

    /// How many values were sent that this receiver has not received.
    ///
    /// If that is more than the capacity, rounded up to a power of two, the receiver lags.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, mut rx) = broadcast::channel(4);
    /// tx.send(1).unwrap();
    /// tx.send(2).unwrap();
    /// assert_eq!(rx.len(), 2);
    /// rx.try_recv().unwrap();
    /// assert_eq!(rx.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.shared.ahead_of(self.next)
    }

    /// True if the receiver has received all values sent so far.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, mut rx) = broadcast::channel(4);
    /// assert!(rx.is_empty());
    /// tx.send(1).unwrap();
    /// assert!(!rx.is_empty());
    /// # rx.try_recv().unwrap();
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if both receive from the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (_tx, rx) = broadcast::channel::<u8>(4);
    /// assert!(rx.same_channel(&rx.resubscribe()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// How many senders there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, rx) = broadcast::channel::<u8>(4);
    /// let _other = tx.clone();
    /// assert_eq!(rx.sender_strong_count(), 2);
    /// ```
    pub fn sender_strong_count(&self) -> usize {
        self.shared.senders.strong()
    }

    /// How many [`WeakSender`](super::WeakSender)s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, rx) = broadcast::channel::<u8>(4);
    /// let _weak = tx.downgrade();
    /// assert_eq!(rx.sender_weak_count(), 1);
    /// ```
    pub fn sender_weak_count(&self) -> usize {
        self.shared.senders.weak()
    }

    /// True if no sender is left. There may still be values to receive.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, rx) = broadcast::channel::<u8>(4);
    /// assert!(!rx.is_closed());
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.sender_strong_count() == 0
    }

    /// A new receiver of the same channel, of what is sent from now on; not of what this one has yet to receive.
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
    /// let (tx, mut rx) = broadcast::channel(4);
    /// tx.send(1).unwrap();
    /// let mut late = rx.resubscribe();
    /// tx.send(2).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert_eq!(late.try_recv(), Ok(2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn resubscribe(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl<T: Clone> Receiver<T> {
    /// Waits for the next value.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has received nothing.
    ///
    /// # Errors
    ///
    /// [`Lagged`](RecvError::Lagged) if values were overwritten that this receiver had not received, and
    /// [`Closed`](RecvError::Closed) if all were received and no sender is left.
    ///
    /// # Panics
    ///
    /// If cloning the value panics. The value counts as received, and the channel can be used as before.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    /// use heist::sync::broadcast::error::RecvError;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = broadcast::channel(4);
    ///     heist::spawn(async move { tx.send("hello") });
    ///     assert_eq!(rx.recv().await, Ok("hello"));
    ///     // The sender is gone.
    ///     assert_eq!(rx.recv().await, Err(RecvError::Closed));
    /// }
    /// ```
    pub async fn recv(&mut self) -> Result<T, RecvError> {
        coop::cooperative(self.shared.recv(&mut self.next)).await
    }

    /// Receives the next value if there is one.
    ///
    /// It never says `Empty` when a `send` has returned whose value was not received. Values keep their order, so if
    /// another sender is just writing the value before that one, this waits for it: a few instructions, or, should that
    /// sender's thread have been preempted, until it goes on. Meanwhile this thread sleeps.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if there is none now, [`Lagged`](TryRecvError::Lagged) and
    /// [`Closed`](TryRecvError::Closed) as for [`recv`](Self::recv).
    ///
    /// # Panics
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    /// use heist::sync::broadcast::error::TryRecvError;
    ///
    /// let (tx, mut rx) = broadcast::channel(4);
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.shared.try_recv(&mut self.next) {
            Err(TryRecvError::Empty) if !self.is_empty() && !mutation::on("broadcast_tries_once") => {
                let received = context::park_until_ready(self.shared.recv(&mut self.next));
                received.map_err(|error| match error {
                    RecvError::Closed => TryRecvError::Closed,
                    RecvError::Lagged(missed) => TryRecvError::Lagged(missed),
                })
            }
            result => result,
        }
    }

    /// Blocks the thread until a value comes.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Panics
    ///
    /// If called from within a runtime, and as [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::broadcast;
    ///
    /// let (tx, mut rx) = broadcast::channel(4);
    /// let thread = std::thread::spawn(move || rx.blocking_recv());
    /// tx.send(1).unwrap();
    /// assert_eq!(thread.join().unwrap(), Ok(1));
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        context::block_on_sync(self.recv())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.receiver_dropped(self.next);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Receiver")
    }
}

//! The bounded channel: its senders. The receiver is in `receiver.rs`, permits are in `permit.rs`.

use std::fmt;
use std::mem;

use super::chan::{self, Chan, TxHalf, WeakHalf};
use super::error::{SendError, TrySendError};
use super::flow::Permits;
use super::permit::{OwnedPermit, Permit, PermitIterator};
use super::receiver::Receiver;
use crate::runtime::context;
use crate::sync::semaphore::permits::{MAX_PERMITS, Take};
use crate::sync::semaphore::raw::{Closed, RawSemaphore};

/// A channel that holds up to `buffer` messages; then senders wait.
///
/// # Panics
///
/// If `buffer` is 0, or larger than [`Semaphore::MAX_PERMITS`](crate::sync::Semaphore::MAX_PERMITS).
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// # futures::executor::block_on(async {
/// let (tx, mut rx) = mpsc::channel(10);
/// tx.send("hello").await.unwrap();
/// drop(tx);
/// assert_eq!(rx.recv().await, Some("hello"));
/// assert_eq!(rx.recv().await, None);
/// # });
/// ```
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    assert!(buffer > 0, "mpsc bounded channel requires buffer > 0");
    assert!(buffer <= MAX_PERMITS, "mpsc bounded channel requires buffer <= Semaphore::MAX_PERMITS");
    let (tx, rx) = chan::channel(Permits { semaphore: RawSemaphore::new(buffer), bound: buffer });
    (Sender { half: tx }, Receiver { half: rx })
}

/// Sends messages to the [`Receiver`] of a [`channel`]. Can be cloned.
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut rx) = mpsc::channel(8);
///     for n in 0..2 {
///         let tx = tx.clone();
///         heist::spawn(async move { tx.send(n).await });
///     }
///     drop(tx);
///     let sum = rx.recv().await.unwrap() + rx.recv().await.unwrap();
///     assert_eq!((sum, rx.recv().await), (1, None));
/// }
/// ```
pub struct Sender<T> {
    pub(super) half: TxHalf<T, Permits>,
}

impl<T> Sender<T> {
    /// Sends a message, after waiting for room.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it has not sent the message, which is dropped too, and loses its place in the queue.
    ///
    /// # Errors
    ///
    /// The message, if the receiver is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// # futures::executor::block_on(async {
    /// let (tx, mut rx) = mpsc::channel(1);
    /// tx.send(1).await.unwrap();
    /// assert_eq!(rx.recv().await, Some(1));
    /// # });
    /// ```
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        match self.acquire(1).await {
            Ok(()) => {
                self.half.push(value);
                Ok(())
            }
            Err(Closed) => Err(SendError(value)),
        }
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
    ///     let (tx, rx) = mpsc::channel::<u8>(1);
    ///     drop(rx);
    ///     tx.closed().await;
    /// }
    /// ```
    pub async fn closed(&self) {
        self.half.closed(|| self.is_closed()).await;
    }

    /// Sends a message if there is room.
    ///
    /// # Errors
    ///
    /// The message, if the channel is full or the receiver is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc::{self, error::TrySendError};
    ///
    /// let (tx, rx) = mpsc::channel(1);
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    /// drop(rx);
    /// assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        match self.semaphore().try_acquire(1) {
            Take::Taken => {
                self.half.push(message);
                Ok(())
            }
            Take::Short(_) => Err(TrySendError::Full(message)),
            Take::Closed => Err(TrySendError::Closed(message)),
        }
    }

    /// Blocks the thread until the message is sent.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Errors
    ///
    /// The message, if the receiver is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::channel(1);
    /// let sender = std::thread::spawn(move || tx.blocking_send("from a thread"));
    /// assert_eq!(rx.blocking_recv(), Some("from a thread"));
    /// sender.join().unwrap().unwrap();
    /// ```
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        context::block_on_sync(self.send(value))
    }

    /// True if the receiver was closed or dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::channel::<u8>(1);
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.semaphore().is_closed()
    }

    /// Waits for room for a message, to be sent through the permit without waiting.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it loses its place in the queue.
    ///
    /// # Errors
    ///
    /// If the receiver is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// # futures::executor::block_on(async {
    /// let (tx, mut rx) = mpsc::channel(1);
    /// let permit = tx.reserve().await.unwrap();
    /// assert!(tx.try_send(1).is_err());
    /// permit.send(2);
    /// assert_eq!(rx.recv().await, Some(2));
    /// # });
    /// ```
    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        self.acquire(1).await.map_err(|Closed| SendError(()))?;
        Ok(Permit::new(self))
    }

    /// Waits for room for `n` messages.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it loses its place in the queue.
    ///
    /// # Errors
    ///
    /// If the receiver is or gets closed, and if `n` is larger than [`max_capacity`](Self::max_capacity).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(2);
    ///     for (permit, message) in tx.reserve_many(2).await.unwrap().zip(["a", "b"]) {
    ///         permit.send(message);
    ///     }
    ///     assert_eq!(rx.recv().await, Some("a"));
    ///     assert!(tx.reserve_many(3).await.is_err());
    /// }
    /// ```
    pub async fn reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, SendError<()>> {
        if n > self.max_capacity() {
            return Err(SendError(()));
        }
        self.acquire(n).await.map_err(|Closed| SendError(()))?;
        Ok(PermitIterator::new(self, n))
    }

    /// As [`reserve`](Self::reserve), with a permit that owns the sender.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it drops the sender, and loses its place in the queue.
    ///
    /// # Errors
    ///
    /// If the receiver is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(1);
    ///     let permit = tx.reserve_owned().await.unwrap();
    ///     heist::spawn(async move { permit.send("later") });
    ///     assert_eq!(rx.recv().await, Some("later"));
    /// }
    /// ```
    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        self.acquire(1).await.map_err(|Closed| SendError(()))?;
        Ok(OwnedPermit::new(self))
    }

    /// Reserves room for a message if there is some.
    ///
    /// # Errors
    ///
    /// If the channel is full or the receiver is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::channel(1);
    /// let permit = tx.try_reserve().unwrap();
    /// assert!(tx.try_reserve().is_err());
    /// permit.send(1);
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.try_acquire(1)?;
        Ok(Permit::new(self))
    }

    /// Reserves room for `n` messages if there is so much.
    ///
    /// # Errors
    ///
    /// If the channel has less room or the receiver is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::channel(2);
    /// assert!(tx.try_reserve_many(3).is_err());
    /// tx.try_reserve_many(2).unwrap().for_each(|permit| permit.send(1));
    /// assert_eq!(rx.len(), 2);
    /// ```
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        if n > self.max_capacity() {
            return Err(if self.is_closed() { TrySendError::Closed(()) } else { TrySendError::Full(()) });
        }
        self.try_acquire(n)?;
        Ok(PermitIterator::new(self, n))
    }

    /// As [`try_reserve`](Self::try_reserve), with a permit that owns the sender.
    ///
    /// # Errors
    ///
    /// The sender, if the channel is full or the receiver is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc::{self, error::TrySendError};
    ///
    /// let (tx, _rx) = mpsc::channel::<u8>(1);
    /// let permit = tx.clone().try_reserve_owned().unwrap();
    /// // The sender comes back with the error.
    /// assert!(matches!(tx.try_reserve_owned(), Err(TrySendError::Full(_))));
    /// drop(permit);
    /// ```
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.try_acquire(1) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(self)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(self)),
        }
    }

    /// True if both send to the same receiver.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel::<u8>(1);
    /// let (other, _rx) = mpsc::channel::<u8>(1);
    /// assert!(tx.same_channel(&tx.clone()));
    /// assert!(!tx.same_channel(&other));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        self.half.same_channel(&other.half)
    }

    /// The messages that can be sent now without waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel(5);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(tx.capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.semaphore().available()
    }

    /// A sender that does not keep the channel open.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::channel::<u8>(1);
    /// let _weak = tx.downgrade();
    /// drop(tx);
    /// assert_eq!(rx.blocking_recv(), None);
    /// ```
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender { half: self.half.downgrade() }
    }

    /// The messages that the channel can hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel(5);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(tx.max_capacity(), 5);
    /// ```
    pub fn max_capacity(&self) -> usize {
        self.half.chan().flow.bound
    }

    /// How many [`Sender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel::<u8>(1);
    /// let _other = tx.clone();
    /// assert_eq!(tx.strong_count(), 2);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.half.strong_count()
    }

    /// How many [`WeakSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel::<u8>(1);
    /// let _weak = tx.downgrade();
    /// assert_eq!(tx.weak_count(), 1);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.half.weak_count()
    }

    fn semaphore(&self) -> &RawSemaphore {
        &self.half.chan().flow.semaphore
    }

    /// Gives permits back that were not used for messages.
    pub(super) fn give_back(&self, n: usize) {
        self.semaphore().release(n);
        self.half.chan().permission_returned();
    }

    fn try_acquire(&self, n: usize) -> Result<(), TrySendError<()>> {
        match self.semaphore().try_acquire(n) {
            Take::Taken => Ok(()),
            Take::Short(_) => Err(TrySendError::Full(())),
            Take::Closed => Err(TrySendError::Closed(())),
        }
    }

    async fn acquire(&self, n: usize) -> Result<(), Closed> {
        /// Dropped early the acquisition gives back what it had been granted, which a closed channel may wait for.
        struct Returned<'a>(&'a Chan<Permits>);
        impl Drop for Returned<'_> {
            fn drop(&mut self) {
                self.0.permission_returned();
            }
        }
        let returned = Returned(self.half.chan());
        self.semaphore().acquire(n).await?;
        mem::forget(returned);
        Ok(())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { half: self.half.clone() }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("channel", self.half.chan()).finish()
    }
}

/// A sender that does not keep the channel open; made by [`Sender::downgrade`].
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// let (tx, _rx) = mpsc::channel::<()>(1);
/// let weak = tx.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(tx);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakSender<T> {
    half: WeakHalf<T, Permits>,
}

impl<T> WeakSender<T> {
    /// A [`Sender`], if there is still one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::channel(1);
    /// let weak = tx.downgrade();
    /// weak.upgrade().unwrap().try_send(1).unwrap();
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.half.upgrade().map(|half| Sender { half })
    }

    /// How many [`Sender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel::<u8>(1);
    /// assert_eq!(tx.downgrade().strong_count(), 1);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.half.strong_count()
    }

    /// How many [`WeakSender`]s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel::<u8>(1);
    /// assert_eq!(tx.downgrade().weak_count(), 1);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.half.weak_count()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self { half: self.half.clone() }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}

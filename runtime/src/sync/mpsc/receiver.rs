//! The receivers of bounded and unbounded channels.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use super::chan::RxHalf;
use super::error::TryRecvError;
use super::flow::{Permits, Unlimited};
use crate::runtime::context;

/// Receives the messages of a [`channel`](super::channel).
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut rx) = mpsc::channel(8);
///     heist::spawn(async move {
///         tx.send(1).await.unwrap();
///     });
///     while let Some(message) = rx.recv().await {
///         assert_eq!(message, 1);
///     }
/// }
/// ```
pub struct Receiver<T> {
    pub(super) half: RxHalf<T, Permits>,
}

impl<T> Receiver<T> {
    /// Receives the next message; `None` once the channel is closed and drained.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has received nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(8);
    ///     tx.send(1).await.unwrap();
    ///     drop(tx);
    ///     assert_eq!(rx.recv().await, Some(1));
    ///     assert_eq!(rx.recv().await, None);
    /// }
    /// ```
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Waits for a message and appends what is there, at most `limit` messages, to `buffer`.
    ///
    /// Returns how many it appended: 0 if the channel is closed and drained, or if `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has received nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(8);
    ///     (1..=3).for_each(|n| tx.try_send(n).unwrap());
    ///     let mut messages = Vec::new();
    ///     assert_eq!(rx.recv_many(&mut messages, 2).await, 2);
    ///     assert_eq!(messages, [1, 2]);
    /// }
    /// ```
    pub async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        poll_fn(|cx| self.poll_recv_many(cx, buffer, limit)).await
    }

    /// Receives the next message if it is there.
    ///
    /// It never says `Empty` when a `send` has returned whose message was not received. Messages keep their order, so if
    /// another sender is just writing the message before that one, this waits for it: a few instructions, or, should that
    /// sender's thread have been preempted, until it goes on. Meanwhile this thread sleeps.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if a message may still come, [`Disconnected`](TryRecvError::Disconnected) if not.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc::{self, error::TryRecvError};
    ///
    /// let (tx, mut rx) = mpsc::channel(8);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.half.try_recv()
    }

    /// Blocks the thread until a message comes; `None` once the channel is closed and drained.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::channel(8);
    /// std::thread::spawn(move || tx.try_send("hello").unwrap());
    /// assert_eq!(rx.blocking_recv(), Some("hello"));
    /// assert_eq!(rx.blocking_recv(), None);
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        context::block_on_sync(self.recv())
    }

    /// As [`recv_many`](Self::recv_many), blocking the thread.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::channel(8);
    /// tx.try_send(1).unwrap();
    /// tx.try_send(2).unwrap();
    /// let mut messages = Vec::new();
    /// assert_eq!(rx.blocking_recv_many(&mut messages, 10), 2);
    /// ```
    #[track_caller]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        context::block_on_sync(self.recv_many(buffer, limit))
    }

    /// Lets nobody begin to send any more. What was sent can still be received, and so can what is
    /// sent through a [`Permit`](super::Permit) that exists.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(8);
    ///     tx.send(1).await.unwrap();
    ///     rx.close();
    ///     assert!(tx.send(2).await.is_err());
    ///     assert_eq!(rx.recv().await, Some(1));
    ///     assert_eq!(rx.recv().await, None);
    /// }
    /// ```
    pub fn close(&mut self) {
        self.half.close();
    }

    /// True if the channel was closed, or there is no sender left.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::channel::<u8>(8);
    /// assert!(!rx.is_closed());
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.half.is_closed()
    }

    /// True if no message was sent that is not received.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::channel(8);
    /// assert!(rx.is_empty());
    /// tx.try_send(1).unwrap();
    /// assert!(!rx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.half.len() == 0
    }

    /// The messages sent and not received.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::channel(8);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(rx.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.half.len()
    }

    /// The messages that can be sent now without waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::channel(8);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(rx.capacity(), 7);
    /// rx.try_recv().unwrap();
    /// assert_eq!(rx.capacity(), 8);
    /// ```
    pub fn capacity(&self) -> usize {
        self.half.chan().flow.semaphore.available()
    }

    /// The messages that the channel can hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (_tx, rx) = mpsc::channel::<u8>(8);
    /// assert_eq!(rx.max_capacity(), 8);
    /// ```
    pub fn max_capacity(&self) -> usize {
        self.half.chan().flow.bound
    }

    /// Receives the next message; `None` once the channel is closed and drained.
    ///
    /// Pending, it wakes the task of the last call when a message comes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(8);
    ///     tx.send(1).await.unwrap();
    ///     assert_eq!(poll_fn(|cx| rx.poll_recv(cx)).await, Some(1));
    /// }
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.half.poll_recv(cx)
    }

    /// As [`recv_many`](Self::recv_many), for a poll.
    ///
    /// Pending, it wakes the task of the last call when a message comes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(8);
    ///     tx.send(1).await.unwrap();
    ///     let mut messages = Vec::new();
    ///     assert_eq!(poll_fn(|cx| rx.poll_recv_many(cx, &mut messages, 10)).await, 1);
    /// }
    /// ```
    pub fn poll_recv_many(&mut self, cx: &mut Context<'_>, buffer: &mut Vec<T>, limit: usize) -> Poll<usize> {
        self.half.poll_recv_many(cx, buffer, limit)
    }

    /// How many [`Sender`](super::Sender)s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::channel::<u8>(8);
    /// let _other = tx.clone();
    /// assert_eq!(rx.sender_strong_count(), 2);
    /// ```
    pub fn sender_strong_count(&self) -> usize {
        self.half.strong_count()
    }

    /// How many [`WeakSender`](super::WeakSender)s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::channel::<u8>(8);
    /// let _weak = tx.downgrade();
    /// assert_eq!(rx.sender_weak_count(), 1);
    /// ```
    pub fn sender_weak_count(&self) -> usize {
        self.half.weak_count()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("channel", self.half.chan()).finish()
    }
}

/// Receives the messages of an [`unbounded_channel`](super::unbounded_channel).
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut rx) = mpsc::unbounded_channel();
///     heist::spawn(async move {
///         tx.send(1).unwrap();
///     });
///     while let Some(message) = rx.recv().await {
///         assert_eq!(message, 1);
///     }
/// }
/// ```
pub struct UnboundedReceiver<T> {
    pub(super) half: RxHalf<T, Unlimited>,
}

impl<T> UnboundedReceiver<T> {
    /// Receives the next message; `None` once the channel is closed and drained.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has received nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::unbounded_channel();
    ///     tx.send(1).unwrap();
    ///     drop(tx);
    ///     assert_eq!(rx.recv().await, Some(1));
    ///     assert_eq!(rx.recv().await, None);
    /// }
    /// ```
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Waits for a message and appends what is there, at most `limit` messages, to `buffer`.
    ///
    /// Returns how many it appended: 0 if the channel is closed and drained, or if `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has received nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::unbounded_channel();
    ///     (1..=3).for_each(|n| tx.send(n).unwrap());
    ///     let mut messages = Vec::new();
    ///     assert_eq!(rx.recv_many(&mut messages, 2).await, 2);
    ///     assert_eq!(messages, [1, 2]);
    /// }
    /// ```
    pub async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        poll_fn(|cx| self.poll_recv_many(cx, buffer, limit)).await
    }

    /// Receives the next message if it is there.
    ///
    /// It never says `Empty` when a `send` has returned whose message was not received. Messages keep their order, so if
    /// another sender is just writing the message before that one, this waits for it: a few instructions, or, should that
    /// sender's thread have been preempted, until it goes on. Meanwhile this thread sleeps.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if a message may still come, [`Disconnected`](TryRecvError::Disconnected) if not.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc::{self, error::TryRecvError};
    ///
    /// let (tx, mut rx) = mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.half.try_recv()
    }

    /// Blocks the thread until a message comes; `None` once the channel is closed and drained.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::unbounded_channel();
    /// std::thread::spawn(move || tx.send("hello").unwrap());
    /// assert_eq!(rx.blocking_recv(), Some("hello"));
    /// assert_eq!(rx.blocking_recv(), None);
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        context::block_on_sync(self.recv())
    }

    /// As [`recv_many`](Self::recv_many), blocking the thread.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, mut rx) = mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// tx.send(2).unwrap();
    /// let mut messages = Vec::new();
    /// assert_eq!(rx.blocking_recv_many(&mut messages, 10), 2);
    /// ```
    #[track_caller]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        context::block_on_sync(self.recv_many(buffer, limit))
    }

    /// Lets nobody begin to send any more. What was sent can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::unbounded_channel();
    ///     tx.send(1).unwrap();
    ///     rx.close();
    ///     assert!(tx.send(2).is_err());
    ///     assert_eq!(rx.recv().await, Some(1));
    ///     assert_eq!(rx.recv().await, None);
    /// }
    /// ```
    pub fn close(&mut self) {
        self.half.close();
    }

    /// True if the channel was closed, or there is no sender left.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::unbounded_channel::<u8>();
    /// assert!(!rx.is_closed());
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.half.is_closed()
    }

    /// True if no message was sent that is not received.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::unbounded_channel();
    /// assert!(rx.is_empty());
    /// tx.send(1).unwrap();
    /// assert!(!rx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.half.len() == 0
    }

    /// The messages sent and not received.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.half.len()
    }

    /// Receives the next message; `None` once the channel is closed and drained.
    ///
    /// Pending, it wakes the task of the last call when a message comes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::unbounded_channel();
    ///     tx.send(1).unwrap();
    ///     assert_eq!(poll_fn(|cx| rx.poll_recv(cx)).await, Some(1));
    /// }
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.half.poll_recv(cx)
    }

    /// As [`recv_many`](Self::recv_many), for a poll.
    ///
    /// Pending, it wakes the task of the last call when a message comes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::unbounded_channel();
    ///     tx.send(1).unwrap();
    ///     let mut messages = Vec::new();
    ///     assert_eq!(poll_fn(|cx| rx.poll_recv_many(cx, &mut messages, 10)).await, 1);
    /// }
    /// ```
    pub fn poll_recv_many(&mut self, cx: &mut Context<'_>, buffer: &mut Vec<T>, limit: usize) -> Poll<usize> {
        self.half.poll_recv_many(cx, buffer, limit)
    }

    /// How many [`UnboundedSender`](super::UnboundedSender)s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::unbounded_channel::<u8>();
    /// let _other = tx.clone();
    /// assert_eq!(rx.sender_strong_count(), 2);
    /// ```
    pub fn sender_strong_count(&self) -> usize {
        self.half.strong_count()
    }

    /// How many [`WeakUnboundedSender`](super::WeakUnboundedSender)s there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, rx) = mpsc::unbounded_channel::<u8>();
    /// let _weak = tx.downgrade();
    /// assert_eq!(rx.sender_weak_count(), 1);
    /// ```
    pub fn sender_weak_count(&self) -> usize {
        self.half.weak_count()
    }
}

impl<T> fmt::Debug for UnboundedReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedReceiver").field("channel", self.half.chan()).finish()
    }
}

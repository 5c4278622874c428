//! A channel for a single value.
//!
//! The state word is in `state.rs`, what the halves share in `inner.rs`; here is the public side.
//!
//! # Examples
//!
//! ```
//! use heist::sync::oneshot;
//!
//! # futures::executor::block_on(async {
//! let (tx, rx) = oneshot::channel();
//! std::thread::spawn(move || tx.send(42));
//! assert_eq!(rx.await, Ok(42));
//! # });
//! ```

pub mod error;
mod inner;
mod state;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use error::{RecvError, TryRecvError};
use inner::{RxHalf, TxHalf};

use crate::runtime::context;
use crate::task::coop;

/// A channel for a single value.
///
/// # Examples
///
/// ```
/// use heist::sync::oneshot;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, rx) = oneshot::channel();
///     heist::spawn(async move { tx.send("done") });
///     assert_eq!(rx.await, Ok("done"));
/// }
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = inner::halves();
    (Sender { half: Some(tx) }, Receiver { half: Some(rx) })
}

/// Sends the value of a [`channel`].
///
/// # Examples
///
/// ```
/// use heist::sync::oneshot;
///
/// let (tx, mut rx) = oneshot::channel::<u8>();
/// // Dropped without a value it tells the receiver so.
/// drop(tx);
/// assert!(rx.try_recv().is_err());
/// ```
pub struct Sender<T> {
    /// Absent only while the sender is being used up.
    half: Option<TxHalf<T>>,
}

impl<T> Sender<T> {
    /// Sends the value. It never waits.
    ///
    /// `Ok` does not mean that the value will be received: the receiver may be dropped with the value inside.
    ///
    /// # Errors
    ///
    /// The value, if the receiver was closed or dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::oneshot;
    ///
    /// let (tx, rx) = oneshot::channel();
    /// drop(rx);
    /// assert_eq!(tx.send("too late"), Err("too late"));
    /// ```
    pub fn send(mut self, value: T) -> Result<(), T> {
        match self.half.take() {
            Some(half) => half.send(value),
            None => Err(value),
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
    /// use heist::sync::oneshot;
    ///
    /// # futures::executor::block_on(async {
    /// let (mut tx, rx) = oneshot::channel::<()>();
    /// drop(rx);
    /// tx.closed().await;
    /// # });
    /// ```
    pub async fn closed(&mut self) {
        poll_fn(|cx| self.poll_closed(cx)).await;
    }

    /// True if the receiver was closed or dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::oneshot;
    ///
    /// let (tx, rx) = oneshot::channel::<u8>();
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.half.as_ref().is_none_or(|half| half.state().is_closed())
    }

    /// Ready once the receiver is closed or dropped; otherwise the task will be woken then.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use heist::sync::oneshot;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (mut tx, rx) = oneshot::channel::<u8>();
    ///     drop(rx);
    ///     poll_fn(|cx| tx.poll_closed(cx)).await;
    /// }
    /// ```
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let coop = ready!(coop::poll_proceed(cx));
        if let Some(half) = &mut self.half {
            ready!(half.poll_closed(cx));
        }
        coop.made_progress();
        Poll::Ready(())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(half) = self.half.take() {
            half.leave();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("state", &self.half).finish()
    }
}

/// Receives the value of a [`channel`]: a future of it.
///
/// # Cancel safety
///
/// Cancel safe if awaited by reference: the value stays until it is received or the receiver is dropped.
///
/// # Panics
///
/// If polled after it was ready.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use heist::sync::oneshot;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut rx) = oneshot::channel();
///     // By reference, so that it can be awaited again.
///     assert!(heist::time::timeout(Duration::from_millis(1), &mut rx).await.is_err());
///     tx.send(1).unwrap();
///     assert_eq!(rx.await, Ok(1));
/// }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Receiver<T> {
    /// Absent once the outcome was handed out.
    half: Option<RxHalf<T>>,
}

impl<T> Receiver<T> {
    /// From now on nothing can be sent. A value sent before can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::oneshot;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = oneshot::channel();
    ///     rx.close();
    ///     assert!(tx.send(1).is_err());
    ///     assert!(rx.await.is_err());
    /// }
    /// ```
    pub fn close(&mut self) {
        if let Some(half) = &mut self.half {
            half.close();
        }
    }

    /// True if the outcome was handed out, by an await or by [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::oneshot;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = oneshot::channel();
    ///     tx.send(1).unwrap();
    ///     assert!(!rx.is_terminated());
    ///     assert_eq!((&mut rx).await, Ok(1));
    ///     assert!(rx.is_terminated());
    /// }
    /// ```
    pub fn is_terminated(&self) -> bool {
        self.half.is_none()
    }

    /// True if no value is there to be received.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::oneshot;
    ///
    /// let (tx, rx) = oneshot::channel();
    /// assert!(rx.is_empty());
    /// tx.send(1).unwrap();
    /// assert!(!rx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        !self.half.as_ref().is_some_and(|half| half.state().has_value())
    }

    /// Receives the value if it is there.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if it may still come, [`Closed`](TryRecvError::Closed) if not.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::oneshot;
    ///
    /// let (tx, mut rx) = oneshot::channel();
    /// assert!(rx.try_recv().is_err());
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let state = self.half.as_ref().ok_or(TryRecvError::Closed)?.state();
        if !state.is_complete() && !state.is_closed() {
            return Err(TryRecvError::Empty);
        }
        self.half.take().and_then(RxHalf::leave).ok_or(TryRecvError::Closed)
    }

    /// Blocks the thread until the value comes.
    ///
    /// # Panics
    ///
    /// If called from within a runtime.
    ///
    /// # Errors
    ///
    /// If the sender is dropped without sending.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::oneshot;
    ///
    /// let (tx, rx) = oneshot::channel();
    /// let sender = std::thread::spawn(move || tx.send(1));
    /// assert_eq!(rx.blocking_recv(), Ok(1));
    /// sender.join().unwrap().unwrap();
    /// ```
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        context::block_on_sync(self)
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let half = self.half.as_mut().expect("called after complete: the receiver's outcome was already taken");
        let coop = ready!(coop::poll_proceed(cx));
        ready!(half.poll_outcome(cx));
        coop.made_progress();
        Poll::Ready(self.half.take().and_then(RxHalf::leave).ok_or(RecvError(())))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // A value that was sent is dropped here.
        drop(self.half.take().and_then(RxHalf::leave));
    }
}

impl<T: fmt::Debug> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("state", &self.half).finish()
    }
}

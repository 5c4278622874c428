//! Why something was not sent or received.

use std::error::Error;
use std::fmt;

/// There is no receiver; contains the value.
///
/// # Examples
///
/// ```
/// use heist::sync::broadcast::{self, error::SendError};
///
/// let (tx, _) = broadcast::channel(4);
/// let SendError(value) = tx.send("nobody").unwrap_err();
/// assert_eq!(value, "nobody");
/// ```
#[derive(Debug)]
pub struct SendError<T>(pub T);

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T: fmt::Debug> Error for SendError<T> {}

/// Why [`recv`](super::Receiver::recv) received nothing.
///
/// # Examples
///
/// ```
/// use heist::sync::broadcast::{self, error::RecvError};
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut rx) = broadcast::channel(1);
///     tx.send(1).unwrap();
///     tx.send(2).unwrap();
///     drop(tx);
///     assert_eq!(rx.recv().await, Err(RecvError::Lagged(1)));
///     assert_eq!(rx.recv().await, Ok(2));
///     assert_eq!(rx.recv().await, Err(RecvError::Closed));
/// }
/// ```
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum RecvError {
    /// All values were received and no sender is left.
    Closed,
    /// This many values were overwritten before the receiver came to them. The next call receives the oldest one that
    /// the channel still has.
    Lagged(u64),
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecvError::Closed => f.write_str("channel closed"),
            RecvError::Lagged(missed) => write!(f, "channel lagged by {missed}"),
        }
    }
}

impl Error for RecvError {}

/// Why [`try_recv`](super::Receiver::try_recv) received nothing.
///
/// # Examples
///
/// ```
/// use heist::sync::broadcast::{self, error::TryRecvError};
///
/// let (tx, mut rx) = broadcast::channel::<u8>(1);
/// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
/// drop(tx);
/// assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
/// ```
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum TryRecvError {
    /// All values were received; a sender may send more.
    Empty,
    /// All values were received and no sender is left.
    Closed,
    /// This many values were overwritten before the receiver came to them. The next call receives the oldest one that
    /// the channel still has.
    Lagged(u64),
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TryRecvError::Empty => f.write_str("channel empty"),
            TryRecvError::Closed => f.write_str("channel closed"),
            TryRecvError::Lagged(missed) => write!(f, "channel lagged by {missed}"),
        }
    }
}

impl Error for TryRecvError {}

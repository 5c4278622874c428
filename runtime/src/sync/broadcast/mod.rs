//! A channel for many senders and receivers in which each receiver gets each value.
//!
//! A value is kept once, and cloned for each receiver; the last one to read it gets the value itself. A receiver gets
//! what is sent after it was made by [`subscribe`](Sender::subscribe) or [`resubscribe`](Receiver::resubscribe).
//!
//! # Lagging
//!
//! Sending never waits. The channel keeps as many values as its capacity says, rounded up to a power of two; when one
//! more is sent, the oldest goes. A receiver that has not read it by then *lags*: its next
//! [`recv`](Receiver::recv) returns [`RecvError::Lagged`](error::RecvError::Lagged) with the number of values it has
//! missed, and the call after that the oldest value the channel still has.
//!
//! # Closing
//!
//! Without senders the channel is closed: receivers get what is left, then
//! [`RecvError::Closed`](error::RecvError::Closed). Without receivers [`send`](Sender::send) fails, and works again after
//! a `subscribe`.
//!
//! The word with the position and the receivers is in `tail.rs`, a value and its readers in `slot.rs`, the protocol in
//! `shared.rs`, the handles in `sender.rs` and `receiver.rs`.
//!
//! # Examples
//!
//! ```
//! use heist::sync::broadcast;
//!
//! #[heist::main]
//! async fn main() {
//!     let (tx, mut rx1) = broadcast::channel(16);
//!     let mut rx2 = tx.subscribe();
//!     let sums = [
//!         heist::spawn(async move { rx1.recv().await.unwrap() + rx1.recv().await.unwrap() }),
//!         heist::spawn(async move { rx2.recv().await.unwrap() + rx2.recv().await.unwrap() }),
//!     ];
//!     tx.send(10).unwrap();
//!     tx.send(20).unwrap();
//!     for sum in sums {
//!         assert_eq!(sum.await.unwrap(), 30);
//!     }
//! }
//! ```
//!
//! A receiver that is too slow:
//!
//! ```
//! use heist::sync::broadcast;
//! use heist::sync::broadcast::error::RecvError;
//!
//! #[heist::main]
//! async fn main() {
//!     let (tx, mut rx) = broadcast::channel(2);
//!     for i in 1..=3 {
//!         tx.send(i).unwrap();
//!     }
//!     assert_eq!(rx.recv().await, Err(RecvError::Lagged(1)));
//!     assert_eq!(rx.recv().await, Ok(2));
//!     assert_eq!(rx.recv().await, Ok(3));
//! }
//! ```

pub mod error;
mod receiver;
mod sender;
mod shared;
mod slot;
mod tail;

pub use receiver::Receiver;
pub use sender::{Sender, WeakSender};

/// A channel that keeps at most `capacity` values, rounded up to a power of two.
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
/// let (tx, mut rx) = broadcast::channel(4);
/// assert_eq!(tx.send("hello").unwrap(), 1);
/// assert_eq!(rx.try_recv(), Ok("hello"));
/// ```
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let tx = Sender::new(capacity);
    let rx = tx.subscribe();
    (tx, rx)
}

//! `Sender::send_timeout`, the one operation of the primitives that needs a clock.
//!
//! A file of its own, so that the channels themselves know nothing of time.

use std::time::Duration;

use super::mpsc::Sender;
use super::mpsc::error::SendTimeoutError;
use crate::time;

impl<T> Sender<T> {
    /// Sends a message, after waiting for room for at most `timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it has not sent the message, which is dropped too, and loses its place in the queue.
    ///
    /// # Panics
    ///
    /// If called outside of a runtime with timers.
    ///
    /// # Errors
    ///
    /// The message, if there was no room in time, or the receiver is or gets closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(1);
    ///     tx.send_timeout(1, Duration::from_secs(1)).await.unwrap();
    ///     assert!(tx.send_timeout(2, Duration::from_millis(1)).await.is_err());
    ///     assert_eq!(rx.recv().await, Some(1));
    /// }
    /// ```
    pub async fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        match time::timeout(timeout, self.reserve()).await {
            Ok(Ok(permit)) => {
                permit.send(value);
                Ok(())
            }
            Ok(Err(_)) => Err(SendTimeoutError::Closed(value)),
            Err(_) => Err(SendTimeoutError::Timeout(value)),
        }
    }
}

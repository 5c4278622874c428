//! A channel for many senders and receivers that keeps only the newest value.
//!
//! Good for what is watched rather than consumed: a configuration, a state, a request to shut down. The channel starts
//! with a value, and each receiver knows which version of it it has seen.
//!
//! - [`borrow`](Receiver::borrow) reads the value, [`borrow_and_update`](Receiver::borrow_and_update) also marks it as
//!   seen. In a loop with `changed` use the latter: with the former, a value sent between the two is seen twice.
//! - [`changed`](Receiver::changed) waits for a version not seen yet, and marks it as seen.
//!   [`has_changed`](Receiver::has_changed) asks without waiting or marking.
//! - [`wait_for`](Receiver::wait_for) waits for a value of some kind.
//!
//! A receiver may miss values in between, but never the last one. Without senders the channel is closed: receivers still
//! read the last value. Without receivers [`send`](Sender::send) fails, and works again after
//! [`subscribe`](Sender::subscribe).
//!
//! The version word is in `state.rs`, the protocol in `shared.rs`, the handles in `sender.rs` and `receiver.rs`.
//!
//! # Examples
//!
//! ```
//! use heist::sync::watch;
//!
//! #[heist::main]
//! async fn main() {
//!     let (tx, mut rx) = watch::channel("starting");
//!     let watcher = heist::spawn(async move {
//!         let mut last = *rx.borrow_and_update();
//!         while rx.changed().await.is_ok() {
//!             last = *rx.borrow_and_update();
//!         }
//!         last
//!     });
//!     tx.send("running").unwrap();
//!     tx.send("done").unwrap();
//!     drop(tx);
//!     assert_eq!(watcher.await.unwrap(), "done");
//! }
//! ```

mod count;
pub mod error;
mod receiver;
mod sender;
mod shared;
mod state;

pub use receiver::Receiver;
pub use sender::Sender;
pub use shared::Ref;

/// A channel that holds `init`, which its receiver has seen.
///
/// # Examples
///
/// ```
/// use heist::sync::watch;
///
/// let (tx, rx) = watch::channel(1);
/// assert_eq!(rx.has_changed().unwrap(), false);
/// tx.send(2).unwrap();
/// assert_eq!(rx.has_changed().unwrap(), true);
/// assert_eq!(*rx.borrow(), 2);
/// ```
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let tx = Sender::new(init);
    let rx = tx.subscribe();
    (tx, rx)
}

//! Channels with many senders and one receiver.
//!
//! [`channel`] holds a limited number of messages and lets senders wait for room, in the order in which they began
//! to; [`unbounded_channel`] takes as many as memory holds. A channel is closed when its receiver or its last sender is
//! dropped, or by `close` of the receiver; what was sent before can still be received.
//!
//! Where things are: messages lie in `block.rs` and travel by `list.rs`, `links.rs` and `position.rs`; `tail.rs`, `handles.rs` and `rx_waker.rs` own a word
//! each; `chan.rs` is what both kinds of channel have in common and `flow.rs` what differs; `bounded.rs`, `permit.rs`,
//! `unbounded.rs` and `receiver.rs` are the public side.

mod block;
mod bounded;
mod chan;
pub mod error;
mod flow;
pub(super) mod handles;
mod links;
mod list;
mod permit;
mod position;
mod receiver;
mod rx_waker;
mod tail;
mod unbounded;

pub use bounded::{Sender, WeakSender, channel};
pub use permit::{OwnedPermit, Permit, PermitIterator};
pub use receiver::{Receiver, UnboundedReceiver};
pub use unbounded::{UnboundedSender, WeakUnboundedSender, unbounded_channel};

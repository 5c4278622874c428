//! The list that carries the messages of a channel: many senders, one receiver, no lock.
//!
//! A sender takes a position with one `fetch_add`, finds or appends the block that has it, and writes its message
//! there. The receiver follows in the order of positions. Blocks come as they are needed, larger ones if many messages
//! wait, and go when they are drained: to a spare place for the next block, or to the allocator. When the last message
//! was received, the whole chain of blocks goes, unless the little that is left is worth keeping.
//!
//! The ends are here, what they share in `links.rs`, the receiver's steps in `position.rs`.
//!
//! The contract:
//! - **L1** The slot of a position is its sender's until it is ready, and the receiver's from then on.
//! - **L2** The receiver alone takes blocks out of the list: those that it has drained, that `tail_block` has moved
//!   past, and for which every position handed out before that move was received. Nobody else can reach such a block:
//!   a sender whose position was handed out after the move sees the moved `tail_block`, the others are done.
//! - **L3** `tail_block` moves past a block only when each of its slots is ready, so it never overtakes a sender that
//!   still looks for its block.
//! - **L4** What the receiver leaves behind is written by it before it is gone, and from then on accessed under a lock.
//! - **L5** The receiver gives back a chain, once it is down to its last block, if every position handed out was
//!   received. At that very moment, one step on the tail, the next chain begins. From then on nobody can reach the last
//!   one: senders from before the step are done; those after it see that `tail_block` was null, and find or make the
//!   first block of theirs. In a closed list, of which everything was received, nobody looks for blocks at all.
//!
//! The list knows nothing of wakers, limits or closing; `E` is what its user keeps beside it.

#![allow(unsafe_code)]

use std::panic::{RefUnwindSafe, UnwindSafe};

use heist_primitives::cell::UnsafeCell;
use heist_primitives::sync::{Arc, Mutex};

use super::links::Links;
use super::position::Position;

/// What both ends share.
struct Shared<T, E> {
    extra: E,
    links: Links<T>,
    /// The receiver's part, once the receiver is gone (L4).
    rest: UnsafeCell<Option<Position<T>>>,
    rest_lock: Mutex<()>,
}

// SAFETY: messages go from the sending threads to the receiving one; blocks are reached by the rules L1 to L3 and L5.
unsafe impl<T: Send, E: Send> Send for Shared<T, E> {}
// SAFETY: as above: a shared reference lets threads send and, one of them, receive; it never gives out `&T`.
unsafe impl<T: Send, E: Sync> Sync for Shared<T, E> {}

impl<T, E> UnwindSafe for Shared<T, E> {}
impl<T, E> RefUnwindSafe for Shared<T, E> {}

/// A sending end.
pub(super) struct Tx<T, E>(Arc<Shared<T, E>>);

/// The receiving end.
pub(super) struct Rx<T, E> {
    shared: Arc<Shared<T, E>>,
    position: Position<T>,
    /// True once the position was left behind.
    retired: bool,
}

/// An empty list.
pub(super) fn list<T, E>(extra: E) -> (Tx<T, E>, Rx<T, E>) {
    let links = Links::new();
    let shared = Arc::new(Shared { extra, links, rest: UnsafeCell::new(None), rest_lock: Mutex::new(()) });
    (Tx(shared.clone()), Rx { shared, position: Position::new(), retired: false })
}

impl<T, E> Tx<T, E> {
    pub(super) fn extra(&self) -> &E {
        &self.0.extra
    }

    /// Appends a message.
    pub(super) fn push(&self, value: T) {
        let links = &self.0.links;
        // SAFETY: the position was just handed out.
        unsafe { links.write(links.tail.take(), value) }
    }

    /// Appends a message, or returns it if the list was closed.
    pub(super) fn push_unless_closed(&self, value: T) -> Result<(), T> {
        let links = &self.0.links;
        match links.tail.take_unless_closed() {
            Some(place) => {
                // SAFETY: the position was just handed out.
                unsafe { links.write(place, value) };
                Ok(())
            }
            None => Err(value),
        }
    }

    /// Takes a position now; the result sends the message, whenever that is.
    #[cfg(test)]
    pub(super) fn push_slowly(&self, value: T) -> impl FnOnce() + use<T, E> {
        let shared = self.0.clone();
        let place = shared.links.tail.take();
        // SAFETY: the position was just handed out.
        move || unsafe { shared.links.write(place, value) }
    }

    /// True after [`Rx::close`].
    pub(super) fn is_closed(&self) -> bool {
        self.0.links.tail.is_closed()
    }

    /// Takes the next message, if it was written, in place of a receiver that is gone.
    pub(super) fn pop_rest(&self) -> Option<T> {
        self.0.pop_rest()
    }

    pub(super) fn same_list(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T, E> Clone for Tx<T, E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T, E> Rx<T, E> {
    pub(super) fn extra(&self) -> &E {
        &self.shared.extra
    }

    /// Takes the next message, if it was written.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        self.position.pop(&self.shared.links)
    }

    /// True if the next message was written.
    pub(super) fn is_ready(&mut self) -> bool {
        let index = self.position.index;
        self.position.block(&self.shared.links).is_some_and(|block| block.is_ready(index))
    }

    /// The position of the next message to be received.
    pub(super) fn received(&self) -> u64 {
        self.position.index
    }

    /// The positions handed out to senders. Those behind the end of a closed list are void.
    pub(super) fn handed_out(&self) -> u64 {
        self.shared.links.tail.position()
    }

    /// Makes [`Tx::push_unless_closed`] fail, and returns the end of the list.
    pub(super) fn close(&mut self) -> u64 {
        self.position.end = self.shared.links.tail.close();
        self.position.end
    }
}

impl<T, E> Rx<T, E> {
    /// Leaves the receiver's part to whoever calls `pop_rest`, all of whom must come to know that this was called. The
    /// receiver must not be used for anything else then.
    pub(super) fn retire(&mut self) {
        let position = self.position.handed_over();
        self.retired = true;
        self.shared.rest.with_mut(|rest| {
            // SAFETY: rule L4: the one receiver, which is not gone yet.
            unsafe { *rest = Some(position) }
        });
    }

    /// As [`Tx::pop_rest`].
    pub(super) fn pop_rest(&self) -> Option<T> {
        self.shared.pop_rest()
    }
}

impl<T, E> Drop for Rx<T, E> {
    fn drop(&mut self) {
        if !self.retired {
            self.retire();
        }
    }
}

impl<T, E> Shared<T, E> {
    fn pop_rest(&self) -> Option<T> {
        let _locked = self.rest_lock.lock();
        self.rest.with_mut(|rest| {
            // SAFETY: rule L4: under the lock.
            let rest = unsafe { &mut *rest };
            rest.as_mut()?.pop(&self.links)
        })
    }
}

impl<T, E> Drop for Shared<T, E> {
    fn drop(&mut self) {
        let rest = self.rest.with_mut(|rest| {
            // SAFETY: rule L4: no reference is left, so nobody has the lock or takes it.
            unsafe { (*rest).take() }
        });
        let Some(mut position) = rest else { return };
        while let Some(value) = position.pop(&self.links) {
            drop(value);
        }
        // SAFETY: no reference to the list is left, so its blocks are ours.
        unsafe { position.free_chain() };
        if let Some(spare) = self.links.take_spare() {
            spare.free();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::Block;
    use super::*;
    use heist_primitives::{model, mutation};

    #[test]
    fn blocks_are_sized_by_bytes_and_backlog() {
        model(0, 1, || {
            let few = if heist_primitives::MODEL { 2 } else { 4 };
            let many = if heist_primitives::MODEL { 2 } else { 32 };
            assert_eq!((Block::<u8>::SMALL, Block::<u8>::LARGE), (few, many));
            assert_eq!((Block::<[u8; 1000]>::SMALL, Block::<[u8; 1000]>::LARGE), (1, many.min(16)));
            assert_eq!((Block::<[u8; 20_000]>::SMALL, Block::<[u8; 20_000]>::LARGE), (1, 1));
            let sizes = [0, 4, 8, 20, 1000].map(Block::<u8>::slots_for);
            assert_eq!(sizes, [4, 4, 4, 16, 32].map(|slots: usize| slots.min(many)));
        });
    }

    #[test]
    fn first_in_first_out_over_many_blocks() {
        model(0, 1, || {
            let (tx, mut rx) = list::<usize, ()>(());
            let (rounds, messages) = if heist_primitives::MODEL { (3, 5) } else { (100, 50) };
            for round in 0..rounds {
                for i in 0..messages {
                    tx.push(round * messages + i);
                }
                for i in 0..messages {
                    assert_eq!(rx.pop(), Some(round * messages + i));
                }
                assert_eq!(rx.pop(), None);
            }
            assert_eq!(rx.received(), (rounds * messages) as u64);
        });
    }

    /// A sender that has its position but has not begun to look for its block must find it (L3).
    #[test]
    fn the_tail_does_not_overtake_a_sender() {
        fn slow_sender() {
            let (tx, mut rx) = list::<usize, ()>(());
            tx.push(0);
            let slow = tx.push_slowly(1);
            let count = 3 * Block::<usize>::LARGE;
            (2..count).for_each(|message| tx.push(message));
            slow();
            assert!((0..count).all(|message| rx.pop() == Some(message)));
        }
        model(0, 1, slow_sender);
        assert!(mutation::rejected("mpsc_tail_overtakes", || model(0, 1, slow_sender)));
    }

    #[test]
    fn what_is_left_is_dropped() {
        model(0, 1, || {
            let value = std::sync::Arc::new(());
            let (tx, mut rx) = list(());
            for _ in 0..10 * Block::<()>::LARGE {
                tx.push(value.clone());
            }
            drop(rx.pop());
            drop(rx);
            tx.push(value.clone());
            drop(tx);
            assert_eq!(std::sync::Arc::strong_count(&value), 1);
        });
    }

    #[test]
    fn a_closed_list_takes_nothing() {
        model(0, 1, || {
            let (tx, mut rx) = list(());
            tx.push(1);
            assert_eq!(rx.close(), 1);
            assert_eq!(tx.push_unless_closed(2), Err(2));
            assert!(tx.is_closed());
            assert_eq!(rx.pop(), Some(1));
            assert_eq!(rx.pop(), None);
        });
    }
}

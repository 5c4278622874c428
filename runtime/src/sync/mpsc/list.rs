//! The list that carries the messages of a channel: many senders, one receiver, no lock.
//!
//! A sender takes a position with one `fetch_add`, finds or appends the block that has it, and writes its message
//! there. The receiver follows in the order of positions. Blocks come as they are needed and go when they are drained:
//! to a spare place for the next block, or to the allocator.
//!
//! The contract:
//! - **L1** The slot of a position is its sender's until it is ready, and the receiver's from then on.
//! - **L2** The receiver alone takes blocks out of the list: those that it has drained, that `tail_block` has moved
//!   past, and for which every position handed out before that move was received. Nobody else can reach such a block:
//!   a sender whose position was handed out after the move sees the moved `tail_block`, the others are done.
//! - **L3** `tail_block` moves past a block only when each of its slots is ready, so it never overtakes a sender that
//!   still looks for its block.
//!
//! The list knows nothing of wakers, limits or closing; `E` is what its user keeps beside it.

#![allow(unsafe_code)]

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;

use heist_primitives::atomic::{AtomicPtr, Ordering};
use heist_primitives::cell::UnsafeCell;
use heist_primitives::mutation;
use heist_primitives::sync::Arc;

use super::block::Block;
use super::tail::Tail;

/// What both ends share.
struct Shared<T, E> {
    extra: E,
    links: Links<T>,
    /// Where the receiver stopped, for the end of the list. Written when it is dropped, read by the last of all.
    rest: UnsafeCell<Option<Position<T>>>,
}

/// The ways into the chain of blocks. Null pointers until the first message.
struct Links<T> {
    tail: Tail,
    /// The block where senders begin to look for theirs.
    tail_block: AtomicPtr<Block<T>>,
    /// The very first block. Of use only while `tail_block` or the receiver's own pointer is null.
    first: AtomicPtr<Block<T>>,
    /// A drained block, owned by whoever takes it out.
    spare: AtomicPtr<Block<T>>,
}

// SAFETY: messages go from the sending threads to the receiving one; blocks are reached by the rules L1 to L3.
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
}

/// An empty list.
pub(super) fn list<T, E>(extra: E) -> (Tx<T, E>, Rx<T, E>) {
    let null = || AtomicPtr::new(ptr::null_mut());
    let links = Links { tail: Tail::new(), tail_block: null(), first: null(), spare: null() };
    let shared = Arc::new(Shared { extra, links, rest: UnsafeCell::new(None) });
    let position = Position { index: 0, head: ptr::null_mut(), oldest: ptr::null_mut() };
    (Tx(shared.clone()), Rx { shared, position })
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
            Some(position) => {
                // SAFETY: the position was just handed out.
                unsafe { links.write(position, value) };
                Ok(())
            }
            None => Err(value),
        }
    }

    /// True after [`Rx::close`].
    pub(super) fn is_closed(&self) -> bool {
        self.0.links.tail.is_closed()
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
    pub(super) fn pop(&mut self) -> Option<T> {
        self.position.pop(&self.shared.links)
    }

    /// True if the next message was written.
    pub(super) fn is_ready(&mut self) -> bool {
        let index = self.position.index;
        self.position.block(&self.shared.links).is_some_and(|block| block.is_ready(index))
    }

    /// The position of the next message to be received.
    pub(super) fn received(&self) -> usize {
        self.position.index
    }

    /// The positions handed out to senders. Those behind the end of a closed list are void.
    pub(super) fn handed_out(&self) -> usize {
        self.shared.links.tail.position()
    }

    /// Makes [`Tx::push_unless_closed`] fail, and returns the end of the list.
    pub(super) fn close(&mut self) -> usize {
        self.shared.links.tail.close()
    }
}

impl<T, E> Drop for Rx<T, E> {
    fn drop(&mut self) {
        let position = Position { ..self.position };
        self.shared.rest.with_mut(|rest| {
            // SAFETY: the one receiver writes it here, once; it is read when no reference is left.
            unsafe { *rest = Some(position) }
        });
    }
}

impl<T, E> Drop for Shared<T, E> {
    fn drop(&mut self) {
        let rest = self.rest.with_mut(|rest| {
            // SAFETY: no reference is left.
            unsafe { (*rest).take() }
        });
        let Some(mut position) = rest else { return };
        while let Some(value) = position.pop(&self.links) {
            drop(value);
        }
        let mut block = position.oldest;
        while !block.is_null() {
            // SAFETY: no reference to the list is left, so its blocks are ours.
            let owned = unsafe { Box::from_raw(block) };
            block = owned.next();
            owned.free();
        }
        let spare = self.links.take_spare();
        if let Some(spare) = spare {
            spare.free();
        }
    }
}

impl<T> Links<T> {
    /// Writes the message of a position.
    ///
    /// # Safety
    ///
    /// The caller got the position from the tail and has not written it before.
    unsafe fn write(&self, position: usize, value: T) {
        let block = self.block_of(position);
        // SAFETY: `block_of` found the position's block; the rest is the caller's promise.
        unsafe { block.write(position, value) }
    }

    /// The block of a position that its caller holds.
    ///
    /// The reference is good until the position's message was written (L2).
    fn block_of(&self, position: usize) -> &Block<T> {
        let start = Block::<T>::start_of(position);
        let mut block = self.begin();
        let mut may_move = true;
        while block.start() != start {
            let next = self.next_of(block);
            may_move = may_move && self.move_tail(block, next);
            block = next;
        }
        block
    }

    /// The block where a search begins.
    fn begin(&self) -> &Block<T> {
        // ORDERING: Acquire pairs with the Release of the exchanges here and in `move_tail`.
        let mut block = self.tail_block.load(Ordering::Acquire);
        if block.is_null() {
            let first = self.first_or_new();
            // ORDERING: Release publishes the first block; Acquire is for the block that another sender has set.
            let set = self.tail_block.compare_exchange(block, first, Ordering::AcqRel, Ordering::Acquire);
            block = set.map_or_else(|actual| actual, |_| first);
        }
        // SAFETY: rule L2: the caller holds a position, so the block is not taken away.
        unsafe { &*block }
    }

    fn first_or_new(&self) -> *mut Block<T> {
        // ORDERING: Acquire pairs with the exchange below.
        let first = self.first.load(Ordering::Acquire);
        if !first.is_null() {
            return first;
        }
        let new = Box::into_raw(Block::new(0));
        // ORDERING: Release publishes the block; Acquire is for the block of another sender.
        match self.first.compare_exchange(first, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => new,
            Err(actual) => {
                // SAFETY: the block was made above and nobody else has seen it.
                self.keep_spare(unsafe { Box::from_raw(new) });
                actual
            }
        }
    }

    /// The block behind `block`, which is appended if it does not exist yet.
    fn next_of<'a>(&'a self, block: &'a Block<T>) -> &'a Block<T> {
        let mut next = block.next();
        if next.is_null() {
            let start = block.start() + Block::<T>::SLOTS;
            let new = match self.take_spare() {
                Some(mut spare) => {
                    spare.reset(start);
                    spare
                }
                None => Block::new(start),
            };
            let new = Box::into_raw(new);
            next = match block.link(new) {
                Ok(()) => new,
                Err(actual) => {
                    // SAFETY: the block is not linked, so nobody else has seen it.
                    self.keep_spare(unsafe { Box::from_raw(new) });
                    actual
                }
            };
        }
        // SAFETY: rule L2: the caller holds a position behind `block`, so neither block is taken away.
        unsafe { &*next }
    }

    /// Moves the beginning of later searches from `block` to `next`, if `block` is full. False if it did not.
    fn move_tail(&self, block: &Block<T>, next: &Block<T>) -> bool {
        if !block.is_full() && !mutation::on("mpsc_tail_overtakes") {
            return false;
        }
        let from = ptr::from_ref(block).cast_mut();
        let to = ptr::from_ref(next).cast_mut();
        // ORDERING: Release publishes `next` to `begin`.
        if self.tail_block.compare_exchange(from, to, Ordering::Release, Ordering::Relaxed).is_err() {
            return false;
        }
        let observed = if mutation::on("mpsc_releases_at_once") { 0 } else { self.tail.observe() };
        block.release(observed);
        true
    }

    /// Keeps a block that nobody else reaches, or frees it.
    fn keep_spare(&self, block: Box<Block<T>>) {
        let block = Box::into_raw(block);
        // ORDERING: Release pairs with `take_spare`: whoever gets the block sees what its users did.
        let kept = self.spare.compare_exchange(ptr::null_mut(), block, Ordering::Release, Ordering::Relaxed);
        if kept.is_err() {
            // SAFETY: the block was not given away.
            unsafe { Box::from_raw(block) }.free();
        }
    }

    fn take_spare(&self) -> Option<Box<Block<T>>> {
        if self.spare.load(Ordering::Relaxed).is_null() {
            return None;
        }
        // ORDERING: Acquire pairs with `keep_spare`.
        let spare = self.spare.swap(ptr::null_mut(), Ordering::Acquire);
        // SAFETY: what is in the spare place is owned by whoever takes it out.
        (!spare.is_null()).then(|| unsafe { Box::from_raw(spare) })
    }
}

/// Where the receiver is.
struct Position<T> {
    /// The position of the next message.
    index: usize,
    /// The block that was read from last; null before the first message.
    head: *mut Block<T>,
    /// The oldest block that was not taken out of the list; null before the first message.
    oldest: *mut Block<T>,
}

// SAFETY: the pointers stand for the receiver's part of the list, which goes to another thread with its messages.
unsafe impl<T: Send> Send for Position<T> {}
// SAFETY: a shared position gives access to its index alone.
unsafe impl<T: Send> Sync for Position<T> {}

impl<T> UnwindSafe for Position<T> {}
impl<T> RefUnwindSafe for Position<T> {}

impl<T> Position<T> {
    fn pop(&mut self, links: &Links<T>) -> Option<T> {
        let block = self.block(links)?;
        if !block.is_ready(self.index) {
            return None;
        }
        // SAFETY: the slot is ready, and this is the receiver, which goes on to the next.
        let value = unsafe { block.read(self.index) };
        self.index += 1;
        Some(value)
    }

    /// The block of the next message, if it exists.
    fn block<'a>(&mut self, links: &'a Links<T>) -> Option<&'a Block<T>> {
        if self.head.is_null() {
            // ORDERING: Acquire pairs with `first_or_new`.
            self.head = links.first.load(Ordering::Acquire);
            self.oldest = self.head;
        }
        let start = Block::<T>::start_of(self.index);
        // SAFETY: rule L2: `head` is in the list until the receiver, that is `self`, takes it out.
        let mut block = unsafe { self.head.as_ref() }?;
        while block.start() != start {
            let next = block.next();
            // SAFETY: as above.
            block = unsafe { next.as_ref() }?;
            self.head = next;
            self.take_out_drained(links);
        }
        Some(block)
    }

    /// Takes the blocks before `head` out of the list, as far as rule L2 allows.
    fn take_out_drained(&mut self, links: &Links<T>) {
        while self.oldest != self.head {
            // SAFETY: rule L2: the block is in the list until it is taken out below.
            let block = unsafe { &*self.oldest };
            if !block.is_released(self.index) {
                return;
            }
            let next = block.next();
            // SAFETY: rule L2: drained, passed by the tail, and out of reach of every sender.
            links.keep_spare(unsafe { Box::from_raw(self.oldest) });
            self.oldest = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heist_primitives::model;

    #[test]
    fn blocks_are_sized_by_bytes() {
        model(0, 1, || {
            assert!(Block::<u8>::SLOTS.is_power_of_two());
            assert_eq!(Block::<[u8; 1000]>::SLOTS, if heist_primitives::MODEL { 2 } else { 4 });
            assert_eq!(Block::<[u8; 10_000]>::SLOTS, 1);
            assert_eq!(Block::<[u8; 10_000]>::start_of(7), 7);
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
            assert_eq!(rx.received(), rounds * messages);
        });
    }

    #[test]
    fn what_is_left_is_dropped() {
        model(0, 1, || {
            let value = std::sync::Arc::new(());
            let (tx, mut rx) = list(());
            for _ in 0..10 * Block::<()>::SLOTS {
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

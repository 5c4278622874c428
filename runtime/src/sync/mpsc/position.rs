//! The receiver's part of a channel's list: where it is, which blocks it takes out, and what it gives back when the
//! list is drained. The rules cited (L1 to L5) are in `list.rs`.

#![allow(unsafe_code)]

use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;

use super::block::Block;
use super::links::Links;
use super::tail::Chain;

/// Where the receiver is.
pub(super) struct Position<T> {
    /// The position of the next message.
    pub(super) index: u64,
    /// Where a closed list ends; `u64::MAX` before.
    pub(super) end: u64,
    /// The block that was read from last; null before the first message of a chain.
    head: *mut Block<T>,
    /// The oldest block that was not taken out of the list; null before the first message of a chain.
    oldest: *mut Block<T>,
    chain: Chain,
    /// The list is not drained before this position, or keeps little enough when it is.
    drained_from: u64,
    /// True if a large block may lie in the spare place.
    spare_is_large: bool,
}

// SAFETY: the pointers stand for the receiver's part of the list, which goes to another thread with its messages.
unsafe impl<T: Send> Send for Position<T> {}
// SAFETY: a shared position gives access to its numbers alone.
unsafe impl<T: Send> Sync for Position<T> {}

impl<T> UnwindSafe for Position<T> {}
impl<T> RefUnwindSafe for Position<T> {}

impl<T> Position<T> {
    pub(super) fn new() -> Self {
        let null = ptr::null_mut();
        let end = u64::MAX;
        Self { index: 0, end, head: null, oldest: null, chain: 0, drained_from: end, spare_is_large: false }
    }

    /// The same place, for whoever receives from now on in place of the owner of this one.
    pub(super) fn handed_over(&self) -> Self {
        Self { ..*self }
    }

    /// Takes the next message, if it was written. Rule L5: when it was the last, the list keeps nothing large.
    #[inline]
    pub(super) fn pop(&mut self, links: &Links<T>) -> Option<T> {
        let block = self.block(links)?;
        let slot = block.ready_slot(self.index)?;
        // SAFETY: the slot is ready, and this is the receiver, which goes on to the next.
        let value = unsafe { slot.read() };
        self.index += 1;
        if self.index >= self.drained_from && !block.has_ready(self.index) {
            self.tidy(links);
        }
        Some(value)
    }

    /// The block of the next message, if it exists.
    #[inline]
    pub(super) fn block<'a>(&mut self, links: &'a Links<T>) -> Option<&'a Block<T>> {
        if self.head.is_null() {
            self.head = links.first(self.chain);
            self.oldest = self.head;
            self.drained_from = 0;
        }
        // SAFETY: rule L2: `head` is in the list until the receiver, that is `self`, takes it out.
        let mut block = unsafe { self.head.as_ref() }?;
        while !block.contains(self.index) {
            let next = block.next();
            // SAFETY: as above.
            block = unsafe { next.as_ref() }?;
            self.head = next;
            self.drained_from = self.handed_out(links);
            links.note_received(self.index);
            self.take_out_drained(links);
        }
        Some(block)
    }

    /// The positions handed out for messages.
    fn handed_out(&self, links: &Links<T>) -> u64 {
        links.tail.position().min(self.end)
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
            self.spare_is_large |= block.is_large();
            // SAFETY: rule L2: drained, passed by the tail, and out of reach of every sender.
            links.keep_spare(unsafe { Box::from_raw(self.oldest) });
            self.oldest = next;
        }
    }

    /// Gives back what a drained list does not need. Does nothing if a message is coming, which will be the last then.
    #[inline(never)]
    fn tidy(&mut self, links: &Links<T>) {
        self.drained_from = self.handed_out(links);
        if self.drained_from != self.index {
            return;
        }
        if self.index == self.end {
            links.clear();
            // SAFETY: rule L5: the list is closed and everything was received.
            unsafe { self.free_chain() };
        } else if !self.keep_little(links) {
            return;
        }
        if mem::take(&mut self.spare_is_large) {
            if let Some(spare) = links.take_spare() {
                spare.free();
            }
        }
        self.drained_from = u64::MAX;
    }

    /// Takes out all blocks but the last, and that too if it is large. False if a sender has come.
    fn keep_little(&mut self, links: &Links<T>) -> bool {
        self.take_out_drained(links);
        if self.oldest != self.head {
            self.move_tail_to_head(links);
            self.take_out_drained(links);
        }
        if self.oldest != self.head {
            return false;
        }
        // SAFETY: rule L2: `head` is in the list until the receiver, that is `self`, takes it out.
        let head = unsafe { &*self.head };
        if head.is_large() {
            // The chain must be this one block: see `renew`.
            if !links.renew(head, self.index, self.chain) {
                return false;
            }
            self.chain = 1 - self.chain;
            // SAFETY: rule L5.
            unsafe { self.free_chain() };
        }
        true
    }

    /// Moves the tail past the drained blocks that senders have left it at.
    #[cold]
    fn move_tail_to_head(&self, links: &Links<T>) {
        let mut block = self.oldest;
        while block != self.head {
            // SAFETY: rule L2: the block is in the list until the receiver, that is `self`, takes it out.
            let passed = unsafe { &*block };
            block = passed.next();
            // SAFETY: as above.
            links.move_tail(passed, unsafe { &*block });
        }
    }

    /// Frees all blocks.
    ///
    /// # Safety
    ///
    /// Nobody else can reach them.
    pub(super) unsafe fn free_chain(&mut self) {
        let mut block = mem::replace(&mut self.oldest, ptr::null_mut());
        self.head = ptr::null_mut();
        while !block.is_null() {
            // SAFETY: the caller's promise.
            let owned = unsafe { Box::from_raw(block) };
            block = owned.next();
            owned.free();
        }
    }
}

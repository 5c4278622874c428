//! What senders and receiver share of a channel's list: the ways into its chain of blocks, and how a sender finds or
//! appends the block of its position. The rules cited (L1 to L5) are in `list.rs`; the receiver is in `position.rs`.

#![allow(unsafe_code)]

use std::ptr;

use heist_primitives::atomic::{AtomicPtr, AtomicU64, Ordering};
use heist_primitives::mutation;

use super::block::Block;
use super::tail::{Chain, Place, Tail};

/// The ways into the chain of blocks. Null pointers until the first message, and again once a chain was given back.
pub(super) struct Links<T> {
    pub(super) tail: Tail,
    /// The block where senders begin to look for theirs.
    tail_block: AtomicPtr<Block<T>>,
    /// The first block of each of two chains: the current one, and the next or last. Of use to a sender only while
    /// `tail_block` is null, and to the receiver while it is in no block.
    first: [AtomicPtr<Block<T>>; 2],
    /// The position with which the current chain begins. Of use only to make its first block.
    base: AtomicU64,
    /// A drained block, owned by whoever takes it out.
    spare: AtomicPtr<Block<T>>,
    /// About how many messages were received, for the size of the next block.
    received: AtomicU64,
}

impl<T> Links<T> {
    pub(super) fn new() -> Self {
        let null = || AtomicPtr::new(ptr::null_mut());
        Self {
            tail: Tail::new(),
            tail_block: null(),
            first: [null(), null()],
            base: AtomicU64::new(0),
            spare: null(),
            received: AtomicU64::new(0),
        }
    }

    /// Writes the message of a position.
    ///
    /// # Safety
    ///
    /// The caller got the position from the tail and has not written it before.
    pub(super) unsafe fn write(&self, place: Place, value: T) {
        let block = self.block_of(place);
        // SAFETY: `block_of` found the position's block; the rest is the caller's promise.
        unsafe { block.write(place.position, value) }
    }

    /// The block of a position that its caller holds.
    ///
    /// The reference is good until the position's message was written (L2, L5).
    fn block_of(&self, place: Place) -> &Block<T> {
        let mut block = self.begin(place.chain);
        let mut may_move = true;
        while !block.contains(place.position) {
            let next = self.next_of(block, place.position);
            may_move = may_move && self.move_tail(block, next);
            block = next;
        }
        block
    }

    /// The block where a search begins.
    fn begin(&self, chain: Chain) -> &Block<T> {
        // ORDERING: Acquire pairs with the Release of the exchanges here, in `move_tail` and in `renew`.
        let mut block = self.tail_block.load(Ordering::Acquire);
        if block.is_null() {
            let first = self.first_or_new(chain);
            // ORDERING: Release publishes the first block; Acquire is for the block that another sender has set.
            let set = self.tail_block.compare_exchange(block, first, Ordering::AcqRel, Ordering::Acquire);
            block = set.map_or_else(|actual| actual, |_| first);
        }
        // SAFETY: rules L2 and L5: the caller holds a position, so the block is not taken away.
        unsafe { &*block }
    }

    #[cold]
    fn first_or_new(&self, chain: Chain) -> *mut Block<T> {
        let first = self.first(chain);
        if !first.is_null() {
            return first;
        }
        // A value that is not that of this chain is read only by a sender for which another was faster: its block is
        // never linked.
        let base = self.base.load(Ordering::Relaxed);
        let new = Box::into_raw(Block::new(base, Block::<T>::SMALL));
        // ORDERING: Release publishes the block; Acquire is for the block of another sender.
        match self.first[chain].compare_exchange(first, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => new,
            Err(actual) => {
                // SAFETY: the block was made above and nobody else has seen it.
                self.keep_unused(unsafe { Box::from_raw(new) });
                actual
            }
        }
    }

    /// The first block of a chain, or null.
    pub(super) fn first(&self, chain: Chain) -> *mut Block<T> {
        // ORDERING: Acquire pairs with the exchange in `first_or_new` and the store in `renew`.
        self.first[chain].load(Ordering::Acquire)
    }

    /// The block behind `block`, which is appended if it does not exist yet, by the sender that has `position`.
    fn next_of<'a>(&'a self, block: &'a Block<T>, position: u64) -> &'a Block<T> {
        let mut next = block.next();
        if next.is_null() {
            let backlog = position.saturating_sub(self.received.load(Ordering::Relaxed));
            let slots = Block::<T>::slots_for(backlog);
            let new = match self.take_spare() {
                Some(mut spare) if spare.slots() == slots => {
                    spare.reset(block.end());
                    spare
                }
                spare => {
                    if let Some(other_size) = spare {
                        other_size.free();
                    }
                    Block::new(block.end(), slots)
                }
            };
            let new = Box::into_raw(new);
            next = match block.link(new) {
                Ok(()) => new,
                Err(actual) => {
                    // SAFETY: the block is not linked, so nobody else has seen it.
                    self.keep_unused(unsafe { Box::from_raw(new) });
                    actual
                }
            };
        }
        // SAFETY: rules L2 and L5: the caller holds a position behind `block`, so neither block is taken away.
        unsafe { &*next }
    }

    /// Moves the beginning of later searches from `block` to `next`, if `block` is full. False if it did not.
    pub(super) fn move_tail(&self, block: &Block<T>, next: &Block<T>) -> bool {
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

    /// Notes how far the receiver has come.
    pub(super) fn note_received(&self, index: u64) {
        self.received.store(index, Ordering::Relaxed);
    }

    /// Begins a new chain at `index`, unless a position from there on was handed out. If it did, nobody reaches `head`
    /// any more (L5).
    ///
    /// The caller is the receiver; it has received everything before `index`, the last of it from `head`, and has taken
    /// out all other blocks. Otherwise a sender could put one of them into `tail_block` that counts as passed.
    pub(super) fn renew(&self, head: &Block<T>, index: u64, chain: Chain) -> bool {
        let head = ptr::from_ref(head).cast_mut();
        // For a sender that comes while `tail_block` is null and still belongs to this chain.
        // ORDERING: Release: a sender whose `tail_block` is older than this may get the block from here.
        self.first[chain].store(head, Ordering::Release);
        if !mutation::on("mpsc_keeps_last_first") {
            self.first[1 - chain].store(ptr::null_mut(), Ordering::Relaxed);
        }
        self.base.store(index, Ordering::Relaxed);
        if mutation::on("mpsc_renews_early") {
            let renewed = self.tail.renew(index, chain);
            self.tail_block.store(ptr::null_mut(), Ordering::Relaxed);
            return renewed;
        }
        // ORDERING: Release publishes what `first` is now.
        if self.tail_block.compare_exchange(head, ptr::null_mut(), Ordering::Release, Ordering::Relaxed).is_err() {
            return false;
        }
        if self.tail.renew(index, chain) {
            self.note_received(index);
            return true;
        }
        // Senders do the same if they come first. Here it makes sure that a chain in use has a tail that moves on.
        // ORDERING: as in `begin`.
        let _ = self.tail_block.compare_exchange(ptr::null_mut(), head, Ordering::Release, Ordering::Relaxed);
        false
    }

    /// As a successful `renew`, for a closed list of which everything was received: no sender looks for a block.
    pub(super) fn clear(&self) {
        self.tail_block.store(ptr::null_mut(), Ordering::Relaxed);
        if !mutation::on("mpsc_clears_nothing") {
            self.first.iter().for_each(|first| first.store(ptr::null_mut(), Ordering::Relaxed));
        }
    }

    /// Keeps a block that another sender's has made superfluous, if it may lie around.
    fn keep_unused(&self, block: Box<Block<T>>) {
        if block.is_large() {
            block.free();
        } else {
            self.keep_spare(block);
        }
    }

    /// Keeps a block that nobody else reaches, or frees it.
    pub(super) fn keep_spare(&self, block: Box<Block<T>>) {
        let block = Box::into_raw(block);
        // ORDERING: Release pairs with `take_spare`: whoever gets the block sees what its users did.
        let kept = self.spare.compare_exchange(ptr::null_mut(), block, Ordering::Release, Ordering::Relaxed);
        if kept.is_err() {
            // SAFETY: the block was not given away.
            unsafe { Box::from_raw(block) }.free();
        }
    }

    pub(super) fn take_spare(&self) -> Option<Box<Block<T>>> {
        if self.spare.load(Ordering::Relaxed).is_null() {
            return None;
        }
        // ORDERING: Acquire pairs with `keep_spare`.
        let spare = self.spare.swap(ptr::null_mut(), Ordering::Acquire);
        // SAFETY: what is in the spare place is owned by whoever takes it out.
        (!spare.is_null()).then(|| unsafe { Box::from_raw(spare) })
    }
}

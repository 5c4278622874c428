//! A block of message slots, the unit of allocation of a channel's list. The rules cited (L1 to L3) are in `list.rs`.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;

use heist_primitives::MODEL;
use heist_primitives::alloc::Liveness;
use heist_primitives::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use heist_primitives::cell::UnsafeCell;

/// The most bytes of slots that a drained channel keeps in a block: it has up to two of them, and all in all it is to
/// cost less than 512 bytes.
const KEPT_BYTES: usize = 80;

/// The most bytes of slots that a small and a large block have, unless a single slot is larger.
const SMALL_BYTES: usize = 1024;
const LARGE_BYTES: usize = 16 * 1024;

/// The most slots that they have. Few under loom, so that models cross from block to block.
const SMALL_SLOTS: usize = if MODEL { 2 } else { 4 };
const LARGE_SLOTS: usize = if MODEL { 2 } else { 32 };

/// `released_at` of a block that the tail has not passed.
const NOT_RELEASED: u64 = u64::MAX;

pub(super) struct Block<T> {
    /// The position of the first slot.
    start: u64,
    next: AtomicPtr<Block<T>>,
    /// The positions that had been handed out when the tail moved past this block.
    released_at: AtomicU64,
    slots: Box<[Slot<T>]>,
    liveness: Liveness,
}

pub(super) struct Slot<T> {
    ready: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Slot<T> {
    #[inline]
    fn is_ready(&self) -> bool {
        // ORDERING: Acquire pairs with `Block::write`.
        self.ready.load(Ordering::Acquire)
    }

    /// Takes the message.
    ///
    /// # Safety
    ///
    /// The slot is ready, the caller is the receiver, and has not read it before.
    #[inline]
    pub(super) unsafe fn read(&self) -> T {
        self.value.with_mut(|cell| {
            // SAFETY: rule L1: the slot was written, and is the receiver's since.
            unsafe { cell.cast::<T>().read() }
        })
    }
}

impl<T> Block<T> {
    /// The slots of a small block, with which a list begins. One that can be kept, if a message is small enough.
    pub(super) const SMALL: usize =
        Self::slots_in(if Self::SLOT_BYTES <= KEPT_BYTES { KEPT_BYTES } else { SMALL_BYTES }, SMALL_SLOTS);

    /// The slots of the largest block.
    pub(super) const LARGE: usize = Self::slots_in(LARGE_BYTES, LARGE_SLOTS);

    /// Under loom, where atomics are not what they are, the message counts.
    const SLOT_BYTES: usize = if MODEL { size_of::<T>() + 1 } else { size_of::<Slot<T>>() };

    const fn slots_in(bytes: usize, most: usize) -> usize {
        let fit = bytes / Self::SLOT_BYTES;
        if fit == 0 {
            1
        } else if fit < most {
            fit
        } else {
            most
        }
    }

    /// The slots of a block for a list in which about `backlog` messages wait. Half as many as wait, so that a block
    /// whose messages are received as they come is followed by a smaller one.
    pub(super) fn slots_for(backlog: u64) -> usize {
        let half = (backlog / 2).min(Self::LARGE as u64) as usize;
        half.next_power_of_two().clamp(Self::SMALL, Self::LARGE)
    }

    pub(super) fn new(start: u64, slots: usize) -> Box<Self> {
        let slot = || Slot { ready: AtomicBool::new(false), value: UnsafeCell::new(MaybeUninit::uninit()) };
        Box::new(Self {
            start,
            next: AtomicPtr::new(ptr::null_mut()),
            released_at: AtomicU64::new(NOT_RELEASED),
            slots: (0..slots).map(|_| slot()).collect(),
            liveness: Liveness::new(),
        })
    }

    /// Makes a block that nobody else reaches as good as new.
    pub(super) fn reset(&mut self, start: u64) {
        self.liveness.ended();
        self.liveness = Liveness::new();
        self.start = start;
        self.next.store(ptr::null_mut(), Ordering::Relaxed);
        self.released_at.store(NOT_RELEASED, Ordering::Relaxed);
        for slot in &self.slots {
            slot.ready.store(false, Ordering::Relaxed);
        }
    }

    pub(super) fn free(self: Box<Self>) {
        self.liveness.ended();
        if MODEL {
            // A use after free is to meet the `Liveness`, not the allocator.
            Box::leak(self);
        }
    }

    /// True if the slot of a position that is not before this block is in this block.
    #[inline]
    pub(super) fn contains(&self, position: u64) -> bool {
        self.liveness.accessed();
        assert!(!MODEL || position >= self.start, "the search for a position began behind it");
        position.wrapping_sub(self.start) < self.slots.len() as u64
    }

    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// True if the block takes more memory than a drained channel should keep.
    pub(super) fn is_large(&self) -> bool {
        self.slots.len() * Self::SLOT_BYTES > KEPT_BYTES
    }

    /// The position behind the last slot.
    pub(super) fn end(&self) -> u64 {
        self.liveness.accessed();
        self.start + self.slots.len() as u64
    }

    /// The block behind this one, or null.
    pub(super) fn next(&self) -> *mut Block<T> {
        // ORDERING: Acquire pairs with `link`: the content of the next block is visible.
        self.next.load(Ordering::Acquire)
    }

    /// Makes `next` the block behind this one, unless there is one already: that one is the error.
    pub(super) fn link(&self, next: *mut Block<T>) -> Result<(), *mut Block<T>> {
        // ORDERING: Release publishes the content of `next`; Acquire as in `next`.
        let linked = self.next.compare_exchange(ptr::null_mut(), next, Ordering::AcqRel, Ordering::Acquire);
        linked.map(drop)
    }

    /// True if every slot was written.
    pub(super) fn is_full(&self) -> bool {
        // ORDERING: Relaxed: only that the writers are past their search for this block counts (L3), which is their
        // own business; the receiver synchronises with each of them before it takes the block away.
        self.slots.iter().all(|slot| slot.ready.load(Ordering::Relaxed))
    }

    /// The tail has moved past this block when `observed` positions had been handed out.
    pub(super) fn release(&self, observed: u64) {
        // ORDERING: Release pairs with the load in `is_released`: the move of the tail is visible to the receiver.
        self.released_at.store(observed, Ordering::Release);
    }

    /// True if nobody can reach this block any more, given that all positions before `received` were received (L2).
    pub(super) fn is_released(&self, received: u64) -> bool {
        // ORDERING: Acquire pairs with `release`.
        self.released_at.load(Ordering::Acquire) <= received
    }

    /// Writes the message of a position, which is the caller's (L1).
    ///
    /// # Safety
    ///
    /// The position is in this block, and the caller got it from the tail and has not written it before.
    #[inline]
    pub(super) unsafe fn write(&self, position: u64, value: T) {
        let slot = self.slot(position);
        slot.value.with_mut(|cell| {
            // SAFETY: rule L1: the slot is the caller's.
            unsafe { cell.cast::<T>().write(value) };
        });
        // ORDERING: Release pairs with `is_ready` (model: mpsc_send_recv). Nothing of the block may be touched after.
        slot.ready.store(true, Ordering::Release);
    }

    /// True if the message of a position, which lies in this block, was written.
    #[inline]
    pub(super) fn is_ready(&self, position: u64) -> bool {
        self.slot(position).is_ready()
    }

    /// True if a position that is not before this block is in it, and its message was written.
    #[inline]
    pub(super) fn has_ready(&self, position: u64) -> bool {
        self.contains(position) && self.is_ready(position)
    }

    /// The slot of a position, which lies in this block, if its message was written.
    #[inline]
    pub(super) fn ready_slot(&self, position: u64) -> Option<&Slot<T>> {
        let slot = self.slot(position);
        slot.is_ready().then_some(slot)
    }

    #[inline]
    fn slot(&self, position: u64) -> &Slot<T> {
        self.liveness.accessed();
        &self.slots[(position - self.start) as usize]
    }
}

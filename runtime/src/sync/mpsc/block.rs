//! A block of message slots, the unit of allocation of a channel's list. The rules cited (L1 to L3) are in `list.rs`.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;

use heist_primitives::MODEL;
use heist_primitives::alloc::Liveness;
use heist_primitives::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use heist_primitives::cell::UnsafeCell;

/// The most bytes of slots that a block has, unless a single slot is larger.
const MAX_BYTES: usize = 4096;

/// The most slots that a block has. Small under loom, so that models cross from block to block.
const MAX_SLOTS: usize = if MODEL { 2 } else { 32 };

/// `released_at` of a block that the tail has not passed.
const NOT_RELEASED: usize = usize::MAX;

pub(super) struct Block<T> {
    /// The position of the first slot.
    start: usize,
    next: AtomicPtr<Block<T>>,
    /// The positions that had been handed out when the tail moved past this block.
    released_at: AtomicUsize,
    slots: Box<[Slot<T>]>,
    liveness: Liveness,
}

struct Slot<T> {
    ready: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Block<T> {
    /// The slots of a block: a power of two.
    pub(super) const SLOTS: usize = {
        let fit = MAX_BYTES / size_of::<Slot<T>>();
        let fit = if fit == 0 { 1 } else { 1 << fit.ilog2() };
        if fit < MAX_SLOTS { fit } else { MAX_SLOTS }
    };

    /// The position of the first slot of the block that has `position`.
    pub(super) const fn start_of(position: usize) -> usize {
        position & !(Self::SLOTS - 1)
    }

    pub(super) fn new(start: usize) -> Box<Self> {
        let slot = || Slot { ready: AtomicBool::new(false), value: UnsafeCell::new(MaybeUninit::uninit()) };
        Box::new(Self {
            start,
            next: AtomicPtr::new(ptr::null_mut()),
            released_at: AtomicUsize::new(NOT_RELEASED),
            slots: (0..Self::SLOTS).map(|_| slot()).collect(),
            liveness: Liveness::new(),
        })
    }

    /// Makes a block that nobody else reaches as good as new.
    pub(super) fn reset(&mut self, start: usize) {
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

    pub(super) fn start(&self) -> usize {
        self.liveness.accessed();
        self.start
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
    pub(super) fn release(&self, observed: usize) {
        // ORDERING: Release pairs with the load in `is_released`: the move of the tail is visible to the receiver.
        self.released_at.store(observed, Ordering::Release);
    }

    /// True if nobody can reach this block any more, given that all positions before `received` were received (L2).
    pub(super) fn is_released(&self, received: usize) -> bool {
        // ORDERING: Acquire pairs with `release`.
        self.released_at.load(Ordering::Acquire) <= received
    }

    /// Writes the message of a position, which is the caller's (L1).
    ///
    /// # Safety
    ///
    /// The position is in this block, and the caller got it from the tail and has not written it before.
    pub(super) unsafe fn write(&self, position: usize, value: T) {
        let slot = self.slot(position);
        slot.value.with_mut(|cell| {
            // SAFETY: rule L1: the slot is the caller's.
            unsafe { cell.cast::<T>().write(value) };
        });
        // ORDERING: Release pairs with `is_ready` (model: mpsc_send_recv). Nothing of the block may be touched after.
        slot.ready.store(true, Ordering::Release);
    }

    /// True if the message of a position, which lies in this block, was written.
    pub(super) fn is_ready(&self, position: usize) -> bool {
        // ORDERING: Acquire pairs with `write`.
        self.slot(position).ready.load(Ordering::Acquire)
    }

    /// Takes the message of a position.
    ///
    /// # Safety
    ///
    /// The position is in this block and ready, the caller is the receiver, and has not read it before.
    pub(super) unsafe fn read(&self, position: usize) -> T {
        self.slot(position).value.with_mut(|cell| {
            // SAFETY: rule L1: the slot was written, and is the receiver's since.
            unsafe { cell.cast::<T>().read() }
        })
    }

    fn slot(&self, position: usize) -> &Slot<T> {
        self.liveness.accessed();
        debug_assert_eq!(Self::start_of(position), self.start);
        &self.slots[position & (Self::SLOTS - 1)]
    }
}

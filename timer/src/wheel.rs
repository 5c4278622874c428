//! The hierarchical timing wheel: which entry is due when. No lock, no clock, no wakers.
//!
//! Varghese and Lauck, *Hashed and Hierarchical Timing Wheels* (1987), scheme 7, with one change: an entry's level is
//! given by the highest bit in which its tick differs from the wheel's, so slots need not be turned and the earliest
//! slot is the lowest set bit of the lowest level in use.

#![allow(unsafe_code)]

use std::fmt;
use std::ptr::NonNull;

use crate::NEVER;
use crate::entry::{Entry, List};

/// A tick of level 0 is `2^TICK_BITS` nanoseconds: 131 microseconds.
const TICK_BITS: u32 = 17;
/// Each level has `2^SLOT_BITS` slots, and a slot of the next level is as wide as a whole level.
const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
/// Enough that every `u64` of nanoseconds has a slot (584 years), so no deadline has to be clamped.
const LEVELS: usize = (u64::BITS - TICK_BITS).div_ceil(SLOT_BITS) as usize;
/// The slot number of entries that are due and wait to be handed out.
const DUE: u16 = (LEVELS * SLOTS) as u16;

/// The slot number of entries that are in no wheel.
pub(crate) const NOWHERE: u16 = u16::MAX;

/// A timing wheel.
///
/// Invariants, with `group k` for the k-th group of six bits of a tick:
///
/// - W1. An entry in slot `s` of level `k` has a tick whose group `k` is `s` and whose higher groups are those of
///   `elapsed`. So everything in a level is earlier than everything in the levels above.
/// - W2. In level 0 `s` is at least group 0 of `elapsed`; in a level `k` above it is greater than group `k` of `elapsed`.
/// - W3. A bit of `occupied` is set exactly if the slot's list is not empty.
/// - W4. A slot's `earliest` is at most the earliest deadline in it, and exact unless entries were removed.
///
/// (A deadline that lies before `elapsed` counts as one in the tick `elapsed`.)
pub(crate) struct Wheel {
    /// The tick up to which time has been advanced.
    elapsed: u64,
    /// One bit per slot, one word per level.
    occupied: [u64; LEVELS],
    slots: Box<[Slot]>,
    /// Entries that are due already but have not been handed out yet.
    due: List,
}

struct Slot {
    entries: List,
    /// Nanoseconds. Meaningful while the slot is not empty.
    earliest: u64,
}

// SAFETY: the wheel owns no entry; entries are `Sync`, and callers of the unsafe methods keep them alive.
unsafe impl Send for Wheel {}

impl Wheel {
    pub(crate) fn new() -> Self {
        let slots = (0..LEVELS * SLOTS).map(|_| Slot { entries: List::EMPTY, earliest: NEVER }).collect();
        Self { elapsed: 0, occupied: [0; LEVELS], slots, due: List::EMPTY }
    }

    /// A time at or before the earliest deadline, in nanoseconds; [`NEVER`] if there is none.
    ///
    /// It is the earliest deadline itself unless that timer was removed without emptying its slot: then it is at most the
    /// width of the slot too early, once, since the call of [`pop_due`](Self::pop_due) at that time corrects it.
    pub(crate) fn next_deadline(&self) -> u64 {
        if !self.due.is_empty() {
            return self.elapsed << TICK_BITS;
        }
        self.first_slot().map_or(NEVER, |(level, index)| self.slots[level * SLOTS + index].earliest)
    }

    /// Adds an entry that is due at `due` nanoseconds. Constant time.
    ///
    /// # Safety
    ///
    /// The entry is pinned and stays alive until it was removed or popped; it is in no wheel; the caller has exclusive
    /// access to it, and has so whenever it calls a method of this wheel.
    pub(crate) unsafe fn insert(&mut self, entry: NonNull<Entry>, due: u64) {
        let tick = (due >> TICK_BITS).max(self.elapsed);
        let differing = tick ^ self.elapsed;
        let level = ((u64::BITS - 1).saturating_sub(differing.leading_zeros()) / SLOT_BITS) as usize;
        let index = group(tick, level);
        let number = level * SLOTS + index;
        // SAFETY: it is alive, by this function's contract.
        let shared = unsafe { entry.as_ref() };
        // SAFETY: the access is exclusive, by this function's contract.
        unsafe { shared.with_filed(|filed| filed.due = due) };
        let slot = &mut self.slots[number];
        slot.earliest = if slot.entries.is_empty() { due } else { slot.earliest.min(due) };
        // SAFETY: the list's entries are alive and accessible, by the contract that each was inserted under.
        unsafe { slot.entries.push_back(entry, number as u16) };
        self.occupied[level] |= 1 << index;
    }

    /// Takes an entry out. Constant time.
    ///
    /// # Safety
    ///
    /// The entry is in this wheel, and the caller has exclusive access to it and all others in it.
    pub(crate) unsafe fn remove(&mut self, entry: NonNull<Entry>) {
        // SAFETY: it is alive since it is in the wheel.
        let shared = unsafe { entry.as_ref() };
        // SAFETY: the access is exclusive, by this function's contract.
        let number = unsafe { shared.with_filed(|filed| filed.slot) };
        assert_ne!(number, NOWHERE, "a timer that is in no wheel was taken out of one");
        if number == DUE {
            // SAFETY: its slot number says that it is in this list.
            unsafe { self.due.remove(entry) };
            return;
        }
        let number = usize::from(number);
        // SAFETY: its slot number says that it is in this list.
        unsafe { self.slots[number].entries.remove(entry) };
        self.note_if_emptied(number);
    }

    /// Advances the time to `now` nanoseconds and takes out one entry that is due then, in the order of ticks and within
    /// a tick in the order of insertion. `None` if no other is due: call it until then.
    ///
    /// A time before one that was given earlier counts as that one.
    ///
    /// # Safety
    ///
    /// The caller has exclusive access to all entries in the wheel.
    pub(crate) unsafe fn pop_due(&mut self, now: u64) -> Option<NonNull<Entry>> {
        let now = now.max(self.elapsed << TICK_BITS);
        let target = now >> TICK_BITS;
        loop {
            // SAFETY: entries in the wheel are alive and accessible.
            if let Some(entry) = unsafe { self.due.pop_front() } {
                return Some(entry);
            }
            let Some((level, index)) = self.first_slot() else { break };
            let start = self.slot_start(level, index);
            if start > target {
                break;
            }
            self.elapsed = start.max(self.elapsed);
            let number = level * SLOTS + index;
            if level > 0 {
                // SAFETY: as above.
                unsafe { self.refile(number) };
            } else if start < target {
                // SAFETY: as above.
                let entry = unsafe { self.slots[number].entries.pop_front() };
                self.note_if_emptied(number);
                return entry;
            } else {
                // SAFETY: as above.
                unsafe { self.split_current(number, now) };
                // SAFETY: as above.
                return unsafe { self.due.pop_front() };
            }
        }
        self.elapsed = target;
        None
    }

    /// Takes out any entry, due or not; `None` if the wheel is empty.
    ///
    /// # Safety
    ///
    /// As for [`pop_due`](Self::pop_due).
    pub(crate) unsafe fn pop_any(&mut self) -> Option<NonNull<Entry>> {
        // SAFETY: entries in the wheel are alive and accessible.
        if let Some(entry) = unsafe { self.due.pop_front() } {
            return Some(entry);
        }
        let (level, index) = self.first_slot()?;
        let number = level * SLOTS + index;
        // SAFETY: as above.
        let entry = unsafe { self.slots[number].entries.pop_front() };
        self.note_if_emptied(number);
        entry
    }

    /// Moves the entries of a slot to lower levels, now that `elapsed` has reached the slot.
    ///
    /// # Safety
    ///
    /// As for [`pop_due`](Self::pop_due).
    unsafe fn refile(&mut self, number: usize) {
        // SAFETY: entries in the wheel are alive and accessible.
        while let Some(entry) = unsafe { self.slots[number].entries.pop_front() } {
            // SAFETY: as above.
            let shared = unsafe { entry.as_ref() };
            // SAFETY: as above.
            let due = unsafe { shared.with_filed(|filed| filed.due) };
            // SAFETY: it was just taken out of its list. By W1 its tick now differs from `elapsed` only in groups below
            // this level, so it does not come back to this slot.
            unsafe { self.insert(entry, due) };
        }
        self.note_if_emptied(number);
    }

    /// Moves those entries of the slot of the current tick that are due at `now` to `due`.
    ///
    /// # Safety
    ///
    /// As for [`pop_due`](Self::pop_due).
    unsafe fn split_current(&mut self, number: usize, now: u64) {
        if self.slots[number].earliest > now {
            return;
        }
        let slot = &mut self.slots[number];
        let mut entries = std::mem::take(&mut slot.entries);
        slot.earliest = NEVER;
        // SAFETY: entries in the wheel are alive and accessible.
        while let Some(entry) = unsafe { entries.pop_front() } {
            // SAFETY: as above.
            let shared = unsafe { entry.as_ref() };
            // SAFETY: as above.
            let due = unsafe { shared.with_filed(|filed| filed.due) };
            let (list, name) = if due <= now {
                (&mut self.due, DUE)
            } else {
                slot.earliest = slot.earliest.min(due);
                (&mut slot.entries, number as u16)
            };
            // SAFETY: as above, and it was just taken out of its list.
            unsafe { list.push_back(entry, name) };
        }
        self.note_if_emptied(number);
    }

    /// The earliest slot that is not empty, as level and index. By W1 and W2 it is the first of the lowest level in use.
    fn first_slot(&self) -> Option<(usize, usize)> {
        let level = self.occupied.iter().position(|&slots| slots != 0)?;
        Some((level, self.occupied[level].trailing_zeros() as usize))
    }

    /// The first tick of a slot.
    fn slot_start(&self, level: usize, index: usize) -> u64 {
        let shift = level as u32 * SLOT_BITS;
        let above = self.elapsed >> (shift + SLOT_BITS) << (shift + SLOT_BITS);
        above | (index as u64) << shift
    }

    /// Restores W3 after entries were taken out of a slot.
    fn note_if_emptied(&mut self, number: usize) {
        if self.slots[number].entries.is_empty() {
            self.occupied[number / SLOTS] &= !(1 << (number % SLOTS));
        }
    }
}

/// The bits of a tick that select the slot in a level.
fn group(tick: u64, level: usize) -> usize {
    (tick >> (level as u32 * SLOT_BITS)) as usize % SLOTS
}

impl fmt::Debug for Wheel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wheel")
            .field("elapsed", &self.elapsed)
            .field("next_deadline", &self.next_deadline())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

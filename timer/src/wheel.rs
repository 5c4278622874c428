//! The hierarchical timing wheel: which entry is due when. No lock, no clock, no wakers.
//!
//! Varghese and Lauck, *Hashed and Hierarchical Timing Wheels* (1987), scheme 7, with two changes: each slot knows its
//! earliest deadline, and what lies in the next slot of a level is moved down before its time, a little at each tick.

#![allow(unsafe_code)]

use std::fmt;
use std::ptr::NonNull;

use crate::NEVER;
use crate::entry::{Entry, List};

/// A tick of level 0 is `2^TICK_BITS` nanoseconds: 131 microseconds.
const TICK_BITS: u32 = 17;
/// A slot is as wide as `2^SLOT_BITS` slots of the level below.
const SLOT_BITS: u32 = 6;
/// Each level has twice as many slots: its own, and as many again that the next slot of the level above is moved to.
const SLOTS: usize = 2 << SLOT_BITS;
/// Enough that every `u64` of nanoseconds has a slot (584 years), so no deadline has to be clamped.
const LEVELS: usize = (u64::BITS - TICK_BITS).div_ceil(SLOT_BITS) as usize;
/// The slot number of entries that are due and wait to be handed out.
const DUE: u16 = (LEVELS * SLOTS) as u16;

/// The most entries of a level that are moved down before their time at once: it happens under a lock.
const MOST_MOVED: u64 = 1024;

/// The slot number of entries that are in no wheel.
pub(crate) const NOWHERE: u16 = u16::MAX;

/// A timing wheel.
///
/// Invariants, where "the number of a tick in level `k`" is the tick divided by the width of a slot, `64^k` ticks:
///
/// - W1. An entry in level `k` lies in the slot that is its tick's number in level `k`, modulo 128. That number is not below
///   the one of `elapsed`, and above it for `k > 0`, and less than 128 above it. So a slot holds entries of one number.
/// - W2. Of two entries with the same tick the one that was inserted later is in the same slot, behind the other, or in
///   a level above.
/// - W3. A bit of `occupied` is set exactly if the slot's list is not empty, and a bit of `levels` if the level has such.
/// - W4. A slot's `earliest` is at most the earliest deadline in it, and exact unless entries were removed, or moved down.
///
/// (A deadline that lies before `elapsed` counts as one in the tick `elapsed`.)
pub(crate) struct Wheel {
    /// The tick up to which time has been advanced.
    elapsed: u64,
    /// The tick up to which entries have been moved down before their time.
    prepared: u64,
    /// One bit per level: so that nobody looks at all eight words for each entry.
    levels: u8,
    /// One bit per slot, one word per level.
    occupied: [u128; LEVELS],
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
        Self { elapsed: 0, prepared: 0, levels: 0, occupied: [0; LEVELS], slots, due: List::EMPTY }
    }

    /// A time at or before the earliest deadline, in nanoseconds; [`NEVER`] if there is none.
    ///
    /// It is the earliest deadline itself unless that timer was removed without emptying its slot: then it is at most the
    /// width of the slot too early, once, since the call of [`pop_due`](Self::pop_due) at that time corrects it.
    pub(crate) fn next_deadline(&self) -> u64 {
        if !self.due.is_empty() {
            return self.elapsed << TICK_BITS;
        }
        let mut earliest = NEVER;
        let mut levels = self.levels;
        while levels != 0 {
            let level = levels.trailing_zeros() as usize;
            earliest = earliest.min(self.slots[self.first_of(level).number].earliest);
            levels &= levels - 1;
        }
        earliest
    }

    /// Adds an entry that is due at `due` nanoseconds. Constant time.
    ///
    /// # Safety
    ///
    /// The entry is pinned and stays alive until it was removed or popped; it is in no wheel; the caller has exclusive
    /// access to it, and has so whenever it calls a method of this wheel.
    pub(crate) unsafe fn insert(&mut self, entry: NonNull<Entry>, due: u64) {
        // SAFETY: it is alive, by this function's contract.
        let shared = unsafe { entry.as_ref() };
        // SAFETY: the access is exclusive, by this function's contract.
        unsafe { shared.with_filed(|filed| filed.due = due) };
        // SAFETY: by this function's contract.
        unsafe { self.file(entry, due, LEVELS) };
    }

    /// Puts an entry into a level below `limit`, behind all others with the same tick.
    ///
    /// # Safety
    ///
    /// As for [`insert`](Self::insert).
    unsafe fn file(&mut self, entry: NonNull<Entry>, due: u64, limit: usize) {
        let tick = (due >> TICK_BITS).max(self.elapsed);
        let lowest = level_for(tick - self.elapsed).min(limit - 1);
        // A higher slot that may hold the same tick comes first, for the sake of W2.
        let mut higher = self.levels & ((1u16 << limit) - (2u16 << lowest)) as u8;
        let mut level = lowest;
        while higher != 0 {
            let candidate = higher.ilog2() as usize;
            if self.occupied[candidate] & (1 << position(tick, candidate)) != 0 {
                level = candidate;
                break;
            }
            higher ^= 1 << candidate;
        }
        let index = position(tick, level);
        let number = level * SLOTS + index;
        let slot = &mut self.slots[number];
        slot.earliest = if slot.entries.is_empty() { due } else { slot.earliest.min(due) };
        // SAFETY: the list's entries are alive and accessible, by the contract that each was inserted under.
        unsafe { slot.entries.push_back(entry, number as u16) };
        self.occupied[level] |= 1 << index;
        self.levels |= 1 << level;
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
            let Some((level, First { number, start })) = self.first_slot() else { break };
            if start > target {
                break;
            }
            self.elapsed = start.max(self.elapsed);
            if level > 0 {
                // SAFETY: as above.
                unsafe { self.move_down(number, level, u64::MAX) };
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
        // SAFETY: as above.
        unsafe { self.prepare() };
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
        let (_, First { number, .. }) = self.first_slot()?;
        // SAFETY: as above.
        let entry = unsafe { self.slots[number].entries.pop_front() };
        self.note_if_emptied(number);
        entry
    }

    /// Moves down a part of what lies in the next slot of each level, so that little is left when its time comes: many
    /// thousand timers may lie there, which all would wait for it. The part is what it takes to be done by then, if the
    /// rest of the time passes as evenly.
    ///
    /// # Safety
    ///
    /// As for [`pop_due`](Self::pop_due).
    unsafe fn prepare(&mut self) {
        let ticks = self.elapsed - self.prepared;
        self.prepared = self.elapsed;
        let mut levels = self.levels & !1;
        while ticks != 0 && levels != 0 {
            let level = levels.ilog2() as usize;
            let border = (self.elapsed | (width(level) - 1)) + 1;
            let number = level * SLOTS + position(border, level);
            let entries = self.slots[number].entries.len() as u64;
            if entries != 0 {
                // The last tick before the border is the last chance.
                let left = border - 1 - self.elapsed;
                let part = entries.saturating_mul(ticks).div_ceil(ticks + left);
                // SAFETY: by this function's contract.
                unsafe { self.move_down(number, level, part.min(MOST_MOVED)) };
            }
            levels ^= 1 << level;
        }
    }

    /// Moves entries of a slot of a level above 0 to lower levels, from the front, `most` at most. `elapsed` has reached
    /// the slot or the one before it: by W1 its entries fit into the level below.
    ///
    /// # Safety
    ///
    /// As for [`pop_due`](Self::pop_due).
    unsafe fn move_down(&mut self, number: usize, level: usize, most: u64) {
        for _ in 0..most {
            // SAFETY: entries in the wheel are alive and accessible.
            let Some(entry) = (unsafe { self.slots[number].entries.pop_front() }) else { break };
            // SAFETY: as above.
            let shared = unsafe { entry.as_ref() };
            // SAFETY: as above.
            let due = unsafe { shared.with_filed(|filed| filed.due) };
            // SAFETY: it was just taken out of its list.
            unsafe { self.file(entry, due, level) };
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

    /// The slot that begins first, and its level. Of several the highest: it may hold what comes first in the others.
    fn first_slot(&self) -> Option<(usize, First)> {
        let mut first: Option<(usize, First)> = None;
        let mut levels = self.levels;
        while levels != 0 {
            let level = levels.ilog2() as usize;
            let candidate = self.first_of(level);
            if first.as_ref().is_none_or(|(_, first)| candidate.start < first.start) {
                first = Some((level, candidate));
            }
            levels ^= 1 << level;
        }
        first
    }

    /// The first slot of a level that is not empty. There is one.
    fn first_of(&self, level: usize) -> First {
        let here = position(self.elapsed, level);
        let ahead = self.occupied[level].rotate_right(here as u32).trailing_zeros() as usize;
        let start = (self.elapsed & !(width(level) - 1)) + ahead as u64 * width(level);
        First { number: level * SLOTS + (here + ahead) % SLOTS, start }
    }

    /// Restores W3 after entries were taken out of a slot.
    fn note_if_emptied(&mut self, number: usize) {
        if self.slots[number].entries.is_empty() {
            let level = number / SLOTS;
            self.occupied[level] &= !(1 << (number % SLOTS));
            if self.occupied[level] == 0 {
                self.levels &= !(1 << level);
            }
        }
    }
}

/// A slot that is not empty.
struct First {
    /// Its place in `slots`.
    number: usize,
    /// Its first tick.
    start: u64,
}

/// The lowest level that has a slot for a tick so far ahead.
fn level_for(distance: u64) -> usize {
    ((u64::BITS - 1).saturating_sub(distance.leading_zeros()) / SLOT_BITS) as usize
}

/// How many ticks wide the slots of a level are.
fn width(level: usize) -> u64 {
    1 << (level as u32 * SLOT_BITS)
}

/// Which slot of a level a tick belongs to.
fn position(tick: u64, level: usize) -> usize {
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

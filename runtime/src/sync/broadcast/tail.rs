//! The word of a channel: the position of the next value, and how many receivers there are.
//!
//! ```text
//! bits 24..  POSITION, the values sent so far; wraps around
//! bits 0..23 RECEIVERS
//!
//!   any receivers ──claim──► same, POSITION + 1          (fails without receivers)
//!   any ──subscribe──► RECEIVERS + 1, same position
//!   any ──unsubscribe──► RECEIVERS - 1, same position
//! ```
//!
//! Both are in one word so that each value knows who is to read it: the receivers that were there when its position was
//! claimed, which are those that subscribed at its position or before and have not left.

use std::fmt;

use heist_primitives::atomic::{AtomicU64, Ordering};

const RECEIVER: u64 = 1;
const RECEIVERS: u64 = STEP - 1;
const STEP: u64 = 1 << POSITION_SHIFT;
const POSITION_SHIFT: u32 = 24;

/// The most receivers a channel can have.
const MAX_RECEIVERS: u64 = RECEIVERS;

/// The word.
pub(super) struct Tail(AtomicU64);

/// The place of a value in the order of all values. Positions wrap around; those in use at a time are close together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Position(u64);

/// What the word said at some moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Snapshot {
    /// Where the next value goes.
    pub(super) position: Position,
    pub(super) receivers: usize,
}

impl Tail {
    /// Nothing was sent, nobody receives.
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(super) fn load(&self) -> Snapshot {
        // ORDERING: Acquire pairs with `unsubscribe`: whoever finds no receiver sees what the receivers did.
        Snapshot::of(self.0.load(Ordering::Acquire))
    }

    /// Takes the next position for a value; `None` if nobody would receive it.
    #[must_use]
    pub(super) fn claim(&self) -> Option<Snapshot> {
        let claim = |now| if now & RECEIVERS == 0 { None } else { Some(u64::wrapping_add(now, STEP)) };
        // Relaxed: the values are passed on by the locks of their slots.
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim).ok().map(Snapshot::of)
    }

    /// One more receiver; it is to read the values from the returned position on.
    ///
    /// # Panics
    ///
    /// If there are too many.
    #[track_caller]
    pub(super) fn subscribe(&self) -> Position {
        let add = |now| if now & RECEIVERS == MAX_RECEIVERS { None } else { Some(now + RECEIVER) };
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add) {
            Ok(before) => Snapshot::of(before).position,
            Err(_) => panic!("a broadcast channel cannot have more than {MAX_RECEIVERS} receivers"),
        }
    }

    /// One receiver less. Returns what the word says afterwards: values at that position and later do not count it.
    pub(super) fn unsubscribe(&self) -> Snapshot {
        // ORDERING: Release pairs with `load`; Acquire chains the removals, so that the last stands for all.
        let before = self.0.fetch_sub(RECEIVER, Ordering::AcqRel);
        debug_assert!(before & RECEIVERS != 0, "a receiver left twice");
        Snapshot::of(before - RECEIVER)
    }
}

impl Snapshot {
    fn of(word: u64) -> Self {
        Self { position: Position(word & !RECEIVERS), receivers: (word & RECEIVERS) as usize }
    }
}

impl Position {
    /// The position of the value that is sent after `n` others.
    pub(super) fn new(n: usize) -> Self {
        Self(0).plus(n)
    }

    /// For an atomic word that holds one.
    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(super) fn bits(self) -> u64 {
        self.0
    }

    pub(super) fn next(self) -> Self {
        self.plus(1)
    }

    pub(super) fn plus(self, n: usize) -> Self {
        Self(self.0.wrapping_add((n as u64).wrapping_mul(STEP)))
    }

    pub(super) fn minus(self, n: usize) -> Self {
        Self(self.0.wrapping_sub((n as u64).wrapping_mul(STEP)))
    }

    /// How many positions it is behind `later`.
    pub(super) fn distance_to(self, later: Self) -> u64 {
        later.0.wrapping_sub(self.0) >> POSITION_SHIFT
    }

    pub(super) fn is_after(self, other: Self) -> bool {
        (self.0.wrapping_sub(other.0) as i64) > 0
    }

    /// The position modulo the capacity, which is `mask + 1`, a power of two.
    pub(super) fn index(self, mask: usize) -> usize {
        (self.0 >> POSITION_SHIFT) as usize & mask
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0 >> POSITION_SHIFT).fmt(f)
    }
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heist_primitives::model;

    #[test]
    fn transitions() {
        model(0, 1, || {
            let tail = Tail::new();
            assert!(tail.claim().is_none(), "nobody receives");
            assert_eq!(tail.subscribe(), Position::new(0));
            let first = tail.claim().unwrap();
            assert_eq!((first.position, first.receivers), (Position::new(0), 1));
            assert_eq!(tail.subscribe(), Position::new(1));
            assert_eq!(tail.claim().unwrap().receivers, 2);
            assert_eq!(tail.unsubscribe().position, Position::new(2));
            assert_eq!(tail.unsubscribe().receivers, 0);
            assert_eq!(tail.load().position, Position::new(2));
        });
    }

    #[test]
    fn positions_wrap_around() {
        model(0, 1, || {
            let last = Position::new(0).minus(1);
            assert_eq!(last.next(), Position::new(0));
            assert!(Position::new(0).is_after(last));
            assert!(!last.is_after(Position::new(0)));
            assert!(!last.is_after(last));
            assert_eq!(last.distance_to(Position::new(7)), 8);
            assert_eq!(last.index(3), 3);
            // The receivers are not touched when the position wraps.
            let tail = Tail(AtomicU64::new(last.0 | 5));
            assert_eq!(tail.claim().unwrap().position, last);
            let now = tail.load();
            assert_eq!((now.position, now.receivers), (Position::new(0), 5));
        });
    }

    #[test]
    #[should_panic(expected = "cannot have more than 16777215 receivers")]
    fn too_many_receivers() {
        model(0, 1, || {
            Tail(AtomicU64::new(MAX_RECEIVERS)).subscribe();
        });
    }
}

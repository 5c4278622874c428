//! [`Slot`]: the place of one value, and who still has to read it. Which slot and which position is the business of
//! `shared.rs`.
//!
//! A slot is used by the positions that are the same modulo the capacity, one after the other:
//!
//! ```text
//!   content of an earlier position ──write──► value, LEFT = receivers
//!   value ──read, skip──► LEFT - 1; the last one takes the value out
//!   content of an earlier position ──skip──► reserved: no value, LEFT = -1
//!   reserved ──skip──► LEFT - 1
//!   reserved ──write──► value, LEFT + receivers; no value if that makes 0
//! ```
//!
//! *Reserved* is a slot whose writer has claimed the position but not come to write, while receivers that it counted
//! have left already.

use heist_primitives::atomic::{AtomicU64, Ordering};
use heist_primitives::mutation;
use heist_primitives::sync::Mutex;

use super::tail::Position;

/// A place for a value.
#[derive(Debug)]
pub(super) struct Slot<T> {
    /// Whose value it is. Changes under the lock; without it, it tells whether a look at the content is worth while.
    position: AtomicU64,
    /// Values are cloned under the lock, since one that is `Send` alone must not be looked at by two threads at a time.
    content: Mutex<Content<T>>,
}

#[derive(Debug)]
struct Content<T> {
    /// How many receivers have yet to read the value; below zero as long as it is reserved.
    left: isize,
    /// `None` if all have read it, or it is reserved.
    value: Option<T>,
}

/// What a receiver found.
#[derive(Debug)]
pub(super) enum Found<T> {
    Value(T),
    /// The value is still to come.
    NotYet,
    /// A later value is in its place.
    Overwritten,
}

impl<T> Slot<T> {
    /// A slot last used by `position`, and read by all.
    pub(super) fn new(position: Position) -> Self {
        let content = Content { left: 0, value: None };
        Self { position: AtomicU64::new(position.bits()), content: Mutex::new(content) }
    }

    fn position(&self) -> Position {
        // Relaxed: what is concluded from it without the lock, that a value is still to come, is looked at again after
        // a change was waited for. The lock orders the rest.
        Position::from_bits(self.position.load(Ordering::Relaxed))
    }

    /// The lock is held.
    fn set_position(&self, position: Position) {
        self.position.store(position.bits(), Ordering::Relaxed);
    }

    /// Writes the value of `position`, for this many receivers. Returns what is to be dropped: the value that was there,
    /// or this one if nobody will read it.
    pub(super) fn write(&self, position: Position, receivers: usize, value: T) -> Option<T> {
        let mut content = self.content.lock();
        let now = self.position();
        if now.is_after(position) && !mutation::on("broadcast_overwrites_later") {
            // A sender that came a whole round later was faster.
            return Some(value);
        }
        if now != position {
            self.set_position(position);
            content.left = 0;
        }
        content.left += receivers as isize;
        if content.left == 0 { Some(value) } else { content.value.replace(value) }
    }

    /// Reads the value of `position` for a receiver that has not read it yet.
    #[inline]
    pub(super) fn read(&self, position: Position) -> Found<T>
    where
        T: Clone,
    {
        if position.is_after(self.position()) {
            return Found::NotYet;
        }
        let mut content = self.content.lock();
        if self.position() != position {
            return Found::Overwritten;
        }
        if content.value.is_none() {
            // Reserved.
            return Found::NotYet;
        }
        // Before the clone: should it panic, the value counts as read.
        content.left -= 1;
        let value = if content.left == 0 { content.value.take() } else { content.value.clone() };
        value.map_or(Found::NotYet, Found::Value)
    }

    /// A receiver that was to read `position` is gone. Returns the value if it was the last.
    #[must_use]
    pub(super) fn skip(&self, position: Position) -> Option<T> {
        let mut content = self.content.lock();
        let now = self.position();
        if now.is_after(position) {
            return None;
        }
        if now != position {
            if mutation::on("broadcast_skips_written_only") {
                return None;
            }
            self.set_position(position);
            content.left = -1;
            return content.value.take();
        }
        content.left -= 1;
        if content.left == 0 { content.value.take() } else { None }
    }

    /// True if the value of `position` is there or still to come, and not yet read by all.
    pub(super) fn holds(&self, position: Position) -> bool {
        let content = self.content.lock();
        let now = self.position();
        position.is_after(now) || (position == now && content.left != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heist_primitives::model;

    fn value(found: Found<u32>) -> Option<u32> {
        match found {
            Found::Value(value) => Some(value),
            Found::NotYet | Found::Overwritten => None,
        }
    }

    #[test]
    fn the_last_reader_takes_the_value_out() {
        model(0, 1, || {
            let at = Position::new(4);
            let slot = Slot::new(at.minus(4));
            assert!(slot.holds(at), "it is to come");
            assert!(matches!(slot.read(at), Found::NotYet));
            assert_eq!(slot.write(at, 2, 7), None);
            assert_eq!(value(slot.read(at)), Some(7));
            assert!(slot.holds(at));
            assert_eq!(value(slot.read(at)), Some(7));
            assert!(!slot.holds(at));
            assert_eq!(slot.write(at.plus(4), 1, 8), None, "nothing was left to drop");
            assert!(matches!(slot.read(at), Found::Overwritten));
            assert!(!slot.holds(at));
            assert_eq!(slot.write(at.plus(8), 1, 9), Some(8));
        });
    }

    #[test]
    fn who_leaves_before_the_write_is_not_waited_for() {
        model(0, 1, || {
            let at = Position::new(4);
            let slot = Slot::new(at.minus(4));
            assert_eq!(slot.write(at.minus(4), 1, 6), None);
            assert_eq!(slot.skip(at), Some(6), "the position is claimed, so the earlier value is gone");
            assert!(matches!(slot.read(at), Found::NotYet));
            assert!(slot.holds(at));
            assert_eq!(slot.skip(at), None);
            assert_eq!(slot.write(at, 3, 7), None);
            assert_eq!(value(slot.read(at)), Some(7));
            assert!(!slot.holds(at));
            assert_eq!(slot.skip(at.plus(4)), None);
            assert_eq!(slot.write(at.plus(4), 1, 8), Some(8), "nobody is left to read it");
            assert!(!slot.holds(at.plus(4)));
        });
    }

    #[test]
    fn a_slow_sender_does_not_overwrite_a_later_value() {
        model(0, 1, || {
            let at = Position::new(0);
            let slot = Slot::new(at.minus(4));
            assert_eq!(slot.write(at.plus(4), 1, 8), None);
            assert_eq!(slot.write(at, 1, 7), Some(7));
            assert_eq!(slot.skip(at), None);
            assert_eq!(value(slot.read(at.plus(4))), Some(8));
        });
    }
}

//! The readiness word of one source: the owner file of that atomic.
//!
//! ```text
//! bit 63 ........ 16 | 9    | 8             | 7            | 6        | 5 ..... 0
//!     tick           | LIST | WRITE_WAITING | READ_WAITING | SHUTDOWN | what it is ready for
//! ```
//!
//! The tick counts events, so that readiness is taken back only by somebody who saw the latest one. A WAITING bit says
//! that the wakers, which lie under a lock beside the word, have to be looked at by an event of that direction.

use heist_primitives::atomic::{AtomicU64, Ordering};
use heist_primitives::mutation;

use crate::Ready;

const READY: u64 = Ready::ALL.bits() as u64;
const SHUTDOWN: u64 = 1 << 6;
const READ_WAITING: u64 = 1 << 7;
const WRITE_WAITING: u64 = 1 << 8;
const LIST: u64 = 1 << 9;
const TICK_SHIFT: u32 = 16;
const TICK: u64 = 1 << TICK_SHIFT;

/// Who waits: a slot for the last waker of a direction, or the list for everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seat {
    /// The slot of reading.
    Read,
    /// The slot of writing.
    Write,
    /// The list.
    List,
}

impl Seat {
    const fn bit(self) -> u64 {
        match self {
            Seat::Read => READ_WAITING,
            Seat::Write => WRITE_WAITING,
            Seat::List => LIST,
        }
    }
}

/// What a source was ready for when somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyEvent {
    ready: Ready,
    tick: u64,
    is_shutdown: bool,
}

impl ReadyEvent {
    /// What the source was ready for, as far as it was asked for.
    pub fn ready(self) -> Ready {
        self.ready
    }

    /// True if the driver had been shut down.
    pub fn is_shutdown(self) -> bool {
        self.is_shutdown
    }

    /// The same event, as if only `ready` had been seen of it: so much of it can be cleared.
    #[must_use]
    pub fn with_ready(self, ready: Ready) -> ReadyEvent {
        ReadyEvent { ready: self.ready & ready, ..self }
    }
}

/// A value of the word.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Snapshot(u64);

impl Snapshot {
    fn ready(self) -> Ready {
        Ready::from_bits((self.0 & READY) as u8)
    }

    fn tick(self) -> u64 {
        self.0 >> TICK_SHIFT
    }

    fn is_shutdown(self) -> bool {
        self.0 & SHUTDOWN != 0
    }

    fn event(self, mask: Ready) -> ReadyEvent {
        ReadyEvent { ready: self.ready() & mask, tick: self.tick(), is_shutdown: self.is_shutdown() }
    }

    /// What lets a waiter for `mask` go on, if anything does.
    fn resolved(self, mask: Ready) -> Option<ReadyEvent> {
        let event = self.event(mask);
        (event.is_shutdown || !event.ready.is_empty()).then_some(event)
    }
}

/// The readiness word.
///
/// | transition | by | effect |
/// |---|---|---|
/// | [`event_arrived`](Self::event_arrived) | the holder of the driver | sets states, tick + 1, clears the WAITING bits of those directions |
/// | [`begin_wait`](Self::begin_wait) | a task, under the source's lock | sets WAITING or LIST, unless ready or shut down |
/// | [`list_emptied`](Self::list_emptied) | anybody under the source's lock | clears LIST |
/// | [`consumed`](Self::consumed) | a task whose operation would have waited | clears states, never closed ones, if the tick is the one it saw |
/// | [`shut_down`](Self::shut_down) | the runtime | sets SHUTDOWN, clears the WAITING bits |
///
/// That no wake-up is lost follows from the order of the changes to this one word; wakers are handed over under the
/// source's lock. What Release and Acquire are for: whoever sees an event's tick must also see what the kernel did
/// before it reported the event. Otherwise a read could find nothing, and then clear the tick of the very data it had
/// missed. All other changes are read-modify-writes, which pass the Release of the event on.
#[derive(Debug)]
pub(crate) struct Readiness {
    word: AtomicU64,
}

impl Readiness {
    /// A source that is ready for `initial` before its first event.
    pub(crate) fn new(initial: Ready) -> Self {
        Self { word: AtomicU64::new(u64::from(initial.bits())) }
    }

    /// What the source is ready for, as far as `mask` asks.
    pub(crate) fn event(&self, mask: Ready) -> ReadyEvent {
        self.load().event(mask)
    }

    /// What lets a waiter for `mask` go on; `None` if it has to wait.
    pub(crate) fn resolved(&self, mask: Ready) -> Option<ReadyEvent> {
        self.load().resolved(mask)
    }

    /// The operating system reports `ready`. Returns true if somebody may wait for it, whom the caller then has to
    /// look for under the source's lock.
    #[must_use]
    pub(crate) fn event_arrived(&self, ready: Ready) -> bool {
        let mut waiting = LIST;
        if ready.is_readable() {
            waiting |= READ_WAITING;
        }
        if ready.is_writable() {
            waiting |= WRITE_WAITING;
        }
        let mut cleared = waiting & !LIST;
        if mutation::on("readiness: event clears both directions") {
            cleared = READ_WAITING | WRITE_WAITING;
        }
        // ORDERING: pairs with the loads in `update` and `load`. Model: `an_event_meets_a_clear`.
        let order =
            if mutation::on("readiness: event without Release") { Ordering::Relaxed } else { Ordering::Release };
        let before =
            self.update(order, |before| Some((before.wrapping_add(TICK) | u64::from(ready.bits())) & !cleared));
        before.0 & waiting != 0
    }

    /// Announces a waker in `seat`, which the caller stores before it releases the source's lock. Refused, with the
    /// event, if there is nothing to wait for.
    pub(crate) fn begin_wait(&self, seat: Seat, mask: Ready) -> Result<(), ReadyEvent> {
        let blind = mutation::on("readiness: wait without a second look");
        let before = self.update(Ordering::Relaxed, |before| {
            let resolved = Snapshot(before).resolved(mask).is_some() && !blind;
            let announced = before & seat.bit() != 0;
            (!resolved && !announced).then_some(before | seat.bit())
        });
        match before.resolved(mask) {
            Some(event) if !blind => Err(event),
            _ => Ok(()),
        }
    }

    /// Nobody is on the list any more.
    pub(crate) fn list_emptied(&self) {
        self.word.fetch_and(!LIST, Ordering::Relaxed);
    }

    /// An operation found that what `event` promised is used up.
    pub(crate) fn consumed(&self, event: ReadyEvent) {
        let mask = u64::from((event.ready - Ready::CLOSED).bits());
        let any_tick = mutation::on("readiness: clear ignores the tick");
        self.update(Ordering::Relaxed, |before| {
            let current = Snapshot(before).tick() == event.tick || any_tick;
            (current && before & mask != 0).then_some(before & !mask)
        });
    }

    /// The driver ends: nobody waits any more.
    pub(crate) fn shut_down(&self) {
        self.update(Ordering::Relaxed, |before| Some((before | SHUTDOWN) & !(READ_WAITING | WRITE_WAITING)));
    }

    fn load(&self) -> Snapshot {
        // ORDERING: pairs with `event_arrived`. Model: `an_event_meets_a_clear`.
        Snapshot(self.word.load(Ordering::Acquire))
    }

    /// Changes the word unless `f` sees nothing to change. Returns what it was before.
    #[inline]
    fn update(&self, order: Ordering, f: impl Fn(u64) -> Option<u64>) -> Snapshot {
        let mut before = self.load().0;
        while let Some(after) = f(before) {
            // ORDERING: a failure is a load, and pairs with `event_arrived`.
            match self.word.compare_exchange_weak(before, after, order, Ordering::Acquire) {
                Ok(_) => break,
                Err(now) => before = now,
            }
        }
        Snapshot(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_event_clears_nothing() {
        let word = Readiness::new(Ready::EMPTY);
        assert!(!word.event_arrived(Ready::READABLE));
        let old = word.event(Ready::ALL);
        assert!(!word.event_arrived(Ready::READABLE));
        word.consumed(old);
        assert!(word.event(Ready::ALL).ready().is_readable());
        word.consumed(word.event(Ready::ALL));
        assert!(word.event(Ready::ALL).ready().is_empty());
    }

    #[test]
    fn closed_stays() {
        let word = Readiness::new(Ready::EMPTY);
        let _ = word.event_arrived(Ready::ALL);
        word.consumed(word.event(Ready::ALL));
        assert_eq!(word.event(Ready::ALL).ready(), Ready::CLOSED);
    }

    #[test]
    fn an_event_asks_for_a_look_only_if_somebody_waits_for_it() {
        let word = Readiness::new(Ready::EMPTY);
        let read = Ready::READABLE | Ready::READ_CLOSED;
        assert!(word.begin_wait(Seat::Read, read).is_ok());
        assert!(!word.event_arrived(Ready::WRITABLE));
        assert!(word.event_arrived(Ready::READABLE));
        assert!(!word.event_arrived(Ready::READABLE), "the first event took the waiter");
        assert!(word.begin_wait(Seat::Read, read).is_err());
    }

    #[test]
    fn the_tick_does_not_reach_the_flags() {
        let word = Readiness { word: AtomicU64::new(!0 << TICK_SHIFT) };
        let last = word.event(Ready::ALL);
        let _ = word.event_arrived(Ready::READABLE);
        assert_ne!(word.event(Ready::ALL).tick, last.tick);
        assert_eq!(word.event(Ready::ALL).ready(), Ready::READABLE);
    }

    #[test]
    fn after_shutdown_nobody_waits() {
        let word = Readiness::new(Ready::EMPTY);
        word.shut_down();
        let event = word.begin_wait(Seat::List, Ready::READABLE).unwrap_err();
        assert!(event.is_shutdown());
    }
}

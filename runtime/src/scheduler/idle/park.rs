//! The sleep itself: second half of parking, after [`Idle::announce_park`].

use super::{Crew, Idle, Sleep};

/// Where a worker sleeps.
pub(crate) trait Bed {
    /// On its token: until somebody unparks the thread, or for no reason.
    fn sleep_on_token(&mut self);
    /// In the poller: until an event, the deadline word's time, a kick, or for no reason. Keeps the events for later.
    /// True if there are events or the deadline has passed.
    fn wait_in_poller(&mut self) -> bool;
}

/// How a sleep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// Somebody claimed the sleeper: it is a searcher.
    Claimed,
    /// By events or a deadline: it is a runner, and need not look for more than those.
    ByEvents,
}

impl Idle {
    /// Sleeps until claimed or, with the seat, until events come. Nothing may be dispatched before it returns: until
    /// then the worker counts as nobody's.
    pub(crate) fn sleep(&self, sleep: Sleep, crew: &impl Crew, bed: &mut impl Bed) -> Woken {
        let token = crew.token(sleep.worker);
        if token.prepare() {
            if !sleep.seat {
                while !token.is_notified() {
                    bed.sleep_on_token();
                }
            } else if self.sleep_in_seat(sleep, crew, bed) {
                token.clear();
                return Woken::ByEvents;
            }
        }
        token.clear();
        self.claimed(sleep);
        Woken::Claimed
    }

    /// True if the sleeper left by itself; false if it was claimed, and then its token is notified.
    fn sleep_in_seat(&self, sleep: Sleep, crew: &impl Crew, bed: &mut impl Bed) -> bool {
        loop {
            let something = bed.wait_in_poller();
            if crew.token(sleep.worker).is_notified() {
                return false;
            }
            if something {
                return self.retract(sleep, false, crew);
            }
            // A kick for an earlier deadline, or nothing: still listed, so no second look at the queues is needed.
        }
    }
}

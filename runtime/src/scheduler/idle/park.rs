//! The sleep itself: second half of parking, after [`Idle::announce_park`].

use heist_primitives::mutation;

use super::{Crew, Idle, Sleep};

/// Where a worker sleeps.
pub(crate) trait Bed {
    /// On its token: until somebody unparks the thread, its patience ends, or for no reason.
    fn sleep_on_token(&mut self) -> Rested;
    /// In the poller: until an event, the deadline word's time, a kick, its patience ends, or for no reason. Keeps the
    /// events for later.
    fn wait_in_poller(&mut self) -> Rested;
    /// The sleeper is needed: its patience begins anew.
    fn rest_again(&mut self);
}

/// How far a sleep has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rested {
    /// Nothing has happened, as far as the sleeper knows.
    SoFar,
    /// There are events, or the deadline has passed.
    ForEvents,
    /// Nothing has happened for so long that the worker is not needed.
    LongEnough,
}

/// How a sleep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// Somebody claimed the sleeper: it is a searcher.
    Claimed,
    /// By events or a deadline: it is a runner, and need not look for more than those.
    ByEvents,
    /// Nobody needed it for long: it is a runner, and wants to end.
    Expired,
}

impl Idle {
    /// Sleeps until claimed or, with the seat, until events come. Nothing may be dispatched before it returns: until
    /// then the worker counts as nobody's.
    pub(crate) fn sleep<B: Bed>(&self, sleep: Sleep, crew: &impl Crew, bed: &mut B) -> Woken {
        let token = crew.token(sleep.worker);
        if token.prepare() {
            let rest = if sleep.seat { B::wait_in_poller } else { B::sleep_on_token };
            if let Some(woken) = self.rest(sleep, crew, bed, rest) {
                token.clear();
                return woken;
            }
        }
        token.clear();
        self.claimed(sleep);
        Woken::Claimed
    }

    /// Why the sleeper left by itself; `None` if it was claimed, and then its token is notified.
    fn rest<B: Bed>(&self, sleep: Sleep, crew: &impl Crew, bed: &mut B, rest: fn(&mut B) -> Rested) -> Option<Woken> {
        let token = crew.token(sleep.worker);
        while !token.is_notified() {
            let woken = match rest(bed) {
                // An early return, or a kick for an earlier deadline: still listed, so no second look at the queues.
                Rested::SoFar => continue,
                Rested::ForEvents => Woken::ByEvents,
                Rested::LongEnough if self.is_last(sleep) => {
                    bed.rest_again();
                    continue;
                }
                Rested::LongEnough => Woken::Expired,
            };
            if mutation::on("EXPIRE_NO_RETRACT") && woken == Woken::Expired {
                return Some(woken);
            }
            return self.retract(sleep, false, crew).then_some(woken);
        }
        None
    }

    /// Whether nobody would sit at the poller if the sleeper left: the others are all stuck or blocked. A hint: who leaves
    /// nevertheless tells the driver thread, which starts the next spare.
    fn is_last(&self, sleep: Sleep) -> bool {
        let now = self.snapshot();
        sleep.seat && now.sleepers() == 1 && now.running() == 0
    }
}

//! Whether the worker at the poller asks it a few times before it sleeps there.
//!
//! A thread that sleeps in the poller costs the system a wake-up, and the event the time that this takes: on a virtual
//! machine some 15 µs of processor time and 30 to 60 µs of waiting. Where one request follows the other's answer at once
//! it is cheaper to ask for [`WINDOW_NS`]. Otherwise it is not: many events at a time are cheaper to fetch together, and
//! a peer on the same processor cannot answer while this thread occupies it. So asking has to prove itself. It begins
//! after [`PROOF`] sleeps in a row that a single event ended within the window, goes on while it finds single events,
//! and ends with the first time in vain; each such time doubles the number of sleeps until the next try.
//!
//! At most one thread asks, since it holds the seat, and only while no other worker runs: that one's processor time is
//! worth more.

/// For how long the poller is asked, and how short a sleep is that should have been spent asking.
const WINDOW_NS: u64 = 50_000;
/// What a sleep takes longer than its event needs to arrive, at most.
const WAKE_UP_NS: u64 = 50_000;
/// Events closer to each other than this are fetched together.
const DENSE_NS: u64 = 3_000;
/// Short sleeps in a row before the poller is asked.
const PROOF: u32 = 4;
/// Sleeps that a try in vain costs at most, as a power of two.
const LONGEST_BACK_OFF: u32 = 12;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Spin {
    /// Sleeps in a row that a single event ended soon.
    short_sleeps: u32,
    /// Times in a row that asking was in vain.
    failures: u32,
    /// Sleeps until asking may begin again.
    back_off: u32,
}

impl Spin {
    /// How many nanoseconds the poller is to be asked before a sleep.
    pub(super) fn time_ns(&self) -> u64 {
        if self.short_sleeps >= PROOF && self.back_off == 0 { WINDOW_NS } else { 0 }
    }

    /// A sleep has ended.
    pub(super) fn slept(&mut self, lasted_ns: u64, events: usize) {
        self.back_off = self.back_off.saturating_sub(1);
        let short = events == 1 && lasted_ns < WINDOW_NS + WAKE_UP_NS;
        self.short_sleeps = if short { self.short_sleeps.saturating_add(1) } else { 0 };
    }

    /// Asking has found events.
    pub(super) fn found(&mut self, lasted_ns: u64, events: usize) {
        if events == 1 && lasted_ns >= DENSE_NS {
            self.failures = 0;
        } else {
            self.in_vain();
        }
    }

    /// Asking has found nothing in its time, or should not have been done.
    pub(super) fn in_vain(&mut self) {
        self.failures = (self.failures + 1).min(LONGEST_BACK_OFF);
        self.back_off = 1 << self.failures;
        self.short_sleeps = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_short_sleeps(count: u32) -> Spin {
        let mut spin = Spin::default();
        (0..count).for_each(|_| spin.slept(WINDOW_NS, 1));
        spin
    }

    #[test]
    fn asking_begins_after_short_sleeps_for_single_events() {
        assert_eq!(after_short_sleeps(PROOF - 1).time_ns(), 0);
        assert_eq!(after_short_sleeps(PROOF).time_ns(), WINDOW_NS);
        for (lasted_ns, events) in [(WINDOW_NS, 2), (WINDOW_NS, 0), (10 * WINDOW_NS, 1)] {
            let mut spin = after_short_sleeps(PROOF);
            spin.slept(lasted_ns, events);
            assert_eq!(spin.time_ns(), 0, "{events} events after {lasted_ns} ns");
        }
    }

    #[test]
    fn asking_goes_on_while_it_finds_single_events() {
        let mut spin = after_short_sleeps(PROOF);
        (0..100).for_each(|_| spin.found(20_000, 1));
        assert_eq!(spin.time_ns(), WINDOW_NS);
        spin.found(20_000, 7);
        assert_eq!(spin.time_ns(), 0);
    }

    #[test]
    fn each_time_in_vain_doubles_the_way_back() {
        let mut spin = after_short_sleeps(PROOF);
        for failures in 1..20 {
            spin.in_vain();
            let mut sleeps = 0;
            while spin.time_ns() == 0 {
                spin.slept(WINDOW_NS, 1);
                sleeps += 1;
            }
            assert_eq!(sleeps, (1 << failures.min(LONGEST_BACK_OFF)).max(PROOF));
        }
    }
}

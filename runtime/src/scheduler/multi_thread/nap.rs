//! How a thread in `block_on` waits where what it waits for comes in many small parts.
//!
//! A thread that joins a thousand small tasks is woken by the first, finds the second unfinished, sleeps, and is woken by
//! that one. On a processor of its own it takes so long to wake up that many have ended meanwhile. But where no processor is
//! free it pushes the very worker off its processor that has woken it, and gives it back after the next look: two thread
//! switches and two system calls for each task. It is cheaper then to sleep for [`NAP`] without being woken, and to find
//! many tasks finished.
//!
//! Such sleeps are known by their length: [`SWITCHED`]. But what is waited for may wait for this thread in turn, and then a nap
//! is time lost. So napping has to prove itself. The first nap comes after [`PROOF`] such sleeps in a row, and one more
//! after each further one, as long as the future does [`WORTH`] operations after a nap, by its cooperative budget. A nap after
//! which it does less was in vain; each such nap in a row doubles the number of sleeps until the next try.

use std::ops::Range;
use std::time::Duration;

/// How long a nap is. The system may make it longer, by 50 µs usually.
const NAP: Duration = Duration::from_micros(20);
/// How long a sleep takes that was two switches on one processor and little between. A shorter one was none, since the
/// call came before it; waking a processor that has nothing to do takes longer.
const SWITCHED: Range<Duration> = Duration::from_micros(1)..Duration::from_micros(10);
/// Such sleeps in a row before the first nap.
const PROOF: u32 = 3;
/// Operations of the future after a nap, each of which might have been a sleep.
const WORTH: u8 = 4;
/// Sleeps that a nap in vain costs at most, as a power of two.
const LONGEST_BACK_OFF: u32 = 12;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Naps {
    /// Sleeps in a row that were just switches.
    switches: u32,
    /// Naps in a row that were in vain.
    failures: u32,
    /// Sleeps until the next nap is possible.
    back_off: u32,
}

impl Naps {
    /// How long to sleep without being woken, before a sleep that can be ended.
    pub(super) fn due(&self) -> Option<Duration> {
        (self.switches >= PROOF && self.back_off == 0).then_some(NAP)
    }

    /// A sleep has ended.
    pub(super) fn slept(&mut self, lasted: Duration) {
        self.back_off = self.back_off.saturating_sub(1);
        self.switches = if SWITCHED.contains(&lasted) { self.switches.saturating_add(1) } else { 0 };
    }

    /// After a nap the future has done so many operations, and has to wait again.
    pub(super) fn napped(&mut self, operations: u8) {
        if operations >= WORTH {
            self.failures = 0;
            self.switches = PROOF - 1;
        } else {
            self.failures = (self.failures + 1).min(LONGEST_BACK_OFF);
            self.back_off = 1 << self.failures;
            self.switches = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_micros(3);

    fn after_switches(count: u32) -> Naps {
        let mut naps = Naps::default();
        (0..count).for_each(|_| naps.slept(SHORT));
        naps
    }

    #[test]
    fn the_first_nap_comes_after_some_switches_in_a_row() {
        assert_eq!(after_switches(PROOF - 1).due(), None);
        assert_eq!(after_switches(PROOF).due(), Some(NAP));
        for lasted in [Duration::from_nanos(100), Duration::from_micros(30)] {
            let mut naps = after_switches(PROOF);
            naps.slept(lasted);
            naps.slept(SHORT);
            assert_eq!(naps.due(), None, "{lasted:?}");
        }
    }

    #[test]
    fn a_nap_that_was_worth_it_is_followed_by_one_after_the_next_switch() {
        let mut naps = after_switches(PROOF);
        for _ in 0..100 {
            assert_eq!(naps.due(), Some(NAP));
            naps.napped(WORTH);
            assert_eq!(naps.due(), None);
            naps.slept(SHORT);
        }
        naps.napped(WORTH);
        naps.slept(Duration::from_micros(100));
        assert_eq!(naps.due(), None);
    }

    #[test]
    fn each_nap_in_vain_doubles_the_way_back() {
        let mut naps = after_switches(PROOF);
        for failures in 1..20 {
            naps.napped(WORTH - 1);
            let mut sleeps = 0;
            while naps.due().is_none() {
                naps.slept(SHORT);
                sleeps += 1;
            }
            assert_eq!(sleeps, (1 << failures.min(LONGEST_BACK_OFF)).max(PROOF));
        }
    }
}

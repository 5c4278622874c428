//! The clock of a runtime: real, or paused by tests.
//!
//! All times inside a runtime are nanoseconds since its clock was made; [`Instant`](crate::time::Instant) is for users.
//! This file owns what "now" is. It fires no timers and wakes nobody: schedulers ask it whether a paused clock may jump
//! when they have nothing left to do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use heist_primitives::sync::Mutex;

/// Whether any clock of this process was ever paused. Programs that never pause pay one load for the possibility.
static ANY_PAUSED: AtomicBool = AtomicBool::new(false);

/// True if some clock of this process is or was paused.
#[inline]
pub(crate) fn any_was_paused() -> bool {
    // Relaxed: only threads that know of the pause by other means, such as running the same runtime, need to see it.
    ANY_PAUSED.load(Ordering::Relaxed)
}

/// The present by no runtime's clock, for measuring what work takes: it goes on while clocks are paused.
pub(crate) fn real_time() -> Instant {
    Instant::now()
}

/// A clock, real until it is paused.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Instant,
    /// Whether this clock was ever paused: until then `virtual_time` is not looked at.
    was_paused: AtomicBool,
    virtual_time: Mutex<VirtualTime>,
    /// How many blocking calls forbid a paused clock to advance by itself.
    inhibitors: AtomicUsize,
}

/// The time of a clock that was paused at least once.
#[derive(Debug)]
struct VirtualTime {
    /// Nanoseconds at the moment when the clock was last paused, resumed or advanced.
    ns: u64,
    /// Since when it runs again, if it does.
    running_since: Option<Instant>,
}

impl VirtualTime {
    fn now_ns(&self) -> u64 {
        let running = self.running_since.map_or(0, |since| nanoseconds(since.elapsed()));
        self.ns.saturating_add(running)
    }
}

impl Clock {
    /// A clock that stands at 0, paused or running.
    pub(crate) fn new(start_paused: bool) -> Self {
        let origin = Instant::now();
        let clock = Self {
            origin,
            was_paused: AtomicBool::new(false),
            virtual_time: Mutex::new(VirtualTime { ns: 0, running_since: Some(origin) }),
            inhibitors: AtomicUsize::new(0),
        };
        if start_paused {
            *clock.virtual_time.lock() = VirtualTime { ns: 0, running_since: None };
            clock.note_pause();
        }
        clock
    }

    /// Nanoseconds since the clock was made.
    #[inline]
    pub(crate) fn now_ns(&self) -> u64 {
        if self.is_virtual() { self.virtual_time.lock().now_ns() } else { nanoseconds(self.origin.elapsed()) }
    }

    /// The same as an instant.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        if self.is_virtual() {
            self.origin + Duration::from_nanos(self.virtual_time.lock().now_ns())
        } else {
            Instant::now()
        }
    }

    /// An instant as nanoseconds of this clock: 0 if it lies before the clock, `u64::MAX` if it is out of range.
    #[inline]
    pub(crate) fn ns_at(&self, instant: Instant) -> u64 {
        nanoseconds(instant.saturating_duration_since(self.origin))
    }

    /// True while it is paused.
    #[inline]
    pub(crate) fn is_paused(&self) -> bool {
        self.is_virtual() && self.virtual_time.lock().running_since.is_none()
    }

    /// Stops the clock. False if it was stopped already.
    pub(crate) fn pause(&self) -> bool {
        let mut time = self.virtual_time.lock();
        if time.running_since.is_none() {
            return false;
        }
        *time = VirtualTime { ns: time.now_ns(), running_since: None };
        drop(time);
        self.note_pause();
        true
    }

    /// Lets the clock run again. False if it was running.
    pub(crate) fn resume(&self) -> bool {
        let mut time = self.virtual_time.lock();
        if time.running_since.is_some() {
            return false;
        }
        time.running_since = Some(Instant::now());
        true
    }

    /// Moves a paused clock. False if it is running.
    pub(crate) fn advance(&self, by: Duration) -> bool {
        let mut time = self.virtual_time.lock();
        if time.running_since.is_some() {
            return false;
        }
        time.ns = time.ns.saturating_add(nanoseconds(by));
        true
    }

    /// For a scheduler that has nothing to do before `deadline_ns`, the earliest of all its timers: instead of sleeping
    /// until then, a paused clock jumps there.
    ///
    /// True if the clock is paused and stands at the deadline or later now, so that timers are due. False if it runs, if
    /// `deadline_ns` is `u64::MAX` (no timer), or while a blocking call inhibits it: sleep then, in the last two cases
    /// without a timeout.
    pub(crate) fn auto_advance_to(&self, deadline_ns: u64) -> bool {
        if !self.is_virtual() || deadline_ns == u64::MAX || self.inhibitors.load(Ordering::Relaxed) > 0 {
            return false;
        }
        let mut time = self.virtual_time.lock();
        if time.running_since.is_some() {
            return false;
        }
        time.ns = time.ns.max(deadline_ns);
        true
    }

    /// Keeps a paused clock from advancing by itself, until [`allow_auto_advance`](Self::allow_auto_advance): a blocking
    /// call was started whose outcome may come before any timer.
    pub(crate) fn inhibit_auto_advance(&self) {
        // Relaxed, here and below: the runtime's own thread counts up and reads; a thread that counts down wakes it
        // afterwards.
        self.inhibitors.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one [`inhibit_auto_advance`](Self::inhibit_auto_advance) back. True if it was the last and the clock is
    /// paused: the scheduler may be asleep without a timeout and has to be woken so that it advances the clock.
    #[must_use]
    pub(crate) fn allow_auto_advance(&self) -> bool {
        let before = self.inhibitors.fetch_sub(1, Ordering::Relaxed);
        debug_assert_ne!(before, 0, "auto-advance was not inhibited");
        before == 1 && self.is_paused()
    }

    #[inline]
    fn is_virtual(&self) -> bool {
        any_was_paused() && self.was_paused.load(Ordering::Relaxed)
    }

    fn note_pause(&self) {
        self.was_paused.store(true, Ordering::Relaxed);
        ANY_PAUSED.store(true, Ordering::Relaxed);
    }
}

/// A duration in nanoseconds: `u64::MAX`, 584 years, if it is longer.
#[inline]
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    // Not `as_nanos`, which multiplies 128-bit numbers.
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(u64::from(duration.subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_real_clock_goes_with_the_world() {
        let clock = Clock::new(false);
        let before = clock.now_ns();
        std::thread::sleep(Duration::from_millis(1));
        assert!(clock.now_ns() >= before + 1_000_000);
        assert!(!clock.is_paused());
        assert!(!clock.advance(Duration::from_secs(1)));
        assert!(!clock.resume());
        assert!(!clock.auto_advance_to(SECOND));
    }

    #[test]
    fn a_paused_clock_moves_only_when_told() {
        let clock = Clock::new(true);
        assert_eq!(clock.now_ns(), 0);
        assert!(!clock.pause());
        assert!(clock.advance(Duration::from_nanos(1)));
        assert!(clock.advance(Duration::from_secs(1)));
        assert_eq!(clock.now_ns(), SECOND + 1);
        assert_eq!(clock.ns_at(clock.now()), SECOND + 1);
        assert!(clock.auto_advance_to(3 * SECOND));
        assert_eq!(clock.now_ns(), 3 * SECOND);
        assert!(clock.auto_advance_to(SECOND), "timers that are late are due");
        assert_eq!(clock.now_ns(), 3 * SECOND);
        assert!(!clock.auto_advance_to(u64::MAX));
    }

    #[test]
    fn a_resumed_clock_goes_on_from_where_it_stood() {
        let clock = Clock::new(false);
        assert!(clock.pause());
        let paused_at = clock.now_ns();
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(clock.now_ns(), paused_at);
        clock.advance(Duration::from_secs(3600));
        assert!(clock.resume());
        assert!(clock.now_ns() >= paused_at + 3600 * SECOND);
        assert!(!clock.is_paused());
        let again = clock.now_ns();
        std::thread::sleep(Duration::from_millis(1));
        assert!(clock.now_ns() >= again + 1_000_000);
    }

    #[test]
    fn blocking_calls_inhibit_auto_advance() {
        let clock = Clock::new(true);
        clock.inhibit_auto_advance();
        clock.inhibit_auto_advance();
        assert!(!clock.auto_advance_to(SECOND));
        assert!(!clock.allow_auto_advance());
        assert!(!clock.auto_advance_to(SECOND));
        assert!(clock.allow_auto_advance());
        assert!(clock.auto_advance_to(SECOND));
    }

    #[test]
    fn instants_out_of_range_are_clamped() {
        let before = Instant::now() - Duration::from_millis(1);
        let clock = Clock::new(false);
        assert_eq!(clock.ns_at(before), 0);
        assert_eq!(nanoseconds(Duration::MAX), u64::MAX);
        assert_eq!(nanoseconds(Duration::from_secs(600 * 365 * 86400)), u64::MAX);
    }
}

//! Ticks at a fixed period.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::{Instant, Sleep, sleep_until};

/// A tick that comes later than this after its time was missed. Less is the delay of timers themselves.
const TOLERANCE: Duration = Duration::from_millis(5);

/// Ticks every `period`, for the first time at once.
///
/// # Panics
///
/// If `period` is zero. Outside a runtime, and in one without timers.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, interval};
///
/// #[heist::main]
/// async fn main() {
///     let mut interval = interval(Duration::from_millis(5));
///     let first = interval.tick().await;
///     let second = interval.tick().await;
///     assert_eq!(second - first, Duration::from_millis(5));
/// }
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// Ticks every `period`, for the first time at `start`.
///
/// # Panics
///
/// If `period` is zero. Outside a runtime, and in one without timers.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, interval_at};
///
/// #[heist::main]
/// async fn main() {
///     let start = Instant::now() + Duration::from_millis(5);
///     let mut interval = interval_at(start, Duration::from_millis(10));
///     assert_eq!(interval.tick().await, start);
/// }
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(period > Duration::ZERO, "`period` must be non-zero.");
    Interval { delay: Box::pin(sleep_until(start)), period, missed_tick_behavior: MissedTickBehavior::default() }
}

/// What an [`Interval`] does after a tick was fetched more than 5 milliseconds late.
///
/// For a period of 10 ms and a task that is busy from 12 to 33 ms, the ticks are fetched at these times:
///
/// | behavior | fetched at, in ms |
/// |---|---|
/// | `Burst` | 0, 10, 33, 33, 40, 50 |
/// | `Delay` | 0, 10, 33, 43, 53 |
/// | `Skip` | 0, 10, 33, 40, 50 |
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, MissedTickBehavior, interval};
///
/// #[heist::main]
/// async fn main() {
///     let mut interval = interval(Duration::from_millis(5));
///     interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
///     interval.tick().await;
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissedTickBehavior {
    /// Ticks without a pause until it has caught up: as many ticks as periods.
    #[default]
    Burst,
    /// Ticks a period after the late tick was fetched, and goes on from there.
    Delay,
    /// Leaves the missed ticks out and goes on at multiples of the period.
    Skip,
}

impl MissedTickBehavior {
    /// The tick after one that was due at `due` and fetched, late, at `now`.
    fn next(self, due: Instant, now: Instant, period: Duration) -> Option<Instant> {
        match self {
            MissedTickBehavior::Burst => due.checked_add(period),
            MissedTickBehavior::Delay => now.checked_add(period),
            MissedTickBehavior::Skip => now.checked_add(period - remainder(now - due, period)),
        }
    }
}

/// What is left of `duration` after as many whole periods as fit in.
fn remainder(duration: Duration, period: Duration) -> Duration {
    const NANOS: u128 = 1_000_000_000;
    let left = duration.as_nanos() % period.as_nanos();
    // Less than the period, so the seconds fit as they do there.
    Duration::new((left / NANOS) as u64, (left % NANOS) as u32)
}

/// Ticks at a fixed period. Made by [`interval`] and [`interval_at`].
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Interval, interval};
///
/// #[heist::main]
/// async fn main() {
///     async fn third(interval: &mut Interval) {
///         for _ in 0..3 {
///             interval.tick().await;
///         }
///     }
///     third(&mut interval(Duration::from_millis(1))).await;
/// }
/// ```
#[derive(Debug)]
pub struct Interval {
    /// Until the next tick.
    delay: Pin<Box<Sleep>>,
    period: Duration,
    missed_tick_behavior: MissedTickBehavior,
}

impl Interval {
    /// Waits for the next tick; returns the moment it was due.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early, no tick is lost.
    ///
    /// # Panics
    ///
    /// If the runtime is shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut interval = interval(Duration::from_millis(2));
    ///     for _ in 0..3 {
    ///         interval.tick().await;
    ///     }
    /// }
    /// ```
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// As [`tick`](Self::tick), by polling. After `Pending` the task of the last call is woken at the tick.
    ///
    /// # Panics
    ///
    /// If the runtime is shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use heist::time::{Duration, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut interval = interval(Duration::from_millis(1));
    ///     let first = poll_fn(|cx| interval.poll_tick(cx)).await;
    ///     assert_eq!(interval.tick().await, first + Duration::from_millis(1));
    /// }
    /// ```
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(self.delay.as_mut().poll(cx));
        let due = self.delay.deadline();
        let now = Instant::now();
        let next = if now.saturating_duration_since(due) > TOLERANCE {
            self.missed_tick_behavior.next(due, now, self.period)
        } else {
            due.checked_add(self.period)
        };
        self.delay.as_mut().reset(next.unwrap_or_else(Instant::far_future));
        Poll::Ready(due)
    }

    /// Ticks a period from now, and goes on from there.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut interval = interval(Duration::from_millis(5));
    ///     let before = Instant::now();
    ///     interval.reset();
    ///     assert!(interval.tick().await >= before + Duration::from_millis(5));
    /// }
    /// ```
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// Ticks now, and goes on from there.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut interval = interval(Duration::from_secs(3600));
    ///     interval.tick().await;
    ///     interval.reset_immediately();
    ///     interval.tick().await;
    /// }
    /// ```
    pub fn reset_immediately(&mut self) {
        self.reset_at(Instant::now());
    }

    /// Ticks in `after`, and goes on from there.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut interval = interval(Duration::from_secs(3600));
    ///     let before = Instant::now();
    ///     interval.reset_after(Duration::from_millis(2));
    ///     assert!(interval.tick().await >= before + Duration::from_millis(2));
    /// }
    /// ```
    pub fn reset_after(&mut self, after: Duration) {
        self.reset_at(Instant::after(after));
    }

    /// Ticks at `deadline`, and goes on from there.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut interval = interval(Duration::from_secs(3600));
    ///     let deadline = Instant::now() + Duration::from_millis(2);
    ///     interval.reset_at(deadline);
    ///     assert_eq!(interval.tick().await, deadline);
    /// }
    /// ```
    pub fn reset_at(&mut self, deadline: Instant) {
        self.delay.as_mut().reset(deadline);
    }

    /// What it does after a tick was fetched late.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, MissedTickBehavior, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     assert_eq!(interval(Duration::from_secs(1)).missed_tick_behavior(), MissedTickBehavior::Burst);
    /// }
    /// ```
    #[must_use]
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed_tick_behavior
    }

    /// Sets what it does after a tick was fetched late.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, MissedTickBehavior, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut interval = interval(Duration::from_secs(1));
    ///     interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ///     assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Skip);
    /// }
    /// ```
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed_tick_behavior = behavior;
    }

    /// The time between ticks.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, interval};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     assert_eq!(interval(Duration::from_secs(1)).period(), Duration::from_secs(1));
    /// }
    /// ```
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_tick_after_a_late_one() {
        let due = Instant::now();
        let now = due + 23 * MS;
        assert_eq!(MissedTickBehavior::Burst.next(due, now, 10 * MS), Some(due + 10 * MS));
        assert_eq!(MissedTickBehavior::Delay.next(due, now, 10 * MS), Some(due + 33 * MS));
        assert_eq!(MissedTickBehavior::Skip.next(due, now, 10 * MS), Some(due + 30 * MS));
        assert_eq!(MissedTickBehavior::Skip.next(due, due + 20 * MS, 10 * MS), Some(due + 30 * MS));
    }

    #[test]
    fn remainders_of_long_times() {
        let years = Duration::from_secs(500 * 365 * 86_400);
        assert_eq!(remainder(years + 3 * MS, Duration::from_secs(60)), 3 * MS);
        assert_eq!(remainder(3 * MS, Duration::MAX), 3 * MS);
    }
}

//! Moments by the clock of the current runtime.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time;
use std::time::Duration;

use crate::driver::clock;
use crate::runtime::context;

/// Durations that users give are cut to this, so that no deadline overflows: 30 years.
const LONGEST: Duration = Duration::from_secs(86_400 * 365 * 30);

/// A moment. It never goes back, and has no relation to the calendar.
///
/// It is [`std::time::Instant`], except that [`now`](Self::now) asks the clock of the current runtime, which tests can
/// stop and move (`pause` and `advance`, with the feature `test-util`).
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant};
///
/// let start = Instant::now();
/// let later = start + Duration::from_secs(1);
/// assert_eq!(later - start, Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    std: time::Instant,
}

impl Instant {
    /// The present.
    ///
    /// Inside a runtime whose clock is paused this stands still; outside a runtime it is the real time.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::Instant;
    ///
    /// let before = Instant::now();
    /// assert!(Instant::now() >= before);
    /// ```
    #[must_use]
    pub fn now() -> Instant {
        if clock::any_was_paused() { Self::now_of_runtime() } else { Instant { std: time::Instant::now() } }
    }

    #[cold]
    fn now_of_runtime() -> Instant {
        let std = context::with_current(|handle| handle.driver().clock.now());
        Instant { std: std.unwrap_or_else(|_| time::Instant::now()) }
    }

    /// The moment after `duration`, which is cut to 30 years.
    pub(super) fn after(duration: Duration) -> Instant {
        // The seconds alone decide, since `LONGEST` has no others.
        Instant::now() + if duration.as_secs() < LONGEST.as_secs() { duration } else { LONGEST }
    }

    /// A moment that will not come while anybody waits: 30 years from now.
    pub(super) fn far_future() -> Instant {
        Instant::after(LONGEST)
    }

    /// The same moment as std's type.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::Instant;
    ///
    /// let std = std::time::Instant::now();
    /// assert_eq!(Instant::from_std(std).into_std(), std);
    /// ```
    #[must_use]
    pub fn from_std(std: time::Instant) -> Instant {
        Instant { std }
    }

    /// The same moment as std's type.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::Instant;
    ///
    /// let now: std::time::Instant = Instant::now().into_std();
    /// ```
    #[must_use]
    pub fn into_std(self) -> time::Instant {
        self.std
    }

    /// How long after `earlier` this is; zero if it is before.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let start = Instant::now();
    /// let later = start + Duration::from_secs(1);
    /// assert_eq!(later.duration_since(start), Duration::from_secs(1));
    /// assert_eq!(start.duration_since(later), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn duration_since(&self, earlier: Instant) -> Duration {
        self.std.saturating_duration_since(earlier.std)
    }

    /// How long after `earlier` this is; `None` if it is before.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let start = Instant::now();
    /// let later = start + Duration::from_secs(1);
    /// assert_eq!(later.checked_duration_since(start), Some(Duration::from_secs(1)));
    /// assert_eq!(start.checked_duration_since(later), None);
    /// ```
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Instant) -> Option<Duration> {
        self.std.checked_duration_since(earlier.std)
    }

    /// How long after `earlier` this is; zero if it is before.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let start = Instant::now();
    /// let later = start + Duration::from_secs(1);
    /// assert_eq!(start.saturating_duration_since(later), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Instant) -> Duration {
        self.std.saturating_duration_since(earlier.std)
    }

    /// How long ago this was; zero if it is to come.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let start = Instant::now();
    ///     heist::time::sleep(Duration::from_millis(2)).await;
    ///     assert!(start.elapsed() >= Duration::from_millis(2));
    /// }
    /// ```
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Instant::now().duration_since(*self)
    }

    /// The moment `duration` later, or `None` if there is no such moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// assert_eq!(now.checked_add(Duration::from_secs(1)), Some(now + Duration::from_secs(1)));
    /// assert_eq!(now.checked_add(Duration::MAX), None);
    /// ```
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Instant> {
        self.std.checked_add(duration).map(Instant::from_std)
    }

    /// The moment `duration` earlier, or `None` if there is no such moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let later = now + Duration::from_secs(1);
    /// assert_eq!(later.checked_sub(Duration::from_secs(1)), Some(now));
    /// ```
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Instant> {
        self.std.checked_sub(duration).map(Instant::from_std)
    }
}

impl From<time::Instant> for Instant {
    fn from(std: time::Instant) -> Instant {
        Instant::from_std(std)
    }
}

impl From<Instant> for time::Instant {
    fn from(instant: Instant) -> time::Instant {
        instant.into_std()
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// # Panics
    ///
    /// If there is no such moment; [`checked_add`](Self::checked_add) does not panic.
    #[track_caller]
    fn add(self, duration: Duration) -> Instant {
        Instant::from_std(self.std + duration)
    }
}

impl AddAssign<Duration> for Instant {
    #[track_caller]
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// Zero if `earlier` is later.
    fn sub(self, earlier: Instant) -> Duration {
        self.duration_since(earlier)
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;

    /// # Panics
    ///
    /// If there is no such moment; [`checked_sub`](Self::checked_sub) does not panic.
    #[track_caller]
    fn sub(self, duration: Duration) -> Instant {
        Instant::from_std(self.std - duration)
    }
}

impl SubAssign<Duration> for Instant {
    #[track_caller]
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.std.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn arithmetic_is_that_of_std() {
        let start = Instant::now();
        let mut later = start + SECOND;
        assert_eq!(later - start, SECOND);
        assert_eq!(start - later, Duration::ZERO);
        assert_eq!(start.checked_duration_since(later), None);
        assert_eq!(start.checked_add(Duration::MAX), None);
        assert_eq!(later.checked_sub(SECOND), Some(start));
        later += SECOND;
        later -= 2 * SECOND;
        assert_eq!(later, start);
        assert_eq!(Instant::from_std(start.into_std()), start);
    }

    #[test]
    fn outside_a_runtime_time_is_real() {
        let before = time::Instant::now();
        let now = Instant::now();
        assert!(before <= now.into_std() && now.into_std() <= time::Instant::now());
        assert_eq!((now + SECOND).elapsed(), Duration::ZERO);
    }

    #[test]
    fn long_durations_are_cut() {
        assert!(Instant::after(Duration::MAX) <= Instant::far_future());
        assert!(Instant::after(Duration::MAX) > Instant::after(LONGEST / 2));
    }
}

//! Waiting until a moment.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::Instant;
use crate::driver::time::{Alarm, TimeDriver};
use crate::runtime::context;
use crate::task::coop;

/// Waits for `duration`.
///
/// No longer than the runtime can represent: durations are cut to 30 years.
///
/// # Cancel safety
///
/// Cancel safe: dropped early it has only not waited.
///
/// # Panics
///
/// Outside a runtime, and in one without timers. Once the runtime is shut down, polling it panics.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, sleep};
///
/// #[heist::main]
/// async fn main() {
///     let start = Instant::now();
///     sleep(Duration::from_millis(10)).await;
///     assert!(start.elapsed() >= Duration::from_millis(10));
/// }
/// ```
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(Instant::after(duration))
}

/// Waits until `deadline`. It is ready at its first poll if the deadline has passed.
///
/// # Cancel safety
///
/// Cancel safe: dropped early it has only not waited.
///
/// # Panics
///
/// Outside a runtime, and in one without timers. Once the runtime is shut down, polling it panics.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, sleep_until};
///
/// #[heist::main]
/// async fn main() {
///     let deadline = Instant::now() + Duration::from_millis(10);
///     sleep_until(deadline).await;
///     assert!(Instant::now() >= deadline);
/// }
/// ```
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { alarm: Alarm::new(context::with_time(TimeDriver::wheel), deadline.into_std()) }
}

pin_project! {
    /// The future of [`sleep`] and [`sleep_until`].
    ///
    /// It belongs to the runtime in which it was created, and can be polled by any task. It lies still while it waits, so
    /// pin it (`std::pin::pin!`, `Box::pin`) to poll it more than once, as in a loop around `select!`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, sleep};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut sleep = std::pin::pin!(sleep(Duration::from_millis(5)));
    ///     sleep.as_mut().await;
    ///     sleep.as_mut().reset(Instant::now() + Duration::from_millis(5));
    ///     sleep.await;
    /// }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Sleep {
        #[pin]
        alarm: Alarm,
    }
}

impl Sleep {
    /// When it completes.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, sleep_until};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let deadline = Instant::now() + Duration::from_secs(1);
    ///     assert_eq!(sleep_until(deadline).deadline(), deadline);
    /// }
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Instant {
        Instant::from_std(self.alarm.deadline())
    }

    /// True if it has completed, or would at once if it were polled.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, sleep};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut sleep = std::pin::pin!(sleep(Duration::from_secs(3600)));
    ///     assert!(!sleep.is_elapsed());
    ///     sleep.as_mut().reset(Instant::now());
    ///     sleep.as_mut().await;
    ///     assert!(sleep.is_elapsed());
    /// }
    /// ```
    #[must_use]
    pub fn is_elapsed(&self) -> bool {
        self.alarm.is_elapsed()
    }

    /// Waits until `deadline` instead, also if it has completed before.
    ///
    /// A task that waits for it is woken at the new deadline and need not poll it before.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, sleep};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut sleep = std::pin::pin!(sleep(Duration::from_secs(3600)));
    ///     sleep.as_mut().reset(Instant::now() + Duration::from_millis(1));
    ///     sleep.await;
    /// }
    /// ```
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().alarm.reset(deadline.into_std());
    }
}

impl Future for Sleep {
    type Output = ();

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let coop = ready!(coop::poll_proceed(cx));
        ready!(self.project().alarm.poll_elapsed(cx));
        coop.made_progress();
        Poll::Ready(())
    }
}

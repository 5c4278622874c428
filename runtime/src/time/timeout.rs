//! Limiting how long a future may take.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::error::Elapsed;
use super::{Instant, Sleep, sleep_until};
use crate::task::coop;

/// Gives `future` until `duration` from now to complete.
///
/// The future is polled before the time is looked at: if it is ready it wins, even with a duration of zero. A future that
/// never yields cannot be interrupted. Durations are cut to 30 years.
///
/// # Cancel safety
///
/// As cancel safe as `future`, which is dropped with it.
///
/// # Panics
///
/// Outside a runtime, and in one without timers. Once the runtime is shut down, polling it panics.
///
/// # Errors
///
/// [`Elapsed`] if the time is over first; the future is dropped with the [`Timeout`].
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, timeout};
///
/// #[heist::main]
/// async fn main() {
///     assert_eq!(timeout(Duration::from_secs(1), async { 7 }).await, Ok(7));
///     assert!(timeout(Duration::from_millis(1), std::future::pending::<()>()).await.is_err());
/// }
/// ```
#[track_caller]
pub fn timeout<F>(duration: Duration, future: F) -> Timeout<F::IntoFuture>
where
    F: IntoFuture,
{
    timeout_at(Instant::after(duration), future)
}

/// Gives `future` until `deadline` to complete. In everything else as [`timeout`].
///
/// # Cancel safety
///
/// As cancel safe as `future`, which is dropped with it.
///
/// # Panics
///
/// Outside a runtime, and in one without timers. Once the runtime is shut down, polling it panics.
///
/// # Errors
///
/// [`Elapsed`] if the deadline comes first.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, timeout_at};
///
/// #[heist::main]
/// async fn main() {
///     let deadline = Instant::now() + Duration::from_millis(5);
///     assert!(timeout_at(deadline, std::future::pending::<()>()).await.is_err());
/// }
/// ```
#[track_caller]
pub fn timeout_at<F>(deadline: Instant, future: F) -> Timeout<F::IntoFuture>
where
    F: IntoFuture,
{
    Timeout { value: future.into_future(), delay: sleep_until(deadline) }
}

pin_project! {
    /// The future of [`timeout`] and [`timeout_at`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Timeout, timeout};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let future: Timeout<_> = timeout(Duration::from_secs(1), async { 1 });
    ///     assert_eq!(future.await, Ok(1));
    /// }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Timeout<T> {
        #[pin]
        value: T,
        #[pin]
        delay: Sleep,
    }
}

impl<T> Timeout<T> {
    /// The future that is limited.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, timeout};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let future = timeout(Duration::from_secs(1), std::future::ready(1));
    ///     assert_eq!(future.get_ref().clone().into_inner(), 1);
    /// }
    /// ```
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The future that is limited.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, timeout};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut future = timeout(Duration::from_secs(1), std::future::ready(1));
    ///     *future.get_mut() = std::future::ready(2);
    ///     assert_eq!(future.await, Ok(2));
    /// }
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The future, without a limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, timeout};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let future = timeout(Duration::from_secs(1), std::future::ready(1));
    ///     assert_eq!(future.into_inner().await, 1);
    /// }
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Future> Future for Timeout<T> {
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let had_budget = coop::has_budget_remaining();
        if let Poll::Ready(value) = this.value.poll(cx) {
            return Poll::Ready(Ok(value));
        }
        // A future that uses up the budget each time it is polled must not keep the deadline from being seen.
        if had_budget && !coop::has_budget_remaining() {
            ready!(coop::without_budget(|| this.delay.poll(cx)));
        } else {
            ready!(this.delay.poll(cx));
        }
        Poll::Ready(Err(Elapsed::new()))
    }
}

//! hyper's timeouts on heist's timers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ::hyper::rt::{Sleep, Timer};
use pin_project_lite::pin_project;

use crate::time;

/// Gives hyper heist's timers, for its timeouts and keep-alives.
///
/// It has to be used inside a runtime with time enabled. Where time is paused, hyper's timeouts stand still too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use heist::hyper::HeistTimer;
///
/// let mut builder = hyper::server::conn::http1::Builder::new();
/// builder.timer(HeistTimer::new()).header_read_timeout(Duration::from_secs(10));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct HeistTimer {
    _private: (),
}

impl HeistTimer {
    /// A timer; all are alike.
    pub fn new() -> HeistTimer {
        HeistTimer::default()
    }
}

impl Timer for HeistTimer {
    #[track_caller]
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(HyperSleep { sleep: time::sleep(duration) })
    }

    #[track_caller]
    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HyperSleep { sleep: time::sleep_until(deadline.into()) })
    }

    fn now(&self) -> Instant {
        time::Instant::now().into()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, new_deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<HyperSleep>() {
            Some(ours) => ours.project().sleep.reset(new_deadline.into()),
            // Made by another timer.
            None => *sleep = self.sleep_until(new_deadline),
        }
    }
}

pin_project! {
    /// A sleep that implements hyper's trait.
    struct HyperSleep {
        #[pin]
        sleep: time::Sleep,
    }
}

impl Future for HyperSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(cx)
    }
}

impl Sleep for HyperSleep {}

//! `timeout` whose time never comes, which is what nearly all timeouts are for.

use std::future::{self, Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::meter::{Meter, Phases};
use crate::rt::Rt;
use crate::sample::Sample;

const LIMIT: Duration = Duration::from_secs(30);
const BATCH: u64 = 10_000;
/// Between two yields, so that a runtime's cooperative budget plays no part.
const STRETCH: u64 = 50;

/// Arms a timeout around a future that is not ready and drops it, from as many tasks as there are workers. An
/// operation is one timeout.
pub(super) async fn pending<R: Rt>(phases: Phases, tasks: usize) -> Sample {
    repeat::<R, _>(phases, tasks, arm_and_cancel::<R>).await
}

/// A timeout around a future that is ready at once, from as many tasks as there are workers. An operation is one
/// timeout.
pub(super) async fn ready<R: Rt>(phases: Phases, tasks: usize) -> Sample {
    repeat::<R, _>(phases, tasks, around_ready::<R>).await
}

async fn repeat<R: Rt, F: Future<Output = ()> + Send + 'static>(
    phases: Phases,
    tasks: usize,
    batch: fn() -> F,
) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        let tasks: Vec<_> = (0..tasks).map(|_| R::spawn(batch())).collect();
        for task in tasks {
            task.await;
            meter.count(BATCH);
        }
    }
    meter.finish()
}

async fn arm_and_cancel<R: Rt>() {
    for _ in 0..BATCH / STRETCH {
        for _ in 0..STRETCH {
            let mut timeout = pin!(R::timeout(LIMIT, future::pending::<()>()));
            let armed = poll_fn(|context| Poll::Ready(timeout.as_mut().poll(context).is_pending())).await;
            assert!(armed, "the time is not over");
        }
        R::yield_now().await;
    }
}

async fn around_ready<R: Rt>() {
    for _ in 0..BATCH / STRETCH {
        for _ in 0..STRETCH {
            assert!(R::timeout(LIMIT, future::ready(())).await.is_some(), "the time is not over");
        }
        R::yield_now().await;
    }
}

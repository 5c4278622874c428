//! The memory of what waits: resident memory of the process, because what the allocator adds to an allocation is part of
//! its price. There are so many operations that all else in the process is lost in rounding.

use std::future::{self, Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use crate::meter::Clocks;
use crate::resident;
use crate::rt::Rt;
use crate::sample::Sample;

const PENDING: usize = 1_000_000;
/// Tasks spawned before they have to have run, so that queues stay short.
const BATCH: usize = 1000;
const FOREVER: Duration = Duration::from_secs(3600);

/// Tasks that have run.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// Spawns tasks that wait forever. An operation is one task; the time is that of spawning and its first poll.
pub(super) async fn tasks<R: Rt>() -> Sample {
    let before = Before::now();
    for batch in 1..=PENDING / BATCH {
        for _ in 0..BATCH {
            R::detach(async {
                STARTED.fetch_add(1, Ordering::Relaxed);
                future::pending().await
            });
        }
        while STARTED.load(Ordering::Relaxed) < batch * BATCH {
            R::yield_now().await;
        }
    }
    before.sample()
}

/// One task waits for many sleeps, each in an allocation of its own. An operation is one sleep; the time is that of
/// making it and its first poll.
pub(super) async fn sleeps<R: Rt>() -> Sample {
    // Written to, so that the list itself is resident before.
    let mut sleeps: Vec<Option<Pin<Box<_>>>> = Vec::new();
    sleeps.resize_with(PENDING, || None);
    let before = Before::now();
    for batch in sleeps.chunks_mut(BATCH) {
        for place in batch {
            let mut sleep = Box::pin(R::sleep(FOREVER));
            let waits = poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context).is_pending())).await;
            assert!(waits, "the time is not over");
            *place = Some(sleep);
        }
        R::yield_now().await;
    }
    before.sample()
}

/// The beginning of the measured part.
struct Before {
    resident: u64,
    clocks: Clocks,
}

impl Before {
    fn now() -> Self {
        Self { resident: resident::bytes(), clocks: Clocks::now() }
    }

    /// The sample of all operations.
    fn sample(self) -> Sample {
        let sample = self.clocks.sample(PENDING as u64);
        Sample { bytes: Some(resident::bytes().saturating_sub(self.resident)), ..sample }
    }
}

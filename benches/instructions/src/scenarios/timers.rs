//! Timeouts that are not needed, and timers that fire.

use std::future::{self, Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use heist_instructions::clock;

use super::{Place, Scenario, on_worker};
use crate::rt::task::unconstrained;
use crate::rt::time::{Instant, Sleep, sleep, timeout};

pub(super) const SCENARIOS: [Scenario; 3] = [
    on_worker("timeout_ready", |n| Box::pin(ready(n))),
    on_worker("timeout_pending", |n| Box::pin(pending(n))),
    Scenario { name: "sleep_fired", operations: TIMERS, run: |n| Box::pin(fired(n)), place: Place::Worker },
];

const LIMIT: Duration = Duration::from_secs(30);
/// Timers that are armed at a time.
const TIMERS: u64 = 500;
/// How long they sleep.
const NAP: Duration = Duration::from_micros(200);
/// The time that passes then. Enough for a runtime that counts in milliseconds; and, in all phases together, not enough for
/// the next tick of heist's driver thread, which is ten milliseconds after the start.
const PASSES_NS: u64 = 1_300_000;

/// A timeout around a future that is ready at once. An operation is one timeout.
async fn ready(n: u64) {
    for value in 0..n {
        assert_eq!(timeout(LIMIT, future::ready(value)).await.ok(), Some(value));
        clock::operation();
    }
}

/// A timeout around a future that is not ready is armed and dropped. An operation is one timeout.
async fn pending(n: u64) {
    for _ in 0..n {
        let mut timeout = pin!(timeout(LIMIT, future::pending::<()>()));
        let armed = poll_fn(|context| Poll::Ready(timeout.as_mut().poll(context).is_pending())).await;
        assert!(armed, "the time is not over");
        clock::operation();
    }
}

/// A timer is armed, fires and wakes its task; its memory is there before. An operation is one timer.
async fn fired(n: u64) {
    let mut sleeps: Vec<Pin<Box<Sleep>>> = (0..TIMERS).map(|_| Box::pin(sleep(NAP))).collect();
    for _ in 0..n / TIMERS {
        let deadline = Instant::now() + NAP;
        for sleep in &mut sleeps {
            sleep.as_mut().reset(deadline);
        }
        // All are armed before time goes on. The runtime then finds them due when it has nothing else to do. Without a
        // limit, since a task may not finish with so many in one poll otherwise.
        let mut armed = false;
        unconstrained(poll_fn(|context| {
            let pending = sleeps.iter_mut().filter_map(|sleep| sleep.as_mut().poll(context).is_pending().then_some(()));
            let pending = pending.count() as u64;
            if !armed {
                assert_eq!(pending, TIMERS, "a timer fired early");
                armed = true;
                clock::advance(PASSES_NS);
            }
            if pending == 0 { Poll::Ready(()) } else { Poll::Pending }
        }))
        .await;
    }
}

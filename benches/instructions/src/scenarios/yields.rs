//! Yielding: one task alone, and a thousand in turn.

use heist_instructions::clock;

use super::{Place, Scenario, on_worker};
use crate::rt;
use crate::rt::task::yield_now;

pub(super) const SCENARIOS: [Scenario; 2] = [
    on_worker("yield_lone", |n| Box::pin(alone(n))),
    Scenario { name: "yield_1000", operations: 5 * TASKS, run: |n| Box::pin(many(n)), place: Place::Worker },
];

const TASKS: u64 = 1000;

/// A task yields while there is no other. An operation is one yield.
async fn alone(n: u64) {
    for _ in 0..n {
        yield_now().await;
        clock::operation();
    }
}

/// Tasks yield in turn. An operation is one yield.
async fn many(n: u64) {
    let tasks: Vec<_> = (0..TASKS).map(|_| rt::spawn(alone(n / TASKS))).collect();
    for task in tasks {
        task.await.expect("a task panicked");
    }
}

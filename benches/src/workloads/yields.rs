//! Yielding: a thousand tasks in turn, and one task alone.

use crate::meter::{Meter, Phases};
use crate::rt::Rt;
use crate::sample::Sample;

const TASKS: usize = 1000;
const YIELDS_OF_EACH: usize = 20;
const YIELDS_ALONE: usize = 10_000;

/// Many tasks that only yield. An operation is one yield.
pub(super) async fn many<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    let mut tasks = Vec::with_capacity(TASKS);
    while meter.goes_on() {
        tasks.extend((0..TASKS).map(|_| R::spawn(yield_often::<R>(YIELDS_OF_EACH))));
        for task in tasks.drain(..) {
            task.await;
        }
        meter.count((TASKS * YIELDS_OF_EACH) as u64);
    }
    meter.finish()
}

/// One task that yields while there is no other. An operation is one yield.
pub(super) async fn lone<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        yield_often::<R>(YIELDS_ALONE).await;
        meter.count(YIELDS_ALONE as u64);
    }
    meter.finish()
}

async fn yield_often<R: Rt>(times: usize) {
    for _ in 0..times {
        R::yield_now().await;
    }
}

//! Closures on the blocking pool, and blocking in place.

use std::thread;
use std::time::Duration;

use crate::meter::{Meter, Phases};
use crate::rt::{Rt, TokioRt};
use crate::sample::Sample;

const BLOCKED: Duration = Duration::from_millis(1);
const CALLS: u64 = 100;

/// Does nothing.
pub(super) fn short() {}

/// Blocks its thread for a while.
pub(super) fn long() {
    thread::sleep(BLOCKED);
}

/// That many tasks start that many closures each and wait for all of theirs, again and again. An operation is one
/// closure.
pub(super) async fn closures<R: Rt>(phases: Phases, tasks: usize, of_each: usize, closure: fn()) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        let tasks: Vec<_> = (0..tasks).map(|_| R::spawn(batch::<R>(of_each, closure))).collect();
        for task in tasks {
            task.await;
            meter.count(of_each as u64);
        }
    }
    meter.finish()
}

async fn batch<R: Rt>(closures: usize, closure: fn()) {
    let running: Vec<_> = (0..closures).map(|_| R::spawn_blocking(closure)).collect();
    for closure in running {
        closure.await;
    }
}

/// One task says that it blocks, does not, and yields: what was done to let others have its worker is due again at its
/// next call. An operation is one call.
pub(super) async fn in_place<R: TokioRt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..CALLS {
            R::block_in_place(|| {});
            R::yield_now().await;
        }
        meter.count(CALLS);
    }
    meter.finish()
}

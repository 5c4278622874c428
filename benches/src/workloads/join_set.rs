//! A set of tasks, joined in the order in which they end.

use crate::meter::{Meter, Phases};
use crate::rt::TokioRt;
use crate::sample::Sample;

const TASKS: u64 = 10_000;

/// Spawns a large set of empty tasks and joins all of them. An operation is one task.
pub(super) async fn large<R: TokioRt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        let mut set = R::JoinSet::default();
        for _ in 0..TASKS {
            R::spawn_in(&mut set, async {});
        }
        let mut joined = 0;
        while R::join_next(&mut set).await {
            joined += 1;
        }
        assert_eq!(joined, TASKS);
        meter.count(TASKS);
    }
    meter.finish()
}

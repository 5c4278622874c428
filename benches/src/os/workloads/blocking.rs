//! Closures on the blocking pool, on which files depend too.

use std::thread;
use std::time::Duration;

use super::Runtime;
use super::rt::task::spawn_blocking;
use crate::job::Job;
use crate::meter::Meter;
use crate::sample::Sample;
use crate::table::{Entry, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
    contended("blocking_short", |job| run(job, || {})),
    contended("blocking_long", |job| run(job, || thread::sleep(Duration::from_millis(1)))),
];

/// Closures at a time.
const CLOSURES: usize = 64;

/// A task starts many closures and waits for all of them, again and again. An operation is one closure.
fn run(job: &Job, closure: fn()) -> Sample {
    measure::<Runtime, _>(job, async move |phases| {
        let mut meter = Meter::new(phases);
        while meter.goes_on() {
            let closures: Vec<_> = (0..CLOSURES).map(|_| spawn_blocking(closure)).collect();
            for closure in closures {
                closure.await.expect("it does not panic");
            }
            meter.count(CLOSURES as u64);
        }
        meter.finish()
    })
}

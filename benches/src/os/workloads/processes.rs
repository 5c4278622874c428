//! Starting processes and waiting for them.

use std::path::Path;

use super::Runtime;
use super::rt::process::Command;
use super::rt::spawn;
use crate::job::Job;
use crate::meter::Meter;
use crate::sample::Sample;
use crate::table::{Entry, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] =
    &[contended("process_one", |job| run(job, 1)), contended("process_8", |job| run(job, 8))];

/// Processes that each task runs in a batch.
const EACH: usize = 5;

/// That many tasks start a process that ends at once, and wait for it. An operation is one process.
fn run(job: &Job, tasks: usize) -> Sample {
    let program = Path::new("/bin/true");
    assert!(program.exists(), "there is no {}", program.display());
    measure::<Runtime, _>(job, async move |phases| {
        let mut meter = Meter::new(phases);
        while meter.goes_on() {
            let running: Vec<_> = (0..tasks)
                .map(|_| {
                    spawn(async move {
                        for _ in 0..EACH {
                            let status = Command::new(program).status().await;
                            assert!(status.expect("it can be started").success());
                        }
                    })
                })
                .collect();
            for task in running {
                task.await.expect("it does not panic");
            }
            meter.count((tasks * EACH) as u64);
        }
        meter.finish()
    })
}

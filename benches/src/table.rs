//! Tables of workloads: what a runtime, or another peer, can run of a group.

use std::future::Future;
use std::time::Duration;

use crate::figure::Figure;
use crate::job::Job;
use crate::meter::Phases;
use crate::rt::Rt;
use crate::sample::Sample;

/// Beyond this a child has hung, unless its workload says otherwise.
const HANGS_AFTER: Duration = Duration::from_secs(10);

/// A workload compiled against one library. All but `run` is read from the base's table.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Job) -> Sample,
    /// Several tasks take part, so that it is run with several numbers of workers.
    pub(crate) contended: bool,
    /// The figures that say something of this workload.
    pub(crate) judged_by: &'static [Figure],
    /// How long the measured part lasts, whatever the options say.
    pub(crate) lasts: Option<Duration>,
    /// A child that has no result by then ends with an error.
    pub(crate) hangs_after: Duration,
    /// A program of the system without which it is left out.
    pub(crate) needs: Option<&'static str>,
}

/// A workload in which several tasks take part.
pub(crate) const fn contended(name: &'static str, run: fn(&Job) -> Sample) -> Entry {
    let (judged_by, lasts, hangs_after) = (Figure::CLOCKS, None, HANGS_AFTER);
    Entry { name, run, contended: true, judged_by, lasts, hangs_after, needs: None }
}

/// A workload for which one worker shows all there is to see.
pub(crate) const fn alone(name: &'static str, run: fn(&Job) -> Sample) -> Entry {
    Entry { contended: false, ..contended(name, run) }
}

impl Entry {
    /// Names the figures that say something of the workload, the most important first; the others of its samples are
    /// not compared. Without it these are wall and processor time.
    pub(crate) const fn judged_by(self, figures: &'static [Figure]) -> Self {
        Self { judged_by: figures, ..self }
    }

    /// Fixes the length of the measured part, also of a `--quick` run.
    pub(crate) const fn lasts(self, measure: Duration) -> Self {
        Self { lasts: Some(measure), ..self }
    }

    /// Lets a child take longer, set-up included, before it counts as hung.
    pub(crate) const fn hangs_after(self, limit: Duration) -> Self {
        Self { hangs_after: limit, ..self }
    }

    /// Leaves the workload out, with a message, where there is no such program.
    pub(crate) const fn needs(self, program: &'static str) -> Self {
        Self { needs: Some(program), ..self }
    }
}

/// The workloads that a library can run: one slice for each file.
pub(crate) struct Table(pub(crate) &'static [&'static [Entry]]);

impl Table {
    pub(crate) fn entry(&self, name: &str) -> Option<&'static Entry> {
        self.entries().find(|entry| entry.name == name)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &'static Entry> + use<> {
        self.0.iter().copied().flatten()
    }
}

/// Starts the runtime and runs the workload as a task on it, so that what it spawns comes from a worker.
pub(crate) fn measure<R: Rt, F>(job: &Job, workload: impl FnOnce(Phases) -> F) -> Sample
where
    F: Future<Output = Sample> + Send + 'static,
{
    on_worker(&R::start(job.workers), workload(job.phases()))
}

/// Runs the future as a task.
pub(crate) fn on_worker<R: Rt>(rt: &R, future: impl Future<Output = Sample> + Send + 'static) -> Sample {
    rt.block_on(async { R::spawn(future).await })
}

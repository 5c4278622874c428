//! Tables of the workloads that are compiled once against each library: those of the groups `sync` and `os`.

use std::future::Future;

use crate::job::Job;
use crate::meter::Phases;
use crate::rt::Rt;
use crate::sample::Sample;
use crate::workloads::on_worker;

/// For peers that have no part in a group.
pub(crate) static NONE: Table = Table(&[]);

/// A workload compiled against one library.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Several tasks take part, so that it is run with several numbers of workers.
    pub(crate) contended: bool,
    pub(crate) run: fn(&Job) -> Sample,
}

/// The workloads that a library can run: one slice for each file.
pub(crate) struct Table(pub(crate) &'static [&'static [Entry]]);

impl Table {
    pub(crate) fn entry(&self, name: &str) -> Option<&'static Entry> {
        self.entries().find(|entry| entry.name == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.entries().map(|entry| entry.name)
    }

    fn entries(&self) -> impl Iterator<Item = &'static Entry> + use<> {
        self.0.iter().copied().flatten()
    }
}

/// A workload in which several tasks take part.
pub(crate) const fn contended(name: &'static str, run: fn(&Job) -> Sample) -> Entry {
    Entry { name, contended: true, run }
}

/// A workload of one task alone.
pub(crate) const fn alone(name: &'static str, run: fn(&Job) -> Sample) -> Entry {
    Entry { name, contended: false, run }
}

/// Starts the runtime and runs the workload as a task on it.
pub(crate) fn measure<R: Rt, F>(job: &Job, workload: impl FnOnce(Phases) -> F) -> Sample
where
    F: Future<Output = Sample> + Send + 'static,
{
    on_worker(&R::start(job.workers), workload(job.phases()))
}

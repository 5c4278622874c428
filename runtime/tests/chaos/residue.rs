//! What the process holds: threads and descriptors. A round has to leave both as it found them.

use std::fs;

use crate::ledger::eventually;

/// Numbers of threads and descriptors; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Residue {
    threads: Option<usize>,
    descriptors: Option<usize>,
}

impl Residue {
    pub(crate) fn now() -> Self {
        let count = |path| fs::read_dir(path).ok().map(Iterator::count);
        Self { threads: count("/proc/self/task"), descriptors: count("/proc/self/fd") }
    }

    /// Waits until the process holds what it held at `self`. A thread that was joined is listed for a moment longer.
    pub(crate) fn settle(self) {
        eventually("no thread and no descriptor is left", || Self::now() == self, || (self, Self::now(), threads()));
    }
}

/// The names of all threads.
pub(crate) fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).collect()
}

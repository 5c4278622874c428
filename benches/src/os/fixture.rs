//! The files that workloads read. They are made by the first sample that needs them and kept for those that follow.

use std::path::{Path, PathBuf};
use std::{fs, process};

use crate::job::Job;

/// How many small files there are, and how many are read at a time.
pub(super) const SMALL_FILES: usize = 64;
/// Bytes of a small file.
pub(super) const SMALL: usize = 4 << 10;

/// Mebibytes of the large file.
pub(super) const LARGE_MIB: usize = 256;
/// Mebibytes of the file that is sent.
pub(super) const SENT_MIB: usize = 64;

/// One mebibyte.
pub(super) const MIB: usize = 1 << 20;

/// The paths of the small files.
pub(super) fn small_files(job: &Job) -> Vec<PathBuf> {
    let paths = (0..SMALL_FILES).map(|index| job.scratch.join(format!("small-{index}")));
    paths.inspect(|path| make(path, SMALL)).collect()
}

/// The path of a file of that many mebibytes.
pub(super) fn large_file(job: &Job, mib: usize) -> PathBuf {
    let path = job.scratch.join(format!("large-{mib}"));
    make(&path, mib * MIB);
    path
}

/// Makes the file, unless it is there: whole or not at all, whatever happens meanwhile.
fn make(path: &Path, length: usize) {
    if path.exists() {
        return;
    }
    let unfinished = path.with_extension(process::id().to_string());
    fs::write(&unfinished, vec![b'h'; length]).expect("there is room for scratch files");
    fs::rename(unfinished, path).expect("the folder is ours");
}

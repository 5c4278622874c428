//! Programs of the system that some workloads need.

use std::env;
use std::path::Path;

/// Whether a program of that name can be started.
pub(crate) fn is_installed(name: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| is_in(&folder, name)))
}

fn is_in(folder: &Path, name: &str) -> bool {
    folder.join(name).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_name() {
        assert!(is_installed("true"));
        assert!(!is_installed("there is no such program"));
    }
}

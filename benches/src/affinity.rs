//! Which CPUs a process may run on.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The CPUs that this process may use, in ascending order.
pub(crate) fn allowed() -> Vec<usize> {
    let set = sched_getaffinity(None).expect("a thread may ask for its own CPUs");
    (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect()
}

/// Confines the calling thread, and the threads that it starts from now on, to `cpus`.
pub(crate) fn confine(cpus: &[usize]) {
    let mut set = CpuSet::new();
    cpus.iter().for_each(|cpu| set.set(*cpu));
    sched_setaffinity(None, &set).expect("a thread may give up some of its CPUs");
}

/// Splits the CPUs between a server with that many workers and its load. Both get all of them if the server would
/// leave none.
pub(crate) fn split(allowed: &[usize], workers: usize) -> (Vec<usize>, Vec<usize>) {
    let (server, load) = allowed.split_at(workers.min(allowed.len()));
    let load = if load.is_empty() { allowed } else { load };
    (server.to_vec(), load.to_vec())
}

/// Splits the CPUs between a server and its only client, so that the two never share one: the last is the client's.
/// `None` if there is only one CPU.
pub(crate) fn apart(allowed: &[usize]) -> Option<(Vec<usize>, Vec<usize>)> {
    let (client, server) = allowed.split_last()?;
    (!server.is_empty()).then(|| (server.to_vec(), vec![*client]))
}

/// The CPUs as an argument of a process: `0,1`.
pub(crate) fn to_list(cpus: &[usize]) -> String {
    cpus.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

/// Reads what `to_list` wrote.
pub(crate) fn from_list(list: &str) -> Option<Vec<usize>> {
    list.split(',').map(|cpu| cpu.parse().ok().filter(|cpu| *cpu < CpuSet::MAX_CPU)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus() {
        assert_eq!(from_list(&to_list(&[0, 3])), Some(vec![0, 3]));
        for wrong in ["", "0,", "a", "99999"] {
            assert_eq!(from_list(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_load_never_goes_without_a_cpu() {
        assert_eq!(split(&[0, 1, 2], 1), (vec![0], vec![1, 2]));
        assert_eq!(split(&[0, 1], 2), (vec![0, 1], vec![0, 1]));
        assert_eq!(split(&[4], 8), (vec![4], vec![4]));
    }

    #[test]
    fn server_and_client_are_apart() {
        assert_eq!(apart(&[0, 2, 3]), Some((vec![0, 2], vec![3])));
        assert_eq!(apart(&[1]), None);
    }

    #[test]
    fn this_process_may_run_somewhere() {
        assert!(!allowed().is_empty());
    }
}

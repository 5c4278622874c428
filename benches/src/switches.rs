//! Context switches of this process.

use std::fs;

/// How often its threads left their processors so far, whether they wanted to or not; `None` if the system does not
/// say. Threads that have ended do not count.
pub(crate) fn so_far() -> Option<u64> {
    let threads = fs::read_dir("/proc/self/task").ok()?;
    // A thread may end between the two looks.
    let statuses = threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("status")).ok());
    Some(statuses.map(|status| of_thread(&status)).sum())
}

/// The same of the calling thread alone.
pub(crate) fn of_this_thread() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/status").ok().map(|status| of_thread(&status))
}

/// The two counts of a thread's `status` file, added.
fn of_thread(status: &str) -> u64 {
    let counts = status.lines().filter_map(|line| line.split_once("voluntary_ctxt_switches:"));
    counts.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn both_kinds_count() {
        let status = "Threads:\t1\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n";
        assert_eq!(of_thread(status), 695);
    }

    #[test]
    fn a_thread_that_sleeps_leaves_its_processor() {
        let before = of_this_thread().unwrap();
        thread::sleep(Duration::from_millis(1));
        assert!(of_this_thread().unwrap() > before);
        assert!(so_far().is_some_and(|all| all > before));
    }
}

//! The memory of this process.

use std::fs;

/// Bytes that are in memory and are not a file's: heap, stacks and the like. Exact, unlike the counts in `status`, which
/// lag behind by some dozens of pages for each processor.
pub(crate) fn bytes() -> u64 {
    let summary = fs::read_to_string("/proc/self/smaps_rollup").expect("a process may look at its own memory");
    let line = summary.lines().find_map(|line| line.strip_prefix("Anonymous:")?.strip_suffix(" kB"));
    let kibibytes: Option<u64> = line.and_then(|line| line.trim().parse().ok());
    1024 * kibibytes.unwrap_or_else(|| panic!("no anonymous memory in {summary:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_used_is_resident() {
        const LENGTH: usize = 32 << 20;
        let before = bytes();
        let memory = std::hint::black_box(vec![1_u8; LENGTH]);
        assert!(bytes() > before + LENGTH as u64 / 2);
        drop(memory);
    }
}

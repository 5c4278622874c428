//! Reads what callgrind writes: one file for each thread and each phase.

use std::collections::BTreeMap;

/// What one thread did in one phase.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    number: u32,
    thread: u32,
    total: u64,
    /// It is what came after the last phase.
    is_rest: bool,
    text: String,
}

impl Part {
    /// `None` for a file that is no part.
    pub(crate) fn parse(text: String) -> Option<Self> {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        Some(Self {
            number: field("part: ")?.parse().ok()?,
            thread: field("thread: ")?.parse().ok()?,
            total: field("totals: ")?.parse().ok()?,
            is_rest: field("desc: Trigger: ")? == "Program termination",
            text,
        })
    }
}

/// The last two phases of one thread. The second did the same as the first, and once more the operations of the first.
#[derive(Debug)]
pub(crate) struct Profile {
    first: Part,
    second: Part,
}

/// An instruction, by the file that it is in and its address there.
pub(crate) type Place = (String, u64);

impl Profile {
    /// Those of all threads that ended phases.
    pub(crate) fn of_threads(mut parts: Vec<Part>) -> Vec<Self> {
        parts.retain(|part| !part.is_rest);
        parts.sort_by_key(|part| part.number);
        let mut threads: BTreeMap<u32, Vec<Part>> = BTreeMap::new();
        for part in parts {
            threads.entry(part.thread).or_default().push(part);
        }
        let last_two = |mut parts: Vec<Part>| {
            let (second, first) = (parts.pop()?, parts.pop()?);
            Some(Self { first, second })
        };
        threads.into_values().filter_map(last_two).collect()
    }

    /// The instructions of the operations.
    pub(crate) fn difference(&self) -> u64 {
        self.second.total.saturating_sub(self.first.total)
    }

    /// The same for each instruction, of profiles that name them.
    pub(crate) fn differences(&self) -> BTreeMap<Place, i64> {
        let mut counts = BTreeMap::new();
        for (part, sign) in [(&self.second, 1), (&self.first, -1)] {
            for_each_instruction(&part.text, |file, address, times| {
                *counts.entry((file.to_owned(), address)).or_default() += sign * times;
            });
        }
        counts
    }
}

/// Calls `f` with the file, the address and the number of executions of each instruction. The format is that of
/// <https://valgrind.org/docs/manual/cl-format.html>, without compression.
fn for_each_instruction(text: &str, mut f: impl FnMut(&str, u64, i64)) {
    let mut file = "";
    let mut is_callees = false;
    for line in text.lines() {
        if let Some(object) = line.strip_prefix("ob=") {
            file = object;
        } else if line.starts_with("calls=") {
            // The cost in the next line is what was called.
            is_callees = true;
        } else if let Some(cost) = line.strip_prefix("0x") {
            let mut fields = cost.split(' ');
            let address = fields.next().and_then(|address| u64::from_str_radix(address, 16).ok());
            let times = fields.nth(1).and_then(|times| times.parse().ok());
            if let (Some(address), Some(times), false) = (address, times, is_callees) {
                f(file, address, times);
            }
            is_callees = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32, thread: u32, total: u64, trigger: &str) -> Part {
        let text = format!("part: {number}\nthread: {thread}\n\ndesc: Trigger: {trigger}\n\nob=a\n0x10 1 {total}\n");
        Part::parse(format!("{text}totals: {total}\n")).unwrap()
    }

    #[test]
    fn operations_are_the_difference_of_the_last_two_phases() {
        let mark = "--dump-before=phase_ends";
        let parts = vec![
            part(5, 2, 250, mark),
            part(6, 2, 9999, "Program termination"),
            part(6, 3, 77, "Program termination"),
            part(1, 2, 900, mark),
            part(3, 2, 150, mark),
        ];
        let profiles = Profile::of_threads(parts);
        assert_eq!(profiles.iter().map(Profile::difference).collect::<Vec<_>>(), [100]);
        assert_eq!(profiles[0].differences(), BTreeMap::from([(("a".to_owned(), 0x10), 100)]));
    }

    #[test]
    fn every_thread_that_ends_phases_counts() {
        let parts = [(1, 1, 10), (2, 2, 5), (3, 1, 30), (4, 2, 6)];
        let parts = parts.map(|(number, thread, total)| part(number, thread, total, "mark")).into();
        assert_eq!(Profile::of_threads(parts).iter().map(Profile::difference).collect::<Vec<_>>(), [20, 1]);
    }

    #[test]
    fn what_is_called_is_not_counted_twice() {
        let text = "ob=a\nfn=f\n0x1 10 7\ncalls=7 0x9 3\n0x2 11 700\n0x2 11 7\nob=b\n0x9 3 70\n";
        let mut seen = Vec::new();
        for_each_instruction(text, |file, address, times| seen.push((file.to_owned(), address, times)));
        assert_eq!(seen, [("a".to_owned(), 1, 7), ("a".to_owned(), 2, 7), ("b".to_owned(), 9, 70)]);
    }

    #[test]
    fn other_files_are_no_parts() {
        assert_eq!(Part::parse("# callgrind format\n".to_owned()), None);
    }
}

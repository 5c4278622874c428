//! What one run has measured, or several together: all that a report is made of.

use crate::fairness::Trial;
use crate::fairness::reading::Reading;
use crate::runner::Record;

/// Everything measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Results {
    /// The runs that it comes from.
    pub(crate) runs: Vec<Run>,
    pub(crate) records: Vec<Record>,
    /// The trials of the fairness table; the reading is `None` if the child failed.
    pub(crate) trials: Vec<(Trial, Option<Reading>)>,
}

/// Where, when and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// What a reader types to repeat it.
    pub(crate) command: String,
    pub(crate) machine: String,
    /// `2026-11-22`
    pub(crate) date: String,
    /// How long it took; `None` if it did not come to its end.
    pub(crate) seconds: Option<u64>,
}

impl Results {
    /// Adds what another run has measured. Its rounds follow those that are there, so that no ratio mixes two runs.
    pub(crate) fn join(&mut self, other: Self) {
        let rounds = self.records.iter().map(|record| record.round + 1).max().unwrap_or(0);
        self.runs.extend(other.runs);
        self.records.extend(other.records.into_iter().map(|record| Record { round: record.round + rounds, ..record }));
        self.trials.extend(other.trials);
    }

    /// Whether everything that was tried succeeded.
    pub(crate) fn is_complete(&self) -> bool {
        self.records.iter().all(|record| record.sample.is_some()) && self.trials.iter().all(|trial| trial.1.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::Workload;
    use crate::runner::Contestant;
    use crate::sample::Sample;

    #[test]
    fn rounds_of_a_second_run_follow_those_of_the_first() {
        let record = |round| Record {
            round,
            workload: Workload::named("yield_lone").unwrap(),
            workers: 1,
            contestant: Contestant::Base,
            sample: Some(Sample { ops: 1, wall_ns: 1, cpu_ns: 1, latency: None, bytes: None, switches: None }),
        };
        let run =
            |date: &str| Run { command: String::new(), machine: String::new(), date: date.to_owned(), seconds: None };
        let results = |date, rounds: &[usize]| Results {
            runs: vec![run(date)],
            records: rounds.iter().map(|round| record(*round)).collect(),
            trials: Vec::new(),
        };
        let mut joined = Results::default();
        joined.join(results("first", &[0, 1]));
        joined.join(results("second", &[0, 1, 2]));
        let rounds: Vec<usize> = joined.records.iter().map(|record| record.round).collect();
        assert_eq!(rounds, [0, 1, 2, 3, 4]);
        assert_eq!(joined.runs, [run("first"), run("second")]);
        assert!(joined.is_complete());
        joined.records[3].sample = None;
        assert!(!joined.is_complete());
    }
}

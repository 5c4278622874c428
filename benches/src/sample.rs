//! The result of one child process, and the line of text in which it travels to the parent.

use std::fmt;
use std::str::FromStr;

use crate::stats;

/// With fewer operations one of them alone is a thousandth.
const ENOUGH_FOR_P999: usize = 2000;

/// What was done in the measured window, and what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) ops: u64,
    pub(crate) wall_ns: u64,
    /// User and system time of the whole process.
    pub(crate) cpu_ns: u64,
    /// Only where the workload measures the latency of single operations.
    pub(crate) latency: Option<Latency>,
    /// Only where the workload measures memory: bytes of all operations together.
    pub(crate) bytes: Option<u64>,
    /// How often a thread of the process left its processor, whether it wanted to or not.
    pub(crate) switches: Option<u64>,
}

/// Percentiles of the time that single operations took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Latency {
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
    /// Only where there are operations enough for it.
    pub(crate) p999_ns: Option<u64>,
}

impl Latency {
    /// Sorts the times that the operations took.
    pub(crate) fn of(ns: &mut [u64]) -> Self {
        ns.sort_unstable();
        let at = |per_mille| stats::percentile(ns, per_mille);
        Self { p50_ns: at(500), p99_ns: at(990), p999_ns: (ns.len() >= ENOUGH_FOR_P999).then(|| at(999)) }
    }
}

impl Sample {
    /// All numbers by name, as they are written; `None` for what was not measured.
    pub(crate) fn fields(&self) -> [(&'static str, Option<u64>); 8] {
        let latency = self.latency;
        [
            ("ops", Some(self.ops)),
            ("wall_ns", Some(self.wall_ns)),
            ("cpu_ns", Some(self.cpu_ns)),
            ("p50_ns", latency.map(|latency| latency.p50_ns)),
            ("p99_ns", latency.map(|latency| latency.p99_ns)),
            ("p999_ns", latency.and_then(|latency| latency.p999_ns)),
            ("bytes", self.bytes),
            ("switches", self.switches),
        ]
    }

    /// The sample with these numbers.
    ///
    /// # Errors
    ///
    /// If one that every sample has is missing, or nothing was done.
    pub(crate) fn from_fields(field: impl Fn(&str) -> Option<u64>) -> Result<Self, String> {
        let needed = |name: &str| field(name).ok_or_else(|| format!("there is no {name}"));
        let (ops, wall_ns, cpu_ns) = (needed("ops")?, needed("wall_ns")?, needed("cpu_ns")?);
        if ops == 0 {
            return Err("nothing was done in the measured window".to_owned());
        }
        let latency = field("p50_ns").zip(field("p99_ns"));
        let latency = latency.map(|(p50_ns, p99_ns)| Latency { p50_ns, p99_ns, p999_ns: field("p999_ns") });
        let (bytes, switches) = (field("bytes"), field("switches"));
        Ok(Self { ops, wall_ns, cpu_ns, latency, bytes, switches })
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.fields().into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        formatter.write_str(&known.collect::<Vec<_>>().join(" "))
    }
}

impl FromStr for Sample {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let sample = Self::from_fields(|name| {
            let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse().ok())
        });
        sample.map_err(|error| format!("{error} in {line:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_survives_the_pipe() {
        let plain = Sample { ops: 3, wall_ns: 50, cpu_ns: 70, latency: None, bytes: None, switches: None };
        let latency = Latency { p50_ns: 8, p99_ns: 9, p999_ns: None };
        let timed = Sample { latency: Some(latency), ..plain };
        let fine = Sample { latency: Some(Latency { p999_ns: Some(10), ..latency }), ..plain };
        let memory = Sample { bytes: Some(4096), switches: Some(2), ..plain };
        for sample in [plain, timed, fine, memory] {
            assert_eq!(sample.to_string().parse(), Ok(sample));
        }
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_times() {
        let mut few: Vec<u64> = (0..1000).rev().collect();
        assert_eq!(Latency::of(&mut few), Latency { p50_ns: 500, p99_ns: 990, p999_ns: None });
        let mut many: Vec<u64> = (0..10_000).rev().collect();
        assert_eq!(Latency::of(&mut many), Latency { p50_ns: 5000, p99_ns: 9900, p999_ns: Some(9990) });
    }

    #[test]
    fn a_broken_line_is_refused() {
        for line in ["", "ops=3 wall_ns=5", "ops=x wall_ns=5 cpu_ns=7", "ops=0 wall_ns=5 cpu_ns=7"] {
            assert!(line.parse::<Sample>().is_err(), "{line:?}");
        }
    }
}

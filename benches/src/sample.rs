//! The result of one child process, and the line of text in which it travels to the parent.

use std::fmt;
use std::str::FromStr;

/// What was done in the measured window, and what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) ops: u64,
    pub(crate) wall_ns: u64,
    /// User and system time of the whole process.
    pub(crate) cpu_ns: u64,
    /// Only where the workload measures the latency of single operations.
    pub(crate) latency: Option<Latency>,
}

/// Percentiles of the time that single operations took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Latency {
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
}

impl Sample {
    pub(crate) fn wall_ns_per_op(&self) -> f64 {
        self.wall_ns as f64 / self.ops as f64
    }

    pub(crate) fn cpu_ns_per_op(&self) -> f64 {
        self.cpu_ns as f64 / self.ops as f64
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ops={} wall_ns={} cpu_ns={}", self.ops, self.wall_ns, self.cpu_ns)?;
        match self.latency {
            Some(latency) => write!(formatter, " p50_ns={} p99_ns={}", latency.p50_ns, latency.p99_ns),
            None => Ok(()),
        }
    }
}

impl FromStr for Sample {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let field = |name: &str| {
            let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse::<u64>().ok())
        };
        let needed = |name: &str| field(name).ok_or_else(|| format!("no {name} in {line:?}"));
        let ops = needed("ops")?;
        if ops == 0 {
            return Err("nothing was done in the measured window".to_owned());
        }
        let latency = field("p50_ns").zip(field("p99_ns")).map(|(p50_ns, p99_ns)| Latency { p50_ns, p99_ns });
        Ok(Self { ops, wall_ns: needed("wall_ns")?, cpu_ns: needed("cpu_ns")?, latency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_survives_the_pipe() {
        let plain = Sample { ops: 3, wall_ns: 50, cpu_ns: 70, latency: None };
        let timed = Sample { latency: Some(Latency { p50_ns: 8, p99_ns: 9 }), ..plain };
        for sample in [plain, timed] {
            assert_eq!(sample.to_string().parse(), Ok(sample));
        }
    }

    #[test]
    fn a_broken_line_is_refused() {
        for line in ["", "ops=3 wall_ns=5", "ops=x wall_ns=5 cpu_ns=7", "ops=0 wall_ns=5 cpu_ns=7"] {
            assert!(line.parse::<Sample>().is_err(), "{line:?}");
        }
    }
}

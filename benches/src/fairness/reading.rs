//! The result of one trial, and the line of text in which it travels to the parent.

use std::fmt;
use std::str::FromStr;

/// The longest waits of the measured window, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Between two ticks of a task that sleeps for a millisecond at a time.
    pub(crate) tick_ns: u64,
    /// For the answer of a TCP server, as a client outside the runtime sees it.
    pub(crate) echo_ns: u64,
    /// Between a wake by a thread outside the runtime and the poll that it leads to.
    pub(crate) thread_wake_ns: u64,
    /// The same, with another task of the runtime as the one that wakes.
    pub(crate) task_wake_ns: u64,
    /// User and system time of the whole process, probes and clients included.
    pub(crate) cpu_ns: u64,
    pub(crate) wall_ns: u64,
}

impl Reading {
    const NAMES: [&str; 6] = ["tick_ns", "echo_ns", "thread_wake_ns", "task_wake_ns", "cpu_ns", "wall_ns"];

    fn values(&self) -> [u64; 6] {
        [self.tick_ns, self.echo_ns, self.thread_wake_ns, self.task_wake_ns, self.cpu_ns, self.wall_ns]
    }

    /// Percent of one processor.
    pub(crate) fn cpu_percent(&self) -> f64 {
        100.0 * self.cpu_ns as f64 / self.wall_ns as f64
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> =
            Self::NAMES.iter().zip(self.values()).map(|(name, value)| format!("{name}={value}")).collect();
        formatter.write_str(&words.join(" "))
    }
}

impl FromStr for Reading {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let field = |name: &str| {
            let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse().ok()).ok_or_else(|| format!("no {name} in {line:?}"))
        };
        let [tick, echo, thread_wake, task_wake, cpu, wall] = Self::NAMES.map(field);
        Ok(Self {
            tick_ns: tick?,
            echo_ns: echo?,
            thread_wake_ns: thread_wake?,
            task_wake_ns: task_wake?,
            cpu_ns: cpu?,
            wall_ns: wall?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_survives_the_pipe() {
        let reading = Reading { tick_ns: 1, echo_ns: 2, thread_wake_ns: 3, task_wake_ns: 4, cpu_ns: 5, wall_ns: 10 };
        assert_eq!(reading.to_string().parse(), Ok(reading));
        assert!((reading.cpu_percent() - 50.0).abs() < 1e-9);
        assert!("tick_ns=1 echo_ns=2".parse::<Reading>().is_err());
    }
}

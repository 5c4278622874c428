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
    /// All numbers by name, as they are written.
    pub(crate) fn fields(&self) -> [(&'static str, u64); 6] {
        [
            ("tick_ns", self.tick_ns),
            ("echo_ns", self.echo_ns),
            ("thread_wake_ns", self.thread_wake_ns),
            ("task_wake_ns", self.task_wake_ns),
            ("cpu_ns", self.cpu_ns),
            ("wall_ns", self.wall_ns),
        ]
    }

    /// The reading with these numbers.
    ///
    /// # Errors
    ///
    /// If one of them is missing.
    pub(crate) fn from_fields(field: impl Fn(&str) -> Option<u64>) -> Result<Self, String> {
        let needed = |name: &str| field(name).ok_or_else(|| format!("there is no {name}"));
        Ok(Self {
            tick_ns: needed("tick_ns")?,
            echo_ns: needed("echo_ns")?,
            thread_wake_ns: needed("thread_wake_ns")?,
            task_wake_ns: needed("task_wake_ns")?,
            cpu_ns: needed("cpu_ns")?,
            wall_ns: needed("wall_ns")?,
        })
    }

    /// Percent of one processor.
    pub(crate) fn cpu_percent(&self) -> f64 {
        100.0 * self.cpu_ns as f64 / self.wall_ns as f64
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.fields().map(|(name, value)| format!("{name}={value}"));
        formatter.write_str(&words.join(" "))
    }
}

impl FromStr for Reading {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let reading = Self::from_fields(|name| {
            let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse().ok())
        });
        reading.map_err(|error| format!("{error} in {line:?}"))
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

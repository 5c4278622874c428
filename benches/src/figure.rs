//! The figures of a sample by which runtimes are compared.

use crate::sample::Sample;

/// What a sample says of an operation; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Nanoseconds of wall time.
    Wall,
    /// Nanoseconds of processor time.
    Cpu,
    /// Nanoseconds within which half of the operations were done.
    P50,
    /// The same for 99 of a hundred.
    P99,
    /// The same for 999 of a thousand.
    P999,
    /// Bytes of memory.
    Bytes,
    /// Context switches.
    Switches,
}

impl Figure {
    /// What a workload is judged by unless it says otherwise.
    pub(crate) const CLOCKS: &[Self] = &[Self::Cpu, Self::Wall];

    /// All of them, in the order of tables.
    pub(crate) const ALL: [Self; 7] =
        [Self::Wall, Self::Cpu, Self::P50, Self::P99, Self::P999, Self::Bytes, Self::Switches];

    /// What heads a column of ratios.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Cpu => "CPU",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Bytes => "memory",
            Self::Switches => "switches",
        }
    }

    /// What heads a column of the figures themselves, as `text` writes them.
    pub(crate) fn label_with_unit(self) -> &'static str {
        match self {
            Self::Wall => "wall ns",
            Self::Cpu => "CPU ns",
            Self::P50 => "p50 µs",
            Self::P99 => "p99 µs",
            Self::P999 => "p99.9 µs",
            Self::Bytes => "bytes",
            Self::Switches => "switches",
        }
    }

    /// A value of it for a table.
    pub(crate) fn text(self, value: f64) -> String {
        let decimals = |value: f64, from: f64| if value < from { format!("{value:.1}") } else { format!("{value:.0}") };
        match self {
            Self::Wall | Self::Cpu | Self::Bytes => decimals(value, 100.0),
            Self::P50 | Self::P99 | Self::P999 => decimals(value / 1000.0, 10_000.0),
            Self::Switches => format!("{value:.3}"),
        }
    }

    /// So little of it is nothing, however much more than another's it is.
    pub(crate) fn negligible(self) -> f64 {
        match self {
            // Of a few in the whole sample a ratio says nothing.
            Self::Switches => 0.01,
            _ => 0.0,
        }
    }

    /// The figure per operation; `None` if the workload does not measure it.
    pub(crate) fn of(self, sample: &Sample) -> Option<f64> {
        let per_op = |total: u64| total as f64 / sample.ops as f64;
        let latency = sample.latency;
        match self {
            Self::Wall => Some(per_op(sample.wall_ns)),
            Self::Cpu => Some(per_op(sample.cpu_ns)),
            Self::P50 => latency.map(|latency| latency.p50_ns as f64),
            Self::P99 => latency.map(|latency| latency.p99_ns as f64),
            Self::P999 => latency?.p999_ns.map(|ns| ns as f64),
            Self::Bytes => sample.bytes.map(per_op),
            Self::Switches => sample.switches.map(per_op),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Latency;

    #[test]
    fn totals_are_divided_and_percentiles_are_not() {
        let latency = Some(Latency { p50_ns: 70, p99_ns: 80, p999_ns: None });
        let sample = Sample { ops: 10, wall_ns: 50, cpu_ns: 20, latency, bytes: Some(5), switches: None };
        let figures = [Figure::Wall, Figure::Cpu, Figure::P50, Figure::P99, Figure::P999, Figure::Bytes];
        assert_eq!(
            figures.map(|figure| figure.of(&sample)),
            [Some(5.0), Some(2.0), Some(70.0), Some(80.0), None, Some(0.5)]
        );
        assert_eq!(Figure::Switches.of(&sample), None);
    }
}

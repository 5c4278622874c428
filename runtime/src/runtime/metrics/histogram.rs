//! How poll times are sorted into buckets.
//!
//! The logarithmic kind is the H2 histogram (Brian Martin, Yao Yue, "H2 histogram", 2023): each power of two is divided
//! into 2^p equal parts, so that a bucket is never wider than 2^-p of what is in it, and finding it takes a few
//! instructions.

use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// Most parts of a power of two: 2^10, an error of 0.1 %.
const MOST_PRECISE: u32 = 10;

/// How the [poll-time histogram](super::super::Builder::enable_metrics_poll_time_histogram) sorts durations.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use heist::runtime::{Builder, HistogramConfiguration, LogHistogram};
///
/// # fn main() -> std::io::Result<()> {
/// let runtime = Builder::new_multi_thread()
///     .enable_metrics_poll_time_histogram()
///     .metrics_poll_time_histogram_configuration(HistogramConfiguration::log(LogHistogram::default()))
///     .build()?;
/// assert_eq!(runtime.metrics().poll_time_histogram_num_buckets(), 119);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistogramConfiguration {
    pub(crate) kind: Histogram,
}

impl HistogramConfiguration {
    /// Buckets of one width. The last one takes everything that is longer.
    ///
    /// # Panics
    ///
    /// If `bucket_width` or `num_buckets` is zero, or the width has more than 2^64 nanoseconds.
    #[track_caller]
    pub fn linear(bucket_width: Duration, num_buckets: usize) -> Self {
        assert!(num_buckets > 0, "a histogram needs at least one bucket");
        assert!(!bucket_width.is_zero(), "the buckets of a histogram need a width: use at least 1 ns");
        let width_ns = u64::try_from(bucket_width.as_nanos()).expect("the width of a bucket has at most 2^64 ns");
        Self { kind: Histogram::Linear { width_ns, buckets: num_buckets } }
    }

    /// Buckets that get wider with what is in them.
    pub fn log(configuration: impl Into<LogHistogram>) -> Self {
        Self { kind: Histogram::Log(configuration.into()) }
    }
}

/// A logarithmic histogram: each bucket is at most a fixed share wider than the durations in it.
///
/// By default buckets are 25 % wide and reach from 100 nanoseconds to 68 seconds; that makes 119.
///
/// # Examples
///
/// ```
/// use heist::runtime::LogHistogram;
///
/// let histogram = LogHistogram::builder().max_error(0.1).build();
/// # let _ = histogram;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHistogram {
    /// Each power of two has 2^precision buckets.
    precision: u32,
    /// The bucket, counted from 0 ns, that is the first one here.
    first: usize,
    buckets: usize,
}

impl LogHistogram {
    /// To set its range and its width.
    pub fn builder() -> LogHistogramBuilder {
        LogHistogramBuilder::default()
    }
}

impl Default for LogHistogram {
    fn default() -> Self {
        LogHistogramBuilder::default().build()
    }
}

impl From<LogHistogramBuilder> for LogHistogram {
    fn from(builder: LogHistogramBuilder) -> Self {
        builder.build()
    }
}

/// Settings of a [`LogHistogram`], by [`LogHistogram::builder`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use heist::runtime::LogHistogram;
///
/// let histogram = LogHistogram::builder()
///     .min_value(Duration::from_micros(1))
///     .max_value(Duration::from_millis(10))
///     .max_buckets(64);
/// assert!(histogram.is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHistogramBuilder {
    precision: u32,
    min_ns: u64,
    max_ns: u64,
}

impl Default for LogHistogramBuilder {
    fn default() -> Self {
        // 2^36 ns are 68.7 s.
        Self { precision: 2, min_ns: 100, max_ns: 1 << 36 }
    }
}

impl LogHistogramBuilder {
    /// Makes each bucket at most this share wide, 0.1 for a tenth of the durations in it. The default is 0.25.
    ///
    /// The share is rounded down to a power of one half, and 0.001 at least.
    ///
    /// # Panics
    ///
    /// If it is not between 0 and 1.
    #[track_caller]
    pub fn max_error(mut self, max_error: f64) -> Self {
        assert!(max_error > 0.0 && max_error < 1.0, "max_error must be greater than 0 and less than 1");
        self.precision = (0..MOST_PRECISE).find(|p| 1.0 / f64::from(1_u32 << p) <= max_error).unwrap_or(MOST_PRECISE);
        self
    }

    /// Divides each power of two into 2^`p` buckets.
    ///
    /// # Panics
    ///
    /// If `p` is greater than 10.
    #[track_caller]
    pub fn precision_exact(mut self, p: u32) -> Self {
        assert!(p <= MOST_PRECISE, "a precision must not be greater than {MOST_PRECISE}");
        self.precision = p;
        self
    }

    /// Counts what is shorter than this in the first bucket. The default is 100 nanoseconds.
    pub fn min_value(mut self, duration: Duration) -> Self {
        self.min_ns = nanos(duration);
        self
    }

    /// Counts what is longer than this in the last bucket. The default is 68 seconds.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn max_value(mut self, duration: Duration) -> Self {
        assert!(!duration.is_zero(), "the longest duration of a histogram must be greater than 0");
        self.max_ns = nanos(duration);
        self
    }

    /// The histogram, less precise if that is needed to have no more than `max_buckets` buckets.
    ///
    /// # Errors
    ///
    /// If the range needs more buckets even if each is as wide as the durations in it.
    pub fn max_buckets(&mut self, max_buckets: usize) -> Result<LogHistogram, InvalidHistogramConfiguration> {
        loop {
            let histogram = self.build();
            if histogram.buckets <= max_buckets {
                return Ok(histogram);
            }
            if self.precision == 0 {
                let required_bucket_count = histogram.buckets;
                return Err(InvalidHistogramConfiguration::TooManyBuckets { required_bucket_count });
            }
            self.precision -= 1;
        }
    }

    /// The histogram.
    ///
    /// If the range is upside down it has one bucket.
    pub fn build(&self) -> LogHistogram {
        let first = absolute_bucket(self.min_ns, self.precision);
        let last = absolute_bucket(self.max_ns, self.precision).max(first);
        LogHistogram { precision: self.precision, first, buckets: last - first + 1 }
    }
}

/// A histogram that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidHistogramConfiguration {
    /// The range does not fit into so few buckets.
    TooManyBuckets {
        /// The number that it needs.
        required_bucket_count: usize,
    },
}

impl fmt::Display for InvalidHistogramConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::TooManyBuckets { required_bucket_count } = self;
        write!(f, "the range of the histogram needs {required_bucket_count} buckets: allow more, or make it smaller")
    }
}

impl Error for InvalidHistogramConfiguration {}

/// A histogram of durations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Histogram {
    Linear { width_ns: u64, buckets: usize },
    Log(LogHistogram),
}

impl Default for Histogram {
    /// Ten buckets of 100 µs.
    fn default() -> Self {
        Self::Linear { width_ns: 100_000, buckets: 10 }
    }
}

impl Histogram {
    /// The number of buckets.
    pub(crate) fn buckets(&self) -> usize {
        match self {
            Self::Linear { buckets, .. } => *buckets,
            Self::Log(log) => log.buckets,
        }
    }

    /// Where a duration is counted.
    pub(crate) fn bucket_of(&self, duration: Duration) -> usize {
        let ns = nanos(duration);
        let bucket = match self {
            Self::Linear { width_ns, .. } => usize::try_from(ns / width_ns).unwrap_or(usize::MAX),
            Self::Log(log) => absolute_bucket(ns, log.precision).saturating_sub(log.first),
        };
        bucket.min(self.buckets() - 1)
    }

    /// The durations that are counted there.
    pub(crate) fn range_of(&self, bucket: usize) -> Range<Duration> {
        let start = |bucket: usize| match self {
            Self::Linear { width_ns, .. } => width_ns.saturating_mul(bucket as u64),
            Self::Log(log) => start_of_absolute(bucket + log.first, log.precision),
        };
        let first_ns = if bucket == 0 { 0 } else { start(bucket) };
        let end_ns = if bucket + 1 == self.buckets() { u64::MAX } else { start(bucket + 1) };
        Duration::from_nanos(first_ns)..Duration::from_nanos(end_ns)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The bucket of a histogram that begins at 0. The first 2^precision of them have one value each.
fn absolute_bucket(ns: u64, precision: u32) -> usize {
    if ns >> precision == 0 {
        return ns as usize;
    }
    let power = ns.ilog2();
    let part = (ns >> (power - precision)) as usize - (1 << precision);
    (((power - precision + 1) as usize) << precision) + part
}

/// The least value in that bucket.
fn start_of_absolute(bucket: usize, precision: u32) -> u64 {
    let (group, part) = (bucket >> precision, bucket as u64 & ((1 << precision) - 1));
    match group {
        0 => part,
        group => ((1 << precision) + part).checked_shl(group as u32 - 1).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_meet_and_hold_what_is_counted_in_them() {
        let histograms = [
            Histogram::default(),
            Histogram::Log(LogHistogram::default()),
            Histogram::Log(LogHistogram::builder().precision_exact(0).build()),
            Histogram::Log(LogHistogram::builder().precision_exact(10).min_value(Duration::ZERO).build()),
        ];
        for histogram in histograms {
            let mut end = Duration::ZERO;
            for bucket in 0..histogram.buckets() {
                let range = histogram.range_of(bucket);
                assert_eq!(range.start, end, "bucket {bucket} of {histogram:?}");
                assert!(range.start < range.end);
                for duration in [range.start, range.end - Duration::from_nanos(1)] {
                    assert_eq!(histogram.bucket_of(duration), bucket, "{duration:?} in {histogram:?}");
                }
                end = range.end;
            }
            assert_eq!(end, Duration::from_nanos(u64::MAX));
            assert_eq!(histogram.bucket_of(Duration::MAX), histogram.buckets() - 1);
        }
    }

    #[test]
    fn buckets_are_no_wider_than_the_error() {
        let histogram = Histogram::Log(LogHistogram::builder().max_error(0.25).build());
        for bucket in 1..histogram.buckets() - 1 {
            let range = histogram.range_of(bucket);
            assert!((range.end - range.start).as_nanos() * 4 <= range.start.as_nanos(), "{range:?}");
        }
        assert_eq!(LogHistogram::builder().max_error(0.25).build(), LogHistogram::default());
        assert_eq!(LogHistogram::builder().max_error(0.2).build().precision, 3);
        assert_eq!(LogHistogram::builder().max_error(1e-9).build().precision, MOST_PRECISE);
    }

    #[test]
    fn precision_gives_way_to_the_number_of_buckets() {
        assert_eq!(LogHistogram::builder().max_buckets(119).unwrap(), LogHistogram::default());
        let fewer = LogHistogram::builder().max_buckets(118).unwrap();
        assert_eq!((fewer.precision, fewer.buckets), (1, 60));
        let error = LogHistogram::builder().max_buckets(3).unwrap_err();
        assert_eq!(error, InvalidHistogramConfiguration::TooManyBuckets { required_bucket_count: 31 });
        assert!(error.to_string().contains("31 buckets"));
    }

    #[test]
    fn a_range_upside_down_has_one_bucket() {
        let histogram = LogHistogram::builder().max_value(Duration::from_nanos(1)).build();
        assert_eq!(Histogram::Log(histogram).range_of(0), Duration::ZERO..Duration::from_nanos(u64::MAX));
    }
}

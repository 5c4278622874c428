//! Order statistics.

use std::fmt;

/// The median and the quartiles around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quartiles {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Quartiles {
    /// `None` if there are no values.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let at = |quantile| interpolate(&values, quantile);
        Some(Self { low: at(0.25), median: at(0.5), high: at(0.75) })
    }
}

impl fmt::Display for Quartiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.2} ({:.2}–{:.2})", self.median, self.low, self.high)
    }
}

/// The value at `quantile` of sorted values, on the straight line between the two nearest.
fn interpolate(sorted: &[f64], quantile: f64) -> f64 {
    let position = quantile * (sorted.len() - 1) as f64;
    let below = position.floor();
    let (left, right) = (sorted[below as usize], sorted[position.ceil() as usize]);
    left + (right - left) * (position - below)
}

/// The value of sorted values below which `per_mille` thousandths of them lie; 0 if there are none.
pub(crate) fn percentile(sorted: &[u64], per_mille: usize) -> u64 {
    sorted.get((sorted.len() * per_mille / 1000).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_of_an_odd_and_an_even_number() {
        let odd = Quartiles::of(vec![5.0, 1.0, 3.0, 2.0, 4.0]);
        assert_eq!(odd, Some(Quartiles { low: 2.0, median: 3.0, high: 4.0 }));
        let even = Quartiles::of(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!(even, Some(Quartiles { low: 1.75, median: 2.5, high: 3.25 }));
        assert_eq!(even.unwrap().to_string(), "2.50 (1.75–3.25)");
        assert_eq!(Quartiles::of(Vec::new()), None);
    }

    #[test]
    fn percentiles_stay_inside() {
        let values: Vec<u64> = (0..100).collect();
        assert_eq!(percentile(&values, 500), 50);
        assert_eq!(percentile(&values, 990), 99);
        assert_eq!(percentile(&[7], 999), 7);
        assert_eq!(percentile(&[], 500), 0);
    }
}

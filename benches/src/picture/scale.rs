//! Where a ratio lies in the picture.

/// The exponents of two at the scale's ends.
const LOWEST: i32 = -4;
const HIGHEST: i32 = 2;

/// A logarithmic scale between two places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    left: f64,
    right: f64,
}

impl Scale {
    pub(super) fn new(left: f64, right: f64) -> Self {
        Self { left, right }
    }

    pub(super) fn left(&self) -> f64 {
        self.left
    }

    pub(super) fn right(&self) -> f64 {
        self.right
    }

    /// The place of a ratio; that of the nearest end if it lies outside.
    pub(super) fn x(&self, ratio: f64) -> f64 {
        let octaves = ratio.log2().clamp(f64::from(LOWEST), f64::from(HIGHEST)) - f64::from(LOWEST);
        self.left + octaves / f64::from(HIGHEST - LOWEST) * (self.right - self.left)
    }

    /// Where the part between two ratios begins, and how long it is.
    pub(super) fn span(&self, low: f64, high: f64) -> (f64, f64) {
        (self.x(low), self.x(high) - self.x(low))
    }

    /// Whether the ratio lies outside.
    pub(super) fn cuts(&self, ratio: f64) -> bool {
        !(f64::from(LOWEST)..=f64::from(HIGHEST)).contains(&ratio.log2())
    }

    /// The grid: place, text, and whether it is the line at 1.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, String, bool)> {
        (LOWEST..=HIGHEST).map(|exponent| {
            let power = 1 << exponent.abs();
            let text = if exponent < 0 { format!("1/{power}") } else { power.to_string() };
            (self.x(f64::from(exponent).exp2()), text, exponent == 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_of_two_are_equally_far_apart() {
        let scale = Scale::new(100.0, 700.0);
        let places: Vec<f64> = scale.ticks().map(|(x, _, _)| x).collect();
        assert_eq!(places, [100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0]);
        let texts: Vec<String> = scale.ticks().map(|(_, text, _)| text).collect();
        assert_eq!(texts, ["1/16", "1/8", "1/4", "1/2", "1", "2", "4"]);
        assert_eq!(scale.span(0.5, 2.0), (400.0, 200.0));
    }

    #[test]
    fn what_lies_outside_ends_at_the_ends() {
        let scale = Scale::new(100.0, 700.0);
        assert_eq!([0.0, 0.01, 0.0625].map(|ratio| scale.x(ratio)), [100.0; 3]);
        assert_eq!([4.0, 100.0, f64::INFINITY].map(|ratio| scale.x(ratio)), [700.0; 3]);
        assert_eq!(
            [0.0, 0.06, 0.0625, 1.0, 4.0, 4.1].map(|ratio| scale.cuts(ratio)),
            [true, true, false, false, false, true]
        );
    }
}

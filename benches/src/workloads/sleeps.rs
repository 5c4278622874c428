//! Sleeping until a time that comes, and how late the sleeper wakes.

use std::time::{Duration, Instant};

use crate::meter::{Meter, Phases};
use crate::rt::Rt;
use crate::sample::{Latency, Sample};

const SLEEPERS: u64 = 100_000;
/// Spawned at a time: with all at once those that wake first would wait until the last have begun to sleep.
const ARRIVALS: u64 = 100;
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(100);

const SHORT: Duration = Duration::from_micros(100);
const PERIOD: Duration = Duration::from_millis(1);
/// Sleeps and ticks between two looks at the clock of the meter.
const BATCH: u64 = 10;

/// Many tasks sleep once each, for different times. An operation is one sleep (and a spawn and join); its latency is how
/// much later than it should the task runs again.
pub(super) async fn many<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    let mut tasks = Vec::with_capacity(SLEEPERS as usize);
    let mut lateness_ns = Vec::new();
    while meter.goes_on() {
        for first in (0..SLEEPERS).step_by(ARRIVALS as usize) {
            tasks.extend((first..first + ARRIVALS).map(|sleeper| R::spawn(sleep::<R>(length(sleeper)))));
            R::yield_now().await;
        }
        for task in tasks.drain(..) {
            lateness_ns.push(task.await);
        }
        meter.count(SLEEPERS);
    }
    with_latency(meter.finish(), &mut lateness_ns)
}

/// The lengths of the sleeps are spread evenly, and neighbours differ.
fn length(sleeper: u64) -> Duration {
    // 2^32 divided by the golden ratio: the multiples of an odd number visit every value modulo 2^32.
    let scrambled = (sleeper as u32).wrapping_mul(0x9E37_79B1);
    SHORTEST + (LONGEST - SHORTEST).mul_f64(f64::from(scrambled) / f64::from(u32::MAX))
}

/// One task sleeps for a short time, again and again. An operation is one sleep; its latency is how much later than it
/// should the task runs again.
pub(super) async fn short<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    let mut lateness_ns = Vec::new();
    while meter.goes_on() {
        for _ in 0..BATCH {
            lateness_ns.push(sleep::<R>(SHORT).await);
        }
        meter.count(BATCH);
    }
    with_latency(meter.finish(), &mut lateness_ns)
}

/// One task waits for the ticks of an interval. An operation is one tick; its latency is how much later than it should
/// the task runs.
pub(super) async fn interval<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    let mut lateness_ns = Vec::new();
    let mut due = Instant::now();
    let mut interval = R::interval(PERIOD);
    while meter.goes_on() {
        for _ in 0..BATCH {
            R::tick(&mut interval).await;
            due += PERIOD;
            lateness_ns.push(since(due));
        }
        meter.count(BATCH);
    }
    with_latency(meter.finish(), &mut lateness_ns)
}

/// Sleeps, and says how many nanoseconds too long.
async fn sleep<R: Rt>(duration: Duration) -> u64 {
    let due = Instant::now() + duration;
    R::sleep(duration).await;
    since(due)
}

fn since(due: Instant) -> u64 {
    due.elapsed().as_nanos() as u64
}

/// The sample with the percentiles of its operations: the last ones, for those before were the warm-up's.
fn with_latency(sample: Sample, lateness_ns: &mut [u64]) -> Sample {
    let warm_up = lateness_ns.len() - sample.ops as usize;
    Sample { latency: Some(Latency::of(&mut lateness_ns[warm_up..])), ..sample }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_of_sleeps_are_spread_evenly() {
        let mut lengths: Vec<Duration> = (0..1000).map(length).collect();
        lengths.sort_unstable();
        assert!(lengths[0] >= SHORTEST && lengths[999] <= LONGEST);
        let step = (LONGEST - SHORTEST) / 1000;
        assert!(lengths.windows(2).all(|pair| pair[1] - pair[0] < 3 * step));
    }
}

//! The measured window of a sample: a warm-up, then the operations counted and the clocks read.

use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::sample::Sample;
use crate::switches;

/// Lengths of the two phases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phases {
    pub(crate) warm_up: Duration,
    pub(crate) measure: Duration,
}

impl Phases {
    /// The phases of a sample that is measured for that long.
    pub(crate) fn new(measure: Duration) -> Self {
        Self { warm_up: measure / 4, measure }
    }

    pub(crate) fn length(self) -> Duration {
        self.warm_up + self.measure
    }
}

/// Both clocks at one moment, and the context switches so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    wall: Instant,
    cpu: Duration,
    switches: Option<u64>,
}

impl Clocks {
    /// The beginning of a window. The clocks are read last, so that nothing of this call is measured.
    pub(crate) fn now() -> Self {
        let switches = switches::so_far();
        let (wall, cpu) = clocks();
        Self { wall, cpu, switches }
    }

    /// The sample of `ops` operations done between `self` and now.
    pub(crate) fn sample(self, ops: u64) -> Sample {
        let (wall, cpu) = clocks();
        let wall_ns = (wall - self.wall).as_nanos() as u64;
        let cpu_ns = (cpu - self.cpu).as_nanos() as u64;
        // Threads that have ended since may have taken more with them than the others have added.
        let switches = self.switches.zip(switches::so_far()).map(|(before, now)| now.saturating_sub(before));
        Sample { ops, wall_ns, cpu_ns, latency: None, bytes: None, switches }
    }
}

fn clocks() -> (Instant, Duration) {
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    (Instant::now(), Duration::try_from(cpu).expect("CPU time is not negative"))
}

/// Runs batches until both phases are over: `while meter.goes_on() { meter.count(batch()); }`.
#[derive(Debug)]
pub(crate) struct Meter {
    phases: Phases,
    started: Instant,
    /// Set when the warm-up is over.
    window: Option<Clocks>,
    ops: u64,
}

impl Meter {
    pub(crate) fn new(phases: Phases) -> Self {
        Self { phases, started: Instant::now(), window: None, ops: 0 }
    }

    /// False when the measured phase is over. Call it between batches; it ends the warm-up when its time has come.
    pub(crate) fn goes_on(&mut self) -> bool {
        match self.window {
            Some(window) => window.wall.elapsed() < self.phases.measure,
            None => {
                if self.started.elapsed() >= self.phases.warm_up {
                    self.ops = 0;
                    self.window = Some(Clocks::now());
                }
                true
            }
        }
    }

    pub(crate) fn count(&mut self, ops: u64) {
        self.ops += ops;
    }

    /// The measured phase's sample. Call it as soon as `goes_on` is false.
    pub(crate) fn finish(self) -> Sample {
        self.window.expect("the meter ran to the end").sample(self.ops)
    }
}

/// Samples work that goes on in other threads, given a reading of the operations they have done so far.
pub(crate) fn observe(phases: Phases, ops_so_far: impl Fn() -> u64) -> Sample {
    thread::sleep(phases.warm_up);
    let before = ops_so_far();
    let window = Clocks::now();
    thread::sleep(phases.measure);
    window.sample(ops_so_far() - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warm_up_is_not_counted() {
        let phases = Phases { warm_up: Duration::from_millis(2), measure: Duration::from_millis(2) };
        let mut meter = Meter::new(phases);
        let mut batches = 0;
        while meter.goes_on() {
            batches += 1;
            meter.count(1);
        }
        let sample = meter.finish();
        assert!(sample.ops > 0 && sample.ops < batches, "{} of {batches}", sample.ops);
        assert!(sample.wall_ns >= 2_000_000);
    }

    #[test]
    fn a_busy_thread_uses_processor_time() {
        let start = Clocks::now();
        while start.wall.elapsed() < Duration::from_millis(5) {
            std::hint::spin_loop();
        }
        assert!(start.sample(1).cpu_ns > 0);
    }
}

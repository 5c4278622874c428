//! The driver thread: the guarantee behind the workers.
//!
//! It sleeps deeply while nobody runs and somebody sits at the poller. Otherwise it looks around once a tick: marks workers
//! that are stuck in a poll, polls and fires timers if nobody else did for a tick, wakes a sleeper for work that nobody
//! looks at, and starts a spare worker if there is no sleeper. It runs no task.
//!
//! With `dedicated_io_driver` it has the seat for itself and sleeps there, in the poller.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use heist_primitives::sync::{Condvar, Mutex};

use super::Shared;
use super::here::{Here, Role};
use super::spares::Hired;
use super::stalls::Watch;
use super::turn::Turn;
use crate::scheduler::idle::NEVER;

/// How often the thread looks around at least, while anything runs.
const LONGEST_TICK: Duration = Duration::from_millis(10);
/// How often at most.
const SHORTEST_TICK: Duration = Duration::from_millis(1);
/// The longest time between two tries to start a spare while those that are there get stuck too.
const SLOWEST_HIRE: Duration = Duration::from_secs(1);

/// Where the driver thread sleeps, unless it is in the poller.
#[derive(Debug, Default)]
pub(super) struct MonitorBed {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl MonitorBed {
    /// Ends the current sleep, or the next one.
    pub(super) fn wake(&self) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }

    /// Until woken, or as long as told, or for no reason.
    fn sleep(&self, time: Option<Duration>) {
        let mut woken = self.woken.lock();
        if !*woken {
            woken = match time {
                Some(time) => self.changed.wait_timeout(woken, time).0,
                None => self.changed.wait(woken),
            };
        }
        *woken = false;
    }
}

/// What the driver thread remembers from tick to tick.
pub(super) struct Monitor {
    pub(super) shared: Arc<Shared>,
    watch: Watch,
    turn: Turn,
    tick: Duration,
    /// When a spare may be started at the earliest.
    next_hire_ns: u64,
    rhythm: Rhythm,
}

/// How often the workers fall asleep.
#[derive(Debug, Default)]
struct Rhythm {
    looked_ns: u64,
    sleeps: u64,
}

impl Rhythm {
    /// Whether a sleep of the workers is likely to be over within `tick_ns`: they slept more than once since the last
    /// look, or that was not long ago. Who disarms then is woken again at once, and both cost more than a tick.
    fn is_quick(&mut self, now_ns: u64, sleeps: u64, tick_ns: u64) -> bool {
        let before = std::mem::replace(self, Self { looked_ns: now_ns, sleeps });
        sleeps.saturating_sub(before.sleeps) > 1 || now_ns.saturating_sub(before.looked_ns) < tick_ns
    }
}

impl Monitor {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let tick = shared.config.stall_threshold.clamp(SHORTEST_TICK, LONGEST_TICK);
        Self { shared, watch: Watch::default(), turn: Turn::new(), tick, next_hire_ns: 0, rhythm: Rhythm::default() }
    }

    /// Until the runtime shuts down.
    pub(super) fn run(mut self) {
        let shared = self.shared.clone();
        // Then this thread has held the seat since before the workers started.
        let dedicated = shared.config.dedicated_io_driver;
        let mut quiet = false;
        while !shared.idle.snapshot().shut() {
            self.sleep(quiet, dedicated);
            quiet = self.look_around(dedicated);
        }
        self.close(dedicated);
        if dedicated {
            shared.idle.driver_thread_leaves_seat(&*shared);
        }
    }

    pub(super) fn sleep(&mut self, quiet: bool, dedicated: bool) {
        let shared = &self.shared;
        let time = (!quiet).then_some(self.tick);
        if !dedicated {
            shared.monitor_bed.sleep(time);
            return;
        }
        let deadline_ns = shared.idle.deadline.load();
        let until_deadline = match deadline_ns {
            NEVER => None,
            deadline_ns => Some(Duration::from_nanos(deadline_ns.saturating_sub(shared.now_ns()))),
        };
        let time = [time, until_deadline].into_iter().flatten().min();
        self.turn.poll(shared, time);
    }

    /// One tick. True if the thread may sleep until it is woken.
    fn look_around(&mut self, dedicated: bool) -> bool {
        let shared = self.shared.clone();
        let now_ns = shared.now_ns();
        let stalls = self.watch.look(&shared, now_ns);
        self.serve_driver(now_ns, dedicated);
        shared.idle.tick(&*shared);
        self.hire(now_ns, stalls.stuck);
        shared.spares.take_returns();
        let stays = self.rhythm.is_quick(now_ns, stalls.sleeps, self.tick_ns());
        // While a worker is stuck this thread goes on ticking: the worker may still push to its deque, unseen.
        stalls.stuck == 0 && !stays && shared.idle.disarm()
    }

    fn tick_ns(&self) -> u64 {
        self.tick.as_nanos() as u64
    }

    /// Polls without waiting and fires timers, if the workers have not for a tick.
    fn serve_driver(&mut self, now_ns: u64, dedicated: bool) {
        let shared = self.shared.clone();
        let neglected = now_ns.saturating_sub(shared.last_poll_ns()) >= self.tick_ns();
        if !dedicated && neglected && !shared.idle.snapshot().seat_taken() && shared.idle.take_seat() {
            self.turn.poll(&shared, Some(Duration::ZERO));
            shared.polled(now_ns);
            shared.idle.driver_thread_leaves_seat(&*shared);
        }
        if dedicated || !shared.idle.snapshot().seat_taken() {
            self.turn.fire_timers(&shared, None, now_ns);
        }
        if !self.turn.is_empty() {
            let here = Here::new(&shared, Role::Batch(RefCell::default()));
            here.enter(|| self.turn.wake_all());
            if let Role::Batch(batch) = here.into_role() {
                shared.injector.push_all(batch.into_inner());
            }
            shared.idle.work_published(&*shared);
        }
    }

    /// Starts a spare worker if one is needed. Each spare that is itself stuck doubles the time until the next: on a
    /// machine with too few processors more threads would only make all of them slower.
    fn hire(&mut self, now_ns: u64, stuck: usize) {
        if now_ns < self.next_hire_ns {
            return;
        }
        let stuck_spares = stuck.saturating_sub(self.shared.slots.workers());
        let wait = match self.shared.hire_if_needed(stuck > 0) {
            Hired::NotNeeded => return,
            Hired::Yes if stuck_spares == 0 => return,
            Hired::Yes | Hired::Impossible => self.tick * (1 << stuck_spares.min(16)),
        };
        self.next_hire_ns = now_ns + wait.min(SLOWEST_HIRE).as_nanos() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK_NS: u64 = 10_000_000;

    #[test]
    fn the_driver_thread_ticks_on_while_workers_sleep_often() {
        let mut rhythm = Rhythm::default();
        let mut now_ns = TICK_NS;
        assert!(rhythm.is_quick(now_ns, 10, TICK_NS));
        now_ns += TICK_NS;
        assert!(rhythm.is_quick(now_ns, 12, TICK_NS));
        now_ns += TICK_NS;
        assert!(!rhythm.is_quick(now_ns, 13, TICK_NS), "a sleep that lasted for a tick");
        now_ns += TICK_NS / 2;
        assert!(rhythm.is_quick(now_ns, 14, TICK_NS), "armed again soon");
        now_ns += TICK_NS;
        assert!(!rhythm.is_quick(now_ns, 14, TICK_NS));
        now_ns += 5 * TICK_NS;
        assert!(!rhythm.is_quick(now_ns, 15, TICK_NS), "something that happens seldom");
    }
}

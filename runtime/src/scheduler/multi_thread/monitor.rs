//! The driver thread: the guarantee behind the workers.
//!
//! It sleeps deeply while every worker sleeps and one of them sits at the poller. Otherwise it looks around once a tick:
//! marks workers that are stuck in a poll, polls and fires timers if nobody else did for a tick, and wakes a sleeper for
//! work that nobody looks at. It runs no task. Each step is a function of its own, so that models can run it alone.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use heist_primitives::sync::{Condvar, Mutex};

use super::Shared;
use super::here::{Here, Role};
use super::turn::Turn;
use crate::scheduler::idle::NEVER;

/// How often the thread looks around, and how long a poll may last before it counts as stalled.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// Where the driver thread sleeps.
#[derive(Debug, Default)]
pub(super) struct MonitorBed {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl MonitorBed {
    /// Ends the deep sleep, or the next one.
    pub(super) fn wake(&self) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }

    fn sleep_deeply(&self) {
        let mut woken = self.woken.lock();
        while !*woken {
            woken = self.changed.wait(woken);
        }
        *woken = false;
    }

    /// One tick, or less if the runtime shuts down.
    fn sleep_a_tick(&self, shared: &Shared) {
        let woken = self.woken.lock();
        if !shared.idle.snapshot().shut() {
            drop(self.changed.wait_timeout(woken, TICK));
        }
    }
}

/// What the driver thread remembers from tick to tick.
pub(super) struct Monitor {
    shared: Arc<Shared>,
    /// The tick of each slot when last looked at.
    ticks: Vec<u32>,
    turn: Turn,
}

impl Monitor {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let ticks = vec![0; shared.slots.len()];
        Self { shared, ticks, turn: Turn::new() }
    }

    /// Until the runtime shuts down.
    pub(super) fn run(mut self) {
        let shared = self.shared.clone();
        while !shared.idle.snapshot().shut() {
            shared.monitor_bed.sleep_a_tick(&shared);
            let marked = self.mark_stalled();
            self.serve_driver();
            shared.idle.tick(&*shared);
            // While a worker is stuck this thread goes on ticking: the worker may still push to its deque, unseen.
            if !marked && shared.idle.disarm() {
                shared.monitor_bed.sleep_deeply();
            }
        }
    }

    /// Marks the slots whose tick is odd and has not moved since the last look, and takes what they hold back. True if
    /// any slot is marked.
    fn mark_stalled(&mut self) -> bool {
        let mut any = false;
        for (index, slot) in self.shared.slots.iter().enumerate() {
            let tick = slot.tick.load();
            let stuck = tick % 2 == 1 && tick == self.ticks[index];
            self.ticks[index] = tick;
            let newly = stuck && slot.mode.mark();
            if newly || slot.mode.is_marked() {
                any = true;
                // By a swap even if the slot looks empty: see `Lifo`.
                if let Some(task) = slot.lifo.take_always() {
                    self.shared.injector.push(task);
                }
                let next = self.shared.next_deadline(index);
                if next != NEVER {
                    self.shared.idle.deadline_left(next, &*self.shared);
                }
            }
            if newly {
                self.shared.idle.worker_marked(&*self.shared);
            }
        }
        any
    }

    /// Polls without waiting and fires timers, if the workers have not for a tick.
    fn serve_driver(&mut self) {
        let shared = self.shared.clone();
        let now_ns = shared.now_ns();
        let neglected = now_ns.saturating_sub(shared.last_poll_ns()) >= TICK.as_nanos() as u64;
        if neglected && !shared.idle.snapshot().seat_taken() && shared.idle.take_seat() {
            self.turn.poll(&shared, Some(Duration::ZERO));
            shared.polled(now_ns);
            shared.idle.driver_thread_leaves_seat(&*shared);
        }
        if !shared.idle.snapshot().seat_taken() {
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
}

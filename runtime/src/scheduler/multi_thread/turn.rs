//! A turn at the driver: waiting in the seat or on the token, and collecting whom to wake.

use std::time::Duration;

use heist_primitives::WakeBatch;

use super::Shared;
use crate::scheduler::idle::{Bed, NEVER, Refused, Woken};

/// The wakers of one turn; their memory is kept for the next.
#[derive(Debug, Default)]
pub(super) struct Turn {
    wakers: WakeBatch,
}

impl Turn {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// True if nobody is to be woken.
    pub(super) fn is_empty(&self) -> bool {
        self.wakers.is_empty()
    }

    /// Polls; the caller holds the seat.
    pub(super) fn poll(&mut self, shared: &Shared, timeout: Option<Duration>) {
        shared.wait_in_seat(timeout, &mut self.wakers);
    }

    /// Collects the timers that are due: a worker's own, and those that no awake worker looks after.
    pub(super) fn fire_timers(&mut self, shared: &Shared, worker: Option<usize>, now_ns: u64) {
        let Some(time) = &shared.driver.time else { return };
        if shared.idle.deadline.load() <= now_ns {
            // The word first and the wheels afterwards: a deadline left in between stays published.
            let _ = shared.idle.deadline.take();
            time.fire_all(now_ns, &mut self.wakers);
            let next = time.earliest();
            if next != NEVER {
                shared.idle.deadline_left(next, shared);
            }
        } else if let Some(worker) = worker {
            if time.next_deadline(worker) <= now_ns {
                // Nobody else waits for this wheel, so the word is left alone and nobody is kicked.
                time.fire(worker, now_ns, &mut self.wakers);
            }
        }
    }

    /// Sleeps as worker `index`. Returns whether the worker is a searcher now.
    pub(super) fn sleep(&mut self, shared: &Shared, index: usize, searching: bool) -> Result<bool, Refused> {
        let next = shared.next_deadline(index);
        let left = next != NEVER && shared.idle.deadline.leave(next);
        let announced = shared.idle.announce_park(index, searching, shared);
        // Also when the park is refused: the next one finds the word as it is and will not kick (model e2_refused).
        if left && !announced.as_ref().is_ok_and(|sleep| sleep.seat) {
            shared.kicker.kick();
        }
        let sleep = announced?;
        let woken = shared.idle.sleep(sleep, shared, &mut WorkerBed { shared, turn: self });
        Ok(woken == Woken::Claimed)
    }

    /// Calls everybody. A waker that panics stops nobody else; its message has been printed by the panic hook.
    pub(super) fn wake_all(&mut self) {
        crate::driver::wake_all(&mut self.wakers);
    }
}

struct WorkerBed<'a> {
    shared: &'a Shared,
    turn: &'a mut Turn,
}

impl Bed for WorkerBed<'_> {
    fn sleep_on_token(&mut self) {
        std::thread::park();
    }

    fn wait_in_poller(&mut self) -> bool {
        let deadline_ns = self.shared.idle.deadline.load();
        let timeout = match deadline_ns {
            NEVER => None,
            deadline_ns => Some(Duration::from_nanos(deadline_ns.saturating_sub(self.shared.now_ns()))),
        };
        self.turn.poll(self.shared, timeout);
        !self.turn.is_empty() || (deadline_ns != NEVER && self.shared.now_ns() >= deadline_ns)
    }
}

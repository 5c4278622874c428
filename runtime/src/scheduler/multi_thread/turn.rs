//! A turn at the driver: waiting in the seat or on the token, and collecting whom to wake.

use std::time::Duration;

use heist_primitives::WakeBatch;

use super::Shared;
use super::spin::Spin;
use crate::driver::time::shard_of;
use crate::scheduler::idle::{Bed, NEVER, Refused, Rested, Woken};

/// The wakers of one turn; their memory is kept for the next.
#[derive(Debug, Default)]
pub(super) struct Turn {
    wakers: WakeBatch,
    spin: Spin,
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
            if time.next_deadline(shard_of(worker)) <= now_ns {
                // Nobody else waits for this wheel, so the word is left alone and nobody is kicked.
                time.fire(shard_of(worker), now_ns, &mut self.wakers);
            }
        }
    }

    /// Collects the timers of another worker that are due, unless a thread is at them.
    pub(super) fn fire_neighbours(&mut self, shared: &Shared, worker: usize, now_ns: u64) {
        if let Some(time) = &shared.driver.time {
            time.try_fire(shard_of(worker), now_ns, &mut self.wakers);
        }
    }

    /// Sleeps as worker `index`, for `patience` at most.
    pub(super) fn sleep(
        &mut self,
        shared: &Shared,
        index: usize,
        searching: bool,
        patience: Option<Duration>,
    ) -> Result<Woken, Refused> {
        let next = shared.next_deadline(index);
        let left = next != NEVER && shared.idle.deadline.leave(next);
        let announced = shared.idle.announce_park(index, searching, shared);
        // Also when the park is refused: the next one finds the word as it is and will not kick (model e2_refused).
        if left && !announced.as_ref().is_ok_and(|sleep| sleep.seat) {
            shared.kicker.kick();
        }
        let sleep = announced?;
        let spin_ns = if shared.idle.snapshot().running() == 0 { self.spin.time_ns() } else { 0 };
        let mut bed = WorkerBed { shared, turn: self, patience, until_ns: None, spin_ns, spins_since_ns: 0 };
        bed.rest_again();
        Ok(shared.idle.sleep(sleep, shared, &mut bed))
    }

    /// Calls everybody. A waker that panics stops nobody else; its message has been printed by the panic hook.
    pub(super) fn wake_all(&mut self) {
        crate::driver::wake_all(&mut self.wakers);
    }
}

struct WorkerBed<'a> {
    shared: &'a Shared,
    turn: &'a mut Turn,
    /// How long the worker sleeps before it ends.
    patience: Option<Duration>,
    /// When that will be.
    until_ns: Option<u64>,
    /// For how long it asks the poller before it sleeps there.
    spin_ns: u64,
    /// Since when it has; 0 before.
    spins_since_ns: u64,
}

impl WorkerBed<'_> {
    /// Whether the poller is asked now, and not waited for.
    fn spins(&mut self, now_ns: u64) -> bool {
        if self.spin_ns == 0 {
            return false;
        }
        if self.spins_since_ns == 0 {
            self.spins_since_ns = now_ns;
        }
        if now_ns.saturating_sub(self.spins_since_ns) < self.spin_ns {
            return true;
        }
        self.turn.spin.in_vain();
        self.spin_ns = 0;
        false
    }
}

impl Bed for WorkerBed<'_> {
    fn sleep_on_token(&mut self) -> Rested {
        let Some(until_ns) = self.until_ns else {
            std::thread::park();
            return Rested::SoFar;
        };
        let now_ns = self.shared.now_ns();
        if now_ns >= until_ns {
            return Rested::LongEnough;
        }
        std::thread::park_timeout(Duration::from_nanos(until_ns - now_ns));
        Rested::SoFar
    }

    fn wait_in_poller(&mut self) -> Rested {
        let deadline_ns = self.shared.idle.deadline.load();
        let until_ns = self.until_ns.unwrap_or(NEVER);
        let began_ns = self.shared.now_ns();
        let spins = self.spins(began_ns);
        let timeout = match deadline_ns.min(until_ns) {
            _ if spins => Some(Duration::ZERO),
            NEVER => None,
            time_ns => Some(Duration::from_nanos(time_ns.saturating_sub(began_ns))),
        };
        self.turn.poll(self.shared, timeout);
        let (now_ns, events) = (self.shared.now_ns(), self.turn.wakers.len());
        match spins {
            false => self.turn.spin.slept(now_ns.saturating_sub(began_ns), events),
            true if events > 0 => self.turn.spin.found(now_ns.saturating_sub(self.spins_since_ns), events),
            true => {}
        }
        match () {
            () if events > 0 || now_ns >= deadline_ns => Rested::ForEvents,
            () if now_ns >= until_ns => Rested::LongEnough,
            () => Rested::SoFar,
        }
    }

    fn rest_again(&mut self) {
        self.until_ns = self.patience.map(|patience| {
            let patience_ns = u64::try_from(patience.as_nanos()).unwrap_or(u64::MAX);
            self.shared.now_ns().saturating_add(patience_ns)
        });
    }
}

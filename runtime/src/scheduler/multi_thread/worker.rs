//! A worker: the loop that finds tasks and runs them, and what the loop owns.
//!
//! Order of search: LIFO slot (three times in a row at most), own deque, injector, the poller without waiting, other
//! workers' deques, sleep. By time (see [`Pace`]) the worker looks up in between: injector, timers, poller.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use heist_primitives::atomic::{Ordering, fence};
use heist_primitives::deque::{Steal, Worker as Deque};

use super::Shared;
use super::pace::Pace;
use super::slot::Slot;
use super::turn::Turn;
use crate::scheduler::idle::Refused;
use crate::task::raw::{Place, Runnable, RunnableList};

/// Tasks from the LIFO slot in a row before the deque gets its turn.
const MOST_LIFO: u32 = 3;
/// Tasks taken from the injector at a time.
const MOST_INJECTED: usize = 32;
/// Tasks stolen at a time.
const MOST_STOLEN: usize = 128;
/// Spawns between two looks at the tasks that finished elsewhere, so that their memory does not pile up.
const SPAWNS_PER_LOOK: u64 = 256;

/// See the [module](self). Belongs to one thread; tasks that run on it reach it through [`here`](super::here).
#[derive(Debug)]
pub(super) struct Worker {
    shared: Arc<Shared>,
    index: usize,
    deque: Deque<Runnable>,
    place: Place,
    pace: Pace,
    /// The worker counts as a searcher in the idle word.
    searching: Cell<bool>,
    /// Tasks run from the LIFO slot in a row.
    lifo_streak: Cell<u32>,
    /// What is woken now goes to the deque: events of a batch have no claim to the LIFO slot.
    dispatching: Cell<bool>,
    /// Something was pushed to the deque during this poll.
    pushed: Cell<bool>,
    /// Shutdown has begun: spawns are refused.
    closing: Cell<bool>,
    /// State of the generator that picks victims.
    random: Cell<u32>,
    turn: RefCell<Turn>,
    /// When the worker last woke up.
    awake_since_ns: Cell<u64>,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>, index: usize, deque: Deque<Runnable>) -> Self {
        Self {
            shared,
            index,
            deque,
            place: Place::new(u32::try_from(index).expect("fewer than 2^16 workers")),
            pace: Pace::new(),
            searching: Cell::new(false),
            lifo_streak: Cell::new(0),
            dispatching: Cell::new(false),
            pushed: Cell::new(false),
            closing: Cell::new(false),
            random: Cell::new(0x9e37_79b9 ^ (index as u32 + 1)),
            turn: RefCell::new(Turn::new()),
            awake_since_ns: Cell::new(0),
        }
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    fn slot(&self) -> &Slot {
        &self.shared.slots[self.index]
    }

    /// Runs tasks until the runtime shuts down, then drops what is left.
    pub(super) fn run(&self) {
        self.slot().thread_started();
        self.woke(self.shared.now_ns());
        self.work();
        self.close();
        self.shared.idle.worker_ended(&self.slot().mode, self.searching.get(), &*self.shared);
    }

    fn work(&self) {
        loop {
            if let Some(task) = self.next_local().or_else(|| self.search()) {
                self.run_task(task);
                if self.pace.polled() && self.look_up() {
                    return;
                }
            } else if !self.park() {
                return;
            }
        }
    }

    /// The next task that needs no looking around.
    #[inline]
    fn next_local(&self) -> Option<Runnable> {
        let streak = self.lifo_streak.get();
        if streak < MOST_LIFO {
            if let Some(task) = self.slot().lifo.take() {
                self.lifo_streak.set(streak + 1);
                return Some(task);
            }
        }
        self.lifo_streak.set(0);
        self.deque.pop().or_else(|| self.slot().lifo.take())
    }

    #[inline]
    fn run_task(&self, task: Runnable) {
        if self.searching.get() {
            self.found_work();
        }
        let slot = self.slot();
        let finished = slot.tick.during(|| task.run(&self.place));
        if finished {
            slot.stats.finished.add(1);
        }
        if slot.mode.is_marked() {
            self.rejoin();
        }
        if self.pushed.replace(false) {
            self.consider_help();
        }
    }

    fn found_work(&self) {
        self.searching.set(false);
        self.shared.idle.search_succeeded(&*self.shared);
    }

    /// The driver thread has marked this worker as stalled; it is not.
    #[cold]
    fn rejoin(&self) {
        self.slot().mode.run();
        self.shared.idle.worker_rejoined(&*self.shared);
    }

    /// Wakes a sleeper if the queue holds enough work for two. A hint: it may be stale either way.
    fn consider_help(&self) {
        if self.shared.idle.help_is_possible() && self.pace.is_worth_a_wake(self.deque.len()) {
            self.shared.idle.work_published(&*self.shared);
        }
    }

    /// A new task of this worker's own. Back to the caller if the worker is closing.
    pub(super) fn spawn(&self, task: Runnable) -> Result<(), Runnable> {
        if self.closing.get() {
            return Err(task);
        }
        self.place.adopt(&task);
        let spawned = &self.slot().stats.spawned;
        spawned.add(1);
        if spawned.get() % SPAWNS_PER_LOOK == 0 {
            // Within a poll that spawns and does not end, the look that `look_up` takes never comes.
            self.take_returns();
        }
        if let Some(displaced) = self.push_next(task) {
            self.push_tail(displaced);
            // Within a long poll the check at its end comes late.
            self.consider_help();
        }
        Ok(())
    }

    /// A task woken on this thread.
    #[inline]
    pub(super) fn schedule(&self, task: Runnable) {
        if self.dispatching.get() {
            self.push_tail(task);
        } else if let Some(displaced) = self.push_next(task) {
            self.push_tail(displaced);
        }
    }

    /// Into the LIFO slot; returns what was in it.
    fn push_next(&self, task: Runnable) -> Option<Runnable> {
        let slot = self.slot();
        let displaced = slot.lifo.push(task);
        if slot.mode.is_marked() {
            self.give_away();
        }
        displaced
    }

    /// Behind everything else: a yield, an event, what the LIFO slot gave up.
    pub(super) fn push_tail(&self, task: Runnable) {
        self.deque.push(task);
        self.pushed.set(true);
        if self.slot().mode.is_marked() {
            self.give_away();
        }
    }

    /// This worker is marked as stalled, so the task in its LIFO slot is for others.
    #[cold]
    fn give_away(&self) {
        if let Some(task) = self.slot().lifo.take_always() {
            self.shared.injector.push(task);
        }
        self.shared.idle.work_published(&*self.shared);
    }

    /// Work from elsewhere, without sleeping.
    fn search(&self) -> Option<Runnable> {
        if let Some(task) = self.take_injected() {
            return Some(task);
        }
        let alone = self.shared.idle.snapshot().running() <= 1;
        if alone && !self.searching.get() {
            // Nobody else runs, so there is nothing to steal, and the poller is asked by the park that comes next.
            return None;
        }
        if self.poll_now() {
            if let Some(task) = self.next_local() {
                return Some(task);
            }
        }
        if !self.searching.get() {
            if !self.shared.idle.start_search() {
                return None;
            }
            self.searching.set(true);
        }
        self.steal()
    }

    /// A worker's share of what is in the injector.
    fn take_share(&self) -> RunnableList {
        let queued = self.shared.injector.len();
        if queued == 0 {
            return RunnableList::new();
        }
        self.shared.injector.take((queued / self.shared.slots.len() + 1).min(MOST_INJECTED))
    }

    /// A share of the injector: the first task is returned, the others join the deque.
    fn take_injected(&self) -> Option<Runnable> {
        let mut share = self.take_share();
        let first = share.pop_front();
        self.queue_all(share);
        first
    }

    fn queue_all(&self, mut tasks: RunnableList) {
        while let Some(task) = tasks.pop_front() {
            self.deque.push(task);
        }
    }

    fn steal(&self) -> Option<Runnable> {
        let slots = &self.shared.slots;
        let start = self.next_random() as usize % slots.len();
        let workers = (0..slots.len()).map(|offset| (start + offset) % slots.len());
        let victims = workers.filter(|index| *index != self.index).map(|index| &slots[index].stealer);
        for stealer in victims.chain(self.shared.guests.stealers()) {
            if !stealer.is_empty() {
                // A lost race is no reason to stay: the next victim may be idle, and the scan before sleep is exact.
                if let Steal::Success(task) = stealer.steal_batch_with_limit_and_pop(&self.deque, MOST_STOLEN) {
                    return Some(task);
                }
            }
        }
        None
    }

    /// Marsaglia's xorshift with 32 bits of state (2003): victims need to differ, not to surprise.
    fn next_random(&self) -> u32 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.random.set(x);
        x
    }

    /// Looks up from the queue: at the clock, the injector, the timers, the poller. True if the runtime shuts down.
    #[cold]
    #[inline(never)]
    fn look_up(&self) -> bool {
        let now_ns = self.shared.now_ns();
        self.pace.looked(now_ns);
        self.queue_all(self.take_share());
        self.take_returns();
        self.dispatch(|turn| turn.fire_timers(&self.shared, Some(self.index), now_ns));
        if self.shared.poll_is_due(now_ns) {
            self.poll_now();
            self.shared.polled(now_ns);
        }
        if self.pace.is_worth_a_wake(self.deque.len()) {
            self.shared.idle.work_published(&*self.shared);
        }
        self.shared.idle.snapshot().shut()
    }

    /// Asks the poller without waiting, unless somebody sits there. True if that woke anything.
    fn poll_now(&self) -> bool {
        if !self.shared.has_poller() || !self.shared.idle.take_seat() {
            return false;
        }
        let mut turn = self.turn.borrow_mut();
        turn.poll(&self.shared, Some(std::time::Duration::ZERO));
        drop(turn);
        self.shared.idle.leave_seat();
        self.dispatch(|_| {})
    }

    /// Calls the wakers that `collect` and the turn before it have gathered. What they wake goes to the deque.
    /// True if there was any.
    fn dispatch(&self, collect: impl FnOnce(&mut Turn)) -> bool {
        let mut turn = self.turn.take();
        collect(&mut turn);
        let any = !turn.is_empty();
        if any {
            self.dispatching.set(true);
            self.slot().tick.during(|| turn.wake_all());
            self.dispatching.set(false);
        }
        self.turn.replace(turn);
        if any && self.pushed.replace(false) {
            self.consider_help();
        }
        any
    }

    fn take_returns(&self) {
        let slot = self.slot();
        if !slot.returns.is_empty() {
            slot.returns.drain(&self.place);
        }
    }

    /// Sleeps until there may be something to do. False: the runtime shuts down.
    fn park(&self) -> bool {
        self.take_returns();
        self.shared.config.thread_parks();
        if !self.deque.is_empty() || !self.slot().lifo.is_empty() {
            // The callback has spawned.
            return true;
        }
        let slot = self.slot();
        if !slot.mode.fall_asleep() {
            self.rejoin();
            return true;
        }
        let searching = self.searching.replace(false);
        slot.stats.busy_ns.add(self.shared.now_ns().saturating_sub(self.awake_since_ns.get()));
        slot.stats.parks.add(1);
        slot.stats.parked_or_not.add(1);
        let mut turn = self.turn.take();
        let outcome = turn.sleep(&self.shared, self.index, searching);
        self.turn.replace(turn);
        slot.mode.run();
        slot.stats.parked_or_not.add(1);
        let now_ns = self.shared.now_ns();
        self.woke(now_ns);
        self.searching.set(match outcome {
            Ok(searching) => searching,
            Err(Refused::WorkFound) => true,
            Err(Refused::Shut) => searching,
        });
        self.shared.config.thread_unparked();
        self.dispatch(|turn| turn.fire_timers(&self.shared, Some(self.index), now_ns));
        outcome != Err(Refused::Shut)
    }

    fn woke(&self, now_ns: u64) {
        self.awake_since_ns.set(now_ns);
        self.pace.woke(now_ns);
        self.shared.polled(now_ns);
    }

    /// Shutdown: drops every task of this worker, and every other that comes its way.
    fn close(&self) {
        self.closing.set(true);
        // ORDERING: SeqCst pairs with the fence in `Guest::push`: either the guest sees that the runtime is closed or
        // `steal_rest` sees its task.
        fence(Ordering::SeqCst);
        let slot = self.slot();
        slot.tick.during(|| self.place.abort_all());
        let mut patience = Patience::new();
        loop {
            while let Some(task) = self.next_local().or_else(|| self.take_injected()).or_else(|| self.steal_rest()) {
                slot.tick.during(|| task.cancel(&self.place));
                slot.stats.finished.add(1);
                patience = Patience::new();
            }
            self.take_returns();
            if self.place.is_empty() {
                return;
            }
            // The last tasks are in other threads' hands: being run by a worker, or woken by a thread that has not
            // pushed them yet. Neither tells, so this waits a little and looks again.
            patience.wait();
        }
    }

    /// What guests may have left, to the last task.
    fn steal_rest(&self) -> Option<Runnable> {
        for stealer in self.shared.guests.stealers() {
            loop {
                match stealer.steal() {
                    Steal::Success(task) => return Some(task),
                    Steal::Retry => {}
                    Steal::Empty => break,
                }
            }
        }
        None
    }
}

/// Waits that grow from 10 µs to 1 ms.
#[derive(Debug)]
struct Patience(u64);

impl Patience {
    fn new() -> Self {
        Self(10)
    }

    fn wait(&mut self) {
        std::thread::park_timeout(std::time::Duration::from_micros(self.0));
        self.0 = (self.0 * 2).min(1000);
    }
}

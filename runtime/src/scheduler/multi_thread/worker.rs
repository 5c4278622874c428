//! A worker: the loop that finds tasks and runs them, and what the loop owns. The end of a worker is in `close.rs`.
//!
//! Order of search: LIFO slot (three times in a row at most), own deque, injector, the poller without waiting, other
//! workers' deques, sleep. By time (see [`Pace`]) the worker looks up in between: injector, timers, poller.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use heist_primitives::CachePadded;
use heist_primitives::deque::{Steal, Stealer, Worker as Deque};

use super::Shared;
use super::here::{Here, Role};
use super::neighbour::Neighbour;
use super::pace::Pace;
use super::slot::Slot;
use super::turn::Turn;
use crate::scheduler::idle::{Refused, Woken};
use crate::task::raw::{Place, Runnable, RunnableList};

/// Tasks from the LIFO slot in a row before the deque gets its turn.
const MOST_LIFO: u32 = 3;
/// Tasks taken from the injector at a time, if so many are a worker's share. Tasks that were queued before may wait for them:
/// a batch that is taken in small parts costs a round of the queue for each part.
const MOST_INJECTED: usize = 256;
/// Tasks stolen at a time.
const MOST_STOLEN: usize = 128;
/// Spawns between two looks at the tasks that finished elsewhere, so that their memory does not pile up.
const SPAWNS_PER_LOOK: u64 = 256;

/// Why there is a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is one of those that were configured. Its thread ends with the runtime.
    Configured,
    /// It stands in for others. Its thread ends when nobody has needed it for long.
    Spare,
}

/// How a worker's thread ended its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The runtime shuts down; the worker's tasks are dropped, but for those in others' hands.
    Shut,
    /// Nobody needs it. It still counts as a runner, and its mode is ASLEEP.
    Expired,
}

/// See the [module](self). Belongs to one thread; tasks that run on it reach it through [`here`](super::here).
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) slot: Arc<CachePadded<Slot>>,
    index: usize,
    origin: Origin,
    deque: Deque<Runnable>,
    pub(super) place: Place,
    pace: Pace,
    neighbour: Neighbour,
    /// The worker counts as a searcher in the idle word.
    pub(super) searching: Cell<bool>,
    /// Tasks run from the LIFO slot in a row.
    lifo_streak: Cell<u32>,
    /// What is woken now is a batch of events: the first goes to the LIFO slot if that is free and polls are short, the
    /// others behind.
    dispatching: Cell<bool>,
    /// Something was pushed to the deque during this poll.
    pushed: Cell<bool>,
    /// The thread blocks on purpose, inside a task.
    blocking: Cell<bool>,
    /// The worker drops its tasks, and adopts none any more.
    pub(super) closing: Cell<bool>,
    /// State of the generator that picks victims.
    random: Cell<u32>,
    turn: RefCell<Turn>,
    /// Up to when its time is accounted for.
    awake_since_ns: Cell<u64>,
}

impl Worker {
    pub(super) fn new(
        shared: Arc<Shared>,
        slot: Arc<CachePadded<Slot>>,
        index: usize,
        deque: Deque<Runnable>,
        origin: Origin,
    ) -> Self {
        Self {
            shared,
            slot,
            index,
            origin,
            deque,
            place: Place::new(u32::try_from(index).expect("fewer than 2^16 workers")),
            pace: Pace::new(),
            neighbour: Neighbour::default(),
            searching: Cell::new(false),
            lifo_streak: Cell::new(0),
            dispatching: Cell::new(false),
            pushed: Cell::new(false),
            blocking: Cell::new(false),
            closing: Cell::new(false),
            random: Cell::new(0x9e37_79b9 ^ (index as u32 + 1)),
            turn: RefCell::new(Turn::new()),
            awake_since_ns: Cell::new(0),
        }
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// When it last looked at the clock.
    pub(super) fn looked_ns(&self) -> u64 {
        self.pace.looked_ns()
    }

    /// Runs tasks until the runtime shuts down, and drops what is left then; or until nobody needs the worker.
    pub(super) fn run(&self) -> End {
        self.slot.thread_started();
        // A spare counts as a searcher from the decision to start it. If the slot was vacant it is still ASLEEP.
        self.searching.set(self.origin == Origin::Spare);
        self.slot.mode.run();
        self.woke(self.shared.now_ns());
        let end = self.work();
        if end == End::Shut {
            self.end();
        }
        end
    }

    fn work(&self) -> End {
        loop {
            if let Some(task) = self.next_local().or_else(|| self.search()) {
                self.run_task(task);
                if self.pace.polled() && self.look_up() {
                    return End::Shut;
                }
            } else if let Some(end) = self.park() {
                return end;
            }
        }
    }

    /// Runs `f` on this thread as this worker, and hands the worker back.
    pub(super) fn in_its_place<R>(self, f: impl FnOnce(&Self) -> R) -> (Self, R) {
        let shared = self.shared.clone();
        let here = Here::new(&shared, Role::Worker(self));
        let result = here.enter(|| match here.role() {
            Role::Worker(worker) => f(worker),
            _ => unreachable!("the role is the one above"),
        });
        match here.into_role() {
            Role::Worker(worker) => (worker, result),
            _ => unreachable!("the role is the one above"),
        }
    }

    /// The next task that needs no looking around.
    #[inline]
    pub(super) fn next_local(&self) -> Option<Runnable> {
        let streak = self.lifo_streak.get();
        if streak < MOST_LIFO {
            if let Some(task) = self.slot.lifo.take() {
                self.lifo_streak.set(streak + 1);
                return Some(task);
            }
        }
        self.lifo_streak.set(0);
        self.deque.pop().or_else(|| self.slot.lifo.take())
    }

    /// Runs what a look-up has found, out of line: the copy in the worker's loop is the one that counts.
    #[inline(never)]
    fn run_found(&self, task: Runnable) {
        self.run_task(task);
    }

    #[inline(always)]
    fn run_task(&self, task: Runnable) {
        if self.searching.get() {
            self.found_work();
        }
        let slot = &**self.slot;
        if self.shared.config.long_polls.is_some() {
            slot.running.set(task.id(), task.spawned_at());
        }
        let finished = slot.tick.during(|| self.shared.config.hooks.run(task, &self.place, &slot.stats.work));
        if finished {
            slot.stats.finished.add(1);
        }
        if slot.mode.is_marked() {
            self.rejoin();
        }
        if self.pushed.replace(false) {
            self.consider_help(|| self.to_spare());
        }
    }

    fn found_work(&self) {
        self.searching.set(false);
        self.shared.idle.search_succeeded(&*self.shared);
    }

    /// The thread is about to block on purpose: others do what this worker would. False if it has said so before.
    pub(super) fn block(&self) -> bool {
        if self.blocking.replace(true) {
            return false;
        }
        if self.searching.get() {
            // Inside a waker's code: while this search lasts nobody else would begin one.
            self.found_work();
        }
        if let Some(task) = self.slot.lifo.take_always() {
            self.deque.push(task);
        }
        self.slot.stats.blocks.add(1);
        // If the runtime shuts down meanwhile somebody else has to abort these tasks: the closure may wait for one.
        self.slot.lent.lend(&self.place);
        self.shared.idle.worker_blocks(&self.slot.mode, self.shared.next_deadline(self.index), &*self.shared);
        if self.shared.idle.snapshot().shut() {
            self.shared.wake_driver_thread();
        }
        true
    }

    /// The thread goes on.
    pub(super) fn unblock(&self) {
        self.slot.lent.take_back(&self.place);
        self.blocking.set(false);
        self.slot.tick.renew();
        self.pace.woke(self.shared.now_ns());
        self.rejoin();
    }

    /// The driver thread has marked this worker as stalled, or it has blocked; it counts again.
    #[cold]
    fn rejoin(&self) {
        self.slot.mode.run();
        self.shared.idle.worker_rejoined(&*self.shared);
    }

    /// Wakes a sleeper if what is `queued` is enough work for it. A hint: it may be stale either way.
    fn consider_help(&self, queued: impl FnOnce() -> usize) {
        if self.shared.idle.help_is_possible() && self.pace.is_worth_a_wake(queued()) {
            self.shared.idle.work_published(&*self.shared);
        }
    }

    /// How many queued tasks are left to others, between two polls: one this worker runs now.
    fn to_spare(&self) -> usize {
        self.deque.len().saturating_sub(usize::from(self.slot.lifo.is_empty()))
    }

    /// A new task of this worker's own. Back to the caller if the worker is closing.
    pub(super) fn spawn(&self, task: Runnable) -> Result<(), Runnable> {
        if self.closing.get() {
            return Err(task);
        }
        if self.blocking.get() {
            // The list that would adopt it is lent.
            return self.shared.spawn_outside(task);
        }
        self.place.adopt(&task);
        self.slot.stats.work.scheduled.add(1);
        let spawned = &self.slot.stats.spawned;
        spawned.add(1);
        if spawned.get() % SPAWNS_PER_LOOK == 0 {
            // Within a poll that spawns and does not end, the look that `look_up` takes never comes.
            self.take_returns();
        }
        if let Some(displaced) = self.push_next(task) {
            self.push_tail(displaced);
            // Within a long poll the check at its end comes late.
            self.consider_help(|| self.deque.len());
        }
        Ok(())
    }

    /// A task woken on this thread.
    #[inline]
    pub(super) fn schedule(&self, task: Runnable) {
        self.slot.stats.work.scheduled.add(1);
        if self.dispatching.get() && !(self.slot.lifo.is_empty() && self.pace.events_may_overtake()) {
            self.push_tail(task);
        } else if let Some(displaced) = self.push_next(task) {
            self.push_tail(displaced);
        }
    }

    /// A task that was woken during its poll.
    #[inline]
    pub(super) fn reschedule(&self, task: Runnable) {
        self.slot.stats.work.scheduled.add(1);
        self.push_tail(task);
    }

    /// Into the LIFO slot; returns what was in it.
    fn push_next(&self, task: Runnable) -> Option<Runnable> {
        if self.shared.config.disable_lifo_slot {
            return Some(task);
        }
        let slot = &**self.slot;
        let displaced = slot.lifo.push(task);
        if slot.mode.is_away() {
            self.give_away();
        }
        displaced
    }

    /// Behind everything else: a yield, an event, what the LIFO slot gave up.
    fn push_tail(&self, task: Runnable) {
        self.deque.push(task);
        self.pushed.set(true);
        if self.slot.mode.is_away() {
            self.give_away();
        }
    }

    /// This worker is marked as stalled, or blocks, so the task in its LIFO slot is for others.
    #[cold]
    fn give_away(&self) {
        if let Some(task) = self.slot.lifo.take_always() {
            self.shared.injector.push(task);
        }
        self.shared.idle.work_published(&*self.shared);
    }

    /// Work from elsewhere, without sleeping.
    fn search(&self) -> Option<Runnable> {
        if self.shared.idle.has_surplus() && !self.searching.get() {
            // A worker that was stuck or blocked is back, and one has to go: whoever has nothing to do.
            return None;
        }
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
        self.shared.injector.take((queued / self.shared.slots.workers() + 1).min(MOST_INJECTED))
    }

    /// A share of the injector: the first task is returned, the others join the deque.
    pub(super) fn take_injected(&self) -> Option<Runnable> {
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
        let count = slots.len();
        let start = self.next_random() as usize % count;
        let workers = (0..count).map(|offset| (start + offset) % count);
        let victims = workers.filter(|index| *index != self.index).map(|index| &*slots.get(index).stealer);
        self.steal_from(victims.chain(self.shared.guests.stealers()))
    }

    /// Half of the first queue that has something: one task to run, the others join the deque.
    fn steal_from<'a>(&self, victims: impl Iterator<Item = &'a Stealer<Runnable>>) -> Option<Runnable> {
        for stealer in victims {
            if !stealer.is_empty() {
                let before = self.deque.len();
                // A lost race is no reason to stay: the next victim may be idle, and the scan before sleep is exact.
                if let Steal::Success(task) = stealer.steal_batch_with_limit_and_pop(&self.deque, MOST_STOLEN) {
                    // About: others may steal from this deque meanwhile.
                    self.slot.stats.work.stole((1 + self.deque.len()).saturating_sub(before).max(1));
                    return Some(task);
                }
            }
        }
        None
    }

    /// Takes over what a worker that stands still has: half its queue, its next task, its timers that are due.
    #[cold]
    fn help_neighbour(&self, index: usize, now_ns: u64) {
        let slot = self.shared.slots.get(index);
        self.dispatch(|turn| turn.fire_neighbours(&self.shared, index, now_ns));
        let next = slot.lifo.take();
        let stolen = self.steal_from(std::iter::once(&*slot.stealer));
        let next = match (next, stolen) {
            (Some(next), Some(task)) => {
                self.push_tail(task);
                Some(next)
            }
            (next, stolen) => next.or(stolen),
        };
        // Only when all else is in the queue: the task may block.
        if let Some(task) = next {
            self.run_found(task);
        }
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
        self.pace.looked(now_ns, self.deque.len());
        self.account(now_ns);
        self.take_returns();
        if let Some(task) = self.take_injected() {
            self.run_found(task);
        }
        if let Some(task) = self.steal_from(self.shared.guests.stealers()) {
            self.run_found(task);
        }
        self.dispatch(|turn| turn.fire_timers(&self.shared, Some(self.index), now_ns));
        if let Some(index) = self.neighbour.stands_still(&self.shared.slots, self.index, now_ns) {
            self.help_neighbour(index, now_ns);
        }
        if self.shared.poll_is_due(now_ns) {
            self.poll_now();
            self.shared.polled(now_ns);
        }
        self.pace.leaves(self.deque.len());
        let queued = self.to_spare();
        if self.pace.is_worth_a_wake(queued) || self.pace.never_ends(queued, now_ns) {
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
            if self.shared.config.long_polls.is_some() {
                self.slot.running.clear();
            }
            self.slot.tick.during(|| turn.wake_all());
            self.dispatching.set(false);
        }
        self.turn.replace(turn);
        if any && self.pushed.replace(false) {
            self.consider_help(|| self.to_spare());
        }
        any
    }

    pub(super) fn take_returns(&self) {
        let slot = &**self.slot;
        if !slot.returns.is_empty() {
            slot.returns.drain(&self.place);
        }
    }

    /// Sleeps until there may be something to do. Otherwise the worker's end.
    fn park(&self) -> Option<End> {
        self.take_returns();
        self.shared.config.thread_parks();
        if !self.deque.is_empty() || !self.slot.lifo.is_empty() {
            // The callback has spawned.
            return None;
        }
        let slot = &**self.slot;
        if !slot.mode.fall_asleep() {
            self.rejoin();
            return None;
        }
        let searching = self.searching.replace(false);
        let now_ns = self.shared.now_ns();
        self.pace.rests(now_ns);
        self.account(now_ns);
        slot.stats.work.parks();
        slot.stats.parks.add(1);
        slot.stats.parked_or_not.add(1);
        let mut turn = self.turn.take();
        let patience = (self.origin == Origin::Spare).then_some(self.shared.config.thread_keep_alive);
        let outcome = turn.sleep(&self.shared, self.index, searching, patience);
        self.turn.replace(turn);
        let expired = outcome == Ok(Woken::Expired);
        if !expired {
            slot.mode.run();
        }
        slot.stats.parked_or_not.add(1);
        let now_ns = self.shared.now_ns();
        self.woke(now_ns);
        self.searching.set(match outcome {
            Ok(woken) => woken == Woken::Claimed,
            Err(Refused::WorkFound) => true,
            Err(Refused::Shut) => searching,
        });
        self.shared.config.thread_unparked();
        if expired {
            if self.deque.is_empty() && slot.lifo.is_empty() {
                return Some(End::Expired);
            }
            // The callback has spawned.
            slot.mode.run();
        }
        self.dispatch(|turn| turn.fire_timers(&self.shared, Some(self.index), now_ns));
        (outcome == Err(Refused::Shut)).then_some(End::Shut)
    }

    /// Publishes what the worker knows about its time.
    fn account(&self, now_ns: u64) {
        let stats = &self.slot.stats;
        stats.busy_ns.add(now_ns.saturating_sub(self.awake_since_ns.replace(now_ns)));
        stats.work.looked();
        stats.work.mean_poll_ns.set(self.pace.poll_ns());
    }

    fn woke(&self, now_ns: u64) {
        self.awake_since_ns.set(now_ns);
        self.slot.stats.work.woke();
        self.pace.woke(now_ns);
        self.shared.polled(now_ns);
    }
}

//! Who sleeps, who is woken, who sits at the poller. All wake policy lives in this file; README.md has the protocol.
//!
//! [`Idle`] knows workers as numbers and reaches everything else (queues, threads, the poller) through [`Crew`], so that
//! models run this very code with threads and queues of their own.

mod deadline;
mod mode;
mod park;
mod token;
mod word;

pub(crate) use deadline::{Deadline, NEVER};
pub(crate) use mode::Mode;
pub(crate) use park::{Bed, Rested, Woken};
pub(crate) use token::Token;
pub(crate) use word::{Announced, Snapshot, Word};

use heist_primitives::atomic::{Ordering, fence};
use heist_primitives::mutation;
use heist_primitives::sync::Mutex;

/// Workers that may search at a time. One is enough to find work, and each costs its victims cache misses.
const MOST_SEARCHERS: usize = 1;

/// What the protocol needs to know and do outside itself.
pub(crate) trait Crew {
    /// Whether any queue has a task that no running worker is certain to see. Loads with Acquire.
    fn any_work(&self) -> bool;
    /// The token of a worker.
    fn token(&self, worker: usize) -> &Token;
    /// Wakes a worker that sleeps on its token.
    fn unpark(&self, worker: usize);
    /// Wakes whoever sleeps in the poller.
    fn kick(&self);
    /// Wakes the driver thread from its deep sleep.
    fn wake_driver_thread(&self);
}

/// Who sleeps. `stack.len() + seat.is_some()` equals the word's S whenever the lock is free.
#[derive(Debug)]
struct Sleepers {
    /// Asleep on their tokens; the last one in is the first one out, since its cache is warm.
    stack: Vec<usize>,
    /// Asleep in the poller.
    seat: Option<usize>,
}

/// A worker's sleep, announced and not over yet.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(crate) struct Sleep {
    worker: usize,
    /// The worker holds the seat.
    pub(crate) seat: bool,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Idle {
    word: Word,
    sleepers: Mutex<Sleepers>,
    /// Workers that may run at a time. Spares beyond that number stand in for those that are stuck or blocked.
    limit: usize,
    /// See [`Deadline`].
    pub(crate) deadline: Deadline,
}

impl Idle {
    /// All `workers` count as running until they sleep.
    pub(crate) fn new(workers: usize) -> Self {
        let sleepers = Sleepers { stack: Vec::with_capacity(workers), seat: None };
        Self { word: Word::new(workers), sleepers: Mutex::new(sleepers), limit: workers, deadline: Deadline::new() }
    }

    /// The word, for decisions that may be stale and for tests.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.word.load()
    }

    /// Work was put where others can find it: wakes somebody if nobody else is going to look.
    pub(crate) fn work_published(&self, crew: &impl Crew) {
        if !mutation::on("NO_PROD_FENCE") {
            // ORDERING: SeqCst pairs with the fence in `announce_park`: either this thread sees the sleeper or the
            // sleeper's scan sees the work (models a1, a2, b).
            fence(Ordering::SeqCst);
        }
        self.wake_one(crew);
    }

    /// Without a fence: whether waking somebody would do anything. May be stale either way.
    #[inline]
    pub(crate) fn help_is_possible(&self) -> bool {
        self.wants_waking(self.word.load())
    }

    #[inline]
    fn wants_waking(&self, now: Snapshot) -> bool {
        !now.shut() && now.searchers() == 0 && now.sleepers() > 0 && now.running() < self.limit
    }

    /// Claims a sleeper and wakes it. The caller's fence or lock orders it after the publication.
    fn wake_one(&self, crew: &impl Crew) {
        let now = self.word.load();
        if !self.wants_waking(now) {
            if now.shut() && !mutation::on("SHUT_NO_CALL") {
                // Nobody sleeps any more, but whoever should look may be blocked.
                crew.wake_driver_thread();
            }
            return;
        }
        let (worker, from_seat, before, asleep) = {
            let mut sleepers = self.sleepers.lock();
            if !self.wants_waking(self.word.load()) {
                return;
            }
            let (worker, from_seat) = match sleepers.stack.pop() {
                Some(worker) => (worker, false),
                None => (sleepers.seat.take().expect("the word counts a sleeper that the list lacks"), true),
            };
            let before = self.word.claim();
            // Inside the lock, so that a sleeper that leaves by itself cannot take this call for its next sleep.
            let asleep = !mutation::on("TOKEN_OUTSIDE") && crew.token(worker).notify();
            (worker, from_seat, before, asleep)
        };
        let asleep = if mutation::on("TOKEN_OUTSIDE") { crew.token(worker).notify() } else { asleep };
        self.arm_if_first(before, crew);
        if asleep {
            if from_seat {
                crew.kick();
            } else {
                crew.unpark(worker);
            }
        }
    }

    /// `before` is the word that a transition replaced which raised R: the one that raised it from 0 arms the driver
    /// thread, unless it is armed. The bit in that same value decides, so no arming is missed.
    fn arm_if_first(&self, before: Snapshot, crew: &impl Crew) {
        if before.running() == 0 && !before.armed() && !mutation::on("NO_ARM") && self.word.arm() {
            crew.wake_driver_thread();
        }
    }

    /// The caller has nothing to do and asks to search. False: enough others do.
    #[must_use]
    pub(crate) fn start_search(&self) -> bool {
        self.word.start_search(MOST_SEARCHERS)
    }

    /// A searcher found work. If it was the last one and more is visible it sends the next one.
    pub(crate) fn search_succeeded(&self, crew: &impl Crew) {
        let before = self.word.end_search();
        if before.searchers() == 1 && !mutation::on("NO_HANDOVER") {
            if !mutation::on("NO_HANDOVER_FENCE") {
                // ORDERING: SeqCst pairs with the fence of producers that saw this searcher and woke nobody (model b).
                fence(Ordering::SeqCst);
            }
            if crew.any_work() {
                self.wake_one(crew);
            }
        }
    }

    /// First half of falling asleep: counts the worker as a sleeper and looks once more at the queues if nobody else
    /// is sure to. `None`: the runtime shuts down, or there is work; the caller goes on, as a searcher in the latter
    /// case.
    pub(crate) fn announce_park(&self, worker: usize, searching: bool, crew: &impl Crew) -> Result<Sleep, Refused> {
        let (now, seat) = {
            let mut sleepers = self.sleepers.lock();
            match self.word.announce(searching) {
                Announced::Shut => return Err(Refused::Shut),
                Announced::Asleep { now, seat } => {
                    if seat {
                        debug_assert!(sleepers.seat.is_none());
                        sleepers.seat = Some(worker);
                    } else {
                        sleepers.stack.push(worker);
                    }
                    (now, seat)
                }
            }
        };
        let sleep = Sleep { worker, seat };
        if !mutation::on("NO_PARK_FENCE") {
            // ORDERING: SeqCst pairs with the fence in `work_published` (models a1, a2).
            fence(Ordering::SeqCst);
        }
        // By the resulting counts, whatever the caller was: while somebody searches, or as many run as may, the later
        // end of that search or run looks in its turn (model b, mutation SCAN_ONLY_IF_SEARCHING).
        let last = now.searchers() == 0 && now.running() < self.limit;
        let scan = last && (searching || !mutation::on("SCAN_ONLY_IF_SEARCHING")) && !mutation::on("NO_PARK_SCAN");
        // A retract that fails was claimed meanwhile: the sleep that follows ends at once, by the token.
        if scan && crew.any_work() && self.retract(sleep, true, crew) {
            return Err(Refused::WorkFound);
        }
        Ok(sleep)
    }

    /// The sleeper takes itself off the list. False: somebody claimed it, and its token is or will be notified.
    #[must_use]
    pub(crate) fn retract(&self, sleep: Sleep, searching: bool, crew: &impl Crew) -> bool {
        let before = {
            let mut sleepers = self.sleepers.lock();
            let listed = if sleep.seat {
                sleepers.seat.take_if(|worker| *worker == sleep.worker).is_some()
            } else {
                let position = sleepers.stack.iter().rposition(|worker| *worker == sleep.worker);
                position.map(|position| sleepers.stack.remove(position)).is_some()
            };
            if !listed {
                return false;
            }
            self.word.retract(searching, sleep.seat)
        };
        self.arm_if_first(before, crew);
        true
    }

    /// A claimed sleeper is up. It leaves the seat if it had it; it counts as a searcher.
    pub(crate) fn claimed(&self, sleep: Sleep) {
        if sleep.seat {
            let _ = self.word.leave_seat();
        }
    }

    /// Takes the seat for a poll that does not wait. False: somebody sits there.
    #[must_use]
    pub(crate) fn take_seat(&self) -> bool {
        self.word.take_seat()
    }

    /// A running worker leaves the seat after a poll that did not wait.
    pub(crate) fn leave_seat(&self) {
        let _ = self.word.leave_seat();
    }

    /// The driver thread leaves the seat: somebody may have fallen asleep on a token because the seat was taken, so the
    /// seat must not stay empty.
    pub(crate) fn driver_thread_leaves_seat(&self, crew: &impl Crew) {
        let now = self.word.leave_seat();
        if !mutation::on("D_RELEASE_NOCHECK") {
            self.runner_left(now, crew);
        }
    }

    /// A running worker no longer counts: it was found stuck in a poll (the caller won the change of its mode), or it is a
    /// spare that nobody needs.
    pub(crate) fn worker_left(&self, crew: &impl Crew) {
        let now = self.word.leave_runners();
        self.fence_of_leavers();
        self.runner_left(now, crew);
    }

    /// The caller, a worker, is about to block on purpose and does not count until it has [rejoined](Self::worker_rejoined).
    /// What its LIFO slot held is in its deque. `next_ns` is the next deadline on its wheel.
    pub(crate) fn worker_blocks(&self, mode: &Mode, next_ns: u64, crew: &impl Crew) {
        let lowered = next_ns != NEVER && !mutation::on("BLOCK_TIMER_SKIP") && self.deadline.leave(next_ns);
        // If the worker is marked the driver thread has subtracted it, but it may not have seen what came to the deque
        // since, and it looks no more at a slot that blocks on purpose.
        let now = if mode.block() { self.word.leave_runners() } else { self.word.load() };
        self.fence_of_leavers();
        if lowered && self.word.load().seat_taken() && !mutation::on("BLOCK_NO_KICK") {
            crew.kick();
        }
        self.runner_left(now, crew);
    }

    fn fence_of_leavers(&self) {
        if !mutation::on("LEFT_NO_FENCE") {
            // ORDERING: SeqCst pairs with the fence in `work_published`, as that in `announce_park` does: a producer that
            // still saw the runner woke nobody, and then the scan in `runner_left` sees its work (model f3).
            fence(Ordering::SeqCst);
        }
    }

    /// A marked or blocked worker is back.
    pub(crate) fn worker_rejoined(&self, crew: &impl Crew) {
        let before = self.word.rejoin_runners();
        self.arm_if_first(before, crew);
    }

    /// Somebody who could act is gone: if work is visible, or nobody runs and nobody polls, wakes one. If there is nobody
    /// to wake, the driver thread hears of it at once instead of at its next tick.
    fn runner_left(&self, now: Snapshot, crew: &impl Crew) {
        if !self.is_missed(now, crew) {
            return;
        }
        self.wake_one(crew);
        let now = self.word.load();
        if now.running() == 0 && now.sleepers() == 0 && !now.shut() {
            crew.wake_driver_thread();
        }
    }

    /// Whether the runner that left, which made the word `now`, has left something undone.
    fn is_missed(&self, now: Snapshot, crew: &impl Crew) -> bool {
        let nobody_polls = now.running() == 0 && !now.seat_taken() && !mutation::on("LEFT_NO_SEATCHECK");
        nobody_polls || (crew.any_work() && !mutation::on("LEFT_NO_SCAN"))
    }

    /// More workers run than may: the caller, if it has nothing to do, should sleep rather than look for work.
    #[inline]
    pub(crate) fn has_surplus(&self) -> bool {
        self.word.load().running() > self.limit
    }

    /// The driver thread, once a tick: whether a spare worker has to be started, since workers are stuck or blocked and
    /// nobody sleeps whom one could wake. If so it counts as a searching runner from now on.
    ///
    /// While workers are stuck (`any_stuck`) the driver thread ticks, and serves poller and timers itself, so a spare is
    /// for work alone. If all of them block on purpose it is for the poller too.
    #[must_use]
    pub(crate) fn hire(&self, any_stuck: bool, crew: &impl Crew) -> bool {
        let now = self.word.load();
        let nobody_polls = now.running() == 0 && !any_stuck;
        let helpless = now.sleepers() == 0 && now.searchers() == 0 && now.running() < self.limit;
        helpless && (nobody_polls || crew.any_work()) && self.word.hire(self.limit)
    }

    /// The spare worker could not be started. The caller tries again at a later tick.
    pub(crate) fn hire_failed(&self, crew: &impl Crew) {
        let now = self.word.unhire();
        self.fence_of_leavers();
        // Somebody may have fallen asleep since, or seen a searcher and woken nobody.
        if self.is_missed(now, crew) && !mutation::on("HIRE_FAILED_NO_SCAN") {
            self.wake_one(crew);
        }
    }

    /// A deadline was left by a thread that will not look after it. Whoever sits at the poller learns of it.
    pub(crate) fn deadline_left(&self, deadline_ns: u64, crew: &impl Crew) {
        if !self.deadline.leave(deadline_ns) {
            return;
        }
        if !mutation::on("TIMER_NO_FENCE") {
            // ORDERING: SeqCst pairs with the fence in `announce_park`: either the sleeper reads this deadline or this
            // thread sees SEAT (model e1).
            fence(Ordering::SeqCst);
        }
        if self.word.load().seat_taken() && !mutation::on("TIMER_NO_KICK") {
            crew.kick();
        }
    }

    /// The driver thread, once a tick: wakes somebody for work that nobody looks at.
    pub(crate) fn tick(&self, crew: &impl Crew) {
        // ORDERING: SeqCst pairs with the fence in `announce_park`: a worker that falls asleep now sees the work, or this
        // thread sees the sleeper.
        fence(Ordering::SeqCst);
        if crew.any_work() {
            self.wake_one(crew);
        }
    }

    /// The driver thread wants to sleep until somebody arms it. True if nobody runs, a worker sleeps, and somebody is at the
    /// poller.
    #[must_use]
    pub(crate) fn disarm(&self) -> bool {
        self.word.disarm()
    }

    /// Nobody may fall asleep any more; whoever sleeps is woken. False if that was done before.
    pub(crate) fn shut(&self, crew: &impl Crew) -> bool {
        if !self.word.shut() {
            return false;
        }
        let mut woken = Vec::new();
        {
            let mut sleepers = self.sleepers.lock();
            while let Some(worker) = sleepers.stack.pop() {
                let _ = self.word.claim();
                woken.push((worker, false, crew.token(worker).notify()));
            }
            if let Some(worker) = sleepers.seat.take() {
                let _ = self.word.claim();
                woken.push((worker, true, crew.token(worker).notify()));
            }
        }
        for (worker, from_seat, asleep) in woken {
            match (asleep, from_seat) {
                (true, true) => crew.kick(),
                (true, false) => crew.unpark(worker),
                (false, _) => {}
            }
        }
        crew.wake_driver_thread();
        true
    }

    /// A worker's thread ends, or never began. Its slot stays asleep, so that a late mark does not subtract it again.
    pub(crate) fn worker_ended(&self, mode: &Mode, searching: bool, crew: &impl Crew) {
        while !mode.fall_asleep() && !mutation::on("END_NO_CAS") {
            mode.run();
            self.worker_rejoined(crew);
        }
        if searching {
            let _ = self.word.end_search();
        }
        let _ = self.word.leave_runners();
    }
}

/// Why a worker may not sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The runtime shuts down. The caller is what it was.
    Shut,
    /// There is work. The caller is a searcher now.
    WorkFound,
}

//! The state word of a task: flags, reference count and count of wakes in one `u64`.
//!
//! This file owns the word; no bit of it leaves. The other files of this module call the transitions by name and act
//! on their outcomes. The numbers (#1 to #14) are those of the transition table in `README.md`, which also says who
//! may make which transition and why the orderings suffice.
//!
//! ```text
//!  63            32 31             6   5    4       3        2         1        0
//! +----------------+----------------+----+-------+--------+--------+---------+-----+
//! |     wakes      |      refs      | -- | JOIN_ | JOIN_  | COM-   | CAN-    |CLAIM|
//! | since the poll | wakers+handles |    | WAKER | INTER. | PLETE  | CELLED  |     |
//! +----------------+----------------+----+-------+--------+--------+---------+-----+
//! ```

use std::fmt;
use std::process;

use heist_primitives::alloc::Liveness;
use heist_primitives::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use heist_primitives::atomic::{AtomicU64, acquire_fence};
use heist_primitives::mutation::{on, weaken};

/// The runtime may still touch the cell. This is the runtime's reference.
const CLAIM: u64 = 1 << 0;
/// Whoever holds the runnable shall drop the future instead of polling it.
const CANCELLED: u64 = 1 << 1;
/// The future is gone; the output is written, or dropped if nobody wants it. Unset implies [`CLAIM`].
const COMPLETE: u64 = 1 << 2;
/// The `JoinHandle` exists.
const JOIN_INTEREST: u64 = 1 << 3;
/// The join waker is stored. Without meaning once [`COMPLETE`] is set.
const JOIN_WAKER: u64 = 1 << 4;

/// One waker or handle.
const REF: u64 = 1 << 6;
const REFS: u64 = (WAKE - 1) & !(REF - 1);
/// Cloning beyond this would carry into the wakes soon: the process is aborted, as `Arc` does.
const MAX_REFS: u64 = 1 << 25;
/// One wake since the last poll began.
const WAKE: u64 = 1 << 32;

/// Wakes that a poll answers at most; beyond it they are folded together (#5).
fn limit() -> u64 {
    if on("small_limit") { 1 } else { 1 << 30 }
}

/// A value of the word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Snapshot(u64);

impl Snapshot {
    fn claim(self) -> bool {
        self.0 & CLAIM != 0
    }

    pub(super) fn is_cancelled(self) -> bool {
        self.0 & CANCELLED != 0
    }

    pub(super) fn is_complete(self) -> bool {
        self.0 & COMPLETE != 0
    }

    pub(super) fn has_join_interest(self) -> bool {
        self.0 & JOIN_INTEREST != 0
    }

    pub(super) fn has_join_waker(self) -> bool {
        self.0 & JOIN_WAKER != 0
    }

    fn refs(self) -> u64 {
        (self.0 & REFS) / REF
    }

    fn wakes(self) -> u64 {
        self.0 / WAKE
    }

    /// A wake found the task at rest: whoever made it schedules the task.
    fn is_idle(self) -> bool {
        self.wakes() == 0 && !self.is_complete()
    }

    /// Giving back one reference from this value leaves nobody.
    fn is_last_ref(self) -> bool {
        self.refs() == 1 && !self.claim()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = [
            (CLAIM, "claim"),
            (CANCELLED, "cancelled"),
            (COMPLETE, "complete"),
            (JOIN_INTEREST, "join-interest"),
            (JOIN_WAKER, "join-waker"),
        ];
        for (_, name) in flags.iter().filter(|(bit, _)| self.0 & bit != 0) {
            write!(f, "{name} ")?;
        }
        write!(f, "refs={} wakes={}", self.refs(), self.wakes())
    }
}

/// What a wake has to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Wake {
    /// The caller holds the runnable now: schedule it.
    Schedule,
    /// It gave the last reference back: free the cell.
    Free,
    /// Nothing.
    Nothing,
}

/// The wakes that were there when a poll began, and which it answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen(u64);

/// How a run begins.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(super) enum Begin {
    /// Poll the future.
    Poll(Seen),
    /// Drop it.
    Cancelled,
}

/// What follows a poll that was pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Pended {
    /// The runnable is gone; nothing of the task may be touched.
    Idle,
    /// It was woken meanwhile: the runnable goes to the tail of a queue.
    Again,
    /// It was aborted meanwhile: drop the future.
    Cancelled,
}

/// What follows completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Completed {
    /// Nobody else knows the task: free the cell.
    Alone,
    /// The claim is given up; nothing of the task may be touched.
    GaveUp,
    /// The caller still has the claim, and the join waker if there is one.
    Claimed { join_waker: bool },
}

/// What an abort has to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Abort {
    /// The caller holds the runnable now: schedule it.
    Schedule,
    /// Somebody else holds the runnable and will see the flag.
    Noted,
    /// The task was complete, or aborted before.
    Late,
}

/// The word.
pub(super) struct State {
    word: AtomicU64,
    live: Liveness,
}

impl State {
    /// #1: a task that is about to be pushed for the first time, with its `JoinHandle`.
    pub(super) fn spawned() -> Self {
        Self { word: AtomicU64::new(CLAIM | JOIN_INTEREST | REF | WAKE), live: Liveness::new() }
    }

    fn word(&self) -> &AtomicU64 {
        self.live.accessed();
        &self.word
    }

    /// The memory is about to be freed.
    pub(super) fn ended(&self) {
        self.live.ended();
    }

    /// #7, #11, #12, #14: the present value.
    pub(super) fn load(&self) -> Snapshot {
        // ORDERING: Acquire pairs with the Release half of `complete`: who sees COMPLETE sees the output. It pairs with
        // `ref_dec` where the caller frees the cell without another operation. Model: join_set_vs_complete.
        Snapshot(self.word().load(weaken("join_load", Acquire)))
    }

    /// #2: one more waker or handle. The caller has one already.
    pub(super) fn ref_inc(&self) {
        // A new reference comes from an existing one, which orders everything that matters: Relaxed.
        let old = Snapshot(self.word().fetch_add(REF, Relaxed));
        if old.refs() >= MAX_REFS {
            process::abort();
        }
        if old.wakes() > limit() {
            self.fold();
        }
    }

    /// #6: one waker or handle less. True if the caller has to free the cell.
    #[must_use]
    pub(super) fn ref_dec(&self) -> bool {
        // ORDERING: Release pairs with the fence of whoever frees, so that nothing we did to the cell comes after that.
        // Model: three_droppers.
        let old = Snapshot(self.word().fetch_sub(REF, weaken("ref_dec", Release)));
        debug_assert!(old.refs() > 0, "{old:?}");
        old.is_last_ref() && self.acquired_to_free()
    }

    /// #3: a wake that keeps its reference.
    pub(super) fn wake_by_ref(&self) -> Wake {
        // ORDERING: Release pairs with `begin_run`: the poll that answers this wake sees what was done before it.
        // Model: wake_ref_vs_run.
        let old = Snapshot(self.word().fetch_add(WAKE, weaken("wake_by_ref", Release)));
        if old.wakes() > limit() {
            self.fold();
        }
        if old.is_idle() { self.acquired_to_schedule() } else { Wake::Nothing }
    }

    /// #4: a wake that gives its reference back.
    pub(super) fn wake_by_val(&self) -> Wake {
        // ORDERING: as `wake_by_ref` and `ref_dec` in one. There is no reference left with which to fold.
        // Models: wake_val_vs_run, last_ref_wake.
        let old = Snapshot(self.word().fetch_add(WAKE - REF, weaken("wake_by_val", Release)));
        debug_assert!(old.refs() > 0, "{old:?}");
        if old.is_idle() {
            self.acquired_to_schedule()
        } else if old.is_last_ref() && self.acquired_to_free() {
            Wake::Free
        } else {
            Wake::Nothing
        }
    }

    /// #5: keeps the count of wakes away from its end. The caller has a reference or is inside the poll.
    ///
    /// Down to `limit + 1` and not further: a poll answers `limit` wakes at most, so one at least is left over for a
    /// poll that began before. Taking the wake back instead would lose it. Model: overflow.
    #[cold]
    fn fold(&self) {
        let most = limit() + 1;
        let mut now = self.word().load(Relaxed);
        while Snapshot(now).wakes() > most {
            let next = now % WAKE + most * WAKE;
            match self.word().compare_exchange_weak(now, next, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(seen) => now = seen,
            }
        }
    }

    /// #7: the holder of the runnable starts to run it.
    pub(super) fn begin_run(&self) -> Begin {
        // ORDERING: Acquire pairs with the Release of each wake and abort counted here. Model: wake_ref_vs_run.
        let now = Snapshot(self.word().load(weaken("begin_run", Acquire)));
        debug_assert!(now.wakes() > 0 && now.claim() && !now.is_complete(), "{now:?}");
        if now.is_cancelled() {
            Begin::Cancelled
        } else if on("no_min") {
            Begin::Poll(Seen(now.wakes()))
        } else {
            Begin::Poll(Seen(now.wakes().min(limit())))
        }
    }

    /// #8: the poll was pending. The wakes alone decide, whatever the flags and references say: an abort that came
    /// meanwhile has added a wake, and a task that nobody can wake any more belongs to the shutdown.
    /// Models: abort_vs_run_pending, unwakeable_drop_vs_run.
    pub(super) fn end_pending(&self, seen: Seen) -> Pended {
        // ORDERING: Release pairs with the fence of the wake that schedules the task next, and so with the next run:
        // it sees the future and the queue link as we leave them. Model: two_runners.
        let old = Snapshot(self.word().fetch_sub(seen.0 * WAKE, weaken("end_pending", Release)));
        debug_assert!(old.wakes() >= seen.0 && old.claim() && !old.is_complete(), "{old:?}");
        if old.wakes() == seen.0 {
            if on("drop_unreachable") && old.refs() == 0 {
                return Pended::Cancelled;
            }
            Pended::Idle
        } else if old.is_cancelled() {
            // ORDERING: pairs with the Release of the abort: the destructor sees what preceded it. The other outcomes
            // need nothing. Model: abort_publishes.
            self.acquire_unless("cancel_fence");
            Pended::Cancelled
        } else {
            Pended::Again
        }
    }

    /// #10: the future is gone and the output stored.
    ///
    /// `home` says that no list but the caller's has the task, and it not any more. `drop_output` is called when it
    /// turns out that nobody wants the output, perhaps several times; always before the word says COMPLETE.
    pub(super) fn complete(&self, home: bool, mut drop_output: impl FnMut()) -> Completed {
        // ORDERING: Acquire, here and where the exchange fails, pairs with `ref_dec` and `drop_interest`: with refs = 0
        // we free without another operation. Model: jh_drop_vs_complete.
        let mut now = Snapshot(self.word().load(weaken("complete_load", Acquire)));
        loop {
            debug_assert!(now.claim() && !now.is_complete(), "{now:?}");
            let alone = home && now.refs() == 0;
            if alone || !now.has_join_interest() {
                drop_output();
            }
            if alone {
                return Completed::Alone;
            }
            let gives_up = home && !now.has_join_waker();
            let next = ((now.0 % WAKE) | COMPLETE) & !(if gives_up { CLAIM } else { 0 });
            // ORDERING: Release pairs with `load`, `set_join_waker` and `unset_join_waker` of the `JoinHandle`, which
            // takes the output, and with the fence of whoever frees. Acquire pairs with `set_join_waker`: the waker is
            // read next, and it may have been replaced since `now`. Models: join_set_vs_complete, join_replace_vs_complete.
            let order = if on("complete_acquire") { Release } else { weaken("complete", AcqRel) };
            match self.word().compare_exchange(now.0, next, order, weaken("complete_load", Acquire)) {
                Ok(_) if gives_up => return Completed::GaveUp,
                Ok(_) => return Completed::Claimed { join_waker: now.has_join_waker() },
                Err(seen) => now = Snapshot(seen),
            }
        }
    }

    /// #10c, #10d: the runtime has done with a complete task. True if the caller has to free the cell.
    #[must_use]
    pub(super) fn release_claim(&self) -> bool {
        // ORDERING: Release as in `ref_dec`. Models: join_replace_vs_complete, foreign_complete_vs_join_drop.
        let old = Snapshot(self.word().fetch_and(!CLAIM, weaken("release_claim", Release)));
        debug_assert!(old.claim() && old.is_complete(), "{old:?}");
        old.refs() == 0 && self.acquired_to_free()
    }

    /// #11b: the `JoinHandle` has written the join waker. In the old value COMPLETE says that it came too late.
    pub(super) fn set_join_waker(&self) -> Snapshot {
        // ORDERING: Release pairs with `complete`, which reads the waker; Acquire pairs with it too, for the output.
        // Model: join_set_vs_complete.
        let order = if on("set_join_waker_acquire") { Release } else { weaken("set_join_waker", AcqRel) };
        let old = Snapshot(self.word().fetch_or(JOIN_WAKER, order));
        debug_assert!(old.has_join_interest() && !old.has_join_waker(), "{old:?}");
        old
    }

    /// #11a: the `JoinHandle` wants its slot back. In the old value COMPLETE says that it came too late.
    pub(super) fn unset_join_waker(&self) -> Snapshot {
        // ORDERING: Acquire pairs with `complete`: we may take the output at once. Model: join_replace_vs_complete.
        let old = Snapshot(self.word().fetch_and(!JOIN_WAKER, weaken("unset_join_waker", Acquire)));
        debug_assert!(old.has_join_interest() && (old.has_join_waker() || old.is_complete()), "{old:?}");
        old
    }

    /// #12: the `JoinHandle` goes while the task is not complete. The new value if that has changed.
    ///
    /// Never frees: the claim is there. A plain subtraction after a look at COMPLETE would leak the output of a task
    /// that completes in between. Model: jh_drop_vs_complete.
    pub(super) fn drop_interest(&self, now: Snapshot) -> Result<(), Snapshot> {
        debug_assert!(now.has_join_interest() && !now.is_complete() && !now.has_join_waker(), "{now:?}");
        let delta = REF + JOIN_INTEREST;
        if on("jdrop_check_then_sub") {
            self.word().fetch_sub(delta, Release);
            return Ok(());
        }
        // ORDERING: Release as in `ref_dec`; Acquire on failure as in `load`. Model: jh_drop_vs_complete.
        let result = self.word().compare_exchange(
            now.0,
            now.0 - delta,
            weaken("drop_interest", Release),
            weaken("join_load", Acquire),
        );
        result.map(drop).map_err(Snapshot)
    }

    /// #12a: whether the holder of a reference, who has seen `now` by [`load`](Self::load), is the last one.
    pub(super) fn is_last(&self, now: Snapshot) -> bool {
        now.is_last_ref()
    }

    /// #13: sets CANCELLED and adds a wake in one step, so that a runnable exists that will see the flag.
    pub(super) fn abort(&self) -> Abort {
        let mut now = self.word().load(Relaxed);
        loop {
            if now & (CANCELLED | COMPLETE) != 0 {
                return Abort::Late;
            }
            let next = (now | CANCELLED) + WAKE;
            // ORDERING: Release as in `wake_by_ref`. Model: abort_publishes.
            match self.word().compare_exchange_weak(now, next, weaken("abort", Release), Relaxed) {
                Ok(_) if Snapshot(now).is_idle() => {
                    let _ = self.acquired_to_schedule();
                    return Abort::Schedule;
                }
                Ok(_) => return Abort::Noted,
                Err(seen) => now = seen,
            }
        }
    }

    /// The caller's own operation found nobody left.
    fn acquired_to_free(&self) -> bool {
        // ORDERING: pairs with the Release of every operation that gave a reference or the claim back.
        // Model: three_droppers.
        self.acquire_unless("free_fence");
        true
    }

    /// The caller's own operation found the task at rest.
    fn acquired_to_schedule(&self) -> Wake {
        // ORDERING: pairs with `end_pending` of the last run: the queue link, which we write next, was read before it.
        // Model: two_runners.
        self.acquire_unless("schedule_fence");
        Wake::Schedule
    }

    /// An Acquire fence. The callers name its partner.
    fn acquire_unless(&self, fault: &'static str) {
        if !on(fault) {
            acquire_fence(self.word());
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load().fmt(f)
    }
}

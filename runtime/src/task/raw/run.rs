//! The right to run a task once, and what follows a poll.

#![allow(unsafe_code)]

use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::NonNull;
use std::task::Context;
use std::thread;

use heist_primitives::mutation::on;
use heist_primitives::panic::quietly;

use super::cell::{Header, Task};
use super::place::{NOBODY, Place};
use super::state::{Begin, Completed, Pended, Seen};
use super::waker;
use crate::task::coop;
use crate::task::id::Id;

/// The right to run a task: it exists once while the task has unanswered wakes (rule T2).
///
/// It has to be pushed to a queue, run, or cancelled. Dropping it would leave the task neither runnable nor wakeable.
#[must_use = "a task whose runnable is lost never runs again"]
#[repr(transparent)]
pub(crate) struct Runnable(Task);

// SAFETY: running a future that is not `Send` on its own thread is what the caller of `new_task` promised (rule T10).
// Everything else in the cell is made for many threads.
unsafe impl Send for Runnable {}

impl Runnable {
    pub(super) fn from_task(task: Task) -> Self {
        Self(task)
    }

    pub(super) fn task(&self) -> Task {
        self.0
    }

    pub(super) fn into_task(self) -> Task {
        ManuallyDrop::new(self).0
    }

    /// The runnable as a pointer, for queues of pointers.
    pub(crate) fn into_raw(self) -> NonNull<Header> {
        self.into_task().into_raw()
    }

    /// The runnable back from the pointer.
    ///
    /// # Safety
    ///
    /// The pointer comes from [`into_raw`](Self::into_raw), and this is the only use of it.
    pub(crate) unsafe fn from_raw(raw: NonNull<Header>) -> Self {
        Self(Task::from_raw(raw))
    }

    /// The task's id.
    pub(crate) fn id(&self) -> Id {
        self.0.id()
    }

    /// Where the task was spawned.
    pub(crate) fn spawned_at(&self) -> &'static Location<'static> {
        self.0.spawned_at()
    }

    /// The number of the place that has adopted the task.
    pub(crate) fn owner(&self) -> Option<u32> {
        // SAFETY: rule T2: this is the runnable.
        let owner = unsafe { self.0.owner() };
        (owner != NOBODY).then_some(owner)
    }

    /// Polls the task once, on the thread that has `place`; or drops its future if it was aborted.
    ///
    /// A panic of the future stays in its `JoinHandle`. True if the task is complete now.
    #[inline]
    pub(crate) fn run(self, place: &Place) -> bool {
        match self.0.state().begin_run() {
            Begin::Poll(seen) => {
                place.adopt(&self);
                poll(self.into_task(), seen, place)
            }
            Begin::Cancelled => {
                cancel(self.into_task(), place);
                true
            }
        }
    }

    /// Drops the future without polling it, on the thread that has `place` (#9).
    pub(crate) fn cancel(self, place: &Place) {
        // The load orders the destructor after everything that preceded the wakes of this runnable.
        let _ = self.0.state().load();
        cancel(self.into_task(), place);
    }
}

impl fmt::Debug for Runnable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spawned_at = format_args!("{}", self.0.spawned_at());
        f.debug_struct("Runnable").field("id", &self.id()).field("spawned_at", &spawned_at).finish()
    }
}

impl Drop for Runnable {
    fn drop(&mut self) {
        debug_assert!(thread::panicking(), "a runnable was dropped: push it, run it or cancel it");
    }
}

fn poll(task: Task, seen: Seen, place: &Place) -> bool {
    let waker = waker::lent(task);
    let mut cx = Context::from_waker(&waker);
    // SAFETY: rule T2: the caller gave us the runnable.
    let polled = coop::with_budget(|| unsafe { task.poll(&mut cx) });
    if polled.is_ready() {
        complete(task, place);
        return true;
    }
    match task.state().end_pending(seen) {
        // The runnable is gone, and with it our right to the cell (rule T1).
        Pended::Idle => false,
        Pended::Again => {
            // SAFETY: rule T2: wakes are left, so we still hold the runnable.
            unsafe { task.reschedule() };
            false
        }
        Pended::Cancelled => {
            cancel(task, place);
            true
        }
    }
}

fn cancel(task: Task, place: &Place) {
    // SAFETY: rule T2: the caller gave us the runnable.
    unsafe { task.cancel() };
    complete(task, place);
}

/// The future is gone and the output stored: publishes that (#10), and gives up the claim if it is ours to give.
fn complete(task: Task, place: &Place) {
    // SAFETY: rule T2: until the word says COMPLETE we hold the runnable.
    let owner = unsafe { task.owner() };
    let mut home = owner == NOBODY;
    if place.is(owner) {
        place.unlink(task);
        home = true;
    }
    home |= on("foreign_frees");
    // SAFETY: rule T2, as above: `complete` calls this only before the word says COMPLETE.
    match task.state().complete(home, || unsafe { task.drop_output() }) {
        // SAFETY: rule T7, by the outcome.
        Completed::Alone => unsafe { task.free() },
        Completed::GaveUp => {}
        Completed::Claimed { join_waker } => {
            // SAFETY: rule T5: the exchange that set COMPLETE found the waker, so it is ours.
            let waker = join_waker.then(|| unsafe { task.read_join_waker() });
            if home {
                release_claim(task);
            } else {
                // SAFETY: rule T6: it is complete, in the list of `owner`, and we have the claim.
                unsafe { task.hand_back(owner) };
            }
            // Last, since it runs code of others: whatever it does, the task is settled.
            if let Some(waker) = waker {
                quietly(|| waker.wake());
            }
        }
    }
}

/// Gives up the claim on a complete task that is in no list (#10c, #10d).
pub(super) fn release_claim(task: Task) {
    if task.state().release_claim() {
        // SAFETY: rule T7, by the outcome.
        unsafe { task.free() };
    }
}

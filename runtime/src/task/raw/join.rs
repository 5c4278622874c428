//! The receiving end of a task's output: the only party that may register the join waker and take the output.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::task::{Poll, Waker};

use heist_primitives::panic::quietly;

use super::TaskRef;
use super::cell::Task;
use super::state::Snapshot;
use super::waker;
use crate::task::error::JoinError;
use crate::task::id::Id;

/// The right to a task's output, with a counted reference.
pub(crate) struct Join<T> {
    task: Task,
    output: PhantomData<T>,
}

// SAFETY: it can move the output to its thread and drop it there, which needs `T: Send`, and nothing else of the task
// depends on the thread.
unsafe impl<T: Send> Send for Join<T> {}
// SAFETY: a shared one can only look at the word and abort.
unsafe impl<T: Send> Sync for Join<T> {}
impl<T> Unpin for Join<T> {}
// No reference to the output is ever given out, so a panic cannot leave one half changed.
impl<T> UnwindSafe for Join<T> {}
impl<T> RefUnwindSafe for Join<T> {}

impl<T> Join<T> {
    /// # Safety
    ///
    /// The task's word counts one reference and the join interest for this value, and its output is a `T`.
    pub(super) unsafe fn new(task: Task) -> Self {
        Self { task, output: PhantomData }
    }

    /// The output, or the promise to wake `waker` when it is there.
    ///
    /// # Panics
    ///
    /// If the output was taken before.
    #[track_caller]
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<Result<T, JoinError>> {
        if self.register(waker) { Poll::Ready(self.take()) } else { Poll::Pending }
    }

    /// The output of a task that is known to be complete, and the end of this handle: there is no output left to drop.
    ///
    /// # Panics
    ///
    /// If the output was taken before.
    #[track_caller]
    pub(crate) fn into_output(self) -> Result<T, JoinError> {
        let mut this = ManuallyDrop::new(self);
        // The Acquire of this load is also that for the output.
        let now = this.task.state().load();
        assert!(now.is_complete(), "the output of a task that is not complete");
        let output = this.take();
        this.release_complete(now);
        output
    }

    /// True if the task is complete; otherwise `waker` is the one that will be woken when it is.
    pub(crate) fn register(&mut self, waker: &Waker) -> bool {
        let now = self.task.state().load();
        if now.is_complete() {
            return true;
        }
        // SAFETY: rule T5: the slot is filled and frozen, as long as we do not unset it.
        if now.has_join_waker() && unsafe { self.task.join_waker_is(waker) } {
            return false;
        }
        // User code; if it panics nothing has changed yet.
        let waker = waker.clone();
        if now.has_join_waker() {
            match self.unset_waker() {
                Ok(old) => drop(old),
                Err(Complete) => return true,
            }
        }
        // SAFETY: rule T5: JOIN_WAKER is unset and only we set it, so the slot is ours, and it is empty.
        unsafe { self.task.write_join_waker(waker) };
        if self.task.state().set_join_waker().is_complete() {
            // SAFETY: rule T5: the exchange that set COMPLETE did not find the waker, so it is still ours.
            drop(unsafe { self.task.read_join_waker() });
            return true;
        }
        false
    }

    /// Takes the registered waker back (#11a).
    fn unset_waker(&mut self) -> Result<Waker, Complete> {
        if self.task.state().unset_join_waker().is_complete() {
            return Err(Complete);
        }
        // SAFETY: rule T5: it was set before COMPLETE and we have unset it before COMPLETE.
        Ok(unsafe { self.task.read_join_waker() })
    }

    /// The task is known to be complete. Not asserted: the load would acquire, and hide from the models that a caller has
    /// not (faults `join_set_without_acquire` and `join_unset_without_acquire`).
    #[track_caller]
    fn take(&mut self) -> Result<T, JoinError> {
        // SAFETY: rule T4: every caller has seen COMPLETE.
        unsafe { self.task.take_output() }
    }

    /// Cancels the task at its next chance, if it is not complete.
    pub(crate) fn abort(&self) {
        waker::abort(self.task);
    }

    /// True once the future is gone and the output available.
    pub(crate) fn is_finished(&self) -> bool {
        self.task.state().load().is_complete()
    }

    /// The task's id.
    pub(crate) fn id(&self) -> Id {
        self.task.id()
    }

    /// A counted reference to the task.
    pub(crate) fn task_ref(&self) -> TaskRef {
        TaskRef::new(self.task)
    }

    /// #12a: the task is complete, so the output is ours to drop.
    fn drop_complete(&mut self, now: Snapshot) {
        // SAFETY: rule T4: `now` says COMPLETE.
        unsafe { self.task.drop_output() };
        self.release_complete(now);
    }

    /// The end of #12a: gives the reference back. The output is gone.
    fn release_complete(&mut self, now: Snapshot) {
        // Nobody but us can give references any more if `now` says that ours is the last.
        if self.task.state().is_last(now) {
            // SAFETY: rule T7: we are the last, and `load` was an Acquire.
            unsafe { self.task.free() };
        } else {
            // SAFETY: the reference is ours.
            unsafe { waker::drop_reference(self.task) };
        }
    }
}

/// The task completed meanwhile.
struct Complete;

impl<T> Drop for Join<T> {
    fn drop(&mut self) {
        let mut now = self.task.state().load();
        loop {
            if now.is_complete() {
                return self.drop_complete(now);
            }
            if now.has_join_waker() {
                // Nobody waits any more, so nobody shall be woken.
                if let Ok(old) = self.unset_waker() {
                    quietly(|| drop(old));
                }
                now = self.task.state().load();
                continue;
            }
            match self.task.state().drop_interest(now) {
                Ok(()) => return,
                Err(seen) => now = seen,
            }
        }
    }
}

impl<T> fmt::Debug for Join<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Join").field(&self.id()).finish()
    }
}

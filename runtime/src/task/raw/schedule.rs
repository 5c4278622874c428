//! What a task needs of its scheduler.

#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::{Returned, Runnable};
use crate::task::id::Id;

/// The scheduler of a task, as far as the task knows it.
///
/// `this` is the pointer given to [`new_task`](super::new_task), usually the inside of an `Arc`. The task holds no
/// count on it: the scheduler stays alive because its shutdown waits for its tasks (rule T9). None of these functions
/// may panic or run the task in place, unless it says so.
pub(crate) trait Schedule: Sized + Send + Sync + 'static {
    /// A wake or an abort made the task runnable. Called on any thread.
    ///
    /// The runnable in hand keeps the scheduler alive. Once it is pushed and can be popped by another thread, nothing
    /// does: an implementation that goes on (to wake somebody) takes a guard of its own *before* it pushes.
    ///
    /// # Safety
    ///
    /// `this` is the scheduler of `task`.
    unsafe fn schedule(this: NonNull<Self>, task: Runnable);

    /// A poll that ended pending was woken meanwhile. Called on the thread that ran it; the task goes to the *tail* of
    /// a queue, or a task that keeps waking itself would starve the others.
    ///
    /// # Safety
    ///
    /// `this` is the scheduler of `task`.
    unsafe fn reschedule(this: NonNull<Self>, task: Runnable);

    /// The task finished on a place that is not its owner's: push it to the [`Returns`](super::Returns) of `owner`.
    /// Called on the thread that ran it.
    ///
    /// # Safety
    ///
    /// `this` is the scheduler of `task`, and `owner` the number of the place that adopted it.
    unsafe fn hand_back(this: NonNull<Self>, owner: u32, task: Returned);

    /// The task `id` was aborted while its runnable was in somebody's hands: in a queue, or running. Called on any
    /// thread. A scheduler with long queues may take the runnable out and [`cancel`](Runnable::cancel) it.
    ///
    /// Nothing keeps the task incomplete or the scheduler alive here, unless [`cell_made`](Self::cell_made) counts.
    ///
    /// # Safety
    ///
    /// `this` was the scheduler of that task, and its cell is not freed yet.
    unsafe fn aborted(this: NonNull<Self>, id: Id) {
        let _ = (this, id);
    }

    /// A poll of a task has panicked. Called on the thread that runs it, while it holds the runnable; the `JoinHandle`
    /// learns of the panic all the same.
    ///
    /// # Safety
    ///
    /// `this` is the scheduler of that task.
    unsafe fn panicked(this: NonNull<Self>) {
        let _ = this;
    }

    /// A cell that points to this scheduler was made. One that needs `this` to be valid in
    /// [`aborted`](Self::aborted) counts a reference here.
    ///
    /// # Safety
    ///
    /// `this` is valid.
    unsafe fn cell_made(this: NonNull<Self>) {
        let _ = this;
    }

    /// A cell that points to this scheduler was freed. Called on any thread.
    ///
    /// # Safety
    ///
    /// Once for each call of [`cell_made`](Self::cell_made).
    unsafe fn cell_freed(this: NonNull<Self>) {
        let _ = this;
    }
}

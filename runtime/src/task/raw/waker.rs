//! Wakers, references and abort: everything that makes a task runnable.
//!
//! One static vtable serves all tasks, since all it needs is in the header; so `will_wake` is true for all wakers of a
//! task.

#![allow(unsafe_code)]

use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::NonNull;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::cell::{Header, Task};
use super::state::{Abort, Wake};
use crate::task::id::Id;

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);

/// A waker for the duration of a poll. It has no reference of its own: the runner's claim keeps the cell.
#[inline]
pub(super) fn lent(task: Task) -> ManuallyDrop<Waker> {
    // SAFETY: the functions of the vtable keep the contract of `RawWaker`, and the one reference that they would give
    // back for this waker is never given back.
    ManuallyDrop::new(unsafe { Waker::from_raw(raw_waker(task)) })
}

fn raw_waker(task: Task) -> RawWaker {
    RawWaker::new(task.into_raw().as_ptr().cast_const().cast(), &VTABLE)
}

/// # Safety
///
/// `data` is the data of a waker made here.
#[inline]
unsafe fn task_of(data: *const ()) -> Task {
    // SAFETY: `raw_waker` made it from a pointer that is not null.
    Task::from_raw(unsafe { NonNull::new_unchecked(data.cast_mut().cast::<Header>()) })
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: called by the waker.
    let task = unsafe { task_of(data) };
    task.state().ref_inc();
    raw_waker(task)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: called by the waker.
    let task = unsafe { task_of(data) };
    match task.state().wake_by_val() {
        // SAFETY: rule T2, by the outcome.
        Wake::Schedule => unsafe { task.schedule() },
        // SAFETY: rule T7, by the outcome.
        Wake::Free => unsafe { task.free() },
        Wake::Nothing => {}
    }
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: called by the waker.
    let task = unsafe { task_of(data) };
    if task.state().wake_by_ref() == Wake::Schedule {
        // SAFETY: rule T2, by the outcome.
        unsafe { task.schedule() };
    }
}

unsafe fn drop(data: *const ()) {
    // SAFETY: called by the waker.
    let task = unsafe { task_of(data) };
    // SAFETY: the reference is the waker's.
    unsafe { drop_reference(task) };
}

/// Gives one reference back.
///
/// # Safety
///
/// The caller has it.
pub(super) unsafe fn drop_reference(task: Task) {
    if task.state().ref_dec() {
        // SAFETY: rule T7, by the outcome.
        unsafe { task.free() };
    }
}

/// Cancels the task at its next chance (#13).
pub(super) fn abort(task: Task) {
    match task.state().abort() {
        // SAFETY: rule T2, by the outcome.
        Abort::Schedule => unsafe { task.schedule() },
        Abort::Noted => task.tell_aborted(),
        Abort::Late => {}
    }
}

/// A counted reference to a task that cannot reach its output.
pub(crate) struct TaskRef(Task);

// SAFETY: through it one can only count, abort and look at the word, all of which are atomic. The last one frees memory
// whose content is gone already.
unsafe impl Send for TaskRef {}
// SAFETY: as above.
unsafe impl Sync for TaskRef {}
impl UnwindSafe for TaskRef {}
impl RefUnwindSafe for TaskRef {}

impl TaskRef {
    /// A new reference to a task to which the caller has a right.
    pub(super) fn new(task: Task) -> Self {
        task.state().ref_inc();
        Self(task)
    }

    /// Cancels the task at its next chance, if it is not complete.
    pub(crate) fn abort(&self) {
        abort(self.0);
    }

    /// True once the future is gone and the output, if wanted, available.
    pub(crate) fn is_finished(&self) -> bool {
        self.0.state().load().is_complete()
    }

    /// The task's id.
    pub(crate) fn id(&self) -> Id {
        self.0.id()
    }
}

impl Clone for TaskRef {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        // SAFETY: it is ours.
        unsafe { drop_reference(self.0) };
    }
}

impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TaskRef").field(&self.id()).finish()
    }
}

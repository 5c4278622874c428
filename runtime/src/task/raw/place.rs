//! Where tasks live: the list that a thread owns, and the way back for those that finished elsewhere.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::thread;

use super::cell::Task;
use super::run::release_claim;
use super::stack::TaskStack;
use super::state::Abort;
use super::{Runnable, RunnableList};

/// The owner number of tasks in no list.
pub(super) const NOBODY: u32 = u32::MAX;

/// What a thread that runs tasks has: the list of the live tasks that it has adopted.
///
/// It is used by one thread at a time, so the list needs neither lock nor atomic. A place from
/// [`nowhere`](Self::nowhere) has no list: tasks that run on it stay as they are.
pub(crate) struct Place {
    owner: u32,
    head: Cell<Option<Task>>,
    len: Cell<usize>,
}

// SAFETY: rule T6: the list is reached through the place alone, which is not `Sync`, so whoever has the place has the
// list. (That tasks which are not `Send` do not move with it is rule T10.)
unsafe impl Send for Place {}

impl Place {
    /// A place with an empty list. No two places of one scheduler have the same number.
    ///
    /// # Panics
    ///
    /// If the number is `u32::MAX`.
    pub(crate) fn new(owner: u32) -> Self {
        assert!(owner != NOBODY, "an owner number must be below u32::MAX");
        Self { owner, head: Cell::new(None), len: Cell::new(0) }
    }

    /// A place without a list.
    pub(crate) fn nowhere() -> Self {
        Self { owner: NOBODY, head: Cell::new(None), len: Cell::new(0) }
    }

    /// True if a task of that owner is in this place's list.
    #[inline]
    pub(super) fn is(&self, owner: u32) -> bool {
        owner == self.owner && owner != NOBODY
    }

    /// The number of tasks in the list.
    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    /// True if the list is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Puts the task into the list, unless it is in one. Called at a local spawn, and at the first run.
    #[inline]
    pub(crate) fn adopt(&self, runnable: &Runnable) {
        if self.owner != NOBODY && runnable.owner().is_none() {
            self.link(runnable.task());
        }
    }

    fn link(&self, task: Task) {
        let head = self.head.replace(Some(task));
        // SAFETY: rule T2: `adopt` was given the runnable.
        unsafe { task.set_owner(self.owner) };
        // SAFETY: rule T6: it is in this list now.
        unsafe { task.set_next(head) };
        if let Some(head) = head {
            // SAFETY: rule T6: it is in this list.
            unsafe { head.set_prev(Some(task)) };
        }
        self.len.set(self.len.get() + 1);
    }

    /// Takes a task that is in the list out of it.
    pub(super) fn unlink(&self, task: Task) {
        // SAFETY: rule T6: the caller knows it to be in this list.
        let (prev, next) = unsafe { neighbours(task) };
        match prev {
            // SAFETY: rule T6: a neighbour is in the same list.
            Some(prev) => unsafe { prev.set_next(next) },
            None => {
                debug_assert_eq!(self.head.get(), Some(task), "a task is in the list of another place");
                self.head.set(next);
            }
        }
        if let Some(next) = next {
            // SAFETY: rule T6: a neighbour is in the same list.
            unsafe { next.set_prev(prev) };
        }
        self.len.set(self.len.get() - 1);
    }

    /// Aborts every task in the list (#13, #15).
    ///
    /// Schedulers run code here, and that may run tasks of this very list; so the list is walked first, which runs
    /// nothing, and those that became runnable are scheduled afterwards.
    pub(crate) fn abort_all(&self) {
        abort_list(self.head.get());
    }

    /// Gives the list away, for as long as the place's thread adopts no task and takes none back.
    pub(crate) fn lend(&self) -> Lent {
        Lent { head: self.head.take(), len: self.len.replace(0) }
    }

    /// Takes the list back.
    pub(crate) fn reclaim(&self, lent: Lent) {
        debug_assert!(self.is_empty(), "a place whose list is lent has adopted tasks");
        self.head.set(lent.head);
        self.len.set(lent.len);
    }

    /// Takes back a task of this place that finished elsewhere (#10d).
    pub(crate) fn take_back(&self, returned: Returned) {
        let task = returned.into_task();
        self.unlink(task);
        release_claim(task);
    }
}

/// The list of a place, in the hands of others while the place's thread blocks: they may abort its tasks.
#[must_use = "the place needs its list back"]
pub(crate) struct Lent {
    head: Option<Task>,
    len: usize,
}

// SAFETY: rule T6: the list is reached through this value alone, as it is through the place otherwise.
unsafe impl Send for Lent {}

impl Lent {
    /// As [`Place::abort_all`].
    pub(crate) fn abort_all(&mut self) {
        abort_list(self.head);
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("len", &self.len).finish()
    }
}

/// Aborts the tasks of the caller's list, from `head` on. First the list is walked, which runs nothing; then those that
/// became runnable are scheduled.
fn abort_list(head: Option<Task>) {
    let mut runnables = RunnableList::new();
    let mut next = head;
    while let Some(task) = next {
        if task.state().abort() == Abort::Schedule {
            runnables.push_back(Runnable::from_task(task));
        }
        // SAFETY: rule T6: it is in the caller's list.
        next = unsafe { task.next() };
    }
    while let Some(runnable) = runnables.pop_front() {
        // SAFETY: rule T2: this is the runnable, and our abort made it.
        unsafe { runnable.into_task().schedule() };
    }
}

/// # Safety
///
/// Rule T6: the caller is the place that has the task in its list.
unsafe fn neighbours(task: Task) -> (Option<Task>, Option<Task>) {
    // SAFETY: by the caller.
    let prev = unsafe { task.prev() };
    // SAFETY: by the caller.
    let next = unsafe { task.next() };
    (prev, next)
}

impl Drop for Place {
    fn drop(&mut self) {
        debug_assert!(self.is_empty() || thread::panicking(), "{} tasks outlive their place", self.len());
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("owner", &self.owner).field("len", &self.len).finish()
    }
}

/// A complete task on its way to the place that has it in its list, with the runtime's claim.
#[must_use = "a task that is not taken back is never freed"]
pub(crate) struct Returned(Task);

// SAFETY: what it stands for, the claim on a complete task, does not depend on the thread: the future is gone.
unsafe impl Send for Returned {}

impl Returned {
    pub(super) fn from_task(task: Task) -> Self {
        Self(task)
    }

    fn into_task(self) -> Task {
        ManuallyDrop::new(self).0
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        debug_assert!(thread::panicking(), "a returned task was dropped: push it to its owner's returns");
    }
}

impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Returned").field(&self.0.id()).finish()
    }
}

/// The tasks of one place that finished elsewhere: pushed by any thread, drained by the one with the place.
#[derive(Debug, Default)]
pub(crate) struct Returns(TaskStack);

impl Returns {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a task.
    pub(crate) fn push(&self, returned: Returned) {
        // SAFETY: rule T3: the link of a returned task is its holder's.
        unsafe { self.0.push(returned.into_task()) };
    }

    /// True if there was nothing to drain a moment ago.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hands everything to `place`, whose tasks they are.
    pub(crate) fn drain(&self, place: &Place) {
        let mut next = self.0.take_all();
        while let Some(task) = next {
            // SAFETY: rule T3: we have popped it. Read before `take_back`, which may free the cell.
            next = unsafe { task.link() };
            place.take_back(Returned::from_task(task));
        }
    }
}

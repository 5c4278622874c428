//! A stack of tasks that any thread pushes to and one takes whole, through the link in their headers.
//!
//! R. K. Treiber, *Systems Programming: Coping with Parallelism*, IBM RJ 5118, 1986. Nothing is popped singly, so there
//! is no ABA problem.

#![allow(unsafe_code)]

use std::fmt;
use std::ptr::{self, NonNull};

use heist_primitives::atomic::AtomicPtr;
use heist_primitives::atomic::Ordering::{Acquire, Relaxed, Release};
use heist_primitives::mutation::weaken;

use super::cell::{Header, Task};

/// The stack. This file owns the word `head`: null, or the task pushed last.
pub(super) struct TaskStack {
    head: AtomicPtr<Header>,
}

impl TaskStack {
    /// True if nothing was there a moment ago.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.head.load(Relaxed).is_null()
    }

    /// Pushes. True if the stack was empty.
    ///
    /// # Safety
    ///
    /// Rule T3: the task's link belongs to the caller, who hands it over.
    pub(super) unsafe fn push(&self, task: Task) -> bool {
        let mut head = self.head.load(Relaxed);
        loop {
            // SAFETY: rule T3, by the caller.
            unsafe { task.set_link(NonNull::new(head).map(Task::from_raw)) };
            // ORDERING: Release pairs with `take_all`, which reads the link, and whose caller reads all of the task.
            // Model: foreign_complete_vs_abort_all.
            let order = weaken("stack_push", Release);
            match self.head.compare_exchange_weak(head, task.into_raw().as_ptr(), order, Relaxed) {
                Ok(_) => return head.is_null(),
                Err(seen) => head = seen,
            }
        }
    }

    /// Takes everything: the task pushed last, linked to those before it.
    pub(super) fn take_all(&self) -> Option<Task> {
        // ORDERING: Acquire pairs with every `push` since the last call: a push is a read-modify-write, so it continues
        // the release sequences of those before it. Model: foreign_complete_vs_abort_all.
        NonNull::new(self.head.swap(ptr::null_mut(), weaken("stack_take", Acquire))).map(Task::from_raw)
    }
}

impl Default for TaskStack {
    fn default() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }
}

impl fmt::Debug for TaskStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskStack").field("empty", &self.is_empty()).finish()
    }
}

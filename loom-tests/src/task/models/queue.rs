//! The queue of the models' runtime.
//!
//! It orders as little as a queue can: a push happens before the pop of what was pushed, and nothing else is ordered, so
//! no model passes thanks to a lock that a better queue would not have.

use std::ptr;

use heist_primitives::atomic::{AtomicPtr, Ordering};

use super::{Runnable, RunnableList};

/// Runnables pushed by any thread and taken whole.
pub(super) struct Queue {
    /// Null, or the node pushed last. A node belongs to the queue from its push until somebody swaps the head.
    head: AtomicPtr<Node>,
}

struct Node {
    /// One runnable, in a list because that writes the link of the task, as the queues of a scheduler do.
    runnable: RunnableList,
    before: *mut Node,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }

    /// True if nothing was there a moment ago.
    pub(super) fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed).is_null()
    }

    pub(super) fn push(&self, runnable: Runnable) {
        let mut before = self.head.load(Ordering::Relaxed);
        let mut list = RunnableList::new();
        list.push_back(runnable);
        let node = Box::into_raw(Box::new(Node { runnable: list, before }));
        // ORDERING: Release pairs with `take_all`, whose caller reads the node and all of the task.
        while let Err(seen) = self.head.compare_exchange_weak(before, node, Ordering::Release, Ordering::Relaxed) {
            before = seen;
            // SAFETY: the node is ours until the push succeeds.
            unsafe { (*node).before = before };
        }
    }

    /// Takes all of them, oldest first.
    pub(super) fn take_all(&self) -> Vec<Runnable> {
        // ORDERING: Acquire pairs with every `push` since the last call: a push is a read-modify-write, so it continues
        // the release sequences of those before it.
        let mut next = self.head.swap(ptr::null_mut(), Ordering::Acquire);
        let mut taken = Vec::new();
        while !next.is_null() {
            // SAFETY: `push` made it of a box, and the swap has made it ours.
            let mut node = unsafe { Box::from_raw(next) };
            next = node.before;
            taken.extend(node.runnable.pop_front());
        }
        taken.reverse();
        taken
    }
}

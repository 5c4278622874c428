//! What the queues need of tasks, for tasks that are numbers.

#![allow(unsafe_code)]

use std::collections::VecDeque;
use std::ptr::NonNull;

use heist_primitives::cell::UnsafeCell;

/// A task's memory. Whoever has the runnable may touch it; loom reports a push that does not publish it.
#[derive(Debug)]
pub(crate) struct Header {
    number: usize,
    content: UnsafeCell<()>,
}

/// The right to run a task.
#[derive(Debug)]
pub(crate) struct Runnable(NonNull<Header>);

// SAFETY: whoever has it alone touches the memory, and the content is empty.
unsafe impl Send for Runnable {}

impl Runnable {
    pub(crate) fn new(number: usize) -> Self {
        let header = Header { number, content: UnsafeCell::new(()) };
        header.content.with_mut(|_| ());
        Self(NonNull::from(Box::leak(Box::new(header))))
    }

    /// Uses the task up; returns its number.
    pub(crate) fn into_number(self) -> usize {
        // SAFETY: the pointer is from a leaked box, and `self` is the only one that has it.
        let header = unsafe { Box::from_raw(self.0.as_ptr()) };
        header.content.with_mut(|_| ());
        header.number
    }

    pub(crate) fn into_raw(self) -> NonNull<Header> {
        self.0
    }

    /// # Safety
    ///
    /// The pointer is from [`into_raw`](Self::into_raw), and comes back once.
    pub(crate) unsafe fn from_raw(header: NonNull<Header>) -> Self {
        Self(header)
    }
}

/// A queue of runnables.
#[derive(Debug, Default)]
pub(crate) struct RunnableList(VecDeque<Runnable>);

impl RunnableList {
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push_front(&mut self, task: Runnable) {
        self.0.push_front(task);
    }

    pub(crate) fn reverse(&mut self) {
        self.0.make_contiguous().reverse();
    }

    pub(crate) fn pop_front(&mut self) -> Option<Runnable> {
        self.0.pop_front()
    }

    pub(crate) fn append(&mut self, other: &mut Self) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn split_off_front(&mut self, most: usize) -> Self {
        let rest = self.0.split_off(most.min(self.0.len()));
        Self(std::mem::replace(&mut self.0, rest))
    }
}

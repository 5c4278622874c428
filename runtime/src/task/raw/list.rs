//! A queue of runnables through the link in their headers: no allocation, so a push cannot fail.

#![allow(unsafe_code)]

use std::fmt;
use std::thread;

use super::Runnable;
use super::cell::Task;

/// A singly linked queue, first in first out.
pub(crate) struct RunnableList {
    ends: Option<Ends>,
    len: usize,
}

/// First and last. The last one's link is `None`.
#[derive(Clone, Copy)]
struct Ends {
    head: Task,
    tail: Task,
}

// SAFETY: it is a number of runnables, which are `Send`.
unsafe impl Send for RunnableList {}

impl RunnableList {
    /// An empty list.
    pub(crate) const fn new() -> Self {
        Self { ends: None, len: 0 }
    }

    /// The number of runnables.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// True if there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_none()
    }

    /// Adds one at the end.
    #[inline]
    pub(crate) fn push_back(&mut self, runnable: Runnable) {
        let task = runnable.into_task();
        // SAFETY: rule T3: it is our runnable.
        unsafe { task.set_link(None) };
        self.attach(Ends { head: task, tail: task }, 1);
    }

    /// Adds one at the front. Writes to no task but this one.
    #[inline]
    pub(crate) fn push_front(&mut self, runnable: Runnable) {
        let task = runnable.into_task();
        // SAFETY: rule T3: it is our runnable.
        unsafe { task.set_link(self.ends.map(|ends| ends.head)) };
        self.ends = Some(Ends { head: task, tail: self.ends.map_or(task, |ends| ends.tail) });
        self.len += 1;
    }

    /// Turns the order around.
    pub(crate) fn reverse(&mut self) {
        let Some(Ends { head, tail }) = self.ends else { return };
        let (mut before, mut task) = (None, head);
        loop {
            // SAFETY: rule T3: it is in our list.
            let next = unsafe { task.link() };
            // SAFETY: as above.
            unsafe { task.set_link(before) };
            let Some(next) = next else { break };
            (before, task) = (Some(task), next);
        }
        self.ends = Some(Ends { head: tail, tail: head });
    }

    /// Takes the first one.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<Runnable> {
        let Ends { head, tail } = self.ends?;
        // SAFETY: rule T3: it is in our list.
        let next = unsafe { head.link() };
        self.ends = next.map(|head| Ends { head, tail });
        self.len -= 1;
        Some(Runnable::from_task(head))
    }

    /// Moves all of `other` to the end.
    pub(crate) fn append(&mut self, other: &mut RunnableList) {
        let len = std::mem::take(&mut other.len);
        if let Some(ends) = other.ends.take() {
            self.attach(ends, len);
        }
    }

    /// Takes the first `n`, or all if there are fewer.
    pub(crate) fn split_off_front(&mut self, n: usize) -> RunnableList {
        let Some(ends) = self.ends else { return RunnableList::new() };
        if n == 0 {
            return RunnableList::new();
        }
        if n >= self.len {
            return std::mem::take(self);
        }
        let mut last = ends.head;
        for _ in 1..n {
            // SAFETY: rule T3: it is in our list.
            last = unsafe { last.link() }.expect("the list is as long as it says");
        }
        // SAFETY: rule T3: it is in our list.
        let rest = unsafe { last.link() };
        // SAFETY: as above.
        unsafe { last.set_link(None) };
        self.ends = rest.map(|head| Ends { head, tail: ends.tail });
        self.len -= n;
        RunnableList { ends: Some(Ends { head: ends.head, tail: last }), len: n }
    }

    /// Adds a chain of `len` at the end.
    fn attach(&mut self, chain: Ends, len: usize) {
        match &mut self.ends {
            Some(ends) => {
                // SAFETY: rule T3: it is in our list.
                unsafe { ends.tail.set_link(Some(chain.head)) };
                ends.tail = chain.tail;
            }
            None => self.ends = Some(chain),
        }
        self.len += len;
    }
}

impl Default for RunnableList {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for RunnableList {
    fn drop(&mut self) {
        debug_assert!(self.is_empty() || thread::panicking(), "{} runnables were dropped", self.len);
    }
}

impl fmt::Debug for RunnableList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnableList").field("len", &self.len).finish()
    }
}

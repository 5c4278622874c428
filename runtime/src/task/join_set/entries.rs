//! The entries of a join set: which tasks it has, and which of them have called.
//!
//! Each entry has a slot, and each slot a waker that is registered as the join waker of its task. A task that
//! completes wakes it, and that puts the slot into the queue of those that have called: O(1) for each completion, and
//! no entry is polled before its task has called. A slot is in the queue at most once, so the queue is threaded
//! through a table with one link per slot: a wake never allocates.
//!
//! | slot | its link | left by |
//! |---|---|---|
//! | free, or its task runs | `IDLE` | the slot's waker: to the end of the queue |
//! | called | the next slot, or `LAST` | `next_called`: out of the queue |
//!
//! Wakers stay with their slots and serve one task after the other, so a spawn into a used slot does not allocate one.
//! A late wake of an earlier task may then call in the name of its successor. That is harmless: whoever takes a slot
//! out of the queue looks whether its task is complete, and puts it back to rest if not.

use std::sync::Arc;
use std::task::{Wake, Waker};

use heist_primitives::sync::Mutex;
use slab::Slab;

use crate::task::{Id, JoinError, JoinHandle};

/// The tasks of a set.
pub(super) struct Entries<T> {
    handles: Slab<JoinHandle<T>>,
    /// The wakers of all slots ever used.
    wakers: Vec<Waker>,
    called: Arc<Called>,
}

impl<T> Entries<T> {
    pub(super) fn new() -> Self {
        Self { handles: Slab::new(), wakers: Vec::new(), called: Arc::new(Called(Mutex::new(Queue::new()))) }
    }

    pub(super) fn len(&self) -> usize {
        self.handles.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }

    pub(super) fn insert(&mut self, handle: JoinHandle<T>) {
        let slot = self.handles.insert(handle);
        if slot == self.wakers.len() {
            self.called.0.lock().links.push(IDLE);
            self.wakers.push(Waker::from(Arc::new(Caller { slot, called: self.called.clone() })));
        }
        let waker = &self.wakers[slot];
        if self.handles[slot].try_set_join_waker(waker) {
            // It was complete before it could be told whom to call.
            waker.wake_by_ref();
        }
    }

    /// Takes out the complete task that called first.
    pub(super) fn take_complete(&mut self) -> Option<(Id, Result<T, JoinError>)> {
        self.take(Called::next)
    }

    /// Takes out the complete task that called first, or has `waker` woken by the next call.
    pub(super) fn take_complete_or_register(&mut self, waker: &Waker) -> Option<(Id, Result<T, JoinError>)> {
        self.take(|called| called.next_or_register(waker))
    }

    fn take(&mut self, next: impl Fn(&Called) -> Option<usize>) -> Option<(Id, Result<T, JoinError>)> {
        // Each turn takes a slot out of the queue, and one whose task is not complete comes back only by a wake.
        loop {
            let slot = next(&self.called)?;
            let Some(handle) = self.handles.get_mut(slot) else { continue };
            if handle.try_set_join_waker(&self.wakers[slot]) {
                let mut handle = self.handles.remove(slot);
                let id = handle.id();
                let output = handle.try_join().expect("the task is complete");
                return Some((id, output));
            }
        }
    }

    pub(super) fn abort_all(&self) {
        for (_, handle) in &self.handles {
            handle.abort();
        }
    }

    /// Forgets the tasks, which go on.
    pub(super) fn detach_all(&mut self) {
        // Outputs of complete tasks are dropped here, whose code may panic only inside the task core.
        self.handles.clear();
        // Not needed for correctness; it saves looking at empty slots later.
        while self.called.next().is_some() {}
    }
}

/// The waker of a slot.
struct Caller {
    slot: usize,
    called: Arc<Called>,
}

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        self.called.call(self.slot);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.called.call(self.slot);
    }
}

/// What the tasks reach: the queue of the slots that have called.
struct Called(Mutex<Queue>);

/// The link of a slot that is not in the queue.
const IDLE: usize = usize::MAX;
/// The link of the last slot in the queue.
const LAST: usize = usize::MAX - 1;

struct Queue {
    /// By slot.
    links: Vec<usize>,
    ends: Option<Ends>,
    /// Whom to wake when a slot calls: the last one who asked, until a slot has called.
    waker: Option<Waker>,
}

#[derive(Clone, Copy)]
struct Ends {
    head: usize,
    tail: usize,
}

impl Called {
    fn call(&self, slot: usize) {
        let waker = {
            let mut queue = self.0.lock();
            queue.push(slot);
            queue.waker.take()
        };
        // Without the lock: it is user code.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn next(&self) -> Option<usize> {
        self.0.lock().pop()
    }

    fn next_or_register(&self, waker: &Waker) -> Option<usize> {
        let mut queue = self.0.lock();
        if let Some(slot) = queue.pop() {
            return Some(slot);
        }
        if queue.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            return None;
        }
        // Cloning and dropping wakers is user code, so it happens without the lock.
        drop(queue);
        let new = waker.clone();
        let mut queue = self.0.lock();
        if let Some(slot) = queue.pop() {
            return Some(slot);
        }
        let old = queue.waker.replace(new);
        drop(queue);
        drop(old);
        None
    }
}

impl Queue {
    fn new() -> Self {
        Self { links: Vec::new(), ends: None, waker: None }
    }

    /// Adds the slot at the end, unless it is in the queue.
    fn push(&mut self, slot: usize) {
        if self.links[slot] != IDLE {
            return;
        }
        self.links[slot] = LAST;
        self.ends = match self.ends {
            None => Some(Ends { head: slot, tail: slot }),
            Some(Ends { head, tail }) => {
                self.links[tail] = slot;
                Some(Ends { head, tail: slot })
            }
        };
    }

    fn pop(&mut self) -> Option<usize> {
        let Ends { head, tail } = self.ends?;
        let next = std::mem::replace(&mut self.links[head], IDLE);
        self.ends = (next != LAST).then_some(Ends { head: next, tail });
        Some(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(slots: usize) -> Queue {
        let mut queue = Queue::new();
        queue.links.resize(slots, IDLE);
        queue
    }

    #[test]
    fn slots_leave_in_the_order_of_their_calls() {
        let mut queue = queue(4);
        for slot in [2, 0, 3] {
            queue.push(slot);
        }
        assert_eq!(queue.pop(), Some(2));
        queue.push(1);
        queue.push(2);
        let rest: Vec<usize> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, [0, 3, 1, 2]);
        assert!(queue.links.iter().all(|&link| link == IDLE));
    }

    #[test]
    fn a_slot_calls_once() {
        let mut queue = queue(2);
        for slot in [1, 1, 0, 1, 0] {
            queue.push(slot);
        }
        assert_eq!(queue.pop(), Some(1));
        assert_eq!(queue.pop(), Some(0));
        assert_eq!(queue.pop(), None);
        queue.push(1);
        assert_eq!(queue.pop(), Some(1));
    }

    #[test]
    fn a_pop_between_calls_loses_none() {
        // All sequences of 8 steps over 3 slots and a pop, against a plain list.
        for number in 0..4_usize.pow(8) {
            let mut queue = queue(3);
            let mut model: std::collections::VecDeque<usize> = std::collections::VecDeque::new();
            for step in (0..8).map(|digit| number / 4_usize.pow(digit) % 4) {
                if step == 3 {
                    assert_eq!(queue.pop(), model.pop_front());
                } else {
                    queue.push(step);
                    if !model.contains(&step) {
                        model.push_back(step);
                    }
                }
            }
            assert_eq!(std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>(), Vec::from(model));
        }
    }
}

//! The entries of a join set: which tasks it has, and which of them have called.
//!
//! Each entry has a slot, and each slot a waker that is registered as the join waker of its task. A task that
//! completes wakes it, and that puts the slot into the queue of those that have called: O(1) for each completion, and
//! no entry is polled before its task has called. The set takes the queue as a whole, so that it does not need the lock
//! for each task; the queue has room for all slots, so that a wake does not allocate.
//!
//! Wakers stay with their slots and serve one task after the other, so a spawn into a used slot does not allocate one.
//! The task core takes a reference to it, wakes by that once, or drops it. So a task calls once, and for one that is in
//! the set no other does, but for this: a task that was detached may have been about to call. Such a late call comes in
//! the name of whoever has the slot then. That is harmless: whoever takes a slot out of the queue looks whether its task
//! is complete, and forgets the call if not. (Late calls alone can be more than there are slots; then the queue grows.)

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::task::{Wake, Waker};

use heist_primitives::sync::Mutex;
use slab::Slab;

use crate::task::{Id, JoinError, JoinHandle};

/// The tasks of a join set.
pub(super) struct Entries<T> {
    handles: Slab<JoinHandle<T>>,
    /// One for each slot that was ever used.
    wakers: Vec<Waker>,
    /// Slots that were in the queue when it was last taken.
    taken: VecDeque<usize>,
    called: Arc<Called>,
}

impl<T> Entries<T> {
    pub(super) fn new() -> Self {
        let called = Called(Mutex::new(Queue { slots: VecDeque::new(), waker: None }));
        Self { handles: Slab::new(), wakers: Vec::new(), taken: VecDeque::new(), called: Arc::new(called) }
    }

    pub(super) fn len(&self) -> usize {
        self.handles.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }

    /// Adds a task and arranges for its call.
    pub(super) fn insert(&mut self, mut handle: JoinHandle<T>) {
        let slot = self.handles.vacant_key();
        if slot == self.wakers.len() {
            self.add_slot(slot);
        }
        let waker = &self.wakers[slot];
        if handle.try_set_join_waker(waker) {
            // It was complete before it could be told whom to call.
            waker.wake_by_ref();
        }
        let inserted = self.handles.insert(handle);
        debug_assert_eq!(slot, inserted);
    }

    fn add_slot(&mut self, slot: usize) {
        let room = self.wakers.capacity();
        self.wakers.push(Waker::from(Arc::new(Caller { slot, called: self.called.clone() })));
        if self.wakers.capacity() != room {
            let room = self.wakers.capacity();
            make_room(&mut self.taken, room);
            make_room(&mut self.called.0.lock().slots, room);
        }
    }

    /// Takes out a complete task, if one has called.
    pub(super) fn take_complete(&mut self) -> Option<(Id, Result<T, JoinError>)> {
        self.take(Called::take)
    }

    /// The same; if there is none, `waker` is woken by the next call.
    pub(super) fn take_complete_or_register(&mut self, waker: &Waker) -> Option<(Id, Result<T, JoinError>)> {
        self.take(|called, taken| called.take_or_register(taken, waker))
    }

    fn take(&mut self, refill: impl Fn(&Called, &mut VecDeque<usize>) -> bool) -> Option<(Id, Result<T, JoinError>)> {
        loop {
            let Some(slot) = self.taken.pop_front() else {
                if refill(&self.called, &mut self.taken) {
                    continue;
                }
                return None;
            };
            if self.handles.get(slot).is_some_and(JoinHandle::is_finished) {
                let handle = self.handles.remove(slot);
                return Some((handle.id(), handle.join_finished()));
            }
        }
    }

    /// Aborts every task. They stay in the set.
    pub(super) fn abort_all(&self) {
        for (_, handle) in &self.handles {
            handle.abort();
        }
    }

    /// Lets all tasks go.
    pub(super) fn detach_all(&mut self) {
        // Outputs of complete tasks are dropped here, whose code may panic only inside the task core.
        self.handles.clear();
        // Not needed for correctness; it saves looking at empty slots later.
        self.taken.clear();
        self.called.take(&mut self.taken);
        self.taken.clear();
    }
}

/// What a slot's waker does.
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

/// The queue of the slots that have called, and the task that waits for them.
struct Called(Mutex<Queue>);

struct Queue {
    slots: VecDeque<usize>,
    /// Of the task in `join_next`.
    waker: Option<Waker>,
}

impl Called {
    /// Puts a slot into the queue and wakes whoever waits.
    fn call(&self, slot: usize) {
        let waker = {
            let mut queue = self.0.lock();
            queue.slots.push_back(slot);
            queue.waker.take()
        };
        // Without the lock: it is user code.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Moves the queue to `taken`, which is empty. False if it is empty too.
    fn take(&self, taken: &mut VecDeque<usize>) -> bool {
        self.0.lock().take(taken)
    }

    /// The same; if the queue is empty, `waker` is woken by the next call.
    fn take_or_register(&self, taken: &mut VecDeque<usize>, waker: &Waker) -> bool {
        let mut queue = self.0.lock();
        if queue.take(taken) {
            return true;
        }
        if queue.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            return false;
        }
        // Cloning and dropping wakers is user code, so it happens without the lock.
        drop(queue);
        let new = waker.clone();
        let mut queue = self.0.lock();
        if queue.take(taken) {
            return true;
        }
        let old = queue.waker.replace(new);
        drop(queue);
        drop(old);
        false
    }
}

impl Queue {
    fn take(&mut self, taken: &mut VecDeque<usize>) -> bool {
        debug_assert!(taken.is_empty(), "slots would go back into the queue");
        mem::swap(&mut self.slots, taken);
        !taken.is_empty()
    }
}

fn make_room(slots: &mut VecDeque<usize>, room: usize) {
    slots.reserve(room.saturating_sub(slots.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue, and what was taken from it.
    fn called() -> (Called, VecDeque<usize>) {
        (Called(Mutex::new(Queue { slots: VecDeque::new(), waker: None })), VecDeque::new())
    }

    #[test]
    fn slots_leave_in_the_order_of_their_calls() {
        let (called, mut taken) = called();
        for slot in [2, 0, 3] {
            called.call(slot);
        }
        assert!(called.take(&mut taken));
        assert_eq!(taken, [2, 0, 3]);
        taken.clear();
        called.call(1);
        assert!(called.take(&mut taken));
        assert_eq!(taken, [1]);
        taken.clear();
        assert!(!called.take(&mut taken));
    }

    #[test]
    fn the_queue_has_room_for_all_slots() {
        let mut entries = Entries::<()>::new();
        for slot in 0..100 {
            entries.add_slot(slot);
            assert!(entries.taken.capacity() > slot);
            assert!(entries.called.0.lock().slots.capacity() > slot);
        }
    }

    #[test]
    fn a_call_for_an_empty_slot_is_forgotten() {
        let mut entries = Entries::<()>::new();
        entries.add_slot(0);
        entries.wakers[0].wake_by_ref();
        assert!(entries.take_complete().is_none());
        assert!(entries.taken.is_empty());
    }
}

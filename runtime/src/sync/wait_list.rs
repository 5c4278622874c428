//! The FIFO list of waiting futures that every primitive of this folder is built on.
//!
//! The list is intrusive: a waiter's node lies inside its future, so that waiting allocates nothing. This file owns
//! the links and the proof that they never dangle; what a waiter waits for (`T`) and when it may go on is its user's
//! business. Nobody is woken here: wakers are handed out, to be woken after the lock is released.
//!
//! The contract:
//! - **W1** While a waiter is linked its node is accessed only with the lock of its queue held. A waiter that is not
//!   linked is its owner's alone. So clearing `linked` is the last thing that the list does to a waiter it takes off,
//!   and the owner who finds it clear needs no lock.
//! - **W2** A slot that was ever pushed does not move until its [`Wait`] is dropped, and its `Wait` is dropped only
//!   after the slot was taken off the list: [`Wait`] is pinned, and its drop takes the slot off.
//! - **W3** A slot is only ever in the list of the one queue that its [`QueueRef`] leads to.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::Waker;

use heist_primitives::atomic::{AtomicBool, Ordering};
use heist_primitives::cell::UnsafeCell;
use heist_primitives::mutation;
use heist_primitives::sync::{Mutex, MutexGuard};

/// A lock and the waiters it protects.
pub(crate) struct WaitQueue<T> {
    lock: Mutex<WaitList<T>>,
}

impl<T> WaitQueue<T> {
    /// A queue without waiters.
    pub(crate) fn new() -> Self {
        Self::from_lock(Mutex::new(WaitList::new()))
    }

    /// The same from its part, for constants: under loom the constructor of a lock is not `const`.
    pub(crate) const fn from_lock(lock: Mutex<WaitList<T>>) -> Self {
        Self { lock }
    }

    /// Takes the lock.
    pub(crate) fn lock(&self) -> MutexGuard<'_, WaitList<T>> {
        self.lock.lock()
    }
}

impl<T> fmt::Debug for WaitQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WaitQueue")
    }
}

/// What a waiter shows to whoever holds the lock.
pub(crate) struct Entry<T> {
    pub(crate) waker: Option<Waker>,
    pub(crate) value: T,
}

struct Node<T> {
    /// Means nothing in the oldest waiter of a list.
    prev: Option<Link<T>>,
    next: Option<Link<T>>,
    entry: Entry<T>,
}

/// What is linked.
struct Slot<T> {
    /// Set by the push and cleared when the slot is taken off, both under the lock.
    linked: AtomicBool,
    node: UnsafeCell<Node<T>>,
}

impl<T> Slot<T> {
    fn is_linked(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of `WaitList::unlink`: an owner who finds the flag clear comes after
        // everything that the list did to the node (models: semaphore_cancel_against_grant and others).
        self.linked.load(Ordering::Acquire)
    }
}

type Link<T> = NonNull<Slot<T>>;

/// The waiters of one queue, oldest in front.
pub(crate) struct WaitList<T> {
    front: Option<Link<T>>,
    back: Option<Link<T>>,
}

// SAFETY: the list owns no node; what it gives access to, under the lock (W1), are wakers and values of type `T`.
unsafe impl<T: Send> Send for WaitList<T> {}

impl<T> WaitList<T> {
    /// A list without waiters.
    pub(crate) const fn new() -> Self {
        Self { front: None, back: None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.front.is_none()
    }

    /// Calls `f` with the value of the newest waiter.
    pub(crate) fn with_back<R>(&mut self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.back.map(|link| self.with_node(link, |node| f(&mut node.entry.value)))
    }

    /// Takes the oldest waiter for which `wanted` is true off the list and returns its waker, if it left one.
    pub(crate) fn take_first(&mut self, wanted: impl FnMut(&mut T) -> bool) -> Option<Option<Waker>> {
        self.take(self.front, Self::after, wanted)
    }

    /// As [`take_first`](Self::take_first), with the newest.
    pub(crate) fn take_last(&mut self, wanted: impl FnMut(&mut T) -> bool) -> Option<Option<Waker>> {
        self.take(self.back, Self::before, wanted)
    }

    /// As [`take_first`](Self::take_first), but looks at the very oldest waiter alone.
    #[inline]
    pub(crate) fn take_first_if(&mut self, wanted: impl FnOnce(&mut T) -> bool) -> Option<Option<Waker>> {
        let front = self.front?;
        let taken = self.with_node(front, |node| wanted(&mut node.entry.value));
        taken.then(|| self.unlink(front, |entry| entry.waker.take()))
    }

    fn take(
        &mut self,
        from: Option<Link<T>>,
        step: impl Fn(&mut Self, Link<T>) -> Option<Link<T>>,
        mut wanted: impl FnMut(&mut T) -> bool,
    ) -> Option<Option<Waker>> {
        let mut at = from;
        while let Some(link) = at {
            if self.with_node(link, |node| wanted(&mut node.entry.value)) {
                return Some(self.unlink(link, |entry| entry.waker.take()));
            }
            at = step(self, link);
        }
        None
    }

    fn after(&mut self, link: Link<T>) -> Option<Link<T>> {
        self.with_node(link, |node| node.next)
    }

    fn before(&mut self, link: Link<T>) -> Option<Link<T>> {
        if self.front == Some(link) { None } else { self.with_node(link, |node| node.prev) }
    }

    fn push_back(&mut self, link: Link<T>) {
        let prev = self.back.replace(link);
        self.with_node(link, |node| {
            node.prev = prev;
            node.next = None;
        });
        match prev {
            Some(prev) => self.with_node(prev, |node| node.next = Some(link)),
            None => self.front = Some(link),
        }
        let slot = self.slot(link);
        debug_assert!(!slot.is_linked(), "a waiter is pushed once");
        // Relaxed: whoever else looks at the flag holds the lock.
        slot.linked.store(true, Ordering::Relaxed);
    }

    /// Takes a slot off the list; in between, `last` has its last look at the entry.
    fn unlink<R>(&mut self, link: Link<T>, last: impl FnOnce(&mut Entry<T>) -> R) -> R {
        if mutation::on("wait_list_lets_go_early") {
            self.slot(link).linked.store(false, Ordering::Release);
        }
        let (prev, next, result) = self.with_node(link, |node| (node.prev, node.next, last(&mut node.entry)));
        if self.front == Some(link) {
            // The next waiter's `prev` means nothing from now on. It is not cleared: the node is most likely in another
            // processor's cache.
            self.front = next;
            if next.is_none() {
                self.back = None;
            }
        } else {
            if let Some(prev) = prev {
                self.with_node(prev, |node| node.next = next);
            }
            match next {
                Some(next) => self.with_node(next, |node| node.prev = prev),
                None => self.back = prev,
            }
        }
        // ORDERING: Release pairs with the Acquire of `Slot::is_linked`. From here on the slot may be gone.
        let order = mutation::weaken("wait_list_lets_go_relaxed", Ordering::Release);
        self.slot(link).linked.store(false, order);
        result
    }

    /// Private, and called only with links of this list or of the `Wait` that holds our lock.
    fn slot(&self, link: Link<T>) -> &Slot<T> {
        // SAFETY: rule W2: a linked slot is alive, and a `Wait` vouches for its own.
        unsafe { link.as_ref() }
    }

    /// The only way to a node, with links as for [`slot`](Self::slot).
    fn with_node<R>(&mut self, link: Link<T>, f: impl FnOnce(&mut Node<T>) -> R) -> R {
        self.slot(link).node.with_mut(|node| {
            // SAFETY: rules W1 and W3: `&mut self` is the lock of the node's only queue, and `f` cannot reach the list.
            f(unsafe { &mut *node })
        })
    }
}

/// Leads to a queue.
///
/// # Safety
///
/// `queue` returns the same queue, at the same address, for as long as the value lives, wherever the value moves.
pub(crate) unsafe trait QueueRef {
    /// What a waiter of the queue waits for.
    type Value;

    /// The queue.
    fn queue(&self) -> &WaitQueue<Self::Value>;
}

// SAFETY: the queue is borrowed, so it cannot move.
unsafe impl<T> QueueRef for &WaitQueue<T> {
    type Value = T;

    fn queue(&self) -> &WaitQueue<T> {
        self
    }
}

/// A place in the queue that `Q` leads to: the part of a future that waits. Costs no lock until it is pushed.
pub(crate) struct Wait<Q: QueueRef> {
    queue: Q,
    slot: Slot<Q::Value>,
    _pinned: PhantomPinned,
}

// SAFETY: the node moves to another thread with its owner; the list reaches it under the lock only (W1).
unsafe impl<Q: QueueRef + Send> Send for Wait<Q> where Q::Value: Send {}
// SAFETY: a shared `Wait` gives access to `queue` alone; the rest needs it pinned and exclusive.
unsafe impl<Q: QueueRef + Sync> Sync for Wait<Q> where Q::Value: Send {}

impl<Q: QueueRef> Wait<Q> {
    /// A waiter that is not on the list yet.
    pub(crate) fn new(queue: Q, value: Q::Value) -> Self {
        let node = UnsafeCell::new(Node { prev: None, next: None, entry: Entry { waker: None, value } });
        Self { queue, slot: Slot { linked: AtomicBool::new(false), node }, _pinned: PhantomPinned }
    }

    /// What leads to the queue.
    pub(crate) fn queue(&self) -> &Q {
        &self.queue
    }

    /// Takes the queue's lock, for access to the list and to this waiter.
    pub(crate) fn lock(self: Pin<&mut Self>) -> LockedWait<'_, Q> {
        let wait = self.into_ref().get_ref();
        LockedWait { list: wait.queue.queue().lock(), wait }
    }

    /// Calls `f` with the entry, without the lock, if the waiter is not on the list: not yet, or no longer.
    pub(crate) fn if_unlinked<R>(self: Pin<&mut Self>, f: impl FnOnce(&mut Entry<Q::Value>) -> R) -> Option<R> {
        if self.slot.is_linked() {
            return None;
        }
        let result = self.slot.node.with_mut(|node| {
            // SAFETY: rule W1: nobody but us, who are borrowed exclusively, reaches the node of an unlinked slot.
            let node = unsafe { &mut *node };
            f(&mut node.entry)
        });
        Some(result)
    }
}

impl<Q: QueueRef> Drop for Wait<Q> {
    #[inline]
    fn drop(&mut self) {
        if self.slot.is_linked() {
            // It was pushed through a pin, and a value that was pinned is still in its place when it drops.
            LockedWait { list: self.queue.queue().lock(), wait: self }.leave();
        }
    }
}

impl<Q: QueueRef> fmt::Debug for Wait<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("queued", &self.slot.is_linked()).finish_non_exhaustive()
    }
}

/// A waiter together with the lock of its queue.
pub(crate) struct LockedWait<'a, Q: QueueRef> {
    list: MutexGuard<'a, WaitList<Q::Value>>,
    wait: &'a Wait<Q>,
}

impl<'a, Q: QueueRef> LockedWait<'a, Q> {
    /// What leads to the queue.
    pub(crate) fn queue(&self) -> &'a Q {
        &self.wait.queue
    }

    /// The list.
    pub(crate) fn list(&mut self) -> &mut WaitList<Q::Value> {
        &mut self.list
    }

    /// Goes to the end of the list.
    pub(crate) fn push_back(&mut self) {
        self.list.push_back(NonNull::from(&self.wait.slot));
    }

    /// True until the waiter leaves the list or somebody takes it off.
    pub(crate) fn is_linked(&self) -> bool {
        self.wait.slot.is_linked()
    }

    /// Calls `f` with this waiter's entry.
    pub(crate) fn entry<R>(&mut self, f: impl FnOnce(&mut Entry<Q::Value>) -> R) -> R {
        self.list.with_node(NonNull::from(&self.wait.slot), |node| f(&mut node.entry))
    }

    /// Takes the waiter off the list; true if it was still on it.
    pub(crate) fn leave(&mut self) -> bool {
        let linked = self.is_linked();
        if linked {
            self.list.unlink(NonNull::from(&self.wait.slot), |_| ());
        }
        linked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heist_primitives::model;
    use std::pin::pin;

    fn values(queue: &WaitQueue<u32>) -> Vec<u32> {
        let mut values = Vec::new();
        let found = queue.lock().take_first(|value| {
            values.push(*value);
            false
        });
        assert!(found.is_none());
        values
    }

    #[test]
    fn waiters_keep_their_order() {
        model(0, 1, || {
            let queue = WaitQueue::new();
            let mut a = pin!(Wait::new(&queue, 1));
            let mut c = pin!(Wait::new(&queue, 3));
            a.as_mut().lock().push_back();
            {
                let mut b = pin!(Wait::new(&queue, 2));
                b.as_mut().lock().push_back();
                c.as_mut().lock().push_back();
                assert_eq!(values(&queue), [1, 2, 3]);
            }
            assert_eq!(values(&queue), [1, 3]);
            assert_eq!(queue.lock().with_back(|value| *value), Some(3));
            assert!(queue.lock().take_last(|_| true).is_some());
            assert!(!c.as_mut().lock().leave());
            assert!(a.as_mut().lock().leave());
            assert!(queue.lock().is_empty());
        });
    }

    /// The oldest waiter's `prev` may lead to one that is gone.
    #[test]
    fn nobody_looks_behind_the_oldest_waiter() {
        model(0, 1, || {
            let queue = WaitQueue::new();
            let mut b = pin!(Wait::new(&queue, 2));
            let mut c = pin!(Wait::new(&queue, 3));
            {
                let mut a = pin!(Wait::new(&queue, 1));
                a.as_mut().lock().push_back();
                b.as_mut().lock().push_back();
                c.as_mut().lock().push_back();
                assert!(queue.lock().take_first_if(|value| *value == 2).is_none());
                assert!(queue.lock().take_first_if(|value| *value == 1).is_some());
            }
            let mut seen = Vec::new();
            let found = queue.lock().take_last(|value| {
                seen.push(*value);
                false
            });
            assert!(found.is_none());
            assert_eq!(seen, [3, 2]);
            assert!(queue.lock().take_first(|_| true).is_some());
            assert!(c.as_mut().lock().leave());
            b.as_mut().lock().push_back();
            assert_eq!(values(&queue), [2]);
        });
    }

    #[test]
    fn a_waiter_can_be_pushed_again() {
        model(0, 1, || {
            let queue = WaitQueue::new();
            let mut a = pin!(Wait::new(&queue, 1));
            for _ in 0..2 {
                a.as_mut().lock().push_back();
                let waker = Waker::noop().clone();
                a.as_mut().lock().entry(|entry| entry.waker = Some(waker));
                assert!(queue.lock().take_first(|_| true).is_some_and(|waker| waker.is_some()));
                assert!(a.as_mut().if_unlinked(|entry| entry.waker.is_none()).unwrap());
            }
        });
    }
}

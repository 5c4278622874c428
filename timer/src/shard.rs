//! A wheel that several threads share: the lock, the published deadline, and what happens to an entry under the lock.

#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::task::Waker;

use heist_primitives::WakeBatch;
use heist_primitives::atomic::{AtomicBool, AtomicU64, Ordering};
use heist_primitives::mutation;
use heist_primitives::sync::{Mutex, MutexGuard};

use crate::NEVER;
use crate::entry::Entry;
use crate::state::Snapshot;
use crate::wheel::Wheel;

/// A timing wheel behind a lock of its own, which publishes its next deadline for threads that do not take the lock.
///
/// `context` is the runtime's: what it wants to reach from a timer of this shard.
#[derive(Debug)]
pub struct Shard<C> {
    wheel: Mutex<Wheel>,
    /// `wheel.next_deadline()`, written under the lock.
    next: AtomicU64,
    /// No timer can be armed any more. Written under the lock.
    closed: AtomicBool,
    context: C,
}

/// How an attempt to put an entry into the wheel ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Insert {
    /// It is in; `Some` is the shard's next deadline if that went down.
    Done(Option<u64>),
    /// It was in, and is no longer.
    Fired,
    /// The shard takes no timers any more.
    Closed,
}

impl<C> Shard<C> {
    /// A shard without timers, at time 0.
    pub fn new(context: C) -> Self {
        Self { wheel: Mutex::new(Wheel::new()), next: AtomicU64::new(NEVER), closed: AtomicBool::new(false), context }
    }

    /// What the runtime keeps here.
    pub fn context(&self) -> &C {
        &self.context
    }

    /// A time at or before the earliest deadline, in nanoseconds; [`NEVER`] if there is none.
    ///
    /// It may be earlier than every deadline after timers were cancelled; the [`fire`](Self::fire) at that time corrects
    /// it, so that nobody wakes for it twice.
    #[inline]
    pub fn next_deadline(&self) -> u64 {
        // Relaxed: it is only a number, and what lies behind it is under the lock. A thread that has to see a certain
        // timer learned of it by something that orders this load after its publication: model `fire_after_arm`.
        self.next.load(Ordering::Relaxed)
    }

    /// True after [`close`](Self::close).
    #[inline]
    pub fn is_closed(&self) -> bool {
        // Relaxed: an answer that is overtaken by `close` is corrected under the lock when the timer is armed.
        self.closed.load(Ordering::Relaxed)
    }

    /// Fires the timers that are due at `now` nanoseconds: none early, all that are due.
    ///
    /// Their wakers are in `wakes` afterwards, except for full batches, which this function wakes itself with the lock
    /// released. The caller wakes the rest.
    pub fn fire(&self, now: u64, wakes: &mut WakeBatch) {
        if self.next_deadline() > now {
            return;
        }
        while self.fire_batch(self.wheel.lock(), now, wakes) {
            wakes.wake_before_more();
        }
    }

    /// [`fire`](Self::fire)s what it can without waiting for the lock.
    pub fn try_fire(&self, now: u64, wakes: &mut WakeBatch) {
        if self.next_deadline() > now {
            return;
        }
        while self.wheel.try_lock().is_some_and(|wheel| self.fire_batch(wheel, now, wakes)) {
            wakes.wake_before_more();
        }
    }

    /// Refuses timers from now on and wakes the tasks of those that wait, which find the shard closed. `wakes` is used
    /// as by [`fire`](Self::fire).
    pub fn close(&self, wakes: &mut WakeBatch) {
        while self.close_batch(wakes) {
            wakes.wake_before_more();
        }
    }

    /// Fires until `wakes` is full (true) or nothing else is due (false).
    fn fire_batch(&self, mut wheel: MutexGuard<'_, Wheel>, now: u64, wakes: &mut WakeBatch) -> bool {
        let more = loop {
            if wakes.is_full() {
                break true;
            }
            // SAFETY: we hold the lock (E2), and entries in the wheel are alive (E1).
            let Some(entry) = (unsafe { wheel.pop_due(now) }) else { break false };
            // SAFETY: it was in the wheel, so it is alive (E1); the borrow ends with the call, whose last access it is.
            let waker = unsafe { release(entry, Snapshot::Fired) };
            wakes.extend(waker);
        };
        self.publish(&wheel);
        more
    }

    fn close_batch(&self, wakes: &mut WakeBatch) -> bool {
        let mut wheel = self.wheel.lock();
        self.closed.store(true, Ordering::Relaxed);
        let more = loop {
            if wakes.is_full() {
                break true;
            }
            // SAFETY: we hold the lock (E2), and entries in the wheel are alive (E1).
            let Some(entry) = (unsafe { wheel.pop_any() }) else { break false };
            // SAFETY: it was in the wheel, so it is alive (E1).
            let waker = unsafe { release(entry, Snapshot::Closed) };
            wakes.extend(waker);
        };
        self.publish(&wheel);
        more
    }

    /// Puts an idle entry in, with the waker.
    ///
    /// # Safety
    ///
    /// The caller owns the timer that contains `entry`, which is pinned, idle, and calls [`cancel`](Self::cancel) of this
    /// shard before it ends.
    pub(crate) unsafe fn insert(&self, entry: &Entry, due: u64, waker: Waker) -> Insert {
        let mut wheel = self.wheel.lock();
        if self.closed.load(Ordering::Relaxed) && !mutation::on("TIMER_ARM_CLOSED") {
            // The waker is dropped by the caller's frame, after the lock: its drop may run anything.
            drop(wheel);
            return Insert::Closed;
        }
        // SAFETY: the entry is idle, so it is the caller's (E3).
        unsafe { entry.with_filed(|filed| filed.waker = Some(waker)) };
        entry.state.armed();
        // SAFETY: E1 by this function's contract; we hold the lock; an idle entry is in no wheel.
        unsafe { wheel.insert(NonNull::from(entry), due) };
        Insert::Done(self.publish_insert(&wheel, due))
    }

    /// Gives an entry that may be registered here another deadline, another waker, or both.
    ///
    /// # Safety
    ///
    /// The caller owns the timer that contains `entry`, which was inserted here and not cancelled since.
    pub(crate) unsafe fn update(&self, entry: &Entry, due: Option<u64>, waker: Option<Waker>) -> Insert {
        let (result, unused) = {
            let mut wheel = self.wheel.lock();
            // The shard may have fired it since the caller looked.
            match entry.state.get() {
                Snapshot::Registered => {}
                _ if mutation::on("TIMER_UPDATE_NO_LOOK") => {}
                Snapshot::Closed => return Insert::Closed,
                Snapshot::Fired | Snapshot::Idle => return Insert::Fired,
            }
            // SAFETY: it is registered and we hold the lock (E2).
            let unused = match waker {
                // SAFETY: as above.
                Some(waker) => unsafe { entry.with_filed(|filed| filed.waker.replace(waker)) },
                None => None,
            };
            if let Some(due) = due {
                // SAFETY: it is registered here, and we hold the lock.
                unsafe { wheel.remove(NonNull::from(entry)) };
                // SAFETY: as for `insert`; it was just removed.
                unsafe { wheel.insert(NonNull::from(entry), due) };
            }
            (Insert::Done(self.publish(&wheel)), unused)
        };
        // A waker's drop may run anything, so it comes after the lock.
        drop(unused);
        result
    }

    /// Takes an entry out that may be registered here. It is idle, fired or closed afterwards.
    ///
    /// # Safety
    ///
    /// As for [`update`](Self::update).
    pub(crate) unsafe fn cancel(&self, entry: &Entry) {
        let waker = {
            let mut wheel = self.wheel.lock();
            // The shard may have fired it since the caller looked.
            if entry.state.get() != Snapshot::Registered && !mutation::on("TIMER_CANCEL_NO_LOOK") {
                return;
            }
            // SAFETY: it is registered here, and we hold the lock.
            unsafe { wheel.remove(NonNull::from(entry)) };
            // SAFETY: it is registered and we hold the lock (E2).
            let waker = unsafe { entry.with_filed(|filed| filed.waker.take()) };
            entry.state.cancelled();
            self.publish(&wheel);
            waker
        };
        drop(waker);
    }

    /// [`publish`](Self::publish) after an entry was added, without asking the wheel.
    fn publish_insert(&self, wheel: &Wheel, due: u64) -> Option<u64> {
        let before = self.next.load(Ordering::Relaxed);
        debug_assert!(
            mutation::on("TIMER_NO_PUBLISH") || before.min(due) <= wheel.next_deadline(),
            "a deadline is missed"
        );
        if due < before && !mutation::on("TIMER_NO_PUBLISH") {
            self.next.store(due, Ordering::Relaxed);
        }
        (due < before).then_some(due)
    }

    /// Publishes the wheel's next deadline; returns it if it went down.
    fn publish(&self, wheel: &Wheel) -> Option<u64> {
        let next = wheel.next_deadline();
        let before = self.next.load(Ordering::Relaxed);
        if next != before && !mutation::on("TIMER_NO_PUBLISH") {
            self.next.store(next, Ordering::Relaxed);
        }
        (next < before).then_some(next)
    }
}

/// Gives an entry that was just taken out of the wheel back to its owner; returns the waker.
///
/// # Safety
///
/// The entry is registered and in no list, and the caller holds the lock. It must not be touched afterwards.
unsafe fn release(entry: NonNull<Entry>, to: Snapshot) -> Option<Waker> {
    // SAFETY: it is alive (E1) until its state changes.
    let entry = unsafe { entry.as_ref() };
    if mutation::on("TIMER_FIRE_STATE_FIRST") {
        entry.state.fired();
        // SAFETY: none: this is the mutation.
        return unsafe { entry.with_filed(|filed| filed.waker.take()) };
    }
    // SAFETY: it is registered and the caller holds the lock (E2).
    let waker = unsafe { entry.with_filed(|filed| filed.waker.take()) };
    match to {
        Snapshot::Closed => entry.state.closed(),
        _ => entry.state.fired(),
    }
    waker
}

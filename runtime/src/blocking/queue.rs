//! The queue of the blocking pool and the protocol by which its threads sleep, wake, start and end.
//!
//! Protocol, races and proof: `README.md` beside this file. This file knows neither tasks nor how threads are started,
//! so that the models can mount it alone; `pool.rs` acts on what [`Queue::submit`] returns.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use heist_primitives::mutation;
use heist_primitives::sync::{Arc, Condvar, Mutex, MutexGuard};

/// What waits in the queue.
pub(crate) trait Item {
    /// What finds the item again, in [`Queue::remove`].
    type Key: PartialEq + Copy;

    /// The item's key. No two items in the queue have the same.
    fn key(&self) -> Self::Key;

    /// Whether the item is run even if the queue closes before its turn comes.
    fn is_mandatory(&self) -> bool;

    /// How many threads can be woken, one after the other, in the time that an item like this is likely to take.
    fn wakes_meanwhile(&self) -> usize;
}

/// The queue, and who waits at it.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    /// Told when a thread has ended.
    ended: Condvar,
    /// Threads that there may be.
    limit: usize,
}

struct State<T> {
    items: VecDeque<T>,
    /// The threads that sleep and that nobody has claimed; the last to fall asleep is the first to be woken, so that
    /// surplus threads stay idle long enough to end.
    idle: Vec<Arc<Seat>>,
    /// Threads that were claimed and have not looked at the queue since.
    waking: usize,
    /// Threads that will look at the queue before they sleep or end, among them those being started.
    threads: usize,
    /// Those of `threads` that have not arrived: the operating system may still refuse them.
    starting: usize,
    /// Threads that have not come to their end: `threads` and those that only have to clean up.
    alive: usize,
    closed: bool,
}

/// Where one thread sleeps.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    woken: Condvar,
}

/// What became of an item that was submitted.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Submitted<T> {
    /// A thread will take it.
    Queued,
    /// It is queued and a place for a thread is reserved: the caller starts the thread, or says that it
    /// [failed](Queue::thread_failed).
    StartThread,
    /// The queue is closed.
    Refused(T),
}

/// What the queue looks like at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Threads that take items, or will once they have started.
    pub(crate) threads: usize,
    /// Threads that sleep.
    pub(crate) idle: usize,
    /// Items that wait.
    pub(crate) queued: usize,
}

impl<T: Item> Queue<T> {
    /// A queue for at most `limit` threads.
    pub(crate) fn new(limit: usize) -> Self {
        let state = State {
            items: VecDeque::new(),
            idle: Vec::new(),
            waking: 0,
            threads: 0,
            starting: 0,
            alive: 0,
            closed: false,
        };
        Self { state: Mutex::new(state), ended: Condvar::new(), limit }
    }

    /// Adds an item. In the same lock section a sleeper is claimed, or one is waking that will claim the next, or
    /// a thread is reserved, or all threads are busy and each of them looks at the queue before it sleeps: so the item is
    /// never left alone.
    pub(crate) fn submit(&self, item: T) -> Submitted<T> {
        let mut state = self.state.lock();
        if state.closed {
            return Submitted::Refused(item);
        }
        if mutation::on("blocking_closed_checked_before") {
            drop(state);
            state = self.state.lock();
        }
        let wakes_meanwhile = item.wakes_meanwhile();
        state.items.push_back(item);
        let claimed = state.claim(wakes_meanwhile);
        let is_new = state.items.len() > state.available() && state.threads < self.limit;
        if is_new {
            state.threads += 1;
            state.starting += 1;
            state.alive += 1;
        }
        drop(state);
        wake(claimed);
        if is_new { Submitted::StartThread } else { Submitted::Queued }
    }

    /// The thread for which [`submit`](Self::submit) reserved a place could not be started. Returns the item if no
    /// other thread is there to run it: then its submitter has to say so.
    #[must_use]
    pub(crate) fn thread_failed(&self, key: T::Key) -> Option<T> {
        let mut state = self.state.lock();
        state.threads -= 1;
        state.starting -= 1;
        state.alive -= 1;
        // A thread that is only being started is nobody: it may fail too, and its submitter returns its own item only.
        let somebody_is_there = if mutation::on("blocking_failed_start_trusts_another") {
            state.threads > 0
        } else {
            state.threads > state.starting
        };
        let orphan = if somebody_is_there { None } else { state.take(key) };
        drop(state);
        self.ended.notify_all();
        orphan
    }

    /// Takes an item out that no thread has taken yet.
    pub(crate) fn remove(&self, key: T::Key) -> Option<T> {
        self.state.lock().take(key)
    }

    /// A new thread says that it is there. It then calls [`next`](Self::next) until that returns nothing, and
    /// [`thread_ended`](Self::thread_ended) at its very end.
    pub(crate) fn thread_arrived(&self) -> Arc<Seat> {
        self.state.lock().starting -= 1;
        Arc::new(Seat::default())
    }

    /// The next item; sleeps while there is none. `None` tells the thread to end: it has been idle for `keep_alive`, or
    /// the queue is closed and empty.
    pub(crate) fn next(&self, seat: &Arc<Seat>, keep_alive: Duration) -> Option<T> {
        let mut state = self.state.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                let claimed = if mutation::on("blocking_last_waker_stops") { None } else { state.claim(0) };
                drop(state);
                wake(claimed);
                return Some(item);
            }
            if mutation::on("blocking_sleep_without_look") {
                drop(state);
                state = self.state.lock();
            }
            if state.closed {
                break;
            }
            state.idle.push(seat.clone());
            state = self.sleep(state, seat, keep_alive);
            if state.leave_idle(seat) {
                // Still in the list: nobody claimed the thread, its time ran out. If an item waits nevertheless, one that is
                // waking would claim this thread next, and its submitter relied on that.
                if state.items.is_empty() || mutation::on("blocking_expiry_ignores_items") {
                    break;
                }
            } else {
                state.waking -= 1;
                if mutation::on("blocking_expiry_ignores_claim") {
                    break;
                }
            }
        }
        // In the lock section of the last look: from now on a submission does not count on this thread.
        state.threads -= 1;
        None
    }

    /// Waits until a claimant has taken the seat out of the idle list, or for `keep_alive`.
    fn sleep<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<T>>,
        seat: &Arc<Seat>,
        keep_alive: Duration,
    ) -> MutexGuard<'a, State<T>> {
        if keep_alive.is_zero() {
            // No sleep, but a moment in which others may submit.
            drop(state);
            return self.state.lock();
        }
        // A keep-alive too long for the clock has no end.
        let deadline = Instant::now().checked_add(keep_alive);
        while state.idle_position(seat).is_some() {
            let Some(deadline) = deadline else {
                state = seat.woken.wait(state);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let (guard, timed_out) = seat.woken.wait_timeout(state, left);
            state = guard;
            if timed_out {
                break;
            }
        }
        state
    }

    /// A thread has done everything, its user's last callback included.
    pub(crate) fn thread_ended(&self) {
        self.state.lock().alive -= 1;
        self.ended.notify_all();
    }

    /// Refuses further items, wakes all threads, and returns the items that will not be run. The mandatory ones stay: a
    /// thread leaves a closed queue only when it is empty.
    #[must_use]
    pub(crate) fn close(&self) -> Vec<T> {
        let mut state = self.state.lock();
        state.closed = true;
        let is_kept = |item: &T| item.is_mandatory() && !mutation::on("blocking_close_drops_mandatory");
        let (kept, refused): (Vec<_>, Vec<_>) = std::mem::take(&mut state.items).into_iter().partition(is_kept);
        state.items = kept.into();
        let idle = std::mem::take(&mut state.idle);
        state.waking += idle.len();
        drop(state);
        for seat in idle {
            seat.woken.notify_one();
        }
        refused
    }

    /// Waits until at most `others` threads are left, at the longest until `deadline`; true if it is so.
    pub(crate) fn wait_for_end(&self, others: usize, deadline: Option<Instant>) -> bool {
        let mut state = self.state.lock();
        while state.alive > others {
            let Some(deadline) = deadline else {
                state = self.ended.wait(state);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.ended.wait_timeout(state, left).0;
        }
        true
    }

    /// The numbers of this moment.
    pub(crate) fn counts(&self) -> Counts {
        let state = self.state.lock();
        Counts { threads: state.threads, idle: state.idle.len(), queued: state.items.len() }
    }
}

impl<T: Item> State<T> {
    /// Takes the item with `key` out. Looks from both ends at once: who aborts many items mostly does it in the order of
    /// their submission, or in the opposite one.
    fn take(&mut self, key: T::Key) -> Option<T> {
        let length = self.items.len();
        let is_it = |index: &usize| self.items[*index].key() == key;
        let index = (0..length.div_ceil(2)).flat_map(|index| [index, length - 1 - index]).find(is_it)?;
        self.items.remove(index)
    }
}

impl<T> State<T> {
    /// Claims an idle thread for an item that waits, if nobody is waking: who is calls this again when taking its item.
    /// Where items are short the threads that are awake have taken the rest by then. Where they are long nobody does. So
    /// one is claimed also if each of those that are waking has an item of its own, as long as fewer are not idle than
    /// can be woken while an item lasts.
    fn claim(&mut self, wakes_meanwhile: usize) -> Option<Arc<Seat>> {
        let one_is_enough = self.waking >= self.items.len()
            || self.threads - self.idle.len() >= wakes_meanwhile
            || mutation::on("blocking_one_at_a_time");
        if self.items.is_empty() || (self.waking > 0 && one_is_enough) {
            return None;
        }
        let seat = self.idle.pop()?;
        self.waking += 1;
        Some(seat)
    }

    /// How many items will be taken by threads that do nothing else meanwhile.
    fn available(&self) -> usize {
        self.idle.len() + self.waking + self.starting
    }

    fn idle_position(&self, seat: &Arc<Seat>) -> Option<usize> {
        self.idle.iter().rposition(|other| Arc::ptr_eq(other, seat))
    }

    /// Takes the seat out of the idle list; false if a claimant was faster.
    fn leave_idle(&mut self, seat: &Arc<Seat>) -> bool {
        let position = self.idle_position(seat);
        if let Some(position) = position {
            self.idle.remove(position);
        }
        position.is_some()
    }
}

fn wake(claimed: Option<Arc<Seat>>) {
    if let Some(seat) = claimed {
        seat.woken.notify_one();
    }
}

impl<T: Item> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("limit", &self.limit).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

//! The semaphore inside [`Semaphore`](super::Semaphore), the locks and the bounded channel: counted permits, granted
//! strictly first come, first served, with no lock taken while nobody waits.

#![allow(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use heist_primitives::WakeBatch;
use heist_primitives::atomic::AtomicUsize;
use heist_primitives::mutation;
use pin_project_lite::pin_project;

use super::permits::{Permits, Snapshot, Take};
use crate::sync::wait_list::{LockedWait, QueueRef, Wait, WaitList, WaitQueue};
use crate::task::coop;

/// Counted permits and those who wait for some.
pub(crate) struct RawSemaphore {
    permits: Permits,
    queue: WaitQueue<Share>,
}

// SAFETY: the semaphore is borrowed, so its queue cannot move.
unsafe impl QueueRef for &RawSemaphore {
    type Value = Share;

    fn queue(&self) -> &WaitQueue<Share> {
        &self.queue
    }
}

/// What a waiter wants and has got so far. It leaves the list as soon as it has all; one that somebody else took off
/// with less was told that the semaphore is closed.
#[derive(Debug)]
pub(crate) struct Share {
    wanted: usize,
    held: usize,
}

/// The semaphore was closed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

impl Share {
    /// What came of the wait of a waiter that is off the list. From here on the permits are the caller's.
    fn claim(&mut self) -> Result<(), Closed> {
        if mem::take(&mut self.held) == self.wanted { Ok(()) } else { Err(Closed) }
    }
}

impl RawSemaphore {
    /// A semaphore with `permits` free.
    ///
    /// # Panics
    ///
    /// If `permits` is larger than [`MAX_PERMITS`](super::permits::MAX_PERMITS).
    #[track_caller]
    pub(crate) fn new(permits: usize) -> Self {
        Self::from_parts(AtomicUsize::new(Permits::bits(permits)), WaitQueue::new())
    }

    /// The same from its parts, for constants.
    pub(crate) const fn from_parts(bits: AtomicUsize, queue: WaitQueue<Share>) -> Self {
        Self { permits: Permits::from_atomic(bits), queue }
    }

    /// Permits that are free now.
    pub(crate) fn available(&self) -> usize {
        self.snapshot().free()
    }

    /// True after [`close`](Self::close).
    pub(crate) fn is_closed(&self) -> bool {
        self.snapshot().is_closed()
    }

    /// One look at both.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.permits.load()
    }

    /// Takes `n` permits if that many are free.
    #[inline]
    pub(crate) fn try_acquire(&self, n: usize) -> Take {
        self.permits.try_take(n)
    }

    /// Waits for `n` permits. They are the caller's to give back once the future is ready.
    #[inline]
    pub(crate) fn acquire(&self, n: usize) -> Acquire<'_> {
        Acquire::New { semaphore: self, wanted: n }
    }

    /// Gives `n` permits to those who wait, or makes them free.
    #[inline]
    #[track_caller]
    pub(crate) fn release(&self, n: usize) {
        if n != 0 && !self.permits.give(n) {
            self.release_to_waiters(n);
        }
    }

    /// Takes up to `n` free permits out of circulation and returns how many.
    pub(crate) fn forget(&self, n: usize) -> usize {
        self.permits.take_up_to(n)
    }

    /// From now on nobody gets a permit; those who wait are told.
    pub(crate) fn close(&self) {
        let mut batch = WakeBatch::new();
        let mut unused = 0;
        let mut list = self.queue.lock();
        self.permits.close();
        while let Some(waker) = list.take_first(|share| {
            unused += mem::take(&mut share.held);
            true
        }) {
            batch.extend(waker);
            if batch.is_full() {
                drop(list);
                batch.wake_before_more();
                list = self.queue.lock();
            }
        }
        drop(list);
        if !mutation::on("semaphore_close_loses_share") {
            self.release(unused);
        }
        batch.wake_all();
    }

    #[cold]
    fn release_to_waiters(&self, mut n: usize) {
        let mut list = self.queue.lock();
        // Mostly it is one permit, and goes to the oldest waiter: no batch then.
        if n == 1 && !list.is_empty() {
            let served = list.take_first_if(|share| {
                share.held += 1;
                share.held == share.wanted
            });
            if list.is_empty() {
                self.permits.waiters_gone(0);
            }
            drop(list);
            if let Some(waker) = served.flatten() {
                waker.wake();
            }
            return;
        }
        let mut batch = WakeBatch::new();
        while !self.hand_out(&mut list, &mut n, &mut batch) {
            drop(list);
            batch.wake_before_more();
            list = self.queue.lock();
        }
        drop(list);
        batch.wake_all();
    }

    /// Serves waiters from the front, the last one perhaps in part; false if the batch is full before `n` is used up.
    fn hand_out(&self, list: &mut WaitList<Share>, n: &mut usize, batch: &mut WakeBatch) -> bool {
        let mut serve = |share: &mut Share| {
            let granted = (share.wanted - share.held).min(*n);
            share.held += granted;
            *n -= granted;
            share.held == share.wanted
        };
        while let Some(waker) = list.take_first_if(&mut serve) {
            batch.extend(waker);
            if batch.is_full() {
                break;
            }
        }
        if list.is_empty() {
            self.permits.waiters_gone(mem::take(n));
        }
        *n == 0
    }

    /// Takes a waiter off the list and returns the permits it holds.
    fn leave(&self, locked: &mut LockedWait<'_, &Self>) -> usize {
        if locked.leave() && locked.list().is_empty() {
            self.permits.waiters_gone(0);
        }
        locked.entry(|entry| mem::take(&mut entry.value.held))
    }
}

impl fmt::Debug for RawSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore").field("permits", &self.available()).field("closed", &self.is_closed()).finish()
    }
}

pin_project! {
    /// The future of [`RawSemaphore::acquire`]. Not to be polled again after it was ready.
    ///
    /// Dropped early it leaves the queue, and what it had been granted goes to the next.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    #[project = Stage]
    pub(crate) enum Acquire<'a> {
        /// Not polled yet, or ready at its first poll. Only who has to wait makes a `Wait`.
        New {
            semaphore: &'a RawSemaphore,
            wanted: usize,
        },
        /// On the list, or taken off it by somebody else since.
        Queued {
            #[pin]
            queued: Queued<'a>,
        },
    }
}

impl Future for Acquire<'_> {
    type Output = Result<(), Closed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let budget = coop::poll_proceed(cx);
        if let (Stage::New { semaphore, wanted }, Poll::Ready(coop)) = (self.as_mut().project(), &budget) {
            if semaphore.try_acquire(*wanted) == Take::Taken {
                coop.made_progress();
                return Poll::Ready(Ok(()));
            }
        }
        self.poll_slowly(budget, cx.waker())
    }
}

impl<'a> Acquire<'a> {
    /// A task without budget takes its place in the queue if it has to wait. It leaves alone what is free: it would keep
    /// others from it while it yields, and make them all queue.
    #[cold]
    fn poll_slowly(
        mut self: Pin<&mut Self>,
        budget: Poll<coop::RestoreOnPending>,
        waker: &Waker,
    ) -> Poll<Result<(), Closed>> {
        if let Stage::New { semaphore, wanted } = self.as_mut().project() {
            let (semaphore, wanted) = (*semaphore, *wanted);
            let now = semaphore.snapshot();
            if now.is_closed() {
                ready!(budget).made_progress();
                return Poll::Ready(Err(Closed));
            }
            if budget.is_pending() && now.free() >= wanted {
                return Poll::Pending;
            }
            if self.as_mut().join_queue(semaphore, wanted, waker.clone()) {
                return Poll::Pending;
            }
        }
        let coop = ready!(budget);
        let outcome = match self.project() {
            Stage::Queued { queued } => ready!(queued.poll(waker)),
            Stage::New { .. } => unreachable!("`join_queue` ends this stage"),
        };
        coop.made_progress();
        Poll::Ready(outcome)
    }

    /// True if it has to wait.
    fn join_queue(mut self: Pin<&mut Self>, semaphore: &'a RawSemaphore, wanted: usize, waker: Waker) -> bool {
        let wait = Wait::new(semaphore, Share { wanted, held: 0 });
        self.set(Acquire::Queued { queued: Queued { wait } });
        match self.project() {
            Stage::Queued { queued } => queued.join(wanted, waker),
            Stage::New { .. } => unreachable!("the stage was set just now"),
        }
    }
}

pin_project! {
    /// A waiter of a semaphore. Dropped early it leaves the queue and passes on what it was granted.
    #[derive(Debug)]
    pub(crate) struct Queued<'a> {
        #[pin]
        wait: Wait<&'a RawSemaphore>,
    }

    impl PinnedDrop for Queued<'_> {
        fn drop(this: Pin<&mut Self>) {
            let semaphore = this.semaphore();
            let mut wait = this.project().wait;
            let held = match wait.as_mut().if_unlinked(|entry| mem::take(&mut entry.value.held)) {
                Some(held) => held,
                None => semaphore.leave(&mut wait.lock()),
            };
            if !mutation::on("semaphore_keeps_grant") {
                semaphore.release(held);
            }
        }
    }
}

impl<'a> Queued<'a> {
    fn semaphore(&self) -> &'a RawSemaphore {
        self.wait.queue()
    }

    /// Goes on the list, unless the permits have come meanwhile, or the end. True if it is on the list.
    fn join(self: Pin<&mut Self>, wanted: usize, waker: Waker) -> bool {
        let semaphore = self.semaphore();
        let mut locked = self.project().wait.lock();
        let (held, waits) = match semaphore.permits.take_or_wait(wanted) {
            Take::Taken => (wanted, false),
            Take::Closed => (0, false),
            Take::Short(held) => (held, true),
        };
        locked.entry(|entry| {
            entry.value.held = held;
            entry.waker = Some(waker);
        });
        if waits {
            locked.push_back();
        }
        waits
    }

    /// Ready if it is not on the list: the permits are the caller's then.
    fn poll(self: Pin<&mut Self>, waker: &Waker) -> Poll<Result<(), Closed>> {
        let mut wait = self.project().wait;
        let mut fresh = None;
        loop {
            // Whoever has been served needs no lock to find out.
            if let Some(outcome) = wait.as_mut().if_unlinked(|entry| entry.value.claim()) {
                return Poll::Ready(outcome);
            }
            let mut locked = wait.as_mut().lock();
            if !locked.is_linked() {
                continue;
            }
            let known = locked.entry(|entry| entry.waker.as_ref().is_some_and(|old| old.will_wake(waker)));
            if known || mutation::on("semaphore_keeps_waker") {
                return Poll::Pending;
            }
            // Cloning and dropping a waker is foreign code, which must not run under the lock.
            match fresh.take() {
                None => {
                    drop(locked);
                    fresh = Some(waker.clone());
                }
                Some(fresh) => {
                    let old = locked.entry(|entry| entry.waker.replace(fresh));
                    drop(locked);
                    drop(old);
                    return Poll::Pending;
                }
            }
        }
    }
}

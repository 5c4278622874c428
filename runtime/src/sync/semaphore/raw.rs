//! The semaphore inside [`Semaphore`](super::Semaphore), the locks and the bounded channel: counted permits, granted
//! strictly first come, first served, with no lock taken while nobody waits.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use heist_primitives::WakeBatch;
use heist_primitives::atomic::AtomicUsize;
use heist_primitives::mutation;
use pin_project_lite::pin_project;

use super::permits::{Permits, Snapshot, Take};
use crate::sync::wait_list::{Entry, LockedWait, Wait, WaitList, WaitQueue};
use crate::task::coop;

/// Counted permits and those who wait for some.
pub(crate) struct RawSemaphore {
    permits: Permits,
    queue: WaitQueue<Share>,
}

/// What a waiter wants and has got so far.
#[derive(Debug)]
pub(crate) struct Share {
    wanted: usize,
    held: usize,
    /// Taken off the list by `close`.
    closed: bool,
}

/// The semaphore was closed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

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
    pub(crate) fn try_acquire(&self, n: usize) -> Take {
        self.permits.try_take(n)
    }

    /// Waits for `n` permits. They are the caller's to give back once the future is ready.
    pub(crate) fn acquire(&self, n: usize) -> Acquire<'_> {
        let wait = Wait::new(&self.queue, Share { wanted: n, held: 0, closed: false });
        Acquire { semaphore: self, wanted: n, phase: Phase::New, wait }
    }

    /// Gives `n` permits to those who wait, or makes them free.
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
            share.closed = true;
            unused += std::mem::take(&mut share.held);
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
        self.release(unused);
        batch.wake_all();
    }

    #[cold]
    fn release_to_waiters(&self, mut n: usize) {
        let mut batch = WakeBatch::new();
        let mut list = self.queue.lock();
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
        while list.with_front(&mut serve) == Some(true) {
            batch.extend(list.take_first(|_| true).flatten());
            if batch.is_full() {
                break;
            }
        }
        if list.is_empty() {
            self.permits.waiters_gone(std::mem::take(n));
        }
        *n == 0
    }

    /// Takes a waiter off the list and returns the permits it holds.
    fn leave(&self, locked: &mut LockedWait<'_, &WaitQueue<Share>>) -> usize {
        if locked.leave() && locked.list().is_empty() {
            self.permits.waiters_gone(0);
        }
        locked.entry(|entry| std::mem::take(&mut entry.value.held))
    }
}

impl fmt::Debug for RawSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore").field("permits", &self.available()).field("closed", &self.is_closed()).finish()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not polled yet.
    New,
    /// On the list, or taken off it by somebody else since.
    Queued,
    /// The permits are ours, but the task had used its budget up: the next poll is ready.
    Taken,
    /// It was ready.
    Done,
}

pin_project! {
    /// The future of [`RawSemaphore::acquire`].
    ///
    /// Dropped early it leaves the queue, and what it had been granted goes to the next.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Acquire<'a> {
        semaphore: &'a RawSemaphore,
        wanted: usize,
        phase: Phase,
        #[pin]
        wait: Wait<&'a WaitQueue<Share>>,
    }

    impl PinnedDrop for Acquire<'_> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let held = match *this.phase {
                Phase::New | Phase::Done => 0,
                Phase::Taken => *this.wanted,
                Phase::Queued => {
                    let mut locked = this.wait.lock();
                    this.semaphore.leave(&mut locked)
                }
            };
            if !mutation::on("semaphore_keeps_grant") {
                this.semaphore.release(held);
            }
        }
    }
}

impl Future for Acquire<'_> {
    type Output = Result<(), Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // A task without budget takes its place in the queue, and its permits if there are some, all the same: it
        // yields, but nobody overtakes it.
        let budget = coop::poll_proceed(cx);
        let outcome = self.as_mut().poll_take(cx.waker());
        match (budget, outcome) {
            (Poll::Ready(coop), Poll::Ready(outcome)) => {
                coop.made_progress();
                *self.project().phase = Phase::Done;
                Poll::Ready(outcome)
            }
            (Poll::Pending, Poll::Ready(Ok(()))) => {
                *self.project().phase = Phase::Taken;
                Poll::Pending
            }
            _ => Poll::Pending,
        }
    }
}

impl Acquire<'_> {
    fn poll_take(self: Pin<&mut Self>, waker: &Waker) -> Poll<Result<(), Closed>> {
        match self.phase {
            Phase::New => match self.semaphore.permits.try_take(self.wanted) {
                Take::Taken => Poll::Ready(Ok(())),
                Take::Closed => Poll::Ready(Err(Closed)),
                Take::Short(_) => self.join_queue(waker.clone()),
            },
            Phase::Queued => self.poll_queued(waker),
            Phase::Taken => Poll::Ready(Ok(())),
            Phase::Done => panic!("an acquire was polled after it was ready"),
        }
    }

    #[cold]
    fn join_queue(self: Pin<&mut Self>, waker: Waker) -> Poll<Result<(), Closed>> {
        let this = self.project();
        let mut locked = this.wait.lock();
        match this.semaphore.permits.take_or_wait(*this.wanted) {
            Take::Taken => Poll::Ready(Ok(())),
            Take::Closed => Poll::Ready(Err(Closed)),
            Take::Short(held) => {
                locked.entry(|entry| {
                    entry.value.held = held;
                    entry.waker = Some(waker);
                });
                locked.push_back();
                *this.phase = Phase::Queued;
                Poll::Pending
            }
        }
    }

    fn poll_queued(self: Pin<&mut Self>, waker: &Waker) -> Poll<Result<(), Closed>> {
        let this = self.project();
        let mut wait = this.wait;
        let mut fresh = None;
        loop {
            let mut locked = wait.as_mut().lock();
            let (granted, closed) = locked.entry(|Entry { value, .. }| (value.held == value.wanted, value.closed));
            if granted || closed || this.semaphore.is_closed() {
                let held = this.semaphore.leave(&mut locked);
                drop(locked);
                *this.phase = Phase::New;
                if granted {
                    return Poll::Ready(Ok(()));
                }
                this.semaphore.release(held);
                return Poll::Ready(Err(Closed));
            }
            if locked.entry(|entry| entry.waker.as_ref().is_some_and(|old| old.will_wake(waker))) {
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

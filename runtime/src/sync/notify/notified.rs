//! The futures of [`Notify`](super::Notify).
//!
//! Its one unsafe promise is that a reference to a `Notify` keeps leading to the same wait queue.

#![allow(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use heist_primitives::mutation;
use pin_project_lite::pin_project;

use super::word::Joined;
use super::{Notify, Signal};
use crate::sync::wait_list::{QueueRef, Wait, WaitQueue};

// SAFETY: the `Notify` is borrowed, so its queue cannot move.
unsafe impl QueueRef for &Notify {
    type Value = Signal;

    fn queue(&self) -> &WaitQueue<Signal> {
        &self.queue
    }
}

// SAFETY: the queue lies in the allocation of the `Arc`, which keeps it in place.
unsafe impl QueueRef for Arc<Notify> {
    type Value = Signal;

    fn queue(&self) -> &WaitQueue<Signal> {
        &self.queue
    }
}

pin_project! {
    /// What [`Notified`] and [`OwnedNotified`] have in common.
    #[project = Stage]
    enum Listener<Q>
    where
        Q: QueueRef<Value = Signal>,
        Q: Deref<Target = Notify>,
    {
        /// Not polled yet. Only who has to wait makes a `Wait`.
        Created {
            notify: Q,
            seen: usize,
        },
        /// On the list, or taken off it by a notification.
        Waiting {
            #[pin]
            waiting: Waiting<Q>,
        },
        /// Notified.
        Done,
    }
}

impl<Q: QueueRef<Value = Signal> + Deref<Target = Notify> + Clone> Listener<Q> {
    #[inline]
    fn new(notify: Q) -> Self {
        let seen = notify.word.calls();
        Self::Created { notify, seen }
    }

    /// Takes a notification, or waits for one with `waker`, if there is one.
    #[inline]
    fn poll_notified(mut self: Pin<&mut Self>, waker: Option<&Waker>) -> Poll<()> {
        match self.as_mut().project() {
            Stage::Created { notify, seen } => {
                if !notify.word.take(*seen) {
                    ready!(self.as_mut().join(waker));
                }
            }
            Stage::Waiting { waiting } => ready!(waiting.poll_waiting(waker)),
            Stage::Done => return Poll::Ready(()),
        }
        self.set(Self::Done);
        Poll::Ready(())
    }

    /// Waits, unless it is notified meanwhile.
    #[cold]
    fn join(mut self: Pin<&mut Self>, waker: Option<&Waker>) -> Poll<()> {
        let Stage::Created { notify, seen } = self.as_mut().project() else {
            unreachable!("a listener joins once");
        };
        let (notify, seen) = (notify.clone(), *seen);
        // Cloned before the lock is taken, since it is foreign code.
        let waker = waker.cloned();
        let wait = Wait::new(notify, Signal { seen, notified: None });
        self.set(Self::Waiting { waiting: Waiting { wait } });
        let Stage::Waiting { waiting } = self.project() else { unreachable!("set just now") };
        let mut locked = waiting.project().wait.lock();
        match locked.queue().word.wait(seen) {
            Joined::Consumed | Joined::Called => Poll::Ready(()),
            Joined::Waiting => {
                locked.entry(|entry| entry.waker = waker);
                locked.push_back();
                Poll::Pending
            }
        }
    }
}

impl<Q: QueueRef<Value = Signal> + Deref<Target = Notify>> fmt::Debug for Listener<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created { .. } => "Created",
            Self::Waiting { .. } => "Waiting",
            Self::Done => "Done",
        })
    }
}

pin_project! {
    /// A waiter. Dropped early it leaves the queue and passes on a notification of its own.
    struct Waiting<Q>
    where
        Q: QueueRef<Value = Signal>,
        Q: Deref<Target = Notify>,
    {
        #[pin]
        wait: Wait<Q>,
    }

    impl<Q> PinnedDrop for Waiting<Q>
    where
        Q: QueueRef<Value = Signal>,
        Q: Deref<Target = Notify>,
    {
        fn drop(this: Pin<&mut Self>) {
            this.leave();
        }
    }
}

impl<Q: QueueRef<Value = Signal> + Deref<Target = Notify>> Waiting<Q> {
    /// Ready if it is notified, which is then nobody else's business.
    fn poll_waiting(self: Pin<&mut Self>, waker: Option<&Waker>) -> Poll<()> {
        let mut wait = self.project().wait;
        let mut fresh = None;
        loop {
            // Whoever was taken off the list needs no lock to find out.
            if wait.as_mut().if_unlinked(|entry| entry.value.notified = None).is_some() {
                return Poll::Ready(());
            }
            let mut locked = wait.as_mut().lock();
            if !locked.is_linked() {
                continue;
            }
            if locked.queue().word.calls() != locked.entry(|entry| entry.value.seen) {
                // An outdated waiter does not count for N1: it may leave without a word.
                locked.leave();
                return Poll::Ready(());
            }
            let Some(waker) = waker else { return Poll::Pending };
            if locked.entry(|entry| entry.waker.as_ref().is_some_and(|old| old.will_wake(waker))) {
                return Poll::Pending;
            }
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

    /// Leaves the list; a notification that came meanwhile goes to the next one.
    fn leave(self: Pin<&mut Self>) {
        let mut wait = self.project().wait;
        if wait.as_mut().if_unlinked(|entry| entry.value.notified.is_none()) == Some(true) {
            return;
        }
        let mut locked = wait.lock();
        let notify: &Notify = locked.queue();
        if locked.leave() {
            notify.waiter_left(locked.list());
            return;
        }
        let Some(order) = locked.entry(|entry| entry.value.notified) else { return };
        if mutation::on("notify_drop_swallows") {
            return;
        }
        let waker = notify.notify_locked(locked.list(), order);
        drop(locked);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pin_project! {
    /// The future of [`Notify::notified`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Notify;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let notify = Notify::new();
    ///     let notified = notify.notified();
    ///     notify.notify_one();
    ///     notified.await;
    /// }
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Notified<'a> {
        #[pin]
        listener: Listener<&'a Notify>,
    }
}

impl<'a> Notified<'a> {
    pub(super) fn new(notify: &'a Notify) -> Self {
        Self { listener: Listener::new(notify) }
    }

    /// Begins to wait without a poll, so that a [`notify_one`](Notify::notify_one) from now on reaches this future.
    ///
    /// Returns true if it is notified already; the future is then ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Notify;
    ///
    /// let notify = Notify::new();
    /// let mut notified = std::pin::pin!(notify.notified());
    /// assert!(!notified.as_mut().enable());
    /// notify.notify_one();
    /// assert!(notified.as_mut().enable());
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().listener.poll_notified(None).is_ready()
    }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().listener.poll_notified(Some(cx.waker()))
    }
}

impl fmt::Debug for Notified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notified").field("phase", &self.listener).finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Notify::notified_owned`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Notify;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let notify = Arc::new(Notify::new());
    ///     let notified = heist::spawn(notify.clone().notified_owned());
    ///     notify.notify_one();
    ///     notified.await.unwrap();
    /// }
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct OwnedNotified {
        #[pin]
        listener: Listener<Arc<Notify>>,
    }
}

impl OwnedNotified {
    pub(super) fn new(notify: Arc<Notify>) -> Self {
        Self { listener: Listener::new(notify) }
    }

    /// Begins to wait without a poll, as [`Notified::enable`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Notify;
    ///
    /// let notify = Arc::new(Notify::new());
    /// let mut notified = Box::pin(notify.clone().notified_owned());
    /// assert!(!notified.as_mut().enable());
    /// notify.notify_one();
    /// assert!(notified.as_mut().enable());
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().listener.poll_notified(None).is_ready()
    }
}

impl Future for OwnedNotified {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().listener.poll_notified(Some(cx.waker()))
    }
}

impl fmt::Debug for OwnedNotified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedNotified").field("phase", &self.listener).finish_non_exhaustive()
    }
}

//! [`Notify`]: tells a waiting task, or all of them, that something happened. Its word is in `word.rs`, the futures
//! in `notified.rs`.

mod notified;
mod word;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::task::Waker;

use heist_primitives::WakeBatch;
use heist_primitives::atomic::AtomicUsize;
pub use notified::{Notified, OwnedNotified};
use word::Word;

use super::wait_list::{WaitList, WaitQueue};

/// Notifies tasks, without a value.
///
/// It is like a semaphore that starts without a permit and never has more than one: [`notify_one`](Self::notify_one)
/// makes one waiting task, or the next that waits, go on. [`notify_waiters`](Self::notify_waiters) notifies
/// all futures that exist at that moment and nobody who comes later.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::Notify;
///
/// # futures::executor::block_on(async {
/// let notify = Arc::new(Notify::new());
/// let other = notify.clone();
/// std::thread::spawn(move || other.notify_one());
/// notify.notified().await;
/// # });
/// ```
pub struct Notify {
    word: Word,
    queue: WaitQueue<Signal>,
}

/// Which end of the queue a notification goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Oldest,
    Newest,
}

/// What a waiter waits for: a call of `notify_waiters` after the `seen`-th, or a notification for itself.
#[derive(Debug)]
pub(crate) struct Signal {
    seen: usize,
    notified: Option<Order>,
}

impl UnwindSafe for Notify {}
impl RefUnwindSafe for Notify {}

impl Notify {
    /// A `Notify` without a permit.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Notify;
    ///
    /// let notify = Notify::new();
    /// // Nothing is stored in it yet.
    /// assert!(!std::pin::pin!(notify.notified()).enable());
    /// ```
    pub fn new() -> Self {
        Self::from_parts(AtomicUsize::new(0), WaitQueue::new())
    }

    /// The same from its parts, for constants.
    pub(super) const fn from_parts(zero: AtomicUsize, queue: WaitQueue<Signal>) -> Self {
        Self { word: Word::from_atomic(zero), queue }
    }

    /// Waits for a notification.
    ///
    /// The future counts as waiting for [`notify_waiters`](Self::notify_waiters) from its creation, for
    /// [`notify_one`](Self::notify_one) from its first poll or its [`enable`](Notified::enable). A stored permit makes it
    /// ready at once, and is used up by that; unless a call of `notify_waiters` has reached the future already: then the
    /// permit is left for the next one.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it loses its place in the queue; a notification for it alone goes to the next one.
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
    ///     notify.notify_waiters();
    ///     // It existed, so it was notified, although it was never polled.
    ///     notified.await;
    /// }
    /// ```
    pub fn notified(&self) -> Notified<'_> {
        Notified::new(self)
    }

    /// As [`notified`](Self::notified), with a future that owns the `Notify`.
    ///
    /// # Cancel safety
    ///
    /// Dropped early it loses its place in the queue; a notification for it alone goes to the next one.
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
    ///     let waiting = heist::spawn(notify.clone().notified_owned());
    ///     notify.notify_one();
    ///     waiting.await.unwrap();
    /// }
    /// ```
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        OwnedNotified::new(self)
    }

    /// Notifies the task that waits longest, or stores a permit for the next one if none waits.
    ///
    /// At most one permit is stored.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Notify;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let notify = Notify::new();
    ///     notify.notify_one();
    ///     notify.notified().await;
    /// }
    /// ```
    pub fn notify_one(&self) {
        self.notify(Order::Oldest);
    }

    /// Notifies the task that began to wait last, or stores a permit for the next one if none waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Notify;
    ///
    /// let notify = Notify::new();
    /// let mut first = std::pin::pin!(notify.notified());
    /// let mut second = std::pin::pin!(notify.notified());
    /// assert!(!first.as_mut().enable() && !second.as_mut().enable());
    /// notify.notify_last();
    /// assert!(!first.enable() && second.enable());
    /// ```
    pub fn notify_last(&self) {
        self.notify(Order::Newest);
    }

    /// Notifies all futures that exist, and stores no permit.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Notify;
    ///
    /// let notify = Notify::new();
    /// let exists = std::pin::pin!(notify.notified());
    /// notify.notify_waiters();
    /// let later = std::pin::pin!(notify.notified());
    /// assert!(exists.enable() && !later.enable());
    /// ```
    pub fn notify_waiters(&self) {
        if self.word.call() {
            return;
        }
        let mut list = self.queue.lock();
        if self.word.call() {
            return;
        }
        let calls = self.word.call_waiters();
        // Outdated waiters are in front of all others (N1), also of those that come while the lock is released.
        let outdated = |signal: &mut Signal| word::is_before(signal.seen, calls);
        let mut batch = WakeBatch::new();
        while let Some(waker) = list.take_first_if(outdated) {
            batch.extend(waker);
            if batch.is_full() {
                drop(list);
                batch.wake_before_more();
                list = self.queue.lock();
            }
        }
        drop(list);
        batch.wake_all();
    }

    fn notify(&self, order: Order) {
        if self.word.store_permit() {
            return;
        }
        let mut list = self.queue.lock();
        let waker = self.notify_locked(&mut list, order);
        drop(list);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Notifies one waiter or stores a permit; the waker is for after the lock.
    fn notify_locked(&self, list: &mut WaitList<Signal>, order: Order) -> Option<Waker> {
        if self.word.store_permit() {
            return None;
        }
        let calls = self.word.calls();
        let take_current = |signal: &mut Signal| {
            let current = signal.seen == calls;
            if current {
                signal.notified = Some(order);
            }
            current
        };
        let waker = match order {
            Order::Oldest => list.take_first(take_current),
            Order::Newest => list.take_last(take_current),
        };
        debug_assert!(waker.is_some(), "rule N1: somebody current waits");
        self.waiter_left(list);
        waker.flatten()
    }

    /// A waiter left the list: keeps rule N1.
    fn waiter_left(&self, list: &mut WaitList<Signal>) {
        // Current waiters are behind all outdated ones, so the last tells. If it is outdated, or the list is empty,
        // the state may have been left by `call_waiters` already.
        let calls = self.word.calls();
        if list.with_back(|signal| signal.seen == calls) != Some(true) {
            self.word.waiters_gone();
        }
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").field("word", &self.word).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Wake};

    use heist_primitives::model;

    #[derive(Default)]
    struct Woken(std::sync::atomic::AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }

    #[test]
    fn the_count_of_calls_may_wrap_around() {
        model(0, 1, || {
            let notify = Notify::from_parts(AtomicUsize::new(Word::LAST_CALL), WaitQueue::new());
            let woken = Arc::new(Woken::default());
            let mut notified = pin!(notify.notified());
            let waker = Waker::from(woken.clone());
            assert!(notified.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            notify.notify_waiters();
            assert!(woken.0.load(std::sync::atomic::Ordering::Relaxed));
            assert!(notified.poll(&mut Context::from_waker(&waker)).is_ready());
        });
    }
}

//! The place where a channel's receiver leaves its waker.
//!
//! A message must not cost a lock or a read-modify-write when the receiver is awake, so the sides meet by two fences:
//! the receiver leaves its waker, **fences**, and looks for messages once more; a sender publishes its message,
//! **fences**, and looks whether a waker is there. Of the two fences one is first in the order of all `SeqCst` fences:
//! if the receiver's, the sender sees the waker, otherwise the receiver sees the message. The model mpsc_send_recv
//! fails without either.

use std::task::Waker;

use heist_primitives::atomic::{AtomicBool, Ordering, fence};
use heist_primitives::mutation;
use heist_primitives::sync::Mutex;

/// The receiver's waker, and whether it is there. Both change under the lock.
pub(crate) struct RxWaker {
    waiting: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl RxWaker {
    pub(crate) fn new() -> Self {
        Self { waiting: AtomicBool::new(false), waker: Mutex::new(None) }
    }

    /// The receiver is about to wait. It must look for messages once more after this.
    pub(crate) fn register(&self, waker: &Waker) {
        let mut stored = self.waker.lock();
        if !stored.as_ref().is_some_and(|old| old.will_wake(waker)) {
            // Cloning and dropping a waker is foreign code, which must not run under the lock.
            drop(stored);
            let fresh = waker.clone();
            stored = self.waker.lock();
            let old = stored.replace(fresh);
            self.waiting.store(true, Ordering::Relaxed);
            drop(stored);
            drop(old);
        }
        if !mutation::on("mpsc_receiver_without_fence") {
            // ORDERING: pairs with the fence in `wake`, as told above.
            fence(Ordering::SeqCst);
        }
    }

    /// Something was published that the receiver may wait for.
    #[inline]
    pub(crate) fn wake(&self) {
        if !mutation::on("mpsc_sender_without_fence") {
            // ORDERING: pairs with the fence in `register`, as told above.
            fence(Ordering::SeqCst);
        }
        if self.waiting.load(Ordering::Relaxed) {
            self.wake_slow();
        }
    }

    #[cold]
    fn wake_slow(&self) {
        let mut stored = self.waker.lock();
        self.waiting.store(false, Ordering::Relaxed);
        let waker = stored.take();
        drop(stored);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

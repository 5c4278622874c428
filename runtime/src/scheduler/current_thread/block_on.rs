//! Who drives: the first thread inside `block_on`. Others poll their futures, and take over when it leaves.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::core::Active;
use super::{ACTIVE, Shared};
use crate::task::coop;

const PANICKED: &str = "a spawned task panicked and the runtime is configured to shut down on unhandled panic: its \
    message was printed before this one. `UnhandledPanic::Ignore` on the builder lets other tasks go on.";

/// Wakes the future of one `block_on`.
struct MainWaker {
    woken: AtomicBool,
    shared: Arc<Shared>,
    /// For the time in which another thread drives.
    thread: Thread,
}

impl MainWaker {
    fn is_woken(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of `wake_by_ref`.
        self.woken.load(Ordering::Acquire)
    }

    fn take_wake(&self) -> bool {
        self.is_woken() && self.woken.swap(false, Ordering::AcqRel)
    }
}

impl Wake for MainWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Release publishes what preceded the wake to the thread that polls.
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.shared.wake_driving_thread();
            if self.thread.id() != thread::current().id() {
                self.thread.unpark();
            }
        }
    }
}

impl Shared {
    /// Runs `future` and, unless another thread does, the runtime's tasks.
    pub(crate) fn block_on<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        let mut future = pin!(future);
        let main = Arc::new(MainWaker {
            // It has to be polled a first time.
            woken: AtomicBool::new(true),
            shared: self.clone(),
            thread: thread::current(),
        });
        let waker = Waker::from(main.clone());
        let mut cx = Context::from_waker(&waker);
        loop {
            let core = self.core.lock().take();
            if let Some(core) = core {
                let active = Active::new(self.clone(), core);
                return ACTIVE.with(|cell| cell.set(&active, || drive(&active, future, &main, &mut cx)));
            }
            if main.take_wake() {
                if let Poll::Ready(output) = coop::with_budget(|| future.as_mut().poll(&mut cx)) {
                    return output;
                }
            }
            self.wait_for_core(&main);
        }
    }

    /// Sleeps until the core may be free or the future was woken.
    fn wait_for_core(&self, main: &MainWaker) {
        self.waiting.lock().push(main.thread.clone());
        // The thread that puts the core back does so before it looks at the list.
        let free = self.core.lock().is_some();
        if !free && !main.is_woken() {
            thread::park();
        }
        self.waiting.lock().retain(|thread| thread.id() != main.thread.id());
    }
}

fn drive<F: Future>(active: &Active, mut future: Pin<&mut F>, main: &MainWaker, cx: &mut Context<'_>) -> F::Output {
    loop {
        if active.has_failed() {
            active.shut_down();
            panic!("{PANICKED}");
        }
        if main.take_wake() {
            if let Poll::Ready(output) = coop::with_budget(|| future.as_mut().poll(cx)) {
                return output;
            }
            active.tick();
        }
        if !active.run_tasks() && !main.is_woken() {
            active.park(|| main.is_woken());
        }
    }
}

//! Guests: threads inside `block_on`. A guest runs no tasks, but what it spawns and wakes goes to a deque of its own that
//! workers steal from, so spawning from `block_on` costs no lock.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Instant;

use heist_primitives::deque::Worker as Deque;

use super::Shared;
use super::here::{Here, Role};
use super::nap::Naps;
use crate::scheduler::idle::Token;
use crate::task::coop;
use crate::task::raw::{Place, Runnable, RunnableList};

/// A guest's end of its deque.
#[derive(Debug)]
pub(super) struct Guest {
    shared: Arc<Shared>,
    index: usize,
    deque: Deque<Runnable>,
}

impl Guest {
    /// A new task. Handed back if the runtime is closed.
    pub(super) fn spawn(&self, task: Runnable) -> Result<(), Runnable> {
        if self.shared.is_closed() {
            return Err(task);
        }
        self.shared.guest_spawns.fetch_add(1, Ordering::Relaxed);
        self.push(task);
        Ok(())
    }

    /// A task that this thread has woken.
    pub(super) fn push(&self, task: Runnable) {
        self.deque.push(task);
        self.shared.idle.work_published(&*self.shared);
        if self.shared.is_closed() {
            // The workers may have looked here for the last time.
            self.empty_into_injector();
        }
    }

    /// Gives the place back, empty.
    fn leave(self) {
        self.shared.guests.leave(self.index, self.deque);
    }

    /// Moves everything to the injector. What no worker has run yet is cancelled if the runtime is closed: nobody waits
    /// for it there. A task that a worker has run keeps that worker waiting, so the injector will be looked at.
    fn empty_into_injector(&self) {
        let shared = &*self.shared;
        let mut woken = RunnableList::new();
        let mut new = RunnableList::new();
        while let Some(task) = self.deque.pop() {
            if task.owner().is_some() { woken.push_back(task) } else { new.push_back(task) }
        }
        let moved = !woken.is_empty() || !new.is_empty();
        shared.injector.push_all(woken);
        if let Err(mut refused) = shared.injector.push_all_new(new) {
            while let Some(task) = refused.pop_front() {
                shared.config.hooks.cancel(task, &Place::nowhere());
                shared.guest_spawns.fetch_sub(1, Ordering::Relaxed);
            }
        }
        if moved {
            shared.idle.work_published(shared);
        }
    }
}

impl Shared {
    /// Runs `future` on this thread, as a guest of the runtime.
    pub(crate) fn block_on<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        /// Gives the place back, also when the future panics.
        struct Visit(Option<Here>);
        impl Drop for Visit {
            fn drop(&mut self) {
                if let Some(Role::Guest(guest)) = self.0.take().map(Here::into_role) {
                    guest.empty_into_injector();
                    guest.leave();
                }
            }
        }
        let guest = self.guests.arrive().map(|(index, deque)| Guest { shared: self.clone(), index, deque });
        let visit = Visit(guest.map(|guest| Here::new(self, Role::Guest(guest))));
        match &visit.0 {
            Some(here) => here.enter(|| wait_for(future)),
            None => wait_for(future),
        }
    }
}

/// Polls `future` and sleeps in between.
fn wait_for<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = Arc::new(Bell { token: Token::new(), thread: std::thread::current() });
    let waker = Waker::from(bell.clone());
    let mut cx = Context::from_waker(&waker);
    let mut naps = Naps::default();
    let mut napped = false;
    loop {
        let (polled, operations) = coop::counting_budget(|| future.as_mut().poll(&mut cx));
        if let Poll::Ready(output) = polled {
            return output;
        }
        if std::mem::take(&mut napped) {
            naps.napped(operations);
        }
        if !bell.token.is_notified() {
            if let Some(time) = naps.due() {
                // A call meanwhile is found in the token.
                std::thread::sleep(time);
                napped = true;
            }
        }
        if bell.token.prepare() {
            let asleep_since = Instant::now();
            while !bell.token.is_notified() {
                std::thread::park();
            }
            naps.slept(asleep_since.elapsed());
        }
        bell.token.clear();
    }
}

/// Wakes the thread that waits.
struct Bell {
    token: Token,
    thread: Thread,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.token.notify() {
            self.thread.unpark();
        }
    }
}

//! Tests of the task core, with a scheduler that is a queue and counts what it sees.

#![allow(unsafe_code)]

mod panics;
mod product;
mod queues;

use std::collections::HashSet;
use std::future::Future;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Wake, Waker};

use super::raw::{Place, Returned, Returns, Runnable, RunnableList, Schedule, new_task};
use super::{Id, JoinHandle};

/// Values that must be dropped exactly once.
#[derive(Default, Clone)]
struct Census(Arc<Mutex<(usize, HashSet<usize>)>>);

impl Census {
    fn born(&self) -> Tracked {
        let mut inner = self.0.lock().unwrap();
        inner.0 += 1;
        let number = inner.0;
        inner.1.insert(number);
        Tracked { number, census: self.clone() }
    }

    fn alive(&self) -> usize {
        self.0.lock().unwrap().1.len()
    }
}

/// One of them.
struct Tracked {
    number: usize,
    census: Census,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        assert!(self.census.0.lock().unwrap().1.remove(&self.number), "dropped twice");
    }
}

/// A waker that counts its wakes.
struct Flag {
    woken: AtomicUsize,
    _tracked: Tracked,
}

impl Flag {
    fn new(census: &Census) -> Arc<Self> {
        Arc::new(Self { woken: AtomicUsize::new(0), _tracked: census.born() })
    }

    fn woken(&self) -> usize {
        self.woken.load(Ordering::Relaxed)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::Relaxed);
    }
}

/// A scheduler with one queue and two places, 0 and 1.
#[derive(Default)]
struct Queue {
    runnables: Mutex<RunnableList>,
    returns: [Returns; 2],
    rescheduled: AtomicUsize,
    aborted: Mutex<Vec<Id>>,
    cells: AtomicUsize,
}

impl Schedule for Queue {
    unsafe fn schedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: the test keeps the queue.
        unsafe { this.as_ref() }.runnables().push_back(task);
    }

    unsafe fn reschedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: the test keeps the queue.
        let this = unsafe { this.as_ref() };
        this.rescheduled.fetch_add(1, Ordering::Relaxed);
        this.runnables().push_back(task);
    }

    unsafe fn hand_back(this: NonNull<Self>, owner: u32, task: Returned) {
        // SAFETY: the test keeps the queue.
        unsafe { this.as_ref() }.returns[owner as usize].push(task);
    }

    unsafe fn aborted(this: NonNull<Self>, id: Id) {
        // SAFETY: the test keeps the queue.
        unsafe { this.as_ref() }.aborted.lock().unwrap().push(id);
    }

    unsafe fn cell_made(this: NonNull<Self>) {
        // SAFETY: the test keeps the queue.
        unsafe { this.as_ref() }.cells.fetch_add(1, Ordering::Relaxed);
    }

    unsafe fn cell_freed(this: NonNull<Self>) {
        // SAFETY: the test keeps the queue.
        unsafe { this.as_ref() }.cells.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Queue {
    fn runnables(&self) -> MutexGuard<'_, RunnableList> {
        self.runnables.lock().unwrap()
    }

    /// A task and its first runnable, which is not in the queue.
    #[track_caller]
    fn task<F: Future + 'static>(&self, future: F) -> (Runnable, JoinHandle<F::Output>) {
        // SAFETY: the tests keep the queue until its tasks are gone, run them on its two places or on none, and keep
        // futures that are not `Send` on one thread.
        unsafe { new_task(future, NonNull::from(self), Id::next(), Location::caller()) }
    }

    #[track_caller]
    fn spawn<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        let (runnable, join) = self.task(future);
        self.runnables().push_back(runnable);
        join
    }

    /// Runs the first of the queue.
    fn run_one(&self, place: &Place) -> bool {
        let next = self.runnables().pop_front();
        match next {
            Some(runnable) => {
                runnable.run(place);
                true
            }
            None => false,
        }
    }

    fn run_all(&self, place: &Place) {
        while self.run_one(place) {}
    }

    /// The end of a runtime.
    fn shut_down(&self, places: &[Place; 2]) {
        for place in places {
            place.abort_all();
        }
        self.run_all(&places[1]);
        for (place, returns) in places.iter().zip(&self.returns) {
            returns.drain(place);
            assert!(place.is_empty());
        }
    }

    fn cells(&self) -> usize {
        self.cells.load(Ordering::Relaxed)
    }
}

fn places() -> [Place; 2] {
    [Place::new(0), Place::new(1)]
}

fn waker(flag: &Arc<Flag>) -> Waker {
    Waker::from(flag.clone())
}

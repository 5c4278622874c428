//! Models of the task core: the scheduler they run on, the futures, and what every one checks at its end.

#![allow(unsafe_code)]

mod abort;
mod faults;
mod free;
mod join;
mod queue;
mod runtime;
mod wakes;

use std::collections::HashSet;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
// What only counts, and must not order anything in the model, is made of std's types.
use std::sync::atomic::{AtomicUsize as Plain, Ordering::Relaxed};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};

use heist_primitives::alloc::{self, Liveness};
use heist_primitives::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use heist_primitives::mutation::on;
use heist_primitives::thread;

use self::queue::Queue;
use super::raw::{Place, Returned, Returns, Runnable, RunnableList, Schedule, new_task};
use super::{Id, JoinError, JoinHandle, coop};

/// Makes tests of functions that are one execution of a model.
macro_rules! models {
    ($($name:ident),* $(,)?) => {
        mod tests {
            $(
                #[test]
                fn $name() {
                    heist_primitives::model(2, 300, super::$name);
                }
            )*
        }
    };
}
use models;

/// Values that must be dropped exactly once, and the flags of an execution: see [`Flag::new`].
#[derive(Default)]
struct Census(Mutex<(usize, HashSet<usize>)>, Mutex<Vec<Weak<Flag>>>);

/// One of them.
struct Token {
    number: usize,
    census: Arc<Census>,
}

impl Census {
    fn born(self: &Arc<Self>) -> Token {
        let mut inner = self.0.lock().unwrap();
        inner.0 += 1;
        let number = inner.0;
        inner.1.insert(number);
        Token { number, census: self.clone() }
    }

    fn alive(&self) -> usize {
        self.0.lock().unwrap().1.len()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let removed = self.census.0.lock().unwrap().1.remove(&self.number);
        assert!(removed || std::thread::panicking(), "dropped twice");
    }
}

/// The memory of a runtime, as far as tasks know it.
struct Rt {
    queue: Queue,
    returns: [Returns; 2],
    cells: Plain,
    /// A remote push holds a reference of its own while it goes on after the push.
    guarded: bool,
    owners: AtomicUsize,
    live: Liveness,
}

impl Rt {
    fn release(this: NonNull<Self>) {
        // SAFETY: the caller has a reference.
        let rt = unsafe { this.as_ref() };
        if rt.owners.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            rt.live.ended();
            // SAFETY: that was the last reference.
            alloc::free(unsafe { Box::from_raw(this.as_ptr()) });
        }
    }
}

impl Schedule for Rt {
    unsafe fn schedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: the runnable in hand keeps it, and after the push our guard.
        let rt = unsafe { this.as_ref() };
        rt.live.accessed();
        let guard = rt.guarded && !on("no_rt_guard");
        if guard {
            rt.owners.fetch_add(1, Ordering::Relaxed);
        }
        rt.queue.push(task);
        if rt.guarded {
            // Stands for a look at the idle word, after the push.
            rt.live.accessed();
        }
        if guard {
            Self::release(this);
        }
    }

    unsafe fn reschedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: called on a thread that runs tasks of it.
        unsafe { this.as_ref() }.queue.push(task);
    }

    unsafe fn hand_back(this: NonNull<Self>, owner: u32, task: Returned) {
        // SAFETY: called on a thread that runs tasks of it.
        unsafe { this.as_ref() }.returns[owner as usize].push(task);
    }

    unsafe fn cell_made(this: NonNull<Self>) {
        // SAFETY: called by `new_task`.
        unsafe { this.as_ref() }.cells.fetch_add(1, Relaxed);
    }

    unsafe fn cell_freed(this: NonNull<Self>) {
        // SAFETY: a runtime's memory stays until the end of an execution, and the counter is not part of the model.
        unsafe { this.as_ref() }.cells.fetch_sub(1, Relaxed);
    }
}

/// One execution: the runtime and the counters.
#[derive(Clone)]
struct World {
    rt: NonNull<Rt>,
    census: Arc<Census>,
    /// Signals given to futures; read and written without order.
    signals: Arc<AtomicUsize>,
    /// Wakers that futures leave behind in their first poll.
    stash: Arc<Mutex<Vec<Waker>>>,
}

// SAFETY: the models keep the runtime until their threads are done with it.
unsafe impl Send for World {}

impl World {
    fn new() -> Self {
        Self::with(false)
    }

    /// A runtime whose memory ends before the last waker.
    fn guarded() -> Self {
        Self::with(true)
    }

    fn with(guarded: bool) -> Self {
        let rt = Rt {
            queue: Queue::new(),
            returns: [Returns::new(), Returns::new()],
            cells: Plain::new(0),
            guarded,
            owners: AtomicUsize::new(1),
            live: Liveness::new(),
        };
        Self {
            rt: NonNull::from(Box::leak(Box::new(rt))),
            census: Arc::default(),
            signals: Arc::new(AtomicUsize::new(0)),
            stash: Arc::default(),
        }
    }

    fn rt(&self) -> &Rt {
        // SAFETY: the models keep the runtime until their threads are done with it.
        let rt = unsafe { self.rt.as_ref() };
        rt.live.accessed();
        rt
    }

    #[track_caller]
    fn task<F: Future + 'static>(&self, future: F) -> (Runnable, JoinHandle<F::Output>) {
        // SAFETY: as `rt`; the runnables run on places 0 and 1, or on none; all futures of the models may change threads.
        unsafe { new_task(future, self.rt, Id::next(), Location::caller()) }
    }

    #[track_caller]
    fn spawn<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        let (runnable, handle) = self.task(future);
        self.rt().queue.push(runnable);
        handle
    }

    /// A future that ends once it sees `needed` signals, and leaves `wakers` behind in its first poll.
    fn gate(&self, needed: usize, wakers: usize) -> Gate {
        Gate { world: self.clone(), needed, wakers, _token: self.census.born() }
    }

    /// A task that is pending and idle, and its wakers.
    #[track_caller]
    fn idle(&self, place: &Place, needed: usize, wakers: usize) -> (JoinHandle<Token>, Vec<Waker>) {
        let handle = self.spawn(self.gate(needed, wakers));
        self.run(place);
        (handle, std::mem::take(&mut *self.stash.lock().unwrap()))
    }

    fn signal(&self) {
        self.signals.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs what is in the queue.
    fn run(&self, place: &Place) {
        for runnable in self.rt().queue.take_all() {
            runnable.run(place);
        }
    }

    /// Runs tasks until that is so.
    fn run_until(&self, place: &Place, done: impl Fn() -> bool) {
        loop {
            self.run(place);
            if done() {
                return;
            }
            thread::yield_now();
        }
    }

    /// Runs tasks until one is over.
    fn run_to_end<T>(&self, place: &Place, handle: &JoinHandle<T>) {
        self.run_until(place, || handle.is_finished());
    }

    /// Ends a worker: aborts what its place lists, and runs and takes back until the list is empty.
    fn shut_down(&self, place: &Place, owner: usize) {
        place.abort_all();
        loop {
            self.run(place);
            self.rt().returns[owner].drain(place);
            if place.is_empty() || on("shutdown_no_wait") {
                return;
            }
            thread::yield_now();
        }
    }

    /// The end of an execution, after all threads: nothing is left.
    fn check(self) {
        assert_eq!(self.census.alive(), 0, "a future or output is left");
        assert!(self.rt().queue.is_empty(), "a runnable is left");
        assert_eq!(self.rt().cells.load(Relaxed), 0, "a cell is left");
        Rt::release(self.rt);
    }
}

/// The future of most models.
struct Gate {
    world: World,
    needed: usize,
    wakers: usize,
    _token: Token,
}

impl Future for Gate {
    type Output = Token;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Token> {
        let wakers = std::mem::take(&mut self.wakers);
        if wakers > 0 {
            let wakers: Vec<_> = (0..wakers).map(|_| cx.waker().clone()).collect();
            self.world.stash.lock().unwrap().extend(wakers);
        }
        // Relaxed: what makes it visible is the wake.
        if self.world.signals.load(Ordering::Relaxed) < self.needed {
            return Poll::Pending;
        }
        Poll::Ready(self.world.census.born())
    }
}

/// A waker that a thread of the model waits for. It is counted, so a join waker that nobody drops is noticed.
struct Flag {
    woken: AtomicBool,
    _token: Token,
}

impl Flag {
    fn new(census: &Arc<Census>) -> Arc<Self> {
        let flag = Arc::new(Self { woken: AtomicBool::new(false), _token: census.born() });
        // Keeps the memory, so that no later flag gets the address of one that is gone, and with it an equal waker. A real
        // allocator orders the two; loom does not know it, and would let the task miss that the first was woken.
        census.1.lock().unwrap().push(Arc::downgrade(&flag));
        flag
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        // Not a store: loom may order one before the swap that ran first.
        self.woken.swap(true, Ordering::Release);
    }
}

/// One poll of a handle with that flag's waker.
fn poll<T>(handle: &mut JoinHandle<T>, flag: &Arc<Flag>) -> Poll<Result<T, JoinError>> {
    let waker = Waker::from(flag.clone());
    coop::with_budget(|| Pin::new(handle).poll(&mut Context::from_waker(&waker)))
}

/// Waits for a handle; polls only when woken.
fn block_on<T>(census: &Arc<Census>, mut handle: JoinHandle<T>) -> Result<T, JoinError> {
    let flag = Flag::new(census);
    loop {
        if let Poll::Ready(output) = poll(&mut handle, &flag) {
            return output;
        }
        while !flag.woken.swap(false, Ordering::Acquire) {
            thread::yield_now();
        }
    }
}

fn join_all(threads: impl IntoIterator<Item = thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

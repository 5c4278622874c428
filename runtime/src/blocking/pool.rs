//! The threads of the blocking pool, and the way of a closure: made a task, queued, run or cancelled.
//!
//! Who sleeps and who wakes is decided in `queue.rs`; this file starts the threads that it asks for.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::io;
use std::panic::Location;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::thread::{self, JoinHandle as Thread};
use std::time::Instant;

use heist_primitives::sync::Mutex;

use super::lengths::Lengths;
use super::queue::{Counts, Item, Queue, Submitted};
use super::task::BlockingTask;
use crate::runtime::config::Config;
use crate::runtime::context;
use crate::scheduler::{self, threads};
use crate::task::raw::{Place, Returned, Runnable, Schedule, new_task};
use crate::task::{Id, JoinHandle};

thread_local! {
    /// The pool that this thread belongs to; only compared.
    static OWN_POOL: Cell<*const Shared> = const { Cell::new(ptr::null()) };
}

/// The blocking pool of one runtime. Clones are the same pool.
#[derive(Clone, Debug)]
pub(crate) struct Pool(Arc<Shared>);

/// What the pool's threads and its tasks share.
pub(super) struct Shared {
    queue: Queue<Entry>,
    lengths: Lengths,
    config: Config,
    /// The threads that were started, but for those known to have ended.
    threads: Mutex<Vec<Thread<()>>>,
}

/// Why a closure was not queued.
enum NotSpawned {
    /// The runtime shuts down.
    Closed,
    /// No thread is there to run it, and none could be started.
    NoThread(io::Error),
}

/// A closure in the queue.
struct Entry {
    id: Id,
    runnable: Runnable,
    /// Run even if the pool closes first.
    is_mandatory: bool,
    /// What closures of this pool took lately, as [`Item::wakes_meanwhile`].
    wakes_meanwhile: usize,
    /// Released after the task has ended and its `JoinHandle` was woken.
    clock: Option<ClockHold>,
}

impl Pool {
    /// A pool without threads: they start as closures come.
    pub(crate) fn new(config: Config) -> Self {
        let queue = Queue::new(config.max_blocking_threads);
        Self(Arc::new(Shared { queue, lengths: Lengths::new(), config, threads: Mutex::new(Vec::new()) }))
    }

    /// Runs `func` on a thread of the pool, inside the runtime of `handle`, whose pool this is. A closure that has not
    /// started when the pool closes is cancelled.
    ///
    /// # Panics
    ///
    /// If the pool has no thread and the operating system refuses to start one.
    #[track_caller]
    pub(crate) fn spawn<F, R>(
        &self,
        func: F,
        handle: &scheduler::Handle,
        spawned_at: &'static Location<'static>,
    ) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        match self.try_spawn(Id::next(), func, handle, spawned_at) {
            Ok(join) => join,
            Err(error) => panic!("OS can't spawn worker thread: {error}"),
        }
    }

    /// As [`spawn`](Self::spawn), with an id that was taken for it.
    ///
    /// # Errors
    ///
    /// If the pool has no thread and the operating system refuses to start one. The closure is dropped.
    pub(crate) fn try_spawn<F, R>(
        &self,
        id: Id,
        func: F,
        handle: &scheduler::Handle,
        spawned_at: &'static Location<'static>,
    ) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let (join, submitted) = self.submit(id, func, handle, spawned_at, false);
        match submitted {
            // One that is refused has cancelled the task: its handle says so.
            Ok(()) | Err(NotSpawned::Closed) => Ok(join),
            Err(NotSpawned::NoThread(error)) => Err(error),
        }
    }

    /// As [`spawn`](Self::spawn), for a closure that runs also if the pool closes before its turn comes.
    ///
    /// # Errors
    ///
    /// If the pool is closed already, or has no thread and the operating system refuses to start one. The closure was
    /// dropped then.
    #[allow(dead_code, reason = "only files have work that must not be dropped, and they are a feature")]
    pub(crate) fn spawn_mandatory<F, R>(
        &self,
        func: F,
        handle: &scheduler::Handle,
        spawned_at: &'static Location<'static>,
    ) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let (join, submitted) = self.submit(Id::next(), func, handle, spawned_at, true);
        match submitted {
            Ok(()) => Ok(join),
            Err(NotSpawned::Closed) => Err(io::Error::other("background task failed: the runtime is shutting down")),
            Err(NotSpawned::NoThread(error)) => Err(error),
        }
    }

    /// Makes `func` a task and queues it. A task that is not queued is cancelled.
    fn submit<F, R>(
        &self,
        id: Id,
        func: F,
        handle: &scheduler::Handle,
        spawned_at: &'static Location<'static>,
        is_mandatory: bool,
    ) -> (JoinHandle<R>, Result<(), NotSpawned>)
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let scheduler = NonNull::new(Arc::as_ptr(&self.0).cast_mut()).expect("an `Arc` is not null");
        // SAFETY: each cell counts a reference on the pool (`cell_made`), so the pool is valid as long as the task; a
        // closure is `Send`; and all its runnables run on places without a list.
        let (runnable, join) = unsafe { new_task(BlockingTask::new(func), scheduler, id, spawned_at) };
        let wakes_meanwhile = self.0.lengths.in_wakes();
        let entry = Entry { id, runnable, is_mandatory, wakes_meanwhile, clock: ClockHold::new(handle) };
        let submitted = match self.0.queue.submit(entry) {
            Submitted::Queued => Ok(()),
            Submitted::StartThread => self.start_thread(handle).or_else(|error| match self.0.queue.thread_failed(id) {
                Some(entry) => {
                    entry.cancel();
                    Err(NotSpawned::NoThread(error))
                }
                // Another thread will run it.
                None => Ok(()),
            }),
            Submitted::Refused(entry) => {
                entry.cancel();
                Err(NotSpawned::Closed)
            }
        };
        (join, submitted)
    }

    fn start_thread(&self, handle: &scheduler::Handle) -> io::Result<()> {
        let config = &self.0.config;
        let name = config.next_thread_name()?;
        let (shared, handle) = (self.0.clone(), handle.clone());
        let thread = threads::spawn(name, config.thread_stack_size, move || run_thread(&shared, handle))?;
        self.0.reap(Some(thread));
        Ok(())
    }

    /// Takes no more closures, cancels those that have not started and are not mandatory, and lets the threads end when they have nothing
    /// left to do. Does not wait. May be called more than once.
    pub(crate) fn close(&self) {
        for entry in self.0.queue.close() {
            entry.cancel();
        }
    }

    /// After [`close`](Self::close): waits until all threads have ended, at the longest until `deadline`; true if they
    /// have. A thread of the pool that calls it does not wait for itself.
    pub(crate) fn wait_for_end(&self, deadline: Option<Instant>) -> bool {
        let is_ours = OWN_POOL.try_with(|pool| ptr::eq(pool.get(), &*self.0)).unwrap_or(false);
        if !self.0.queue.wait_for_end(usize::from(is_ours), deadline) {
            return false;
        }
        let ended = std::mem::take(&mut *self.0.threads.lock());
        for thread in ended {
            if thread.thread().id() != thread::current().id() {
                // It has run its last line; what is left are the destructors of its thread-locals.
                let _ = thread.join();
            }
        }
        true
    }

    /// Threads, idle threads, and closures in the queue.
    pub(crate) fn counts(&self) -> Counts {
        self.0.queue.counts()
    }

    /// Tells whether the pool has been freed.
    #[cfg(test)]
    pub(super) fn downgrade(&self) -> std::sync::Weak<Shared> {
        Arc::downgrade(&self.0)
    }
}

impl Shared {
    /// Joins the threads that have ended since, so that their stacks go, and remembers `new`.
    fn reap(&self, new: Option<Thread<()>>) {
        let mut threads = self.threads.lock();
        let (ended, mut running): (Vec<_>, Vec<_>) = threads.drain(..).partition(Thread::is_finished);
        running.extend(new);
        *threads = running;
        drop(threads);
        for thread in ended {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("blocking::Shared").field("queue", &self.queue).finish_non_exhaustive()
    }
}

/// What a thread of the pool does.
fn run_thread(shared: &Shared, handle: scheduler::Handle) {
    // Dropped last, and also if a guard that a closure left behind makes the context panic.
    let _ended = Ended(shared);
    OWN_POOL.set(shared);
    let seat = shared.queue.thread_arrived();
    let _context = context::enter(handle);
    shared.config.thread_started();
    let place = Place::nowhere();
    let mut sampler = shared.lengths.sampler();
    while let Some(entry) = shared.queue.next(&seat, shared.config.thread_keep_alive) {
        sampler.during(|| entry.run(&place));
    }
    shared.config.thread_stopped();
    shared.reap(None);
}

struct Ended<'a>(&'a Shared);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.queue.thread_ended();
    }
}

impl Entry {
    fn run(self, place: &Place) {
        self.runnable.run(place);
        drop(self.clock);
    }

    fn cancel(self) {
        self.runnable.cancel(&Place::nowhere());
        drop(self.clock);
    }
}

impl Item for Entry {
    type Key = Id;

    fn key(&self) -> Id {
        self.id
    }

    fn is_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn wakes_meanwhile(&self) -> usize {
        self.wakes_meanwhile
    }
}

// A closure is runnable from its spawn to its end, so no wake and no abort ever makes it so: only the last three
// functions are called.
impl Schedule for Shared {
    unsafe fn schedule(_this: NonNull<Self>, task: Runnable) {
        unreachable!("closure {} was scheduled twice", task.id());
    }

    unsafe fn reschedule(_this: NonNull<Self>, task: Runnable) {
        unreachable!("closure {} did not finish", task.id());
    }

    unsafe fn hand_back(_this: NonNull<Self>, _owner: u32, _task: Returned) {
        unreachable!("closures are in no list");
    }

    unsafe fn aborted(this: NonNull<Self>, id: Id) {
        // SAFETY: the cell, which is not freed yet, counts a reference on the pool.
        let shared = unsafe { this.as_ref() };
        // If it is not there a thread has it: it runs, or will find out that it was aborted.
        if let Some(entry) = shared.queue.remove(id) {
            entry.cancel();
        }
    }

    unsafe fn cell_made(this: NonNull<Self>) {
        // SAFETY: `spawn` made the pointer from an `Arc` that is alive.
        unsafe { Arc::increment_strong_count(this.as_ptr()) };
    }

    unsafe fn cell_freed(this: NonNull<Self>) {
        // SAFETY: this gives back what `cell_made` took.
        unsafe { Arc::decrement_strong_count(this.as_ptr()) };
    }
}

/// Keeps a paused clock from advancing by itself while a closure is outstanding: the closure may be what the test
/// waits for. Only the current-thread runtime has a clock that can be paused.
struct ClockHold(scheduler::Handle);

impl ClockHold {
    fn new(handle: &scheduler::Handle) -> Option<Self> {
        match handle {
            scheduler::Handle::CurrentThread(_) => {
                handle.driver().clock.inhibit_auto_advance();
                Some(Self(handle.clone()))
            }
            scheduler::Handle::MultiThread(_) => None,
        }
    }
}

impl Drop for ClockHold {
    fn drop(&mut self) {
        if self.0.driver().clock.allow_auto_advance() {
            // The thread may sleep in the driver because the clock stood still.
            self.0.unpark_driver();
        }
    }
}

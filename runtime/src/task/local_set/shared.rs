//! The scheduler of a local set: where its tasks are, who runs them and when, and how they end.
//!
//! Vocabulary: the *owner* is the thread that made the set; it alone runs and drops tasks. A *tick* is one poll of the
//! set, in which some of the tasks run. The *driver* is whoever polls the set: the waker of the last poll.
//!
//! Where a task goes that was woken:
//!
//! | by | queue | the driver is woken |
//! |---|---|---|
//! | the owner, in a tick | local | no: the tick goes on, or tells the driver when it ends |
//! | the owner, otherwise | local | yes |
//! | another thread | injector | yes |
//!
//! **No wake is lost.** A tick ends thus: store the driver's waker (under its lock), then look at both queues, and wake
//! the driver if there is something. Another thread pushes, then takes the waker (under its lock). If it comes first to
//! the lock, the look that follows finds its task; if it comes second, it finds the waker.
//!
//! **The end.** Every task is in the place's list from its spawn until it is complete, and `close` waits until that
//! list is empty. So while a runnable exists, in whosever hands, the set does too; and a task woken after the set is
//! gone is complete, and its wake does nothing.

#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use heist_primitives::sync::Mutex;

use super::bound::Bound;
use crate::runtime::UnhandledPanic;
use crate::runtime::context::{self, Entered, EnteredGuard};
use crate::scheduler::injector::Injector;
use crate::task::raw::{self, Place, Returned, Runnable, RunnableList, Schedule};
use crate::task::{Id, JoinHandle};

/// Tasks that run in one tick; then the others of the driver's thread have their turn.
const TASKS_PER_TICK: usize = 61;
/// Tasks between two looks at the injector while there are local ones.
const INJECTOR_INTERVAL: u32 = 31;

const PANICKED: &str = "a spawned task panicked and the LocalSet is configured to shutdown on unhandled panic: its message \
    was printed before this one. `UnhandledPanic::Ignore` lets other tasks go on.";

thread_local! {
    /// The set into which `spawn_local` spawns.
    static CURRENT: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

/// The current thread's current set.
pub(super) fn current() -> Option<Arc<Shared>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Shared {
    /// Tasks woken by other threads.
    injector: Injector,
    driver: Mutex<Option<Waker>>,
    local: Bound<Local>,
    id: crate::runtime::Id,
}

/// What only the owner reaches.
#[derive(Debug)]
struct Local {
    tasks: RefCell<RunnableList>,
    place: Place,
    /// Tasks run so far.
    ran: Cell<u32>,
    in_tick: Cell<bool>,
    closed: Cell<bool>,
    unhandled_panic: Cell<UnhandledPanic>,
    /// A task has panicked, and the set is to shut down when that happens.
    failed: Cell<bool>,
}

impl Shared {
    pub(super) fn new() -> Arc<Self> {
        let local = Local {
            tasks: RefCell::default(),
            place: Place::new(0),
            ran: Cell::new(0),
            in_tick: Cell::new(false),
            closed: Cell::new(false),
            unhandled_panic: Cell::new(UnhandledPanic::Ignore),
            failed: Cell::new(false),
        };
        Arc::new(Self {
            injector: Injector::new(),
            driver: Mutex::new(None),
            local: Bound::new(local),
            id: crate::runtime::Id::next(),
        })
    }

    pub(super) fn id(&self) -> crate::runtime::Id {
        self.id
    }

    /// Sets what happens when a task panics.
    pub(super) fn set_unhandled_panic(&self, behavior: UnhandledPanic) {
        self.local().unhandled_panic.set(behavior);
    }

    /// The number of tasks that are not complete.
    pub(super) fn len(&self) -> usize {
        self.local().place.len()
    }

    /// A new task, which runs in one of the next ticks. On a closed set it is cancelled on the spot.
    pub(super) fn spawn<F>(
        self: &Arc<Self>,
        id: Id,
        future: F,
        spawned_at: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let local = self.local();
        // Not from a reference, since `schedule` makes an Arc of it.
        let this = NonNull::new(Arc::as_ptr(self).cast_mut()).expect("an Arc's pointer is not null");
        // SAFETY: `close` waits for the task (rule T9), which runs on the one place of this set. That place is reached
        // by the current thread alone, since `Bound` lets no other in (rule T10).
        let (task, join) = unsafe { raw::new_task(future, this, id, spawned_at) };
        if local.closed.get() {
            task.cancel(&Place::nowhere());
            return join;
        }
        local.place.adopt(&task);
        local.tasks.borrow_mut().push_back(task);
        if let Some(driver) = self.driver_to_wake(local) {
            driver.wake();
        }
        join
    }

    /// Polls `main`, then runs tasks.
    pub(super) fn poll_until<R>(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
        main: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        self.check_failed();
        let tick = Tick::begin(self);
        let output = main(cx);
        if output.is_pending() {
            tick.run_tasks();
            self.check_failed();
            tick.end_pending(cx.waker());
        }
        output
    }

    /// Runs tasks. Ready once there are none.
    pub(super) fn poll_all(self: &Arc<Self>, cx: &mut Context<'_>) -> Poll<()> {
        let tick = Tick::begin(self);
        tick.run_tasks();
        self.check_failed();
        if self.local().place.is_empty() {
            return Poll::Ready(());
        }
        tick.end_pending(cx.waker());
        Poll::Pending
    }

    /// Drops all tasks and panics if a task has panicked that must not.
    fn check_failed(self: &Arc<Self>) {
        if self.local().failed.get() {
            self.close();
            panic!("{PANICKED}");
        }
    }

    /// Drops all tasks, with this set as the current one; from now on it takes no more.
    pub(super) fn close(self: &Arc<Self>) {
        let local = self.local();
        let tick = Tick::begin(self);
        local.closed.set(true);
        local.place.abort_all();
        loop {
            while let Some(task) = self.next_task(local) {
                task.cancel(&local.place);
            }
            if local.place.is_empty() {
                break;
            }
            // A thread has woken one of the tasks and has not pushed it yet.
            thread::yield_now();
        }
        drop(tick);
        // The driver may own what has a reference to us.
        drop(self.take_driver());
    }

    #[track_caller]
    fn local(&self) -> &Local {
        self.local.get().expect("a local set is used on the thread that made it")
    }

    fn next_task(&self, local: &Local) -> Option<Runnable> {
        let ran = local.ran.get();
        local.ran.set(ran.wrapping_add(1));
        if ran % INJECTOR_INTERVAL == 0 {
            self.next_injected(local).or_else(|| local.next_task())
        } else {
            local.next_task().or_else(|| self.next_injected(local))
        }
    }

    /// The first injected task; the others go behind the local ones.
    fn next_injected(&self, local: &Local) -> Option<Runnable> {
        let mut tasks = self.injector.take(usize::MAX);
        let first = tasks.pop_front();
        local.tasks.borrow_mut().append(&mut tasks);
        first
    }

    fn set_driver(&self, waker: &Waker) {
        if self.driver.lock().as_ref().is_some_and(|old| old.will_wake(waker)) {
            return;
        }
        // Cloning and dropping wakers is user code, so it happens without the lock.
        let new = waker.clone();
        let old = self.driver.lock().replace(new);
        drop(old);
    }

    /// Whom to wake for a task that the owner has put into the local queue.
    fn driver_to_wake(&self, local: &Local) -> Option<Waker> {
        if local.in_tick.get() { None } else { self.take_driver() }
    }

    fn take_driver(&self) -> Option<Waker> {
        self.driver.lock().take()
    }
}

impl Local {
    fn next_task(&self) -> Option<Runnable> {
        self.tasks.borrow_mut().pop_front()
    }
}

impl Schedule for Shared {
    unsafe fn schedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: the runnable in hand keeps the set from ending (rule T9).
        let shared = unsafe { this.as_ref() };
        if let Some(local) = shared.local.get() {
            // The owner alone ends the set, so it does not end while we are here.
            local.tasks.borrow_mut().push_back(task);
            let driver = shared.driver_to_wake(local);
            // Last, since it may drop the set.
            if let Some(driver) = driver {
                driver.wake();
            }
            return;
        }
        // SAFETY: the pointer comes from an Arc, which is alive for as long as we have the runnable.
        unsafe { Arc::increment_strong_count(this.as_ptr()) };
        // SAFETY: the count was raised for this Arc. It outlives the push, after which the set may end.
        let guard = unsafe { Arc::from_raw(this.as_ptr()) };
        guard.injector.push(task);
        if let Some(driver) = guard.take_driver() {
            driver.wake();
        }
    }

    unsafe fn reschedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: as the caller's. The queue has no front door, so this is its tail.
        unsafe { Self::schedule(this, task) };
    }

    unsafe fn hand_back(_this: NonNull<Self>, _owner: u32, _task: Returned) {
        unreachable!("tasks of a local set run on its place alone");
    }

    unsafe fn panicked(this: NonNull<Self>) {
        // SAFETY: the task that panicked is being run, which keeps the set from ending (rule T9).
        let local = unsafe { this.as_ref() }.local();
        local.failed.set(local.unhandled_panic.get() == UnhandledPanic::ShutdownRuntime);
    }
}

/// Makes a set the current one until it is dropped.
#[derive(Debug)]
pub(super) struct Current {
    before: Option<Arc<Shared>>,
}

impl Current {
    pub(super) fn enter(set: &Arc<Shared>) -> Self {
        // A thread that is ending may have lost the thread-local; then there is no current set.
        let before = CURRENT.try_with(|current| current.replace(Some(set.clone()))).ok().flatten();
        Self { before }
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        // Dropped only when the thread-local is free again: it may be the last reference.
        let entered = CURRENT.try_with(|current| current.replace(self.before.take()));
        drop(entered);
    }
}

/// A poll of the set, from begin to end.
///
/// It can be nested: a task of a set may run that same set. Then the outermost driver is the one that counts.
struct Tick<'a> {
    shared: &'a Arc<Shared>,
    is_nested: bool,
    _current: Current,
    _entered: Option<EnteredGuard>,
}

impl<'a> Tick<'a> {
    fn begin(shared: &'a Arc<Shared>) -> Self {
        // A worker that hands its core over while it is inside the set would go on without the other tasks of the set,
        // which cannot follow to another thread. So `block_in_place` is not allowed here.
        let forbids = context::entered() != Entered::No;
        Self {
            shared,
            is_nested: shared.local().in_tick.replace(true),
            _current: Current::enter(shared),
            _entered: forbids.then(|| context::set_entered(Entered::Yes { may_block_in_place: false })),
        }
    }

    fn run_tasks(&self) {
        let local = self.shared.local();
        for _ in 0..TASKS_PER_TICK {
            let Some(task) = self.shared.next_task(local) else { return };
            task.run(&local.place);
            if local.failed.get() {
                return;
            }
        }
    }

    /// Makes sure that the driver comes again when there is something to do.
    fn end_pending(self, driver: &Waker) {
        self.shared.set_driver(driver);
        let has_tasks = !self.shared.local().tasks.borrow().is_empty() || !self.shared.injector.is_empty();
        drop(self);
        if has_tasks {
            driver.wake_by_ref();
        }
    }
}

impl Drop for Tick<'_> {
    fn drop(&mut self) {
        self.shared.local().in_tick.set(self.is_nested);
    }
}

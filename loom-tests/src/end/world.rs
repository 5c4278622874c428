//! A runtime of one worker, or two, in small: what `multi_thread/mod.rs` and `slot.rs` share out, and the steps of its two threads.

#![allow(unsafe_code)]

use std::future::{Future, pending, poll_fn};
use std::ops::Deref;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
// What only counts, and must not order anything in the model, is made of std's types.
use std::sync::atomic::{AtomicUsize as Plain, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use heist_primitives::atomic::{Ordering, fence};
use heist_primitives::mutation::on;
use heist_primitives::sync::{Condvar, Mutex};
use heist_primitives::thread;

use super::idle::{Bed, Crew, Idle, Mode, NEVER, Refused, Rested, Token, Woken};
use super::injector::Injector;
use super::lending::Lending;
use super::{Threads, unless};
use crate::task::coop;
use crate::task::error::JoinError;
use crate::task::id::Id;
use crate::task::join::JoinHandle;
use crate::task::raw::{Place, Returned, Returns, Runnable, Schedule, new_task};

/// What one thread sleeps at, and others end: that sleep or the next.
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn new() -> Self {
        Self { rung: Mutex::new(false), changed: Condvar::new() }
    }

    fn ring(&self) {
        *self.rung.lock() = true;
        self.changed.notify_one();
    }

    fn sleep(&self) {
        let mut rung = self.rung.lock();
        while !*rung {
            rung = self.changed.wait(rung);
        }
        *rung = false;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}

/// Opened once.
pub(super) struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { open: Mutex::new(false), opened: Condvar::new() })
    }

    pub(super) fn open(&self) {
        *self.open.lock() = true;
        self.opened.notify_all();
    }

    pub(super) fn wait(&self) {
        let mut open = self.open.lock();
        while !*open {
            open = self.opened.wait(open);
        }
    }
}

/// What others may touch of a worker.
struct Slot {
    mode: Mode,
    token: Token,
    lent: Lending,
    returns: Returns,
    /// Where the worker sleeps, on its token or at the poller.
    bed: Bell,
}

impl Slot {
    fn new() -> Self {
        Self { mode: Mode::new(), token: Token::new(), lent: Lending::new(), returns: Returns::new(), bed: Bell::new() }
    }
}

/// As in `end.rs`.
struct Counts {
    alive: usize,
    waiting: usize,
    only_waiting: bool,
}

/// What the threads share.
pub(super) struct Shared {
    idle: Idle,
    injector: Injector,
    slots: Vec<Slot>,
    monitor_bed: Bell,
    threads: Mutex<Counts>,
    threads_changed: Condvar,
    /// What workers left that have ended: number and list.
    left: Mutex<Vec<(usize, Place)>>,
    pub(super) sockets_are_closed: Arc<Gate>,
    cells: Plain,
}

impl Crew for Shared {
    fn any_work(&self) -> bool {
        !self.injector.is_empty()
    }

    fn token(&self, worker: usize) -> &Token {
        &self.slots[worker].token
    }

    fn unpark(&self, worker: usize) {
        self.slots[worker].bed.ring();
    }

    fn kick(&self) {
        // One of them sits there.
        self.slots.iter().for_each(|slot| slot.bed.ring());
    }

    fn wake_driver_thread(&self) {
        self.monitor_bed.ring();
    }
}

impl Schedule for Shared {
    unsafe fn schedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: a model keeps what is shared until its threads are done.
        let shared = unsafe { this.as_ref() };
        shared.injector.push(task);
        shared.idle.work_published(shared);
    }

    unsafe fn reschedule(this: NonNull<Self>, task: Runnable) {
        // SAFETY: by the caller.
        unsafe { Self::schedule(this, task) };
    }

    unsafe fn hand_back(this: NonNull<Self>, owner: u32, task: Returned) {
        // SAFETY: as in `schedule`.
        unsafe { this.as_ref() }.slots[owner as usize].returns.push(task);
    }

    unsafe fn cell_made(this: NonNull<Self>) {
        // SAFETY: as in `schedule`.
        unsafe { this.as_ref() }.cells.fetch_add(1, Relaxed);
    }

    unsafe fn cell_freed(this: NonNull<Self>) {
        // SAFETY: as in `schedule`.
        unsafe { this.as_ref() }.cells.fetch_sub(1, Relaxed);
    }
}

/// One execution.
#[derive(Clone)]
pub(super) struct World(Arc<Shared>);

impl Deref for World {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl World {
    /// The driver thread and so many workers.
    pub(super) fn new(workers: usize) -> Self {
        Self(Arc::new(Shared {
            idle: Idle::new(workers),
            injector: Injector::new(),
            slots: (0..workers).map(|_| Slot::new()).collect(),
            monitor_bed: Bell::new(),
            threads: Mutex::new(Counts { alive: 1 + workers, waiting: 0, only_waiting: false }),
            threads_changed: Condvar::new(),
            left: Mutex::new(Vec::new()),
            sockets_are_closed: Gate::new(),
            cells: Plain::new(0),
        }))
    }

    /// The driver thread has taken the first worker for stuck.
    pub(super) fn mark(&self) {
        assert!(self.slots[0].mode.mark());
        self.idle.worker_left(&**self);
    }

    /// Starts the first worker's thread and the driver thread.
    pub(super) fn start(&self, worker: impl FnOnce() + Send + 'static) -> Threads {
        self.start_with(worker, || {})
    }

    /// The same; `looked` is called when the driver thread has looked at everything for the first time.
    pub(super) fn start_with(
        &self,
        worker: impl FnOnce() + Send + 'static,
        looked: impl FnOnce() + Send + 'static,
    ) -> Threads {
        let (first, second) = (self.clone(), self.clone());
        [
            thread::spawn(move || {
                worker();
                first.thread_ended();
            }),
            thread::spawn(move || {
                while !second.idle.snapshot().shut() {
                    second.monitor_bed.sleep();
                }
                second.close(looked);
                second.thread_ended();
            }),
        ]
    }

    fn thread_ended(&self) {
        self.threads.lock().alive -= 1;
        unless("ENDED_NO_CALL", || self.wake_driver_thread());
    }

    /// The owner ends the runtime, and waits.
    pub(super) fn shut_down(&self, threads: Threads) {
        self.begin_shutdown();
        Self::join(threads);
    }

    pub(super) fn join(threads: Threads) {
        for thread in threads {
            thread.join().unwrap();
        }
    }

    /// The same on the thread of the second worker, which ends here.
    pub(super) fn shut_down_and_end(&self, worker: Worker, threads: Threads) {
        self.begin_shutdown();
        self.end_worker(worker);
        Self::join(threads);
    }

    /// The same on the thread of the second worker, which is stuck until the first has ended.
    pub(super) fn shut_down_stuck(&self, worker: Worker, threads: Threads) {
        self.begin_shutdown();
        let [first, driver_thread] = threads;
        first.join().unwrap();
        self.end_worker(worker);
        driver_thread.join().unwrap();
    }

    /// A worker that sees the shutdown, and its thread.
    pub(super) fn end_worker(&self, worker: Worker) {
        worker.close(false);
        self.thread_ended();
    }

    /// A worker waits for the end of the others, as `wait_for_workers`.
    pub(super) fn wait_for_others(&self) {
        self.threads.lock().waiting += 1;
        unless("WAITS_NO_CALL", || self.wake_driver_thread());
        let mut counts = self.threads.lock();
        while !counts.only_waiting {
            counts = self.threads_changed.wait(counts);
        }
        counts.waiting -= 1;
    }

    pub(super) fn begin_shutdown(&self) {
        self.injector.close();
        self.idle.shut(&**self);
    }

    /// As `Monitor::close`.
    fn close(&self, looked: impl FnOnce()) {
        // ORDERING: as there.
        fence(Ordering::SeqCst);
        let (mut looked, mut dropped, mut left) = (Some(looked), false, Vec::new());
        loop {
            let early = on("END_COUNTS_LATE").then(|| std::mem::take(&mut *self.left.lock()));
            let (others, waiting) = self.others();
            left.extend(early.unwrap_or_else(|| std::mem::take(&mut *self.left.lock())));
            left.iter().for_each(|(_, place): &(usize, Place)| place.abort_all());
            unless("CLOSE_NO_LENT", || self.slots.iter().for_each(|slot| slot.lent.abort_all()));
            while !(on("END_DROPS_NOTHING") || dropped && on("END_DROPS_ONCE")) {
                let Some(task) = self.injector.take(1).pop_front() else { break };
                task.cancel(&Place::nowhere());
            }
            dropped = true;
            unless("END_NO_RETURNS", || {
                left.iter().for_each(|(worker, place)| self.slots[*worker].returns.drain(place))
            });
            left.retain(|(_, place)| !place.is_empty());
            if others <= self.slots.iter().filter(|slot| slot.mode.is_blocked()).count() {
                unless("END_KEEPS_SOCKETS", || self.sockets_are_closed.open());
            }
            if let Some(looked) = looked.take() {
                looked();
            }
            if others == 0 && left.is_empty() || on("END_FIRST") {
                return;
            }
            let tasks: usize = left.iter().map(|(_, place)| place.len()).sum();
            if others == waiting && (tasks <= waiting || on("END_IGNORES_LEFT")) && !on("END_KEEPS_WAITERS") {
                self.threads.lock().only_waiting = true;
                self.threads_changed.notify_all();
            }
            self.monitor_bed.sleep();
        }
    }

    fn others(&self) -> (usize, usize) {
        let counts = self.threads.lock();
        (counts.alive - 1, counts.waiting)
    }

    /// A thread that has a task in hand queues it.
    pub(super) fn push(&self, task: Runnable) {
        self.injector.push(task);
        self.idle.work_published(&**self);
    }

    /// Spawns by a thread that has no list.
    pub(super) fn spawn_outside(&self, task: Runnable) {
        match self.injector.spawn(task) {
            Ok(()) => self.idle.work_published(&**self),
            Err(task) => task.cancel(&Place::nowhere()),
        }
    }

    /// The end of an execution: nothing is left, and the idle word counts nobody.
    pub(super) fn check(&self) {
        assert!(self.injector.is_empty(), "a task is left in the queue");
        assert_eq!(self.cells.load(Relaxed), 0, "the memory of a task is left");
        let end = self.idle.snapshot();
        assert_eq!((end.sleepers(), end.searchers(), end.running()), (0, 0, 0), "somebody who is gone is counted");
    }
}

/// The steps of a worker.
pub(super) struct Worker {
    world: World,
    index: usize,
    place: Place,
}

impl Worker {
    pub(super) fn new(world: &World, index: u32) -> Self {
        Self { world: world.clone(), index: index as usize, place: Place::new(index) }
    }

    fn slot(&self) -> &Slot {
        &self.world.slots[self.index]
    }

    /// As `Worker::spawn`, when the task has its turn.
    pub(super) fn adopt(&self, task: Runnable) {
        self.place.adopt(&task);
        task.run(&self.place);
    }

    /// As `Worker::block`.
    pub(super) fn block(&self) {
        let world = &*self.world;
        let shut_before = on("BLOCK_LOOKS_FIRST").then(|| world.idle.snapshot().shut());
        unless("LENT_NOT_AT_ALL", || self.slot().lent.lend(&self.place));
        world.idle.worker_blocks(&self.slot().mode, NEVER, world);
        if shut_before.unwrap_or_else(|| world.idle.snapshot().shut()) {
            unless("BLOCK_NO_LOOK", || world.wake_driver_thread());
        }
    }

    /// As `Worker::unblock`.
    pub(super) fn unblock(&self) {
        unless("LENT_KEPT_BY_SLOT", || self.slot().lent.take_back(&self.place));
        self.rejoin();
    }

    fn rejoin(&self) {
        self.slot().mode.run();
        self.world.idle.worker_rejoined(&*self.world);
    }

    pub(super) fn block_in_place(&self, f: impl FnOnce()) {
        self.block();
        f();
        self.unblock();
    }

    /// The rest of the worker's life: `Worker::work` until it may not sleep any more, and the end.
    pub(super) fn end(self) {
        let searching = self.work();
        self.close(searching);
    }

    /// Runs what is queued until the runtime shuts down. Whether the worker is a searcher then.
    fn work(&self) -> bool {
        let world = &*self.world;
        let mut searching = false;
        loop {
            while let Some(task) = world.injector.take(1).pop_front() {
                if std::mem::take(&mut searching) {
                    world.idle.search_succeeded(world);
                }
                task.run(&self.place);
            }
            if !self.slot().mode.fall_asleep() {
                self.rejoin();
                continue;
            }
            let outcome = world
                .idle
                .announce_park(self.index, searching, world)
                .map(|sleep| world.idle.sleep(sleep, world, &mut WorkerBed(self.slot())));
            self.slot().mode.run();
            match outcome {
                Err(Refused::Shut) => return searching,
                Err(Refused::WorkFound) | Ok(Woken::Claimed) => searching = true,
                Ok(Woken::ByEvents | Woken::Expired) => unreachable!("there are no events, and patience is endless"),
            }
        }
    }

    /// As `Worker::end` and the end of `worker_thread`.
    fn close(self, searching: bool) {
        // ORDERING: as there.
        fence(Ordering::SeqCst);
        self.place.abort_all();
        while let Some(task) = self.world.injector.take(1).pop_front() {
            task.cancel(&self.place);
        }
        self.slot().returns.drain(&self.place);
        self.world.idle.worker_ended(&self.slot().mode, searching, &*self.world);
        if !self.place.is_empty() {
            // The fault counts the thread as ended before, and the end itself counts it once more.
            let is_late = on("LEFT_LATE");
            if is_late {
                self.world.thread_ended();
            }
            self.world.left.lock().push((self.index, self.place));
            self.world.threads.lock().alive += usize::from(is_late);
        }
    }
}

struct WorkerBed<'a>(&'a Slot);

impl Bed for WorkerBed<'_> {
    fn sleep_on_token(&mut self) -> Rested {
        self.0.bed.sleep();
        Rested::SoFar
    }

    fn wait_in_poller(&mut self) -> Rested {
        self.sleep_on_token()
    }

    fn rest_again(&mut self) {}
}

/// What is known of a task that waits for ever.
pub(super) struct Task {
    drops: Arc<Plain>,
    waker: Arc<std::sync::Mutex<Option<Waker>>>,
    handle: Option<JoinHandle<()>>,
}

/// Counts its drops.
struct Counted(Arc<Plain>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl Task {
    /// One that nobody has run.
    #[track_caller]
    pub(super) fn new(world: &World) -> (Runnable, Self) {
        let (drops, waker) = (Arc::new(Plain::new(0)), Arc::new(std::sync::Mutex::new(None)));
        let (counted, kept) = (Counted(drops.clone()), waker.clone());
        let future = async move {
            let _counted = counted;
            poll_fn(|cx| {
                *kept.lock().unwrap() = Some(cx.waker().clone());
                Poll::Ready(())
            })
            .await;
            // The runtime keeps tasks that nobody can wake.
            drop(kept);
            pending::<()>().await;
        };
        let shared = NonNull::from(&*world.0);
        // SAFETY: what is shared outlives its threads, and with them the tasks; any thread may run them.
        let (runnable, handle) = unsafe { new_task(future, shared, Id::next(), Location::caller()) };
        (runnable, Self { drops, waker, handle: Some(handle) })
    }

    /// One that waits in the worker's list.
    #[track_caller]
    pub(super) fn pending(worker: &Worker) -> Self {
        let (runnable, task) = Self::new(&worker.world);
        worker.adopt(runnable);
        task
    }

    /// Wakes it, and takes it out of the queue: as if a worker had it in hand.
    pub(super) fn woken(self, world: &World) -> (Runnable, Self) {
        self.waker().wake();
        let runnable = world.injector.take(1).pop_front().expect("it was woken");
        (runnable, self)
    }

    /// The task's waker, after its first run.
    pub(super) fn waker(&self) -> Waker {
        self.waker.lock().unwrap().take().expect("the task has run")
    }

    /// For somebody who waits for it.
    pub(super) fn and_handle(mut self) -> (Self, JoinHandle<()>) {
        let handle = self.handle.take().expect("nobody waits for it yet");
        (self, handle)
    }

    /// At the end: its future was dropped, once.
    pub(super) fn assert_dropped(self) {
        drop(self.handle);
        drop(self.waker.lock().unwrap().take());
        assert_eq!(self.drops.load(Relaxed), 1, "drops of a future");
    }
}

/// Waits for a task, asleep.
pub(super) fn wait_for(mut handle: JoinHandle<()>) -> Result<(), JoinError> {
    let bell = Arc::new(Bell::new());
    let waker = Waker::from(bell.clone());
    loop {
        let polled = coop::with_budget(|| Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)));
        match polled {
            Poll::Ready(result) => return result,
            Poll::Pending => bell.sleep(),
        }
    }
}

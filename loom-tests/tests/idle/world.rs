//! A runtime in small: what `multi_thread/mod.rs`, `slot.rs` and `monitor.rs` share out among threads.

use std::sync::Arc;
// What only counts, and must not order anything in the model, is made of std's types.
use std::sync::atomic::{AtomicUsize as Plain, Ordering::Relaxed};

use heist_primitives::deque::{Stealer, Worker as Deque};
use heist_primitives::mutation;
use heist_primitives::sync::{Condvar, Mutex};
use heist_primitives::thread::{self, JoinHandle};

use crate::guests::Guests;
use crate::idle::{Crew, Idle, Mode, NEVER, Token};
use crate::injector::Injector;
use crate::lifo::Lifo;
use crate::poller::{Bell, Poller, Wheel};
use crate::task::raw::Runnable;
use crate::worker::Worker;

/// A deadline that comes as soon as somebody sleeps until then. Time passes in no other way, and begins at 0.
pub(crate) const SOON: u64 = 5;
/// A deadline that does not come: a sleep until then ends only by an event or a kick.
pub(crate) const FAR: u64 = 1000;

/// What a task does.
pub(crate) type Code = Box<dyn Fn(&Worker) + Send + Sync>;

/// A task that does nothing.
pub(crate) fn nothing() -> Code {
    Box::new(|_| {})
}

/// What the runtime of a model has. What it lacks nobody touches, which saves loom the schedules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) workers: usize,
    /// Spare workers that may be started.
    pub(crate) spares: usize,
    /// Threads for spares that the system refuses before it starts one.
    pub(crate) refused_threads: usize,
    /// Spares lose their patience as soon as they sleep.
    pub(crate) impatient: bool,
    /// The driver thread has the seat for itself.
    pub(crate) dedicated: bool,
    /// Guests may have pushed.
    pub(crate) guests: bool,
    /// Workers look at wheels and at the deadline word.
    pub(crate) timers: bool,
    /// Workers look for marks.
    pub(crate) marks: bool,
    /// Workers ask the poller while they search.
    pub(crate) polls: bool,
    /// Tasks taken from the injector at a time, at most.
    pub(crate) most_injected: usize,
}

impl Parts {
    /// The least: queues and sleep.
    pub(crate) const fn workers(workers: usize) -> Self {
        Self {
            workers,
            spares: 0,
            refused_threads: 0,
            impatient: false,
            dedicated: false,
            guests: false,
            timers: false,
            marks: false,
            polls: false,
            most_injected: 32,
        }
    }
}

/// What others may touch of a worker.
pub(crate) struct Slot {
    pub(crate) stealer: Stealer<Runnable>,
    pub(crate) lifo: Lifo,
    pub(crate) mode: Mode,
    token: Token,
    bell: Bell,
}

/// See the [module](self).
pub(crate) struct World {
    pub(crate) parts: Parts,
    pub(crate) idle: Idle,
    pub(crate) slots: Vec<Slot>,
    pub(crate) injector: Injector,
    pub(crate) guests: Guests,
    /// Spares that have no thread.
    pub(crate) vacant: Mutex<Vec<Worker>>,
    pub(crate) poller: Poller,
    /// One per worker, and the last one for other threads.
    pub(crate) wheels: Vec<Wheel>,
    /// Where the driver thread sleeps.
    pub(crate) driver_thread: Bell,
    code: Vec<Code>,
    runs: Vec<Plain>,
    left: Plain,
    now: Plain,
    /// The worker whose task is stuck.
    pub(crate) stuck: Plain,
    refused: Plain,
}

impl World {
    /// A runtime whose workers have not started, for tasks of which each is to run once.
    pub(crate) fn new(parts: Parts, code: Vec<Code>) -> (Arc<Self>, Vec<Worker>) {
        let deques: Vec<_> = (0..parts.workers + parts.spares).map(|_| Deque::new_fifo()).collect();
        let slot = |deque: &Deque<Runnable>| Slot {
            stealer: deque.stealer(),
            lifo: Lifo::new(),
            mode: Mode::new(),
            token: Token::new(),
            bell: Bell::new(),
        };
        let world = Arc::new(Self {
            parts,
            idle: Idle::new(parts.workers),
            slots: deques.iter().map(slot).collect(),
            injector: Injector::new(),
            guests: Guests::new(),
            vacant: Mutex::new(Vec::new()),
            poller: Poller::new(),
            wheels: (0..=parts.workers + parts.spares).map(|_| Wheel::new()).collect(),
            driver_thread: Bell::new(),
            runs: code.iter().map(|_| Plain::new(0)).collect(),
            left: Plain::new(code.len()),
            now: Plain::new(0),
            stuck: Plain::new(usize::MAX),
            refused: Plain::new(0),
            code,
        });
        let workers = deques.into_iter().enumerate().map(|(index, deque)| Worker::new(world.clone(), index, deque));
        let mut workers: Vec<_> = workers.collect();
        *world.vacant.lock() = workers.split_off(parts.workers);
        if parts.dedicated {
            assert!(world.idle.take_seat());
        }
        (world, workers)
    }

    /// A thread outside wakes a task.
    pub(crate) fn push_remote(&self, task: usize) {
        self.injector.push(Runnable::new(task));
        self.idle.work_published(self);
    }

    /// A thread outside arms a timer.
    pub(crate) fn insert_foreign(&self, deadline_ns: u64, task: Option<usize>) {
        if let Some(next) = self.wheels[self.slots.len()].insert(deadline_ns, task) {
            self.idle.deadline_left(next, self);
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now.load(Relaxed) as u64
    }

    /// Somebody has slept until then.
    pub(crate) fn time_has_come(&self, deadline_ns: u64) {
        self.now.fetch_max(deadline_ns as usize, Relaxed);
    }

    /// What the deadline word says.
    pub(crate) fn deadline(&self) -> u64 {
        if self.parts.timers { self.idle.deadline.load() } else { NEVER }
    }

    /// Fires what is due on all wheels.
    pub(crate) fn fire_timers(&self, due: &mut Vec<Runnable>) {
        let _ = self.idle.deadline.take();
        for wheel in &self.wheels {
            wheel.fire(self.now(), due);
        }
        let next = self.wheels.iter().map(Wheel::next_deadline).min().unwrap_or(NEVER);
        if next != NEVER {
            self.idle.deadline_left(next, self);
        }
    }

    /// Runs a task on a worker. The last one begins the shutdown.
    pub(crate) fn run(&self, task: Runnable, worker: &Worker) {
        let number = task.into_number();
        self.runs[number].fetch_add(1, Relaxed);
        self.code[number](worker);
        if self.left.fetch_sub(1, Relaxed) == 1 {
            self.idle.shut(self);
        }
    }

    /// The driver thread looks for work that nobody looks at.
    pub(crate) fn tick(&self) {
        if !mutation::on("NO_TICK") {
            self.idle.tick(self);
        }
    }

    /// The driver thread marks the worker whose task is stuck.
    pub(crate) fn mark_stuck(&self) {
        self.mark(self.stuck.load(Relaxed));
    }

    /// The driver thread marks a worker and takes what it holds back.
    pub(crate) fn mark(&self, worker: usize) {
        let slot = &self.slots[worker];
        let newly = slot.mode.mark();
        if newly || slot.mode.is_marked() {
            let task = if mutation::on("LIFO_LOAD") { slot.lifo.take() } else { slot.lifo.take_always() };
            if let Some(task) = task {
                self.injector.push(task);
            }
            let next = if self.parts.timers { self.wheels[worker].next_deadline() } else { NEVER };
            if next != NEVER {
                self.idle.deadline_left(next, self);
            }
        }
        if newly {
            self.idle.worker_left(self);
        }
    }

    /// The driver thread starts a spare worker if one is needed.
    pub(crate) fn hire(&self, any_stuck: bool) -> Option<JoinHandle<()>> {
        if mutation::on("NO_HIRE") || !self.idle.hire(any_stuck, self) {
            return None;
        }
        let refused = self.refused.load(Relaxed) < self.parts.refused_threads;
        let worker = if refused { None } else { self.vacant.lock().pop() };
        if worker.is_none() {
            self.refused.fetch_add(1, Relaxed);
            self.idle.hire_failed(self);
        }
        worker.map(Worker::start_spare)
    }

    /// The loop of the driver thread, until the shutdown. It has its tick whenever nobody else can go on.
    pub(crate) fn drive(&self, workers: &mut Vec<JoinHandle<()>>) {
        while !self.idle.snapshot().shut() {
            let stuck = self.stuck.load(Relaxed);
            if stuck != usize::MAX && !mutation::on("NO_MARK") {
                self.mark(stuck);
            }
            let any_stuck = self.slots.iter().any(|slot| slot.mode.is_marked());
            if any_stuck && mutation::on("DISARM_WHILE_STUCK") && self.idle.disarm() {
                self.driver_thread.sleep();
            }
            if self.parts.polls {
                self.serve_driver();
            }
            self.tick();
            workers.extend(self.hire(any_stuck));
            if !any_stuck && self.idle.disarm() {
                self.driver_thread.sleep();
            } else {
                thread::yield_now();
            }
        }
    }

    /// The same with the seat to itself.
    pub(crate) fn drive_in_seat(&self, workers: &mut Vec<JoinHandle<()>>) {
        let mut quiet = false;
        while !self.idle.snapshot().shut() {
            let mut events = Vec::new();
            self.poller.wait(quiet, &mut events);
            if !events.is_empty() {
                for event in events {
                    self.injector.push(event);
                }
                self.idle.work_published(self);
            }
            self.tick();
            workers.extend(self.hire(false));
            quiet = self.idle.disarm();
            if !quiet {
                thread::yield_now();
            }
        }
    }

    /// The driver thread polls without waiting.
    pub(crate) fn serve_driver(&self) {
        if self.idle.snapshot().seat_taken() || !self.idle.take_seat() {
            return;
        }
        let mut events = Vec::new();
        self.poller.wait(false, &mut events);
        self.idle.driver_thread_leaves_seat(self);
        if !events.is_empty() {
            for event in events {
                self.injector.push(event);
            }
            self.idle.work_published(self);
        }
    }

    /// Starts the workers.
    pub(crate) fn start(workers: Vec<Worker>) -> Vec<JoinHandle<()>> {
        workers.into_iter().map(Worker::start).collect()
    }

    /// Waits for the workers' ends and looks at what they left.
    pub(crate) fn finish(&self, workers: Vec<JoinHandle<()>>) {
        for worker in workers {
            worker.join().unwrap();
        }
        // They hold the world.
        let vacant = std::mem::take(&mut *self.vacant.lock());
        assert!(vacant.iter().all(Worker::is_idle), "a slot without a thread has work");
        drop(vacant);
        if self.parts.dedicated {
            self.idle.driver_thread_leaves_seat(self);
        }
        for (task, runs) in self.runs.iter().enumerate() {
            assert_eq!(runs.load(Relaxed), 1, "task {task} must run once");
        }
        let end = self.idle.snapshot();
        let counted = (end.sleepers(), end.searchers(), end.running(), end.seat_taken());
        assert_eq!(counted, (0, 0, 0, false), "the idle word counts somebody who is gone");
    }
}

impl Crew for World {
    fn any_work(&self) -> bool {
        let guests = self.parts.guests && self.guests.stealers().any(|stealer| !stealer.is_empty());
        guests || !self.injector.is_empty() || self.slots.iter().any(|slot| !slot.stealer.is_empty())
    }

    fn token(&self, worker: usize) -> &Token {
        &self.slots[worker].token
    }

    fn unpark(&self, worker: usize) {
        self.slots[worker].bell.ring();
    }

    fn kick(&self) {
        self.poller.kick();
    }

    fn wake_driver_thread(&self) {
        if self.parts.dedicated { self.poller.kick() } else { self.driver_thread.ring() }
    }
}

impl World {
    /// Sleeps until the worker is unparked, or for no reason.
    pub(crate) fn sleep_on_token(&self, worker: usize) {
        self.slots[worker].bell.sleep();
    }
}

/// Where threads wait for each other: two that need each other, one that has to know how far another has come.
pub(crate) struct Meeting {
    present: Mutex<usize>,
    more: Condvar,
}

impl Meeting {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { present: Mutex::new(0), more: Condvar::new() })
    }

    /// Somebody is here.
    pub(crate) fn arrive(&self) {
        *self.present.lock() += 1;
        self.more.notify_all();
    }

    /// Waits until so many have arrived.
    pub(crate) fn wait_for(&self, count: usize) {
        let mut present = self.present.lock();
        while *present < count {
            present = self.more.wait(present);
        }
    }

    /// Waits until somebody arrives.
    pub(crate) fn wait_for_next(&self) {
        let mut present = self.present.lock();
        let before = *present;
        while *present == before {
            present = self.more.wait(present);
        }
    }

    /// A task that ends once so many like it have begun.
    pub(crate) fn attend(self: &Arc<Self>, count: usize) -> Code {
        let meeting = self.clone();
        Box::new(move |_| {
            meeting.arrive();
            meeting.wait_for(count);
        })
    }
}

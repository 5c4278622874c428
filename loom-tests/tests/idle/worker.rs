//! A worker, step by step as in `multi_thread/worker.rs` and `turn.rs`, without clock, statistics and look-ups.
//! Queued work is never worth a wake to it: what the hints of the pace bring is not guaranteed.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use heist_primitives::deque::{Steal, Worker as Deque};
use heist_primitives::mutation;
use heist_primitives::thread::{self, JoinHandle};

use crate::idle::{Bed, NEVER, Refused, Rested, Woken};
use crate::task::raw::{Runnable, RunnableList};
use crate::world::{FAR, Slot, World};

/// See the [module](self).
pub(crate) struct Worker {
    world: Arc<World>,
    index: usize,
    deque: Deque<Runnable>,
    searching: Cell<bool>,
    blocking: Cell<bool>,
    /// Wakers of events and timers, as the tasks that they wake.
    turn: RefCell<Vec<Runnable>>,
}

impl Worker {
    pub(crate) fn new(world: Arc<World>, index: usize, deque: Deque<Runnable>) -> Self {
        Self { world, index, deque, searching: Cell::new(false), blocking: Cell::new(false), turn: RefCell::default() }
    }

    pub(crate) fn start(self) -> JoinHandle<()> {
        thread::spawn(move || self.run())
    }

    /// Starts a worker that counts as a searcher already.
    pub(crate) fn start_spare(self) -> JoinHandle<()> {
        self.searching.set(true);
        thread::spawn(move || {
            if !mutation::on("SPARE_KEEPS_MODE") {
                self.slot().mode.run();
            }
            if self.work() {
                return self.end();
            }
            // Nobody needed it.
            let world = self.world.clone();
            world.vacant.lock().push(self);
            world.idle.worker_left(&*world);
        })
    }

    /// Runs tasks until the runtime shuts down.
    pub(crate) fn run(&self) {
        self.work();
        self.end();
    }

    fn end(&self) {
        self.world.idle.worker_ended(&self.slot().mode, self.searching.get(), &*self.world);
    }

    /// Leaves the slot as a spare that has ended does.
    pub(crate) fn has_ended_before(&self) -> bool {
        self.slot().mode.fall_asleep()
    }

    /// Whether nothing was left behind.
    pub(crate) fn is_idle(&self) -> bool {
        self.deque.is_empty() && self.slot().lifo.is_empty() && !self.searching.get()
    }

    fn is_spare(&self) -> bool {
        self.index >= self.world.parts.workers
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    fn slot(&self) -> &Slot {
        &self.world.slots[self.index]
    }

    /// False: a spare has lost its patience.
    fn work(&self) -> bool {
        loop {
            while let Some(task) = self.next_local() {
                self.run_task(task);
            }
            if let Some(task) = self.search() {
                self.run_task(task);
            } else if let Some(end) = self.park() {
                return end;
            }
        }
    }

    fn next_local(&self) -> Option<Runnable> {
        self.slot().lifo.take().or_else(|| self.deque.pop())
    }

    fn run_task(&self, task: Runnable) {
        if self.searching.replace(false) {
            self.world.idle.search_succeeded(&*self.world);
        }
        self.world.run(task, self);
        if self.is_marked() {
            self.rejoin();
        }
    }

    fn rejoin(&self) {
        self.slot().mode.run();
        self.world.idle.worker_rejoined(&*self.world);
    }

    /// What `block_in_place` does around its closure.
    pub(crate) fn block_in_place(&self, f: impl FnOnce()) {
        if self.blocking.replace(true) && !mutation::on("BLOCK_NO_NEST") {
            return f();
        }
        if let Some(task) = self.slot().lifo.take_always() {
            self.deque.push(task);
        }
        self.world.idle.worker_blocks(&self.slot().mode, self.next_deadline(), &*self.world);
        f();
        self.blocking.set(false);
        self.rejoin();
    }

    fn is_away(&self) -> bool {
        self.world.parts.marks && self.slot().mode.is_away()
    }

    fn is_marked(&self) -> bool {
        self.world.parts.marks && self.slot().mode.is_marked()
    }

    /// Tells the driver thread that the task which runs now is stuck.
    pub(crate) fn gets_stuck(&self) {
        self.world.stuck.store(self.index, Relaxed);
    }

    /// What a look-up does if the queue is worth a wake.
    pub(crate) fn publish(&self) {
        self.world.idle.work_published(&*self.world);
    }

    /// A task woken on this thread.
    pub(crate) fn schedule(&self, task: usize) {
        if let Some(displaced) = self.push_next(Runnable::new(task)) {
            self.push_last(displaced);
        }
    }

    fn push_next(&self, task: Runnable) -> Option<Runnable> {
        let slot = self.slot();
        let marked_before = mutation::on("LIFO_CHECK_BEFORE") && self.is_away();
        let displaced = slot.lifo.push(task);
        let marked = match () {
            () if mutation::on("LIFO_CHECK_BEFORE") => marked_before,
            () if mutation::on("LIFO_NO_CHECK") => false,
            () => self.is_away(),
        };
        if marked {
            self.give_away();
        }
        displaced
    }

    /// Behind everything else.
    pub(crate) fn push_tail(&self, task: usize) {
        self.push_last(Runnable::new(task));
    }

    fn push_last(&self, task: Runnable) {
        self.deque.push(task);
        if self.is_away() {
            self.give_away();
        }
    }

    fn give_away(&self) {
        if let Some(task) = self.slot().lifo.take_always() {
            self.world.injector.push(task);
        }
        self.world.idle.work_published(&*self.world);
    }

    fn search(&self) -> Option<Runnable> {
        if self.world.idle.has_surplus() && !self.searching.get() {
            return None;
        }
        if let Some(task) = self.take_injected() {
            return Some(task);
        }
        let alone = self.world.idle.snapshot().running() <= 1;
        if alone && !self.searching.get() {
            return None;
        }
        if self.poll_now() {
            if let Some(task) = self.next_local() {
                return Some(task);
            }
        }
        if !self.searching.get() {
            if !self.world.idle.start_search() {
                return None;
            }
            self.searching.set(true);
        }
        self.steal()
    }

    fn take_injected(&self) -> Option<Runnable> {
        let queued = self.world.injector.len();
        let mut share = match queued {
            0 => RunnableList::new(),
            _ => self.world.injector.take((queued / self.world.slots.len() + 1).min(self.world.parts.most_injected)),
        };
        let first = share.pop_front();
        while let Some(task) = share.pop_front() {
            self.deque.push(task);
        }
        first
    }

    fn steal(&self) -> Option<Runnable> {
        let slots = &self.world.slots;
        let others = (1..slots.len()).map(|offset| &slots[(self.index + offset) % slots.len()].stealer);
        let guests = self.world.parts.guests.then(|| self.world.guests.stealers());
        for stealer in others.chain(guests.into_iter().flatten()) {
            if !stealer.is_empty() {
                if let Steal::Success(task) = stealer.steal_batch_with_limit_and_pop(&self.deque, 128) {
                    return Some(task);
                }
            }
        }
        None
    }

    fn poll_now(&self) -> bool {
        if !self.world.parts.polls || !self.world.idle.take_seat() {
            return false;
        }
        self.world.poller.wait(false, &mut self.turn.borrow_mut());
        self.world.idle.leave_seat();
        self.dispatch()
    }

    /// Wakes what was collected. True if there was any.
    fn dispatch(&self) -> bool {
        let turn = self.turn.take();
        if turn.is_empty() {
            return false;
        }
        for task in turn {
            if self.slot().lifo.is_empty() {
                self.push_next(task);
            } else {
                self.push_last(task);
            }
        }
        true
    }

    /// Sleeps until there may be something to do. True: the runtime shuts down; false: nobody needs this worker.
    pub(crate) fn park(&self) -> Option<bool> {
        let marks = self.world.parts.marks;
        if marks && !self.slot().mode.fall_asleep() {
            self.rejoin();
            return None;
        }
        let searching = self.searching.replace(false);
        let outcome = self.sleep(searching);
        if outcome == Ok(Woken::Expired) {
            return Some(false);
        }
        if marks {
            self.slot().mode.run();
        }
        self.searching.set(match outcome {
            Ok(woken) => woken == Woken::Claimed,
            Err(Refused::WorkFound) => true,
            Err(Refused::Shut) => searching,
        });
        let next = self.next_deadline();
        let now = self.world.now();
        if next <= now || self.world.deadline() <= now {
            self.world.fire_timers(&mut self.turn.borrow_mut());
        }
        self.dispatch();
        (outcome == Err(Refused::Shut)).then_some(true)
    }

    fn next_deadline(&self) -> u64 {
        if self.world.parts.timers { self.world.wheels[self.index].next_deadline() } else { NEVER }
    }

    fn sleep(&self, searching: bool) -> Result<Woken, Refused> {
        let world = &*self.world;
        let next = self.next_deadline();
        let left = next != NEVER && !mutation::on("PARK_TIMER_SKIP") && world.idle.deadline.leave(next);
        let announced = world.idle.announce_park(self.index, searching, world);
        let looks_itself = match announced {
            Ok(sleep) => sleep.seat || mutation::on("TIMER_NO_KICK"),
            Err(_) => mutation::on("REFUSED_NO_KICK"),
        };
        if left && !looks_itself {
            world.poller.kick();
        }
        let sleep = announced?;
        let mut bed = ModelBed {
            worker: self,
            turn: self.turn.borrow_mut(),
            impatient: world.parts.impatient && self.is_spare(),
        };
        Ok(world.idle.sleep(sleep, world, &mut bed))
    }

    /// A timer on this worker's own wheel.
    pub(crate) fn insert_timer(&self, deadline_ns: u64, task: usize) {
        self.world.wheels[self.index].insert(deadline_ns, Some(task));
    }
}

struct ModelBed<'a> {
    worker: &'a Worker,
    turn: std::cell::RefMut<'a, Vec<Runnable>>,
    impatient: bool,
}

impl Bed for ModelBed<'_> {
    fn rest_again(&mut self) {
        self.impatient = false;
    }

    fn sleep_on_token(&mut self) -> Rested {
        if self.impatient {
            return Rested::LongEnough;
        }
        self.worker.world.sleep_on_token(self.worker.index);
        Rested::SoFar
    }

    fn wait_in_poller(&mut self) -> Rested {
        if self.impatient {
            return Rested::LongEnough;
        }
        let world = &self.worker.world;
        let deadline = world.deadline();
        world.poller.wait(deadline >= FAR, &mut self.turn);
        if deadline < FAR {
            world.time_has_come(deadline);
        }
        let something = deadline <= world.now() || !self.turn.is_empty();
        if something { Rested::ForEvents } else { Rested::SoFar }
    }
}

//! Workers that block on purpose, spares that stand in for them, and guests that push.

use std::sync::Arc;

use heist_primitives::thread::{self, JoinHandle};

use crate::check::models;
use crate::task::raw::Runnable;
use crate::world::{Code, Meeting, Parts, SOON, World, nothing};

models! {
    c5(1) = seat_left_empty_by_a_block, rejects ["LEFT_NO_SEATCHECK"];
    e4(1) = timer_of_a_blocked_worker, rejects ["BLOCK_TIMER_SKIP", "BLOCK_NO_KICK"];
    f1(1) = worker_with_full_queues_blocks, rejects ["LEFT_NO_SCAN"];
    f2(1) = all_block_and_a_task_is_pushed, rejects ["NO_HIRE"];
    f2_fails(1) = first_spares_cannot_be_started, rejects ["DISARM_UNATTENDED"];
    f3(2) = push_meets_block, rejects ["LEFT_NO_FENCE", "LEFT_NO_SCAN"];
    f4(1) = block_within_a_block, rejects ["BLOCK_NO_NEST"];
    f6(3) = push_meets_failed_hire, rejects ["HIRE_FAILED_NO_SCAN"];
    g3(3) = mark_meets_block, rejects ["BLOCK_STORE"];
    i6(1) = all_block_and_an_event_comes, rejects ["NO_HIRE"];
    j2(1) = shutdown_meets_hire, rejects ["SHUT_NO_ANNOUNCE_CHECK"];
    k1(2) = push_meets_end_of_patience, rejects ["EXPIRE_NO_RETRACT", "LEFT_NO_SCAN"];
    k2(1) = vacant_slot_is_used_again, rejects ["SPARE_KEEPS_MODE"];
    l1(3) = guest_pushes, rejects ["NO_PROD_FENCE", "NO_PARK_FENCE"];
}

const fn parts(workers: usize) -> Parts {
    Parts { marks: true, ..Parts::workers(workers) }
}

const fn with_spare() -> Parts {
    Parts { spares: 1, ..parts(1) }
}

/// A task that blocks on purpose until so many others have arrived; `begun` hears of it right before.
fn blocks_for(meeting: &Arc<Meeting>, count: usize, begun: &Arc<Meeting>) -> Code {
    let (meeting, begun) = (meeting.clone(), begun.clone());
    Box::new(move |worker| {
        begun.arrive();
        worker.block_in_place(|| meeting.wait_for(count));
    })
}

fn arrives(meeting: &Arc<Meeting>) -> Code {
    let meeting = meeting.clone();
    Box::new(move |_| meeting.arrive())
}

/// The state after a block: one worker may run, two do, and the spare is a searcher.
fn surplus(parts: Parts, code: Vec<Code>) -> (Arc<World>, Vec<JoinHandle<()>>) {
    let (world, workers) = World::new(parts, code);
    world.idle.worker_left(&*world);
    assert!(world.idle.hire(false, &*world));
    world.idle.worker_rejoined(&*world);
    let spare = world.vacant.lock().pop().expect("the model has a spare");
    let mut threads = World::start(workers);
    threads.push(spare.start_spare());
    (world, threads)
}

/// The task of an event blocks until the next event's has run, while the other worker sleeps on its token.
fn seat_left_empty_by_a_block() {
    let (meeting, begun) = (Meeting::new(), Meeting::new());
    let (world, workers) = World::new(parts(2), vec![blocks_for(&meeting, 1, &begun), arrives(&meeting)]);
    let workers = World::start(workers);
    world.poller.events([0]);
    begun.wait_for(1);
    world.poller.events([1]);
    world.finish(workers);
}

/// A task arms a timer on its worker's wheel and blocks until the timer's task has run.
fn timer_of_a_blocked_worker() {
    let meeting = Meeting::new();
    let first: Code = {
        let meeting = meeting.clone();
        Box::new(move |worker| {
            worker.insert_timer(SOON, 1);
            worker.block_in_place(|| meeting.wait_for(1));
        })
    };
    let (world, workers) = World::new(Parts { timers: true, ..parts(2) }, vec![first, arrives(&meeting)]);
    let workers = World::start(workers);
    world.push_remote(0);
    world.finish(workers);
}

/// A task wakes two others, which lie in its worker's LIFO slot and deque, and blocks until they have run.
fn worker_with_full_queues_blocks() {
    let meeting = Meeting::new();
    let first: Code = {
        let meeting = meeting.clone();
        Box::new(move |worker| {
            worker.schedule(1);
            worker.push_tail(2);
            worker.block_in_place(|| meeting.wait_for(2));
        })
    };
    let (world, workers) = World::new(parts(2), vec![first, arrives(&meeting), arrives(&meeting)]);
    let workers = World::start(workers);
    world.push_remote(0);
    world.finish(workers);
}

/// The only worker blocks until a task has run that is pushed meanwhile, from its own thread: the driver thread starts a
/// spare.
fn all_block_and_a_task_is_pushed() {
    all_block(with_spare(), |world| world.push_remote(1));
}

/// The same with an event, for which somebody has to sit at the poller.
fn all_block_and_an_event_comes() {
    all_block(with_spare(), |world| world.poller.events([1]));
}

/// The system refuses threads; the driver thread must not sleep before it has got one.
fn first_spares_cannot_be_started() {
    all_block(Parts { refused_threads: 2, ..with_spare() }, |world| world.push_remote(1));
}

fn all_block(parts: Parts, then: fn(&World)) {
    let meeting = Meeting::new();
    let blocks = blocks_and(&meeting, then);
    let (world, workers) = World::new(parts, vec![blocks, arrives(&meeting)]);
    world.injector.push(Runnable::new(0));
    let mut workers = World::start(workers);
    world.drive(&mut workers);
    world.finish(workers);
}

/// A task that makes something happen after it has blocked, and waits for what follows.
pub(crate) fn blocks_and(meeting: &Arc<Meeting>, then: fn(&World)) -> Code {
    let meeting = meeting.clone();
    Box::new(move |worker| {
        worker.block_in_place(|| {
            then(worker.world());
            meeting.wait_for(1);
        });
    })
}

/// Two run where one may, so a push wakes nobody, while one of them blocks and the other falls asleep.
fn push_meets_block() {
    let (meeting, begun) = (Meeting::new(), Meeting::new());
    let (world, workers) = surplus(with_spare(), vec![blocks_for(&meeting, 1, &begun), arrives(&meeting)]);
    world.push_remote(0);
    begun.wait_for(1);
    world.push_remote(1);
    world.finish(workers);
}

/// A task blocks within its block: the worker leaves the runners once, and comes back once.
fn block_within_a_block() {
    let twice: Code = Box::new(|worker| worker.block_in_place(|| worker.block_in_place(|| ())));
    let (world, workers) = World::new(parts(2), vec![twice, nothing()]);
    let workers = World::start(workers);
    world.push_remote(0);
    world.push_remote(1);
    world.finish(workers);
}

/// A push sees the spare that is about to search and wakes nobody; then the spare cannot be started.
fn push_meets_failed_hire() {
    let (world, workers) = World::new(parts(1), vec![nothing()]);
    world.idle.worker_left(&*world);
    assert!(world.idle.hire(false, &*world));
    world.idle.worker_rejoined(&*world);
    let workers = World::start(workers);
    let driver_thread = thread::spawn({
        let world = world.clone();
        move || world.idle.hire_failed(&*world)
    });
    world.push_remote(0);
    driver_thread.join().unwrap();
    world.finish(workers);
}

/// The driver thread takes a worker for stuck that blocks on purpose at that moment, or comes back.
fn mark_meets_block() {
    let blocks: Code = Box::new(|worker| worker.block_in_place(|| ()));
    let (world, workers) = World::new(parts(1), vec![blocks]);
    world.injector.push(Runnable::new(0));
    let workers = World::start(workers);
    world.mark(0);
    world.finish(workers);
}

/// The runtime shuts down while the driver thread starts a spare.
fn shutdown_meets_hire() {
    let blocks: Code = Box::new(|worker| worker.block_in_place(|| ()));
    let (world, workers) = World::new(with_spare(), vec![blocks]);
    world.injector.push(Runnable::new(0));
    let mut workers = World::start(workers);
    world.drive(&mut workers);
    world.finish(workers);
}

/// A spare that nobody needs ends while a task is pushed.
fn push_meets_end_of_patience() {
    let (world, workers) = surplus(Parts { impatient: true, ..with_spare() }, vec![nothing()]);
    world.push_remote(0);
    world.finish(workers);
}

/// A slot that a spare has left serves the next one, which ends in its turn, unless it is the last at the poller.
fn vacant_slot_is_used_again() {
    let meeting = Meeting::new();
    let parts = Parts { impatient: true, ..with_spare() };
    let blocks = blocks_and(&meeting, |world| world.push_remote(1));
    let (world, workers) = World::new(parts, vec![blocks, arrives(&meeting)]);
    // The spare has been here before.
    let spare = world.vacant.lock().pop().expect("the model has a spare");
    assert!(spare.has_ended_before());
    world.vacant.lock().push(spare);
    world.injector.push(Runnable::new(0));
    let mut workers = World::start(workers);
    world.drive(&mut workers);
    world.finish(workers);
}

/// A thread inside `block_on` pushes to its own deque.
fn guest_pushes() {
    let (world, workers) = World::new(Parts { guests: true, ..Parts::workers(1) }, vec![nothing()]);
    let workers = World::start(workers);
    let (place, deque) = world.guests.arrive().expect("a place is free");
    deque.push(Runnable::new(0));
    world.idle.work_published(&*world);
    world.finish(workers);
    world.guests.leave(place, deque);
}

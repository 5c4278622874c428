//! Workers that are marked as stalled, and the driver thread's steps one by one.
//!
//! The mark may come at any moment: the driver thread decides by a tick that is out of date when it acts.

use std::sync::Arc;

use heist_primitives::thread;

use crate::check::models;
use crate::lifo::Lifo;
use crate::task::raw::Runnable;
use crate::world::{Code, Meeting, Parts, World, nothing};

models! {
    g4(3) = mark_meets_park, rejects ["PARK_NO_CAS", "MARK_STORE"];
    g6(1) = mark_meets_two_workers, rejects ["PARK_NO_CAS", "MARK_STORE"];
    g7(1) = stuck_worker_has_a_queue, rejects ["LEFT_NO_SCAN"];
    h3(1) = stuck_worker_fills_its_lifo_slot, rejects ["LIFO_NO_CHECK", "LIFO_CHECK_BEFORE", "LIFO_LOAD", "LEFT_NO_SCAN"];
    h4(3) = late_mark_meets_lifo_take, rejects ["LIFO_TAKE_LOADSTORE"];
    h5(0) = stuck_worker_pushes_while_it_is_marked, rejects ["NO_TICK"];
    o1(3) = three_threads_take_from_a_lifo_slot, rejects ["LIFO_TAKE_LOADSTORE"];
    g8(2) = mark_meets_end, rejects ["END_NO_CAS"];
    i4(3) = driver_thread_sits_while_the_worker_parks, rejects ["D_RELEASE_NOCHECK"];
}

const fn parts(workers: usize) -> Parts {
    Parts { marks: true, ..Parts::workers(workers) }
}

fn mark_meets_park() {
    let (world, workers) = World::new(parts(1), vec![nothing()]);
    let workers = World::start(workers);
    world.mark(0);
    world.push_remote(0);
    world.finish(workers);
}

fn mark_meets_two_workers() {
    let (world, workers) = World::new(parts(2), vec![nothing()]);
    let workers = World::start(workers);
    world.mark(0);
    world.push_remote(0);
    world.finish(workers);
}

/// A late mark meets a worker that ends.
fn mark_meets_end() {
    let (world, workers) = World::new(parts(1), Vec::new());
    let workers = World::start(workers);
    world.idle.shut(&*world);
    world.mark(0);
    world.finish(workers);
}

/// A task that makes `first` happen, and ends once the meeting has begun.
fn stuck_after(meeting: &Arc<Meeting>, gate: &Arc<Meeting>, first: fn(&crate::worker::Worker)) -> Code {
    let (meeting, gate) = (meeting.clone(), gate.clone());
    Box::new(move |worker| {
        worker.gets_stuck();
        gate.arrive();
        first(worker);
        meeting.wait_for(1);
    })
}

/// A task has pushed another to its worker's deque, unseen, and waits for it.
fn stuck_worker_has_a_queue() {
    let (meeting, gate) = (Meeting::new(), Meeting::new());
    let first: Code = {
        let (meeting, gate) = (meeting.clone(), gate.clone());
        Box::new(move |worker| {
            worker.push_tail(1);
            worker.gets_stuck();
            gate.arrive();
            meeting.wait_for(1);
        })
    };
    let (world, workers) = World::new(parts(2), vec![first, meeting.attend(1)]);
    let workers = World::start(workers);
    world.push_remote(0);
    gate.wait_for(1);
    world.mark_stuck();
    world.finish(workers);
}

/// A task wakes another into the LIFO slot while its worker is being marked, and waits for it.
fn stuck_worker_fills_its_lifo_slot() {
    let (meeting, gate) = (Meeting::new(), Meeting::new());
    let first = stuck_after(&meeting, &gate, |worker| worker.schedule(1));
    let (world, workers) = World::new(parts(2), vec![first, meeting.attend(1)]);
    let workers = World::start(workers);
    world.push_remote(0);
    gate.wait_for(1);
    world.mark_stuck();
    world.finish(workers);
}

/// The mark comes when the poll is over and the worker takes its next task from the LIFO slot.
fn late_mark_meets_lifo_take() {
    let wakes: Code = Box::new(|worker| worker.schedule(1));
    let (world, workers) = World::new(parts(1), vec![wakes, nothing()]);
    world.injector.push(Runnable::new(0));
    let workers = World::start(workers);
    world.mark(0);
    world.finish(workers);
}

/// A worker that seems to stand still goes on; a worker that helps and the driver thread, with a mark that is late, both
/// look into its LIFO slot meanwhile.
fn three_threads_take_from_a_lifo_slot() {
    let lifo = Arc::new(Lifo::new());
    let takers = [Lifo::take, Lifo::take_always].map(|take| {
        let lifo = lifo.clone();
        thread::spawn(move || take(&lifo))
    });
    let mut taken: Vec<Runnable> = Vec::new();
    taken.extend(lifo.push(Runnable::new(0)));
    taken.extend(lifo.push(Runnable::new(1)));
    taken.extend(lifo.take());
    for taker in takers {
        taken.extend(taker.join().expect("it took or not"));
    }
    taken.extend(lifo.take_always());
    assert_eq!(taken.len(), 2, "each task has one taker");
    let mut numbers: Vec<usize> = taken.into_iter().map(Runnable::into_number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1]);
}

/// A stuck worker pushes to its deque. Nothing orders that push with the mark, so the driver thread goes on looking.
fn stuck_worker_pushes_while_it_is_marked() {
    let (meeting, gate) = (Meeting::new(), Meeting::new());
    let first = stuck_after(&meeting, &gate, |worker| worker.push_tail(1));
    let (world, workers) = World::new(parts(2), vec![first, meeting.attend(1)]);
    let workers = World::start(workers);
    world.push_remote(0);
    gate.wait_for(1);
    world.mark_stuck();
    while !world.idle.snapshot().shut() {
        world.tick();
        thread::yield_now();
    }
    world.finish(workers);
}

/// The driver thread polls; the worker finds the seat taken and sleeps on its token; then an event comes.
fn driver_thread_sits_while_the_worker_parks() {
    let (world, workers) = World::new(Parts::workers(1), vec![nothing()]);
    let workers = World::start(workers);
    world.serve_driver();
    world.poller.events([0]);
    world.finish(workers);
}

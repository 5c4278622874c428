//! The driver thread as a whole: its loop against workers that are stuck or fall asleep.

use heist_primitives::thread;

use crate::blocked::blocks_and;
use crate::check::models;
use crate::world::{Code, Meeting, Parts, World, nothing};

models! {
    c4(0) = driver_thread_finds_the_seat_empty, rejects ["NO_MARK"];
    i2(0) = stuck_worker_pushes_unseen, rejects ["DISARM_WHILE_STUCK"];
    i5(3) = idle_becomes_quiet, rejects ["NO_ARM"];
    m1(2) = dedicated_driver_thread_gets_an_event, rejects ["NO_PARK_FENCE"];
    m2(1) = all_block_under_a_dedicated_driver_thread, rejects ["DISARM_NO_SLEEPER"];
}

/// The task of an event is stuck until the next event's has run, while the other worker sleeps on its token.
fn driver_thread_finds_the_seat_empty() {
    let (meeting, gate) = (Meeting::new(), Meeting::new());
    let stuck: Code = {
        let (meeting, gate) = (meeting.clone(), gate.clone());
        Box::new(move |worker| {
            worker.gets_stuck();
            gate.arrive();
            meeting.wait_for(1);
        })
    };
    let parts = Parts { marks: true, ..Parts::workers(2) };
    let (world, workers) = World::new(parts, vec![stuck, meeting.attend(1)]);
    let mut workers = World::start(workers);
    until_all_sleep(&world, 2);
    world.poller.events([0]);
    let device = thread::spawn({
        let world = world.clone();
        move || {
            gate.wait_for(1);
            world.poller.events([1]);
        }
    });
    world.drive(&mut workers);
    device.join().unwrap();
    world.finish(workers);
}

/// A task pushes another to its worker's deque while that is being marked, and waits for it. As long as the worker is
/// marked the driver thread must not sleep deeply.
fn stuck_worker_pushes_unseen() {
    let (meeting, gate) = (Meeting::new(), Meeting::new());
    let stuck: Code = {
        let (meeting, gate) = (meeting.clone(), gate.clone());
        Box::new(move |worker| {
            worker.gets_stuck();
            gate.arrive();
            worker.push_tail(1);
            meeting.wait_for(1);
        })
    };
    let parts = Parts { marks: true, ..Parts::workers(2) };
    let (world, workers) = World::new(parts, vec![stuck, meeting.attend(1)]);
    let workers = World::start(workers);
    until_all_sleep(&world, 2);
    world.push_remote(0);
    // On a thread of its own: after a yield loom shows a thread no value that it could have seen before.
    let driver_thread = thread::spawn({
        let world = world.clone();
        move || {
            gate.wait_for(1);
            world.drive(&mut Vec::new());
        }
    });
    driver_thread.join().unwrap();
    world.finish(workers);
}

fn until_all_sleep(world: &World, workers: usize) {
    while world.idle.snapshot().sleepers() < workers {
        thread::yield_now();
    }
}

/// An event comes while the worker waits for it on its token and the driver thread, in the seat, falls asleep.
fn dedicated_driver_thread_gets_an_event() {
    let parts = Parts { dedicated: true, ..Parts::workers(1) };
    let (world, workers) = World::new(parts, vec![nothing()]);
    let mut workers = World::start(workers);
    let device = thread::spawn({
        let world = world.clone();
        move || world.poller.events([0])
    });
    world.drive_in_seat(&mut workers);
    device.join().unwrap();
    world.finish(workers);
}

/// The only worker blocks, and the first spare cannot be started: there is a thread in the seat, but nobody whom a push
/// could wake.
fn all_block_under_a_dedicated_driver_thread() {
    let meeting = Meeting::new();
    let blocks = blocks_and(&meeting, |world| world.push_remote(1));
    let parts = Parts { dedicated: true, marks: true, spares: 1, refused_threads: 1, ..Parts::workers(1) };
    let (world, workers) = World::new(parts, vec![blocks, meeting.attend(1)]);
    world.injector.push(crate::task::raw::Runnable::new(0));
    let mut workers = World::start(workers);
    world.drive_in_seat(&mut workers);
    world.finish(workers);
}

/// The driver thread goes to its deep sleep when all is quiet. The task of an event needs it: it ends with a tick.
fn idle_becomes_quiet() {
    let ticks = Meeting::new();
    let needs_a_tick: Code = {
        let ticks = ticks.clone();
        Box::new(move |_| ticks.wait_for_next())
    };
    let (world, workers) = World::new(Parts::workers(1), vec![needs_a_tick]);
    let workers = World::start(workers);
    let device = thread::spawn({
        let world = world.clone();
        move || world.poller.events([0])
    });
    while !world.idle.snapshot().shut() {
        if world.idle.disarm() {
            world.driver_thread.sleep();
        } else {
            thread::yield_now();
        }
        ticks.arrive();
    }
    device.join().unwrap();
    world.finish(workers);
}

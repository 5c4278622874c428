//! Pushes against workers that fall asleep, and searches that end.

use std::sync::Arc;

use heist_primitives::thread;

use crate::check::models;
use crate::injector::Injector;
use crate::task::raw::Runnable;
use crate::world::{Code, Meeting, Parts, World, nothing};

models! {
    a1(3) = one_push_one_worker, rejects ["NO_PROD_FENCE", "NO_PARK_FENCE", "NO_PARK_SCAN"];
    a2(2) = one_push_two_workers, rejects ["NO_PROD_FENCE", "NO_PARK_FENCE", "NO_PARK_SCAN", "UNPARK_STORE"];
    a2x2(1) = two_pushes_two_workers, rejects ["NO_PARK_SCAN"];
    b(1) = pushed_tasks_need_each_other, rejects ["NO_HANDOVER", "SCAN_ONLY_IF_SEARCHING"];
    b_end(3) = push_meets_end_of_search, rejects ["NO_PROD_FENCE", "NO_HANDOVER", "NO_HANDOVER_FENCE"];
    b_tick(1) = tick_finds_what_was_in_hand, rejects ["NO_TICK"];
    b2(1) = local_push_needs_help, rejects ["NO_PROD_FENCE", "NO_PARK_FENCE"];
    p1(3) = injector_is_not_empty_in_between, rejects ["BACK_FIRST"];
}

/// A thread outside pushes tasks, one after another.
fn pushes(parts: Parts, code: Vec<Code>) {
    let count = code.len();
    let (world, workers) = World::new(parts, code);
    let workers = World::start(workers);
    for task in 0..count {
        world.push_remote(task);
    }
    world.finish(workers);
}

fn one_push_one_worker() {
    pushes(Parts::workers(1), vec![nothing()]);
}

fn one_push_two_workers() {
    pushes(Parts::workers(2), vec![nothing()]);
}

fn two_pushes_two_workers() {
    pushes(Parts::workers(2), vec![nothing(), nothing()]);
}

/// Each task blocks its worker until the other runs. Workers take one task at a time, see the next model.
fn pushed_tasks_need_each_other() {
    let meeting = Meeting::new();
    pushes(Parts { most_injected: 1, ..Parts::workers(2) }, vec![meeting.attend(2), meeting.attend(2)]);
}

/// One of two tasks is taken, for which both change from one list to the other. The steps alone.
fn injector_is_not_empty_in_between() {
    let injector = Arc::new(Injector::new());
    injector.push(Runnable::new(0));
    injector.push(Runnable::new(1));
    let onlooker = thread::spawn({
        let injector = injector.clone();
        move || injector.is_empty()
    });
    assert_eq!(injector.take(1).pop_front().map(Runnable::into_number), Some(0));
    assert!(!onlooker.join().unwrap(), "a task that nobody has taken is not counted");
    assert_eq!(injector.len(), 1);
    assert_eq!(injector.take(32).pop_front().map(Runnable::into_number), Some(1));
    assert!(injector.is_empty());
}

/// A push sees a searcher and wakes nobody, while that search ends with something else. The steps alone.
fn push_meets_end_of_search() {
    let (world, _workers) = World::new(Parts::workers(2), vec![nothing()]);
    let _asleep = world.idle.announce_park(1, false, &*world).expect("nothing is queued");
    assert!(world.idle.start_search());
    let searcher = thread::spawn({
        let world = world.clone();
        move || world.idle.search_succeeded(&*world)
    });
    world.push_remote(0);
    searcher.join().unwrap();
    assert_eq!(world.idle.snapshot().sleepers(), 0, "a task is queued and nobody looks for it");
}

/// A worker takes both tasks. While they are in its hand, neither in the injector nor in its deque, the other's scan
/// before sleep does not see the second; the driver thread's tick does.
fn tick_finds_what_was_in_hand() {
    let meeting = Meeting::new();
    let (world, workers) = World::new(Parts::workers(2), vec![meeting.attend(2), meeting.attend(2)]);
    let workers = World::start(workers);
    world.push_remote(0);
    world.push_remote(1);
    meeting.wait_for(1);
    world.tick();
    world.finish(workers);
}

/// A task pushes another to its worker's deque, which a look-up publishes, and blocks until that runs.
fn local_push_needs_help() {
    let meeting = Meeting::new();
    let first: Code = {
        let meeting = meeting.clone();
        Box::new(move |worker| {
            worker.push_tail(1);
            worker.publish();
            meeting.wait_for(1);
        })
    };
    let (world, workers) = World::new(Parts::workers(2), vec![first, meeting.attend(1)]);
    let workers = World::start(workers);
    world.push_remote(0);
    world.finish(workers);
}

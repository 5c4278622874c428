//! The seat in front of the poller: who takes it, who leaves it, and whom a kick reaches.

use std::sync::Arc;

use heist_primitives::thread;

use crate::check::models;
use crate::world::{Code, Meeting, Parts, World, nothing};

models! {
    c(1) = seat_changes_hands, rejects ["RETRACT_KEEPS_SEAT"];
    c1(1) = batch_of_events_needs_each_other, rejects ["LEFT_NO_SCAN"];
    c3(1) = seat_left_empty_by_a_stall, rejects ["LEFT_NO_SEATCHECK"];
    d1(3) = kick_meets_event, rejects ["NO_PARK_FENCE"];
    d2(3) = two_kicks_meet_event, rejects ["UNPARK_STORE"];
    d4(3) = claim_meets_event, rejects ["TOKEN_OUTSIDE"];
}

/// Two events, one after another, for two workers that also poll while they search. The last two lines of defence are
/// the worker that sleeps in the seat and the one that takes it next.
fn seat_changes_hands() {
    let parts = Parts { polls: true, ..Parts::workers(2) };
    let (world, workers) = World::new(parts, vec![nothing(), nothing()]);
    let workers = World::start(workers);
    world.poller.events([0]);
    world.poller.events([1]);
    world.finish(workers);
}

/// Two events come as one batch, and their tasks need each other. The worker that collects them may think that they are
/// not worth a wake; then the driver thread finds it stuck.
fn batch_of_events_needs_each_other() {
    let meeting = Meeting::new();
    let parts = Parts { marks: true, ..Parts::workers(2) };
    let (world, workers) = World::new(parts, vec![stuck_until_both(&meeting), stuck_until_both(&meeting)]);
    let workers = World::start(workers);
    world.poller.events([0, 1]);
    meeting.wait_for(1);
    world.mark_stuck();
    world.finish(workers);
}

/// The task of an event waits for the next event, while the other worker sleeps on its token. No work is visible to the
/// driver thread when it marks the stuck worker, but nobody polls.
fn seat_left_empty_by_a_stall() {
    let meeting = Meeting::new();
    let parts = Parts { marks: true, ..Parts::workers(2) };
    let (world, workers) = World::new(parts, vec![stuck_until_both(&meeting), meeting.attend(2)]);
    let workers = World::start(workers);
    world.poller.events([0]);
    meeting.wait_for(1);
    world.mark_stuck();
    world.poller.events([1]);
    world.finish(workers);
}

/// As [`Meeting::attend`], but tells the driver thread first which worker is stuck.
fn stuck_until_both(meeting: &Arc<Meeting>) -> Code {
    let attend = meeting.attend(2);
    Box::new(move |worker| {
        worker.gets_stuck();
        attend(worker);
    })
}

/// A push claims the worker in the seat while an event ends its sleep.
fn kick_meets_event() {
    let (world, workers) = World::new(Parts::workers(1), vec![nothing(), nothing()]);
    let workers = World::start(workers);
    world.poller.events([0]);
    world.push_remote(1);
    world.finish(workers);
}

/// As above, with pushes from two threads.
fn two_kicks_meet_event() {
    let (world, workers) = World::new(Parts::workers(1), vec![nothing(), nothing(), nothing()]);
    let workers = World::start(workers);
    let other = thread::spawn({
        let world = world.clone();
        move || world.push_remote(2)
    });
    world.poller.events([0]);
    world.push_remote(1);
    other.join().unwrap();
    world.finish(workers);
}

/// An event ends the sleep that a push has claimed, and the worker falls asleep again: the late call must not reach it
/// there.
fn claim_meets_event() {
    let (world, workers) = World::new(Parts::workers(1), vec![nothing(), nothing(), nothing()]);
    let workers = World::start(workers);
    world.poller.events([0]);
    world.push_remote(1);
    world.push_remote(2);
    world.finish(workers);
}

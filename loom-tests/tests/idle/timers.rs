//! Deadlines that no awake worker looks after.

use heist_primitives::thread;

use crate::check::models;
use crate::task::raw::Runnable;
use crate::world::{FAR, Parts, SOON, World, nothing};

models! {
    e1(3) = foreign_insert_meets_park, rejects ["TIMER_NO_FENCE", "TIMER_NO_KICK"];
    e1b(3) = two_foreign_inserts, rejects ["DDL_STORE"];
    e2(1) = timer_of_a_token_sleeper, rejects ["PARK_TIMER_SKIP", "TIMER_NO_KICK"];
    e2_refused(1) = refused_park_has_left_its_deadline, rejects ["REFUSED_NO_KICK"];
    e3(3) = deadline_left_meets_fire, rejects ["LEAVE_LOOKS_FIRST"];
}

const fn parts(workers: usize) -> Parts {
    Parts { timers: true, ..Parts::workers(workers) }
}

fn foreign_insert_meets_park() {
    let (world, workers) = World::new(parts(1), vec![nothing()]);
    let workers = World::start(workers);
    world.insert_foreign(SOON, Some(0));
    world.finish(workers);
}

/// One deadline that comes and one that does not: the later one must not hide the earlier.
fn two_foreign_inserts() {
    let (world, workers) = World::new(parts(1), vec![nothing()]);
    let workers = World::start(workers);
    let other = thread::spawn({
        let world = world.clone();
        move || world.insert_foreign(FAR, None)
    });
    world.insert_foreign(SOON, Some(0));
    other.join().unwrap();
    world.finish(workers);
}

/// A worker with a timer on its wheel goes to sleep: in the seat, or on its token while the other sits there.
fn timer_of_a_token_sleeper() {
    let (world, mut workers) = World::new(parts(2), vec![nothing()]);
    let here = workers.remove(0);
    let other = World::start(workers);
    here.insert_timer(SOON, 0);
    here.run();
    world.finish(other);
}

/// The park of a worker with a timer is refused, since a task was pushed meanwhile; its next park leaves nothing earlier,
/// so the first has to tell the worker in the seat.
fn refused_park_has_left_its_deadline() {
    let (world, mut workers) = World::new(parts(2), vec![nothing(), nothing()]);
    let here = workers.remove(0);
    let other = World::start(workers);
    here.insert_timer(SOON, 0);
    // Its producer finds somebody awake and wakes nobody.
    world.injector.push(Runnable::new(1));
    here.park();
    here.run();
    world.finish(other);
}

/// A worker that falls asleep leaves a deadline while another takes an earlier one from the word and fires. The steps
/// alone: the timer is fired, or its deadline is in the word.
fn deadline_left_meets_fire() {
    let (world, _workers) = World::new(parts(1), Vec::new());
    let (own, foreign) = (&world.wheels[0], SOON - 1);
    world.time_has_come(SOON);
    world.idle.deadline_left(foreign, &*world);
    let fires = thread::spawn({
        let world = world.clone();
        move || {
            let mut due = Vec::new();
            world.fire_timers(&mut due);
            due.pop().map(Runnable::into_number)
        }
    });
    own.insert(SOON, Some(0));
    world.idle.deadline_left(SOON, &*world);
    let fired = fires.join().unwrap();
    assert!(fired == Some(0) || world.idle.deadline.load() <= SOON, "a timer is on a wheel that nobody looks at");
}

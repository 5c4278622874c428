//! References: the cell is freed once, after everything else.

use super::*;

models! {
    last_ref_wake,
    last_ref_drop,
    clone_drop_vs_complete,
    three_droppers,
    stage_free_race,
    spawn_foreign,
}

pub(super) fn last_ref_wake() {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, 1, 1);
    drop(handle);
    let other = world.clone();
    let thread = thread::spawn(move || {
        other.signal();
        wakers.pop().unwrap().wake();
    });
    world.run_until(&place, || world.census.alive() == 0);
    thread.join().unwrap();
    world.check();
}

pub(super) fn last_ref_drop() {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, 1, 2);
    drop(handle);
    world.signal();
    wakers.pop().unwrap().wake();
    let thread = thread::spawn(move || drop(wakers));
    world.run_until(&place, || world.census.alive() == 0);
    thread.join().unwrap();
    world.check();
}

pub(super) fn clone_drop_vs_complete() {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, 1, 2);
    drop(handle);
    world.signal();
    wakers.pop().unwrap().wake();
    let thread = thread::spawn(move || {
        let waker = wakers.pop().unwrap();
        let clone = waker.clone();
        drop(waker);
        clone.wake_by_ref();
    });
    world.run_until(&place, || world.census.alive() == 0);
    thread.join().unwrap();
    world.run(&place);
    world.check();
}

pub(super) fn three_droppers() {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, 1, 3);
    world.signal();
    wakers.pop().unwrap().wake();
    world.run(&place);
    let threads = [(); 2].map(|()| {
        let waker = wakers.pop().unwrap();
        thread::spawn(move || drop(waker))
    });
    drop(handle);
    join_all(threads);
    world.check();
}

/// The output is taken and the cell freed by different threads.
pub(super) fn stage_free_race() {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, 1, 2);
    world.signal();
    wakers.pop().unwrap().wake();
    let waker = wakers.pop().unwrap();
    let thread = thread::spawn(move || {
        if handle.is_finished() {
            drop(handle.join_finished());
        }
    });
    world.run_until(&place, || world.census.alive() == 0 || world.rt().queue.is_empty());
    drop(waker);
    thread.join().unwrap();
    world.run(&place);
    world.check();
}

/// Spawned and detached by a thread that runs nothing.
pub(super) fn spawn_foreign() {
    let (world, place) = (World::new(), Place::new(0));
    world.signal();
    let other = world.clone();
    let thread = thread::spawn(move || {
        let handle = other.spawn(other.gate(1, 0));
        drop(handle);
    });
    world.run(&place);
    thread.join().unwrap();
    world.run(&place);
    world.check();
}

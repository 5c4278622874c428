//! The `JoinHandle`: output and join waker go to exactly one party.

use super::*;

models! {
    jh_drop_vs_complete,
    jh_drop2_vs_complete,
    jh_drop_waker_vs_complete,
    jh_drop_waker_drop_vs_complete,
    join_set_vs_complete,
    join_take_drop_vs_complete,
    join_replace_vs_complete,
    join_replace_twice_vs_complete,
    join_set_vs_abort,
    join_block,
    join_block_abort,
    parent_child,
    polled_after,
}

/// A task that is ready when it is polled, against what `f` does with its handle on another thread.
fn against_complete(f: impl FnOnce(&Arc<Census>, JoinHandle<Token>) + Send + 'static) {
    run_against(false, f);
}

/// As [`against_complete`], with a handle that has a waker registered.
fn against_complete_waited(f: impl FnOnce(&Arc<Census>, JoinHandle<Token>) + Send + 'static) {
    run_against(true, f);
}

fn run_against(register: bool, f: impl FnOnce(&Arc<Census>, JoinHandle<Token>) + Send + 'static) {
    let (world, place) = (World::new(), Place::new(0));
    world.signal();
    let mut handle = world.spawn(world.gate(1, 0));
    if register {
        assert!(poll(&mut handle, &Flag::new(&world.census)).is_pending());
    }
    let census = world.census.clone();
    let thread = thread::spawn(move || f(&census, handle));
    world.run(&place);
    thread.join().unwrap();
    assert!(place.is_empty());
    world.check();
}

pub(super) fn jh_drop_vs_complete() {
    against_complete(|_, handle| drop(handle));
}

pub(super) fn jh_drop2_vs_complete() {
    against_complete(|_, handle| {
        let abort = handle.abort_handle();
        drop(handle);
        drop(abort);
    });
}

pub(super) fn jh_drop_waker_vs_complete() {
    against_complete_waited(|_, handle| drop(handle));
}

pub(super) fn jh_drop_waker_drop_vs_complete() {
    against_complete_waited(|_, handle| {
        let abort = handle.abort_handle();
        drop(handle);
        drop(abort);
    });
}

pub(super) fn join_set_vs_complete() {
    against_complete(|census, handle| drop(block_on(census, handle).unwrap()));
}

pub(super) fn join_take_drop_vs_complete() {
    against_complete(|census, mut handle| {
        let taken = poll(&mut handle, &Flag::new(census));
        drop(handle);
        drop(taken);
    });
}

pub(super) fn join_replace_vs_complete() {
    against_complete_waited(|census, handle| drop(block_on(census, handle).unwrap()));
}

pub(super) fn join_replace_twice_vs_complete() {
    against_complete_waited(|census, mut handle| {
        if poll(&mut handle, &Flag::new(census)).is_pending() {
            drop(block_on(census, handle).unwrap());
        }
    });
}

pub(super) fn join_set_vs_abort() {
    let (world, place) = (World::new(), Place::new(0));
    let (handle, _) = world.idle(&place, 1, 0);
    let (abort, census) = (handle.abort_handle(), world.census.clone());
    let thread = thread::spawn(move || assert!(block_on(&census, handle).is_err_and(|error| error.is_cancelled())));
    abort.abort();
    drop(abort);
    world.run_until(&place, || place.is_empty());
    thread.join().unwrap();
    world.check();
}

pub(super) fn join_block() {
    let (world, place) = (World::new(), Place::new(0));
    let (handle, mut wakers) = world.idle(&place, 1, 1);
    let other = world.clone();
    let thread = thread::spawn(move || {
        other.signal();
        wakers.pop().unwrap().wake();
        drop(block_on(&other.census, handle).unwrap());
    });
    world.run_until(&place, || place.is_empty());
    thread.join().unwrap();
    world.check();
}

pub(super) fn join_block_abort() {
    let (world, place) = (World::new(), Place::new(0));
    let (handle, _) = world.idle(&place, 1, 0);
    let (abort, census) = (handle.abort_handle(), world.census.clone());
    let threads = [
        thread::spawn(move || assert!(block_on(&census, handle).is_err_and(|error| error.is_cancelled()))),
        thread::spawn(move || abort.abort()),
    ];
    world.run_until(&place, || place.is_empty());
    join_all(threads);
    world.check();
}

/// A task that awaits another one, on two threads.
pub(super) fn parent_child() {
    let (world, place) = (World::new(), Place::nowhere());
    world.signal();
    let child = world.spawn(world.gate(1, 0));
    let token = world.census.born();
    let parent = world.spawn(async move {
        drop(child.await.unwrap());
        drop(token);
    });
    drop(parent);
    let other = world.clone();
    let thread = thread::spawn(move || {
        let place = Place::nowhere();
        other.run_until(&place, || other.census.alive() == 0);
    });
    world.run_until(&place, || world.census.alive() == 0);
    thread.join().unwrap();
    world.run(&place);
    world.check();
}

/// One thread. (That the output is not given twice is a unit test: a model may not panic.)
pub(super) fn polled_after() {
    let (world, place) = (World::new(), Place::nowhere());
    world.signal();
    let mut handle = world.spawn(world.gate(1, 0));
    let flag = Flag::new(&world.census);
    assert!(poll(&mut handle, &flag).is_pending());
    assert!(poll(&mut handle, &flag).is_pending());
    world.run(&place);
    assert!(flag.woken.swap(false, Ordering::Relaxed));
    assert!(poll(&mut handle, &flag).is_ready());
    drop((handle, flag));
    world.check();
}

//! Lists, shutdown, and the end of the runtime's memory.

use heist_primitives::sync::Mutex as ModelMutex;

use super::*;

models! {
    unwakeable_drop_vs_run,
    shutdown_vs_wake_ref,
    shutdown_vs_wake_val,
    shutdown_vs_abort,
    shutdown_vs_wake_vs_run,
    shutdown_two_workers,
    spawn_vs_shutdown,
    foreign_complete_vs_abort_all,
    foreign_complete_vs_join_drop,
    waker_outlives,
}

/// The last waker goes while the task is polled; the task stays, for the shutdown.
pub(super) fn unwakeable_drop_vs_run() {
    let (world, place) = (World::new(), Place::new(0));
    let (handle, mut wakers) = world.idle(&place, 1, 2);
    drop(handle);
    wakers.pop().unwrap().wake();
    let thread = thread::spawn(move || drop(wakers));
    world.run(&place);
    assert_eq!(place.len(), 1, "a pending task is dropped by the shutdown only");
    world.shut_down(&place, 0);
    thread.join().unwrap();
    world.check();
}

/// The shutdown of a runtime with one idle task, whose memory ends with it, against what `f` does.
fn against_shutdown(needed: usize, f: impl FnOnce(World, JoinHandle<Token>, Waker) + Send + 'static) {
    let (world, place) = (World::guarded(), Place::new(0));
    let (handle, mut wakers) = world.idle(&place, needed, 1);
    let (other, waker) = (world.clone(), wakers.pop().unwrap());
    let thread = thread::spawn(move || f(other, handle, waker));
    world.shut_down(&place, 0);
    assert!(place.is_empty());
    let census = world.census.clone();
    Rt::release(world.rt);
    thread.join().unwrap();
    assert_eq!(census.alive(), 0, "a future or output is left");
}

pub(super) fn shutdown_vs_wake_ref() {
    against_shutdown(1, |_, handle, waker| {
        drop(handle);
        waker.wake_by_ref();
    });
}

pub(super) fn shutdown_vs_wake_val() {
    against_shutdown(1, |world, handle, waker| {
        world.signal();
        waker.wake();
        drop(block_on(&world.census, handle));
    });
}

pub(super) fn shutdown_vs_abort() {
    against_shutdown(1, |world, handle, waker| {
        handle.abort();
        drop(waker);
        assert!(block_on(&world.census, handle).is_err_and(|error| error.is_cancelled()));
    });
}

pub(super) fn shutdown_vs_wake_vs_run() {
    let (world, place) = (World::guarded(), Place::new(0));
    let (handle, mut wakers) = world.idle(&place, 1, 1);
    drop(handle);
    let waker = wakers.pop().unwrap();
    let other = world.clone();
    let threads = [
        thread::spawn(move || waker.wake_by_ref()),
        // A thief: it may find the task before its owner does, and has to hand it back. It looks once, since two
        // threads that wait for each other's progress have endless schedules.
        thread::spawn(move || other.run(&Place::new(1))),
    ];
    world.shut_down(&place, 0);
    join_all(threads);
    world.check();
}

pub(super) fn shutdown_two_workers() {
    let world = World::guarded();
    let places = [Place::new(0), Place::new(1)];
    for place in &places {
        let (handle, _) = world.idle(place, 1, 0);
        drop(handle);
    }
    let [place, others] = places;
    let other = world.clone();
    let thread = thread::spawn(move || {
        other.shut_down(&others, 1);
        others
    });
    world.shut_down(&place, 0);
    // The first to end may have left work of the other in the queue, and the other the first's returns.
    let others = thread.join().unwrap();
    assert!(place.is_empty() && others.is_empty());
    world.check();
}

/// A queue that is closed for spawns.
#[derive(Default)]
struct Injector {
    closed: bool,
    runnables: RunnableList,
}

pub(super) fn spawn_vs_shutdown() {
    let (world, place) = (World::new(), Place::new(0));
    let injector = Arc::new(ModelMutex::new(Injector::default()));
    let (other, remote) = (world.clone(), injector.clone());
    let thread = thread::spawn(move || {
        let (runnable, handle) = other.task(other.gate(1, 0));
        let mut injector = remote.lock();
        if injector.closed && !on("spawn_no_gate") {
            drop(injector);
            runnable.cancel(&Place::nowhere());
        } else {
            injector.runnables.push_back(runnable);
            drop(injector);
        }
        assert!(block_on(&other.census, handle).is_err_and(|error| error.is_cancelled()));
    });
    // Closed and emptied in one step: what comes later is refused.
    let mut injected = {
        let mut injector = injector.lock();
        injector.closed = true;
        std::mem::take(&mut injector.runnables)
    };
    while let Some(runnable) = injected.pop_front() {
        place.adopt(&runnable);
        runnable.cancel(&place);
    }
    world.shut_down(&place, 0);
    thread.join().unwrap();
    world.check();
}

/// A task of place 0 that the thief of place 1 finishes, while `f` runs on place 0.
fn against_foreign_complete(f: impl FnOnce(&World, &Place, JoinHandle<Token>)) {
    let (world, place) = (World::new(), Place::new(0));
    world.signal();
    // A neighbour, which is pending, so that the list has something left.
    let (neighbour, _) = world.idle(&place, 2, 0);
    drop(neighbour);
    let (runnable, handle) = world.task(world.gate(1, 0));
    place.adopt(&runnable);
    world.rt().queue.push(runnable);
    let other = world.clone();
    let thread = thread::spawn(move || {
        let place = Place::new(1);
        other.run(&place);
    });
    f(&world, &place, handle);
    thread.join().unwrap();
    world.shut_down(&place, 0);
    world.check();
}

pub(super) fn foreign_complete_vs_abort_all() {
    against_foreign_complete(|world, place, handle| {
        drop(handle);
        place.abort_all();
        world.rt().returns[0].drain(place);
    });
}

pub(super) fn foreign_complete_vs_join_drop() {
    against_foreign_complete(|world, place, handle| {
        let thread = thread::spawn(move || drop(handle));
        world.rt().returns[0].drain(place);
        thread.join().unwrap();
    });
}

/// A waker of a task that is over is used after the runtime's memory is gone.
pub(super) fn waker_outlives() {
    against_shutdown(1, |world, handle, waker| {
        drop(block_on(&world.census, handle));
        let clone = waker.clone();
        waker.wake();
        clone.wake_by_ref();
    });
}

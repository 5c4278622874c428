//! The end of the runtime against workers that fall asleep and threads that spawn.

use heist_primitives::atomic::{Ordering, fence};
use heist_primitives::{mutation, thread};

use crate::check::models;
use crate::task::raw::Runnable;
use crate::world::{Parts, World};

models! {
    j1(3) = shutdown_meets_park, rejects ["SHUT_NO_ANNOUNCE_CHECK"];
    j1x2(2) = shutdown_meets_two_parks, rejects ["SHUT_NO_ANNOUNCE_CHECK"];
    close(3) = spawn_meets_close, rejects ["SPAWN_IGNORES_CLOSE", "CLOSE_NO_FENCE"];
}

fn shutdown_meets_park() {
    shutdown(1);
}

fn shutdown_meets_two_parks() {
    shutdown(2);
}

fn shutdown(workers: usize) {
    let (world, workers) = World::new(Parts::workers(workers), Vec::new());
    let workers = World::start(workers);
    world.idle.shut(&*world);
    world.finish(workers);
}

/// A spawn from outside while the runtime closes: the task is refused, or the worker that sees the shutdown finds it.
fn spawn_meets_close() {
    let (world, _workers) = World::new(Parts::workers(1), Vec::new());
    let spawner = thread::spawn({
        let world = world.clone();
        move || world.injector.spawn(Runnable::new(0)).map_err(Runnable::into_number).is_ok()
    });
    let worker = thread::spawn({
        let world = world.clone();
        move || {
            // The look that tells a worker of the shutdown orders nothing by itself.
            if !world.idle.snapshot().shut() {
                return None;
            }
            if !mutation::on("CLOSE_NO_FENCE") {
                // ORDERING: as in `Worker::end`.
                fence(Ordering::SeqCst);
            }
            Some(world.injector.take(32).pop_front().map(Runnable::into_number).is_some())
        }
    });
    world.injector.close();
    world.idle.shut(&*world);
    let accepted = spawner.join().unwrap();
    if let Some(found) = worker.join().unwrap() {
        assert_eq!(accepted, found, "a task is left in the closed queue");
    }
}

//! Models of the end of a runtime while a worker blocks on purpose: the driver thread aborts the list that the worker has
//! lent, and drops what lies in the queue, so that the closure never waits for a task that nobody drops.
//!
//! The code under test is the runtime's own: the task core, `idle/`, the injector and `lending.rs`. The worker and the
//! driver thread are small copies of the steps that `worker.rs`, `close.rs` and `end.rs` take. Whoever waits here sleeps
//! at a condition variable, so a wake that is missing is a deadlock, which loom reports.
//!
//! The letters are those of the table of models in the scheduler's README.

#[path = "../../../runtime/src/scheduler/idle/mod.rs"]
#[allow(dead_code, reason = "the models need a part of the protocol only")]
mod idle;
#[path = "../../../runtime/src/scheduler/injector.rs"]
#[allow(dead_code, reason = "the models need a part of the file only")]
mod injector;
#[path = "../../../runtime/src/scheduler/multi_thread/lending.rs"]
mod lending;

mod world;

use heist_primitives::mutation::on;
use heist_primitives::thread;

use crate::check::models;
use world::{Gate, Task, Worker, World, wait_for};

models! {
    n1(2) = unblock_meets_abort, rejects ["LENT_ABORT_UNLOCKED", "LENT_KEPT_BY_SLOT", "CLOSE_NO_RETURNS"];
    n2(1) = block_meets_shutdown, rejects ["BLOCK_NO_LOOK", "BLOCK_LOOKS_FIRST", "CLOSE_NO_LENT", "LENT_NOT_AT_ALL"];
    n2_marked(1) = marked_worker_blocks, rejects ["BLOCK_NO_LOOK", "CLOSE_NO_LENT"];
    n3(2) = closure_spawns, rejects ["END_DROPS_NOTHING"];
    n4(2) = lent_task_is_woken, rejects ["CLOSE_NO_RETURNS", "LENT_ABORT_UNLOCKED"];
    n4_waits(2) = closure_waits_for_a_task_that_is_woken, rejects ["SHUT_NO_CALL", "END_DROPS_ONCE"];
    n5(2) = closure_waits_for_a_socket, rejects ["END_KEEPS_SOCKETS"];
    n5_closing(1) = another_waits_meanwhile, rejects ["END_AWAITS_CLOSING", "CLOSE_NO_CALL"];
    n5_marked(2) = marked_worker_blocks_for_a_socket, rejects ["BLOCK_NO_LOOK", "LEFT_NO_FENCE"];
    n6(2) = driver_thread_is_last, rejects ["END_FIRST", "ENDED_NO_CALL"];
    n7(2) = blocks_twice, rejects ["CLOSE_NO_LENT", "LENT_KEPT_BY_SLOT"];
}

/// A worker that blocks when the shutdown begins comes back while the driver thread aborts its list.
fn unblock_meets_abort() {
    let world = World::new(1);
    let worker = Worker::new(&world, 0);
    let task = Task::pending(&worker);
    worker.block();
    let threads = world.start(move || {
        worker.unblock();
        worker.end();
    });
    world.shut_down(threads);
    task.assert_dropped();
    world.check();
}

/// A worker begins to block when the shutdown begins. Its closure waits for a task of the list that it lends. The other
/// worker ends only when the task has ended that blocks, which is in its list.
fn block_meets_shutdown() {
    begin_to_block(|_| {});
}

/// The same by a worker that the driver thread took for stuck: to block is no step on the idle word then.
fn marked_worker_blocks() {
    begin_to_block(World::mark);
}

fn begin_to_block(before: fn(&World)) {
    let world = World::new(2);
    let (worker, other) = (Worker::new(&world, 0), Worker::new(&world, 1));
    let (task, handle) = Task::pending(&worker).and_handle();
    let (running, stolen) = Task::pending(&other).woken(&world);
    before(&world);
    let threads = world.start(move || {
        worker.block_in_place(|| assert!(wait_for(handle).is_err_and(|error| error.is_cancelled())));
        worker.adopt(running);
        worker.end();
    });
    world.shut_down_and_end(other, threads);
    task.assert_dropped();
    stolen.assert_dropped();
    world.check();
}

/// The closure spawns a task and waits for it: it is refused, or the driver thread drops it.
fn closure_spawns() {
    let world = World::new(1);
    let worker = Worker::new(&world, 0);
    worker.block();
    let (other, (runnable, task)) = (world.clone(), Task::new(&world));
    let (task, handle) = task.and_handle();
    let threads = world.start(move || {
        other.spawn_outside(runnable);
        assert!(wait_for(handle).is_err_and(|error| error.is_cancelled()));
        worker.unblock();
        worker.end();
    });
    world.shut_down(threads);
    task.assert_dropped();
    world.check();
}

/// Another thread wakes a task of the lent list while the worker comes back.
fn lent_task_is_woken() {
    let world = World::new(1);
    let worker = Worker::new(&world, 0);
    let task = Task::pending(&worker);
    worker.block();
    let waker = task.waker();
    let threads = world.start(move || {
        waker.wake();
        worker.unblock();
        worker.end();
    });
    world.shut_down(threads);
    task.assert_dropped();
    world.check();
}

/// Another thread wakes a task of the lent list, for which the closure waits: the abort finds it woken already, so it is
/// queued by whoever woke it, perhaps after the driver thread has looked at the queue.
fn closure_waits_for_a_task_that_is_woken() {
    let world = World::new(1);
    let worker = Worker::new(&world, 0);
    let (task, handle) = Task::pending(&worker).and_handle();
    worker.block();
    let waker = task.waker();
    let threads = world.start(move || {
        assert!(wait_for(handle).is_err_and(|error| error.is_cancelled()));
        worker.unblock();
        worker.end();
    });
    world.begin_shutdown();
    waker.wake();
    World::join(threads);
    task.assert_dropped();
    world.check();
}

/// The closure waits for what the driver resolves when it ends.
fn closure_waits_for_a_socket() {
    let world = World::new(1);
    let worker = Worker::new(&world, 0);
    let sockets = world.sockets_are_closed.clone();
    let threads = world.start(move || {
        worker.block_in_place(|| sockets.wait());
        worker.end();
    });
    world.shut_down(threads);
    world.check();
}

/// The same, and the task that blocks is in the list of another worker, which cannot end before it.
fn another_waits_meanwhile() {
    let blocked = Gate::new();
    let has_blocked = blocked.clone();
    begin_to_block_for_a_socket(|_| {}, move || blocked.open(), move || has_blocked.wait());
}

/// The same by a worker that the driver thread took for stuck, while the shutdown begins.
fn marked_worker_blocks_for_a_socket() {
    begin_to_block_for_a_socket(World::mark, || {}, || {});
}

fn begin_to_block_for_a_socket(
    before: fn(&World),
    blocked: impl FnOnce() + Send + 'static,
    before_shutdown: impl FnOnce(),
) {
    let world = World::new(2);
    let (worker, other) = (Worker::new(&world, 0), Worker::new(&world, 1));
    let (running, stolen) = Task::pending(&other).woken(&world);
    let sockets = world.sockets_are_closed.clone();
    before(&world);
    let threads = world.start(move || {
        worker.block_in_place(|| {
            blocked();
            sockets.wait();
        });
        worker.adopt(running);
        worker.end();
    });
    before_shutdown();
    world.shut_down_and_end(other, threads);
    stolen.assert_dropped();
    world.check();
}

/// The worker blocks only once the driver thread has looked: it must look again, and end after the worker.
fn driver_thread_is_last() {
    let world = World::new(1);
    let worker = Worker::new(&world, 0);
    let (task, handle) = Task::pending(&worker).and_handle();
    let looked = Gate::new();
    let has_looked = looked.clone();
    let threads = world.start_with(
        move || {
            has_looked.wait();
            worker.block_in_place(|| assert!(wait_for(handle).is_err_and(|error| error.is_cancelled())));
            worker.end();
        },
        move || looked.open(),
    );
    world.shut_down(threads);
    task.assert_dropped();
    world.check();
}

/// A worker blocks a second time: its list is lent again, and what it has got meanwhile with it.
fn blocks_twice() {
    let world = World::new(1);
    let worker = Worker::new(&world, 0);
    let (first, handle) = Task::pending(&worker).and_handle();
    worker.block();
    let other = world.clone();
    let (runnable, second) = Task::new(&world);
    let (second, second_handle) = second.and_handle();
    let threads = world.start(move || {
        worker.unblock();
        worker.adopt(runnable);
        worker.block_in_place(|| {
            assert!(wait_for(handle).is_err_and(|error| error.is_cancelled()));
            assert!(wait_for(second_handle).is_err_and(|error| error.is_cancelled()));
        });
        drop(other);
        worker.end();
    });
    world.shut_down(threads);
    first.assert_dropped();
    second.assert_dropped();
    world.check();
}

/// Both threads of a model.
type Threads = [thread::JoinHandle<()>; 2];

/// A step that a fault leaves out.
fn unless(fault: &'static str, step: impl FnOnce()) {
    if !on(fault) {
        step();
    }
}

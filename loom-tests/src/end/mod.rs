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
    n1(2) = unblock_meets_abort, rejects ["LENT_ABORT_UNLOCKED", "LENT_KEPT_BY_SLOT", "END_NO_RETURNS"];
    n2(1) = block_meets_shutdown, rejects ["BLOCK_NO_LOOK", "BLOCK_LOOKS_FIRST", "CLOSE_NO_LENT", "LENT_NOT_AT_ALL"];
    n2_marked(1) = marked_worker_blocks, rejects ["BLOCK_NO_LOOK", "CLOSE_NO_LENT"];
    n3(2) = closure_spawns, rejects ["END_DROPS_NOTHING"];
    n4(2) = lent_task_is_woken, rejects ["END_NO_RETURNS", "LENT_ABORT_UNLOCKED"];
    n4_waits(2) = closure_waits_for_a_task_that_is_woken, rejects ["SHUT_NO_CALL", "END_DROPS_ONCE"];
    n5(2) = closure_waits_for_a_socket, rejects ["END_KEEPS_SOCKETS"];
    n5_ended(1) = another_ends_meanwhile, rejects ["ENDED_NO_CALL"];
    n5_marked(2) = marked_worker_blocks_for_a_socket, rejects ["BLOCK_NO_LOOK", "LEFT_NO_FENCE"];
    n6(2) = driver_thread_is_last, rejects ["END_FIRST", "ENDED_NO_CALL"];
    n7(2) = blocks_twice, rejects ["CLOSE_NO_LENT", "LENT_KEPT_BY_SLOT"];
    n8(2) = stolen_task_ends_the_runtime, rejects ["END_KEEPS_WAITERS", "WAITS_NO_CALL", "END_FIRST"];
    n8_woken(2) = the_end_meets_a_wake, rejects ["END_IGNORES_LEFT", "SHUT_NO_CALL"];
    n9(2) = worker_leaves_a_task, rejects ["END_COUNTS_LATE", "LEFT_LATE", "END_NO_RETURNS", "SHUT_NO_CALL"];
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

/// A worker begins to block when the shutdown begins. Its closure waits for a task of the list that it lends. The task that
/// blocks is in the list of the other worker, which is stuck until that has ended.
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
    world.shut_down_stuck(other, threads);
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

/// The same, and there is another worker, which ends once the first has blocked.
fn another_ends_meanwhile() {
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

/// A task of another worker's list ends the runtime on purpose, and waits for that: for nothing that waits for the task.
fn stolen_task_ends_the_runtime() {
    let world = World::new(2);
    let (worker, other) = (Worker::new(&world, 0), Worker::new(&world, 1));
    let (running, stolen) = Task::pending(&other).woken(&world);
    worker.block();
    let owner = world.clone();
    world.begin_shutdown();
    let threads = world.start(move || {
        owner.wait_for_others();
        worker.unblock();
        worker.adopt(running);
        worker.end();
    });
    world.end_worker(other);
    World::join(threads);
    stolen.assert_dropped();
    world.check();
}

/// The same while a thread outside has a task of that list in hand, which it has woken: it is dropped before the wait is over.
fn the_end_meets_a_wake() {
    let world = World::new(2);
    let (worker, other) = (Worker::new(&world, 0), Worker::new(&world, 1));
    let (running, stolen) = Task::pending(&other).woken(&world);
    let (in_hand, woken) = Task::pending(&other).woken(&world);
    worker.block();
    let owner = world.clone();
    world.begin_shutdown();
    world.end_worker(other);
    let threads = world.start(move || {
        owner.wait_for_others();
        woken.assert_dropped();
        worker.unblock();
        worker.adopt(running);
        worker.end();
    });
    world.push(in_hand);
    World::join(threads);
    stolen.assert_dropped();
    world.check();
}

/// A worker ends while a thread outside has a task of its list in hand, which it has woken.
fn worker_leaves_a_task() {
    let world = World::new(1);
    let worker = Worker::new(&world, 0);
    let (in_hand, woken) = Task::pending(&worker).woken(&world);
    world.begin_shutdown();
    let threads = world.start(move || worker.end());
    world.push(in_hand);
    World::join(threads);
    woken.assert_dropped();
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

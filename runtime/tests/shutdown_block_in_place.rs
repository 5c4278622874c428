//! The end of a runtime while its workers block in `block_in_place`.

mod rt_support;

use std::future::pending;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::runtime::{Builder, Handle, Runtime};
use heist::task::block_in_place;
use heist::time::sleep;

use rt_support::{Census, wait, wait_until};

/// Three orders of magnitude above what anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

fn workers(number: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(number).enable_all().build().unwrap()
}

#[test]
fn a_runtime_may_be_dropped_on_its_own_blocking_worker() {
    let runtime = workers(2);
    let (sender, receiver) = mpsc::channel();
    let handle = runtime.handle().clone();
    handle.spawn(async move {
        block_in_place(|| drop(runtime));
        sender.send(()).unwrap();
    });
    receiver.recv_timeout(LIMIT).expect("the drop waited for its own thread");
}

/// Runs `drops` in a task of another worker's list: the other is stuck while somebody else takes the task.
fn on_a_thief(number: usize, drops: impl FnOnce(Runtime, &Census) + Send + 'static) {
    let (census, runtime) = (Census::default(), workers(number));
    let handle = runtime.handle().clone();
    let (ended, has_ended) = mpsc::channel();
    let (citizen, bystander) = (census.citizen(), census.citizen());
    let counts = census.clone();
    handle.spawn(async move {
        let (begins, has_begun) = mpsc::channel();
        heist::spawn(async move {
            let _bystander = bystander;
            pending::<()>().await;
        });
        heist::spawn(async move {
            let _citizen = citizen;
            begins.send(()).unwrap();
            block_in_place(|| drops(runtime, &counts));
            ended.send(()).unwrap();
            // The end of the runtime is the end of the task too, if it has not ended by then.
            pending::<()>().await;
        });
        has_begun.recv_timeout(LIMIT).expect("nobody else runs the task");
    });
    has_ended.recv_timeout(LIMIT).expect("the drop waits for the list that has the task that drops");
    wait_until(|| census.alive() == 0);
}

#[test]
fn a_runtime_may_be_dropped_by_a_stolen_task() {
    for number in [2, 3] {
        on_a_thief(number, |runtime, census| {
            drop(runtime);
            // All others are gone when the drop is over.
            assert_eq!(census.alive(), 1);
        });
    }
}

#[test]
fn other_ends_by_a_stolen_task() {
    let ends: [fn(Runtime); 3] = [
        |runtime| runtime.shutdown_timeout(LIMIT * 2),
        |runtime| runtime.shutdown_timeout(Duration::ZERO),
        |runtime| {
            runtime.shutdown_background();
        },
    ];
    for end in ends {
        on_a_thief(2, move |runtime, _| end(runtime));
    }
}

#[test]
fn a_destructor_may_block_at_the_end_of_the_runtime() {
    struct Blocks(Census);
    impl Drop for Blocks {
        fn drop(&mut self) {
            let _citizen = self.0.citizen();
            block_in_place(|| thread::sleep(Duration::from_millis(1)));
        }
    }
    let census = Census::default();
    for _ in 0..5 {
        let runtime = workers(2);
        for _ in 0..10 {
            let blocks = Blocks(census.clone());
            runtime.spawn(async move {
                let _blocks = blocks;
                pending::<()>().await;
            });
        }
        drop(runtime);
    }
    assert_eq!((census.made(), census.alive()), (50, 0));
}

/// A task that blocks until the sender is used or dropped, holding a citizen, and would then wait forever.
fn blocked(runtime: &Runtime, census: &Census) -> (heist::task::JoinHandle<()>, mpsc::Sender<()>) {
    let (release, released) = mpsc::channel::<()>();
    let (inside, is_inside) = mpsc::channel();
    let citizen = census.citizen();
    let join = runtime.spawn(async move {
        let _citizen = citizen;
        block_in_place(|| {
            inside.send(()).unwrap();
            let _ = released.recv_timeout(LIMIT);
        });
        pending::<()>().await;
    });
    is_inside.recv_timeout(LIMIT).unwrap();
    (join, release)
}

#[test]
fn dropping_the_runtime_waits_for_the_closure() {
    let (census, runtime) = (Census::default(), workers(1));
    let (join, release) = blocked(&runtime, &census);
    let dropping = thread::spawn(move || drop(runtime));
    // Tasks are refused from the beginning of the shutdown on; then the drop is on its way.
    assert!(!join.is_finished());
    thread::sleep(Duration::from_millis(5));
    assert!(!dropping.is_finished());
    assert_eq!(census.alive(), 1);
    drop(release);
    dropping.join().unwrap();
    assert_eq!(census.alive(), 0);
    assert!(wait(join).unwrap_err().is_cancelled());
}

#[test]
fn other_ends_do_not_wait_for_the_closure() {
    let ends: [fn(Runtime); 3] = [
        |runtime| runtime.shutdown_timeout(Duration::ZERO),
        |runtime| runtime.shutdown_timeout(Duration::from_millis(5)),
        Runtime::shutdown_background,
    ];
    for end in ends {
        let (census, runtime) = (Census::default(), workers(2));
        let (join, release) = blocked(&runtime, &census);
        let idle = census.citizen();
        let pending = runtime.spawn(async move {
            let _idle = idle;
            pending::<()>().await;
        });
        // The other worker has it, and the blocked one nothing else.
        runtime.block_on(runtime.spawn(async {})).unwrap();
        end(runtime);
        // Others are dropped meanwhile; the task itself when its closure ends.
        assert!(wait(pending).unwrap_err().is_cancelled());
        assert_eq!(census.alive(), 1);
        drop(release);
        assert!(wait(join).unwrap_err().is_cancelled());
        wait_until(|| census.alive() == 0);
    }
}

/// A pending task, which only the end of the runtime ends, and one that blocks on this worker until it does.
fn blocked_by_a_pending_task(runtime: &Runtime) -> heist::task::JoinHandle<bool> {
    let (polled, is_polled) = mpsc::channel();
    let join = runtime.spawn(async move {
        let never = heist::spawn(async move {
            polled.send(()).unwrap();
            pending::<()>().await;
        });
        block_in_place(|| Handle::current().block_on(never)).unwrap_err().is_cancelled()
    });
    is_polled.recv_timeout(LIMIT).unwrap();
    join
}

#[test]
fn what_the_closure_waits_for_ends_with_the_runtime() {
    for number in [1, 2] {
        let runtime = workers(number);
        let join = blocked_by_a_pending_task(&runtime);
        let (ended, has_ended) = mpsc::channel();
        thread::spawn(move || {
            drop(runtime);
            ended.send(()).unwrap();
        });
        has_ended.recv_timeout(LIMIT).expect("the drop waits for the closure, which waits for a task");
        // Its poll was under way and has ended with an answer.
        assert!(wait(join).unwrap());
    }
}

#[test]
fn a_timer_that_the_closure_waits_for_ends_with_the_runtime() {
    for number in [1, 2] {
        let runtime = workers(number);
        let (blocks, is_blocked) = mpsc::channel();
        let join = runtime.spawn(async move {
            block_in_place(|| {
                blocks.send(()).unwrap();
                Handle::current().block_on(sleep(Duration::from_secs(3600)));
            });
        });
        is_blocked.recv_timeout(LIMIT).unwrap();
        let (ended, has_ended) = mpsc::channel();
        thread::spawn(move || {
            drop(runtime);
            ended.send(()).unwrap();
        });
        has_ended.recv_timeout(LIMIT).expect("the drop waits for the closure, which waits for a timer");
        assert!(wait(join).unwrap_err().is_panic());
    }
}

/// The task that blocks is in the list of another worker, which cannot end before it.
#[test]
fn a_timer_that_a_stolen_task_waits_for_ends_with_the_runtime() {
    let runtime = workers(2);
    let spawns = runtime.spawn(async {
        let (blocks, is_blocked) = mpsc::channel();
        let join = heist::spawn(async move {
            block_in_place(|| {
                blocks.send(()).unwrap();
                Handle::current().block_on(sleep(Duration::from_secs(3600)));
            });
        });
        // This worker is stuck until somebody else runs the task.
        is_blocked.recv_timeout(LIMIT).unwrap();
        // In an array, as what it gives is not meant to be awaited here.
        [join]
    });
    let [join] = runtime.block_on(spawns).unwrap();
    let (ended, has_ended) = mpsc::channel();
    thread::spawn(move || {
        drop(runtime);
        ended.send(()).unwrap();
    });
    has_ended.recv_timeout(LIMIT).expect("a worker waits for the closure, which waits for a timer");
    assert!(wait(join).unwrap_err().is_panic());
}

#[test]
fn queued_tasks_are_dropped_while_the_only_worker_blocks() {
    let (census, runtime) = (Census::default(), workers(1));
    let (join, release) = blocked(&runtime, &census);
    let citizen = census.citizen();
    let queued = runtime.spawn(async move { drop(citizen) });
    runtime.shutdown_background();
    // Run or dropped, but soon.
    drop(wait(queued));
    assert_eq!(census.alive(), 1);
    drop(release);
    assert!(wait(join).unwrap_err().is_cancelled());
}

//! `block_in_place`: where it may be called, and what goes on while a worker blocks on purpose.

mod rt_support;

use std::future::{pending, poll_fn};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::TcpListener;
use heist::runtime::{Builder, Handle, Runtime};
use heist::sync::oneshot;
use heist::task::{self, LocalSet, block_in_place, spawn_blocking, yield_now};
use heist::time::sleep;

use rt_support::{assert_panics, current_thread, wait_until};

/// Three orders of magnitude above what anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

fn workers(number: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(number).enable_all().build().unwrap()
}

#[test]
fn the_only_worker_may_block() {
    let runtime = workers(1);
    let result = runtime.block_on(runtime.spawn(async {
        let (sender, receiver) = mpsc::channel();
        heist::spawn(async move {
            sleep(Duration::from_millis(1)).await;
            sender.send(7).unwrap();
        });
        block_in_place(|| receiver.recv_timeout(LIMIT))
    }));
    assert_eq!(result.unwrap(), Ok(7));
    assert_eq!(runtime.metrics().worker_block_in_place_count(0), 1);
    assert!(runtime.metrics().num_spare_workers() >= 1);
}

#[test]
fn sixty_four_tasks_block_at_once() {
    let runtime = workers(1);
    let barrier = Arc::new(Barrier::new(64));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let barrier = barrier.clone();
            runtime.spawn(async move { block_in_place(|| barrier.wait()).is_leader() })
        })
        .collect();
    let leaders = runtime.block_on(async {
        let mut leaders = 0;
        for task in tasks {
            leaders += usize::from(task.await.unwrap());
        }
        leaders
    });
    assert_eq!(leaders, 1);
}

#[test]
fn block_on_inside_at_any_depth() {
    fn depth(left: usize) -> usize {
        if left == 0 {
            return 0;
        }
        block_in_place(|| {
            Handle::current().block_on(async move { heist::spawn(async move { 1 }).await.unwrap() + depth(left - 1) })
        })
    }
    let runtime = workers(1);
    assert_eq!(runtime.block_on(runtime.spawn(async { depth(30) })).unwrap(), 30);
}

#[test]
fn outside_a_runtime_the_closure_is_just_called() {
    let mut called = 0;
    assert_eq!(block_in_place(|| block_in_place(|| called += 1)), ());
    assert_eq!(called, 1);
    let runtime = workers(1);
    let _entered = runtime.enter();
    assert_eq!(block_in_place(thread::current).id(), thread::current().id());
}

#[test]
fn on_a_thread_of_the_blocking_pool_the_closure_is_just_called() {
    for runtime in [workers(1), current_thread()] {
        let join = runtime.spawn_blocking(|| block_in_place(|| Handle::current().block_on(async { 3 })));
        assert_eq!(runtime.block_on(join).unwrap(), 3);
    }
}

const NOT_HERE: &str = "can call blocking only when running on the multi-threaded runtime";

#[test]
fn a_current_thread_runtime_has_nowhere_to_go() {
    let runtime = current_thread();
    runtime.block_on(async { assert_panics(NOT_HERE, || block_in_place(|| {})) });
    runtime
        .block_on(async { heist::spawn(async { assert_panics(NOT_HERE, || block_in_place(|| {})) }).await.unwrap() });
}

#[test]
fn a_local_set_has_nowhere_to_go() {
    let runtime = workers(2);
    let set = LocalSet::new();
    runtime.block_on(set.run_until(async {
        assert_panics(NOT_HERE, || block_in_place(|| {}));
        task::spawn_local(async { assert_panics(NOT_HERE, || block_in_place(|| {})) }).await.unwrap();
    }));
    // The set's end is the end of that.
    drop(set);
    assert_eq!(runtime.block_on(async { block_in_place(|| 5) }), 5);
}

#[test]
fn the_future_of_block_on_may_block() {
    let runtime = workers(1);
    runtime.block_on(async {
        let (sender, receiver) = mpsc::channel();
        // Both into the queue of this very thread.
        for number in 0..2 {
            let sender = sender.clone();
            heist::spawn(async move { sender.send(number).unwrap() });
        }
        let mut received = block_in_place(|| [(); 2].map(|()| receiver.recv_timeout(LIMIT).unwrap()));
        received.sort_unstable();
        assert_eq!(received, [0, 1]);
    });
}

#[test]
fn it_is_the_same_task_on_the_same_thread() {
    heist::task_local! {
        static VALUE: u32;
    }
    let runtime = workers(1);
    let join = runtime.spawn(VALUE.scope(9, async {
        let here = (task::id(), thread::current().id());
        let inside = block_in_place(|| (task::id(), thread::current().id()));
        assert_eq!(here, inside);
        assert_eq!(block_in_place(|| VALUE.get()), 9);
        yield_now().await;
        task::id()
    }));
    let id = join.id();
    assert_eq!(runtime.block_on(join).unwrap(), id);
}

#[test]
fn block_on_is_allowed_inside_and_not_after() {
    let runtime = workers(1);
    let join = runtime.spawn(async {
        for _ in 0..2 {
            assert_eq!(block_in_place(|| Handle::current().block_on(async { yield_now().await })), ());
            assert_panics("Cannot start a runtime from within a runtime", || Handle::current().block_on(async {}));
        }
    });
    runtime.block_on(join).unwrap();
}

#[test]
fn inside_a_nested_block_on_a_nested_call_blocks_too() {
    let runtime = workers(1);
    let join = runtime.spawn(async {
        let (sender, receiver) = mpsc::channel();
        block_in_place(|| {
            Handle::current().block_on(async {
                heist::spawn(async move { sender.send(1).unwrap() });
                assert_eq!(block_in_place(|| receiver.recv_timeout(LIMIT)), Ok(1));
                // The inner call has ended, the outer one has not.
                assert_eq!(heist::spawn(async { 2 }).await.unwrap(), 2);
            });
        });
        heist::spawn(async { 3 }).await.unwrap()
    });
    assert_eq!(runtime.block_on(join).unwrap(), 3);
    assert_eq!(runtime.metrics().worker_block_in_place_count(0), 1);
}

#[test]
fn a_panic_comes_out_and_the_worker_goes_on() {
    let runtime = workers(1);
    let join = runtime.spawn(async {
        for _ in 0..3 {
            let result = catch_unwind(AssertUnwindSafe(|| block_in_place(|| panic!("on purpose"))));
            assert_eq!(*result.unwrap_err().downcast_ref::<&str>().unwrap(), "on purpose");
            assert_panics("Cannot start a runtime from within a runtime", || Handle::current().block_on(async {}));
            assert_eq!(heist::spawn(async { 1 }).await.unwrap(), 1);
        }
        block_in_place(|| panic!("to the end"));
    });
    assert!(runtime.block_on(join).unwrap_err().is_panic());
    assert_eq!(runtime.block_on(runtime.spawn(async { 2 })).unwrap(), 2);
    wait_until(|| runtime.metrics().num_running_workers() == 0);
}

#[test]
fn the_task_has_no_budget_inside_and_its_own_again_after() {
    let runtime = workers(1);
    let join = runtime.spawn(poll_fn(|_| {
        let mut ignored = Context::from_waker(Waker::noop());
        while task::coop::has_budget_remaining() {
            let Poll::Ready(progress) = task::coop::poll_proceed(&mut ignored) else {
                unreachable!("there is some left")
            };
            progress.made_progress();
        }
        block_in_place(|| {
            for _ in 0..1000 {
                let progress = task::coop::poll_proceed(&mut ignored);
                assert!(progress.is_ready(), "the closure was told to yield");
            }
        });
        assert!(!task::coop::has_budget_remaining());
        Poll::Ready(())
    }));
    runtime.block_on(join).unwrap();
}

#[test]
fn the_queue_behind_it_is_run() {
    let runtime = workers(1);
    let join = runtime.spawn(async {
        let (sender, receiver) = mpsc::channel();
        let sent = |number| {
            let sender = sender.clone();
            heist::spawn(async move {
                yield_now().await;
                sender.send(number).unwrap();
            });
        };
        (0..100).for_each(sent);
        block_in_place(|| {
            // What is spawned from inside, too.
            (100..200).for_each(sent);
            let mut received: Vec<_> = (0..200).map(|_| receiver.recv_timeout(LIMIT).unwrap()).collect();
            received.sort_unstable();
            received
        })
    });
    assert!(runtime.block_on(join).unwrap().into_iter().eq(0..200));
}

#[test]
fn sockets_and_timers_go_on_while_every_worker_blocks() {
    let runtime = workers(2);
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        while let Ok(byte) = stream.read_u8().await {
            sleep(Duration::from_millis(1)).await;
            stream.write_u8(byte + 1).await.unwrap();
        }
    });
    let (all_in, release) = (Arc::new(Barrier::new(3)), Arc::new(Barrier::new(3)));
    let blocked = [(); 2].map(|()| {
        let (all_in, release) = (all_in.clone(), release.clone());
        runtime.spawn(async move {
            block_in_place(|| {
                all_in.wait();
                release.wait();
            });
        })
    });
    all_in.wait();
    let mut client = std::net::TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    let mut byte = [0];
    for round in 0..5 {
        client.write_all(&[round]).unwrap();
        client.read_exact(&mut byte).unwrap();
        assert_eq!(byte, [round + 1]);
    }
    release.wait();
    blocked.into_iter().for_each(|join| runtime.block_on(join).unwrap());
}

#[test]
fn spares_end_when_nobody_needs_them() {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().thread_keep_alive(Duration::from_millis(1));
    let runtime = builder.build().unwrap();
    for _ in 0..3 {
        let barrier = Arc::new(Barrier::new(8));
        let tasks = [(); 8].map(|()| {
            let barrier = barrier.clone();
            runtime.spawn(async move { block_in_place(|| _ = barrier.wait()) })
        });
        tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap());
        let metrics = runtime.metrics();
        wait_until(|| metrics.num_spare_workers() == 0 && metrics.num_running_workers() == 0);
    }
}

#[test]
fn more_calls_than_there_may_be_threads_come_one_after_the_other() {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().max_blocking_threads(1).build().unwrap();
    let inside = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let inside = inside.clone();
            runtime.spawn(async move {
                block_in_place(|| {
                    assert!(inside.fetch_add(1, Ordering::AcqRel) < 2, "more threads than allowed");
                    thread::sleep(Duration::from_millis(1));
                    inside.fetch_sub(1, Ordering::AcqRel);
                });
            })
        })
        .collect();
    tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap());
}

#[test]
fn a_destructor_may_block() {
    struct Waits(Option<oneshot::Sender<mpsc::Sender<()>>>);
    impl Drop for Waits {
        fn drop(&mut self) {
            let (sender, receiver) = mpsc::channel();
            block_in_place(|| {
                self.0.take().unwrap().send(sender).unwrap();
                receiver.recv_timeout(LIMIT).unwrap();
            });
        }
    }
    let runtime = workers(1);
    let (ask, asked) = oneshot::channel::<mpsc::Sender<()>>();
    let helper = runtime.spawn(async move { asked.await.unwrap().send(()).unwrap() });
    let waits = Waits(Some(ask));
    let join = runtime.spawn(async move {
        let _waits = waits;
        pending::<()>().await;
    });
    runtime.block_on(yield_now());
    join.abort();
    assert!(runtime.block_on(join).unwrap_err().is_cancelled());
    runtime.block_on(helper).unwrap();
}

#[test]
fn another_runtime_may_live_and_die_inside() {
    let runtime = workers(1);
    let join = runtime.spawn(async {
        block_in_place(|| {
            let inner = workers(1);
            let result = inner.block_on(async { heist::spawn(async { block_in_place(|| 4) }).await.unwrap() });
            drop(inner);
            current_thread().block_on(async { result + 1 })
        })
    });
    assert_eq!(runtime.block_on(join).unwrap(), 5);
}

#[test]
fn another_runtime_inside_does_not_block_for_the_outer_one() {
    // Inside the inner runtime's `block_on` the thread is no worker of the outer one, which is told all the same.
    let runtime = workers(1);
    let join = runtime.spawn(async {
        let (sender, receiver) = mpsc::channel();
        heist::spawn(async move { sender.send(8).unwrap() });
        block_in_place(|| workers(1).block_on(async { block_in_place(|| receiver.recv_timeout(LIMIT)) }))
    });
    assert_eq!(runtime.block_on(join).unwrap(), Ok(8));
}

#[test]
fn a_task_may_be_aborted_and_woken_while_it_blocks() {
    let runtime = workers(1);
    let (inside, is_inside) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let join = runtime.spawn(async move {
        block_in_place(|| {
            inside.send(()).unwrap();
            let _ = released.recv_timeout(LIMIT);
        });
        yield_now().await;
        unreachable!("it was aborted");
    });
    is_inside.recv_timeout(LIMIT).unwrap();
    join.abort();
    assert!(!join.is_finished());
    drop(release);
    assert!(runtime.block_on(join).unwrap_err().is_cancelled());
}

#[test]
fn closures_of_the_pool_run_meanwhile() {
    let runtime = workers(1);
    let join = runtime.spawn(async {
        let closure = spawn_blocking(|| 6);
        block_in_place(|| Handle::current().block_on(closure)).unwrap()
    });
    assert_eq!(runtime.block_on(join).unwrap(), 6);
}

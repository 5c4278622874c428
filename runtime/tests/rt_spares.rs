//! Spare workers: when there are some, what they leave behind, and what happens if there can be none.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Runtime, worker_index};
use heist::sync::oneshot;
use heist::task::block_in_place;
use heist::time::sleep;

/// Three orders of magnitude above what anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

fn builder(workers: usize) -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).enable_all();
    builder
}

/// Waits for what another thread is about to do.
fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "in vain: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Blocks the only worker, on purpose, while `f` runs as a task on a spare.
fn on_a_spare<R: Send + 'static>(runtime: &Runtime, f: impl Future<Output = R> + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    let task = runtime.spawn(async move {
        heist::spawn(async move { sender.send(f.await).is_ok() });
        block_in_place(|| receiver.recv_timeout(LIMIT).expect("nobody ran the task"))
    });
    runtime.block_on(task).unwrap()
}

#[test]
fn all_workers_may_be_stuck() {
    let runtime = builder(2).build().unwrap();
    let (sender, receiver) = mpsc::channel::<()>();
    let receiver = Arc::new(Mutex::new(receiver));
    let stuck: Vec<_> = (0..2)
        .map(|_| {
            let receiver = receiver.clone();
            // Blocks without saying so.
            runtime.spawn(async move { receiver.lock().unwrap().recv_timeout(LIMIT).unwrap_err() })
        })
        .collect();
    until("both workers are stuck", || {
        (0..2).map(|worker| runtime.metrics().worker_stall_count(worker)).sum::<u64>() >= 2
    });
    // A task, a timer and a socket.
    let works = runtime.spawn(async {
        sleep(Duration::from_millis(1)).await;
        echo().await
    });
    runtime.block_on(async {
        heist::time::timeout(LIMIT, works).await.expect("everything waits for the workers").unwrap()
    });
    assert!(runtime.metrics().num_spare_workers() >= 1);
    drop(sender);
    for task in stuck {
        runtime.block_on(task).unwrap();
    }
}

async fn echo() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = heist::spawn(async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"hello").await.unwrap();
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await.unwrap();
        answer
    });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut buffer = [0; 5];
    stream.read_exact(&mut buffer).await.unwrap();
    stream.write_all(&buffer).await.unwrap();
    assert_eq!(client.await.unwrap(), *b"hello");
}

#[test]
fn a_spare_that_nobody_needs_ends() {
    let runtime = builder(1).thread_keep_alive(Duration::from_millis(5)).build().unwrap();
    for _ in 0..3 {
        assert_eq!(on_a_spare(&runtime, async { 7 }), 7);
        until("the spare ends", || runtime.metrics().num_spare_workers() == 0);
    }
}

#[test]
fn tasks_outlive_the_spare_that_spawned_them() {
    let runtime = builder(1).thread_keep_alive(Duration::from_millis(5)).build().unwrap();
    let (release, released) = oneshot::channel::<u32>();
    let [task] = on_a_spare(&runtime, async { [heist::spawn(async move { released.await.unwrap() + 1 })] });
    let [timer] = on_a_spare(&runtime, async { [heist::spawn(async { sleep(Duration::from_millis(100)).await })] });
    until("the spares end", || runtime.metrics().num_spare_workers() == 0);
    release.send(7).unwrap();
    assert_eq!(runtime.block_on(task).unwrap(), 8);
    // Its wheel has no thread any more.
    runtime.block_on(async { heist::time::timeout(LIMIT, timer).await.expect("the timer was lost").unwrap() });
    until("the tasks' memory is back", || runtime.metrics().num_alive_tasks() == 0);
}

#[test]
fn shutdown_drops_the_tasks_of_spares_that_have_ended() {
    struct Dropped(mpsc::Sender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    let runtime = builder(1).thread_keep_alive(Duration::from_millis(5)).build().unwrap();
    let (sender, dropped) = mpsc::channel();
    on_a_spare(&runtime, async move {
        heist::spawn(async move {
            let _dropped = Dropped(sender);
            std::future::pending::<()>().await;
        });
        heist::task::yield_now().await;
    });
    until("the spare ends", || runtime.metrics().num_spare_workers() == 0);
    assert!(dropped.try_recv().is_err());
    drop(runtime);
    dropped.try_recv().expect("the runtime is gone and its task is not");
}

#[test]
fn a_thread_that_is_refused_is_asked_for_again() {
    let named = Arc::new(AtomicUsize::new(0));
    let runtime = {
        let named = named.clone();
        // The worker and the driver thread come first.
        builder(1)
            .thread_name_fn(move || match named.fetch_add(1, Ordering::Relaxed) {
                2..5 => panic!("no more names: this message is part of the test"),
                n => format!("of-a-test-{n}"),
            })
            .build()
            .unwrap()
    };
    assert_eq!(on_a_spare(&runtime, async { 7 }), 7);
    assert!(named.load(Ordering::Relaxed) >= 6);
}

#[test]
fn there_are_no_more_spares_than_allowed() {
    let runtime = builder(1).max_blocking_threads(2).build().unwrap();
    let (sender, receiver) = mpsc::channel::<()>();
    let receiver = Arc::new(Mutex::new(receiver));
    let running = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (receiver, running) = (receiver.clone(), running.clone());
            runtime.spawn(async move {
                running.fetch_add(1, Ordering::Relaxed);
                block_in_place(|| receiver.lock().unwrap().recv_timeout(LIMIT).unwrap_err());
            })
        })
        .collect();
    until("three threads block", || running.load(Ordering::Relaxed) == 3);
    assert_eq!(runtime.metrics().num_spare_workers(), 2);
    drop(sender);
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(running.load(Ordering::Relaxed), 8);
    assert_eq!(runtime.metrics().num_spare_workers(), 2);
}

#[test]
fn spares_go_by_the_numbers_of_workers() {
    let runtime = builder(1).build().unwrap();
    assert_eq!(on_a_spare(&runtime, async { worker_index() }), Some(0));
}

#[test]
fn the_running_count_returns_to_its_limit() {
    let runtime = builder(2).build().unwrap();
    for _ in 0..20 {
        let tasks: Vec<_> = (0..8)
            .map(|_| runtime.spawn(async { block_in_place(|| thread::sleep(Duration::from_micros(200))) }))
            .collect();
        runtime.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
    }
    until("all are asleep", || runtime.metrics().num_running_workers() == 0);
}

#[test]
fn a_dedicated_driver_thread_serves_sockets_and_timers() {
    let runtime = builder(1).dedicated_io_driver().build().unwrap();
    runtime.block_on(async {
        heist::spawn(echo()).await.unwrap();
        echo().await;
        sleep(Duration::from_millis(2)).await;
        heist::spawn(sleep(Duration::from_millis(2))).await.unwrap();
    });
    assert_eq!(on_a_spare(&runtime, async { echo().await }), ());
    let (sender, receiver) = mpsc::channel();
    let stuck = runtime.spawn(async move { receiver.recv_timeout(LIMIT) });
    runtime.spawn(async move {
        sleep(Duration::from_millis(1)).await;
        echo().await;
        sender.send(()).unwrap();
    });
    runtime.block_on(stuck).unwrap().expect("sockets waited for the stuck worker");
}

#[test]
fn a_dedicated_driver_thread_without_io() {
    let runtime = Builder::new_multi_thread().worker_threads(1).dedicated_io_driver().enable_time().build().unwrap();
    runtime.block_on(runtime.spawn(async { sleep(Duration::from_millis(2)).await })).unwrap();
}

#[test]
#[should_panic(expected = "stall_threshold cannot be set to 0")]
fn a_stall_threshold_of_nothing() {
    Builder::new_multi_thread().stall_threshold(Duration::ZERO);
}

#[test]
fn workers_are_never_stuck_with_an_endless_threshold() {
    let runtime = builder(1).stall_threshold(Duration::MAX).build().unwrap();
    runtime.block_on(runtime.spawn(async { thread::sleep(Duration::from_millis(60)) })).unwrap();
    assert_eq!(runtime.metrics().worker_stall_count(0), 0);
}

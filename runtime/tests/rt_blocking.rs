//! Closures that block: results, panics, aborts, and the shutdown.

mod rt_support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use heist::runtime::{Builder, Handle, Runtime};
use heist::task::{JoinHandle, spawn_blocking};

use rt_support::{Census, both_flavours, current_thread, multi_thread, wait, wait_until};

/// Long enough never to be the reason for a test's end.
const LONG: Duration = Duration::from_secs(600);

/// A runtime with one blocking thread.
fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap()
}

/// A closure that runs until the sender is dropped; returns when it has started.
fn occupy(runtime: &Runtime) -> (mpsc::Sender<()>, JoinHandle<u32>) {
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let join = runtime.spawn_blocking(move || {
        started.send(()).unwrap();
        let _ = released.recv();
        7
    });
    has_started.recv().unwrap();
    (release, join)
}

#[test]
fn results_and_panics_reach_the_handle() {
    both_flavours(|runtime| {
        runtime.block_on(async {
            assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
            let error = spawn_blocking(|| -> u32 { panic!("of a closure") }).await.unwrap_err();
            assert_eq!(*error.into_panic().downcast::<&str>().unwrap(), "of a closure");
            let task = heist::spawn(async { spawn_blocking(|| 8).await.unwrap() });
            assert_eq!(task.await.unwrap(), 8);
        });
    });
}

#[test]
fn closures_are_inside_the_runtime() {
    both_flavours(|runtime| {
        let own = runtime.handle().id();
        let task = runtime.spawn_blocking(move || {
            assert_eq!(heist::runtime::worker_index(), None);
            let handle = Handle::current();
            assert_eq!(handle.id(), own);
            handle.block_on(async { heist::spawn(async { 7 }).await.unwrap() })
        });
        assert_eq!(runtime.block_on(task).unwrap(), 7);
    });
}

#[test]
fn many_closures_from_many_tasks() {
    both_flavours(|runtime| {
        let census = Census::default();
        runtime.block_on(async {
            let tasks = (0..20).map(|task| {
                let census = census.clone();
                heist::spawn(async move {
                    for number in 0..20 {
                        let citizen = census.citizen();
                        let closure = spawn_blocking(move || {
                            drop(citizen);
                            task * 100 + number
                        });
                        assert_eq!(closure.await.unwrap(), task * 100 + number);
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
        });
        assert_eq!((census.made(), census.alive()), (400, 0));
    });
}

#[test]
fn an_aborted_closure_leaves_the_queue() {
    let runtime = one_thread();
    let census = Census::default();
    let (release, occupier) = occupy(&runtime);
    let citizen = census.citizen();
    let queued = runtime.spawn_blocking(move || drop(citizen));
    occupier.abort();
    queued.abort();
    assert_eq!(census.alive(), 0, "it is dropped while the thread is still busy");
    assert!(wait(queued).unwrap_err().is_cancelled());
    drop(release);
    assert_eq!(wait(occupier).unwrap(), 7, "what has started cannot be aborted");
}

#[test]
fn the_pool_is_counted() {
    let runtime = one_thread();
    let metrics = runtime.metrics();
    let counts =
        || (metrics.num_blocking_threads(), metrics.num_idle_blocking_threads(), metrics.blocking_queue_depth());
    assert_eq!(counts(), (0, 0, 0));
    let (release, occupier) = occupy(&runtime);
    let queued = [runtime.spawn_blocking(|| ()), runtime.spawn_blocking(|| ())];
    assert_eq!(counts(), (1, 0, 2));
    drop(release);
    assert_eq!(wait(occupier).unwrap(), 7);
    for join in queued {
        wait(join).unwrap();
    }
    wait_until(|| counts() == (1, 1, 0));
}

#[test]
fn a_dropped_handle_detaches() {
    let runtime = one_thread();
    let (release, occupier) = occupy(&runtime);
    let (done, is_done) = mpsc::channel();
    drop(runtime.spawn_blocking(move || done.send(7).unwrap()));
    drop(release);
    assert_eq!(is_done.recv().unwrap(), 7);
    drop(occupier);
}

#[test]
fn drop_waits_for_what_has_started_only() {
    for build in [current_thread, multi_thread] {
        let runtime = build();
        let census = Census::default();
        let citizen = census.citizen();
        let (started, has_started) = mpsc::channel();
        runtime.spawn_blocking(move || {
            started.send(()).unwrap();
            thread::sleep(Duration::from_millis(30));
            drop(citizen);
        });
        has_started.recv().unwrap();
        drop(runtime);
        assert_eq!(census.alive(), 0);
    }
    let runtime = one_thread();
    let census = Census::default();
    let ran = Arc::new(AtomicUsize::new(0));
    let (release, occupier) = occupy(&runtime);
    let queued: Vec<_> = (0..10)
        .map(|_| {
            let (citizen, ran) = (census.citizen(), ran.clone());
            runtime.spawn_blocking(move || {
                ran.fetch_add(1, Ordering::Relaxed);
                drop(citizen);
            })
        })
        .collect();
    // The queue is emptied before the runtime waits, so what waits for its closures can release the last one.
    let releaser = thread::spawn(move || {
        for join in queued {
            assert!(wait(join).unwrap_err().is_cancelled());
        }
        drop(release);
    });
    drop(runtime);
    releaser.join().unwrap();
    assert_eq!(wait(occupier).unwrap(), 7);
    assert_eq!((ran.load(Ordering::Relaxed), census.alive()), (0, 0));
}

#[test]
fn shutdown_timeout_does_not_wait_longer() {
    for build in [current_thread, multi_thread] {
        let runtime = build();
        let (release, occupier) = occupy(&runtime);
        let start = Instant::now();
        runtime.shutdown_timeout(Duration::from_millis(20));
        let waited = start.elapsed();
        assert!(waited >= Duration::from_millis(20) && waited < Duration::from_secs(20), "{waited:?}");
        drop(release);
        assert_eq!(wait(occupier).unwrap(), 7, "it goes on to its end");
    }
}

#[test]
fn shutdown_timeout_returns_when_all_has_ended() {
    both_flavours(|runtime| {
        let start = Instant::now();
        let task = runtime.spawn_blocking(|| 7);
        assert_eq!(runtime.block_on(task).unwrap(), 7);
        runtime.shutdown_timeout(LONG);
        assert!(start.elapsed() < LONG / 10);
    });
    multi_thread().shutdown_timeout(Duration::MAX);
}

#[test]
fn shutdown_background_does_not_wait() {
    for build in [current_thread, multi_thread] {
        let runtime = build();
        let (release, occupier) = occupy(&runtime);
        runtime.shutdown_background();
        assert!(!occupier.is_finished());
        drop(release);
        assert_eq!(wait(occupier).unwrap(), 7);
    }
}

#[test]
fn a_runtime_dropped_by_its_own_closure() {
    for build in [current_thread, multi_thread] {
        let census = Census::default();
        let runtime = Arc::new(build());
        let (go, gone) = mpsc::channel::<()>();
        let (own, citizen) = (runtime.clone(), census.citizen());
        let join = runtime.spawn_blocking(move || {
            let _ = gone.recv();
            drop(Arc::into_inner(own).expect("the last one"));
            drop(citizen);
            7
        });
        drop(runtime);
        drop(go);
        assert_eq!(wait(join).unwrap(), 7);
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn tasks_that_wait_for_closures_are_dropped() {
    both_flavours(|runtime| {
        let census = Census::default();
        let (citizen, inner) = (census.citizen(), census.citizen());
        let (started, has_started) = mpsc::channel();
        let (waiting, is_waiting) = futures::channel::oneshot::channel();
        let (release, released) = mpsc::channel::<()>();
        runtime.spawn(async move {
            let closure = spawn_blocking(move || {
                started.send(()).unwrap();
                let _ = released.recv();
                drop(inner);
            });
            waiting.send(()).unwrap();
            let _ = closure.await;
            drop(citizen);
        });
        runtime.block_on(is_waiting).unwrap();
        has_started.recv().unwrap();
        let releaser = thread::spawn({
            let census = census.clone();
            move || {
                wait_until(|| census.alive() == 1);
                drop(release);
            }
        });
        drop(runtime);
        assert_eq!(census.alive(), 0);
        releaser.join().unwrap();
    });
}

#[test]
fn a_paused_clock_waits_for_closures() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let start = heist::time::Instant::now();
        let closure = spawn_blocking(|| thread::sleep(Duration::from_millis(30)));
        heist::time::timeout(Duration::from_secs(1), closure).await.expect("the closure comes first").unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        // With nothing outstanding the clock goes on, also if the last closure ends while the runtime sleeps.
        drop(spawn_blocking(|| thread::sleep(Duration::from_millis(30))));
        heist::time::sleep(Duration::from_secs(3600)).await;
        assert!(start.elapsed() >= Duration::from_secs(3600));
        // An aborted closure does not hold the clock.
        spawn_blocking(|| ()).abort();
        heist::time::sleep(Duration::from_secs(3600)).await;
    });
}

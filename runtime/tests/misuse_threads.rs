//! Threads that cannot be started, and callbacks of threads that panic.

mod rt_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use heist::runtime::Builder;
use heist::task::{spawn_blocking, yield_now};
use heist::time::sleep;

use rt_support::{Census, panic_of};

/// More than any system gives.
const TOO_LARGE: usize = 1 << 46;

#[test]
fn workers_that_cannot_be_started() {
    for workers in [1, 2, 4] {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers).enable_all().thread_stack_size(TOO_LARGE);
        assert!(builder.build().is_err());
        let runtime = builder.thread_stack_size(512 * 1024).build().unwrap();
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
    }
}

#[test]
fn a_closure_whose_thread_cannot_be_started() {
    let runtime = Builder::new_current_thread().enable_all().thread_stack_size(TOO_LARGE).build().unwrap();
    let census = Census::default();
    for _ in 0..3 {
        let citizen = census.citizen();
        let panic = panic_of(|| runtime.spawn_blocking(move || drop(citizen)));
        assert!(panic.message.starts_with("OS can't spawn worker thread"), "{}", panic.message);
        assert_eq!(panic.file, file!());
        assert_eq!(census.alive(), 0);
    }
    // The panic of a task that needs a closure is the task's own.
    let task = runtime.spawn(async { spawn_blocking(|| 7).await });
    assert!(runtime.block_on(task).unwrap_err().is_panic());
    assert_eq!(runtime.block_on(runtime.spawn(async { 8 })).unwrap(), 8);
}

#[test]
fn callbacks_that_panic() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let called = Arc::new(AtomicUsize::new(0));
        let callback = || {
            let called = called.clone();
            move || {
                called.fetch_add(1, Ordering::Relaxed);
                panic!("a callback that panics");
            }
        };
        let runtime = builder
            .worker_threads(2)
            .enable_all()
            .on_thread_start(callback())
            .on_thread_stop(callback())
            .on_thread_park(callback())
            .on_thread_unpark(callback())
            .build()
            .unwrap();
        let census = Census::default();
        runtime.block_on(async {
            for _ in 0..10 {
                let citizens = (census.citizen(), census.citizen());
                heist::spawn(async move {
                    let _citizen = citizens.0;
                    yield_now().await;
                    sleep(std::time::Duration::from_micros(100)).await;
                })
                .await
                .unwrap();
                spawn_blocking(move || drop(citizens.1)).await.unwrap();
            }
        });
        drop(runtime);
        assert_eq!(census.alive(), 0);
        assert!(called.load(Ordering::Relaxed) >= 2);
    }
}

#[test]
fn a_function_for_names_that_panics() {
    let runtime = Builder::new_current_thread().thread_name_fn(|| panic!("no name")).build().unwrap();
    assert!(panic_of(|| runtime.spawn_blocking(|| ())).message.starts_with("OS can't spawn worker thread"));
    assert_eq!(runtime.block_on(async { 7 }), 7);
    // A runtime with workers is not built, and those of its threads that were started end.
    let running = Arc::new(AtomicUsize::new(0));
    let (started, stopped) = (running.clone(), running.clone());
    let next = AtomicUsize::new(0);
    let result = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name_fn(move || match next.fetch_add(1, Ordering::Relaxed) {
            0 => "named".to_owned(),
            _ => panic!("no name"),
        })
        .on_thread_start(move || _ = started.fetch_add(1, Ordering::Relaxed))
        .on_thread_stop(move || _ = stopped.fetch_sub(1, Ordering::Relaxed))
        .build();
    assert!(result.is_err());
    assert_eq!(running.load(Ordering::Relaxed), 0);
}

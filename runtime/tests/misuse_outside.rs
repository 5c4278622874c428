//! Timers, sockets and closures outside a runtime and in one that has not enabled them: each call panics at its caller
//! with a text that says what to do. Deadlines out of every range. Handles and wakers at odd times.

mod rt_support;

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use heist::net::{TcpListener, TcpSocket, TcpStream};
use heist::runtime::{Builder, Runtime};
use heist::task::{spawn_blocking, yield_now};
use heist::time::{Instant, interval, interval_at, sleep, sleep_until, timeout, timeout_at};

use rt_support::{Census, assert_panics, every_flavour, panic_of, wait};

const NO_RUNTIME: &str = "there is no reactor running, must be called from the context of a Tokio 1.x runtime";
const NO_TIME: &str = "A Tokio 1.x context was found, but timers are disabled. Call `enable_time`";
const NO_IO: &str = "A Tokio 1.x context was found, but IO is disabled. Call `enable_io`";
const SECOND: Duration = Duration::from_secs(1);

/// Runtimes of every kind with what `enable` enables.
fn with_only(enable: impl Fn(&mut Builder), f: impl Fn(Runtime)) {
    let mut one = Builder::new_current_thread();
    enable(&mut one);
    f(one.build().unwrap());
    for workers in [1, 2, 4] {
        let mut builder = Builder::new_multi_thread();
        enable(builder.worker_threads(workers));
        f(builder.build().unwrap());
    }
}

/// Everything that makes a timer panics with `expected`, and blames this file.
fn no_timers(expected: &str) {
    let now = Instant::now();
    assert_panics(expected, || sleep(SECOND));
    assert_panics(expected, || sleep(Duration::ZERO));
    assert_panics(expected, || sleep_until(now));
    assert_panics(expected, || timeout(SECOND, pending::<()>()));
    assert_panics(expected, || timeout_at(now, pending::<()>()));
    assert_panics(expected, || interval(SECOND));
    assert_panics(expected, || interval_at(now, SECOND));
}

/// Everything that makes a socket of one from elsewhere panics with `expected`, and blames this file.
fn no_sockets(expected: &str) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stream = std::net::TcpStream::connect(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    stream.set_nonblocking(true).unwrap();
    assert_panics(expected, || TcpListener::from_std(listener.try_clone().unwrap()));
    assert_panics(expected, || TcpStream::from_std(stream.try_clone().unwrap()));
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    assert_panics(expected, || socket.listen(1));
    // Where they are made while a future is polled, the caller is whoever polls; the text is the same.
    let cx = &mut Context::from_waker(Waker::noop());
    for message in [
        panic_of(|| pin!(TcpListener::bind("127.0.0.1:0")).poll(cx).is_ready()).message,
        panic_of(|| pin!(TcpStream::connect(address)).poll(&mut Context::from_waker(Waker::noop())).is_ready()).message,
    ] {
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn outside_of_every_runtime() {
    no_timers(NO_RUNTIME);
    no_sockets(NO_RUNTIME);
    assert_panics(NO_RUNTIME, || spawn_blocking(|| ()));
}

#[test]
fn without_timers() {
    let enable = |builder: &mut Builder| {
        builder.enable_io();
    };
    with_only(enable, |runtime| {
        runtime.block_on(async { no_timers(NO_TIME) });
        runtime.block_on(runtime.spawn(async { no_timers(NO_TIME) })).unwrap();
        runtime.block_on(runtime.spawn_blocking(|| no_timers(NO_TIME))).unwrap();
        let _guard = runtime.enter();
        no_timers(NO_TIME);
        // What it has works.
        assert!(runtime.block_on(TcpListener::bind("127.0.0.1:0")).is_ok());
    });
}

#[test]
fn without_sockets() {
    let enable = |builder: &mut Builder| {
        builder.enable_time();
    };
    with_only(enable, |runtime| {
        runtime.block_on(async { no_sockets(NO_IO) });
        runtime.block_on(runtime.spawn(async { no_sockets(NO_IO) })).unwrap();
        runtime.block_on(runtime.spawn_blocking(|| no_sockets(NO_IO))).unwrap();
        let _guard = runtime.enter();
        no_sockets(NO_IO);
        runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    });
}

#[test]
fn with_nothing_enabled() {
    with_only(
        |_| {},
        |runtime| {
            runtime.block_on(async {
                no_timers(NO_TIME);
                no_sockets(NO_IO);
                assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
                assert_eq!(heist::spawn(async { 8 }).await.unwrap(), 8);
            });
        },
    );
}

#[test]
fn deadlines_of_every_kind() {
    let centuries = Duration::from_secs(500 * 365 * 24 * 3600);
    every_flavour(|build| {
        let runtime = build();
        runtime.block_on(async {
            let now = Instant::now();
            let past = now.checked_sub(Duration::from_secs(3)).unwrap_or(now);
            sleep_until(past).await;
            heist::spawn(async move { sleep_until(past).await }).await.unwrap();
            assert_eq!(timeout_at(past, async { 7 }).await.unwrap(), 7);
            assert!(timeout_at(past, pending::<()>()).await.is_err());
            for far in [centuries, Duration::MAX] {
                let mut nap = pin!(sleep(far));
                assert!(poll_fn(|cx| Poll::Ready(nap.as_mut().poll(cx))).await.is_pending());
                // Somebody nearer still fires, and the far one may come near.
                sleep(Duration::from_millis(1)).await;
                assert!(!nap.is_elapsed());
                nap.as_mut().reset(Instant::now() + Duration::from_millis(1));
                nap.await;
                assert_eq!(timeout(far, heist::spawn(async { 7 })).await.unwrap().unwrap(), 7);
            }
            if let Some(deadline) = now.checked_add(centuries) {
                let waits = heist::spawn(sleep_until(deadline));
                yield_now().await;
                waits.abort();
                assert!(waits.await.unwrap_err().is_cancelled());
            }
        });
    });
}

#[test]
fn joined_after_abort() {
    every_flavour(|build| {
        let runtime = build();
        let census = Census::default();
        runtime.block_on(async {
            for _ in 0..100 {
                // Aborted before it ran, while it waits, and after it has ended.
                let citizen = census.citizen();
                let task = heist::spawn(async move { drop(citizen) });
                task.abort();
                task.abort();
                let result = task.await;
                assert!(result.is_ok() || result.unwrap_err().is_cancelled());
                let citizen = census.citizen();
                let task = heist::spawn(async move {
                    let _citizen = citizen;
                    pending::<()>().await;
                });
                yield_now().await;
                task.abort_handle().abort();
                assert!(task.await.unwrap_err().is_cancelled());
                let task = heist::spawn(async { 7 });
                while !task.is_finished() {
                    yield_now().await;
                }
                task.abort();
                assert_eq!(task.await.unwrap(), 7);
            }
        });
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn panics_of_tasks_and_closures_stay_theirs() {
    every_flavour(|build| {
        let runtime = build();
        let census = Census::default();
        runtime.block_on(async {
            let others: Vec<_> = (0..20)
                .map(|number| {
                    heist::spawn(async move {
                        yield_now().await;
                        number
                    })
                })
                .collect();
            for _ in 0..20 {
                let citizens = (census.citizen(), census.citizen());
                let task = heist::spawn(async move {
                    let _citizen = citizens.0;
                    yield_now().await;
                    std::panic::panic_any(citizens.1);
                });
                let payload = task.await.unwrap_err().into_panic();
                assert_eq!(census.alive(), 1, "the future is dropped, what it panicked with is not");
                drop(payload);
                let citizen = census.citizen();
                let closure = spawn_blocking(move || {
                    let _citizen = citizen;
                    panic!("of a closure");
                });
                assert!(closure.await.unwrap_err().is_panic());
                drop(spawn_blocking(|| panic!("of a closure that nobody waits for")));
                drop(heist::spawn(async { panic!("of a task that nobody waits for") }));
            }
            for (number, other) in others.into_iter().enumerate() {
                assert_eq!(other.await.unwrap(), number);
            }
        });
        assert_eq!(census.alive(), 0);
    });
}

/// Wakers that are cloned, woken and dropped by other threads at the very time at which the runtime goes.
#[test]
fn wakers_race_with_the_end() {
    every_flavour(|build| {
        for round in 0..30 {
            let runtime = build();
            let census = Census::default();
            let (wakers, stop) = (Arc::new(Mutex::new(Vec::<Waker>::new())), Arc::new(AtomicBool::new(false)));
            for _ in 0..8 {
                let (citizen, wakers) = (census.citizen(), wakers.clone());
                drop(runtime.spawn(async move {
                    let _citizen = citizen;
                    poll_fn(|cx| {
                        let mut wakers = wakers.lock().unwrap();
                        if wakers.len() < 64 {
                            wakers.push(cx.waker().clone());
                        }
                        Poll::<()>::Pending
                    })
                    .await;
                }));
            }
            runtime.block_on(async { heist::spawn(yield_now()).await.unwrap() });
            let threads = [0, 1].map(|_| {
                let (wakers, stop) = (wakers.clone(), stop.clone());
                thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        // Not under the lock: the task would wait for it.
                        let taken = wakers.lock().unwrap().pop();
                        let Some(waker) = taken else { continue };
                        waker.wake_by_ref();
                        drop(waker.clone());
                        waker.wake();
                    }
                })
            });
            match round % 2 {
                0 => drop(runtime),
                _ => runtime.shutdown_background(),
            }
            rt_support::wait_until(|| census.alive() == 0);
            stop.store(true, Ordering::Relaxed);
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        }
    });
}

#[test]
fn a_panic_of_block_on_leaves_the_tasks() {
    every_flavour(|build| {
        let runtime = build();
        let task = runtime.spawn(async {
            for _ in 0..10 {
                yield_now().await;
            }
            7
        });
        for _ in 0..3 {
            let result = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async {
                    yield_now().await;
                    sleep(Duration::from_micros(10)).await;
                    panic!("of the main future");
                })
            }));
            assert!(result.is_err());
        }
        assert_eq!(runtime.block_on(task).unwrap(), 7);
        let handle = runtime.handle().clone();
        assert!(catch_unwind(AssertUnwindSafe(|| handle.block_on(async { panic!("again") }))).is_err());
        assert_eq!(handle.block_on(async { 8 }), 8);
        let late = runtime.spawn(async {});
        drop(runtime);
        let _ = wait(late);
    });
}

//! Signals in runtimes: several of them, their end, storms, and listeners that go. One signal for each test, since the
//! tests share the process.
#![cfg(unix)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use heist::runtime::{Builder, Runtime};
use heist::signal::unix::{Signal, SignalKind, signal};
use heist::time::timeout;
use rustix::process::{Signal as Number, getpid, kill_process};

fn raise(kind: SignalKind) {
    kill_process(getpid(), Number::from_named_raw(kind.as_raw_value()).unwrap()).unwrap();
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn is_quiet(signal: &mut Signal) -> bool {
    signal.poll_recv(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[cfg(target_os = "linux")]
#[test]
fn kinds_have_the_numbers_of_the_system() {
    let kinds = [
        (SignalKind::alarm(), 14),
        (SignalKind::child(), 17),
        (SignalKind::hangup(), 1),
        (SignalKind::interrupt(), 2),
        (SignalKind::io(), 29),
        (SignalKind::pipe(), 13),
        (SignalKind::quit(), 3),
        (SignalKind::terminate(), 15),
        (SignalKind::user_defined1(), 10),
        (SignalKind::user_defined2(), 12),
        (SignalKind::window_change(), 28),
    ];
    for (kind, number) in kinds {
        assert_eq!(kind.as_raw_value(), number);
        assert_eq!(SignalKind::from(number), kind);
        assert_eq!(SignalKind::from_raw(i32::from(kind)), kind);
        assert_eq!(format!("{kind:?}"), format!("SignalKind({number})"));
    }
}

#[test]
fn every_runtime_is_told() {
    let (first, second) = (current_thread(), multi_thread());
    let mut listener = first.block_on(async { signal(SignalKind::user_defined1()) }).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let task = second.spawn(async move {
        let mut listener = signal(SignalKind::user_defined1()).unwrap();
        for _ in 0..10 {
            sender.send(()).unwrap();
            listener.recv().await.unwrap();
        }
    });
    for _ in 0..10 {
        receiver.recv().unwrap();
        raise(SignalKind::user_defined1());
        first.block_on(listener.recv()).unwrap();
    }
    second.block_on(task).unwrap();
}

#[test]
fn a_listener_outlives_its_runtime() {
    let runtime = current_thread();
    let mut listener = runtime.block_on(async { signal(SignalKind::user_defined2()) }).unwrap();
    runtime.spawn(async { signal(SignalKind::user_defined2()).unwrap().recv().await });
    drop(runtime);
    for runtime in [current_thread(), multi_thread()] {
        raise(SignalKind::user_defined2());
        assert_eq!(runtime.block_on(listener.recv()), Some(()));
    }
}

#[test]
fn a_storm_is_noticed_and_ends() {
    const RAISED: usize = 20_000;
    let runtime = multi_thread();
    runtime.block_on(async {
        let mut listener = signal(SignalKind::window_change()).unwrap();
        let storm = std::thread::spawn(|| (0..RAISED).for_each(|_| raise(SignalKind::window_change())));
        let mut noticed = 0;
        while !storm.is_finished() {
            if timeout(Duration::from_millis(10), listener.recv()).await.is_ok() {
                noticed += 1;
            }
        }
        storm.join().unwrap();
        if noticed == 0 {
            // It was over before anybody looked.
            listener.recv().await.unwrap();
            noticed = 1;
        }
        assert!((1..=RAISED).contains(&noticed), "{noticed}");
        // What is left of it is little, and nothing of it hides a later one.
        let mut left = 0;
        while timeout(Duration::from_millis(10), listener.recv()).await.is_ok() {
            left += 1;
        }
        assert!(left <= 100, "{left}");
        raise(SignalKind::window_change());
        assert_eq!(listener.recv().await, Some(()));
    });
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn listeners_that_are_gone_are_not_woken_and_the_handler_stays() {
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(count.clone());
    let mut gone = signal(SignalKind::alarm()).unwrap();
    let mut stays = signal(SignalKind::alarm()).unwrap();
    assert!(gone.poll_recv(&mut Context::from_waker(&waker)).is_pending());
    assert!(format!("{gone:?}").starts_with("Signal"));
    drop((gone, waker));
    assert_eq!(Arc::strong_count(&count), 1, "its waker went with it");
    raise(SignalKind::alarm());
    futures::executor::block_on(stays.recv());
    assert_eq!(count.0.load(Ordering::Relaxed), 0);

    // Without any listener the signal, which would end the process, is still caught.
    drop(stays);
    raise(SignalKind::alarm());
    let mut late = signal(SignalKind::alarm()).unwrap();
    raise(SignalKind::alarm());
    futures::executor::block_on(late.recv());
}

#[test]
fn a_receive_can_be_cancelled() {
    let runtime = current_thread();
    runtime.block_on(async {
        let mut listener = signal(SignalKind::io()).unwrap();
        for _ in 0..3 {
            assert!(timeout(Duration::from_millis(1), listener.recv()).await.is_err());
        }
        raise(SignalKind::io());
        assert_eq!(listener.recv().await, Some(()));
        assert!(is_quiet(&mut listener));
    });
}

#[test]
fn control_c_in_several_tasks() {
    let runtime = multi_thread();
    runtime.block_on(async {
        // The handler is there before anybody raises: a default action would end the test.
        let mut first = signal(SignalKind::interrupt()).unwrap();
        let waiting = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let waiting = waiting.clone();
                heist::spawn(async move {
                    let mut interrupt = std::pin::pin!(heist::signal::ctrl_c());
                    assert!(futures::poll!(&mut interrupt).is_pending());
                    waiting.fetch_add(1, Ordering::Relaxed);
                    interrupt.await
                })
            })
            .collect();
        while waiting.load(Ordering::Relaxed) < 3 {
            heist::task::yield_now().await;
        }
        raise(SignalKind::interrupt());
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        first.recv().await;
    });
}

#[cfg(target_os = "linux")]
#[test]
fn real_time_signals() {
    // The first that the C library leaves to programs. The shell can send it to us.
    let mut listener = signal(SignalKind::from_raw(40)).unwrap();
    let status = std::process::Command::new("kill").args(["-40", &std::process::id().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(futures::executor::block_on(listener.recv()), Some(()));
}

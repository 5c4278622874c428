//! What a runtime leaves behind: no thread, no descriptor; and what its sockets and timers say afterwards.

mod rt_support;

use std::future::{Future, pending};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::Runtime;
use heist::task::spawn_blocking;
use heist::time::{interval, sleep, timeout};

use rt_support::{every_flavour, panic_of, wait, wait_until};

const GONE: &str = "A Tokio 1.x context was found, but it is being shutdown.";
const HOUR: Duration = Duration::from_secs(3600);

/// Counts its wakes.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn poll_once<F: Future>(count: &Arc<Count>, future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(count.clone())))
}

async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap());
    let (ours, theirs) = futures::future::join(ours, listener.accept()).await;
    (ours.unwrap(), theirs.unwrap().0)
}

#[test]
fn sockets_that_wait_outside_resolve() {
    every_flavour(|build| {
        for end in [drop, Runtime::shutdown_background] {
            let runtime = build();
            let (mut ours, theirs) = runtime.block_on(connected());
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            let (mut buffer, count) = ([0; 8], Arc::new(Count::default()));
            // An accepted socket counts as readable until somebody has tried, and again if an event (that it can be
            // written to) arrives during the attempt.
            wait_until(|| {
                assert_eq!(theirs.try_read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
                poll_once(&count, pin!(theirs.readable())).is_pending()
            });
            {
                let mut read = pin!(ours.read(&mut buffer));
                let mut readable = pin!(theirs.readable());
                let mut accept = pin!(listener.accept());
                assert!(poll_once(&count, read.as_mut()).is_pending());
                assert!(poll_once(&count, readable.as_mut()).is_pending());
                assert!(poll_once(&count, accept.as_mut()).is_pending());
                end(runtime);
                wait_until(|| count.get() >= 3);
                for error in [wait(read).unwrap_err(), wait(readable).unwrap_err(), wait(accept).unwrap_err()] {
                    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Other, GONE));
                }
            }
            // From then on nothing waits, and nothing panics.
            assert_eq!(wait(ours.read(&mut buffer)).unwrap_err().to_string(), GONE);
            assert_eq!(wait(ours.write_all(b"x")).unwrap_err().to_string(), GONE);
            assert_eq!(wait(listener.accept()).unwrap_err().to_string(), GONE);
            assert!(ours.into_std().is_ok());
        }
    });
}

#[test]
fn sockets_made_in_a_runtime_that_is_gone() {
    every_flavour(|build| {
        let runtime = build();
        let handle = runtime.handle().clone();
        drop(runtime);
        let _guard = handle.enter();
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(wait(TcpListener::bind("127.0.0.1:0")).unwrap_err().to_string(), GONE);
        assert_eq!(wait(TcpStream::connect(address)).unwrap_err().to_string(), GONE);
    });
}

#[test]
fn timers_that_wait_outside_are_woken_and_panic() {
    every_flavour(|build| {
        for end in [drop, Runtime::shutdown_background] {
            let runtime = build();
            let guard = runtime.enter();
            let (mut nap, unused) = (Box::pin(sleep(HOUR)), Box::pin(sleep(HOUR)));
            let mut limit = Box::pin(timeout(HOUR, pending::<()>()));
            let mut ticks = interval(HOUR);
            drop(guard);
            wait(ticks.tick());
            let count = Arc::new(Count::default());
            assert!(poll_once(&count, nap.as_mut()).is_pending());
            assert!(poll_once(&count, limit.as_mut()).is_pending());
            end(runtime);
            wait_until(|| count.get() == 2);
            for message in [
                panic_of(|| wait(nap.as_mut())).message,
                panic_of(|| wait(unused)).message,
                panic_of(|| wait(limit.as_mut())).message,
                panic_of(|| wait(ticks.tick())).message,
            ] {
                assert!(message.contains("being shutdown"), "{message}");
            }
            // To reset and to drop one is allowed.
            nap.as_mut().reset(heist::time::Instant::now());
            assert!(catch_unwind(AssertUnwindSafe(|| drop((nap, limit, ticks)))).is_ok());
        }
    });
}

/// Threads of the process, and its open descriptors.
#[cfg(target_os = "linux")]
fn census() -> (usize, usize) {
    let count = |path| std::fs::read_dir(path).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

/// Uses every part of a runtime, and leaves something pending in each.
#[cfg(target_os = "linux")]
fn use_all(runtime: &Runtime) {
    runtime.block_on(async {
        let (mut ours, mut theirs) = connected().await;
        ours.write_all(b"x").await.unwrap();
        assert_eq!(theirs.read_u8().await.unwrap(), b'x');
        drop(heist::spawn(async move { ours.read_u8().await }));
        drop(heist::spawn(async move { theirs.read_u8().await }));
        drop(heist::spawn(sleep(HOUR)));
        sleep(Duration::from_micros(10)).await;
        assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_behind() {
    /// In a process of its own, other tests do not count.
    const CHILD: &str = "HEIST_TEST_LEFTOVERS";
    if std::env::var_os(CHILD).is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["nothing_is_left_behind", "--exact", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let before = census();
    for round in 0..50 {
        every_flavour(|build| {
            let runtime = build();
            use_all(&runtime);
            match round % 3 {
                0 => drop(runtime),
                1 => runtime.shutdown_timeout(Duration::from_secs(20)),
                _ => runtime.shutdown_background(),
            }
        });
        // The system forgets a thread a little after its end, and those of `shutdown_background` are not waited for.
        let start = std::time::Instant::now();
        while census() != before {
            assert!(start.elapsed() < Duration::from_secs(10), "round {round}: {before:?} became {:?}", census());
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A thread that polls a timer while the runtime goes.
#[test]
fn a_timer_in_use_by_another_thread() {
    every_flavour(|build| {
        for _ in 0..20 {
            let runtime = build();
            let handle = runtime.handle().clone();
            let (started, has_started) = mpsc::channel();
            let thread = thread::spawn(move || {
                let _guard = handle.enter();
                let mut polls = 0;
                let count = Arc::new(Count::default());
                let result = catch_unwind(AssertUnwindSafe(|| {
                    loop {
                        let mut nap = pin!(sleep(HOUR));
                        assert!(poll_once(&count, nap.as_mut()).is_pending());
                        polls += 1;
                        let _ = started.send(());
                    }
                }));
                let payload = result.unwrap_err();
                let message = payload.downcast_ref::<String>().unwrap();
                assert!(polls > 0 && message.contains("being shutdown"), "{message}");
            });
            has_started.recv().unwrap();
            drop(runtime);
            thread.join().unwrap();
        }
    });
}

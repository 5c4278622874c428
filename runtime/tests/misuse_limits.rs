//! A process without descriptors, and a poller that fails. Each test runs in a process of its own, since it changes what
//! all threads share.

#![cfg(target_os = "linux")]
#![allow(unsafe_code)]

mod rt_support;

use std::fs::{self, File};
use std::mem::forget;
use std::os::fd::{FromRawFd, OwnedFd};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Runtime};
use heist::task::{spawn_blocking, yield_now};
use heist::time::{sleep, timeout};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};

use rt_support::{every_flavour, wait};

const CHILD: &str = "HEIST_TEST_LIMITS";

/// Runs `f` in a process of its own, which runs only the test `name`. Returns what it wrote to stderr.
fn in_a_child(name: &str, f: impl FnOnce()) -> String {
    if std::env::var_os(CHILD).is_some() {
        f();
        return String::new();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// Calls `f` while no descriptor can be opened.
fn without_descriptors<R>(f: impl FnOnce() -> R) -> R {
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), maximum: before.maximum }).unwrap();
    let result = f();
    setrlimit(Resource::Nofile, before).unwrap();
    result
}

fn is_no_descriptor(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(Errno::MFILE.raw_os_error())
}

#[test]
fn a_runtime_without_descriptors() {
    in_a_child("a_runtime_without_descriptors", || {
        without_descriptors(|| {
            let error = Builder::new_current_thread().enable_all().build().unwrap_err();
            assert!(is_no_descriptor(&error), "{error}");
            let error = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap_err();
            assert!(is_no_descriptor(&error), "{error}");
            assert!(is_no_descriptor(&Runtime::new().unwrap_err()));
            // Timers and tasks need none.
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
            runtime.block_on(async { heist::spawn(sleep(Duration::from_millis(1))).await.unwrap() });
        });
        // And nothing is left of the failures.
        every_flavour(|build| assert_eq!(build().block_on(async { 7 }), 7));
    });
}

#[test]
fn sockets_without_descriptors() {
    in_a_child("sockets_without_descriptors", || {
        every_flavour(|build| {
            let runtime = build();
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            let address = listener.local_addr().unwrap();
            // A client that has its descriptor already.
            let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            let failures = Arc::new(AtomicUsize::new(0));
            let counted = failures.clone();
            let server = runtime.spawn(async move {
                loop {
                    match listener.accept().await {
                        Ok((mut stream, _)) => {
                            stream.write_all(b"x").await.unwrap();
                            return;
                        }
                        Err(error) => {
                            assert!(is_no_descriptor(&error), "{error}");
                            counted.fetch_add(1, Ordering::Relaxed);
                            sleep(Duration::from_millis(1)).await;
                        }
                    }
                }
            });
            without_descriptors(|| {
                let error = runtime.block_on(TcpStream::connect(address)).unwrap_err();
                assert!(is_no_descriptor(&error), "{error}");
                assert!(is_no_descriptor(&runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap_err()));
                // The rest goes on.
                client.connect(&address.into()).unwrap();
                runtime.block_on(async {
                    while failures.load(Ordering::Relaxed) < 3 {
                        sleep(Duration::from_millis(1)).await;
                    }
                    heist::spawn(sleep(Duration::from_millis(5))).await.unwrap();
                    assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
                });
            });
            runtime.block_on(async { timeout(Duration::from_secs(15), server).await }).unwrap().unwrap();
            let mut byte = [0];
            std::io::Read::read_exact(&mut &client, &mut byte).unwrap();
        });
    });
}

/// Puts `/dev/null` in the place of every poller of the process.
fn break_pollers() {
    let null = File::open("/dev/null").unwrap();
    let mut broken = 0;
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        if fs::read_link(entry.path()).is_ok_and(|to| to.as_os_str() == "anon_inode:[eventpoll]") {
            let number = entry.file_name().to_str().unwrap().parse().unwrap();
            // SAFETY: the descriptor is open, and never closed by this value, which is forgotten.
            let mut poller = unsafe { OwnedFd::from_raw_fd(number) };
            rustix::io::dup2(&null, &mut poller).unwrap();
            forget(poller);
            broken += 1;
        }
    }
    assert!(broken > 0, "there was no poller to break");
}

async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (ours, listener.accept().await.unwrap().0)
}

#[test]
fn a_poller_that_fails() {
    let said = in_a_child("a_poller_that_fails", || {
        every_flavour(|build| {
            let runtime = build();
            let (mut ours, mut theirs) = runtime.block_on(connected());
            let task = runtime.spawn(async move { ours.read_u8().await });
            let nap = runtime.spawn(async { sleep(Duration::from_millis(50)).await });
            runtime.block_on(async {
                // The reader waits.
                for _ in 0..10 {
                    heist::spawn(yield_now()).await.unwrap();
                }
                sleep(Duration::from_millis(5)).await;
            });
            break_pollers();
            // A thread that waits in the system call still does; what wakes it makes it fail.
            let all = async {
                nap.await.unwrap();
                assert!(task.await.unwrap().is_err(), "the reader is told");
                let error = theirs.read_u8().await.unwrap_err();
                assert_eq!(error.kind(), std::io::ErrorKind::Other);
                assert!(TcpListener::bind("127.0.0.1:0").await.is_err());
                // Tasks, timers and closures go on, also for a thread outside.
                for number in 0..50 {
                    let task = heist::spawn(async move {
                        sleep(Duration::from_micros(200)).await;
                        yield_now().await;
                        spawn_blocking(move || number).await.unwrap()
                    });
                    assert_eq!(task.await.unwrap(), number);
                }
                let (sender, receiver) = heist::sync::oneshot::channel();
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(20));
                    sender.send(7).unwrap();
                });
                assert_eq!(receiver.await.unwrap(), 7);
            };
            runtime.block_on(async { timeout(Duration::from_secs(15), all).await }).expect("the runtime is stuck");
            let pending = runtime.spawn(std::future::pending::<()>());
            drop(runtime);
            assert!(wait(pending).unwrap_err().is_cancelled());
            // A new runtime has a new poller.
            let next = build();
            let echo = async {
                let (mut ours, mut theirs) = connected().await;
                ours.write_all(b"x").await.unwrap();
                theirs.read_u8().await.unwrap()
            };
            assert_eq!(next.block_on(echo), b'x');
        });
    });
    if std::env::var_os(CHILD).is_none() {
        assert_eq!(said.matches("the poller of a runtime failed").count(), 4, "{said}");
    }
}

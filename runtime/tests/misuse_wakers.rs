//! Wakers that panic when they are woken: whoever wakes them survives, and everybody else is woken all the same.

mod rt_support;

use std::future::Future;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc as std_mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use heist::net::{TcpListener, TcpStream};
use heist::runtime::Runtime;
use heist::sync::{Notify, Semaphore, mpsc, oneshot};
use heist::task::{spawn_blocking, yield_now};
use heist::time::{Instant, sleep, sleep_until, timeout};

use rt_support::{Census, every_flavour, wait, wait_until};

/// More than fit into one batch of wakers.
const MANY: usize = 100;

/// No test lasts so long.
const FAR: Duration = Duration::from_secs(3600);

/// Panics whenever it is woken, with a payload that panics when it is dropped, and counts.
#[derive(Default)]
struct Bomb(AtomicUsize);

struct Shrapnel;

impl Drop for Shrapnel {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("a payload that panics");
        }
    }
}

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.0.fetch_add(1, Ordering::Relaxed) % 2 == 0 {
            panic!("a waker that panics");
        }
        std::panic::panic_any(Shrapnel);
    }
}

impl Bomb {
    fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Polls once with a waker that panics: the future has to be pending.
fn arm(bomb: &Arc<Bomb>, future: Pin<&mut impl Future>) {
    let waker = Waker::from(bomb.clone());
    assert!(future.poll(&mut Context::from_waker(&waker)).is_pending());
}

/// Calls `f`; what it panics with is not dropped.
fn swallow(f: impl FnOnce()) {
    std::mem::forget(catch_unwind(AssertUnwindSafe(f)));
}

/// All parts of a runtime work: tasks on all workers, timers, sockets, closures.
fn assert_alive(runtime: &Runtime) {
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            runtime.spawn(async move {
                yield_now().await;
                sleep(Duration::from_micros(100)).await;
                number
            })
        })
        .collect();
    let all = async {
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), number);
        }
        assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let accepted = heist::spawn(async move { listener.accept().await.map(drop) });
        client.await.unwrap().writable().await.unwrap();
        accepted.await.unwrap().unwrap();
    };
    runtime.block_on(async { timeout(Duration::from_secs(15), all).await }).expect("the runtime is stuck");
}

#[test]
fn woken_by_timers() {
    every_flavour(|build| {
        let runtime = build();
        let bomb = Arc::new(Bomb::default());
        // On the wheel of a worker and on the one for threads outside. Far away until all are armed, however long that
        // takes; then due at the same moment.
        let armed = bomb.clone();
        let own = runtime.spawn(async move {
            let mut sleeps: Vec<_> = (0..MANY).map(|_| Box::pin(sleep(FAR))).collect();
            sleeps.iter_mut().for_each(|sleep| arm(&armed, sleep.as_mut()));
            sleeps
        });
        let mut kept = runtime.block_on(own).unwrap();
        {
            let _guard = runtime.enter();
            let mut outside: Vec<_> = (0..MANY).map(|_| Box::pin(sleep(FAR))).collect();
            outside.iter_mut().for_each(|sleep| arm(&bomb, sleep.as_mut()));
            let deadline = Instant::now() + Duration::from_millis(5);
            let others: Vec<_> = (0..MANY).map(|_| runtime.spawn(sleep_until_owned(deadline))).collect();
            kept.iter_mut().chain(&mut outside).for_each(|sleep| sleep.as_mut().reset(deadline));
            runtime.block_on(async {
                for other in others {
                    other.await.unwrap();
                }
                while bomb.woken() < 2 * MANY {
                    sleep(Duration::from_millis(1)).await;
                }
            });
        }
        drop(kept);
        assert_alive(&runtime);
    });
}

async fn sleep_until_owned(deadline: Instant) {
    sleep_until(deadline).await;
}

#[test]
fn woken_by_sockets() {
    every_flavour(|build| {
        let runtime = build();
        let bomb = Arc::new(Bomb::default());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peers = Vec::new();
        let mut streams = Vec::new();
        for _ in 0..40 {
            let connect = TcpStream::connect(listener.local_addr().unwrap());
            streams.push(runtime.block_on(connect).unwrap());
            peers.push(listener.accept().unwrap().0);
        }
        let mut readable: Vec<_> = streams.iter().map(|stream| Box::pin(stream.readable())).collect();
        readable.iter_mut().for_each(|readable| arm(&bomb, readable.as_mut()));
        for peer in &mut peers {
            peer.write_all(b"x").unwrap();
        }
        runtime.block_on(async {
            while bomb.woken() < streams.len() {
                sleep(Duration::from_millis(1)).await;
            }
        });
        assert_alive(&runtime);
    });
}

#[test]
fn woken_by_channels() {
    every_flavour(|build| {
        let runtime = build();
        let bomb = Arc::new(Bomb::default());
        let armed = bomb.clone();
        // The panic reaches whoever sends; as a task that is its own matter.
        let task = runtime.spawn(async move {
            let (sender, receiver) = oneshot::channel();
            let mut receiver = pin!(receiver);
            arm(&armed, receiver.as_mut());
            swallow(|| sender.send(7).unwrap());
            assert_eq!(receiver.await.unwrap(), 7);

            let (sender, mut receiver) = mpsc::channel(1);
            arm(&armed, pin!(receiver.recv()));
            swallow(|| sender.try_send(8).unwrap());
            assert_eq!(receiver.recv().await, Some(8));
            7
        });
        assert_eq!(runtime.block_on(task).unwrap(), 7);
        assert_eq!(bomb.woken(), 2);
        assert_alive(&runtime);
    });
}

#[test]
fn woken_with_others_in_a_list() {
    every_flavour(|build| {
        let runtime = build();
        let bomb = Arc::new(Bomb::default());
        let (notify, semaphore) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let mut armed: Vec<_> = (0..2).map(|_| (Box::pin(notify.notified()), Box::pin(semaphore.acquire()))).collect();
        let mut others = Vec::new();
        for (notified, acquire) in &mut armed {
            arm(&bomb, notified.as_mut());
            arm(&bomb, acquire.as_mut());
        }
        let waiting = Arc::new(AtomicUsize::new(0));
        for _ in 0..MANY {
            let (notify, semaphore, waiting) = (notify.clone(), semaphore.clone(), waiting.clone());
            others.push(runtime.spawn(async move {
                let notified = notify.notified();
                waiting.fetch_add(1, Ordering::Release);
                notified.await;
                semaphore.acquire().await.unwrap().forget();
            }));
        }
        runtime.block_on(async {
            while waiting.load(Ordering::Acquire) < MANY {
                yield_now().await;
            }
            swallow(|| notify.notify_waiters());
            swallow(|| semaphore.add_permits(MANY + 2));
            for other in others {
                timeout(Duration::from_secs(15), other).await.expect("a wake is lost").unwrap();
            }
        });
        assert_eq!(bomb.woken(), 4);
        assert_alive(&runtime);
    });
}

#[test]
fn woken_by_a_receiver_that_goes() {
    every_flavour(|build| {
        let runtime = build();
        let bomb = Arc::new(Bomb::default());
        let message = Arc::new(());
        let (sender, receiver) = mpsc::channel(1);
        sender.try_send(message.clone()).unwrap();
        let mut armed = Box::pin(sender.reserve());
        arm(&bomb, armed.as_mut());
        let waits = sender.clone();
        let (listens, listening) = std_mpsc::channel();
        let told = runtime.spawn(async move {
            let mut closed = pin!(waits.closed());
            assert!(closed.as_mut().now_or_never().is_none());
            listens.send(()).unwrap();
            closed.await;
        });
        runtime.block_on(async {
            while listening.try_recv().is_err() {
                yield_now().await;
            }
            swallow(|| drop(receiver));
            timeout(Duration::from_secs(15), told).await.expect("a wake is lost").unwrap();
        });
        assert_eq!((bomb.woken(), Arc::strong_count(&message)), (1, 1), "messages are dropped with the receiver");
        drop(armed);
        assert_alive(&runtime);
    });
}

#[test]
fn woken_by_tasks_and_closures_that_end() {
    every_flavour(|build| {
        let runtime = build();
        let bomb = Arc::new(Bomb::default());
        let (go, gone) = oneshot::channel::<()>();
        let mut task = pin!(runtime.spawn(gone));
        let (release, released) = std_mpsc::channel::<()>();
        let mut closure = pin!(runtime.spawn_blocking(move || released.recv()));
        arm(&bomb, task.as_mut());
        arm(&bomb, closure.as_mut());
        go.send(()).unwrap();
        drop(release);
        runtime.block_on(async {
            while bomb.woken() < 2 {
                sleep(Duration::from_millis(1)).await;
            }
        });
        wait(task).unwrap().unwrap();
        assert!(wait(closure).unwrap().is_err());
        assert_alive(&runtime);
    });
}

#[test]
fn woken_by_the_shutdown() {
    every_flavour(|build| {
        for how in [drop, |runtime: Runtime| runtime.shutdown_timeout(Duration::from_secs(15))] {
            let runtime = build();
            let census = Census::default();
            let bomb = Arc::new(Bomb::default());
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let stream = runtime.block_on(TcpStream::connect(listener.local_addr().unwrap())).unwrap();
            let mut readable = pin!(stream.readable());
            arm(&bomb, readable.as_mut());
            let guard = runtime.enter();
            let mut sleeps: Vec<_> = (0..MANY).map(|_| Box::pin(sleep(FAR))).collect();
            drop(guard);
            sleeps.iter_mut().for_each(|sleep| arm(&bomb, sleep.as_mut()));
            let citizen = census.citizen();
            let mut task = pin!(runtime.spawn(async move {
                let _citizen = citizen;
                std::future::pending::<()>().await;
            }));
            arm(&bomb, task.as_mut());
            let (done, is_done) = std_mpsc::channel();
            thread::scope(|scope| {
                scope.spawn(|| {
                    how(runtime);
                    done.send(()).unwrap();
                });
                // A panic in there must not leave the owner waiting.
                is_done.recv_timeout(Duration::from_secs(15)).unwrap_or_else(|_| std::process::abort());
            });
            wait_until(|| bomb.woken() == MANY + 2);
            assert_eq!(census.alive(), 0);
            assert!(wait(task).unwrap_err().is_cancelled());
            assert!(wait(readable).is_err());
        }
    });
}

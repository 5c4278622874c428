//! Models of `runtime/src/sync`: the semaphore, oneshot, mpsc and watch channels, and `Notify`.
//!
//! The files are the runtime's own, mounted here. Each model is run as it is, and once more for each step of the
//! protocol that can be left out (`mutation`): loom must reject it then.

// The public side of the mounted files is not used here.
#![allow(dead_code, unused_imports, unreachable_pub, missing_debug_implementations)]

/// The runtime's modules that the mounted files refer to.
mod runtime {
    pub(crate) mod context {
        pub(crate) use crate::block_on as block_on_sync;
    }
}

#[path = "../../runtime/src/task"]
mod task {
    pub mod coop;
}

#[path = "../../runtime/src/sync"]
mod sync {
    pub mod mpsc;
    pub(crate) mod notify;
    pub mod oneshot;
    #[path = "semaphore"]
    pub(crate) mod semaphore {
        pub(crate) mod permits;
        pub(crate) mod raw;
    }
    pub(crate) mod wait_list;
    pub mod watch;

    pub(crate) use semaphore::permits::MAX_PERMITS;
}

use std::future::Future;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::task::{Context, Poll, Wake, Waker};

use heist_primitives::atomic::{AtomicBool, Ordering};
use heist_primitives::cell::UnsafeCell;
use heist_primitives::sync::{Arc, Condvar, Mutex};
use heist_primitives::{MODEL, model, mutation, thread};
use sync::notify::Notify;
use sync::semaphore::raw::RawSemaphore;
use sync::{mpsc, oneshot, watch};

const PREEMPTIONS: usize = 2;
const ROUNDS: usize = 2000;

/// What a thread in [`block_on`] waits for. Not its parking token: under loom that is the same as what `join` waits
/// for, so a late wake would end a join early.
struct Woken {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }
}

/// Polls a future on this thread, which sleeps in between.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let woken = std::sync::Arc::new(Woken { woken: Mutex::new(false), changed: Condvar::new() });
    let waker = Waker::from(woken.clone());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut awake = woken.woken.lock();
        while !*awake {
            awake = woken.changed.wait(awake);
        }
        *awake = false;
    }
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// In the environment of a child process: the step of the protocol that it is to leave out.
const BROKEN: &str = "HEIST_MODEL_BROKEN";

/// Runs the model of the test called `test`; then, under loom, once with each of the named steps left out, which loom
/// must reject.
///
/// That happens in a child process, since loom fails in the middle of a schedule and destructors that go on from there
/// may fail too, which aborts the process.
fn check(test: &str, broken: &[&'static str], body: fn()) {
    if let Ok(name) = std::env::var(BROKEN) {
        let name = broken.iter().find(|step| **step == name).expect("a step that this model can leave out");
        mutation::with(name, || model(PREEMPTIONS, ROUNDS, body));
        return;
    }
    model(PREEMPTIONS, ROUNDS, body);
    if !MODEL {
        return;
    }
    let this_program = std::env::current_exe().expect("the path of this program");
    for name in broken {
        let mut child = Command::new(&this_program);
        child.args([test, "--exact"]).env(BROKEN, name).stdout(Stdio::null()).stderr(Stdio::null());
        let status = child.status().expect("the child process starts");
        assert!(!status.success(), "the model does not notice that {name} is left out");
    }
}

/// Plain data that only the holder of a permit, or the receiver of a notification, may touch.
struct Data(UnsafeCell<usize>);

// SAFETY: what the models check: accesses are ordered by the primitive. Loom reports those that are not.
#[allow(unsafe_code)]
unsafe impl Sync for Data {}

impl Data {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn add(&self) -> usize {
        self.0.with_mut(|data| {
            // SAFETY: the caller was let in by the primitive under test.
            #[allow(unsafe_code)]
            let data = unsafe { &mut *data };
            *data += 1;
            *data
        })
    }
}

#[test]
fn semaphore_acquire_release() {
    check("semaphore_acquire_release", &["semaphore_waits_blindly"], || {
        let semaphore = Arc::new(RawSemaphore::new(0));
        let other = semaphore.clone();
        let releaser = thread::spawn(move || other.release(2));
        assert!(block_on(semaphore.acquire(1)).is_ok());
        releaser.join().unwrap();
        assert_eq!(semaphore.available(), 1);
    });
}

#[test]
fn semaphore_passes_data_on() {
    check("semaphore_passes_data_on", &["semaphore_gives_relaxed"], || {
        let shared = Arc::new((RawSemaphore::new(1), Data::new()));
        let other = shared.clone();
        let run = |(semaphore, data): &(RawSemaphore, Data)| {
            assert!(block_on(semaphore.acquire(1)).is_ok());
            data.add();
            semaphore.release(1);
        };
        let thread = thread::spawn(move || run(&other));
        run(&shared);
        thread.join().unwrap();
        assert_eq!(shared.1.add(), 3);
    });
}

#[test]
fn semaphore_cancel_against_grant() {
    check("semaphore_cancel_against_grant", &["semaphore_keeps_grant"], || {
        let semaphore = Arc::new(RawSemaphore::new(0));
        let mut cancelled = Box::pin(semaphore.acquire(1));
        assert!(poll_once(cancelled.as_mut()).is_pending());
        let other = semaphore.clone();
        let releaser = thread::spawn(move || other.release(1));
        drop(cancelled);
        assert!(block_on(semaphore.acquire(1)).is_ok());
        releaser.join().unwrap();
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn semaphore_close_against_acquire() {
    check("semaphore_close_against_acquire", &["semaphore_waits_when_closed"], || {
        let semaphore = Arc::new(RawSemaphore::new(1));
        let other = semaphore.clone();
        let closer = thread::spawn(move || other.close());
        assert!(block_on(semaphore.acquire(2)).is_err());
        closer.join().unwrap();
        assert_eq!(semaphore.available(), 1);
    });
}

#[test]
fn oneshot_send_recv() {
    check("oneshot_send_recv", &["oneshot_completes_relaxed", "oneshot_completes_silently"], || {
        let (tx, rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)).is_ok());
        assert_eq!(*block_on(rx).unwrap(), 7);
        assert!(sender.join().unwrap());
    });
}

#[test]
fn oneshot_drop_against_recv() {
    check("oneshot_drop_against_recv", &["oneshot_completes_silently"], || {
        let (tx, rx) = oneshot::channel::<()>();
        let sender = thread::spawn(move || drop(tx));
        assert!(block_on(rx).is_err());
        sender.join().unwrap();
    });
}

#[test]
fn oneshot_change_of_waker() {
    check("oneshot_change_of_waker", &[], || {
        let (tx, mut rx) = oneshot::channel();
        assert!(poll_once(pin!(&mut rx)).is_pending());
        let sender = thread::spawn(move || tx.send(Box::new(7)).is_ok());
        assert_eq!(*block_on(rx).unwrap(), 7);
        assert!(sender.join().unwrap());
    });
}

#[test]
fn oneshot_close_against_send() {
    check("oneshot_close_against_send", &["oneshot_completes_when_closed"], || {
        let (tx, mut rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)).is_ok());
        rx.close();
        let received = rx.try_recv().is_ok();
        assert_eq!(sender.join().unwrap(), received);
    });
}

#[test]
fn oneshot_closed_against_drop() {
    check("oneshot_closed_against_drop", &["oneshot_misses_close"], || {
        let (mut tx, rx) = oneshot::channel::<()>();
        let receiver = thread::spawn(move || drop(rx));
        block_on(tx.closed());
        receiver.join().unwrap();
    });
}

#[test]
fn mpsc_send_recv() {
    check("mpsc_send_recv", &["mpsc_sender_without_fence", "mpsc_receiver_without_fence"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(Box::new(7)).is_ok());
        assert_eq!(*block_on(rx.recv()).unwrap(), 7);
        assert!(sender.join().unwrap());
        drop(tx);
    });
}

#[test]
fn mpsc_full_channel() {
    check("mpsc_full_channel", &["semaphore_waits_blindly"], || {
        let (tx, mut rx) = mpsc::channel(1);
        tx.try_send(Box::new(1)).unwrap();
        let other = tx.clone();
        let sender = thread::spawn(move || block_on(other.send(Box::new(2))).is_ok());
        assert_eq!(*block_on(rx.recv()).unwrap(), 1);
        assert_eq!(*block_on(rx.recv()).unwrap(), 2);
        assert!(sender.join().unwrap());
    });
}

#[test]
fn mpsc_reuses_blocks() {
    check("mpsc_reuses_blocks", &["mpsc_releases_at_once"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        // A full block, so that the next sender moves the tail past it.
        tx.send(Box::new(1)).unwrap();
        tx.send(Box::new(2)).unwrap();
        let senders = [tx.clone(), tx].map(|tx| thread::spawn(move || tx.send(Box::new(3)).unwrap()));
        let mut sum = 0;
        while let Some(value) = block_on(rx.recv()) {
            sum += *value;
        }
        assert_eq!(sum, 9);
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn mpsc_try_recv_sees_completed_sends() {
    check("mpsc_try_recv_sees_completed_sends", &[], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(Box::new(1)).unwrap());
        tx.send(Box::new(2)).unwrap();
        assert!(rx.try_recv().is_ok());
        sender.join().unwrap();
        assert!(rx.try_recv().is_ok());
        assert!(rx.try_recv().is_err());
    });
}

#[test]
fn mpsc_close_against_send() {
    check("mpsc_close_against_send", &["mpsc_ends_early"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(Box::new(1)).is_ok());
        rx.close();
        let received = block_on(rx.recv()).is_some();
        assert!(block_on(rx.recv()).is_none());
        assert_eq!(sender.join().unwrap(), received);
        drop(tx);
    });
}

#[test]
fn mpsc_close_against_permit() {
    check("mpsc_close_against_permit", &["mpsc_ends_early"], || {
        let (tx, mut rx) = mpsc::channel(1);
        let permit = tx.clone().try_reserve_owned().unwrap();
        let sender = thread::spawn(move || drop(permit.send(Box::new(1))));
        rx.close();
        assert_eq!(*block_on(rx.recv()).unwrap(), 1);
        assert!(block_on(rx.recv()).is_none());
        sender.join().unwrap();
        drop(tx);
    });
}

#[test]
fn mpsc_close_against_dropped_permit() {
    check("mpsc_close_against_dropped_permit", &["mpsc_permission_returns_silently"], || {
        let (tx, mut rx) = mpsc::channel::<()>(1);
        let permit = tx.clone().try_reserve_owned().unwrap();
        let sender = thread::spawn(move || drop(permit));
        rx.close();
        assert!(block_on(rx.recv()).is_none());
        sender.join().unwrap();
        drop(tx);
    });
}

#[test]
fn mpsc_last_sender_against_receiver() {
    check("mpsc_last_sender_against_receiver", &["mpsc_looks_once"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let sender = thread::spawn(move || {
            tx.send(Box::new(1)).unwrap();
            drop(tx);
        });
        assert_eq!(*block_on(rx.recv()).unwrap(), 1);
        assert!(block_on(rx.recv()).is_none());
        sender.join().unwrap();
    });
}

#[test]
fn mpsc_receiver_dropped_against_send() {
    check("mpsc_receiver_dropped_against_send", &[], || {
        let alive = std::sync::Arc::new(());
        let (tx, rx) = mpsc::channel(1);
        let message = alive.clone();
        let sender = thread::spawn(move || {
            let _ = tx.try_send(message);
            tx
        });
        drop(rx);
        let tx = sender.join().unwrap();
        // Nothing is left in the channel, although a sender still exists, unless the message came after the drop.
        assert!(tx.is_closed());
        drop(tx);
        assert_eq!(std::sync::Arc::strong_count(&alive), 1);
    });
}

#[test]
fn notify_passes_data_on() {
    check("notify_passes_data_on", &["notify_relaxed"], || {
        let shared = Arc::new((Notify::new(), Data::new()));
        let other = shared.clone();
        let notifier = thread::spawn(move || {
            other.1.add();
            other.0.notify_one();
        });
        block_on(shared.0.notified());
        assert_eq!(shared.1.add(), 2);
        notifier.join().unwrap();
    });
}

#[test]
fn notify_one_against_drop() {
    check("notify_one_against_drop", &["notify_drop_swallows"], || {
        let notify = Arc::new(Notify::new());
        let mut dropped = Box::pin(notify.notified());
        assert!(poll_once(dropped.as_mut()).is_pending());
        let other = notify.clone();
        let notifier = thread::spawn(move || other.notify_one());
        drop(dropped);
        block_on(notify.notified());
        notifier.join().unwrap();
    });
}

#[test]
fn notify_waiters_against_creation() {
    check("notify_waiters_against_creation", &["notify_joins_outdated"], || {
        let shared = Arc::new((Notify::new(), AtomicBool::new(false)));
        let other = shared.clone();
        let notifier = thread::spawn(move || {
            other.1.store(true, Ordering::Relaxed);
            other.0.notify_waiters();
        });
        let notified = shared.0.notified();
        if !shared.1.load(Ordering::Relaxed) {
            block_on(notified);
        }
        notifier.join().unwrap();
    });
}

#[test]
fn notify_one_during_notify_waiters() {
    check("notify_one_during_notify_waiters", &[], || {
        let notify = Arc::new(Notify::new());
        let mut first = Box::pin(notify.notified());
        assert!(poll_once(first.as_mut()).is_pending());
        let other = notify.clone();
        let notifier = thread::spawn(move || other.notify_waiters());
        notify.notify_one();
        block_on(first);
        notifier.join().unwrap();
        // The permit went to `first` or, if `first` was notified with all, is stored.
        let mut second = Box::pin(notify.notified());
        let _ = poll_once(second.as_mut());
    });
}

#[test]
fn watch_send_against_changed() {
    check("watch_send_against_changed", &["watch_listens_late", "watch_state_relaxed"], || {
        let (tx, mut rx) = watch::channel(0);
        let data = Arc::new(Data::new());
        let other = data.clone();
        let sender = thread::spawn(move || {
            other.add();
            tx.send(1).unwrap();
            // Alive until the end, so that it is the value that wakes the receiver.
            tx
        });
        block_on(rx.changed()).unwrap();
        assert_eq!(data.add(), 2);
        assert_eq!(*rx.borrow(), 1);
        sender.join().unwrap();
    });
}

#[test]
fn watch_last_sender_against_changed() {
    check("watch_last_sender_against_changed", &["watch_listens_late", "watch_state_relaxed"], || {
        let (tx, mut rx) = watch::channel(0);
        let data = Arc::new(Data::new());
        let other = data.clone();
        let sender = thread::spawn(move || {
            other.add();
            drop(tx);
        });
        assert!(block_on(rx.changed()).is_err());
        assert_eq!(data.add(), 2);
        sender.join().unwrap();
    });
}

#[test]
fn watch_last_value_against_wait_for() {
    check("watch_last_value_against_wait_for", &["watch_listens_late"], || {
        let (tx, mut rx) = watch::channel(0);
        let sender = thread::spawn(move || {
            tx.send(1).unwrap();
            drop(tx);
        });
        assert_eq!(*block_on(rx.wait_for(|value| *value == 1)).unwrap(), 1);
        assert!(block_on(rx.wait_for(|value| *value == 2)).is_err());
        sender.join().unwrap();
    });
}

#[test]
fn watch_last_receiver_against_closed() {
    check("watch_last_receiver_against_closed", &["watch_listens_late"], || {
        let (tx, rx) = watch::channel(0);
        let other = rx.clone();
        let receiver = thread::spawn(move || drop(other));
        drop(rx);
        block_on(tx.closed());
        assert_eq!(tx.receiver_count(), 0);
        receiver.join().unwrap();
    });
}

//! Models of what tells tasks something: `Notify`, watch and broadcast channels, barriers and cells that are set once.
//!
//! The files are the runtime's own, mounted here. Each model is run as it is, and once more for each step of the
//! protocol that can be left out (`mutation`): loom must reject it then.

// The public side of the mounted files is not used here.
#![allow(dead_code, unused_imports, unreachable_pub, missing_debug_implementations)]

mod sync_support;

/// The runtime's modules that the mounted files refer to.
mod runtime {
    pub(crate) mod context {
        pub(crate) use crate::sync_support::{block_on as block_on_sync, block_on as park_until_ready};
    }
}

#[path = "../../runtime/src/task"]
mod task {
    pub mod coop;
}

#[path = "../../runtime/src/sync"]
mod sync {
    pub(crate) mod barrier;
    pub mod broadcast;
    #[path = "mpsc"]
    pub(crate) mod mpsc {
        pub(crate) mod handles;
    }
    pub(crate) mod notify;
    pub(crate) mod once_cell;
    pub(crate) mod once_value;
    pub(crate) mod out_of_line;
    #[path = "semaphore"]
    pub(crate) mod semaphore {
        pub(crate) mod permits;
        pub(crate) mod raw;
    }
    pub(crate) mod set_once;
    pub(crate) mod unwind;
    pub(crate) mod wait_list;
    pub mod watch;
}

use heist_primitives::atomic::{AtomicBool, AtomicUsize, Ordering};
use heist_primitives::cell::UnsafeCell;
use heist_primitives::sync::Arc;
use heist_primitives::thread;
use sync::barrier::Barrier;
use sync::broadcast::error::{RecvError, TryRecvError};
use sync::notify::Notify;
use sync::once_cell::OnceCell;
use sync::set_once::SetOnce;
use sync::{broadcast, watch};
use sync_support::{block_on, check, poll_once};

/// Plain data that only the receiver of a notification may touch.
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

#[test]
fn notify_waiters_against_drop() {
    check("notify_waiters_against_drop", &["wait_list_lets_go_early", "wait_list_lets_go_relaxed"], || {
        let notify = Arc::new(Notify::new());
        let mut dropped = Box::pin(notify.notified());
        let mut other = Box::pin(notify.notified());
        assert!(poll_once(dropped.as_mut()).is_pending());
        assert!(poll_once(other.as_mut()).is_pending());
        let notifier = {
            let notify = notify.clone();
            thread::spawn(move || notify.notify_waiters())
        };
        drop(dropped);
        block_on(other);
        notifier.join().unwrap();
        let mut late = Box::pin(notify.notified());
        assert!(poll_once(late.as_mut()).is_pending(), "a notification of all is not passed on");
    });
}

#[test]
fn watch_two_receivers() {
    check("watch_two_receivers", &["watch_listens_late"], || {
        let (tx, mut rx) = watch::channel(0);
        let mut other = rx.clone();
        let receiver = thread::spawn(move || block_on(other.changed()).is_ok());
        tx.send(1).unwrap();
        assert!(block_on(rx.changed()).is_ok());
        assert!(receiver.join().unwrap());
        drop(tx);
    });
}

#[test]
fn broadcast_send_against_recv() {
    check("broadcast_send_against_recv", &["broadcast_listens_late", "broadcast_sends_silently"], || {
        let (tx, mut rx) = broadcast::channel::<Box<usize>>(1);
        let receiver = thread::spawn(move || *block_on(rx.recv()).unwrap());
        // The sender lives until the end, so that it is the value that wakes the receiver.
        assert_eq!(tx.send(Box::new(7)).unwrap(), 1);
        assert_eq!(receiver.join().unwrap(), 7);
        assert!(tx.is_empty());
    });
}

#[test]
fn broadcast_two_receivers() {
    check("broadcast_two_receivers", &["broadcast_listens_late"], || {
        let value = std::sync::Arc::new(());
        let (tx, mut rx) = broadcast::channel(1);
        let mut other = tx.subscribe();
        let receiver = thread::spawn(move || drop(block_on(other.recv()).unwrap()));
        assert_eq!(tx.send(value.clone()).unwrap(), 2);
        drop(block_on(rx.recv()).unwrap());
        receiver.join().unwrap();
        assert_eq!(std::sync::Arc::strong_count(&value), 1);
        drop(tx);
    });
}

/// A value that was sent must be found, although another sender has not written the one before it.
#[test]
fn broadcast_try_recv_behind_a_slow_sender() {
    check("broadcast_try_recv_behind_a_slow_sender", &["broadcast_tries_once"], || {
        let (tx, mut rx) = broadcast::channel(2);
        let other = tx.clone();
        let sender = thread::spawn(move || assert!(other.send(1).is_ok()));
        assert!(tx.send(2).is_ok());
        assert!(rx.try_recv().is_ok());
        sender.join().unwrap();
        assert!(rx.try_recv().is_ok());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn broadcast_last_sender_against_recv() {
    check("broadcast_last_sender_against_recv", &["broadcast_looks_once", "broadcast_listens_late"], || {
        let (tx, mut rx) = broadcast::channel(1);
        let sender = thread::spawn(move || {
            tx.send(Box::new(1)).unwrap();
            drop(tx);
        });
        assert_eq!(block_on(rx.recv()), Ok(Box::new(1)));
        assert_eq!(block_on(rx.recv()), Err(RecvError::Closed));
        sender.join().unwrap();
    });
}

#[test]
fn broadcast_receiver_dropped_against_send() {
    check("broadcast_receiver_dropped_against_send", &["broadcast_skips_written_only"], || {
        let value = std::sync::Arc::new(());
        let (tx, rx) = broadcast::channel(1);
        let sent = value.clone();
        let sender = thread::spawn(move || {
            let _ = tx.send(sent);
            tx
        });
        drop(rx);
        let tx = sender.join().unwrap();
        assert_eq!((tx.len(), std::sync::Arc::strong_count(&value)), (0, 1), "nobody is left to receive it");
    });
}

#[test]
fn broadcast_receiver_dropped_against_overwriting() {
    check("broadcast_receiver_dropped_against_overwriting", &["broadcast_skips_written_only"], || {
        let value = std::sync::Arc::new(());
        let (tx, rx) = broadcast::channel(1);
        let mut other = tx.subscribe();
        tx.send(value.clone()).unwrap();
        let sent = value.clone();
        let sender = thread::spawn(move || {
            let _ = tx.send(sent);
            tx
        });
        drop(rx);
        let tx = sender.join().unwrap();
        assert_eq!(other.try_recv().unwrap_err(), TryRecvError::Lagged(1));
        drop(other.try_recv().unwrap());
        assert_eq!((tx.len(), std::sync::Arc::strong_count(&value)), (0, 1));
    });
}

#[test]
fn broadcast_two_senders_of_one_slot() {
    check("broadcast_two_senders_of_one_slot", &["broadcast_overwrites_later"], || {
        let (tx, mut rx) = broadcast::channel(1);
        let other = tx.clone();
        let sender = thread::spawn(move || assert!(other.send(1).is_ok()));
        assert!(tx.send(2).is_ok());
        sender.join().unwrap();
        assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(1)));
        assert!(rx.try_recv().is_ok());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        drop(tx);
    });
}

#[test]
fn broadcast_lag_against_send() {
    check("broadcast_lag_against_send", &["broadcast_listens_late"], || {
        let (tx, mut rx) = broadcast::channel(1);
        let receiver = thread::spawn(move || {
            let mut next = 0;
            while next < 2 {
                match block_on(rx.recv()) {
                    Ok(value) => {
                        assert_eq!(value, next);
                        next += 1;
                    }
                    Err(RecvError::Lagged(missed)) => next += missed,
                    Err(RecvError::Closed) => unreachable!("the sender is alive"),
                }
            }
            assert_eq!(next, 2);
        });
        assert!(tx.send(0).is_ok());
        let _ = tx.send(1);
        receiver.join().unwrap();
    });
}

#[test]
fn broadcast_last_receiver_against_closed() {
    check("broadcast_last_receiver_against_closed", &["broadcast_listens_late"], || {
        let (tx, rx) = broadcast::channel::<()>(1);
        let receiver = thread::spawn(move || drop(rx));
        block_on(tx.closed());
        assert_eq!(tx.receiver_count(), 0);
        receiver.join().unwrap();
    });
}

#[test]
fn barrier_passes_data_on() {
    let broken = ["barrier_arrives_relaxed", "barrier_leaves_relaxed", "barrier_listens_late"];
    check("barrier_passes_data_on", &broken, || {
        let shared = Arc::new((Barrier::new(2), [Data::new(), Data::new()]));
        let other = shared.clone();
        let meet = |(barrier, data): &(Barrier, [Data; 2]), me: usize| {
            data[me].add();
            let is_leader = block_on(barrier.wait()).is_leader();
            assert_eq!(data[1 - me].add(), 2);
            is_leader
        };
        let thread = thread::spawn(move || meet(&other, 1));
        let leads = meet(&shared, 0);
        assert_ne!(thread.join().unwrap(), leads);
    });
}

#[test]
fn barrier_rounds_do_not_mix() {
    check("barrier_rounds_do_not_mix", &["barrier_trusts_wakes"], || {
        let shared = Arc::new((Barrier::new(2), AtomicUsize::new(0)));
        let other = shared.clone();
        let meet = |(barrier, arrived): &(Barrier, AtomicUsize)| {
            for round in 1..=2 {
                arrived.fetch_add(1, Ordering::Relaxed);
                block_on(barrier.wait());
                assert!(arrived.load(Ordering::Relaxed) >= 2 * round);
            }
        };
        let thread = thread::spawn(move || meet(&other));
        meet(&shared);
        thread.join().unwrap();
    });
}

#[test]
fn once_cell_two_initialisers() {
    let broken = ["once_value_set_relaxed", "once_value_read_relaxed"];
    check("once_cell_two_initialisers", &broken, || {
        let cell = Arc::new(OnceCell::new());
        let other = cell.clone();
        let thread = thread::spawn(move || **block_on(other.get_or_init(|| async { Box::new(1) })));
        let value = **block_on(cell.get_or_init(|| async { Box::new(2) }));
        assert_eq!(thread.join().unwrap(), value);
    });
}

#[test]
fn once_cell_cancelled_initialiser() {
    check("once_cell_cancelled_initialiser", &["once_cell_keeps_turn"], || {
        let cell = Arc::new(OnceCell::new());
        let mut cancelled = Box::pin(cell.get_or_init(std::future::pending));
        assert!(poll_once(cancelled.as_mut()).is_pending());
        let other = cell.clone();
        let thread = thread::spawn(move || **block_on(other.get_or_init(|| async { Box::new(1) })));
        drop(cancelled);
        assert_eq!(thread.join().unwrap(), 1);
        assert_eq!(cell.get().map(|value| **value), Some(1));
    });
}

#[test]
fn once_cell_set_against_get_or_init() {
    check("once_cell_set_against_get_or_init", &["once_value_set_relaxed"], || {
        let cell = Arc::new(OnceCell::<Box<usize>>::new());
        let other = cell.clone();
        let thread = thread::spawn(move || **block_on(other.get_or_init(|| async { Box::new(2) })));
        let set = cell.set(Box::new(1)).is_ok();
        assert_eq!(thread.join().unwrap() == 1, set);
    });
}

#[test]
fn set_once_set_against_wait() {
    let broken = ["set_once_listens_late", "once_value_set_relaxed", "once_value_read_relaxed"];
    check("set_once_set_against_wait", &broken, || {
        let once = Arc::new(SetOnce::new());
        let other = once.clone();
        let thread = thread::spawn(move || other.set(Box::new(1)).is_ok());
        assert_eq!(**block_on(once.wait()), 1);
        assert!(thread.join().unwrap());
    });
}

#[test]
fn set_once_two_setters() {
    check("set_once_two_setters", &["set_once_sets_unlocked"], || {
        let once = Arc::new(SetOnce::new());
        let other = once.clone();
        let thread = thread::spawn(move || other.set(Box::new(1)).is_ok());
        let won = once.set(Box::new(2)).is_ok();
        let value = once.get().expect("there is a value, whoever has set it");
        assert_eq!(**value, if won { 2 } else { 1 });
        assert_ne!(thread.join().unwrap(), won);
        assert_eq!(**block_on(once.wait()), if won { 2 } else { 1 });
    });
}

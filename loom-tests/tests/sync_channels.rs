//! Models of the mpsc and oneshot channels of `runtime/src/sync`.
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
    pub mod mpsc;
    pub(crate) mod notify;
    pub mod oneshot;
    #[path = "semaphore"]
    pub(crate) mod semaphore {
        pub(crate) mod permits;
        pub(crate) mod raw;
    }
    pub(crate) mod unwind;
    pub(crate) mod wait_list;
    mod waker_cell;

    pub(crate) use semaphore::permits::MAX_PERMITS;
}

use std::future::Future;
use std::pin::pin;
use std::sync::Arc as StdArc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll, Wake, Waker};

use heist_primitives::thread;
use sync::oneshot::error::TryRecvError;
use sync::{mpsc, oneshot};
use sync_support::{block_on, check, poll_once};

/// Counts the wakes of a waker made of it, and through its references whether the waker was dropped.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Wake for Counted {
    fn wake(self: StdArc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Polls with the counted waker.
fn poll_counted<F: Future>(future: std::pin::Pin<&mut F>, counted: &StdArc<Counted>) -> Poll<F::Output> {
    let waker = Waker::from(counted.clone());
    future.poll(&mut Context::from_waker(&waker))
}

#[test]
fn oneshot_send_recv() {
    let broken =
        ["oneshot_completes_relaxed", "oneshot_loads_relaxed", "oneshot_completes_silently", "oneshot_registers_late"];
    check("oneshot_send_recv", &broken, || {
        let (tx, rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)).is_ok());
        assert_eq!(*block_on(rx).unwrap(), 7);
        assert!(sender.join().unwrap());
    });
}

#[test]
fn oneshot_drop_against_recv() {
    check("oneshot_drop_against_recv", &["oneshot_completes_silently", "oneshot_registers_late"], || {
        let (tx, rx) = oneshot::channel::<()>();
        let sender = thread::spawn(move || drop(tx));
        assert!(block_on(rx).is_err());
        sender.join().unwrap();
    });
}

#[test]
fn oneshot_change_of_waker() {
    check("oneshot_change_of_waker", &["oneshot_does_not_count"], || {
        let first = StdArc::new(Counted::default());
        let (tx, mut rx) = oneshot::channel();
        assert!(poll_counted(pin!(&mut rx), &first).is_pending());
        let sender = thread::spawn(move || tx.send(Box::new(7)).is_ok());
        assert_eq!(*block_on(rx).unwrap(), 7);
        assert!(sender.join().unwrap());
        assert_eq!(StdArc::strong_count(&first), 1, "the first waker is dropped once");
    });
}

#[test]
fn oneshot_change_of_waker_against_close() {
    check("oneshot_change_of_waker_against_close", &["oneshot_does_not_count", "oneshot_closes_silently"], || {
        let first = StdArc::new(Counted::default());
        let (mut tx, mut rx) = oneshot::channel::<()>();
        assert!(poll_counted(pin!(tx.closed()), &first).is_pending());
        let receiver = thread::spawn(move || {
            rx.close();
            rx
        });
        block_on(tx.closed());
        drop((tx, receiver.join().unwrap()));
        assert_eq!(StdArc::strong_count(&first), 1, "the first waker is dropped once");
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
    let broken = ["oneshot_closes_silently", "oneshot_registers_late"];
    check("oneshot_closed_against_drop", &broken, || {
        let (mut tx, rx) = oneshot::channel::<()>();
        let receiver = thread::spawn(move || drop(rx));
        block_on(tx.closed());
        receiver.join().unwrap();
    });
}

/// The value is dropped once, whoever has it in the end, and the memory freed once.
#[test]
fn oneshot_send_against_drop() {
    let broken = ["oneshot_frees_alone", "oneshot_closes_relaxed", "oneshot_completes_relaxed"];
    check("oneshot_send_against_drop", &broken, || {
        let value = StdArc::new(());
        let (tx, rx) = oneshot::channel();
        let sent = value.clone();
        let sender = thread::spawn(move || drop(tx.send(sent)));
        drop(rx);
        sender.join().unwrap();
        assert_eq!(StdArc::strong_count(&value), 1);
    });
}

#[test]
fn oneshot_drop_against_drop() {
    let broken = ["oneshot_frees_alone", "oneshot_closes_relaxed", "oneshot_completes_relaxed"];
    check("oneshot_drop_against_drop", &broken, || {
        let wakers = [(); 2].map(|()| StdArc::new(Counted::default()));
        let (mut tx, mut rx) = oneshot::channel::<()>();
        assert!(poll_counted(pin!(tx.closed()), &wakers[0]).is_pending());
        assert!(poll_counted(pin!(&mut rx), &wakers[1]).is_pending());
        let sender = thread::spawn(move || drop(tx));
        drop(rx);
        sender.join().unwrap();
        for waker in wakers {
            assert_eq!(StdArc::strong_count(&waker), 1, "a waker is dropped once, with the channel or before");
        }
    });
}

#[test]
fn oneshot_try_recv_against_send() {
    check("oneshot_try_recv_against_send", &["oneshot_completes_relaxed", "oneshot_loads_relaxed"], || {
        let (tx, mut rx) = oneshot::channel();
        let sender = thread::spawn(move || tx.send(Box::new(7)).is_ok());
        let value = loop {
            match rx.try_recv() {
                Ok(value) => break value,
                Err(error) => assert_eq!(error, TryRecvError::Empty),
            }
            thread::yield_now();
        };
        assert_eq!(*value, 7);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed), "the value is received exactly once");
        assert!(sender.join().unwrap());
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
        let message = StdArc::new(());
        let (tx, rx) = mpsc::channel(1);
        let sent = message.clone();
        let sender = thread::spawn(move || {
            let _ = tx.try_send(sent);
            tx
        });
        drop(rx);
        let tx = sender.join().unwrap();
        assert!(tx.is_closed());
        assert_eq!(StdArc::strong_count(&message), 1, "nothing is left in the channel, although a sender exists");
    });
}

/// A receiver that goes away waits for nobody: messages that it does not see are dropped by those who send them, also
/// those behind one that is not written yet.
#[test]
fn mpsc_receiver_dropped_against_sends() {
    let broken = ["mpsc_receiver_goes_without_fence", "mpsc_sender_without_fence"];
    check("mpsc_receiver_dropped_against_sends", &broken, || {
        let message = StdArc::new(());
        let (tx, rx) = mpsc::channel(2);
        let permits = [(); 2].map(|()| tx.clone().try_reserve_owned().unwrap());
        let senders = permits.map(|permit| {
            let sent = message.clone();
            thread::spawn(move || permit.send(sent))
        });
        drop(rx);
        let senders = senders.map(|sender| sender.join().unwrap());
        assert_eq!(StdArc::strong_count(&message), 1, "nothing is left in the channel, although senders exist");
        drop((tx, senders));
    });
}

#[test]
fn mpsc_send_recv_across_blocks() {
    check("mpsc_send_recv_across_blocks", &["mpsc_sender_without_fence"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        tx.send(Box::new(1)).unwrap();
        // The next two positions are the last of the first block and the first of the second.
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(Box::new(2)).unwrap());
        tx.send(Box::new(2)).unwrap();
        drop(tx);
        let mut sum = 0;
        while let Some(value) = block_on(rx.recv()) {
            sum += *value;
        }
        assert_eq!(sum, 5);
        sender.join().unwrap();
    });
}

/// A message of which a drained channel keeps no block.
type Large = [usize; 16];

fn large(content: usize) -> Large {
    [content; 16]
}

/// The receiver takes the last message and gives back the block, while a sender takes the next position.
#[test]
fn mpsc_give_back_against_send() {
    let broken = ["mpsc_renews_early", "mpsc_renews_blindly", "mpsc_renews_relaxed", "mpsc_takes_relaxed"];
    check("mpsc_give_back_against_send", &broken, || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        tx.send(large(1)).unwrap();
        let sender = thread::spawn(move || tx.send(large(2)).unwrap());
        assert_eq!(rx.try_recv(), Ok(large(1)));
        assert_eq!(block_on(rx.recv()), Some(large(2)));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

/// The same with the block at its end, which a sender may leave.
#[test]
fn mpsc_give_back_of_a_full_block_against_send() {
    let broken = ["mpsc_renews_early", "mpsc_renews_blindly", "mpsc_renews_relaxed", "mpsc_takes_relaxed"];
    check("mpsc_give_back_of_a_full_block_against_send", &broken, || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        tx.send(large(1)).unwrap();
        tx.send(large(2)).unwrap();
        assert_eq!(rx.try_recv(), Ok(large(1)));
        let sender = thread::spawn(move || tx.send(large(3)).unwrap());
        assert_eq!(rx.try_recv(), Ok(large(2)));
        assert_eq!(block_on(rx.recv()), Some(large(3)));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

/// Two senders find that there is no block, or that it goes.
#[test]
fn mpsc_give_back_against_two_sends() {
    check("mpsc_give_back_against_two_sends", &["mpsc_renews_blindly", "mpsc_renews_early"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        tx.send(large(1)).unwrap();
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(large(2)).unwrap());
        assert_eq!(rx.try_recv(), Ok(large(1)));
        tx.send(large(2)).unwrap();
        drop(tx);
        assert_eq!(block_on(rx.recv()), Some(large(2)));
        assert_eq!(block_on(rx.recv()), Some(large(2)));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

/// A chain begins and ends a few times, so that the ways into it are used again.
#[test]
fn mpsc_give_back_again_and_again() {
    check("mpsc_give_back_again_and_again", &["mpsc_keeps_last_first", "mpsc_renews_relaxed"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        tx.send(large(0)).unwrap();
        assert_eq!(rx.try_recv(), Ok(large(0)));
        let sender = thread::spawn(move || (1..3).for_each(|content| tx.send(large(content)).unwrap()));
        (1..3).for_each(|content| assert_eq!(block_on(rx.recv()), Some(large(content))));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

/// After the close a channel is drained, and given back, while positions are still handed out.
#[test]
fn mpsc_give_back_against_void_send() {
    check("mpsc_give_back_against_void_send", &["mpsc_ends_early", "mpsc_clears_nothing"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        tx.send(large(1)).unwrap();
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(large(2)).is_ok());
        rx.close();
        assert_eq!(block_on(rx.recv()), Some(large(1)));
        let received = block_on(rx.recv()).is_some();
        assert_eq!(block_on(rx.recv()), None);
        assert_eq!(sender.join().unwrap(), received);
        assert!(tx.send(large(3)).is_err());
    });
}

/// The last message is dropped with the receiver, and its block given back; a permit is used at the same time.
#[test]
fn mpsc_give_back_against_permit() {
    let broken = ["mpsc_renews_blindly", "mpsc_renews_early", "mpsc_receiver_goes_without_fence"];
    check("mpsc_give_back_against_permit", &broken, || {
        let message = StdArc::new(());
        let (tx, rx) = mpsc::channel(2);
        tx.try_send((large(1), message.clone())).unwrap();
        let permit = tx.clone().try_reserve_owned().unwrap();
        let sent = message.clone();
        let sender = thread::spawn(move || permit.send((large(2), sent)));
        drop(rx);
        let other = sender.join().unwrap();
        assert_eq!(StdArc::strong_count(&message), 1, "nothing is left in the channel, although senders exist");
        drop((tx, other));
    });
}

#[test]
fn mpsc_change_of_waker() {
    check("mpsc_change_of_waker", &["mpsc_does_not_count"], || {
        let first = StdArc::new(Counted::default());
        let (tx, mut rx) = mpsc::unbounded_channel();
        assert!(poll_counted(pin!(rx.recv()), &first).is_pending());
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(Box::new(7)).is_ok());
        assert_eq!(*block_on(rx.recv()).unwrap(), 7);
        assert!(sender.join().unwrap());
        drop((tx, rx));
        assert_eq!(StdArc::strong_count(&first), 1, "the first waker is dropped once");
    });
}

#[test]
fn mpsc_close_against_waiting_send() {
    check("mpsc_close_against_waiting_send", &["semaphore_waits_when_closed"], || {
        let (tx, mut rx) = mpsc::channel(1);
        tx.try_send(Box::new(1)).unwrap();
        let other = tx.clone();
        let sender = thread::spawn(move || block_on(other.send(Box::new(2))).is_ok());
        rx.close();
        assert_eq!(*block_on(rx.recv()).unwrap(), 1);
        assert!(block_on(rx.recv()).is_none(), "nobody got room after the close");
        assert!(!sender.join().unwrap());
        drop(tx);
    });
}

#[test]
fn mpsc_cancel_against_grant() {
    check("mpsc_cancel_against_grant", &["semaphore_keeps_grant"], || {
        let (tx, mut rx) = mpsc::channel(1);
        tx.try_send(1).unwrap();
        let mut cancelled = Box::pin(tx.reserve());
        assert!(poll_once(cancelled.as_mut()).is_pending());
        let receiver = thread::spawn(move || {
            assert!(rx.try_recv().is_ok());
            rx
        });
        drop(cancelled);
        assert!(block_on(tx.send(2)).is_ok());
        drop(receiver.join().unwrap());
    });
}

#[test]
fn mpsc_closed_against_drop() {
    check("mpsc_closed_against_drop", &["mpsc_closes_silently"], || {
        let (tx, rx) = mpsc::channel::<()>(1);
        let receiver = thread::spawn(move || drop(rx));
        block_on(tx.closed());
        receiver.join().unwrap();
    });
}

#[test]
fn mpsc_upgrade_against_last_sender() {
    check("mpsc_upgrade_against_last_sender", &["mpsc_revives"], || {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let weak = tx.downgrade();
        let sender = thread::spawn(move || weak.upgrade().is_some_and(|tx| tx.send(Box::new(1)).is_ok()));
        drop(tx);
        let received = block_on(rx.recv()).is_some();
        assert_eq!(sender.join().unwrap(), received, "after the end nobody sends");
        assert!(block_on(rx.recv()).is_none());
    });
}

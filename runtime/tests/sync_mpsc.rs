//! Bounded `mpsc` channels through the public API. Where the contract is that of unbounded channels too, the test has the
//! same name in `sync_mpsc_unbounded.rs`.

mod sync_support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::mpsc;
use heist::sync::mpsc::error::{SendError, SendTimeoutError, TryRecvError, TrySendError};
use sync_support::{CountedWaker, PanicsOnDrop, poll};

#[test]
fn smoke() {
    let (tx, mut rx) = mpsc::channel(2);
    assert_eq!((tx.capacity(), tx.max_capacity(), rx.len()), (2, 2, 0));
    block_on(tx.send(1)).unwrap();
    tx.try_send(2).unwrap();
    assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!((rx.capacity(), rx.max_capacity(), rx.len(), rx.is_empty()), (0, 2, 2, false));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(block_on(rx.recv()), Some(2));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert!(!rx.is_closed() && !tx.is_closed());
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!(block_on(rx.recv()), None, "and again");
    assert!(rx.is_closed());
}

#[test]
#[should_panic(expected = "mpsc bounded channel requires buffer > 0")]
fn no_room_at_all() {
    mpsc::channel::<()>(0);
}

#[test]
#[should_panic(expected = "mpsc bounded channel requires buffer <= Semaphore::MAX_PERMITS")]
fn too_much_room() {
    mpsc::channel::<()>(usize::MAX);
}

#[test]
fn spsc() {
    let (tx, mut rx) = mpsc::channel(3);
    let thread = thread::spawn(move || (0..20_000).for_each(|i| tx.blocking_send(i).unwrap()));
    for i in 0..20_000 {
        assert_eq!(rx.blocking_recv(), Some(i));
    }
    assert_eq!(rx.blocking_recv(), None);
    thread.join().unwrap();
}

#[test]
fn stampede() {
    let (tx, mut rx) = mpsc::channel(5);
    let threads: Vec<_> = (0..8)
        .map(|id| {
            let tx = tx.clone();
            thread::spawn(move || (0..1000).for_each(|i| block_on(tx.send((id, i))).unwrap()))
        })
        .collect();
    drop(tx);
    let mut next = [0; 8];
    let mut buffer = Vec::new();
    while rx.blocking_recv_many(&mut buffer, 3) != 0 {
        assert!(buffer.len() <= 3);
        for (id, i) in buffer.drain(..) {
            assert_eq!(next[id], i, "the messages of a sender keep their order");
            next[id] += 1;
        }
    }
    assert_eq!(next, [1000; 8]);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_tasks() {
    let (tx, mut rx) = mpsc::channel(4);
    for id in 0..4 {
        let tx = tx.clone();
        heist::spawn(async move {
            for i in 0..500 {
                tx.send((id, i)).await.unwrap();
            }
        });
    }
    drop(tx);
    let mut next = [0; 4];
    while let Some((id, i)) = rx.recv().await {
        assert_eq!(next[id], i);
        next[id] += 1;
    }
    assert_eq!(next, [500; 4]);
}

#[test]
fn messages_of_every_size() {
    fn run<T: PartialEq + std::fmt::Debug + Clone>(value: T) {
        let (tx, mut rx) = mpsc::channel(70);
        for round in 0..100 {
            let messages = 1 + round % 70;
            (0..messages).for_each(|_| tx.try_send(value.clone()).unwrap());
            (0..messages).for_each(|_| assert_eq!(rx.try_recv().as_ref(), Ok(&value)));
        }
    }
    run(());
    run(7_u8);
    run([7_u64; 100]);
    run([7_u64; 3000]);
}

#[test]
fn close_with_messages_inside() {
    let (tx, mut rx) = mpsc::channel(3);
    tx.try_send(1).unwrap();
    let permit = tx.try_reserve().unwrap();
    let unused = tx.clone().try_reserve_owned().unwrap();
    rx.close();
    rx.close();
    assert!(rx.is_closed() && tx.is_closed());
    assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(block_on(tx.send(2)), Err(SendError(2)));
    assert!(block_on(tx.reserve()).is_err());
    assert!(matches!(tx.try_reserve(), Err(TrySendError::Closed(()))));
    assert!(matches!(tx.try_reserve_many(9), Err(TrySendError::Closed(()))));
    assert!(matches!(tx.clone().try_reserve_owned(), Err(TrySendError::Closed(_))));
    assert_eq!(block_on(rx.recv()), Some(1));
    assert!(poll(pin!(rx.recv())).is_pending());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    permit.send(3);
    assert_eq!(block_on(rx.recv()), Some(3));
    assert!(poll(pin!(rx.recv())).is_pending());
    drop(unused);
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn close_ends_those_who_wait() {
    let (tx, mut rx) = mpsc::channel(1);
    tx.try_send(0).unwrap();
    let mut send = pin!(tx.send(1));
    let mut reserve = pin!(tx.reserve_many(1));
    let mut owned = pin!(tx.clone().reserve_owned());
    assert!(poll(send.as_mut()).is_pending());
    assert!(poll(reserve.as_mut()).is_pending());
    assert!(poll(owned.as_mut()).is_pending());
    rx.close();
    assert_eq!(poll(send), Poll::Ready(Err(SendError(1))));
    assert!(matches!(poll(reserve), Poll::Ready(Err(SendError(())))));
    assert!(matches!(poll(owned), Poll::Ready(Err(SendError(())))));
}

#[test]
fn closed() {
    let (tx, rx) = mpsc::channel::<()>(1);
    let mut closed = pin!(tx.closed());
    assert!(poll(closed.as_mut()).is_pending());
    assert!(tx.closed().now_or_never().is_none(), "a second one, cancelled");
    drop(rx);
    assert!(poll(closed.as_mut()).is_ready());
    assert!(tx.closed().now_or_never().is_some());
}

#[test]
fn cancel_a_send() {
    let message = Arc::new(());
    let (tx, mut rx) = mpsc::channel(1);
    tx.try_send(message.clone()).unwrap();
    let mut second = pin!(tx.send(message.clone()));
    {
        let mut first = pin!(tx.send(message.clone()));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        // The room goes to the first, which is dropped, and so to the second.
        rx.try_recv().unwrap();
    }
    assert_eq!(poll(second.as_mut()), Poll::Ready(Ok(())));
    assert_eq!(Arc::strong_count(&message), 2);
}

#[test]
fn cancel_a_reserve_before_and_after_its_turn() {
    let (tx, mut rx) = mpsc::channel(2);
    (0..2).for_each(|i| tx.try_send(i).unwrap());
    let mut many = Box::pin(tx.reserve_many(2));
    let mut behind = pin!(tx.reserve());
    assert!(poll(many.as_mut()).is_pending());
    assert!(poll(behind.as_mut()).is_pending());
    rx.try_recv().unwrap();
    assert!(poll(behind.as_mut()).is_pending(), "the first gets its room first, also in part");
    drop(many);
    assert!(matches!(poll(behind), Poll::Ready(Ok(_))), "what the first had got goes on");
}

#[test]
fn cancel_a_granted_reserve_after_close() {
    let (tx, mut rx) = mpsc::channel(1);
    tx.try_send(1).unwrap();
    let mut reserve = Box::pin(tx.reserve());
    assert!(poll(reserve.as_mut()).is_pending());
    assert_eq!(rx.try_recv(), Ok(1));
    rx.close();
    let mut recv = pin!(rx.recv());
    assert!(poll(recv.as_mut()).is_pending());
    drop(reserve);
    assert_eq!(poll(recv.as_mut()), Poll::Ready(None));
}

#[test]
fn cancel_a_recv() {
    let (tx, mut rx) = mpsc::channel(1);
    assert!(poll(pin!(rx.recv())).is_pending());
    tx.try_send(1).unwrap();
    let mut buffer = Vec::new();
    assert_eq!(block_on(rx.recv_many(&mut buffer, 0)), 0);
    assert_eq!(block_on(rx.recv_many(&mut buffer, 10)), 1);
    assert!(poll(pin!(rx.recv_many(&mut buffer, 10))).is_pending());
    assert_eq!(buffer, [1]);
}

#[test]
fn the_last_waker_is_woken() {
    let (tx, mut rx) = mpsc::channel(1);
    let (first, second) = (CountedWaker::new(), CountedWaker::new());
    assert!(first.poll(pin!(rx.recv())).is_pending());
    assert!(second.poll(pin!(rx.recv())).is_pending());
    assert!(second.poll(pin!(rx.recv())).is_pending());
    tx.try_send(1).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert_eq!(second.poll(pin!(rx.recv())), Poll::Ready(Some(1)));
    assert!(first.poll(pin!(rx.recv())).is_pending());
    drop(tx);
    assert_eq!(first.wakes(), 1, "by the last sender");
    drop(rx);
    assert!(first.is_forgotten() && second.is_forgotten());
}

#[test]
fn a_receiver_that_goes_forgets_its_waker() {
    let (_tx, mut rx) = mpsc::channel::<()>(1);
    let waker = CountedWaker::new();
    assert!(waker.poll(pin!(rx.recv())).is_pending());
    drop(rx);
    assert!(waker.is_forgotten());
    assert_eq!(waker.wakes(), 0);
}

#[test]
fn poll_recv() {
    let (tx, mut rx) = mpsc::channel(4);
    let waker = CountedWaker::new();
    let mut buffer = Vec::new();
    assert!(waker.context(|cx| rx.poll_recv(cx)).is_pending());
    (0..3).for_each(|i| tx.try_send(i).unwrap());
    assert_eq!(waker.wakes(), 1);
    assert_eq!(waker.context(|cx| rx.poll_recv(cx)), Poll::Ready(Some(0)));
    assert_eq!(waker.context(|cx| rx.poll_recv_many(cx, &mut buffer, 9)), Poll::Ready(2));
    assert!(waker.context(|cx| rx.poll_recv_many(cx, &mut buffer, 9)).is_pending());
    drop(tx);
    assert_eq!(waker.context(|cx| rx.poll_recv_many(cx, &mut buffer, 9)), Poll::Ready(0));
    assert_eq!(buffer, [1, 2]);
}

#[test]
fn senders_are_served_in_order() {
    let (tx, mut rx) = mpsc::channel(1);
    tx.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..5).map(|i| Box::pin(tx.send(i))).collect();
    assert!(sends.iter_mut().all(|send| poll(send.as_mut()).is_pending()));
    for i in 0..4 {
        assert_eq!(rx.try_recv(), Ok(i));
        assert!(tx.try_send(9).is_err(), "nobody overtakes the queue");
        let sent: Vec<_> = sends.iter_mut().map(|send| poll(send.as_mut()).is_ready()).collect();
        assert_eq!(sent, [vec![true], vec![false; 3 - i]].concat());
        drop(sends.remove(0));
    }
    assert_eq!(rx.try_recv(), Ok(4));
    tx.try_send(9).unwrap();
}

#[test]
fn drop_in_flight() {
    let message = Arc::new(());
    let (tx, rx) = mpsc::channel(100);
    let permit = tx.try_reserve().unwrap();
    for _ in 0..50 {
        tx.try_send(message.clone()).unwrap();
    }
    drop(rx);
    assert_eq!(Arc::strong_count(&message), 1, "although a sender is left");
    permit.send(message.clone());
    assert_eq!(Arc::strong_count(&message), 1, "nobody will receive it");
    drop(tx);
    assert_eq!(Arc::strong_count(&message), 1);
}

#[test]
fn a_message_that_panics_in_its_drop() {
    let message = Arc::new(());
    let (tx, rx) = mpsc::channel(100);
    for i in 0..50 {
        tx.try_send((message.clone(), (i == 20).then(|| PanicsOnDrop))).unwrap();
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert_eq!(Arc::strong_count(&message), 1, "the others are dropped all the same");
    assert!(tx.is_closed());
}

#[test]
fn permits() {
    let (tx, mut rx) = mpsc::channel(4);
    assert!(block_on(tx.reserve_many(5)).is_err());
    assert_eq!(block_on(tx.reserve_many(0)).unwrap().len(), 0);
    assert!(matches!(tx.try_reserve_many(5), Err(TrySendError::Full(()))));
    let mut permits = block_on(tx.reserve_many(3)).unwrap();
    assert_eq!((permits.len(), permits.size_hint(), tx.capacity()), (3, (3, Some(3)), 1));
    permits.next().unwrap().send(1);
    drop(permits.next());
    drop(permits);
    assert_eq!(tx.capacity(), 3);
    let mut permits = tx.try_reserve_many(1).unwrap();
    drop(permits.next());
    assert!(permits.next().is_none() && permits.next().is_none());
    let permit = block_on(tx.clone().reserve_owned()).unwrap();
    assert!(permit.same_channel_as_sender(&tx));
    assert!(permit.same_channel(&tx.clone().try_reserve_owned().unwrap()));
    let (other, _other_rx) = mpsc::channel::<i32>(1);
    assert!(!permit.same_channel_as_sender(&other) && !tx.same_channel(&other));
    let tx = permit.send(2);
    let tx = tx.try_reserve_owned().unwrap().release();
    assert_eq!(tx.capacity(), 2);
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(tx.capacity(), 4);
}

#[test]
fn a_permit_keeps_the_channel_open() {
    let (tx, mut rx) = mpsc::channel::<()>(1);
    let permit = tx.try_reserve_owned().unwrap();
    assert!(poll(pin!(rx.recv())).is_pending());
    let waker = CountedWaker::new();
    assert!(waker.poll(pin!(rx.recv())).is_pending());
    drop(permit);
    assert_eq!(waker.wakes(), 1);
    assert_eq!(block_on(rx.recv()), None);
}

#[test]
fn weak_senders() {
    let (tx, mut rx) = mpsc::channel::<()>(1);
    let weak = tx.downgrade();
    let second = weak.upgrade().unwrap();
    assert!(tx.same_channel(&second));
    assert_eq!((tx.strong_count(), tx.weak_count()), (2, 1));
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (2, 1));
    drop(weak.clone());
    drop((tx, second));
    assert!(weak.upgrade().is_none());
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 1));
}

#[heist::test(start_paused = true)]
async fn send_timeout() {
    let (tx, mut rx) = mpsc::channel(1);
    tx.send_timeout(1, Duration::from_secs(1)).await.unwrap();
    assert_eq!(tx.send_timeout(2, Duration::from_secs(1)).await, Err(SendTimeoutError::Timeout(2)));
    assert_eq!(tx.capacity(), 0, "the place in the queue was given up");
    rx.close();
    assert_eq!(tx.send_timeout(3, Duration::from_secs(1)).await, Err(SendTimeoutError::Closed(3)));
    assert_eq!(rx.recv().await, Some(1));
}

#[heist::test]
async fn blocking_calls_panic_inside_a_runtime() {
    let (tx, mut rx) = mpsc::channel(1);
    let text = |result: thread::Result<()>| *result.unwrap_err().downcast::<String>().unwrap();
    let send = text(catch_unwind(AssertUnwindSafe(|| assert!(tx.blocking_send(1).is_ok()))));
    let recv = text(catch_unwind(AssertUnwindSafe(|| assert!(rx.blocking_recv().is_some()))));
    let many = text(catch_unwind(AssertUnwindSafe(|| assert!(rx.blocking_recv_many(&mut Vec::new(), 1) > 0))));
    assert!([send, recv, many].iter().all(|text| text.starts_with("Cannot block the current thread")));
}

#[heist::test]
async fn a_busy_channel_lets_others_run() {
    let (tx, mut rx) = mpsc::channel(1000);
    (0..1000).for_each(|i| tx.try_send(i).unwrap());
    let other = heist::spawn(async {});
    let mut received = 0;
    while !other.is_finished() {
        rx.recv().await.unwrap();
        received += 1;
    }
    assert!(received < 1000);
}

#[test]
fn errors_say_what_happened() {
    assert_eq!(SendError(1).to_string(), "channel closed");
    assert_eq!(TrySendError::Full(1).to_string(), "no available capacity");
    assert_eq!(TrySendError::from(SendError(1)), TrySendError::Closed(1));
    assert_eq!(TrySendError::Full(1).into_inner(), 1);
    assert_eq!(SendTimeoutError::Timeout(1).to_string(), "timed out waiting on send operation");
    assert_eq!(SendTimeoutError::Closed(1).into_inner(), 1);
    assert_eq!(TryRecvError::Empty.to_string(), "receiving on an empty channel");
    assert_eq!(TryRecvError::Disconnected.to_string(), "receiving on a closed channel");
    assert_eq!(format!("{:?} {:?}", SendError(1), TrySendError::Full(1)), "SendError { .. } Full(..)");
}

//! What channels cost in memory. A file of its own, since it counts the allocations of its process: one test only.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::pin;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::task::{Context, Poll, Waker};

use heist::sync::{mpsc, oneshot};

/// The system's allocator, counting the bytes in use by what runs in [`counted`].
struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    static COUNTS: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`, whose allocations are counted, and what it frees.
fn counted<R>(f: impl FnOnce() -> R) -> R {
    COUNTS.set(true);
    let result = f();
    COUNTS.set(false);
    result
}

fn count(bytes: isize) {
    if COUNTS.get() {
        IN_USE.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: everything is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that `f` has allocated and not given back while its result exists.
fn cost<R>(f: impl FnOnce() -> R) -> isize {
    let before = IN_USE.load(Ordering::Relaxed);
    let result = counted(f);
    let after = IN_USE.load(Ordering::Relaxed);
    counted(|| drop(result));
    assert_eq!(IN_USE.load(Ordering::Relaxed), before, "everything is given back");
    after - before
}

/// The largest block of a channel, with what lies around its slots.
const BLOCK: isize = 16 * 1024 + 256;

/// What an idle channel may cost, used or not.
const IDLE: isize = 512;

fn channels_of<T: Send + 'static>(message: fn() -> T) {
    assert!(cost(|| mpsc::channel::<T>(10_000)) < IDLE);
    assert!(cost(mpsc::unbounded_channel::<T>) < IDLE);
    assert!(cost(oneshot::channel::<T>) < 128 + size_of::<T>() as isize);

    for messages in [1, 2, 3, 4, 5, 40, 1000] {
        let messages = if size_of::<T>() > 50_000 { messages.min(5) } else { messages };
        unbounded_is_idle_after(messages, message);
        bounded_is_idle_after(messages, message);
    }
    unbounded_is_idle_when_closed(message);
    bounded_is_idle_without_receiver(message);
    unbounded_is_idle_after_threads(message);

    let size = (size_of::<T>() as isize + 16).max(32);
    let messages = if size > 50_000 { 5 } else { 1000 };
    let inside = cost(|| {
        let (tx, rx) = mpsc::unbounded_channel();
        for _ in 0..messages {
            assert!(tx.send(message()).is_ok());
        }
        (tx, rx)
    });
    assert!(inside >= messages * size_of::<T>() as isize);
    assert!(inside < 2048 + (messages + 1) * size + 2 * BLOCK, "{inside} with {messages} messages inside");
}

/// Polls with a waker that costs nothing.
fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Received by `try_recv` or `recv`, all but the first, which comes and goes alone; then perhaps the receiver waits.
fn unbounded_is_idle_after<T>(messages: usize, message: fn() -> T) {
    for waits in [false, true] {
        let idle = cost(|| {
            let (tx, mut rx) = mpsc::unbounded_channel();
            assert!(tx.send(message()).is_ok());
            assert!(rx.try_recv().is_ok());
            for _ in 1..messages {
                assert!(tx.send(message()).is_ok());
            }
            for _ in 1..messages {
                assert!(matches!(poll(rx.recv()), Poll::Ready(Some(_))));
            }
            assert!(rx.is_empty());
            assert!(!waits || poll(rx.recv()).is_pending());
            (tx, rx)
        });
        assert!(idle < IDLE, "{idle} after {messages} messages of {}, waiting: {waits}", size_of::<T>());
    }
}

/// Received all at once, in halves, by `recv_many`.
fn bounded_is_idle_after<T>(messages: usize, message: fn() -> T) {
    for waits in [false, true] {
        let idle = cost(|| {
            let (tx, mut rx) = mpsc::channel(messages);
            for _ in 0..messages {
                assert!(tx.try_send(message()).is_ok());
            }
            let (mut left, mut buffer) = (messages, Vec::new());
            while left != 0 {
                let Poll::Ready(received) = poll(rx.recv_many(&mut buffer, messages.div_ceil(2))) else {
                    panic!("messages are there");
                };
                left -= received;
            }
            assert!(!waits || rx.try_recv().is_err() && poll(rx.recv()).is_pending());
            (tx, rx)
        });
        assert!(idle < IDLE, "{idle} after {messages} messages of {}, waiting: {waits}", size_of::<T>());
    }
}

fn unbounded_is_idle_when_closed<T>(message: fn() -> T) {
    let idle = cost(|| {
        let (tx, mut rx) = mpsc::unbounded_channel();
        (0..3).for_each(|_| assert!(tx.send(message()).is_ok()));
        rx.close();
        assert!(tx.send(message()).is_err());
        (0..3).for_each(|_| assert!(rx.try_recv().is_ok()));
        assert!(rx.try_recv().is_err());
        (tx, rx)
    });
    assert!(idle < IDLE, "{idle} after the close with messages of {}", size_of::<T>());
}

fn bounded_is_idle_without_receiver<T>(message: fn() -> T) {
    let idle = cost(|| {
        let (tx, rx) = mpsc::channel(3);
        (0..2).for_each(|_| assert!(tx.try_send(message()).is_ok()));
        let permit = tx.clone().try_reserve_owned().expect("there is room");
        drop(rx);
        (tx, permit.send(message()))
    });
    assert!(idle < IDLE, "{idle} without a receiver of messages of {}", size_of::<T>());
}

/// Many senders at the same time, so that giving back and sending meet.
fn unbounded_is_idle_after_threads<T: Send + 'static>(message: fn() -> T) {
    let each = if size_of::<T>() > 50_000 { 10 } else { 500 };
    let before = IN_USE.load(Ordering::Relaxed);
    let (tx, mut rx) = counted(mpsc::unbounded_channel);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| counted(|| (0..each).for_each(|_| assert!(tx.send(message()).is_ok()))));
        }
        counted(|| (0..3 * each).for_each(|_| assert!(rx.blocking_recv().is_some())));
    });
    let idle = IN_USE.load(Ordering::Relaxed) - before;
    assert!(idle < IDLE, "{idle} after senders on three threads, with messages of {}", size_of::<T>());
    counted(|| drop((tx, rx)));
    assert_eq!(IN_USE.load(Ordering::Relaxed), before, "everything is given back");
}

#[test]
fn memory() {
    // What a thread that blocks keeps for the next time is not the channel's.
    let (tx, mut rx) = mpsc::unbounded_channel();
    std::thread::spawn(move || tx.send(7)).join().expect("it does not panic").expect("the receiver is there");
    assert_eq!(rx.blocking_recv(), Some(7));
    assert_eq!(rx.blocking_recv(), None);
    drop(rx);

    channels_of(|| ());
    channels_of(|| 7_u8);
    channels_of(|| 7_u64);
    channels_of(|| [7_u8; 24]);
    channels_of(|| [7_u64; 5]);
    channels_of(|| [7_u64; 10]);
    channels_of(|| [7_u8; 100]);
    channels_of(|| [7_u64; 32]);
    channels_of(|| [7_u64; 128]);
    channels_of(|| [7_u8; 4096]);
    channels_of(|| [7_u64; 4096]);
    channels_of(|| [7_u8; 60_000]);
}

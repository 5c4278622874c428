//! `Semaphore` through the public API.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::{Semaphore, TryAcquireError};

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn smoke() {
    let semaphore = Semaphore::new(3);
    let mut two = block_on(semaphore.acquire_many(2)).unwrap();
    assert_eq!(semaphore.available_permits(), 1);
    assert_eq!(semaphore.try_acquire_many(2).unwrap_err(), TryAcquireError::NoPermits);
    let one = two.split(1).unwrap();
    assert!(two.split(2).is_none());
    assert_eq!((one.num_permits(), two.num_permits()), (1, 1));
    two.merge(one);
    drop(two);
    assert_eq!(semaphore.available_permits(), 3);
    semaphore.try_acquire().unwrap().forget();
    assert_eq!(semaphore.forget_permits(5), 2);
    assert_eq!(semaphore.available_permits(), 0);
    assert_eq!(block_on(semaphore.acquire_many(0)).unwrap().num_permits(), 0);
}

#[test]
fn first_come_first_served() {
    let semaphore = Semaphore::new(1);
    let mut large = pin!(semaphore.acquire_many(3));
    let mut small = pin!(semaphore.acquire());
    assert!(poll(large.as_mut()).is_pending());
    assert!(poll(small.as_mut()).is_pending());
    // The large request has taken what there was.
    assert_eq!(semaphore.available_permits(), 0);
    assert!(semaphore.try_acquire().is_err());
    semaphore.add_permits(1);
    assert!(poll(small.as_mut()).is_pending());
    semaphore.add_permits(2);
    let Poll::Ready(Ok(large)) = poll(large.as_mut()) else { panic!("three permits were released") };
    let Poll::Ready(Ok(_small)) = poll(small.as_mut()) else { panic!("one was left for the next") };
    drop(large);
    assert_eq!(semaphore.available_permits(), 3);
}

#[test]
fn cancel() {
    let semaphore = Semaphore::new(0);
    let mut next = pin!(semaphore.acquire());
    {
        let mut first = pin!(semaphore.acquire_many(2));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(next.as_mut()).is_pending());
        semaphore.add_permits(1);
        assert!(poll(next.as_mut()).is_pending());
    }
    let next = poll(next.as_mut());
    assert!(next.is_ready(), "what the cancelled request held goes to the next");
    {
        let mut granted = pin!(semaphore.acquire());
        assert!(poll(granted.as_mut()).is_pending());
        semaphore.add_permits(1);
    }
    assert_eq!(semaphore.available_permits(), 1);
    drop(next);
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn close() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let mut waiting = pin!(semaphore.acquire_many(2));
    assert!(poll(waiting.as_mut()).is_pending());
    semaphore.close();
    assert!(semaphore.is_closed());
    assert!(matches!(poll(waiting.as_mut()), Poll::Ready(Err(_))));
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    assert!(block_on(semaphore.acquire()).is_err());
    drop(held);
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn the_last_waker_is_woken() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let counts = [0, 1].map(|_| Arc::new(Count(AtomicUsize::new(0))));
    let semaphore = Semaphore::new(0);
    let mut acquire = pin!(semaphore.acquire());
    for count in &counts {
        let waker = Waker::from(count.clone());
        assert!(acquire.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    semaphore.add_permits(1);
    assert_eq!(counts.each_ref().map(|count| count.0.load(Ordering::Relaxed)), [0, 1]);
}

#[test]
fn stampede() {
    let semaphore = Arc::new(Semaphore::new(2));
    let inside = Arc::new(AtomicUsize::new(0));
    let threads = (0..8).map(|_| {
        let (semaphore, inside) = (semaphore.clone(), inside.clone());
        thread::spawn(move || {
            for _ in 0..500 {
                let _permit = block_on(semaphore.clone().acquire_owned()).unwrap();
                assert!(inside.fetch_add(1, Ordering::Relaxed) < 2);
                inside.fetch_sub(1, Ordering::Relaxed);
            }
        })
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn many_waiters_are_released_at_once() {
    let semaphore = Arc::new(Semaphore::new(0));
    let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(semaphore.clone().acquire_owned())).collect();
    assert!(waiting.iter_mut().all(|acquire| poll(acquire.as_mut()).is_pending()));
    semaphore.add_permits(101);
    assert_eq!(semaphore.available_permits(), 1);
    assert!(waiting.iter_mut().all(|acquire| poll(acquire.as_mut()).is_ready()));
}

#[test]
fn blocking() {
    let semaphore = Arc::new(Semaphore::new(0));
    let other = semaphore.clone();
    let thread = thread::spawn(move || other.blocking_acquire_many_owned(2).unwrap().num_permits());
    semaphore.add_permits(2);
    assert_eq!(thread.join().unwrap(), 2);
}

#[test]
#[should_panic(expected = "merging permits from different semaphore instances")]
fn permits_of_two_semaphores() {
    let (a, b) = (Semaphore::new(1), Semaphore::new(1));
    let mut permit = a.try_acquire().unwrap();
    permit.merge(b.try_acquire().unwrap());
}

#[test]
#[should_panic(expected = "would overflow MAX_PERMITS")]
fn too_many_permits() {
    Semaphore::new(Semaphore::MAX_PERMITS).add_permits(1);
}

#[test]
fn statics() {
    static LIMIT: Semaphore = Semaphore::const_new(1);
    let permit = LIMIT.acquire().now_or_never().unwrap().unwrap();
    assert!(LIMIT.try_acquire().is_err());
    drop(permit);
}

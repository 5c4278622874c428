//! `Semaphore` through the public API.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::{Semaphore, TryAcquireError};
use heist::task::coop::{has_budget_remaining, unconstrained};

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
fn owned_permits() {
    let semaphore = Arc::new(Semaphore::new(4));
    let mut three = block_on(semaphore.clone().acquire_many_owned(3)).unwrap();
    assert!(Arc::ptr_eq(three.semaphore(), &semaphore));
    assert_eq!(semaphore.clone().try_acquire_many_owned(2).unwrap_err(), TryAcquireError::NoPermits);
    let last = semaphore.clone().try_acquire_owned().unwrap();
    assert_eq!(semaphore.available_permits(), 0);
    let one = three.split(1).unwrap();
    assert!(three.split(3).is_none());
    assert_eq!((one.num_permits(), three.num_permits()), (1, 2));
    drop(one);
    assert_eq!(semaphore.available_permits(), 1);
    three.merge(last);
    assert_eq!(three.num_permits(), 3);
    three.split(2).unwrap().forget();
    drop(three);
    assert_eq!(semaphore.available_permits(), 2);
    // A permit keeps its semaphore, and can go to another thread.
    let permit = block_on(semaphore.acquire_owned()).unwrap();
    let left = thread::spawn(move || permit.semaphore().available_permits()).join().unwrap();
    assert_eq!(left, 1);
}

#[test]
fn borrowed_permits_know_their_semaphore() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire().unwrap();
    assert!(std::ptr::eq(permit.semaphore(), &semaphore));
    assert!(format!("{permit:?} {semaphore:?}").contains("permits"));
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
fn close_tells_all_who_wait() {
    let semaphore = Arc::new(Semaphore::new(1));
    let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(semaphore.clone().acquire_many_owned(2))).collect();
    assert!(waiting.iter_mut().all(|acquire| poll(acquire.as_mut()).is_pending()));
    let never_polled = semaphore.acquire();
    semaphore.close();
    semaphore.close();
    // What the first of them had got is free again, and can still be added to and taken out.
    assert_eq!(semaphore.available_permits(), 1);
    semaphore.add_permits(1);
    assert_eq!(semaphore.forget_permits(1), 1);
    assert!(waiting.iter_mut().all(|acquire| matches!(poll(acquire.as_mut()), Poll::Ready(Err(_)))));
    assert_eq!(block_on(never_polled).unwrap_err().to_string(), "semaphore closed");
    assert_eq!(semaphore.try_acquire_many(0).unwrap_err().to_string(), "semaphore closed");
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn a_grant_before_the_close_stays_valid() {
    let semaphore = Semaphore::new(0);
    let mut granted = pin!(semaphore.acquire());
    assert!(poll(granted.as_mut()).is_pending());
    semaphore.add_permits(1);
    semaphore.close();
    assert!(matches!(poll(granted.as_mut()), Poll::Ready(Ok(_))));
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn no_permits_need_no_wait() {
    let semaphore = Semaphore::new(0);
    let mut waiting = pin!(semaphore.acquire());
    assert!(poll(waiting.as_mut()).is_pending());
    assert_eq!(semaphore.acquire_many(0).now_or_never().unwrap().unwrap().num_permits(), 0);
    assert_eq!(TryAcquireError::NoPermits.to_string(), semaphore.try_acquire().unwrap_err().to_string());
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
    let thread = thread::spawn(move || {
        let owned = other.clone().blocking_acquire_many_owned(2).unwrap().num_permits();
        let borrowed = other.blocking_acquire_many(2).unwrap().num_permits();
        drop((other.blocking_acquire().unwrap(), other.clone().blocking_acquire_owned().unwrap()));
        owned + borrowed
    });
    semaphore.add_permits(2);
    assert_eq!(thread.join().unwrap(), 4);
    semaphore.close();
    assert!(semaphore.blocking_acquire().is_err());
}

#[heist::test]
async fn blocking_in_a_task_panics() {
    let semaphore = Arc::new(Semaphore::new(2));
    for outcome in [
        catch_unwind(AssertUnwindSafe(|| drop(semaphore.blocking_acquire()))),
        catch_unwind(AssertUnwindSafe(|| drop(semaphore.clone().blocking_acquire_owned()))),
    ] {
        let panic = outcome.unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains("Cannot block the current thread"));
    }
    assert_eq!(semaphore.available_permits(), 2);
}

/// Takes permits until the task has used its budget up.
async fn use_up_budget(semaphore: &Semaphore) {
    while has_budget_remaining() {
        drop(semaphore.acquire().await);
    }
}

#[heist::test]
async fn a_task_without_budget_takes_its_place_in_the_queue() {
    let semaphore = Arc::new(Semaphore::new(1));
    let other = semaphore.clone();
    let task = heist::spawn(async move {
        let free = Semaphore::new(1);
        let held = other.acquire().await.unwrap();
        use_up_budget(&free).await;
        let mut first = pin!(other.acquire());
        assert!(futures::poll!(first.as_mut()).is_pending());
        let mut second = pin!(other.acquire());
        assert!(futures::poll!(unconstrained(second.as_mut())).is_pending());
        drop(held);
        assert!(other.try_acquire().is_err(), "the permit is granted");
        assert!(futures::poll!(unconstrained(second.as_mut())).is_pending());
        drop(first.await.unwrap());
        drop(second.await.unwrap());
    });
    task.await.unwrap();
    assert_eq!(semaphore.available_permits(), 1);
}

#[heist::test]
async fn a_task_without_budget_leaves_free_permits_alone() {
    let semaphore = Arc::new(Semaphore::new(1));
    let other = semaphore.clone();
    let task = heist::spawn(async move {
        use_up_budget(&other).await;
        let mut acquire = pin!(other.acquire());
        assert!(futures::poll!(acquire.as_mut()).is_pending());
        assert_eq!(other.available_permits(), 1);
        assert!(acquire.await.is_ok());

        use_up_budget(&other).await;
        other.close();
        let mut closed = pin!(other.acquire());
        assert!(futures::poll!(closed.as_mut()).is_pending());
        assert!(closed.await.is_err());
    });
    task.await.unwrap();
}

#[heist::test]
async fn a_task_granted_while_it_has_no_budget() {
    let semaphore = Arc::new(Semaphore::new(1));
    let other = semaphore.clone();
    let task = heist::spawn(async move {
        let held = other.acquire().await.unwrap();
        let free = Semaphore::new(1);
        let mut acquire = pin!(other.acquire());
        assert!(futures::poll!(acquire.as_mut()).is_pending());
        drop(held);
        use_up_budget(&free).await;
        assert!(futures::poll!(acquire.as_mut()).is_pending());
        assert!(acquire.await.is_ok());
    });
    task.await.unwrap();
    assert_eq!(semaphore.available_permits(), 1);
}

#[heist::test]
async fn an_aborted_task_gives_its_permits_back() {
    let semaphore = Arc::new(Semaphore::new(1));
    let tasks = [(); 3].map(|()| {
        let semaphore = semaphore.clone();
        heist::spawn(async move {
            let _permit = semaphore.acquire().await;
            std::future::pending::<()>().await;
        })
    });
    heist::task::yield_now().await;
    assert_eq!(semaphore.available_permits(), 0);
    for task in tasks {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_eq!(semaphore.available_permits(), 1);
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
#[should_panic(expected = "merging permits from different semaphore instances")]
fn owned_permits_of_two_semaphores() {
    let [mut a, b] = [(); 2].map(|()| Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap());
    a.merge(b);
}

#[test]
fn too_many_merged_permits() {
    let semaphore = Semaphore::new(u32::MAX as usize + 1);
    let mut most = semaphore.try_acquire_many(u32::MAX).unwrap();
    let one = semaphore.try_acquire().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| most.merge(one))).is_err());
    assert_eq!(semaphore.available_permits(), 1);
    drop(most);
    assert_eq!(semaphore.available_permits(), u32::MAX as usize + 1);
}

#[test]
#[should_panic(expected = "may not have more than MAX_PERMITS permits")]
fn too_many_permits_at_once() {
    Semaphore::new(Semaphore::MAX_PERMITS + 1);
}

#[test]
fn statics() {
    static LIMIT: Semaphore = Semaphore::const_new(1);
    let permit = LIMIT.acquire().now_or_never().unwrap().unwrap();
    assert!(LIMIT.try_acquire().is_err());
    drop(permit);
}

//! `Mutex` through the public API.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::executor::block_on;
use heist::sync::{MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard};

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn smoke() {
    let mutex = Mutex::new(1);
    {
        let mut guard = block_on(mutex.lock());
        *guard += 1;
        assert!(mutex.try_lock().is_err());
        assert_eq!(format!("{guard} {guard:?} {mutex:?}"), "2 2 Mutex { data: <locked> }");
        assert!(std::ptr::eq(MutexGuard::mutex(&guard), &mutex));
    }
    assert_eq!(format!("{mutex:?}"), "Mutex { data: 2 }");
    assert_eq!(mutex.into_inner(), 2);
}

#[test]
fn owned() {
    let mut mutex = Mutex::from(1);
    *mutex.get_mut() += 1;
    let mutex = Arc::new(mutex);
    let mut guard = block_on(mutex.clone().lock_owned());
    *guard += 1;
    assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex));
    assert_eq!(mutex.clone().try_lock_owned().unwrap_err().to_string(), "operation would block");
    assert_eq!(format!("{guard} {guard:?}"), "3 3");
    drop(mutex);
    assert_eq!(thread::spawn(move || *guard).join().unwrap(), 3);
    assert_eq!(Mutex::<u8>::default().into_inner(), 0);
}

#[test]
fn blocking() {
    let mutex = Arc::new(Mutex::new(0));
    let held = mutex.try_lock().unwrap();
    let other = mutex.clone();
    let thread = thread::spawn(move || {
        *other.blocking_lock() += 1;
        *other.blocking_lock_owned() += 1;
    });
    drop(held);
    thread.join().unwrap();
    assert_eq!(*mutex.try_lock().unwrap(), 2);
}

#[heist::test]
async fn blocking_in_a_task_panics() {
    let mutex = Arc::new(Mutex::new(0));
    for outcome in [
        catch_unwind(AssertUnwindSafe(|| drop(mutex.blocking_lock()))),
        catch_unwind(AssertUnwindSafe(|| drop(mutex.clone().blocking_lock_owned()))),
    ] {
        let panic = outcome.unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains("Cannot block the current thread"));
    }
    assert!(mutex.try_lock().is_ok());
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_hold_it_over_an_await() {
    let mutex = Arc::new(Mutex::new(0));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let mutex = mutex.clone();
            heist::spawn(async move {
                for _ in 0..100 {
                    let mut guard = mutex.lock().await;
                    let before = *guard;
                    heist::task::yield_now().await;
                    *guard = before + 1;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*mutex.lock().await, 2000);
}

#[heist::test]
async fn a_task_that_always_gets_the_lock_lets_others_run() {
    let mutex = Arc::new(Mutex::new(false));
    let other = mutex.clone();
    let task = heist::spawn(async move { *other.lock().await = true });
    while !*mutex.lock().await {}
    task.await.unwrap();
}

#[test]
fn stampede() {
    let mutex = Arc::new(Mutex::new(0));
    let threads = (0..4).map(|_| {
        let mutex = mutex.clone();
        thread::spawn(move || {
            for _ in 0..1000 {
                *block_on(mutex.lock()) += 1;
                *block_on(mutex.clone().lock_owned()) += 1;
            }
        })
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(*mutex.blocking_lock(), 8000);
}

#[test]
fn the_lock_goes_to_the_longest_waiting() {
    let mutex = Mutex::new(());
    let held = mutex.try_lock().unwrap();
    let mut first = pin!(mutex.lock());
    let mut second = pin!(mutex.lock());
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    drop(held);
    assert!(mutex.try_lock().is_err());
    assert!(poll(second.as_mut()).is_pending());
    let first = poll(first.as_mut());
    assert!(first.is_ready());
    drop(first);
    assert!(poll(second.as_mut()).is_ready());
}

#[test]
fn cancel() {
    let mutex = Mutex::new(());
    let held = mutex.try_lock().unwrap();
    let mut next = pin!(mutex.lock());
    {
        let mut granted = pin!(mutex.lock());
        assert!(poll(granted.as_mut()).is_pending());
        assert!(poll(next.as_mut()).is_pending());
        drop(held);
    }
    assert!(poll(next.as_mut()).is_ready());
}

#[test]
fn mapped_guards_unlock_once() {
    let mutex = Arc::new(Mutex::new((1, Some(2))));
    let guard = MutexGuard::map(mutex.try_lock().unwrap(), |pair| &mut pair.1);
    let mut guard = MappedMutexGuard::try_map(guard, Option::as_mut).unwrap();
    *guard = 3;
    assert!(mutex.try_lock().is_err());
    drop(guard);
    let guard = OwnedMutexGuard::map(mutex.clone().try_lock_owned().unwrap(), |pair| &mut pair.1);
    let mut guard = OwnedMappedMutexGuard::try_map(guard, Option::as_mut).unwrap();
    assert_eq!(*guard, 3);
    *guard = 4;
    assert!(mutex.try_lock().is_err());
    drop(guard);
    let guard = mutex.try_lock().unwrap();
    let guard = MutexGuard::try_map(guard, |_| None::<&mut u8>).unwrap_err();
    let guard = MutexGuard::try_map(guard, |pair| pair.1.as_mut()).unwrap();
    let guard = MappedMutexGuard::try_map(guard, |_| None::<&mut u8>).unwrap_err();
    let guard = MappedMutexGuard::map(guard, |number| number);
    assert_eq!(format!("{guard} {guard:?}"), "4 4");
    drop(guard);
    let guard = mutex.clone().try_lock_owned().unwrap();
    let guard = OwnedMutexGuard::try_map(guard, |_| None::<&mut u8>).unwrap_err();
    let guard = OwnedMutexGuard::try_map(guard, |pair| pair.1.as_mut()).unwrap();
    let guard = OwnedMappedMutexGuard::try_map(guard, |_| None::<&mut u8>).unwrap_err();
    let guard = OwnedMappedMutexGuard::map(guard, |number| number);
    assert_eq!(format!("{guard} {guard:?}"), "4 4");
    assert!(mutex.try_lock().is_err());
    drop(guard);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_panic_does_not_poison() {
    let mutex = Mutex::new(1);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = mutex.try_lock().unwrap();
        panic!("with the lock held");
    }));
    assert!(panicked.is_err());
    let mapped = catch_unwind(AssertUnwindSafe(|| {
        drop(MutexGuard::map(mutex.try_lock().unwrap(), |_| -> &mut i32 { panic!("in the middle") }));
    }));
    assert!(mapped.is_err());
    assert_eq!(*mutex.try_lock().unwrap(), 1);
}

#[test]
fn unsized_and_static_values() {
    static NAMES: Mutex<Vec<u8>> = Mutex::const_new(Vec::new());
    NAMES.try_lock().unwrap().push(1);
    let slice: Arc<Mutex<[u8]>> = Arc::new(Mutex::new([1, 2, 3]));
    assert_eq!(block_on(slice.lock_owned()).len(), 3);
}

//! `RwLock` through the public API.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::executor::block_on;
use heist::sync::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockMappedWriteGuard,
    RwLockReadGuard, RwLockWriteGuard,
};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn ready<F: Future>(future: Pin<&mut F>) -> F::Output {
    match poll(future) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it should be ready"),
    }
}

/// Tells whether the lock is free, shared or held by a writer.
fn state<T: ?Sized>(lock: &RwLock<T>) -> &'static str {
    let writable = lock.try_write().is_ok();
    let readable = lock.try_read().is_ok();
    match (writable, readable) {
        (true, true) => "free",
        (false, true) => "read",
        (false, false) => "written",
        (true, false) => panic!("who may write may read"),
    }
}

#[test]
fn smoke() {
    let mut lock = RwLock::new(1);
    {
        let read = block_on(lock.read());
        assert_eq!(format!("{read} {read:?} {lock:?}"), "1 1 RwLock { data: 1 }");
        assert_eq!(state(&lock), "read");
    }
    {
        let mut write = block_on(lock.write());
        *write += 1;
        assert_eq!(format!("{write} {write:?} {lock:?}"), "2 2 RwLock { data: <locked> }");
        assert_eq!(state(&lock), "written");
        assert_eq!(lock.try_read().unwrap_err().to_string(), "operation would block");
    }
    *lock.get_mut() += 1;
    assert_eq!(state(&lock), "free");
    assert_eq!(lock.into_inner(), 3);
    assert_eq!(RwLock::<u8>::default().into_inner() + RwLock::from(1).into_inner(), 1);
}

#[test]
fn readers_share_and_writers_do_not() {
    let lock = RwLock::new(1);
    let readers = [(); 100].map(|()| lock.try_read().unwrap());
    let mut write = pin!(lock.write());
    assert!(poll(write.as_mut()).is_pending());
    drop(readers);
    *ready(write) += 1;
    assert_eq!(*lock.try_read().unwrap(), 2);
}

#[test]
fn stampede() {
    let lock = Arc::new(RwLock::new((0, 0)));
    let threads = (0..4).map(|number| {
        let lock = lock.clone();
        thread::spawn(move || {
            for round in 0..1000 {
                if (round + number) % 4 == 0 {
                    let mut pair = block_on(lock.write());
                    pair.0 += 1;
                    pair.1 += 1;
                } else if round % 2 == 0 {
                    let pair = block_on(lock.read());
                    assert_eq!(pair.0, pair.1);
                } else {
                    let pair = block_on(lock.clone().read_owned());
                    assert_eq!(pair.0, pair.1);
                }
            }
        })
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(*lock.blocking_read(), (1000, 1000));
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_on_a_runtime() {
    let lock = Arc::new(RwLock::with_max_readers(0, 3));
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let lock = lock.clone();
            heist::spawn(async move {
                for round in 0..100 {
                    if (number + round) % 5 == 0 {
                        let mut write = lock.write().await;
                        let before = *write;
                        heist::task::yield_now().await;
                        *write = before + 1;
                    } else {
                        let read = lock.read().await;
                        let before = *read;
                        heist::task::yield_now().await;
                        assert_eq!(*read, before);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*lock.read().await, 400);
}

#[test]
fn as_many_readers_as_allowed() {
    let lock = RwLock::with_max_readers((), 2);
    let first = lock.try_read().unwrap();
    let _second = lock.try_read().unwrap();
    let mut third = pin!(lock.read());
    assert!(poll(third.as_mut()).is_pending());
    drop(first);
    let _third = ready(third);
    assert!(lock.try_read().is_err());
}

#[test]
#[should_panic(expected = "must allow at least one reader")]
fn no_readers() {
    RwLock::with_max_readers((), 0);
}

#[test]
#[should_panic(expected = "a RwLock may not be created with more than")]
fn too_many_readers() {
    RwLock::with_max_readers((), (u32::MAX >> 3) + 1);
}

#[test]
fn statics_and_unsized_values() {
    static NAMES: RwLock<Vec<u8>> = RwLock::const_new(Vec::new());
    static FEW: RwLock<u8> = RwLock::const_with_max_readers(1, 1);
    NAMES.try_write().unwrap().push(1);
    assert_eq!(*NAMES.try_read().unwrap(), [1]);
    let _read = FEW.try_read().unwrap();
    assert!(FEW.try_read().is_err());
    let slice: Arc<RwLock<[u8]>> = Arc::new(RwLock::new([1, 2, 3]));
    slice.try_write().unwrap()[0] = 4;
    assert_eq!(slice.clone().try_write_owned().unwrap().len(), 3);
    assert_eq!(block_on(slice.read_owned())[..], [4, 2, 3]);
    let number: Box<RwLock<dyn ToString>> = Box::new(RwLock::new(5));
    assert_eq!(number.try_read().unwrap().to_string(), "5");
}

#[test]
fn a_waiting_writer_holds_up_later_readers() {
    let lock = RwLock::new(1);
    let held = lock.try_read().unwrap();
    let mut write = pin!(lock.write());
    let mut read = pin!(lock.read());
    assert!(poll(write.as_mut()).is_pending());
    assert!(poll(read.as_mut()).is_pending());
    assert!(lock.try_read().is_err(), "nobody overtakes the writer");
    drop(held);
    assert!(poll(read.as_mut()).is_pending());
    assert!(lock.try_read().is_err(), "nor takes the lock between its release and the writer's poll");
    *ready(write) = 2;
    assert_eq!(*ready(read), 2);
}

#[test]
fn the_readers_after_a_writer_come_together() {
    let lock = RwLock::new(());
    let held = lock.try_write().unwrap();
    let mut readers: Vec<_> = (0..50).map(|_| Box::pin(lock.read())).collect();
    let mut last = pin!(lock.write());
    assert!(readers.iter_mut().all(|read| poll(read.as_mut()).is_pending()));
    assert!(poll(last.as_mut()).is_pending());
    drop(held);
    let guards: Vec<_> = readers.iter_mut().map(|read| ready(read.as_mut())).collect();
    assert!(poll(last.as_mut()).is_pending());
    drop(guards);
    drop(ready(last));
}

#[test]
fn a_writer_that_gives_up_lets_the_readers_behind_it_in() {
    let lock = RwLock::new(());
    let held = lock.try_read().unwrap();
    let mut read = pin!(lock.read());
    {
        let mut write = pin!(lock.write());
        assert!(poll(write.as_mut()).is_pending());
        assert!(poll(read.as_mut()).is_pending());
    }
    let _read = ready(read);
    drop(held);
}

#[test]
fn a_writer_that_got_a_part_gives_it_back() {
    let lock = RwLock::with_max_readers((), 3);
    let [first, second] = [(); 2].map(|()| lock.try_read().unwrap());
    {
        let mut write = pin!(lock.write());
        assert!(poll(write.as_mut()).is_pending());
        drop(first);
        assert!(poll(write.as_mut()).is_pending());
    }
    let _others = [(); 2].map(|()| lock.try_read().unwrap());
    assert!(lock.try_read().is_err());
    drop(second);
    assert!(lock.try_read().is_ok());
}

#[test]
fn a_grant_that_is_not_taken_goes_to_the_next() {
    let lock = Arc::new(RwLock::new(()));
    let held = lock.try_write().unwrap();
    let mut next = pin!(lock.clone().write_owned());
    {
        let mut read = pin!(lock.read());
        let mut write = pin!(lock.write());
        assert!(poll(read.as_mut()).is_pending());
        assert!(poll(write.as_mut()).is_pending());
        assert!(poll(next.as_mut()).is_pending());
        drop(held);
        assert!(poll(next.as_mut()).is_pending());
    }
    drop(ready(next));
    assert_eq!(state(&lock), "free");
}

#[test]
fn downgrade() {
    let lock = RwLock::new(1);
    let mut held = lock.try_write().unwrap();
    let mut early = pin!(lock.read());
    let mut write = pin!(lock.write());
    let mut late = pin!(lock.read());
    assert!(poll(early.as_mut()).is_pending());
    assert!(poll(write.as_mut()).is_pending());
    assert!(poll(late.as_mut()).is_pending());
    *held = 2;
    let held = held.downgrade();
    assert_eq!(*held + *ready(early), 4);
    assert!(poll(write.as_mut()).is_pending(), "the guard still reads");
    assert!(poll(late.as_mut()).is_pending(), "the writer came first");
    drop(held);
    *ready(write) = 3;
    assert_eq!(*ready(late), 3);
}

#[test]
fn downgrade_with_one_reader_only() {
    let lock = Arc::new(RwLock::with_max_readers(1, 1));
    let read = lock.try_write().unwrap().downgrade();
    assert!(lock.try_read().is_err());
    drop(read);
    drop(lock.clone().try_write_owned().unwrap().downgrade());
    assert_eq!(state(&lock), "free");
}

#[test]
fn downgrade_to_a_part() {
    let lock = Arc::new(RwLock::new((1, Some(2))));
    let part = RwLockWriteGuard::downgrade_map(lock.try_write().unwrap(), |pair| &pair.0);
    assert_eq!((*part, state(&lock)), (1, "read"));
    drop(part);
    let write = lock.try_write().unwrap();
    let mut write = RwLockWriteGuard::try_downgrade_map(write, |_| None::<&u8>).unwrap_err();
    assert_eq!(state(&lock), "written");
    write.1 = Some(3);
    let part = RwLockWriteGuard::try_downgrade_map(write, |pair| pair.1.as_ref()).unwrap();
    assert_eq!((*part, state(&lock)), (3, "read"));
    drop(part);

    let part = OwnedRwLockWriteGuard::downgrade_map(lock.clone().try_write_owned().unwrap(), |pair| &pair.0);
    assert_eq!((*part, state(&lock)), (1, "read"));
    drop(part);
    let write = lock.clone().try_write_owned().unwrap();
    let write = OwnedRwLockWriteGuard::try_downgrade_map(write, |_| None::<&u8>).unwrap_err();
    assert_eq!(state(&lock), "written");
    let part = OwnedRwLockWriteGuard::try_downgrade_map(write, |pair| pair.1.as_ref()).unwrap();
    assert_eq!((*part, state(&lock)), (3, "read"));
    drop(part);
    assert_eq!(state(&lock), "free");
}

#[test]
fn mapped_guards_unlock_once() {
    let lock = RwLock::new((1, Some(2)));
    let read = RwLockReadGuard::map(lock.try_read().unwrap(), |pair| &pair.1);
    let read = RwLockReadGuard::try_map(read, Option::as_ref).unwrap();
    assert_eq!((*read, state(&lock)), (2, "read"));
    let read = RwLockReadGuard::try_map(read, |_| None::<&u8>).unwrap_err();
    assert_eq!((*read, state(&lock)), (2, "read"));
    drop(read);
    assert_eq!(state(&lock), "free");

    let write = RwLockWriteGuard::map(lock.try_write().unwrap(), |pair| &mut pair.1);
    let mut write = RwLockMappedWriteGuard::try_map(write, Option::as_mut).unwrap();
    *write = 3;
    let write = RwLockMappedWriteGuard::map(write, |number| number);
    let write = RwLockMappedWriteGuard::try_map(write, |_| None::<&mut u8>).unwrap_err();
    assert_eq!((format!("{write} {write:?}"), state(&lock)), ("3 3".to_owned(), "written"));
    drop(write);
    assert_eq!(state(&lock), "free");

    let write = RwLockWriteGuard::try_map(lock.try_write().unwrap(), |_| None::<&mut u8>).unwrap_err();
    let write = RwLockWriteGuard::try_map(write, |pair| pair.1.as_mut()).unwrap();
    assert_eq!(*write, 3);
    drop(write);
    RwLockWriteGuard::into_mapped(lock.try_write().unwrap()).0 = 4;
    assert_eq!(lock.into_inner(), (4, Some(3)));
}

#[test]
fn owned_mapped_guards_unlock_once() {
    let lock = Arc::new(RwLock::new((1, Some(2))));
    let read = OwnedRwLockReadGuard::map(lock.clone().try_read_owned().unwrap(), |pair| &pair.1);
    let read = OwnedRwLockReadGuard::try_map(read, Option::as_ref).unwrap();
    let read = OwnedRwLockReadGuard::try_map(read, |_| None::<&u8>).unwrap_err();
    assert_eq!((format!("{read} {read:?}"), state(&lock)), ("2 2".to_owned(), "read"));
    assert!(Arc::ptr_eq(OwnedRwLockReadGuard::rwlock(&read), &lock));
    drop(read);
    assert_eq!(state(&lock), "free");

    let write = lock.clone().try_write_owned().unwrap();
    assert!(Arc::ptr_eq(OwnedRwLockWriteGuard::rwlock(&write), &lock));
    assert_eq!(format!("{write:?}"), "(1, Some(2))");
    let write = OwnedRwLockWriteGuard::map(write, |pair| &mut pair.1);
    let mut write = OwnedRwLockMappedWriteGuard::try_map(write, Option::as_mut).unwrap();
    *write = 3;
    let write = OwnedRwLockMappedWriteGuard::map(write, |number| number);
    let write = OwnedRwLockMappedWriteGuard::try_map(write, |_| None::<&mut u8>).unwrap_err();
    assert!(Arc::ptr_eq(OwnedRwLockMappedWriteGuard::rwlock(&write), &lock));
    assert_eq!((format!("{write} {write:?}"), state(&lock)), ("3 3".to_owned(), "written"));
    drop(write);
    assert_eq!(state(&lock), "free");

    let write = lock.clone().try_write_owned().unwrap();
    let write = OwnedRwLockWriteGuard::try_map(write, |_| None::<&mut u8>).unwrap_err();
    drop(OwnedRwLockWriteGuard::try_map(write, |pair| pair.1.as_mut()).unwrap());
    OwnedRwLockWriteGuard::into_mapped(lock.clone().try_write_owned().unwrap()).0 = 4;
    assert_eq!(Arc::into_inner(lock).unwrap().into_inner(), (4, Some(3)));
}

#[test]
fn an_owned_guard_keeps_the_lock() {
    let lock = Arc::new(RwLock::new(String::from("heist")));
    let read = block_on(lock.clone().read_owned());
    drop(lock);
    assert_eq!(thread::spawn(move || read.len()).join().unwrap(), 5);

    let lock = Arc::new(RwLock::new(String::from("heist")));
    let mut write = block_on(lock.clone().write_owned());
    write.push('!');
    let part = OwnedRwLockWriteGuard::map(write, |name| name.as_mut_str());
    drop(lock);
    assert_eq!(&*part, "heist!");
}

#[test]
fn blocking() {
    let lock = Arc::new(RwLock::new(1));
    let held = lock.try_write().unwrap();
    let other = lock.clone();
    let thread = thread::spawn(move || {
        *other.blocking_write() += 1;
        *other.blocking_read()
    });
    drop(held);
    assert_eq!(thread.join().unwrap(), 2);
}

#[heist::test]
async fn blocking_in_a_task_panics() {
    let lock = RwLock::new(1);
    for outcome in [
        catch_unwind(AssertUnwindSafe(|| drop(lock.blocking_read()))),
        catch_unwind(AssertUnwindSafe(|| drop(lock.blocking_write()))),
    ] {
        let panic = outcome.unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains("Cannot block the current thread"));
    }
    assert!(lock.try_write().is_ok());
}

#[test]
fn a_panic_does_not_poison() {
    let lock = RwLock::new(1);
    let panics = |f: &dyn Fn()| assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
    panics(&|| {
        let _guard = lock.try_write().unwrap();
        panic!("with the lock held");
    });
    panics(&|| drop(RwLockReadGuard::map(lock.try_read().unwrap(), |_| -> &i32 { panic!("in the middle") })));
    panics(&|| drop(RwLockWriteGuard::map(lock.try_write().unwrap(), |_| -> &mut i32 { panic!("in the middle") })));
    panics(&|| {
        drop(RwLockWriteGuard::downgrade_map(lock.try_write().unwrap(), |_| -> &i32 { panic!("in the middle") }));
    });
    assert_eq!(*lock.try_write().unwrap(), 1);
}

struct PanicsWhenWoken;

impl Wake for PanicsWhenWoken {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

#[test]
fn a_waker_that_panics_costs_no_permit() {
    let lock = RwLock::new(1);
    let waker = Waker::from(Arc::new(PanicsWhenWoken));
    let cx = &mut Context::from_waker(&waker);
    let write = lock.try_write().unwrap();
    let mut read = pin!(lock.read());
    assert!(read.as_mut().poll(cx).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(write.downgrade()))).is_err());
    drop(ready(read));
    assert_eq!(state(&lock), "free");

    let held = lock.try_read().unwrap();
    let mut write = pin!(lock.write());
    assert!(write.as_mut().poll(cx).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(held))).is_err());
    drop(ready(write));
    assert_eq!(state(&lock), "free");
}

#[test]
fn waiters_are_woken_once() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(count.clone());
    let lock = RwLock::with_max_readers((), 3);
    let readers = [(); 3].map(|()| lock.try_read().unwrap());
    let mut write = pin!(lock.write());
    assert!(write.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    for (left, reader) in readers.into_iter().enumerate().rev() {
        assert_eq!(count.0.load(Ordering::Relaxed), 0, "{left} more readers to go");
        drop(reader);
    }
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
}

#[heist::test]
async fn a_task_that_always_gets_the_lock_lets_others_run() {
    let lock = Arc::new(RwLock::new(0));
    let other = lock.clone();
    let task = heist::spawn(async move { *other.write().await = 1 });
    while *lock.read().await == 0 {}
    task.await.unwrap();
}

/// Compiles only if read guards are covariant, as references are.
#[test]
fn read_guards_are_covariant() {
    fn borrowed<'a>(guard: RwLockReadGuard<'a, &'static str>) -> RwLockReadGuard<'a, &'a str> {
        guard
    }
    fn owned<'a>(guard: OwnedRwLockReadGuard<u8, &'static str>) -> OwnedRwLockReadGuard<u8, &'a str> {
        guard
    }
    let lock = RwLock::new("heist");
    assert_eq!(borrowed(lock.try_read().unwrap()).len(), 5);
    let guard = OwnedRwLockReadGuard::map(Arc::new(RwLock::new(1)).try_read_owned().unwrap(), |_| &"heist");
    assert_eq!(owned(guard).len(), 5);
}

//! Local sets without a runtime, polled by hand.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::executor;

use super::{LocalSet, spawn_local};
use crate::task::yield_now;

/// Counts its wakes.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whoever polls a set.
#[derive(Default)]
struct Driver(Arc<Count>);

impl Driver {
    fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&Waker::from(self.0.clone())))
    }

    /// Wakes since the last call.
    fn woken(&self) -> usize {
        self.0.0.swap(0, Ordering::Relaxed)
    }
}

/// Counts what is alive.
#[derive(Clone, Default)]
struct Alive(Rc<()>);

impl Alive {
    fn count(&self) -> usize {
        Rc::strong_count(&self.0) - 1
    }
}

/// A task that gives its waker away and waits until `flag` is set.
async fn until(flag: Arc<AtomicBool>, waker: Rc<RefCell<Option<Waker>>>) {
    poll_fn(|cx| {
        *waker.borrow_mut() = Some(cx.waker().clone());
        if flag.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn a_tick_has_an_end() {
    let ran = Rc::new(Cell::new(0));
    let mut set = LocalSet::new();
    for _ in 0..100 {
        let ran = ran.clone();
        set.spawn_local(async move { ran.set(ran.get() + 1) });
    }
    let driver = Driver::default();
    assert_eq!((ran.get(), driver.woken()), (0, 0));
    assert!(driver.poll(pin!(&mut set)).is_pending());
    assert_eq!((ran.get(), driver.woken()), (61, 1));
    assert!(driver.poll(pin!(&mut set)).is_ready());
    assert_eq!((ran.get(), driver.woken()), (100, 0));
}

#[test]
fn wakes_reach_the_driver() {
    let set = LocalSet::new();
    let driver = Driver::default();
    let (flag, waker) = (Arc::new(AtomicBool::new(false)), Rc::default());
    let mut main = pin!(set.run_until(pending::<()>()));
    assert!(driver.poll(main.as_mut()).is_pending());
    assert_eq!(driver.woken(), 0);

    // A spawn outside a tick.
    let task = set.spawn_local(until(flag.clone(), Rc::clone(&waker)));
    assert_eq!(driver.woken(), 1);
    assert!(driver.poll(main.as_mut()).is_pending());
    assert_eq!(driver.woken(), 0);

    // A wake by the owner outside a tick.
    let woken: Waker = waker.borrow_mut().take().unwrap();
    woken.wake_by_ref();
    assert_eq!(driver.woken(), 1);
    woken.wake();
    assert_eq!(driver.woken(), 0, "the driver knows");
    assert!(driver.poll(main.as_mut()).is_pending());

    // A wake by another thread.
    let woken = waker.borrow_mut().take().unwrap();
    flag.store(true, Ordering::Release);
    thread::spawn(move || woken.wake()).join().unwrap();
    assert_eq!(driver.woken(), 1);
    assert!(!task.is_finished());
    assert!(driver.poll(main.as_mut()).is_pending());
    assert!(task.is_finished());
}

#[test]
fn wakes_in_a_tick_stay_in_it() {
    let set = LocalSet::new();
    let driver = Driver::default();
    let task = set.spawn_local(async {
        spawn_local(async { yield_now().await }).await.unwrap();
        yield_now().await;
    });
    let mut main = pin!(set.run_until(pending::<()>()));
    assert!(driver.poll(main.as_mut()).is_pending());
    assert!(task.is_finished());
    assert_eq!(driver.woken(), 0);
}

#[test]
fn other_threads_have_their_turn() {
    let mut set = LocalSet::new();
    let driver = Driver::default();
    let polls = Rc::new(Cell::new(0));
    for _ in 0..2 {
        let polls = polls.clone();
        set.spawn_local(async move {
            loop {
                polls.set(polls.get() + 1);
                yield_now().await;
            }
        });
    }
    let (flag, waker) = (Arc::new(AtomicBool::new(false)), Rc::default());
    let task = set.spawn_local(until(flag.clone(), Rc::clone(&waker)));
    assert!(driver.poll(pin!(&mut set)).is_pending());
    assert_eq!(driver.woken(), 1);

    let woken: Waker = waker.borrow_mut().take().unwrap();
    flag.store(true, Ordering::Release);
    thread::spawn(move || woken.wake()).join().unwrap();
    polls.set(0);
    while !task.is_finished() {
        assert!(polls.get() <= 61, "local tasks starve the others");
        assert!(driver.poll(pin!(&mut set)).is_pending());
    }
}

#[test]
fn the_outermost_driver_counts() {
    let set = Rc::new(LocalSet::new());
    let driver = Driver::default();
    let (flag, waker) = (Arc::new(AtomicBool::new(false)), Rc::default());
    let task = set.spawn_local({
        let (set, flag, waker) = (set.clone(), flag.clone(), Rc::clone(&waker));
        async move { set.run_until(until(flag, waker)).await }
    });
    let mut main = pin!(set.run_until(task));
    assert!(driver.poll(main.as_mut()).is_pending());
    flag.store(true, Ordering::Release);
    let woken: Waker = waker.borrow_mut().take().unwrap();
    thread::spawn(move || woken.wake()).join().unwrap();
    assert_eq!(driver.woken(), 1, "the inner driver was woken instead");
    assert!(driver.poll(main.as_mut()).is_pending());
    assert_eq!(driver.woken(), 1);
    assert!(matches!(driver.poll(main.as_mut()), Poll::Ready(Ok(()))));
}

#[test]
fn dropping_the_set_drops_its_tasks() {
    let alive = Alive::default();
    let set = LocalSet::new();
    let mut tasks = Vec::new();
    for _ in 0..10 {
        let held = alive.clone();
        tasks.push(set.spawn_local(async move {
            let _held = held;
            pending::<()>().await;
        }));
    }
    let driver = Driver::default();
    assert!(driver.poll(pin!(set.run_until(pending::<()>()))).is_pending());
    let never_ran = set.spawn_local({
        let held = alive.clone();
        async move { drop(held) }
    });
    driver.woken();
    assert_eq!(alive.count(), 11);
    drop(set);
    assert_eq!(alive.count(), 0);
    assert_eq!(driver.woken(), 0);
    for task in tasks.into_iter().chain([never_ran]) {
        assert!(executor::block_on(task).unwrap_err().is_cancelled());
    }
    assert_eq!(Arc::strong_count(&driver.0), 1, "the set has kept its driver's waker");
}

#[test]
fn what_a_dropped_task_spawns_is_cancelled() {
    struct Spawns(Rc<RefCell<Vec<crate::task::JoinHandle<()>>>>, Alive);
    impl Drop for Spawns {
        fn drop(&mut self) {
            let held = self.1.clone();
            self.0.borrow_mut().push(spawn_local(async move { drop(held) }));
        }
    }
    let alive = Alive::default();
    let spawned = Rc::new(RefCell::new(Vec::new()));
    let set = LocalSet::new();
    let held = Spawns(spawned.clone(), alive.clone());
    set.spawn_local(async move {
        let _held = held;
        pending::<()>().await;
    });
    drop(set);
    assert_eq!(alive.count(), 0);
    let late = spawned.borrow_mut().pop().unwrap();
    assert!(executor::block_on(late).unwrap_err().is_cancelled());
}

#[test]
fn a_wake_after_the_end_does_nothing() {
    let set = LocalSet::new();
    let (flag, waker) = (Arc::default(), Rc::default());
    let task = set.spawn_local(until(flag, Rc::clone(&waker)));
    assert!(Driver::default().poll(pin!(set.run_until(pending::<()>()))).is_pending());
    drop(set);
    let woken: Waker = waker.borrow_mut().take().unwrap();
    woken.wake_by_ref();
    thread::spawn(move || woken.wake()).join().unwrap();
    let abort = task.abort_handle();
    thread::spawn(move || abort.abort()).join().unwrap();
    assert!(executor::block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn wakes_race_with_the_end() {
    for round in 0..500 {
        let alive = Alive::default();
        let set = LocalSet::new();
        let wakers: Vec<Rc<RefCell<Option<Waker>>>> = (0..4).map(|_| Rc::default()).collect();
        for waker in &wakers {
            let (held, waker) = (alive.clone(), waker.clone());
            set.spawn_local(async move {
                let _held = held;
                until(Arc::default(), waker).await;
            });
        }
        let driver = Driver::default();
        assert!(driver.poll(pin!(set.run_until(pending::<()>()))).is_pending());
        let ready = AtomicBool::new(false);
        let wakers: Vec<Waker> = wakers.iter().map(|waker| waker.borrow_mut().take().unwrap()).collect();
        thread::scope(|scope| {
            scope.spawn(|| {
                ready.store(true, Ordering::Release);
                for waker in wakers {
                    waker.wake_by_ref();
                    waker.wake();
                }
            });
            while !ready.load(Ordering::Acquire) {
                thread::yield_now();
            }
            for _ in 0..round % 50 {
                std::hint::spin_loop();
            }
            drop(set);
        });
        assert_eq!(alive.count(), 0);
    }
}

#[test]
fn a_thread_that_ends_drops_its_set() {
    thread_local! {
        static SET: RefCell<Option<LocalSet>> = const { RefCell::new(None) };
    }
    let (dropped, waker) = thread::spawn(|| {
        let dropped = Arc::new(AtomicBool::new(false));
        struct Flag(Arc<AtomicBool>);
        impl Drop for Flag {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Release);
            }
        }
        let set = LocalSet::new();
        let (held, waker) = (Flag(dropped.clone()), Rc::default());
        set.spawn_local({
            let waker = Rc::clone(&waker);
            async move {
                let _held = held;
                until(Arc::default(), waker).await;
            }
        });
        assert!(Driver::default().poll(pin!(set.run_until(pending::<()>()))).is_pending());
        SET.with(|slot| *slot.borrow_mut() = Some(set));
        let woken: Option<Waker> = waker.borrow_mut().take();
        (dropped, woken.unwrap())
    })
    .join()
    .unwrap();
    assert!(dropped.load(Ordering::Acquire));
    waker.wake();
}

#[test]
fn guards_restore_what_was_current() {
    let (one, other) = (LocalSet::new(), LocalSet::new());
    let counts = || (one.shared.len(), other.shared.len());
    let outer = one.enter();
    spawn_local(pending::<()>());
    assert_eq!(counts(), (1, 0));
    let inner = other.enter();
    spawn_local(pending::<()>());
    assert_eq!(counts(), (1, 1));
    drop(inner);
    spawn_local(pending::<()>());
    assert_eq!(counts(), (2, 1));
    // A tick has precedence over a guard.
    let driver = Driver::default();
    assert!(driver.poll(pin!(other.run_until(async { spawn_local(pending::<()>()).await }))).is_pending());
    assert_eq!(counts(), (2, 2));
    drop(outer);
    assert!(super::shared::current().is_none());
}

#[test]
fn a_guard_outlives_its_set() {
    let set = LocalSet::new();
    let guard = set.enter();
    drop(set);
    let task = spawn_local(async {});
    drop(guard);
    assert!(executor::block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn panics_leave_the_set_usable() {
    let set = LocalSet::new();
    let driver = Driver::default();
    let task = set.spawn_local(async { panic!("in a task") });
    let error = executor::block_on(set.run_until(task)).unwrap_err();
    assert!(error.is_panic());

    let main = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = driver.poll(pin!(set.run_until(async { panic!("in the main future") })));
    }));
    assert!(main.is_err());
    assert!(super::shared::current().is_none());
    assert!(driver.poll(pin!(set.run_until(pending::<()>()))).is_pending());
    let task = set.spawn_local(async { 7 });
    assert_eq!(driver.woken(), 1, "the panic has left the set in a tick");
    assert_eq!(executor::block_on(set.run_until(task)).unwrap(), 7);
}

#[test]
fn ids_differ() {
    assert_ne!(LocalSet::new().id(), LocalSet::new().id());
}

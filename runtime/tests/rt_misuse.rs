//! Calls in the wrong place or at the wrong time: each panics with a text that says what to do, or does what is
//! documented, and nothing leaks.

mod rt_support;

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use heist::runtime::{Handle, Runtime};
use heist::task::spawn_blocking;

use rt_support::{Census, assert_panics, both_flavours, current_thread, multi_thread, panic_of, wait, wait_until};

const NO_RUNTIME: &str = "there is no reactor running, must be called from the context of a Tokio 1.x runtime";
const CANNOT_START: &str = "Cannot start a runtime from within a runtime. This happens because a function (like \
    `block_on`) attempted to block the current thread while the thread is being used to drive asynchronous tasks.";
const CANNOT_DROP: &str = "Cannot drop a runtime in a context where blocking is not allowed. This happens when a \
    runtime is dropped from within an asynchronous context.";

#[test]
fn outside_a_runtime() {
    assert_panics(NO_RUNTIME, || heist::spawn(async {}));
    assert_panics(NO_RUNTIME, || heist::task::spawn(async {}));
    assert_panics(NO_RUNTIME, || spawn_blocking(|| ()));
    assert_panics(NO_RUNTIME, || drop(Handle::current()));
    let error = Handle::try_current().unwrap_err();
    assert!(error.is_missing_context() && !error.is_thread_local_destroyed());
    assert!(error.to_string().starts_with(NO_RUNTIME));
    assert_eq!(heist::runtime::worker_index(), None);
}

#[test]
fn after_the_threads_locals_are_gone() {
    struct AtEnd(mpsc::Sender<bool>);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let error = Handle::try_current().unwrap_err();
            self.0.send(error.is_thread_local_destroyed() || error.is_missing_context()).unwrap();
        }
    }
    thread_local! {
        static LOCAL: Mutex<Option<AtEnd>> = const { Mutex::new(None) };
    }
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        LOCAL.with(|local| *local.lock().unwrap() = Some(AtEnd(sender)));
        let runtime = current_thread();
        drop(runtime.enter());
    });
    thread.join().unwrap();
    assert!(receiver.recv().unwrap());
}

#[test]
fn what_is_spawned_outside_is_dropped() {
    let census = Census::default();
    let citizen = census.citizen();
    panic_of(|| heist::spawn(async move { drop(citizen) }));
    let citizen = census.citizen();
    panic_of(|| spawn_blocking(move || drop(citizen)));
    assert_eq!((census.made(), census.alive()), (2, 0));
}

#[test]
fn block_on_inside_async() {
    both_flavours(|runtime| {
        let handle = runtime.handle().clone();
        runtime.block_on(async {
            assert_panics(CANNOT_START, || handle.block_on(async {}));
            assert_panics(CANNOT_START, || current_thread().block_on(async {}));
        });
        let task = runtime.spawn(async move { panic_of(|| handle.block_on(async {})).message });
        let message = runtime.block_on(task).unwrap();
        assert!(message.starts_with(CANNOT_START));
        for way_out in [".await", "spawn_blocking", "block_in_place"] {
            assert!(message.contains(way_out), "{message:?} does not name {way_out}");
        }
    });
}

#[test]
fn a_panic_leaves_the_runtime_usable() {
    both_flavours(|runtime| {
        let panic = catch_unwind(AssertUnwindSafe(|| runtime.block_on(async { panic!("of the main future") })));
        assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "of the main future");
        let error = runtime.block_on(runtime.spawn(async { panic!("of a task") })).unwrap_err();
        assert!(error.is_panic());
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
        assert!(Handle::try_current().is_err(), "the context is left");
    });
}

/// Starts a task that waits for ever and holds a value.
fn spawn_waiting(runtime: &Runtime, census: &Census) {
    let citizen = census.citizen();
    runtime.spawn(async move {
        let _citizen = citizen;
        pending::<()>().await;
    });
}

#[test]
fn a_runtime_dropped_inside_async_ends_in_the_background() {
    both_flavours(|runtime| {
        both_flavours(|inner| {
            let census = Census::default();
            spawn_waiting(&inner, &census);
            let message = runtime.block_on(async { panic_of(|| drop(inner)).message });
            assert!(message.starts_with(CANNOT_DROP));
            assert!(message.contains("shutdown_background"), "{message:?} does not name the way out");
            wait_until(|| census.alive() == 0);
        });
    });
}

#[test]
fn shutdown_inside_async() {
    both_flavours(|runtime| {
        let census = Census::default();
        let inner = [current_thread(), multi_thread(), current_thread(), multi_thread()];
        inner.iter().for_each(|inner| spawn_waiting(inner, &census));
        let [one, two, three, four] = inner;
        runtime.block_on(async {
            one.shutdown_background();
            two.shutdown_background();
            three.shutdown_timeout(Duration::ZERO);
            assert_panics(CANNOT_DROP, || four.shutdown_timeout(Duration::from_secs(1)));
        });
        wait_until(|| census.alive() == 0);
    });
}

#[test]
fn a_drop_while_panicking_does_not_abort() {
    both_flavours(|runtime| {
        let panic = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                let _inner = multi_thread();
                panic!("the first panic");
            })
        }));
        assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "the first panic");
    });
}

#[test]
fn a_runtime_dropped_by_its_own_task() {
    let census = Census::default();
    let runtime = Arc::new(multi_thread());
    spawn_waiting(&runtime, &census);
    let (go, gone) = futures::channel::oneshot::channel();
    let own = runtime.clone();
    let task = runtime.spawn(async move {
        gone.await.unwrap();
        let own = Arc::into_inner(own).expect("the last one");
        panic_of(|| drop(own)).message
    });
    drop(runtime);
    go.send(()).unwrap();
    match wait(task) {
        Ok(message) => assert!(message.starts_with(CANNOT_DROP)),
        Err(error) => panic!("the task goes on to its end: {error}"),
    }
    wait_until(|| census.alive() == 0);
}

#[test]
fn a_runtime_shut_down_by_its_own_task() {
    let census = Census::default();
    let runtime = Arc::new(multi_thread());
    spawn_waiting(&runtime, &census);
    let (go, gone) = futures::channel::oneshot::channel();
    let own = runtime.clone();
    let task = runtime.spawn(async move {
        gone.await.unwrap();
        Arc::into_inner(own).expect("the last one").shutdown_background();
        7
    });
    drop(runtime);
    go.send(()).unwrap();
    assert_eq!(wait(task).unwrap(), 7);
    wait_until(|| census.alive() == 0);
}

#[test]
fn dropping_a_runtime_drops_every_task() {
    both_flavours(|runtime| {
        let census = Census::default();
        for _ in 0..100 {
            spawn_waiting(&runtime, &census);
        }
        runtime.block_on(async {
            for _ in 0..100 {
                let citizen = census.citizen();
                heist::spawn(async move {
                    let _citizen = citizen;
                    pending::<()>().await;
                });
            }
        });
        drop(runtime);
        assert_eq!((census.made(), census.alive()), (200, 0));
    });
}

/// Spawns when it is dropped.
struct SpawnsAtEnd(Census, mpsc::Sender<heist::task::JoinHandle<()>>);

impl Drop for SpawnsAtEnd {
    fn drop(&mut self) {
        let citizen = self.0.citizen();
        let join = heist::spawn(async move {
            let _citizen = citizen;
            pending::<()>().await;
        });
        self.1.send(join).unwrap();
    }
}

#[test]
fn a_task_that_spawns_while_it_is_dropped() {
    both_flavours(|runtime| {
        let census = Census::default();
        let (sender, receiver) = mpsc::channel();
        let at_end = SpawnsAtEnd(census.clone(), sender);
        let (started, has_started) = futures::channel::oneshot::channel();
        runtime.spawn(async move {
            let _at_end = at_end;
            started.send(()).unwrap();
            pending::<()>().await;
        });
        runtime.block_on(has_started).unwrap();
        drop(runtime);
        let join = receiver.recv().unwrap();
        assert!(wait(join).unwrap_err().is_cancelled());
        assert_eq!((census.made(), census.alive()), (1, 0));
    });
}

#[test]
fn a_panic_in_a_destructor_does_not_stop_the_shutdown() {
    struct PanicsAtEnd;
    impl Drop for PanicsAtEnd {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }
    both_flavours(|runtime| {
        let census = Census::default();
        spawn_waiting(&runtime, &census);
        let at_end = PanicsAtEnd;
        runtime.spawn(async move {
            let _at_end = at_end;
            pending::<()>().await;
        });
        spawn_waiting(&runtime, &census);
        drop(runtime);
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn a_handle_outlives_its_runtime() {
    both_flavours(|runtime| {
        let census = Census::default();
        let handle = runtime.handle().clone();
        drop(runtime);
        let citizen = census.citizen();
        let task = handle.spawn(async move { drop(citizen) });
        assert!(wait(task).unwrap_err().is_cancelled());
        let citizen = census.citizen();
        let task = handle.spawn_blocking(move || drop(citizen));
        assert!(wait(task).unwrap_err().is_cancelled());
        assert_eq!(handle.block_on(async { 7 }), 7);
        let _guard = handle.enter();
        assert!(wait(heist::spawn(async {})).unwrap_err().is_cancelled());
        assert_eq!((census.made(), census.alive()), (2, 0));
    });
}

/// Enters a runtime and spawns when it is dropped.
struct EntersAtEnd(Handle, mpsc::Sender<bool>);

impl Drop for EntersAtEnd {
    fn drop(&mut self) {
        let _guard = self.0.enter();
        let is_cancelled = wait(heist::spawn(async {})).unwrap_err().is_cancelled();
        self.1.send(is_cancelled).unwrap();
    }
}

#[test]
fn what_a_closed_runtime_refuses_may_enter_it() {
    both_flavours(|runtime| {
        let handle = runtime.handle().clone();
        drop(runtime);
        let _guard = handle.enter();
        let (sender, receiver) = mpsc::channel();
        let at_end = EntersAtEnd(handle.clone(), sender.clone());
        let task = heist::spawn(async move { drop(at_end) });
        assert!(wait(task).unwrap_err().is_cancelled());
        assert!(receiver.recv_timeout(Duration::from_secs(20)).unwrap());
        let at_end = EntersAtEnd(handle.clone(), sender);
        let closure = spawn_blocking(move || drop(at_end));
        assert!(wait(closure).unwrap_err().is_cancelled());
        assert!(receiver.recv_timeout(Duration::from_secs(20)).unwrap());
    });
}

#[test]
fn a_waker_outlives_its_runtime() {
    both_flavours(|runtime| {
        let census = Census::default();
        let wakers = Arc::new(Mutex::new(Vec::<Waker>::new()));
        let (started, has_started) = mpsc::channel();
        let (citizen, stored) = (census.citizen(), wakers.clone());
        let task = runtime.spawn(async move {
            let _citizen = citizen;
            poll_fn(|cx: &mut Context<'_>| {
                stored.lock().unwrap().push(cx.waker().clone());
                let _ = started.send(());
                Poll::<()>::Pending
            })
            .await;
        });
        runtime.block_on(async { heist::spawn(async {}).await }).unwrap();
        has_started.recv().unwrap();
        drop(runtime);
        assert_eq!(census.alive(), 0);
        let wakers = std::mem::take(&mut *wakers.lock().unwrap());
        for waker in wakers {
            waker.wake_by_ref();
            let other = waker.clone();
            other.wake();
            waker.wake();
        }
        assert!(wait(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn guards_have_to_drop_in_order() {
    let (one, other) = (current_thread(), current_thread());
    // On a thread of its own, because the order is lost with it.
    thread::scope(|scope| {
        scope.spawn(|| {
            let first = one.enter();
            let second = other.enter();
            assert_eq!(Handle::current().id(), other.handle().id());
            let panic = panic_of(|| drop(first));
            assert!(panic.message.starts_with("`EnterGuard` values dropped out of order."), "{}", panic.message);
            drop(second);
        });
    });
    let first = one.enter();
    let second = other.enter();
    drop(second);
    assert_eq!(Handle::current().id(), one.handle().id());
    drop(first);
    assert!(Handle::try_current().is_err());
}

#[test]
fn a_handle_after_abort() {
    both_flavours(|runtime| {
        let census = Census::default();
        let citizen = census.citizen();
        let task = runtime.spawn(async move {
            let _citizen = citizen;
            pending::<()>().await;
        });
        task.abort();
        let error = runtime.block_on(task).unwrap_err();
        assert!(error.is_cancelled() && !error.is_panic());
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn a_handle_polled_after_completion() {
    let runtime = current_thread();
    let mut task = pin!(runtime.spawn(async { 7 }));
    assert_eq!(runtime.block_on(task.as_mut()).unwrap(), 7);
    let panic = panic_of(|| task.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    assert!(panic.message.starts_with("JoinHandle polled after completion"), "{}", panic.message);
}

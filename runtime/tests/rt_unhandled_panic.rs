//! `UnhandledPanic`: a task's panic that ends the runtime, or the local set.

mod rt_support;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use heist::runtime::{Builder, LocalOptions, Runtime, UnhandledPanic};
use heist::task::LocalSet;
use rt_support::{assert_panics, panic_of};

const RUNTIME: &str = "a spawned task panicked and the runtime is configured to shut down on unhandled panic";
const LOCAL_SET: &str = "a spawned task panicked and the LocalSet is configured to shutdown on unhandled panic";

/// Sets a flag when dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn fragile() -> Runtime {
    Builder::new_current_thread().unhandled_panic(UnhandledPanic::ShutdownRuntime).enable_all().build().unwrap()
}

#[test]
fn a_panic_ends_the_runtime() {
    let runtime = fragile();
    let dropped = Arc::new(AtomicBool::new(false));
    let guard = Dropped(dropped.clone());
    let other = runtime.spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    });
    let panics = runtime.spawn(async { panic!("on purpose") });
    let panic = panic_of(|| runtime.block_on(pending::<()>()));
    assert!(panic.message.starts_with(RUNTIME), "{}", panic.message);
    assert!(dropped.load(Ordering::Relaxed), "the other task is still there");
    assert!(other.is_finished() && panics.is_finished());
    // It stays ended, and says so.
    let late = runtime.spawn(async {});
    assert!(late.is_finished());
    assert!(panic_of(|| runtime.block_on(async {})).message.starts_with(RUNTIME));
    // Its handles go on telling what became of the tasks.
    let fresh = Runtime::new().unwrap();
    assert!(fresh.block_on(other).unwrap_err().is_cancelled());
    assert!(fresh.block_on(panics).unwrap_err().is_panic());
}

#[test]
fn it_ends_even_if_somebody_waits_for_the_task() {
    let runtime = fragile();
    let panic = panic_of(|| {
        runtime.block_on(async {
            let _ = heist::spawn(async { panic!("on purpose") }).await;
            pending::<()>().await;
        });
    });
    assert!(panic.message.starts_with(RUNTIME), "{}", panic.message);
}

#[test]
fn closures_and_the_main_future_do_not_count() {
    let runtime = fragile();
    assert_eq!(panic_of(|| runtime.block_on(async { panic!("main") })).message, "main");
    let closure = runtime.spawn_blocking(|| panic!("on purpose"));
    assert!(runtime.block_on(closure).unwrap_err().is_panic());
    assert_eq!(runtime.block_on(async { 7 }), 7);
}

#[test]
fn by_default_a_panic_stays_with_its_task() {
    let ignoring = Builder::new_current_thread().unhandled_panic(UnhandledPanic::Ignore).build().unwrap();
    for runtime in [ignoring, Builder::new_current_thread().build().unwrap()] {
        let panics = runtime.spawn(async { panic!("on purpose") });
        assert!(runtime.block_on(panics).unwrap_err().is_panic());
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
    }
}

#[test]
fn a_local_runtime_ends_too() {
    let runtime = Builder::new_current_thread()
        .unhandled_panic(UnhandledPanic::ShutdownRuntime)
        .build_local(LocalOptions::default())
        .unwrap();
    runtime.spawn_local(async { panic!("on purpose") });
    assert!(panic_of(|| runtime.block_on(pending::<()>())).message.starts_with(RUNTIME));
}

#[test]
fn a_multi_thread_runtime_cannot() {
    Builder::new_multi_thread().unhandled_panic(UnhandledPanic::Ignore);
    assert_panics("UnhandledPanic::ShutdownRuntime is only supported in current thread runtime", || {
        Builder::new_multi_thread().unhandled_panic(UnhandledPanic::ShutdownRuntime);
    });
}

#[test]
fn a_panic_ends_the_local_set() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let mut set = LocalSet::new();
    set.unhandled_panic(UnhandledPanic::ShutdownRuntime);
    let dropped = Arc::new(AtomicBool::new(false));
    let guard = Dropped(dropped.clone());
    let other = set.spawn_local(async move {
        let _guard = guard;
        pending::<()>().await;
    });
    set.spawn_local(async { panic!("on purpose") });
    let panic = panic_of(|| set.block_on(&runtime, pending::<()>()));
    assert!(panic.message.starts_with(LOCAL_SET), "{}", panic.message);
    assert!(dropped.load(Ordering::Relaxed), "the other task is still there");
    assert!(runtime.block_on(other).unwrap_err().is_cancelled());
    assert!(panic_of(|| runtime.block_on(set)).message.starts_with(LOCAL_SET));
}

#[test]
fn by_default_a_local_set_goes_on() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let set = LocalSet::new();
    let panics = set.spawn_local(async { panic!("on purpose") });
    assert!(set.block_on(&runtime, panics).unwrap_err().is_panic());
    let works = set.spawn_local(async { 7 });
    assert_eq!(set.block_on(&runtime, works).unwrap(), 7);
}

#[heist::test(unhandled_panic = "shutdown_runtime")]
#[should_panic(expected = "a spawned task panicked and the runtime is configured")]
async fn the_macro_has_an_argument_for_it() {
    heist::spawn(async { panic!("on purpose") });
    pending::<()>().await;
}

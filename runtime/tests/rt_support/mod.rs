//! What the `rt_*` tests share.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use heist::runtime::{Builder, Runtime};

thread_local! {
    static LAST_PANIC: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// What a panic said, and in which file it says it happened.
#[derive(Debug, Clone)]
pub(crate) struct Panic {
    pub(crate) message: String,
    pub(crate) file: String,
}

/// Calls `f`, which has to panic.
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> Panic {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let message = message_of(info.payload());
            let file = info.location().map_or(String::new(), |location| location.file().to_owned());
            LAST_PANIC.with(|last| *last.borrow_mut() = Some(Panic { message, file }));
            before(info);
        }));
    });
    LAST_PANIC.with(|last| last.borrow_mut().take());
    assert!(panic::catch_unwind(AssertUnwindSafe(|| drop(f()))).is_err(), "it was expected to panic");
    LAST_PANIC.with(|last| last.borrow_mut().take()).expect("the hook saw the panic")
}

/// Calls `f`, which has to panic with a text that starts with `expected`, and blame the file of the caller.
#[track_caller]
pub(crate) fn assert_panics<R>(expected: &str, f: impl FnOnce() -> R) {
    let panic = panic_of(f);
    assert!(panic.message.starts_with(expected), "{:?} does not start with {expected:?}", panic.message);
    let caller = std::panic::Location::caller().file();
    assert_eq!(panic.file, caller, "the panic has to blame its caller: {}", panic.message);
}

/// Waits until `condition` is true.
#[track_caller]
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "the condition never came true");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Counts how many values were made and dropped.
#[derive(Clone, Default)]
pub(crate) struct Census {
    made: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

/// A value of a [`Census`].
pub(crate) struct Citizen(Census);

impl Census {
    pub(crate) fn citizen(&self) -> Citizen {
        self.made.fetch_add(1, Ordering::Relaxed);
        Citizen(self.clone())
    }

    pub(crate) fn alive(&self) -> usize {
        // Dropped first: a value made in between must not be missing from the difference.
        let dropped = self.dropped.load(Ordering::Acquire);
        self.made.load(Ordering::Acquire) - dropped
    }

    pub(crate) fn made(&self) -> usize {
        self.made.load(Ordering::Acquire)
    }
}

impl Drop for Citizen {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Release);
    }
}

/// A multi-thread runtime with two workers.
pub(crate) fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A current-thread runtime.
pub(crate) fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Calls `f` with a runtime of each flavour.
pub(crate) fn both_flavours(f: impl Fn(Runtime)) {
    f(current_thread());
    f(multi_thread());
}

/// Waits for a future on a thread that belongs to no runtime.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    futures::executor::block_on(future)
}

/// Calls `f` with what makes a runtime, for each flavour and for several numbers of workers.
pub(crate) fn every_flavour(f: impl Fn(&dyn Fn() -> Runtime)) {
    f(&current_thread);
    for workers in [1, 2, 4] {
        f(&|| Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap());
    }
}

/// What a payload says. `payload_as_str` needs a newer compiler than the one we promise.
fn message_of(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => String::new(),
    }
}

//! Test-only switches that break a protocol on purpose: a model that still passes proves nothing.
//!
//! The switch is a thread-local of std: loom runs all threads of a model on the thread that called it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

thread_local! {
    static CURRENT: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// True if the named step is to be left out.
pub fn on(name: &str) -> bool {
    CURRENT.get().is_some_and(|names| names.split(", ").any(|on| on == name))
}

/// `order`, or `Relaxed` if the named step is to be weakened.
pub fn weaken(name: &str, order: Ordering) -> Ordering {
    if on(name) { Ordering::Relaxed } else { order }
}

/// Runs `f` with the named step left out; several names are separated by `, `.
pub fn with<R>(name: &'static str, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<&'static str>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _restore = Restore(CURRENT.replace(Some(name)));
    f()
}

/// Runs a model with the named step left out and tells whether loom rejected it.
pub fn rejected(name: &'static str, model: impl FnOnce()) -> bool {
    with(name, || catch_unwind(AssertUnwindSafe(model)).is_err())
}

//! Panics of foreign code (wakers, destructors, callbacks) that must not stop the code which runs it.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `f` and swallows its panic: there is nobody to whom it could be told. The panic hook has printed its message.
pub fn quietly(f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        discard(payload);
    }
}

/// Drops what a panic left. Its destructor may panic in turn, and what that leaves is not looked at.
pub fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::panic_any;

    struct PanicsAtEnd;

    impl Drop for PanicsAtEnd {
        fn drop(&mut self) {
            panic_any(AgainAtEnd);
        }
    }

    struct AgainAtEnd;

    impl Drop for AgainAtEnd {
        fn drop(&mut self) {
            panic!("it is never dropped");
        }
    }

    #[test]
    fn nothing_gets_out() {
        quietly(|| panic!("a plain one"));
        quietly(|| panic_any(PanicsAtEnd));
        quietly(|| {});
    }
}

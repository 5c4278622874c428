//! Foreign code that may panic, such as wakers and the destructors of messages, where more is to be done after it.
//!
//! The first panic goes on once everything was done; what others left is dropped.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use heist_primitives::panic::discard;

type Payload = Box<dyn Any + Send>;

/// Calls `first` and then `second`, also if `first` panics.
pub(crate) fn both<C: ?Sized>(context: &mut C, first: impl FnOnce(&mut C), second: impl FnOnce(&mut C)) {
    let mut panic = None;
    keep_first(&mut panic, catch_unwind(AssertUnwindSafe(|| first(context))));
    keep_first(&mut panic, catch_unwind(AssertUnwindSafe(|| second(context))));
    go_on(panic);
}

/// Drops what `next` returns, one by one, until there is nothing more. A panic of `next` itself goes on at once.
pub(crate) fn drop_all<T>(mut next: impl FnMut() -> Option<T>) {
    let mut panic = None;
    while let Some(value) = next() {
        keep_first(&mut panic, catch_unwind(AssertUnwindSafe(|| drop(value))));
    }
    go_on(panic);
}

fn keep_first(panic: &mut Option<Payload>, result: Result<(), Payload>) {
    let Err(payload) = result else { return };
    match panic {
        None => *panic = Some(payload),
        Some(_) => discard(payload),
    }
}

fn go_on(panic: Option<Payload>) {
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbered(usize);

    impl Drop for Numbered {
        fn drop(&mut self) {
            assert!(self.0 % 2 == 0, "{} panics", self.0);
        }
    }

    fn text(result: Result<(), Payload>) -> String {
        *result.unwrap_err().downcast().unwrap()
    }

    #[test]
    fn everything_is_done_and_the_first_panic_goes_on() {
        let mut numbers = (0..6).map(Numbered);
        assert_eq!(text(catch_unwind(AssertUnwindSafe(|| drop_all(|| numbers.next())))), "1 panics");
        assert!(numbers.next().is_none());

        let mut calls = 0;
        let one = |calls: &mut usize| {
            *calls += 1;
            panic!("call {calls} panics");
        };
        assert_eq!(text(catch_unwind(AssertUnwindSafe(|| both(&mut calls, one, one)))), "call 1 panics");
        assert_eq!(calls, 2);
        both(&mut calls, |calls| *calls += 1, |calls| *calls += 1);
        assert_eq!(calls, 4);
    }
}

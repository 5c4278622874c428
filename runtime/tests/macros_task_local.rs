//! `heist::task_local!` and `heist::task::LocalKey`.

use std::cell::RefCell;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::executor::block_on;
use heist::task::LocalKey;

heist::task_local! {
    /// Documented.
    pub static NUMBER: u32;
    static NAME: String;
    static LOG: Rc<RefCell<Vec<String>>>;
}

heist::task_local!(static WITHOUT_SEMICOLON: u8);

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[test]
fn set_inside_the_scope_only() {
    block_on(async {
        assert!(NUMBER.try_get().is_err());
        NUMBER.scope(1, async { assert_eq!(NUMBER.get(), 1) }).await;
        assert!(NUMBER.try_get().is_err());
        assert_eq!(WITHOUT_SEMICOLON.scope(2, async { WITHOUT_SEMICOLON.get() }).await, 2);
    });
}

#[test]
fn keys_do_not_meet() {
    NUMBER.sync_scope(1, || {
        NAME.sync_scope("one".to_owned(), || {
            assert_eq!((NUMBER.get(), NAME.get().as_str()), (1, "one"));
            assert_eq!(NAME.with(String::len), 3);
        });
        assert!(NAME.try_with(|_| ()).is_err());
    });
}

#[test]
fn scopes_nest() {
    block_on(NUMBER.scope(1, async {
        NUMBER.scope(2, async { assert_eq!(NUMBER.get(), 2) }).await;
        NUMBER.sync_scope(3, || assert_eq!(NUMBER.get(), 3));
        assert_eq!(NUMBER.get(), 1);
    }));
}

#[test]
fn the_value_goes_with_the_future() {
    let mut first = Box::pin(NUMBER.scope(1, async {
        futures::pending!();
        NUMBER.get()
    }));
    let mut second = Box::pin(NUMBER.scope(2, async {
        futures::pending!();
        NUMBER.get()
    }));
    assert!(first.as_mut().poll(&mut cx()).is_pending());
    assert!(second.as_mut().poll(&mut cx()).is_pending());
    assert!(NUMBER.try_get().is_err());
    let first = std::thread::spawn(move || first.as_mut().poll(&mut cx()));
    assert_eq!(first.join().unwrap(), Poll::Ready(1));
    assert_eq!(second.as_mut().poll(&mut cx()), Poll::Ready(2));
}

/// Writes what it sees of [`NUMBER`] to [`LOG`] when dropped.
struct Witness(&'static str);

impl Drop for Witness {
    fn drop(&mut self) {
        let seen = NUMBER.try_get().ok();
        LOG.with(|log| log.borrow_mut().push(format!("{} saw {seen:?}", self.0)));
    }
}

#[test]
fn destructors_see_the_value() {
    let log = Rc::new(RefCell::new(Vec::new()));
    LOG.sync_scope(log.clone(), || {
        let witness = Witness("finished");
        block_on(NUMBER.scope(1, async move { drop(witness) }));

        let witness = Witness("unpolled");
        drop(NUMBER.scope(2, async move { drop(witness) }));

        let witness = Witness("pending");
        let mut future = Box::pin(NUMBER.scope(3, async move {
            let _witness = witness;
            pending::<()>().await;
        }));
        assert!(future.as_mut().poll(&mut cx()).is_pending());
        drop(future);
    });
    assert_eq!(*log.borrow(), ["finished saw Some(1)", "unpolled saw Some(2)", "pending saw Some(3)"]);
}

#[test]
fn the_value_can_be_taken_back() {
    let mut future = Box::pin(NUMBER.scope(1, async {}));
    assert!(future.as_mut().poll(&mut cx()).is_ready());
    assert_eq!(future.as_mut().take_value(), Some(1));
    assert_eq!(future.as_mut().take_value(), None);

    let mut early = Box::pin(NUMBER.scope(1, async { NUMBER.try_get().is_err() }));
    assert_eq!(early.as_mut().take_value(), Some(1));
    assert_eq!(early.as_mut().poll(&mut cx()), Poll::Ready(true));
}

#[test]
fn a_panic_puts_the_value_back() {
    let mut future = Box::pin(NUMBER.scope(1, async { panic!("in the future") }));
    let poll = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx())));
    assert!(poll.is_err());
    assert!(NUMBER.try_get().is_err());
    assert_eq!(future.as_mut().take_value(), Some(1));
    assert!(catch_unwind(|| NUMBER.sync_scope(2, || panic!("in the closure"))).is_err());
    assert!(NUMBER.try_get().is_err());
}

fn panic_text(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
    payload
        .downcast_ref::<&str>()
        .map(|text| text.to_string())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap()
}

#[test]
fn panics_say_why() {
    assert_eq!(
        panic_text(|| assert_eq!(NUMBER.get(), 1)),
        "cannot access a task-local storage value without setting it first"
    );
    assert_eq!(
        panic_text(|| NUMBER.sync_scope(1, || NUMBER.with(|_| NUMBER.sync_scope(2, || ())))),
        "cannot enter a task-local scope while the task-local storage is borrowed"
    );
    assert_eq!(
        panic_text(|| {
            let mut future = Box::pin(NUMBER.scope(1, async {}));
            assert!(future.as_mut().poll(&mut cx()).is_ready());
            assert!(future.as_mut().poll(&mut cx()).is_ready());
        }),
        "`TaskLocalFuture` polled after completion"
    );
}

#[test]
fn what_it_prints() {
    assert_eq!(NUMBER.try_get().unwrap_err().to_string(), "task-local value not set");
    assert_eq!(format!("{NUMBER:?}"), "LocalKey { .. }");
    assert!(format!("{:?}", NUMBER.scope(7, async {})).contains("Some(7)"));
}

#[test]
fn auto_traits() {
    fn check<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    check::<LocalKey<*const u8>>();
    check::<heist::task::futures::TaskLocalFuture<u32, std::future::Ready<()>>>();
}

//! `heist::join!` and `heist::try_join!`.

use std::cell::RefCell;
use std::future::{Future, IntoFuture, pending, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::channel::oneshot;
use futures::executor::block_on;

#[test]
fn no_futures() {
    block_on(async {
        heist::join!();
        let nothing: Result<(), u8> = heist::try_join!();
        assert_eq!(nothing, Ok(()));
        heist::join!(biased;);
    });
}

#[test]
fn outputs_in_order() {
    block_on(async {
        assert_eq!(heist::join!(async { 1 }), (1,));
        assert_eq!(heist::join!(async { 1 }, ready("two"), async { Some(3) },), (1, "two", Some(3)));
        assert_eq!(heist::join!(biased; ready(1), ready(2)), (1, 2));
        assert_eq!(heist::try_join!(async { Ok::<_, ()>(1) }, ready(Ok("two"))), Ok((1, "two")));
        assert_eq!(heist::try_join!(biased; ready(Ok::<_, ()>(1)),), Ok((1,)));
    });
}

#[test]
fn waits_for_all() {
    let (a, wait_a) = oneshot::channel();
    let (b, wait_b) = oneshot::channel();
    let mut joined = pin!(async { heist::join!(wait_a, wait_b) });
    let mut cx = Context::from_waker(Waker::noop());
    assert!(joined.as_mut().poll(&mut cx).is_pending());
    b.send(2).unwrap();
    assert!(joined.as_mut().poll(&mut cx).is_pending());
    a.send(1).unwrap();
    assert_eq!(joined.as_mut().poll(&mut cx), Poll::Ready((Ok(1), Ok(2))));
}

#[test]
fn the_first_error_ends_it() {
    let dropped = Rc::new(());
    let held = dropped.clone();
    block_on(async {
        let result: Result<((), u8), &str> = heist::try_join!(
            async move {
                let _held = held;
                pending().await
            },
            ready(Err("bad")),
        );
        assert_eq!(result, Err("bad"));
    });
    assert_eq!(Rc::strong_count(&dropped), 1);
}

#[test]
fn a_late_error_counts() {
    let (a, wait_a) = oneshot::channel::<Result<u8, u8>>();
    let (b, wait_b) = oneshot::channel::<Result<u8, u8>>();
    let mut joined = pin!(async { heist::try_join!(async { wait_a.await.unwrap() }, async { wait_b.await.unwrap() }) });
    let mut cx = Context::from_waker(Waker::noop());
    a.send(Ok(1)).unwrap();
    assert!(joined.as_mut().poll(&mut cx).is_pending());
    b.send(Err(2)).unwrap();
    assert_eq!(joined.as_mut().poll(&mut cx), Poll::Ready(Err(2)));
}

/// The order in which three futures are polled, for three polls.
fn orders(biased: bool) -> Vec<String> {
    let log = Rc::new(RefCell::new(String::new()));
    let noting = |name: char| {
        let log = log.clone();
        poll_fn(move |_| {
            log.borrow_mut().push(name);
            Poll::<()>::Pending
        })
    };
    let (a, b, c) = (noting('a'), noting('b'), noting('c'));
    let mut joined: std::pin::Pin<Box<dyn Future<Output = _>>> = match biased {
        true => Box::pin(async { heist::join!(biased; a, b, c) }),
        false => Box::pin(async { heist::join!(a, b, c) }),
    };
    let mut poll = || {
        assert!(joined.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        std::mem::take(&mut *log.borrow_mut())
    };
    (0..3).map(|_| poll()).collect()
}

#[test]
fn each_poll_begins_with_the_next_future() {
    assert_eq!(orders(false), ["abc", "bca", "cab"]);
    assert_eq!(orders(true), ["abc", "abc", "abc"]);
}

#[test]
fn futures_are_made_and_dropped_in_order() {
    struct OnDrop(Rc<RefCell<Vec<String>>>, u8);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.borrow_mut().push(format!("drop {}", self.1));
        }
    }
    let log = Rc::new(RefCell::new(Vec::new()));
    let guarded = |number| {
        log.borrow_mut().push(format!("make {number}"));
        let guard = OnDrop(log.clone(), number);
        async move {
            let _guard = &guard;
            pending::<()>().await
        }
    };
    {
        let mut joined = Box::pin(async { heist::join!(guarded(1), guarded(2), guarded(3)) });
        assert!(joined.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(*log.borrow(), ["make 1", "make 2", "make 3", "drop 1", "drop 2", "drop 3"]);
}

#[test]
fn takes_into_future() {
    struct Five;
    impl IntoFuture for Five {
        type Output = u32;
        type IntoFuture = std::future::Ready<u32>;
        fn into_future(self) -> Self::IntoFuture {
            ready(5)
        }
    }
    assert_eq!(block_on(async { heist::join!(Five, Five) }), (5, 5));
}

#[test]
fn borrows_of_the_caller_are_fine() {
    block_on(async {
        let mut numbers = vec![1, 2];
        let (first, second) = numbers.split_at_mut(1);
        heist::join!(async { first[0] += 10 }, async { second[0] += 20 });
        assert_eq!(numbers, [11, 22]);
    });
}

#[test]
fn the_future_is_send_if_the_branches_are() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let result = block_on(is_send(async { heist::try_join!(ready(Ok::<_, u8>(1)), async { Ok(2) }) }));
    assert_eq!(result, Ok((1, 2)));
}

//! Code of users that panics wherever the task core calls it.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, RawWaker, RawWakerVTable};

use super::*;
use crate::task::{JoinError, try_id};

/// Panics without a message on stderr.
fn boom() {
    panic::resume_unwind(Box::new("boom"));
}

/// A value whose destructor panics, after it has dropped what it has.
struct Boom(Option<Tracked>);

impl Boom {
    fn new(census: &Census) -> Self {
        Self(Some(census.born()))
    }
}

impl Drop for Boom {
    fn drop(&mut self) {
        self.0 = None;
        boom();
    }
}

fn result<T>(handle: JoinHandle<T>) -> Result<T, JoinError> {
    handle.join_finished()
}

/// A test with everything it needs, which checks that nothing is left.
fn check(test: impl FnOnce(&Queue, &[Place; 2], &Census)) {
    let (queue, places, census) = (Queue::default(), places(), Census::default());
    test(&queue, &places, &census);
    assert_eq!(census.alive(), 0, "something is left");
    assert_eq!(queue.cells(), 0, "a cell is left");
}

#[test]
fn in_poll() {
    check(|queue, places, census| {
        let tracked = census.born();
        let handle = queue.spawn(async move {
            let _tracked = tracked;
            boom();
        });
        queue.run_all(&places[0]);
        let error = result(handle).unwrap_err();
        assert_eq!(error.into_panic().downcast_ref(), Some(&"boom"));
    });
}

#[test]
fn in_poll_and_in_the_drop_that_follows() {
    check(|queue, places, census| {
        let value = Boom::new(census);
        let mut first = true;
        // Not an `async` block: unwinding out of one drops its locals, and a panic in that would abort.
        let handle = queue.spawn(std::future::poll_fn(move |_| {
            let _ = &value;
            if mem::take(&mut first) {
                panic::resume_unwind(Box::new("first"));
            }
            Poll::Ready(())
        }));
        queue.run_all(&places[0]);
        let error = result(handle).unwrap_err();
        assert_eq!(error.into_panic().downcast_ref(), Some(&"first"));
    });
}

#[test]
fn in_the_drop_of_a_future_that_is_ready() {
    check(|queue, places, census| {
        let (value, output) = (Boom::new(census), census.born());
        let mut output = Some(output);
        let handle = queue.spawn(std::future::poll_fn(move |_| {
            let _ = &value;
            Poll::Ready(output.take().unwrap())
        }));
        queue.run_all(&places[0]);
        assert!(result(handle).map(drop).unwrap_err().is_panic());
    });
}

#[test]
fn in_the_drop_of_a_cancelled_future() {
    check(|queue, places, census| {
        let value = Boom::new(census);
        let handle = queue.spawn(async move {
            std::future::pending::<()>().await;
            drop(value);
        });
        queue.run_all(&places[0]);
        handle.abort();
        queue.run_all(&places[1]);
        queue.shut_down(places);
        assert!(result(handle).unwrap_err().is_panic());
    });
}

#[test]
fn in_the_drop_of_an_output_nobody_wants() {
    for run_on in [0, 1] {
        check(|queue, places, census| {
            let value = Boom::new(census);
            let (runnable, handle) = queue.task(async move { value });
            let abort = handle.abort_handle();
            drop(handle);
            places[0].adopt(&runnable);
            runnable.run(&places[run_on]);
            assert!(abort.is_finished());
            queue.shut_down(places);
        });
    }
}

#[test]
fn in_the_drop_of_an_output_by_its_handle() {
    check(|queue, places, census| {
        let value = Boom::new(census);
        let handle = queue.spawn(async move { value });
        queue.run_all(&places[0]);
        drop(handle);
    });
}

/// A waker that panics when it is woken, cloned or dropped.
fn bad_waker(on: &'static BadOn) -> mem::ManuallyDrop<Waker> {
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            if what(data).clone {
                boom();
            }
            RawWaker::new(data, &VTABLE)
        },
        |data| {
            if what(data).wake {
                boom();
            }
        },
        |_| {},
        |data| {
            if what(data).drop {
                boom();
            }
        },
    );
    fn what(data: *const ()) -> &'static BadOn {
        // SAFETY: `bad_waker` made it from such a reference.
        unsafe { &*data.cast::<BadOn>() }
    }
    // SAFETY: the functions ignore reference counts, since there is nothing to count.
    mem::ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(std::ptr::from_ref(on).cast(), &VTABLE)) })
}

struct BadOn {
    clone: bool,
    wake: bool,
    drop: bool,
}

static GOOD: BadOn = BadOn { clone: false, wake: false, drop: false };
static BAD_CLONE: BadOn = BadOn { clone: true, ..GOOD };
static BAD_WAKE: BadOn = BadOn { wake: true, ..GOOD };
static BAD_DROP: BadOn = BadOn { drop: true, ..GOOD };

fn poll<T>(handle: &mut JoinHandle<T>, on: &'static BadOn) -> std::thread::Result<Poll<Result<T, JoinError>>> {
    let waker = bad_waker(on);
    panic::catch_unwind(AssertUnwindSafe(|| Pin::new(handle).poll(&mut Context::from_waker(&waker))))
}

#[test]
fn in_the_wake_of_the_join_waker() {
    for run_on in [0, 1] {
        check(|queue, places, _| {
            let (runnable, mut handle) = queue.task(async { 7 });
            assert!(poll(&mut handle, &BAD_WAKE).unwrap().is_pending());
            places[0].adopt(&runnable);
            runnable.run(&places[run_on]);
            queue.shut_down(places);
            assert_eq!(result(handle).unwrap(), 7);
        });
    }
}

#[test]
fn in_the_clone_of_the_join_waker() {
    check(|queue, places, _| {
        let mut handle = queue.spawn(async { 7 });
        assert!(poll(&mut handle, &GOOD).unwrap().is_pending());
        assert!(poll(&mut handle, &BAD_CLONE).is_err());
        queue.run_all(&places[0]);
        assert_eq!(result(handle).unwrap(), 7);
    });
}

#[test]
fn in_the_drop_of_the_join_waker() {
    check(|queue, places, _| {
        let mut handle = queue.spawn(async { 7 });
        assert!(poll(&mut handle, &BAD_DROP).unwrap().is_pending());
        // Replaced: the panic is the caller's, the handle is usable.
        assert!(poll(&mut handle, &GOOD).is_err());
        assert!(poll(&mut handle, &BAD_DROP).unwrap().is_pending());
        // Dropped: the panic has nowhere to go.
        drop(handle);
        queue.run_all(&places[0]);
    });
}

#[test]
fn polled_after_completion() {
    check(|queue, places, _| {
        let mut handle = queue.spawn(async { 7 });
        queue.run_all(&places[0]);
        assert_eq!(poll(&mut handle, &GOOD).unwrap().map(Result::unwrap), Poll::Ready(7));
        let payload = poll(&mut handle, &GOOD).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&String::from("JoinHandle polled after completion")));
    });
}

/// Says which task is current when it is dropped.
struct NotesId(Arc<Mutex<Vec<Option<Id>>>>);

impl Drop for NotesId {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(try_id());
    }
}

#[test]
fn the_task_id_is_there_in_polls_and_drops() {
    check(|queue, places, _| {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let (future, output) = (NotesId(notes.clone()), NotesId(notes.clone()));
        let ready = queue.spawn(async move {
            drop(future);
            output
        });
        let future = NotesId(notes.clone());
        let cancelled = queue.spawn(async move {
            std::future::pending::<()>().await;
            drop(future);
        });
        queue.run_all(&places[0]);
        let ids = [ready.id(), ready.id(), cancelled.id()].map(Some);
        drop(ready);
        cancelled.abort();
        queue.run_all(&places[0]);
        assert_eq!(*notes.lock().unwrap(), ids);
        assert_eq!(try_id(), None);
        assert!(result(cancelled).unwrap_err().is_cancelled());
    });
}

#[test]
fn awaiting_takes_budget() {
    check(|queue, places, _| {
        let tasks: Vec<_> = (0..200).map(|_| queue.spawn(async {})).collect();
        queue.run_all(&places[0]);
        let joiner = queue.spawn(async {
            for task in tasks {
                pin!(task).await.unwrap();
            }
        });
        let before = queue.rescheduled.load(Ordering::Relaxed);
        queue.run_all(&places[0]);
        assert_eq!(queue.rescheduled.load(Ordering::Relaxed) - before, 1, "200 joins are two polls");
        result(joiner).unwrap();
    });
}

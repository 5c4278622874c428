//! Every combination of how a task ends, when it is woken, who joins it, who aborts it and where it runs.

use std::panic;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::*;

/// How the last poll ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Outcome {
    Value,
    Panic,
}

/// What the first poll does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum WakeAt {
    /// It is the last one already.
    NotPending,
    /// It is pending, and nobody has the waker.
    Never,
    /// It wakes the task.
    InPollByRef,
    InPollByValue,
    InPollTwice,
    /// It leaves the waker behind.
    LaterByRef,
    LaterByValue,
    LaterTwice,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum JoinBy {
    WaitingFirst,
    WaitingWithAnotherWaker,
    WaitingAfterFirstPoll,
    WaitingAfterTheEnd,
    DroppedFirst,
    DroppedWhileWaiting,
    DroppedAfterTheEnd,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum AbortAt {
    Never,
    First,
    InFirstPoll,
    AfterFirstPoll,
    Twice,
    AfterTheEnd,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum RunOn {
    /// The place that adopted it at its spawn.
    Home,
    /// Another one.
    Elsewhere,
    /// The place that adopts it at its first run.
    Adopting,
    /// A place without a list.
    Nowhere,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    outcome: Outcome,
    wake: WakeAt,
    join: JoinBy,
    abort: AbortAt,
    run: RunOn,
}

/// What future and test share.
#[derive(Default)]
struct Shared {
    polls: AtomicUsize,
    left: Mutex<Option<Waker>>,
    abort: Mutex<Option<super::super::AbortHandle>>,
}

struct Scripted<const SIZE: usize> {
    case: Case,
    shared: Arc<Shared>,
    census: Census,
    _tracked: Tracked,
    _padding: [u8; SIZE],
}

impl<const SIZE: usize> Future for Scripted<SIZE> {
    type Output = Tracked;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Tracked> {
        let first = self.shared.polls.fetch_add(1, Ordering::Relaxed) == 0;
        if first && self.case.abort == AbortAt::InFirstPoll {
            self.shared.abort.lock().unwrap().as_ref().unwrap().abort();
        }
        if first && self.case.wake != WakeAt::NotPending {
            let waker = cx.waker();
            match self.case.wake {
                WakeAt::InPollByRef => waker.wake_by_ref(),
                WakeAt::InPollByValue => wake_clone(waker),
                WakeAt::InPollTwice => {
                    waker.wake_by_ref();
                    wake_clone(waker);
                }
                WakeAt::LaterByRef | WakeAt::LaterByValue | WakeAt::LaterTwice => {
                    *self.shared.left.lock().unwrap() = Some(waker.clone());
                }
                WakeAt::NotPending | WakeAt::Never => {}
            }
            return Poll::Pending;
        }
        match self.case.outcome {
            Outcome::Value => Poll::Ready(self.census.born()),
            Outcome::Panic => panic::resume_unwind(Box::new(self.census.born())),
        }
    }
}

/// A wake by value.
fn wake_clone(waker: &Waker) {
    let clone = waker.clone();
    clone.wake();
}

#[derive(Debug, PartialEq)]
enum Result {
    Value,
    Panicked,
    Cancelled,
}

impl Case {
    /// What a handle that is kept will give, and after how many polls.
    fn expected(self) -> (Result, usize) {
        let pends = self.wake != WakeAt::NotPending;
        let cancelled = match self.abort {
            AbortAt::First | AbortAt::Twice => return (Result::Cancelled, 0),
            AbortAt::InFirstPoll | AbortAt::AfterFirstPoll => pends,
            AbortAt::Never | AbortAt::AfterTheEnd => self.wake == WakeAt::Never,
        };
        if cancelled {
            return (Result::Cancelled, 1);
        }
        let result = if self.outcome == Outcome::Value { Result::Value } else { Result::Panicked };
        (result, 1 + usize::from(pends))
    }
}

impl Case {
    /// True if the first run leaves the task unfinished.
    fn waits_after_first_poll(self) -> bool {
        let aborted = matches!(self.abort, AbortAt::First | AbortAt::Twice | AbortAt::InFirstPoll);
        self.wake != WakeAt::NotPending && !aborted
    }
}

/// One task, and what the test knows about it.
struct Run {
    queue: Queue,
    places: [Place; 2],
    nowhere: Place,
    census: Census,
    flags: [Arc<Flag>; 2],
    shared: Arc<Shared>,
}

fn check<const SIZE: usize>(case: Case) {
    let census = Census::default();
    let run = Run {
        queue: Queue::default(),
        places: places(),
        nowhere: Place::nowhere(),
        flags: [Flag::new(&census), Flag::new(&census)],
        shared: Arc::default(),
        census,
    };
    let future = Scripted::<SIZE> {
        case,
        shared: run.shared.clone(),
        census: run.census.clone(),
        _tracked: run.census.born(),
        _padding: [0; SIZE],
    };
    let (runnable, handle) = run.queue.task(future);
    if matches!(case.run, RunOn::Home | RunOn::Elsewhere) {
        run.places[0].adopt(&runnable);
    }
    run.queue.runnables().push_back(runnable);
    run.go(case, handle);

    assert_eq!(run.shared.polls.load(Ordering::Relaxed), case.expected().1, "{case:?}: polls");
    let flags = run.flags.iter().map(Arc::strong_count).collect::<Vec<_>>();
    assert_eq!(flags, [1, 1], "{case:?}: a join waker is left");
    drop(run.flags);
    assert_eq!(run.census.alive(), 0, "{case:?}: something is left");
    assert_eq!(run.queue.cells(), 0, "{case:?}: a cell is left");
}

impl Run {
    fn go(&self, case: Case, handle: JoinHandle<Tracked>) {
        let mut handle = self.before_first_poll(case, handle);
        match case.run {
            RunOn::Elsewhere => self.queue.run_one(&self.places[1]),
            RunOn::Nowhere => self.queue.run_one(&self.nowhere),
            RunOn::Home | RunOn::Adopting => self.queue.run_one(&self.places[0]),
        };
        if case.join == JoinBy::WaitingAfterFirstPoll {
            self.wait(0, &mut handle);
        }
        self.after_first_poll(case);
        match case.run {
            RunOn::Elsewhere => self.queue.run_all(&self.places[1]),
            RunOn::Nowhere => self.queue.run_all(&self.nowhere),
            RunOn::Home | RunOn::Adopting => self.queue.run_all(&self.places[0]),
        }
        if case.run == RunOn::Nowhere {
            // Nobody lists it, so this stands for the shutdown of its pool.
            self.shared.abort.lock().unwrap().as_ref().unwrap().abort();
            self.queue.run_all(&self.nowhere);
        }
        self.queue.shut_down(&self.places);
        self.after_the_end(case, handle);
    }

    fn before_first_poll(&self, case: Case, handle: JoinHandle<Tracked>) -> Option<JoinHandle<Tracked>> {
        *self.shared.abort.lock().unwrap() = Some(handle.abort_handle());
        let mut handle = Some(handle);
        match case.join {
            JoinBy::WaitingFirst | JoinBy::DroppedWhileWaiting => self.wait(0, &mut handle),
            JoinBy::WaitingWithAnotherWaker => {
                self.wait(1, &mut handle);
                self.wait(0, &mut handle);
                assert_eq!(Arc::strong_count(&self.flags[1]), 1, "the replaced waker is still there");
            }
            JoinBy::DroppedFirst => handle = None,
            _ => {}
        }
        if case.join == JoinBy::DroppedWhileWaiting {
            handle = None;
            assert_eq!(Arc::strong_count(&self.flags[0]), 1, "the waker of a dropped handle is still there");
        }
        match case.abort {
            AbortAt::First => self.abort(),
            AbortAt::Twice => {
                self.abort();
                self.abort();
            }
            _ => {}
        }
        handle
    }

    fn after_first_poll(&self, case: Case) {
        let left = self.shared.left.lock().unwrap().take();
        if let Some(waker) = left {
            match case.wake {
                WakeAt::LaterByRef => waker.wake_by_ref(),
                WakeAt::LaterTwice => {
                    waker.wake_by_ref();
                    waker.wake();
                }
                _ => waker.wake(),
            }
        }
        if case.abort == AbortAt::AfterFirstPoll {
            self.abort();
        }
    }

    fn after_the_end(&self, case: Case, mut handle: Option<JoinHandle<Tracked>>) {
        let abort = self.shared.abort.lock().unwrap().take().unwrap();
        assert!(abort.is_finished(), "{case:?}");
        if case.abort == AbortAt::AfterTheEnd {
            abort.abort();
            assert!(self.queue.runnables().is_empty(), "{case:?}");
        }
        let waited = match case.join {
            JoinBy::WaitingFirst | JoinBy::WaitingWithAnotherWaker => true,
            JoinBy::WaitingAfterFirstPoll => case.waits_after_first_poll(),
            _ => false,
        };
        assert_eq!(self.flags[0].woken(), usize::from(waited), "{case:?}: wakes of the join waker");
        assert_eq!(self.flags[1].woken(), 0, "{case:?}: a replaced waker was woken");
        if case.join == JoinBy::DroppedAfterTheEnd {
            handle = None;
        }
        let Some(mut handle) = handle else { return };
        let waker = waker(&self.flags[0]);
        let Poll::Ready(result) = Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)) else {
            panic!("{case:?}: finished, but pending")
        };
        let result = match result {
            Ok(_) => Result::Value,
            Err(error) if error.is_panic() => Result::Panicked,
            Err(_) => Result::Cancelled,
        };
        assert_eq!(result, case.expected().0, "{case:?}");
    }

    fn abort(&self) {
        self.shared.abort.lock().unwrap().as_ref().unwrap().abort();
    }

    /// Registers a waker with the handle; does not take the output if there is one.
    fn wait(&self, flag: usize, handle: &mut Option<JoinHandle<Tracked>>) {
        let waker = waker(&self.flags[flag]);
        handle.as_mut().unwrap().try_set_join_waker(&waker);
    }
}

#[test]
fn product() {
    use {AbortAt::*, JoinBy::*, WakeAt::*};
    for outcome in [Outcome::Value, Outcome::Panic] {
        for wake in
            [NotPending, WakeAt::Never, InPollByRef, InPollByValue, InPollTwice, LaterByRef, LaterByValue, LaterTwice]
        {
            for join in [
                WaitingFirst,
                WaitingWithAnotherWaker,
                WaitingAfterFirstPoll,
                WaitingAfterTheEnd,
                DroppedFirst,
                DroppedWhileWaiting,
                DroppedAfterTheEnd,
            ] {
                for abort in [AbortAt::Never, First, InFirstPoll, AfterFirstPoll, Twice, AbortAt::AfterTheEnd] {
                    for run in [RunOn::Home, RunOn::Elsewhere, RunOn::Adopting, RunOn::Nowhere] {
                        let case = Case { outcome, wake, join, abort, run };
                        check::<0>(case);
                        check::<2000>(case);
                    }
                }
            }
        }
    }
}

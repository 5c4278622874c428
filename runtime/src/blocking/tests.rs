//! The pool without a running scheduler.

use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Weak};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;

use super::Pool;
use crate::runtime::config::Config;
use crate::runtime::{Builder, Handle, Runtime};
use crate::scheduler;
use crate::scheduler::threads::fail_next;
use crate::task::{AbortHandle, JoinHandle};

/// Threads that stay, so that a test sees no more of them than it starts.
const LONG: Duration = Duration::from_secs(3600);

/// A pool, and the handle of the runtime that it belongs to as far as its threads care.
struct Fixture {
    pool: Pool,
    handle: scheduler::Handle,
    _runtime: Runtime,
}

impl Fixture {
    fn new(threads: usize, keep_alive: Duration) -> Self {
        Self::with(threads, keep_alive, |_| {})
    }

    fn with(threads: usize, keep_alive: Duration, change: impl FnOnce(&mut Config)) -> Self {
        let runtime = Builder::new_current_thread().build().unwrap();
        let handle = runtime.handle().inner.clone();
        let mut config = handle.config().clone();
        config.max_blocking_threads = threads;
        config.thread_keep_alive = keep_alive;
        change(&mut config);
        Self { pool: Pool::new(config), handle, _runtime: runtime }
    }

    fn spawn<R: Send + 'static>(&self, f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
        self.pool.spawn(f, &self.handle, Location::caller())
    }

    /// Occupies a thread until the guard drops.
    fn occupy(&self) -> Occupied {
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = mpsc::channel();
        let join = self.spawn(move || {
            started.send(()).unwrap();
            let _ = released.recv();
        });
        has_started.recv().unwrap();
        Occupied { release: Some(release), join: Some(join) }
    }

    fn end(&self) {
        self.pool.close();
        assert!(self.pool.wait_for_end(None));
        let counts = self.pool.counts();
        assert_eq!((counts.threads, counts.idle, counts.queued), (0, 0, 0));
    }
}

struct Occupied {
    release: Option<mpsc::Sender<()>>,
    join: Option<JoinHandle<()>>,
}

impl Occupied {
    fn release(mut self) {
        self.release.take();
        block_on(self.join.take().unwrap()).unwrap();
    }
}

/// Counts its drops.
#[derive(Clone)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn counted() -> (Counted, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    (Counted(count.clone()), count)
}

fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "the condition never came true");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Closures that wait for each other, so that each needs a thread.
fn meet(fixture: &Fixture, count: usize) {
    let barrier = Arc::new(Barrier::new(count));
    let closures: Vec<_> = (0..count)
        .map(|_| {
            let barrier = barrier.clone();
            fixture.spawn(move || barrier.wait().is_leader())
        })
        .collect();
    for closure in closures {
        block_on(closure).unwrap();
    }
}

#[test]
fn each_closure_has_a_thread_whether_threads_sleep_or_not() {
    let fixture = Fixture::new(20, LONG);
    // With no threads, with threads enough, and with too few; asleep, and on their way to it.
    for count in [8, 8, 12, 3, 20, 20] {
        meet(&fixture, count);
        meet(&fixture, count);
        wait_until(|| fixture.pool.counts().idle == fixture.pool.counts().threads);
    }
    assert_eq!(fixture.pool.counts().threads, 20);
    fixture.end();
}

#[test]
fn each_closure_has_a_thread_while_threads_end() {
    let fixture = Fixture::new(8, Duration::ZERO);
    for _ in 0..50 {
        meet(&fixture, 8);
        meet(&fixture, 3);
    }
    fixture.end();
}

#[test]
fn results_and_panics_reach_the_handle() {
    let fixture = Fixture::new(4, LONG);
    assert_eq!(block_on(fixture.spawn(|| 7)).unwrap(), 7);
    let error = block_on(fixture.spawn(|| panic!("of a closure"))).unwrap_err();
    assert_eq!(*error.into_panic().downcast::<&str>().unwrap(), "of a closure");
    assert_eq!(block_on(fixture.spawn(|| 8)).unwrap(), 8, "the thread survives");
    fixture.end();
}

#[test]
fn closures_run_inside_the_runtime() {
    let fixture = Fixture::new(1, LONG);
    let id = block_on(fixture.spawn(|| Handle::current().id())).unwrap();
    assert_eq!(id, fixture.handle.id());
    assert_eq!(block_on(fixture.spawn(|| Handle::current().block_on(async { 7 }))).unwrap(), 7);
    fixture.end();
}

#[test]
fn stampede_within_the_limit() {
    let fixture = Arc::new(Fixture::new(3, LONG));
    let running = Arc::new(AtomicUsize::new(0));
    let submitters: Vec<_> = (0..4)
        .map(|_| {
            let (fixture, running) = (fixture.clone(), running.clone());
            thread::spawn(move || {
                let spawn = |number: usize| {
                    let running = running.clone();
                    fixture.spawn(move || {
                        assert!(running.fetch_add(1, Ordering::Relaxed) < 3);
                        thread::yield_now();
                        running.fetch_sub(1, Ordering::Relaxed);
                        number
                    })
                };
                let joins: Vec<_> = (0..200).map(spawn).collect();
                for (number, join) in joins.into_iter().enumerate() {
                    assert_eq!(block_on(join).unwrap(), number);
                }
            })
        })
        .collect();
    for submitter in submitters {
        submitter.join().unwrap();
    }
    assert!(fixture.pool.counts().threads <= 3);
    fixture.end();
}

#[test]
fn threads_start_until_all_closures_run() {
    let fixture = Fixture::new(4, LONG);
    let barrier = Arc::new(Barrier::new(4));
    let joins: Vec<_> = (0..4)
        .map(|_| {
            let barrier = barrier.clone();
            fixture.spawn(move || barrier.wait().is_leader())
        })
        .collect();
    for join in joins {
        block_on(join).unwrap();
    }
    assert_eq!(fixture.pool.counts().threads, 4);
    fixture.end();
}

#[test]
fn idle_threads_are_used_again() {
    let fixture = Fixture::new(4, LONG);
    for _ in 0..20 {
        fixture.occupy().release();
        wait_until(|| fixture.pool.counts().idle == 1);
    }
    assert_eq!(fixture.pool.counts().threads, 1);
    fixture.end();
}

#[test]
fn idle_threads_end_and_start_again() {
    let fixture = Fixture::new(4, Duration::from_millis(1));
    for round in 0..3 {
        assert_eq!(block_on(fixture.spawn(move || round)).unwrap(), round);
        wait_until(|| fixture.pool.counts().threads == 0);
    }
    fixture.end();
}

#[test]
fn a_keep_alive_of_zero_loses_nothing() {
    let fixture = Fixture::new(2, Duration::ZERO);
    for number in 0..500 {
        assert_eq!(block_on(fixture.spawn(move || number)).unwrap(), number);
    }
    fixture.end();
}

#[test]
fn threads_are_named_and_announced() {
    let (started, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let fixture = Fixture::with(1, LONG, |config| {
        let (started, stopped) = (started.clone(), stopped.clone());
        config.thread_name = Arc::new(|| "blocker".into());
        config.on_thread_start = Some(Arc::new(move || {
            started.fetch_add(1, Ordering::Relaxed);
        }));
        config.on_thread_stop = Some(Arc::new(move || {
            stopped.fetch_add(1, Ordering::Relaxed);
            panic!("a panic of a callback does not matter");
        }));
    });
    let name = block_on(fixture.spawn(|| thread::current().name().map(str::to_owned))).unwrap();
    assert_eq!(name.as_deref(), Some("blocker"));
    assert_eq!((started.load(Ordering::Relaxed), stopped.load(Ordering::Relaxed)), (1, 0));
    fixture.end();
    assert_eq!((started.load(Ordering::Relaxed), stopped.load(Ordering::Relaxed)), (1, 1));
}

#[test]
fn no_thread_at_all_is_the_callers_problem() {
    let fixture = Fixture::new(4, LONG);
    let (payload, dropped) = counted();
    fail_next(1);
    let panic = catch_unwind(AssertUnwindSafe(|| fixture.spawn(move || drop(payload)))).unwrap_err();
    assert_eq!(*panic.downcast::<String>().unwrap(), "OS can't spawn worker thread: injected failure");
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    assert_eq!(fixture.pool.counts().queued, 0);
    assert_eq!(block_on(fixture.spawn(|| 7)).unwrap(), 7, "the next thread starts");
    fixture.end();
}

#[test]
fn a_name_that_panics_is_the_callers_problem() {
    let fixture = Fixture::with(4, LONG, |config| config.thread_name = Arc::new(|| panic!("no name")));
    let panic = catch_unwind(AssertUnwindSafe(|| fixture.spawn(|| ()))).unwrap_err();
    assert!(panic.downcast::<String>().unwrap().contains("thread_name_fn"));
    fixture.end();
}

#[test]
fn a_missing_thread_does_not_matter_beside_others() {
    let fixture = Fixture::new(4, LONG);
    let occupied = fixture.occupy();
    fail_next(1);
    let join = fixture.spawn(|| 7);
    assert_eq!(fixture.pool.counts().queued, 1);
    occupied.release();
    assert_eq!(block_on(join).unwrap(), 7);
    fixture.end();
}

#[test]
fn close_cancels_what_has_not_started() {
    let fixture = Fixture::new(1, LONG);
    let occupied = fixture.occupy();
    let (payload, dropped) = counted();
    let ran = Arc::new(AtomicUsize::new(0));
    let queued: Vec<_> = (0..5)
        .map(|_| {
            let (payload, ran) = (payload.clone(), ran.clone());
            fixture.spawn(move || {
                ran.fetch_add(1, Ordering::Relaxed);
                drop(payload);
            })
        })
        .collect();
    fixture.pool.close();
    assert_eq!(dropped.load(Ordering::Relaxed), 5);
    for join in queued {
        assert!(block_on(join).unwrap_err().is_cancelled());
    }
    assert!(block_on(fixture.spawn(|| ())).unwrap_err().is_cancelled(), "a closed pool takes nothing");
    assert!(!fixture.pool.wait_for_end(Some(Instant::now())));
    occupied.release();
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    fixture.end();
}

#[test]
fn close_leaves_what_is_mandatory() {
    let fixture = Fixture::new(1, LONG);
    let occupied = fixture.occupy();
    let ran = Arc::new(AtomicUsize::new(0));
    let count = |ran: &Arc<AtomicUsize>| {
        let ran = ran.clone();
        move || ran.fetch_add(1, Ordering::Relaxed)
    };
    let ordinary = fixture.spawn(count(&ran));
    let mandatory: Vec<_> = (0..5)
        .map(|_| fixture.pool.spawn_mandatory(count(&ran), &fixture.handle, Location::caller()).unwrap())
        .collect();
    fixture.pool.close();
    assert_eq!(fixture.pool.counts().queued, 5);
    assert!(block_on(ordinary).unwrap_err().is_cancelled());
    occupied.release();
    fixture.end();
    assert_eq!(ran.load(Ordering::Relaxed), 5);
    for (number, join) in mandatory.into_iter().enumerate() {
        assert_eq!(block_on(join).unwrap(), number);
    }
    let refused = fixture.pool.spawn_mandatory(count(&ran), &fixture.handle, Location::caller());
    assert!(refused.unwrap_err().to_string().contains("shutting down"));
}

#[test]
fn a_mandatory_closure_without_a_thread_is_an_error() {
    let fixture = Fixture::new(4, LONG);
    let (payload, dropped) = counted();
    fail_next(1);
    let result = fixture.pool.spawn_mandatory(move || drop(payload), &fixture.handle, Location::caller());
    assert_eq!(result.unwrap_err().to_string(), "injected failure");
    assert_eq!((dropped.load(Ordering::Relaxed), fixture.pool.counts().queued), (1, 0));
    fixture.end();
}

#[test]
fn an_aborted_closure_leaves_the_queue_at_once() {
    let fixture = Fixture::new(1, LONG);
    let occupied = fixture.occupy();
    let (payload, dropped) = counted();
    let joins: Vec<_> = (0..5)
        .map(|number| {
            let payload = payload.clone();
            fixture.spawn(move || {
                drop(payload);
                number
            })
        })
        .collect();
    for number in [0, 4, 2] {
        joins[number].abort();
        joins[number].abort();
    }
    assert_eq!(dropped.load(Ordering::Relaxed), 3);
    assert_eq!(fixture.pool.counts().queued, 2);
    occupied.release();
    for (number, join) in joins.into_iter().enumerate() {
        let result = block_on(join);
        if number % 2 == 0 {
            assert!(result.unwrap_err().is_cancelled());
        } else {
            assert_eq!(result.unwrap(), number);
        }
    }
    fixture.end();
}

#[test]
fn a_started_closure_cannot_be_aborted() {
    let fixture = Fixture::new(1, LONG);
    let occupied = fixture.occupy();
    occupied.join.as_ref().unwrap().abort();
    occupied.release();
    fixture.end();
}

#[test]
fn aborts_race_with_the_threads() {
    let fixture = Fixture::new(2, LONG);
    let (payload, dropped) = counted();
    let ran = Arc::new(AtomicUsize::new(0));
    let joins: Vec<_> = (0..500)
        .map(|_| {
            let (payload, ran) = (payload.clone(), ran.clone());
            fixture.spawn(move || {
                ran.fetch_add(1, Ordering::Relaxed);
                drop(payload);
            })
        })
        .collect();
    joins.iter().rev().for_each(JoinHandle::abort);
    let finished = joins.into_iter().map(block_on).filter(Result::is_ok).count();
    assert_eq!(finished, ran.load(Ordering::Relaxed));
    assert_eq!(dropped.load(Ordering::Relaxed), 500);
    fixture.end();
}

#[test]
fn an_abort_handle_may_outlive_the_pool() {
    let fixture = Fixture::new(1, LONG);
    let join = fixture.spawn(|| ());
    let abort: AbortHandle = join.abort_handle();
    block_on(join).unwrap();
    fixture.end();
    let pool: Weak<_> = fixture.pool.downgrade();
    drop(fixture);
    abort.abort();
    assert!(abort.is_finished());
    drop(abort);
    assert!(pool.upgrade().is_none(), "the last cell frees the pool");
}

#[test]
fn a_thread_of_the_pool_does_not_wait_for_itself() {
    let fixture = Fixture::new(2, LONG);
    let pool = fixture.pool.clone();
    let join = fixture.spawn(move || {
        pool.close();
        pool.wait_for_end(None)
    });
    assert!(block_on(join).unwrap());
    fixture.end();
}

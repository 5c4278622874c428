//! Models of a source's readiness: events against tasks that poll, clear, replace their waker and give up.
//!
//! Each model runs as it is, and once with a step of the protocol left out, which loom has to notice.

use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use heist_io_driver::source::{Direction, ListPlace, Source};
use heist_io_driver::{Interest, Ready};
use heist_primitives::WakeBatch;
use heist_primitives::atomic::{AtomicBool, AtomicUsize, Ordering};
use heist_primitives::sync::Arc;
use heist_primitives::{model, mutation, thread};

const PREEMPTIONS: usize = 3;
const ROUNDS: usize = 2000;

/// A task as far as the source sees it: how often it was woken.
struct Task(AtomicUsize);

impl Task {
    fn new() -> (StdArc<Task>, Waker) {
        let task = StdArc::new(Task(AtomicUsize::new(0)));
        (task.clone(), task.into())
    }

    fn was_woken(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }
}

impl Wake for Task {
    fn wake(self: StdArc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn event(source: &Source, ready: Ready) {
    let mut wakers = WakeBatch::new();
    source.event_arrived(ready, &mut wakers);
    wakers.wake_all();
}

fn poll(source: &Source, waker: &Waker, direction: Direction) -> bool {
    source.poll_ready(&mut Context::from_waker(waker), direction).is_ready()
}

/// Polls a place on the list. True if ready.
fn poll_listed(source: &Source, waker: &Waker, place: &mut ListPlace) -> bool {
    source.poll_listed(&mut Context::from_waker(waker), Interest::READABLE, place).is_ready()
}

fn check(run: fn()) {
    model(PREEMPTIONS, ROUNDS, run);
}

fn event_against_poll() {
    let source = Arc::new(Source::new(Ready::EMPTY));
    let driver = thread::spawn({
        let source = source.clone();
        move || event(&source, Ready::READABLE)
    });
    let (task, waker) = Task::new();
    let ready = poll(&source, &waker, Direction::Read);
    driver.join().unwrap();
    assert!(ready || task.was_woken());
}

#[test]
fn an_event_meets_a_poll() {
    check(event_against_poll);
    assert!(mutation::rejected("readiness: wait without a second look", || check(event_against_poll)));
}

fn event_against_listed_poll() {
    let source = Arc::new(Source::new(Ready::EMPTY));
    let driver = thread::spawn({
        let source = source.clone();
        move || event(&source, Ready::READABLE)
    });
    let (task, waker) = Task::new();
    let mut place = ListPlace::default();
    let ready = poll_listed(&source, &waker, &mut place);
    driver.join().unwrap();
    assert!(ready || task.was_woken());
    source.leave_list(&mut place);
}

#[test]
fn an_event_meets_a_poll_on_the_list() {
    check(event_against_listed_poll);
    assert!(mutation::rejected("readiness: wait without a second look", || check(event_against_listed_poll)));
}

/// The task reads until it would wait. The driver's event is for data that the task may have missed.
fn event_against_clear() {
    let source = Arc::new(Source::new(Ready::READABLE));
    let data = Arc::new(AtomicBool::new(false));
    let driver = thread::spawn({
        let (source, data) = (source.clone(), data.clone());
        move || {
            data.store(true, Ordering::Release);
            event(&source, Ready::READABLE);
        }
    });
    let (task, waker) = Task::new();
    let mut has_read = false;
    while let Poll::Ready(ready) = source.poll_ready(&mut Context::from_waker(&waker), Direction::Read) {
        has_read = data.load(Ordering::Acquire);
        if has_read {
            break;
        }
        source.clear(ready);
    }
    driver.join().unwrap();
    assert!(has_read || task.was_woken());
}

#[test]
fn an_event_meets_a_clear() {
    check(event_against_clear);
    assert!(mutation::rejected("readiness: clear ignores the tick", || check(event_against_clear)));
    assert!(mutation::rejected("readiness: event without Release", || check(event_against_clear)));
}

fn event_against_replacement() {
    let source = Arc::new(Source::new(Ready::EMPTY));
    let driver = thread::spawn({
        let source = source.clone();
        move || event(&source, Ready::READABLE)
    });
    let (_, first) = Task::new();
    let (task, second) = Task::new();
    poll(&source, &first, Direction::Read);
    let ready = poll(&source, &second, Direction::Read);
    driver.join().unwrap();
    assert!(ready || task.was_woken());
}

#[test]
fn an_event_meets_a_replaced_waker() {
    check(event_against_replacement);
    assert!(mutation::rejected("readiness: the first waker stays", || check(event_against_replacement)));
}

fn two_directions() {
    let source = Arc::new(Source::new(Ready::EMPTY));
    let driver = thread::spawn({
        let source = source.clone();
        move || {
            event(&source, Ready::READABLE);
            event(&source, Ready::WRITABLE);
        }
    });
    let writer = thread::spawn({
        let source = source.clone();
        move || {
            let (task, waker) = Task::new();
            (poll(&source, &waker, Direction::Write), task)
        }
    });
    let (reader, waker) = Task::new();
    let read_ready = poll(&source, &waker, Direction::Read);
    driver.join().unwrap();
    let (write_ready, writer) = writer.join().unwrap();
    assert!(read_ready || reader.was_woken());
    assert!(write_ready || writer.was_woken());
}

#[test]
fn events_of_both_directions() {
    check(two_directions);
    assert!(mutation::rejected("readiness: event clears both directions", || check(two_directions)));
}

fn shutdown_against_poll() {
    let source = Arc::new(Source::new(Ready::EMPTY));
    let runtime = thread::spawn({
        let source = source.clone();
        move || {
            let mut wakers = WakeBatch::new();
            source.shut_down(&mut wakers);
            wakers.wake_all();
        }
    });
    let (task, waker) = Task::new();
    let (listed, listed_waker) = Task::new();
    let mut place = ListPlace::default();
    let ready = poll(&source, &waker, Direction::Read);
    let listed_ready = poll_listed(&source, &listed_waker, &mut place);
    runtime.join().unwrap();
    assert!(ready || task.was_woken());
    assert!(listed_ready || listed.was_woken());
    source.leave_list(&mut place);
}

#[test]
fn a_shutdown_meets_a_poll() {
    check(shutdown_against_poll);
    assert!(mutation::rejected("readiness: shutdown takes the wakers first", || check(shutdown_against_poll)));
}

/// The event and the shutdown come from different threads; neither may hide the other's waiter.
fn shutdown_against_event() {
    let source = Arc::new(Source::new(Ready::EMPTY));
    let (reader, read_waker) = Task::new();
    let (writer, write_waker) = Task::new();
    assert!(!poll(&source, &read_waker, Direction::Read));
    assert!(!poll(&source, &write_waker, Direction::Write));
    let driver = thread::spawn({
        let source = source.clone();
        move || event(&source, Ready::READABLE)
    });
    let mut wakers = WakeBatch::new();
    source.shut_down(&mut wakers);
    wakers.wake_all();
    driver.join().unwrap();
    assert!(reader.was_woken() && writer.was_woken());
}

#[test]
fn a_shutdown_meets_an_event() {
    check(shutdown_against_event);
}

/// The first waiter leaves the list while an event takes it off and another waiter gets its place.
fn drop_against_event() {
    let source = Arc::new(Source::new(Ready::EMPTY));
    let (_, first) = Task::new();
    let mut place = ListPlace::default();
    assert!(!poll_listed(&source, &first, &mut place));
    let driver = thread::spawn({
        let source = source.clone();
        move || event(&source, Ready::READABLE)
    });
    let other = thread::spawn({
        let source = source.clone();
        move || {
            source.clear(source.ready_event(Interest::READABLE));
            let (task, waker) = Task::new();
            let mut place = ListPlace::default();
            (poll_listed(&source, &waker, &mut place), task, place)
        }
    });
    source.leave_list(&mut place);
    driver.join().unwrap();
    let (ready, task, mut place) = other.join().unwrap();
    event(&source, Ready::READABLE);
    assert!(ready || task.was_woken());
    source.leave_list(&mut place);
}

#[test]
fn an_event_meets_the_drop_of_a_waiter() {
    check(drop_against_event);
    assert!(mutation::rejected("readiness: a waiter leaves by its key", || check(drop_against_event)));
}

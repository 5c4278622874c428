//! The time driver without a scheduler: the test advances the clock and fires.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use super::*;

const MS: u64 = 1_000_000;

/// The wheel that is no worker's, of two.
const FOREIGN: usize = NO_WORKER;

/// A driver with one worker and a paused clock, which notes what it was told and fires when the clock is advanced.
struct Fixture {
    driver: TimeDriver,
    kicks: StdArc<Kicks>,
}

#[derive(Default)]
struct Kicks(Mutex<Vec<u64>>);

impl Kick for Kicks {
    fn deadline_inserted(&self, deadline_ns: u64) {
        self.0.lock().unwrap().push(deadline_ns);
    }
}

impl Fixture {
    fn new() -> Self {
        let driver = TimeDriver::new(1, 0, StdArc::new(Clock::new(true)));
        let kicks = StdArc::new(Kicks::default());
        let weak: Weak<Kicks> = StdArc::downgrade(&kicks);
        driver.set_kick(weak);
        Self { driver, kicks }
    }

    fn clock(&self) -> &Clock {
        &self.driver.common.clock
    }

    fn at(&self, ns: u64) -> Instant {
        let origin = self.clock().now() - Duration::from_nanos(self.clock().now_ns());
        origin + Duration::from_nanos(ns)
    }

    fn alarm(&self, ns: u64) -> Pin<Box<Alarm>> {
        Box::pin(Alarm::new(self.driver.wheel(FOREIGN), self.at(ns)))
    }

    fn advance_to(&self, ns: u64) {
        let by = ns - self.clock().now_ns();
        assert!(self.clock().advance(Duration::from_nanos(by)));
        self.fire();
    }

    fn fire(&self) {
        let mut wakes = WakeBatch::new();
        self.driver.fire_all(self.clock().now_ns(), &mut wakes);
        wakes.wake_all();
    }

    fn kicks(&self) -> Vec<u64> {
        std::mem::take(&mut self.kicks.0.lock().unwrap())
    }
}

/// A task that polls alarms and counts its wakes.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: StdArc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Task {
    fn new() -> StdArc<Self> {
        StdArc::default()
    }

    fn polls(self: &StdArc<Self>, alarm: &mut Pin<Box<Alarm>>) -> Poll<()> {
        let waker = Waker::from(self.clone());
        alarm.as_mut().poll_elapsed(&mut Context::from_waker(&waker))
    }

    fn wakes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn deadlines_go_up_by_little() {
    let real = Clock::new(false);
    for (wait, latest) in [
        (1, FINEST),
        (MS / 10, FINEST),
        (8 * MS, FINEST),
        (FINEST * PART, FINEST),
        (2 * FINEST * PART, 2 * FINEST),
        (100 * MS, 100 * MS / PART),
        (100_000 * MS, COARSEST),
    ] {
        for now in [0, 7, 5 * MS, 3 * COARSEST] {
            let deadline = now + wait;
            let due = rounded_up(&real, now, deadline);
            assert!(due >= deadline && due - deadline < latest && due % FINEST == 0, "{deadline} became {due}");
        }
    }
    assert_eq!(rounded_up(&real, 0, FINEST), FINEST);
    // What waits about equally long shares its wake-ups, the more the longer: 131 µs of 100 ms, and 1 ms of 100 s.
    assert_eq!(rounded_up(&real, 0, 100 * MS + 1) % (1 << 17), 0);
    assert_eq!(rounded_up(&real, 0, 100_000 * MS) % COARSEST, 0);
    assert_eq!(rounded_up(&real, 0, u64::MAX), NEVER);
    assert_eq!(rounded_up(&Clock::new(true), 0, 11 * MS + 1), 11 * MS + 1);
}

#[test]
fn an_alarm_wakes_its_task_at_the_deadline() {
    let fixture = Fixture::new();
    let task = Task::new();
    let mut alarm = fixture.alarm(5 * MS + 1);
    assert!(task.polls(&mut alarm).is_pending());
    assert!(task.polls(&mut alarm).is_pending());
    assert_eq!(fixture.driver.earliest(), 5 * MS + 1);
    assert_eq!(fixture.driver.next_deadline(shard_of(0)), NEVER);
    fixture.advance_to(5 * MS);
    assert_eq!(task.wakes(), 0);
    assert!(!alarm.is_elapsed());
    assert!(fixture.clock().auto_advance_to(fixture.driver.earliest()));
    fixture.fire();
    assert_eq!(task.wakes(), 1);
    assert!(alarm.is_elapsed());
    assert!(task.polls(&mut alarm).is_ready());
    assert!(task.polls(&mut alarm).is_ready());
    assert_eq!(fixture.driver.earliest(), NEVER);
}

#[test]
fn a_deadline_in_the_past_needs_no_wheel() {
    let fixture = Fixture::new();
    fixture.advance_to(MS);
    let task = Task::new();
    for ns in [0, MS] {
        let mut alarm = fixture.alarm(ns);
        assert!(task.polls(&mut alarm).is_ready());
        assert!(alarm.is_elapsed());
    }
    assert_eq!(fixture.kicks(), []);
}

#[test]
fn centuries_ahead() {
    let fixture = Fixture::new();
    let task = Task::new();
    let century = 100 * 365 * 86_400_000 * MS;
    let mut alarm = fixture.alarm(5 * century);
    assert!(task.polls(&mut alarm).is_pending());
    fixture.advance_to(4 * century);
    assert!(task.polls(&mut alarm).is_pending());
    fixture.advance_to(5 * century);
    assert!(task.polls(&mut alarm).is_ready());
    assert_eq!(task.wakes(), 1);
}

#[test]
fn only_earlier_deadlines_are_told() {
    let fixture = Fixture::new();
    let task = Task::new();
    let mut alarms: Vec<_> = [20, 30, 10, 40].map(|ms| fixture.alarm(ms * MS)).into();
    for alarm in &mut alarms {
        assert!(task.polls(alarm).is_pending());
    }
    assert_eq!(fixture.kicks(), [20 * MS, 10 * MS]);
    alarms[3].as_mut().reset(fixture.at(5 * MS));
    alarms[2].as_mut().reset(fixture.at(50 * MS));
    assert_eq!(fixture.kicks(), [5 * MS]);
}

#[test]
fn a_reset_alarm_wakes_without_being_polled() {
    let fixture = Fixture::new();
    let task = Task::new();
    let mut alarm = fixture.alarm(10 * MS);
    assert!(task.polls(&mut alarm).is_pending());
    alarm.as_mut().reset(fixture.at(20 * MS));
    fixture.advance_to(10 * MS);
    assert_eq!(task.wakes(), 0);
    alarm.as_mut().reset(fixture.at(15 * MS));
    fixture.advance_to(15 * MS);
    assert_eq!(task.wakes(), 1);
    assert!(task.polls(&mut alarm).is_ready());
}

#[test]
fn an_alarm_can_be_reset_in_every_state() {
    let fixture = Fixture::new();
    let task = Task::new();
    let mut alarm = fixture.alarm(10 * MS);
    alarm.as_mut().reset(fixture.at(20 * MS));
    assert!(task.polls(&mut alarm).is_pending());
    fixture.advance_to(20 * MS);
    assert!(task.polls(&mut alarm).is_ready());
    alarm.as_mut().reset(fixture.at(30 * MS));
    assert!(!alarm.is_elapsed());
    assert!(task.polls(&mut alarm).is_pending());
    alarm.as_mut().reset(fixture.at(0));
    assert!(task.polls(&mut alarm).is_ready());
    assert_eq!(fixture.driver.earliest(), NEVER);
}

#[test]
fn the_last_task_to_poll_is_woken() {
    let fixture = Fixture::new();
    let (first, second) = (Task::new(), Task::new());
    let mut alarm = fixture.alarm(10 * MS);
    assert!(first.polls(&mut alarm).is_pending());
    assert!(second.polls(&mut alarm).is_pending());
    fixture.advance_to(10 * MS);
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
}

#[test]
fn a_dropped_alarm_is_forgotten() {
    let fixture = Fixture::new();
    let task = Task::new();
    let mut alarm = fixture.alarm(10 * MS);
    assert!(task.polls(&mut alarm).is_pending());
    drop(alarm);
    assert_eq!(fixture.driver.earliest(), NEVER);
    fixture.advance_to(10 * MS);
    assert_eq!(task.wakes(), 0);
    assert_eq!(StdArc::strong_count(&task), 1);
}

#[test]
fn many_alarms_fire_in_order() {
    struct Note(StdArc<Mutex<Vec<u64>>>, u64);
    impl Wake for Note {
        fn wake(self: StdArc<Self>) {
            self.0.lock().unwrap().push(self.1);
        }
    }
    let fixture = Fixture::new();
    let order = StdArc::new(Mutex::new(Vec::new()));
    let mut alarms = Vec::new();
    for number in 0..300 {
        let ms = number * 7919 % 300;
        let mut alarm = fixture.alarm(ms * MS + 1);
        let waker = Waker::from(StdArc::new(Note(order.clone(), ms)));
        assert!(alarm.as_mut().poll_elapsed(&mut Context::from_waker(&waker)).is_pending());
        alarms.push(alarm);
    }
    fixture.advance_to(1000 * MS);
    assert_eq!(*order.lock().unwrap(), (0..300).collect::<Vec<_>>());
}

#[test]
fn shutdown_wakes_everybody() {
    let fixture = Fixture::new();
    let task = Task::new();
    let mut waiting = fixture.alarm(10 * MS);
    assert!(task.polls(&mut waiting).is_pending());
    fixture.driver.shutdown(&mut WakeBatch::new());
    assert_eq!(task.wakes(), 1);
    for mut alarm in [waiting, fixture.alarm(10 * MS), fixture.alarm(0)] {
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| task.polls(&mut alarm)));
        assert_eq!(polled.unwrap_err().downcast_ref::<String>().map(String::as_str), Some(SHUTDOWN_MESSAGE));
    }
}

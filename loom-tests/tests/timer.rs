//! Models of timer entries: what their owner does while a shard fires or closes.
//!
//! Run natively they are stress tests. Under loom each is also run with a step of the protocol left out, and has to
//! fail: the steps are named where they are left out, in `timer/src`.

use std::pin::Pin;
use std::sync::Arc as StdArc;
use std::task::{Wake, Waker};

use heist_primitives::WakeBatch;
use heist_primitives::atomic::{AtomicBool, AtomicUsize, Ordering};
use heist_primitives::sync::Arc;
use heist_primitives::{model, mutation, thread};
use heist_timer::{Armed, Shard, Status, Timer};

const PREEMPTIONS: usize = 3;
const ROUNDS: usize = 200;

/// Counts how often it was woken.
struct Count(AtomicUsize);

impl Count {
    fn new() -> (StdArc<Self>, Waker) {
        let count = StdArc::new(Self(AtomicUsize::new(0)));
        (count.clone(), Waker::from(count))
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Wake for Count {
    fn wake(self: StdArc<Self>) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

fn shard() -> Arc<Shard<()>> {
    Arc::new(Shard::new(()))
}

/// A timer that is armed for `due`.
fn armed(shard: &Arc<Shard<()>>, due: u64, waker: &Waker) -> Pin<Box<Timer<()>>> {
    let mut timer = Box::pin(Timer::new(shard.clone()));
    assert_eq!(timer.as_mut().arm(due, waker), Armed::Waiting { lowered: Some(due) });
    timer
}

fn fire(shard: &Shard<()>, now: u64) {
    let mut wakes = WakeBatch::new();
    shard.fire(now, &mut wakes);
    wakes.wake_all();
}

fn fire_in_thread(shard: &Arc<Shard<()>>, now: u64) -> thread::JoinHandle<()> {
    let shard = shard.clone();
    thread::spawn(move || fire(&shard, now))
}

/// A timer that is taken back while it fires is fired either way, and woken at most once.
fn cancel_against_fire() {
    model(PREEMPTIONS, ROUNDS, || {
        let shard = shard();
        let (count, waker) = Count::new();
        let mut timer = armed(&shard, 10, &waker);
        let firing = fire_in_thread(&shard, 10);
        timer.as_mut().complete();
        assert!(timer.is_fired());
        firing.join().unwrap();
        assert!(count.get() <= 1);
        drop(timer);
        assert_eq!(StdArc::strong_count(&count), 2, "a waker is left somewhere");
    });
}

/// The end of a timer does not race with the shard's last access to it, and leaves its neighbours alone.
fn drop_against_fire() {
    model(PREEMPTIONS, ROUNDS, || {
        let shard = shard();
        let (count, waker) = Count::new();
        let timer = armed(&shard, 10, &waker);
        let mut neighbour = Box::pin(Timer::new(shard.clone()));
        let (other_count, other_waker) = Count::new();
        neighbour.as_mut().arm(10, &other_waker);
        let firing = fire_in_thread(&shard, 10);
        drop(timer);
        firing.join().unwrap();
        assert!(count.get() <= 1);
        assert!(neighbour.is_fired());
        assert_eq!(other_count.get(), 1);
    });
}

/// A timer that is reset by another thread while it fires either fires once more, at the new deadline, or had not yet
/// fired. A task that does not look in between is woken in both cases.
fn reset_against_fire() {
    model(PREEMPTIONS, ROUNDS, || {
        let shard = shard();
        let (count, waker) = Count::new();
        let mut timer = armed(&shard, 10, &waker);
        let firing = fire_in_thread(&shard, 10);
        let resetting = thread::spawn(move || {
            let armed = timer.as_mut().reset(20);
            (timer, armed)
        });
        let (mut timer, reset) = resetting.join().unwrap();
        firing.join().unwrap();
        match reset {
            Some(armed) => {
                assert!(matches!(armed, Armed::Waiting { .. }));
                assert_eq!(timer.status(&waker), Status::Outdated);
                assert_eq!(count.get(), 0);
                assert_eq!(shard.next_deadline(), 20);
            }
            None => {
                assert!(timer.is_idle());
                assert_eq!(count.get(), 1);
                timer.as_mut().arm(20, &waker);
            }
        }
        let before = count.get();
        fire(&shard, 20);
        assert!(timer.is_fired());
        assert_eq!(count.get(), before + 1);
    });
}

/// A timer that is polled by another task while it fires wakes that task, or tells it that it has fired. A task that
/// finds itself registered already, without the lock, is woken too.
fn poll_against_fire() {
    model(PREEMPTIONS, ROUNDS, || {
        let shard = shard();
        let (first, first_waker) = Count::new();
        let (second, second_waker) = Count::new();
        let mut timer = armed(&shard, 10, &first_waker);
        let firing = fire_in_thread(&shard, 10);
        let unchanged = timer.status(&first_waker);
        let replaced = match timer.status(&second_waker) {
            Status::Outdated => matches!(timer.as_mut().arm(10, &second_waker), Armed::Waiting { .. }),
            status => {
                assert_eq!(status, Status::Fired);
                false
            }
        };
        firing.join().unwrap();
        fire(&shard, 10);
        assert!(timer.is_fired());
        if replaced {
            assert_eq!((first.get(), second.get()), (0, 1));
        } else {
            assert_eq!((first.get(), second.get()), (1, 0));
            assert!(matches!(unchanged, Status::Waiting | Status::Fired));
        }
    });
}

/// A timer that is armed while the shard closes is refused or woken, never left behind.
fn arm_against_close() {
    model(PREEMPTIONS, ROUNDS, || {
        let shard = shard();
        let (count, waker) = Count::new();
        let mut timer = Box::pin(Timer::new(shard.clone()));
        let closing = {
            let shard = shard.clone();
            thread::spawn(move || {
                let mut wakes = WakeBatch::new();
                shard.close(&mut wakes);
                wakes.wake_all();
            })
        };
        let armed = timer.as_mut().arm(10, &waker);
        closing.join().unwrap();
        assert!(shard.is_closed());
        match armed {
            Armed::Waiting { .. } => {
                assert_eq!(timer.status(&waker), Status::Closed);
                assert_eq!(count.get(), 1);
            }
            Armed::Closed => {
                assert_eq!(timer.status(&waker), Status::Idle);
                assert_eq!(count.get(), 0);
            }
            Armed::Fired => panic!("nobody fired"),
        }
    });
}

/// Two threads that fire the same shard hand each timer out once.
fn fire_against_fire() {
    model(PREEMPTIONS, ROUNDS, || {
        let shard = shard();
        let (count, waker) = Count::new();
        let timers = [armed(&shard, 10, &waker), {
            let mut timer = Box::pin(Timer::new(shard.clone()));
            timer.as_mut().arm(11, &waker);
            timer
        }];
        let firing = fire_in_thread(&shard, 12);
        fire(&shard, 12);
        firing.join().unwrap();
        assert!(timers.iter().all(|timer| timer.is_fired()));
        assert_eq!(count.get(), timers.len());
    });
}

/// A thread that learned that a timer was armed finds it.
fn fire_after_arm() {
    model(PREEMPTIONS, ROUNDS, || {
        let shard = shard();
        let told = Arc::new(AtomicBool::new(false));
        let (count, waker) = Count::new();
        let arming = {
            let (shard, told) = (shard.clone(), told.clone());
            thread::spawn(move || {
                let timer = armed(&shard, 10, &waker);
                told.store(true, Ordering::Release);
                timer
            })
        };
        let was_told = told.load(Ordering::Acquire);
        fire(&shard, 10);
        assert!(!was_told || count.get() == 1);
        let timer = arming.join().unwrap();
        fire(&shard, 10);
        assert!(timer.is_fired());
    });
}

#[test]
fn timer_cancel_against_fire() {
    cancel_against_fire();
    assert!(mutation::rejected("TIMER_CANCEL_NO_LOOK", cancel_against_fire));
}

#[test]
fn timer_drop_against_fire() {
    drop_against_fire();
    assert!(mutation::rejected("TIMER_FIRE_RELAXED", drop_against_fire));
    assert!(mutation::rejected("TIMER_FIRE_STATE_FIRST", drop_against_fire));
}

#[test]
fn timer_reset_against_fire() {
    reset_against_fire();
    assert!(mutation::rejected("TIMER_UPDATE_NO_LOOK", reset_against_fire));
}

#[test]
fn timer_poll_against_fire() {
    poll_against_fire();
    assert!(mutation::rejected("TIMER_UPDATE_NO_LOOK", poll_against_fire));
}

#[test]
fn timer_arm_against_close() {
    arm_against_close();
    assert!(mutation::rejected("TIMER_ARM_CLOSED", arm_against_close));
}

#[test]
fn timer_fire_against_fire() {
    fire_against_fire();
}

#[test]
fn timer_fire_after_arm() {
    fire_after_arm();
    assert!(mutation::rejected("TIMER_NO_PUBLISH", fire_after_arm));
}

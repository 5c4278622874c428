//! The paused clock, and what can be told exactly only with it.

#![cfg(feature = "test-util")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};

use heist::time::{
    Duration, Instant, MissedTickBehavior, advance, interval, pause, resume, sleep, sleep_until, timeout,
};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

#[heist::test(start_paused = true)]
async fn paused_time_stands_still() {
    let start = Instant::now();
    std::thread::sleep(MS);
    assert_eq!(start.elapsed(), Duration::ZERO);
    heist::spawn(async move { assert_eq!(start.elapsed(), Duration::ZERO) }).await.unwrap();
}

#[heist::test(start_paused = true)]
async fn paused_sleeps_take_exactly_their_time() {
    for duration in [Duration::from_nanos(1), 5 * MS, 1234 * MS, 1000 * HOUR] {
        let start = Instant::now();
        sleep(duration).await;
        assert_eq!(start.elapsed(), duration);
    }
}

#[heist::test(start_paused = true)]
async fn paused_sleeps_end_in_order() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = [30, 10, 50, 20, 40]
        .map(|ms| {
            let order = order.clone();
            heist::spawn(async move {
                let start = Instant::now();
                sleep(ms * MS).await;
                order.lock().unwrap().push((ms, start.elapsed()));
            })
        })
        .into();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [10, 20, 30, 40, 50].map(|ms| (ms, ms * MS)));
}

#[heist::test(start_paused = true)]
async fn paused_timeouts_elapse_without_waiting() {
    let start = Instant::now();
    assert!(timeout(HOUR, std::future::pending::<()>()).await.is_err());
    assert_eq!(start.elapsed(), HOUR);
    assert_eq!(timeout(HOUR, sleep(HOUR - MS)).await, Ok(()));
    assert_eq!(start.elapsed(), 2 * HOUR - MS);
}

#[heist::test(start_paused = true)]
async fn advance_moves_the_clock_and_fires() {
    let start = Instant::now();
    let task = heist::spawn(async move {
        sleep(10 * MS).await;
        start.elapsed()
    });
    advance(Duration::ZERO).await;
    advance(9 * MS).await;
    assert_eq!(start.elapsed(), 9 * MS);
    assert!(!task.is_finished());
    advance(11 * MS).await;
    assert_eq!(task.await.unwrap(), 20 * MS);
}

#[heist::test(start_paused = true)]
async fn small_advances_add_up() {
    let start = Instant::now();
    let mut sleep = pin!(sleep_until(start + MS));
    for _ in 0..10 {
        assert!(!sleep.is_elapsed());
        advance(Duration::from_micros(100)).await;
    }
    assert!(sleep.is_elapsed());
    sleep.as_mut().await;
    assert_eq!(start.elapsed(), MS);
}

#[heist::test]
async fn pause_and_resume() {
    pause();
    let paused = Instant::now();
    advance(HOUR).await;
    assert_eq!(paused.elapsed(), HOUR);
    resume();
    std::thread::sleep(MS);
    assert!(paused.elapsed() >= HOUR + MS);
    pause();
    let again = Instant::now();
    std::thread::sleep(MS);
    assert_eq!(again.elapsed(), Duration::ZERO);
}

#[heist::test(start_paused = true)]
async fn blocking_calls_keep_the_clock_from_jumping() {
    let start = Instant::now();
    let blocking = heist::task::spawn_blocking(|| std::thread::sleep(20 * MS));
    assert!(timeout(HOUR, blocking).await.is_ok());
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[heist::test(start_paused = true)]
async fn pause_of_a_paused_clock_panics() {
    assert!(catch_unwind(pause).is_err());
    resume();
    assert!(catch_unwind(resume).is_err());
    pause();
}

#[heist::test(flavor = "multi_thread", worker_threads = 1)]
async fn pause_needs_the_current_thread_runtime() {
    let payload = heist::spawn(async { pause() }).await.unwrap_err().into_panic();
    let message = payload.downcast_ref::<&str>().map(|text| text.to_string());
    let message = message.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap();
    assert!(message.contains("requires the `current_thread` Tokio runtime"));
}

#[test]
fn pause_outside_a_runtime_panics() {
    assert!(catch_unwind(pause).is_err());
    assert!(catch_unwind(resume).is_err());
}

/// Fetches six ticks of 10 ms, busy for 23 ms after the second; when they were due and when they were fetched, in ms.
async fn ticks(behavior: MissedTickBehavior) -> Vec<(u128, u128)> {
    let start = Instant::now();
    let mut interval = interval(10 * MS);
    interval.set_missed_tick_behavior(behavior);
    let mut ticks = Vec::new();
    for number in 0..6 {
        let due = interval.tick().await;
        ticks.push(((due - start).as_millis(), start.elapsed().as_millis()));
        if number == 1 {
            advance(23 * MS).await;
        }
    }
    ticks
}

#[heist::test(start_paused = true)]
async fn interval_catches_up_in_a_burst() {
    assert_eq!(ticks(MissedTickBehavior::Burst).await, [(0, 0), (10, 10), (20, 33), (30, 33), (40, 40), (50, 50)]);
}

#[heist::test(start_paused = true)]
async fn interval_delays() {
    assert_eq!(ticks(MissedTickBehavior::Delay).await, [(0, 0), (10, 10), (20, 33), (43, 43), (53, 53), (63, 63)]);
}

#[heist::test(start_paused = true)]
async fn interval_skips() {
    assert_eq!(ticks(MissedTickBehavior::Skip).await, [(0, 0), (10, 10), (20, 33), (40, 40), (50, 50), (60, 60)]);
}

#[heist::test(start_paused = true)]
async fn interval_resets() {
    let start = Instant::now();
    let mut interval = interval(10 * MS);
    interval.tick().await;
    advance(4 * MS).await;
    interval.reset();
    assert_eq!(interval.tick().await, start + 14 * MS);
    interval.reset_immediately();
    assert_eq!(interval.tick().await, start + 14 * MS);
    interval.reset_after(3 * MS);
    assert_eq!(interval.tick().await, start + 17 * MS);
    assert_eq!(interval.tick().await, start + 27 * MS);
    interval.reset_at(start + HOUR);
    assert_eq!(interval.tick().await, start + HOUR);
    assert_eq!(start.elapsed(), HOUR);
}

#[heist::test(start_paused = true)]
async fn advance_panics_unless_paused() {
    resume();
    let task = heist::spawn(async { advance(MS).await });
    assert!(task.await.unwrap_err().is_panic());
    let advanced = catch_unwind(AssertUnwindSafe(|| drop(advance(MS))));
    assert!(advanced.is_ok(), "it moves the clock when it is polled");
}

//! `interval`, `interval_at`, `Interval`. Those that measure time need a paused clock: see `time_pause.rs`.

use std::future::poll_fn;
use std::task::Poll;

use heist::time::{Duration, Instant, MissedTickBehavior, interval, interval_at};

const MS: Duration = Duration::from_millis(1);

#[heist::test]
async fn interval_ticks_at_multiples_of_its_period() {
    let before = Instant::now();
    let mut interval = interval(3 * MS);
    assert_eq!(interval.period(), 3 * MS);
    assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Burst);
    let first = interval.tick().await;
    assert!(first >= before && first <= Instant::now());
    for number in 1..5 {
        let due = interval.tick().await;
        assert_eq!(due, first + number * 3 * MS);
        assert!(Instant::now() >= due);
    }
}

#[heist::test]
async fn interval_at_ticks_first_at_its_start() {
    let start = Instant::now() + 5 * MS;
    let mut interval = interval_at(start, Duration::from_secs(3600));
    assert_eq!(interval.tick().await, start);
    assert!(Instant::now() >= start);
    poll_fn(|cx| {
        assert!(interval.poll_tick(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[heist::test]
async fn interval_bursts_by_default() {
    let start = Instant::now() - 100 * MS;
    let mut interval = interval_at(start, 10 * MS);
    for number in 0..10 {
        assert_eq!(interval.tick().await, start + number * 10 * MS);
    }
}

#[heist::test]
async fn interval_of_forever_ticks_once() {
    let mut interval = interval(Duration::MAX);
    interval.tick().await;
    poll_fn(|cx| {
        assert!(interval.poll_tick(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[heist::test]
async fn interval_of_zero_panics() {
    let payload = std::panic::catch_unwind(|| interval(Duration::ZERO)).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"`period` must be non-zero."));
}

/// A tick that is due `ago` and fetched now.
async fn late(behavior: MissedTickBehavior, ago: Duration) -> (Instant, heist::time::Interval) {
    let due = Instant::now() - ago;
    let mut interval = interval_at(due, 10 * MS);
    interval.set_missed_tick_behavior(behavior);
    assert_eq!(interval.missed_tick_behavior(), behavior);
    assert_eq!(interval.tick().await, due);
    (due, interval)
}

#[heist::test(start_paused = true)]
async fn interval_delays_after_a_missed_tick() {
    let (due, mut interval) = late(MissedTickBehavior::Delay, 23 * MS).await;
    assert_eq!(interval.tick().await, due + 33 * MS);
    assert_eq!(interval.tick().await, due + 43 * MS);
}

#[heist::test(start_paused = true)]
async fn interval_skips_missed_ticks() {
    let (due, mut interval) = late(MissedTickBehavior::Skip, 23 * MS).await;
    assert_eq!(interval.tick().await, due + 30 * MS);
    assert_eq!(interval.tick().await, due + 40 * MS);
}

#[heist::test(start_paused = true)]
async fn a_tick_that_is_hardly_late_was_not_missed() {
    for behavior in [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
        let (due, mut interval) = late(behavior, 5 * MS).await;
        assert_eq!(interval.tick().await, due + 10 * MS);
    }
}

#[heist::test(start_paused = true)]
async fn interval_starts_anew_after_a_reset() {
    let mut interval = interval(10 * MS);
    interval.tick().await;
    heist::time::advance(4 * MS).await;
    let now = Instant::now();
    interval.reset();
    assert_eq!(interval.tick().await, now + 10 * MS);
    interval.reset_after(3 * MS);
    assert_eq!(interval.tick().await, now + 13 * MS);
    interval.reset_immediately();
    assert_eq!(interval.tick().await, now + 13 * MS);
    interval.reset_at(now + 20 * MS);
    assert_eq!(interval.tick().await, now + 20 * MS);
    // From there by periods again.
    assert_eq!(interval.tick().await, now + 30 * MS);
}

#[heist::test]
async fn interval_resets_that_are_too_long_never_tick() {
    let mut interval = interval(MS);
    interval.reset_after(Duration::MAX);
    poll_fn(|cx| {
        assert!(interval.poll_tick(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

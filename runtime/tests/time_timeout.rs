//! `timeout`, `timeout_at`, `Timeout`.

use std::future::{Future, pending, poll_fn, ready};
use std::io;
use std::pin::pin;
use std::task::Poll;

use heist::time::{Duration, Instant, timeout, timeout_at};

const MS: Duration = Duration::from_millis(1);

#[heist::test]
async fn timeout_gives_the_value() {
    assert_eq!(timeout(Duration::from_secs(3600), async { 7 }).await, Ok(7));
    assert_eq!(timeout(Duration::MAX, async { 7 }).await, Ok(7));
    assert_eq!(timeout_at(Instant::now() + MS, ready(7)).await, Ok(7));
}

#[heist::test]
async fn timeout_prefers_the_value_to_the_deadline() {
    assert_eq!(timeout(Duration::ZERO, ready(7)).await, Ok(7));
    assert_eq!(timeout_at(Instant::now() - MS, ready(7)).await, Ok(7));
}

#[heist::test]
async fn timeout_elapses() {
    let start = Instant::now();
    let elapsed = timeout(3 * MS, pending::<()>()).await.unwrap_err();
    assert!(start.elapsed() >= 3 * MS);
    assert_eq!(elapsed.to_string(), "deadline has elapsed");
    assert_eq!(io::Error::from(elapsed).kind(), io::ErrorKind::TimedOut);
    assert!(timeout(Duration::ZERO, pending::<()>()).await.is_err());
}

#[heist::test]
async fn timeout_gives_its_future_back() {
    let mut limited = timeout(MS, ready(7));
    assert_eq!(limited.get_mut().clone().await, 7);
    assert_eq!(limited.get_ref().clone().await, 7);
    assert_eq!(limited.into_inner().await, 7);
}

#[heist::test]
async fn timeout_drops_its_future_when_it_is_dropped() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let result = timeout(MS, async move {
        pending::<()>().await;
        drop(sender);
    })
    .await;
    assert!(result.is_err());
    assert_eq!(receiver.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected));
}

/// A future that uses up the whole budget of each poll must not outlive its deadline.
#[heist::test]
async fn timeout_is_seen_when_the_budget_is_used_up() {
    let busy = async {
        loop {
            heist::task::consume_budget().await;
        }
    };
    assert!(timeout(3 * MS, busy).await.is_err());
}

#[test]
fn timeout_outside_a_runtime_panics_where_it_is_created() {
    assert!(std::panic::catch_unwind(|| drop(timeout(MS, ready(())))).is_err());
}

#[heist::test]
async fn timeout_is_pending_until_then() {
    let mut limited = pin!(timeout(Duration::from_secs(3600), pending::<()>()));
    poll_fn(|cx| {
        assert!(limited.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

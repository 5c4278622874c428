//! Stopping and moving the clock of a runtime, for tests. Published with the feature `test-util`.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use heist_primitives::WakeBatch;

use crate::driver::{self, Driver};
use crate::runtime::context;
use crate::scheduler::Handle;

/// Stops the runtime's clock: [`Instant::now`](super::Instant::now) stands still, and timers wait for the clock to be
/// moved.
///
/// The clock moves by [`advance`], and by itself: when the runtime has nothing else to do it jumps to the next timer. So
/// a test that sleeps for an hour takes no time. It does not jump while a `spawn_blocking` call is running; it does while
/// tasks wait for sockets, whose data may then come too late for a timeout.
///
/// `start_paused` of the runtime builder, or of the attribute `heist::test`, does this from the start.
///
/// # Panics
///
/// If the clock is paused already, outside a runtime, and in a multi-thread runtime, whose tasks would see time jump in
/// the middle of what they do.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "test-util")]
/// #[heist::main(flavor = "current_thread")]
/// async fn main() {
///     use heist::time::{Duration, Instant, pause, sleep};
///
///     pause();
///     let start = Instant::now();
///     sleep(Duration::from_secs(3600)).await;
///     assert_eq!(start.elapsed(), Duration::from_secs(3600));
/// }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[track_caller]
pub fn pause() {
    let Ok(handle) = context::with_current(Handle::clone) else {
        panic!("time cannot be frozen from outside the Tokio runtime: call `pause` in `block_on` or a task");
    };
    assert!(
        matches!(handle, Handle::CurrentThread(_)),
        "`time::pause()` requires the `current_thread` Tokio runtime. This is the default Runtime used by \
         `#[heist::test]`."
    );
    assert!(handle.driver().clock.pause(), "time is already frozen: `resume` it before it is paused again");
}

/// Lets a paused clock run again, from where it stands.
///
/// # Panics
///
/// If the clock is not paused, and outside a runtime.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "test-util")]
/// #[heist::main(flavor = "current_thread")]
/// async fn main() {
///     use heist::time::{Duration, Instant, advance, pause, resume};
///
///     pause();
///     let start = Instant::now();
///     advance(Duration::from_secs(10)).await;
///     resume();
///     assert!(start.elapsed() >= Duration::from_secs(10));
/// }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[track_caller]
pub fn resume() {
    let Ok(handle) = context::with_current(Handle::clone) else {
        panic!("time cannot be frozen from outside the Tokio runtime: call `resume` in `block_on` or a task");
    };
    assert!(handle.driver().clock.resume(), "time is not frozen: `pause` it before it is resumed");
}

/// Moves a paused clock forward in one jump, and yields once.
///
/// Timers whose deadline is passed by the jump fire together, in the order of their deadlines, however far these are
/// apart; the clock shows the end of the jump to all of them. To let time pass step by step, `sleep`.
///
/// # Cancel safety
///
/// Not cancel safe: dropped after its first poll, the clock has moved.
///
/// # Panics
///
/// If the clock is not paused, and outside a runtime.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "test-util")]
/// #[heist::main(flavor = "current_thread", start_paused = true)]
/// async fn main() {
///     use heist::time::{Duration, Instant, advance};
///
///     let start = Instant::now();
///     advance(Duration::from_millis(250)).await;
///     assert_eq!(start.elapsed(), Duration::from_millis(250));
/// }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
pub async fn advance(duration: Duration) {
    move_clock(duration);
    yield_once().await;
}

fn move_clock(duration: Duration) {
    let Ok(handle) = context::with_current(Handle::clone) else {
        panic!("time cannot be frozen from outside the Tokio runtime: call `advance` in `block_on` or a task");
    };
    let driver = handle.driver();
    assert!(driver.clock.advance(duration), "time is not frozen: `pause` it before it is advanced");
    fire(driver);
}

/// Fires what has become due, so that those tasks are queued before the one that moved the clock.
fn fire(driver: &Driver) {
    if let Some(time) = &driver.time {
        let mut wakes = WakeBatch::new();
        time.fire_all(driver.clock.now_ns(), &mut wakes);
        driver::wake_all(&mut wakes);
    }
}

async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

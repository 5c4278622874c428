//! Linux: the timer slack of the thread, 50 µs unless changed.

use std::num::NonZero;

/// See the [module](super).
pub(crate) fn wake_precisely() {
    // Where a sandbox forbids it the thread keeps the system's slack.
    let _ = rustix::thread::set_current_timer_slack(NonZero::new(1));
}

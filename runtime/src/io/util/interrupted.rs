//! Trying again what a signal interrupted.

use std::io;
use std::task::Poll;

/// Polls `operation`, at once again for as long as it reports [`Interrupted`](io::ErrorKind::Interrupted).
///
/// The operations that go on until they are complete do this, as those of the standard library do. The ones that map
/// to a single poll hand the error to the caller.
#[inline]
pub(super) fn retry_interrupted<T>(mut operation: impl FnMut() -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    loop {
        match operation() {
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

//! [`ctrl_c`], the signal that every system has.

use std::io;

use super::unix::{SignalKind, signal};

/// Waits until the user presses Ctrl-C, that is, for the next interrupt signal.
///
/// The signal is listened to from the first poll on. From then on it does not end the process any more, also after the
/// future is gone.
///
/// # Cancel safety
///
/// Cancel safe, but a signal that comes between two calls is missed: keep a
/// [`Signal`](super::unix::Signal) to see them all.
///
/// # Errors
///
/// If the handler or the thread that serves it cannot be set up.
///
/// # Examples
///
/// ```no_run
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     heist::signal::ctrl_c().await?;
///     println!("stopping");
///     Ok(())
/// }
/// ```
pub async fn ctrl_c() -> io::Result<()> {
    signal(SignalKind::interrupt())?.recv().await;
    Ok(())
}

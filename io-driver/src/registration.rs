//! `Registration`: one source's share of the driver, and the ways to wait with it.

use std::future::Future;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use heist_primitives::sync::Arc;
use polling::AsSource;

use crate::driver::shutdown_error;
use crate::source::{ListPlace, Source};
use crate::sources::Key;
use crate::{Direction, Handle, Interest, ReadyEvent};

/// A registered source: what is known about its readiness, and who waits for it.
///
/// Readiness is remembered: it holds until an operation finds that it would have to wait after all, and says so by
/// [`clear`](Self::clear) with the event it had seen. Dropped, it ignores later events; whoever owns the source calls
/// [`deregister`](Self::deregister) first.
#[derive(Debug)]
pub struct Registration {
    handle: Handle,
    source: Arc<Source>,
    key: Key,
}

// No user code runs while a lock is held or the word is between two states, so an unwind leaves nothing half done.
impl UnwindSafe for Registration {}
impl RefUnwindSafe for Registration {}

impl Registration {
    pub(crate) fn new(handle: Handle, source: Arc<Source>, key: Key) -> Self {
        Self { handle, source, key }
    }

    /// The driver.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Ends the registration of `source`, which must be what was registered.
    ///
    /// # Errors
    ///
    /// Those of the operating system. The registration has ended for the driver nevertheless.
    pub fn deregister(&self, source: &impl AsSource) -> io::Result<()> {
        self.handle.remove(source, self.key)
    }

    /// What the source is ready for now, as far as `interest` asks. Waits for nothing.
    pub fn ready_event(&self, interest: Interest) -> ReadyEvent {
        self.source.ready_event(interest)
    }

    /// Waits until an operation of this direction is worth trying. Only the last waker of each direction is kept.
    ///
    /// # Errors
    ///
    /// The driver has been shut down.
    pub fn poll_ready(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<io::Result<ReadyEvent>> {
        self.source.poll_ready(cx, direction).map(into_result)
    }

    /// Waits for any of `interest`. Any number of tasks may wait so at the same time.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: readiness is not used up by waiting for it.
    ///
    /// # Errors
    ///
    /// The driver has been shut down.
    pub fn ready(&self, interest: Interest) -> WaitReady<'_> {
        WaitReady { source: &self.source, interest, place: ListPlace::default() }
    }

    /// Takes back the readiness that `event` told of, unless a newer event has come. What is closed stays closed.
    pub fn clear(&self, event: ReadyEvent) {
        self.source.clear(event);
    }

    /// True if an operation that moved less than it could have may [`clear`](Self::clear) without trying again: the next
    /// event comes anyway, and the end of the stream has been or will be reported as such.
    pub fn partial_means_drained(&self) -> bool {
        self.handle.sees_half_close()
    }

    /// Does `f` if the source is ready for `interest`; otherwise fails with `WouldBlock`, as `f` should where it would
    /// have to wait.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, or that of `f`.
    pub fn try_io<R>(&self, interest: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        let event = self.source.ready_event(interest);
        if event.ready().is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let result = f();
        if would_block(&result) {
            self.clear(event);
        }
        result
    }

    /// Does `f`, waiting for the direction as often as `f` fails with `WouldBlock`.
    ///
    /// # Errors
    ///
    /// That of `f`, or the driver has been shut down.
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut f: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            let event = ready!(self.poll_ready(cx, direction))?;
            let result = f();
            if !would_block(&result) {
                return Poll::Ready(result);
            }
            self.clear(event);
        }
    }

    /// Does `f`, waiting for `interest` as often as `f` fails with `WouldBlock`.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it is dropped only while it waits, when `f` has done nothing.
    ///
    /// # Errors
    ///
    /// That of `f`, or the driver has been shut down.
    pub async fn async_io<R>(&self, interest: Interest, mut f: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        loop {
            let event = self.ready(interest).await?;
            let result = f();
            if !would_block(&result) {
                return result;
            }
            self.clear(event);
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.handle.forget(self.key);
    }
}

/// The future of [`Registration::ready`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct WaitReady<'a> {
    source: &'a Source,
    interest: Interest,
    place: ListPlace,
}

impl UnwindSafe for WaitReady<'_> {}
impl RefUnwindSafe for WaitReady<'_> {}

impl Future for WaitReady<'_> {
    type Output = io::Result<ReadyEvent>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.source.poll_listed(cx, this.interest, &mut this.place).map(into_result)
    }
}

impl Drop for WaitReady<'_> {
    fn drop(&mut self) {
        self.source.leave_list(&mut self.place);
    }
}

fn into_result(event: ReadyEvent) -> io::Result<ReadyEvent> {
    if event.is_shutdown() { Err(shutdown_error()) } else { Ok(event) }
}

fn would_block<R>(result: &io::Result<R>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

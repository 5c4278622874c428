//! `Evented`: an object of the operating system together with its registration; what every socket and pipe is made of.
//!
//! It owns the order of trying and waiting, the cooperative budget of both, and reading into memory that nobody has
//! written yet. Which system call an operation makes is the caller's matter.

#![allow(unsafe_code)]

use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice, Write};
use std::ops::Deref;
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use heist_io_driver::{AsSource, Direction, Interest, Ready, ReadyEvent, Registration};

use crate::io::ReadBuf;
use crate::runtime::context;
use crate::task::coop::{cooperative, poll_proceed};

/// The most bytes that one call is sure to try to move. Some systems stop a little below 2 GiB.
const MOST_BYTES: usize = 1 << 30;

/// The most buffers that one call is sure to look at: `IOV_MAX` of Linux.
const MOST_BUFFERS: usize = 1024;

const NO_IO: &str =
    "A Tokio 1.x context was found, but IO is disabled. Call `enable_io` on the runtime builder to enable IO.";

/// An object of the operating system that is registered with the driver of a runtime.
pub(crate) struct Evented<E: AsSource> {
    /// Present until it is taken out or dropped.
    io: Option<E>,
    registration: Registration,
}

impl<E: AsSource> Evented<E> {
    /// Registers `io` with the current runtime. `initial` is what it is known to be ready for already.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    #[track_caller]
    pub(crate) fn new(io: E, interest: Interest, initial: Ready) -> io::Result<Self> {
        let registration = io_handle().register_ready(&io, interest, initial)?;
        Ok(Self { io: Some(io), registration })
    }

    /// Ends the registration.
    pub(crate) fn into_inner(mut self) -> io::Result<E> {
        let io = self.io.take().expect("it is there until this takes it");
        self.registration.deregister(&io)?;
        Ok(io)
    }

    /// Waits until reading is worth trying, for one task.
    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_ready(cx, Direction::Read)
    }

    /// Waits until writing is worth trying, for one task.
    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_ready(cx, Direction::Write)
    }

    fn poll_ready(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<io::Result<()>> {
        let coop = ready!(poll_proceed(cx));
        let result = ready!(self.registration.poll_ready(cx, direction));
        coop.made_progress();
        Poll::Ready(result.map(drop))
    }

    /// Waits for any of `interest`, for any number of tasks.
    ///
    /// It takes part in the budget: a task that goes from here to a `try_` method and back would otherwise never yield
    /// while the readiness lasts, and keep its thread from looking at the driver for news of the very same source.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        Ok(cooperative(self.registration.ready(interest)).await?.ready())
    }

    /// Does `f` if it is worth trying, without waiting.
    pub(crate) fn try_io<R>(&self, interest: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.registration.try_io(interest, f)
    }

    /// Does `f` as soon as it does not fail with `WouldBlock`, for one task.
    pub(crate) fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        f: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let coop = ready!(poll_proceed(cx));
        let result = ready!(self.registration.poll_io(cx, direction, f));
        coop.made_progress();
        Poll::Ready(result)
    }

    /// Does `f` as soon as it does not fail with `WouldBlock`, for any number of tasks.
    pub(crate) async fn async_io<R>(&self, interest: Interest, mut f: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        loop {
            let event = self.registration.ready(interest).await?;
            let done = poll_fn(|cx| {
                let coop = ready!(poll_proceed(cx));
                match f() {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.registration.clear(event);
                        Poll::Ready(None)
                    }
                    result => {
                        coop.made_progress();
                        Poll::Ready(Some(result))
                    }
                }
            });
            if let Some(result) = done.await {
                return result;
            }
        }
    }

    /// As [`poll_io`](Self::poll_io) for an operation that moves `asked` bytes, or fewer. Fewer mean that the next try
    /// would wait, so readiness is cleared without it; `asked` is `None` where fewer mean nothing.
    fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        asked: Option<usize>,
        mut f: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let coop = ready!(poll_proceed(cx));
        loop {
            let event: ReadyEvent = match ready!(self.registration.poll_ready(cx, direction)) {
                Ok(event) => event,
                Err(error) => return Poll::Ready(Err(error)),
            };
            let result = f();
            match &result {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.registration.clear(event);
                    continue;
                }
                Ok(moved) => {
                    let is_partial = asked.is_some_and(|asked| *moved < asked && asked <= MOST_BYTES);
                    if is_partial && *moved > 0 && self.registration.partial_means_drained() {
                        self.registration.clear(event);
                    }
                }
                Err(_) => {}
            }
            coop.made_progress();
            return Poll::Ready(result);
        }
    }
}

impl<E: AsSource + AsFd> Evented<E> {
    /// Reads into the unfilled part of `buf`.
    pub(crate) fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let asked = Some(buf.remaining());
        self.poll_transfer(cx, Direction::Read, asked, || read_into(&**self, buf)).map_ok(drop)
    }
}

impl<E: AsSource> Evented<E>
where
    for<'a> &'a E: Write,
{
    /// Writes from `buf`.
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_transfer(cx, Direction::Write, Some(buf.len()), || (&mut &**self).write(buf))
    }

    /// Writes from `bufs`, in order.
    pub(crate) fn poll_write_vectored(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let asked = (bufs.len() <= MOST_BUFFERS).then(|| bufs.iter().map(|buf| buf.len()).sum());
        self.poll_transfer(cx, Direction::Write, asked, || (&mut &**self).write_vectored(bufs))
    }
}

impl<E: AsSource> Deref for Evented<E> {
    type Target = E;

    fn deref(&self) -> &E {
        self.io.as_ref().expect("it is there until `into_inner` takes it")
    }
}

impl<E: AsSource> Drop for Evented<E> {
    fn drop(&mut self) {
        if let Some(io) = self.io.take() {
            // An error leaves the system reporting a source that is about to be closed, which ends that too.
            let _ = self.registration.deregister(&io);
        }
    }
}

impl<E: AsSource + fmt::Debug> fmt::Debug for Evented<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evented").field("io", &self.io).finish_non_exhaustive()
    }
}

/// Reads into the unfilled part of `buf`, which need not be initialised.
fn read_into(source: &impl AsFd, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
    // SAFETY: the slice is only written to, by `read`.
    let spare = unsafe { buf.unfilled_mut() };
    let count = rustix::io::read(source, spare)?.0.len();
    // SAFETY: `read` returned the bytes at the start of the slice that it has written.
    unsafe { buf.assume_init(count) };
    buf.advance(count);
    Ok(count)
}

/// Reads into the spare room of `buf`, which need not be initialised.
pub(crate) fn read_into_buf(source: &impl AsFd, buf: &mut impl BufMut) -> io::Result<usize> {
    // SAFETY: the slice is only written to, by `read`.
    let spare = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let count = rustix::io::read(source, spare)?.0.len();
    // SAFETY: `read` returned the bytes at the start of the slice that it has written.
    unsafe { buf.advance_mut(count) };
    Ok(count)
}

/// Fills the unfilled part of `buf` by `peek`, which returns how many bytes it has written from the start of its slice.
pub(crate) fn peek_into(socket: socket2::SockRef<'_>, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
    // SAFETY: the slice is only written to, by `peek`.
    let spare = unsafe { buf.unfilled_mut() };
    let count = socket.peek(spare)?;
    // SAFETY: `peek` has written that many bytes from the start of the slice.
    unsafe { buf.assume_init(count) };
    buf.advance(count);
    Ok(count)
}

/// Complains, in debug builds, about a socket that would block the runtime's threads.
///
/// # Panics
///
/// If the socket is in blocking mode.
#[track_caller]
pub(crate) fn check_nonblocking<'s, S>(socket: &'s S)
where
    socket2::SockRef<'s>: From<&'s S>,
{
    if cfg!(debug_assertions) {
        let is_blocking = socket2::SockRef::from(socket).nonblocking().is_ok_and(|nonblocking| !nonblocking);
        assert!(
            !is_blocking,
            "Registering a blocking socket with the tokio runtime is unsupported: its operations would block all \
             tasks of the thread. Call `set_nonblocking(true)` on it first."
        );
    }
}

/// The driver handle for sockets created now.
///
/// # Panics
///
/// Outside a runtime, and in one without `enable_io`.
#[track_caller]
fn io_handle() -> heist_io_driver::Handle {
    match context::with_current(|handle| handle.driver().io.clone()) {
        Ok(Some(io)) => io,
        Ok(None) => panic!("{NO_IO}"),
        Err(error) => panic!("{}", error.message()),
    }
}

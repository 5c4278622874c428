//! `Evented`: an object of the operating system together with its registration; what every socket and pipe is made of.
//!
//! It owns the order of trying and waiting, the cooperative budget of both, and receiving into memory that nobody has
//! written yet. Which system call an operation makes is the caller's matter.

#![allow(unsafe_code)]

use std::fmt;
use std::fs::File;
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::{self, MaybeUninit};
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd};
use std::process::ChildStdin;
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use heist_io_driver::{AsSource, Direction, Interest, Ready, ReadyEvent, Registration};
use rustix::net::{self, RecvFlags};
use socket2::{SockAddr, SockRef};

use crate::io::ReadBuf;
use crate::io::read_buf::fill_buf_mut;
use crate::io::util::splice::Channel;
use crate::runtime::context;
use crate::task::coop::{cooperative, poll_proceed};

/// The most bytes that one call is sure to try to move. Some systems stop a little below 2 GiB.
const MOST_BYTES: usize = 1 << 30;

/// The most buffers that one call is sure to look at: `IOV_MAX` of Linux.
pub(crate) const MOST_BUFFERS: usize = 1024;

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

    /// As [`new`](Self::new), but gives `io` back if it cannot be registered.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[track_caller]
    pub(crate) fn try_new(io: E, interest: Interest, initial: Ready) -> Result<Self, (E, io::Error)> {
        match io_handle().register_ready(&io, interest, initial) {
            Ok(registration) => Ok(Self { io: Some(io), registration }),
            Err(error) => Err((io, error)),
        }
    }

    /// Ends the registration.
    pub(crate) fn into_inner(self) -> io::Result<E> {
        let (io, result) = self.deregister();
        result.map(|()| io)
    }

    /// Ends the registration, and tells whether the system agreed.
    pub(crate) fn deregister(mut self) -> (E, io::Result<()>) {
        let io = self.io.take().expect("it is there until this takes it");
        let result = self.registration.deregister(&io);
        (io, result)
    }

    /// The registration, for who waits in a way of its own.
    pub(crate) fn registration(&self) -> &Registration {
        &self.registration
    }

    /// The object. It has to stay the one that was registered.
    pub(crate) fn get_mut(&mut self) -> &mut E {
        self.io.as_mut().expect("it is there until `deregister` takes it")
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
        poll_io_on(&self.registration, cx, direction, f)
    }

    /// As [`poll_io`](Self::poll_io), for a source of which the other end may be opened again after it was closed.
    ///
    /// The driver holds that what is closed stays closed. So when an operation has to wait after all, the source is
    /// registered anew; otherwise it would be tried again and again. Nobody else can be waiting: `self` is exclusive.
    pub(crate) fn poll_io_reopened<R>(
        &mut self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut f: impl FnMut(&E) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let coop = ready!(poll_proceed(cx));
        loop {
            let event = ready!(self.registration.poll_ready(cx, direction))?;
            let result = f(self);
            match &result {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if is_closed(event) {
                        self.register_anew(direction)?
                    } else {
                        self.registration.clear(event)
                    }
                }
                _ => {
                    coop.made_progress();
                    return Poll::Ready(result);
                }
            }
        }
    }

    fn register_anew(&mut self, direction: Direction) -> io::Result<()> {
        let interest = match direction {
            Direction::Read => Interest::READABLE,
            Direction::Write => Interest::WRITABLE,
        };
        let driver = self.registration.handle().clone();
        self.registration.deregister(&**self)?;
        self.registration = driver.register(&**self, interest)?;
        Ok(())
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
                        if is_closed(event) {
                            coop.made_progress();
                        }
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
    /// would wait; `asked` is `None` where fewer mean nothing.
    fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        asked: Option<usize>,
        f: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let has_drained = |moved: &usize| asked.is_some_and(|asked| is_short(*moved, asked));
        poll_attempts(&self.registration, cx, direction, f, has_drained)
    }
}

impl<E: AsSource + AsFd> Evented<E> {
    /// What `copy` may move bytes through, if this is all there is to a reader or writer.
    pub(crate) fn channel(&self) -> Channel<'_> {
        Channel::new(self.as_fd(), &self.registration)
    }

    /// Reads into the unfilled part of `buf`. A short read must mean that nothing is left, or that there is urgent data,
    /// which the source has to be registered for then.
    pub(crate) fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let asked = Some(buf.remaining());
        self.poll_transfer(cx, Direction::Read, asked, || read_into(&**self, buf)).map_ok(drop)
    }

    /// As [`poll_read`](Self::poll_read), for a socket of which a short read says as much: `recv` costs the system less
    /// than `read`.
    pub(crate) fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let asked = Some(buf.remaining());
        self.poll_transfer(cx, Direction::Read, asked, || recv_stream_into(&**self, buf)).map_ok(drop)
    }

    /// As [`poll_recv`](Self::poll_recv), for a Unix stream, which may be short because a message ended.
    pub(crate) fn poll_recv_message(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let asked = buf.remaining();
        let has_drained = |&(count, end): &(usize, End)| end == End::OfData && is_short(count, asked);
        poll_attempts(&self.registration, cx, Direction::Read, || recv_message_into(&**self, buf), has_drained)
            .map_ok(drop)
    }

    /// Reads into the spare room of `buf`, without waiting.
    pub(crate) fn try_read_buf<B: BufMut + ?Sized>(&self, buf: &mut B) -> io::Result<usize> {
        self.try_io(Interest::READABLE, || {
            fill_buf(buf, |buf| read_into(&**self, buf).map(drop)).map(|(count, ())| count)
        })
    }
}

impl<E: AsSource + ReadShared> Evented<E> {
    /// Reads into `buf`, without waiting.
    pub(crate) fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.try_io(Interest::READABLE, || self.read_shared(buf))
    }

    /// Reads into `bufs`, in order, without waiting.
    pub(crate) fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.try_io(Interest::READABLE, || self.read_vectored_shared(bufs))
    }
}

impl<E: AsSource + WriteShared> Evented<E> {
    /// Writes from `buf`.
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_transfer(cx, Direction::Write, Some(buf.len()), || self.write_shared(buf))
    }

    /// Writes from `bufs`, in order.
    pub(crate) fn poll_write_vectored(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let asked = (bufs.len() <= MOST_BUFFERS).then(|| bufs.iter().map(|buf| buf.len()).sum());
        self.poll_transfer(cx, Direction::Write, asked, || self.write_vectored_shared(bufs))
    }

    /// Writes from `buf`, without waiting.
    pub(crate) fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.try_io(Interest::WRITABLE, || self.write_shared(buf))
    }

    /// Writes from `bufs`, in order, without waiting.
    pub(crate) fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_io(Interest::WRITABLE, || self.write_vectored_shared(bufs))
    }
}

impl<E: AsSource> Deref for Evented<E> {
    type Target = E;

    fn deref(&self) -> &E {
        self.io.as_ref().expect("it is there until `deregister` takes it")
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

/// [`Evented::poll_io`] for who has no more than the registration.
pub(crate) fn poll_io_on<R>(
    registration: &Registration,
    cx: &mut Context<'_>,
    direction: Direction,
    f: impl FnMut() -> io::Result<R>,
) -> Poll<io::Result<R>> {
    poll_attempts(registration, cx, direction, f, |_| false)
}

/// Does `f` as soon as it does not fail with `WouldBlock`. `has_drained` tells from its result whether the next attempt
/// would fail so, for then readiness is cleared without it.
fn poll_attempts<R>(
    registration: &Registration,
    cx: &mut Context<'_>,
    direction: Direction,
    mut f: impl FnMut() -> io::Result<R>,
    has_drained: impl Fn(&R) -> bool,
) -> Poll<io::Result<R>> {
    loop {
        let coop = ready!(poll_proceed(cx));
        let event = match ready!(registration.poll_ready(cx, direction)) {
            Ok(event) => event,
            Err(error) => {
                coop.made_progress();
                return Poll::Ready(Err(error));
            }
        };
        let result = f();
        match &result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                registration.clear(event);
                if is_closed(event) {
                    coop.made_progress();
                }
                continue;
            }
            Ok(done) if has_drained(done) && ends_at_a_short_one(registration) => registration.clear(event),
            _ => {}
        }
        coop.made_progress();
        return Poll::Ready(result);
    }
}

/// True if an operation that was asked for so many bytes moved fewer.
fn is_short(moved: usize, asked: usize) -> bool {
    moved > 0 && moved < asked && asked <= MOST_BYTES
}

/// True if an operation that moved less than it could have may be taken for the last one until the next event. A mark of
/// urgent data stops a read, too, so from the first such event on this is false.
fn ends_at_a_short_one(registration: &Registration) -> bool {
    registration.partial_means_drained() && !registration.ready_event(Interest::PRIORITY).ready().is_priority()
}

/// True if part of what `event` tells is never cleared.
///
/// An operation that would wait nevertheless (receiving from a Unix socket after a shutdown of one's own, a FIFO that was
/// opened again) is tried over and over. So it has to use up budget, or it would never let go of its thread.
fn is_closed(event: ReadyEvent) -> bool {
    event.ready().is_read_closed() || event.ready().is_write_closed()
}

/// What can be read through a shared reference. Whoever asks for `for<'a> &'a E: Read` has to repeat that in every
/// bound; this can be implied.
pub(crate) trait ReadShared {
    /// As [`Read::read`].
    fn read_shared(&self, buf: &mut [u8]) -> io::Result<usize>;

    /// As [`Read::read_vectored`].
    fn read_vectored_shared(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
}

impl<E> ReadShared for E
where
    for<'a> &'a E: Read,
{
    fn read_shared(&self, buf: &mut [u8]) -> io::Result<usize> {
        (&mut &*self).read(buf)
    }

    fn read_vectored_shared(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&mut &*self).read_vectored(bufs)
    }
}

/// What can be written through a shared reference: pipes here, sockets in `net::send`.
pub(crate) trait WriteShared {
    /// As [`Write::write`].
    fn write_shared(&self, buf: &[u8]) -> io::Result<usize>;

    /// As [`Write::write_vectored`].
    fn write_vectored_shared(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
}

impl WriteShared for File {
    fn write_shared(&self, buf: &[u8]) -> io::Result<usize> {
        (&mut &*self).write(buf)
    }

    fn write_vectored_shared(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        (&mut &*self).write_vectored(bufs)
    }
}

impl WriteShared for ChildStdin {
    fn write_shared(&self, buf: &[u8]) -> io::Result<usize> {
        (&mut &*self).write(buf)
    }

    fn write_vectored_shared(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        (&mut &*self).write_vectored(bufs)
    }
}

/// Reads into the unfilled part of `buf`, which need not be initialised.
pub(crate) fn read_into(source: &impl AsFd, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
    fill(buf, |spare| Ok((rustix::io::read(source, spare)?.0.len(), ()))).map(|(count, ())| count)
}

/// Receives from a stream into the unfilled part of `buf`.
fn recv_stream_into(socket: &impl AsFd, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
    // Unlike `read`, `recv` waits for data even where there is no room for any.
    if buf.remaining() == 0 {
        return Ok(0);
    }
    fill(buf, |spare| Ok((net::recv(socket, spare, RecvFlags::empty())?.1, ()))).map(|(count, ())| count)
}

/// What a short read came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The end of what there was to read, or a mark of urgent data.
    OfData,
    /// The end of a message, perhaps, with others behind it.
    OfMessage,
}

/// Receives from a Unix stream into the unfilled part of `buf`.
///
/// The system stops behind a message that carries descriptors, and between messages of different senders where it was
/// asked to tell senders. It then has something to say besides the data; as this gives it no room for that, which is
/// dropped as `read` drops it, it reports `MSG_CTRUNC`.
fn recv_message_into(socket: &impl AsFd, buf: &mut ReadBuf<'_>) -> io::Result<(usize, End)> {
    if buf.remaining() == 0 {
        return Ok((0, End::OfData));
    }
    fill(buf, |spare| {
        let mut part = libc::iovec { iov_base: spare.as_mut_ptr().cast(), iov_len: spare.len() };
        // SAFETY: all zeros is a header without name, buffers and room for control messages.
        let mut header: libc::msghdr = unsafe { mem::zeroed() };
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        // SAFETY: the header names one buffer, of that length; both outlive the call.
        let count = unsafe { libc::recvmsg(socket.as_fd().as_raw_fd(), &raw mut header, 0) };
        let Ok(count) = usize::try_from(count) else { return Err(io::Error::last_os_error()) };
        let end = if header.msg_flags & libc::MSG_CTRUNC == 0 { End::OfData } else { End::OfMessage };
        Ok((count, end))
    })
}

/// Peeks into the unfilled part of `buf`.
pub(crate) fn peek_into(socket: SockRef<'_>, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
    fill(buf, |spare| Ok((socket.peek(spare)?, ()))).map(|(count, ())| count)
}

/// Receives a datagram into the unfilled part of `buf`.
pub(crate) fn recv_into(socket: SockRef<'_>, buf: &mut ReadBuf<'_>) -> io::Result<()> {
    fill(buf, |spare| Ok((socket.recv(spare)?, ()))).map(drop)
}

/// Receives a datagram into the unfilled part of `buf`, and who sent it.
pub(crate) fn recv_from_into(socket: SockRef<'_>, buf: &mut ReadBuf<'_>) -> io::Result<SockAddr> {
    fill(buf, |spare| socket.recv_from(spare)).map(|(_, sender)| sender)
}

/// Peeks at a datagram into the unfilled part of `buf`, and at who sent it.
pub(crate) fn peek_from_into(socket: SockRef<'_>, buf: &mut ReadBuf<'_>) -> io::Result<SockAddr> {
    fill(buf, |spare| socket.peek_from(spare)).map(|(_, sender)| sender)
}

/// Lets `receive`, one of the functions above, append to `buf`. Returns how many bytes that were, and what it returns.
pub(crate) fn fill_buf<R>(
    buf: &mut (impl BufMut + ?Sized),
    receive: impl FnOnce(&mut ReadBuf<'_>) -> io::Result<R>,
) -> io::Result<(usize, R)> {
    let mut received = None;
    let filled = fill_buf_mut(buf, |buf| Poll::Ready(receive(buf).map(|result| received = Some(result))));
    let Poll::Ready(count) = filled else { unreachable!("nothing in here waits") };
    Ok((count?, received.expect("it has succeeded")))
}

/// Fills the unfilled part of `buf` by a system call, which returns how many bytes it has written from the start of its
/// slice.
fn fill<R>(
    buf: &mut ReadBuf<'_>,
    system_call: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<(usize, R)>,
) -> io::Result<(usize, R)> {
    // SAFETY: the slice is only written to, by the system call.
    let spare = unsafe { buf.unfilled_mut() };
    let (count, result) = system_call(spare)?;
    // SAFETY: the system has written that many bytes from the start of the slice. The closures are those of this file.
    unsafe { buf.assume_init(count) };
    buf.advance(count);
    Ok((count, result))
}

/// Complains, in debug builds, about a socket that would block the runtime's threads.
///
/// # Panics
///
/// If the socket is in blocking mode.
#[track_caller]
pub(crate) fn check_nonblocking<'s, S>(socket: &'s S)
where
    SockRef<'s>: From<&'s S>,
{
    if cfg!(debug_assertions) {
        let is_blocking = SockRef::from(socket).nonblocking().is_ok_and(|nonblocking| !nonblocking);
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
pub(crate) fn io_handle() -> heist_io_driver::Handle {
    match context::with_current(|handle| handle.driver().io.clone()) {
        Ok(Some(io)) => io,
        Ok(None) => panic!("{NO_IO}"),
        Err(error) => panic!("{}", error.message()),
    }
}

//! Sockets for hyper, and hyper's upgraded connections for heist.
//!
//! Both worlds read into memory that need not be initialised, and each has a type of its own that keeps track. The
//! unsafe blocks here pass one to the other without clearing or copying the memory. Rules:
//! - R1: nobody writes uninitialised bytes to memory reached through a buffer of either world. Both types' contracts
//!   say so, and each is handed to code that keeps the contract of the other.
//! - R2: the bytes that a buffer counts as filled are initialised, provided it is still the buffer that was handed out.
//!   heist's buffer can be exchanged by the reader, so its address is compared; hyper's cursor cannot be.

#![allow(unsafe_code)]

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::hyper::rt;
use pin_project_lite::pin_project;

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};

pin_project! {
    /// Lets hyper use heist's I/O, and the other way round.
    ///
    /// Around a type with heist's [`AsyncRead`] and [`AsyncWrite`] (a [`TcpStream`](crate::net::TcpStream), say) it has
    /// hyper's [`Read`](::hyper::rt::Read) and [`Write`](::hyper::rt::Write). Around a type with hyper's traits (an
    /// [`Upgraded`](::hyper::upgrade::Upgraded)) it has heist's.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::hyper::HeistIo;
    ///
    /// let (one, _other) = heist::io::duplex(64);
    /// let io = HeistIo::new(one);
    /// fn for_hyper(_: &(impl hyper::rt::Read + hyper::rt::Write)) {}
    /// for_hyper(&io);
    /// let _one = io.into_inner();
    /// ```
    #[derive(Debug, Clone, Copy, Default)]
    pub struct HeistIo<T> {
        #[pin]
        inner: T,
    }
}

impl<T> HeistIo<T> {
    /// Wraps `inner`.
    pub fn new(inner: T) -> HeistIo<T> {
        HeistIo { inner }
    }

    /// What is wrapped.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// What is wrapped.
    pub fn inner_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Gives back what was wrapped. Nothing is buffered here.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: AsyncRead> rt::Read for HeistIo<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // SAFETY: rule R1; what follows only fills the memory.
        let memory = unsafe { cursor.as_mut() };
        let address = memory.as_ptr().cast::<u8>();
        let mut buf = ReadBuf::uninit(memory);
        ready!(self.project().inner.poll_read(cx, &mut buf))?;
        assert!(
            buf.filled().as_ptr() == address,
            "a reader must fill the buffer it was given, not put another in its place"
        );
        let filled = buf.filled().len();
        // SAFETY: rule R2; the address is that of the cursor's memory.
        unsafe { cursor.advance(filled) };
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite> rt::Write for HeistIo<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write_vectored(cx, bufs)
    }
}

impl<T: rt::Read> AsyncRead for HeistIo<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let filled = {
            // SAFETY: rule R1; what follows only fills the memory.
            let memory = unsafe { buf.unfilled_mut() };
            let mut buf = rt::ReadBuf::uninit(memory);
            ready!(self.project().inner.poll_read(cx, buf.unfilled()))?;
            buf.filled().len()
        };
        // SAFETY: rule R2; the memory was the unfilled part of `buf`.
        unsafe { buf.assume_init(filled) };
        buf.advance(filled);
        Poll::Ready(Ok(()))
    }
}

impl<T: rt::Write> AsyncWrite for HeistIo<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write_vectored(cx, bufs)
    }
}

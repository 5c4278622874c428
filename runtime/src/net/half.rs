//! The halves of a stream: what those of TCP streams and of Unix streams have in common.
//!
//! A half is a reference to its stream: `&S` in a half that is lent, [`Arc<S>`] in an owned half that reads,
//! [`ShutdownOnDrop<S>`] in an owned half that writes. `tcp` and `unix` define these types, and the macros give each its
//! methods. Aliases of one generic type would do without macros, but users would look at a type that they cannot name.

use std::io;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::{Context, Poll};

use heist_io_driver::AsSource;

use crate::io::ReadBuf;
use crate::io::evented::{Evented, ReadShared, WriteShared};

/// A stream that can be split.
pub(crate) trait Stream: Sized {
    /// What the stream is made of.
    type Io: AsSource + AsFd + ReadShared + WriteShared;

    /// What the stream is made of, and its registration.
    fn io(&self) -> &Evented<Self::Io>;

    /// Reads, for one task.
    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>>;

    /// Closes the direction that writes.
    fn shutdown_write(&self) -> io::Result<()>;
}

/// How a half that writes refers to its stream.
pub(crate) trait WriteRef: Deref<Target: Stream> + Unpin {
    /// Closes the direction that writes.
    fn shutdown_write(&mut self) -> io::Result<()>;
}

impl<S: Stream> WriteRef for &S {
    fn shutdown_write(&mut self) -> io::Result<()> {
        (**self).shutdown_write()
    }
}

/// A share of a stream that closes the direction that writes when it drops, unless that has been done.
#[derive(Debug)]
pub(crate) struct ShutdownOnDrop<S: Stream> {
    stream: Arc<S>,
    is_armed: bool,
}

impl<S: Stream> ShutdownOnDrop<S> {
    /// Drops it without closing anything.
    pub(crate) fn forget(mut self) {
        self.is_armed = false;
    }
}

impl<S: Stream> Deref for ShutdownOnDrop<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.stream
    }
}

impl<S: Stream> WriteRef for ShutdownOnDrop<S> {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.stream.shutdown_write()?;
        self.is_armed = false;
        Ok(())
    }
}

impl<S: Stream> Drop for ShutdownOnDrop<S> {
    fn drop(&mut self) {
        if self.is_armed {
            // Nobody is left to be told of an error.
            let _ = self.stream.shutdown_write();
        }
    }
}

/// Splits a stream for good.
pub(crate) fn into_split<S: Stream>(stream: S) -> (Arc<S>, ShutdownOnDrop<S>) {
    let stream = Arc::new(stream);
    (stream.clone(), ShutdownOnDrop { stream, is_armed: true })
}

/// Undoes [`into_split`], or gives both back if they are not of the same stream.
pub(crate) fn reunite<S: Stream>(read: Arc<S>, write: ShutdownOnDrop<S>) -> Result<S, (Arc<S>, ShutdownOnDrop<S>)> {
    if !Arc::ptr_eq(&read, &write.stream) {
        return Err((read, write));
    }
    write.forget();
    Ok(Arc::into_inner(read).expect("a stream has two halves, and both were given"))
}

/// Shuts the writing direction down by `shutdown`. That the peer was faster is no error.
pub(crate) fn close_write(shutdown: impl FnOnce(std::net::Shutdown) -> io::Result<()>) -> io::Result<()> {
    match shutdown(std::net::Shutdown::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        result => result,
    }
}

/// What the examples of the halves begin with: `reader` and `writer` of one end of a connection, whose other is `peer`.
macro_rules! example {
    (uses TcpStream) => {
        "use heist::net::{TcpListener, TcpStream};"
    };
    (uses UnixStream) => {
        "use heist::net::UnixStream;"
    };
    (connected TcpStream) => {
        concat!(
            "    let listener = TcpListener::bind(\"127.0.0.1:0\").await?;\n",
            "    let mut stream = TcpStream::connect(listener.local_addr()?).await?;\n",
            "    let (mut peer, _) = listener.accept().await?;"
        )
    };
    (connected UnixStream) => {
        "    let (mut stream, mut peer) = UnixStream::pair()?;"
    };
    (halves $split:ident) => {
        concat!("    let (mut reader, mut writer) = stream.", stringify!($split), "();")
    };
}
pub(crate) use example;

/// What every half has: one of a stream `$stream` from its method `$split`; the ends have addresses `$addr`.
macro_rules! any_half {
    ($half:ty, $stream:ident, $split:ident, $addr:ty) => {
        impl $half {
            /// The address of the other end.
            ///
            /// # Errors
            ///
            /// That of the system.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     // Which of the two is asked makes no difference.
            ///     assert_eq!(format!("{:?}", reader.peer_addr()?), format!("{:?}", writer.peer_addr()?));
            ///     Ok(())
            /// }
            /// ```
            pub fn peer_addr(&self) -> std::io::Result<$addr> {
                self.0.peer_addr()
            }

            /// The address of this end.
            ///
            /// # Errors
            ///
            /// That of the system.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     assert_eq!(format!("{:?}", reader.local_addr()?), format!("{:?}", peer.peer_addr()?));
            ///     Ok(())
            /// }
            /// ```
            pub fn local_addr(&self) -> std::io::Result<$addr> {
                self.0.local_addr()
            }

            /// Waits until the stream is ready for any of `interest`.
            ///
            /// It may wake without cause, so what follows may still fail with `WouldBlock`. Any number of tasks may wait
            /// so.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe: readiness stays until an operation fails with `WouldBlock`.
            ///
            /// # Errors
            ///
            /// The runtime has been shut down.
            ///
            /// # Examples
            ///
            /// ```
            /// use heist::io::{AsyncWriteExt, Interest};
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     let ready = writer.ready(Interest::WRITABLE).await?;
            ///     assert!(ready.is_writable());
            ///     peer.write_all(b"ping").await?;
            ///     assert!(reader.ready(Interest::READABLE).await?.is_readable());
            ///     Ok(())
            /// }
            /// ```
            pub async fn ready(&self, interest: $crate::io::Interest) -> std::io::Result<$crate::io::Ready> {
                self.0.ready(interest).await
            }
        }

        impl AsRef<$stream> for $half {
            fn as_ref(&self) -> &$stream {
                &self.0
            }
        }
    };
}
pub(crate) use any_half;

/// What a half that reads has.
macro_rules! read_half {
    ($half:ty, $stream:ident, $split:ident, $addr:ty) => {
        $crate::net::half::any_half!($half, $stream, $split, $addr);

        impl $half {
            /// Waits until reading is worth trying.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe.
            ///
            /// # Errors
            ///
            /// The runtime has been shut down.
            ///
            /// # Examples
            ///
            /// ```
            /// use heist::io::AsyncWriteExt;
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     peer.write_all(b"ping").await?;
            ///     let mut buf = [0; 16];
            ///     let length = loop {
            ///         reader.readable().await?;
            ///         match reader.try_read(&mut buf) {
            ///             Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            ///             result => break result?,
            ///         }
            ///     };
            ///     assert_eq!(&buf[..length], b"ping");
            ///     Ok(())
            /// }
            /// ```
            pub async fn readable(&self) -> std::io::Result<()> {
                self.0.readable().await
            }

            /// Reads without waiting. 0 bytes are the end of the stream, or an empty buffer.
            ///
            /// # Errors
            ///
            /// `WouldBlock` if nothing is there; otherwise that of the system.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     let error = reader.try_read(&mut [0; 16]).unwrap_err();
            ///     assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
            ///     Ok(())
            /// }
            /// ```
            pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.0.try_read(buf)
            }

            /// Reads into a buffer that grows by it, without waiting.
            ///
            /// # Errors
            ///
            /// As [`try_read`](Self::try_read).
            ///
            /// # Examples
            ///
            /// ```
            /// use heist::io::AsyncWriteExt;
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     peer.write_all(b"ping").await?;
            ///     reader.readable().await?;
            ///     let mut buf = Vec::with_capacity(16);
            ///     reader.try_read_buf(&mut buf)?;
            ///     assert_eq!(buf, b"ping");
            ///     Ok(())
            /// }
            /// ```
            pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                self.0.try_read_buf(buf)
            }

            /// Reads into several buffers, in order, without waiting.
            ///
            /// # Errors
            ///
            /// As [`try_read`](Self::try_read).
            ///
            /// # Examples
            ///
            /// ```
            /// use std::io::IoSliceMut;
            ///
            /// use heist::io::AsyncWriteExt;
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     peer.write_all(b"\x04ping").await?;
            ///     reader.readable().await?;
            ///     let (mut head, mut body) = ([0; 1], [0; 16]);
            ///     let mut bufs = [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
            ///     assert_eq!(reader.try_read_vectored(&mut bufs)?, 5);
            ///     assert_eq!(&body[..head[0].into()], b"ping");
            ///     Ok(())
            /// }
            /// ```
            pub fn try_read_vectored(&self, bufs: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> {
                self.0.try_read_vectored(bufs)
            }
        }

        impl $crate::io::AsyncRead for $half {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut $crate::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                $crate::net::half::Stream::poll_read(&*self.0, cx, buf)
            }

            fn __copy_source(&self) -> Option<$crate::io::util::splice::Channel<'_>> {
                Some($crate::net::half::Stream::io(&*self.0).channel())
            }
        }
    };
}
pub(crate) use read_half;

/// What a half that writes has.
macro_rules! write_half {
    ($half:ty, $stream:ident, $split:ident, $addr:ty) => {
        $crate::net::half::any_half!($half, $stream, $split, $addr);

        impl $half {
            /// Waits until writing is worth trying.
            ///
            /// # Cancel safety
            ///
            /// Cancel safe.
            ///
            /// # Errors
            ///
            /// The runtime has been shut down.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     writer.writable().await?;
            ///     assert_eq!(writer.try_write(b"ping")?, 4);
            ///     Ok(())
            /// }
            /// ```
            pub async fn writable(&self) -> std::io::Result<()> {
                self.0.writable().await
            }

            /// Writes without waiting. Returns how much of it was taken.
            ///
            /// # Errors
            ///
            /// `WouldBlock` if there is no room; otherwise that of the system.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     // More than the connection holds: only a part of it is taken.
            ///     let length = writer.try_write(&vec![0; 64 << 20])?;
            ///     assert!((1..64 << 20).contains(&length));
            ///     Ok(())
            /// }
            /// ```
            pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
                self.0.try_write(buf)
            }

            /// Writes several buffers, in order, without waiting.
            ///
            /// # Errors
            ///
            /// As [`try_write`](Self::try_write).
            ///
            /// # Examples
            ///
            /// ```
            /// use std::io::IoSlice;
            ///
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     let bufs = [IoSlice::new(b"\x04"), IoSlice::new(b"ping")];
            ///     assert_eq!(writer.try_write_vectored(&bufs)?, 5);
            ///     Ok(())
            /// }
            /// ```
            pub fn try_write_vectored(&self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
                self.0.try_write_vectored(bufs)
            }
        }

        impl $crate::io::AsyncWrite for $half {
            fn poll_write(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                $crate::net::half::Stream::io(&*self.0).poll_write(cx, buf)
            }

            fn poll_write_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                $crate::net::half::Stream::io(&*self.0).poll_write_vectored(cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            /// Nothing is held back on this side, so there is nothing to do.
            fn poll_flush(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn poll_shutdown(
                mut self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready($crate::net::half::WriteRef::shutdown_write(&mut self.0))
            }

            fn __copy_target(&self) -> Option<$crate::io::util::splice::Channel<'_>> {
                Some($crate::net::half::Stream::io(&*self.0).channel())
            }
        }
    };
}
pub(crate) use write_half;

/// What the two owned halves can do with each other.
macro_rules! owned_halves {
    ($read:ident, $write:ident, $stream:ident, $split:ident, $error:ident) => {
        impl $read {
            /// Puts the two halves together again.
            ///
            /// # Errors
            ///
            /// They come from different streams.
            ///
            /// # Examples
            ///
            /// ```
            /// use heist::io::AsyncWriteExt;
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     let mut stream = reader.reunite(writer).expect("the halves of one stream");
            ///     stream.write_all(b"ping").await?;
            ///     Ok(())
            /// }
            /// ```
            pub fn reunite(self, other: $write) -> Result<$stream, $error> {
                $crate::net::half::reunite(self.0, other.0).map_err(|(read, write)| $error($read(read), $write(write)))
            }
        }

        impl $write {
            /// Puts the two halves together again.
            ///
            /// # Errors
            ///
            /// They come from different streams.
            ///
            /// # Examples
            ///
            /// ```
            /// use heist::io::AsyncWriteExt;
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     let mut stream = writer.reunite(reader).expect("the halves of one stream");
            ///     stream.write_all(b"ping").await?;
            ///     Ok(())
            /// }
            /// ```
            pub fn reunite(self, other: $read) -> Result<$stream, $error> {
                other.reunite(self)
            }

            /// Drops the half without shutting its direction down. The connection closes when the other half drops too.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $crate::net::half::example!(uses $stream)]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = $crate::net::half::example!(connected $stream)]
            #[doc = $crate::net::half::example!(halves $split)]
            ///     writer.forget();
            ///     // The peer sees no end yet.
            ///     let error = peer.try_read(&mut [0; 16]).unwrap_err();
            ///     assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
            ///     Ok(())
            /// }
            /// ```
            pub fn forget(self) {
                self.0.forget();
            }
        }
    };
}
pub(crate) use owned_halves;

//! The child's standard streams, as far as they are pipes to this process.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::{self, Stdio};
use std::task::{Context, Poll};

use rustix::io::ioctl_fionbio;

use crate::io::evented::Evented;
use crate::io::util::splice::Channel;
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};

/// The way to a child's standard input.
///
/// Dropping it closes the pipe: the child reads the end of its input. Shutting it down does not.
///
/// # Examples
///
/// ```
/// use std::process::Stdio;
///
/// use heist::io::AsyncWriteExt;
/// use heist::process::Command;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut child = Command::new("sort").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
///     let mut stdin = child.stdin.take().expect("it is a pipe");
///     stdin.write_all(b"two\none\n").await?;
///     // Only at the end of its input can it know which line is the first.
///     drop(stdin);
///     assert_eq!(child.wait_with_output().await?.stdout, b"one\ntwo\n");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct ChildStdin {
    io: Evented<process::ChildStdin>,
}

/// What a child writes to its standard output.
///
/// # Examples
///
/// ```
/// use std::process::Stdio;
///
/// use heist::io::{AsyncBufReadExt, BufReader};
/// use heist::process::Command;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut child = Command::new("printf").arg(r"one\ntwo\n").stdout(Stdio::piped()).spawn()?;
///     let mut lines = BufReader::new(child.stdout.take().expect("it is a pipe")).lines();
///     assert_eq!(lines.next_line().await?.as_deref(), Some("one"));
///     assert_eq!(lines.next_line().await?.as_deref(), Some("two"));
///     child.wait().await?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct ChildStdout {
    io: Evented<process::ChildStdout>,
}

/// What a child writes to its standard error.
///
/// # Examples
///
/// ```
/// use std::process::Stdio;
///
/// use heist::io::AsyncReadExt;
/// use heist::process::Command;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut child = Command::new("sh").args(["-c", "echo careful >&2"]).stderr(Stdio::piped()).spawn()?;
///     let mut complaints = String::new();
///     child.stderr.take().expect("it is a pipe").read_to_string(&mut complaints).await?;
///     assert_eq!(complaints, "careful\n");
///     child.wait().await?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct ChildStderr {
    io: Evented<process::ChildStderr>,
}

impl AsyncWrite for ChildStdin {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Nothing is held back on this side, so there is nothing to do.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Does nothing: a pipe is shut down by closing it, which dropping this does.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn __copy_target(&self) -> Option<Channel<'_>> {
        Some(self.io.channel())
    }
}

impl AsyncRead for ChildStdout {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_read(cx, buf)
    }

    fn __copy_source(&self) -> Option<Channel<'_>> {
        Some(self.io.channel())
    }
}

impl AsyncRead for ChildStderr {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_read(cx, buf)
    }

    fn __copy_source(&self) -> Option<Channel<'_>> {
        Some(self.io.channel())
    }
}

/// What the three have in common.
macro_rules! pipe {
    ($name:ident, $field:ident, $interest:expr, $initial:expr) => {
        impl $name {
            /// Takes over a pipe of the standard library, and puts it into non-blocking mode.
            ///
            /// # Errors
            ///
            /// It cannot be registered.
            ///
            /// # Panics
            ///
            /// Outside of a runtime, and in one without `enable_io`.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::process::{Command, Stdio};
            ///
            #[doc = concat!("use heist::process::", stringify!($name), ";")]
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = concat!("    let mut child = Command::new(\"true\").", stringify!($field), "(Stdio::piped()).spawn()?;")]
            #[doc = concat!("    let pipe = child.", stringify!($field), ".take().expect(\"it is a pipe\");")]
            #[doc = concat!("    let _pipe = ", stringify!($name), "::from_std(pipe)?;")]
            ///     child.wait()?;
            ///     Ok(())
            /// }
            /// ```
            #[track_caller]
            pub fn from_std(inner: process::$name) -> io::Result<Self> {
                ioctl_fionbio(&inner, true)?;
                Ok(Self { io: Evented::new(inner, $interest, $initial)? })
            }

            /// Gives the descriptor back, in blocking mode.
            ///
            /// # Errors
            ///
            /// Its registration cannot be ended, or its mode cannot be changed.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::os::fd::OwnedFd;
            /// use std::process::Stdio;
            ///
            /// use heist::process::Command;
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            #[doc = concat!("    let mut child = Command::new(\"true\").", stringify!($field), "(Stdio::piped()).spawn()?;")]
            #[doc = concat!("    let pipe = child.", stringify!($field), ".take().expect(\"it is a pipe\");")]
            ///     let _fd: OwnedFd = pipe.into_owned_fd()?;
            ///     child.wait().await?;
            ///     Ok(())
            /// }
            /// ```
            pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
                let fd = OwnedFd::from(self.io.into_inner()?);
                ioctl_fionbio(&fd, false)?;
                Ok(fd)
            }
        }

        impl TryFrom<$name> for Stdio {
            type Error = io::Error;

            /// Makes the pipe, in blocking mode, a standard stream for another child.
            fn try_from(pipe: $name) -> io::Result<Stdio> {
                pipe.into_owned_fd().map(Stdio::from)
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.io.as_fd()
            }
        }

        impl AsRawFd for $name {
            fn as_raw_fd(&self) -> RawFd {
                self.io.as_raw_fd()
            }
        }
    };
}

// A new pipe has room; whether it has something to read, the driver will tell.
pipe!(ChildStdin, stdin, Interest::WRITABLE, Ready::WRITABLE);
pipe!(ChildStdout, stdout, Interest::READABLE, Ready::EMPTY);
pipe!(ChildStderr, stderr, Interest::READABLE, Ready::EMPTY);

//! Pipes between processes: anonymous ones, and those with a name in the file system (FIFOs).
//!
//! [`pipe`] makes an anonymous pipe, [`OpenOptions`] opens a FIFO. [`Sender::from_file`] and
//! [`Receiver::from_owned_fd`] take over a pipe that was made elsewhere, for instance one of a child process.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BufMut;
use heist_io_driver::Direction;
use rustix::fs::{OFlags, fcntl_getfl};
use rustix::io::ioctl_fionbio;

use crate::io::evented::{Evented, WriteShared, read_into};
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use crate::net::sys;

/// Makes an anonymous pipe: what is written to the one end can be read from the other.
///
/// # Errors
///
/// That of the system: no descriptors are left.
///
/// # Panics
///
/// Outside of a runtime, and in one without `enable_io`.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::unix::pipe;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (mut sender, mut receiver) = pipe::pipe()?;
///     sender.write_all(b"hello").await?;
///     drop(sender);
///     let mut received = String::new();
///     receiver.read_to_string(&mut received).await?;
///     assert_eq!(received, "hello");
///     Ok(())
/// }
/// ```
#[track_caller]
pub fn pipe() -> io::Result<(Sender, Receiver)> {
    let (reading, writing) = sys::pipe()?;
    Ok((Sender::new(writing.into(), Ready::WRITABLE)?, Receiver::new(reading.into())?))
}

/// How to open a FIFO.
///
/// # Examples
///
/// ```no_run
/// use heist::net::unix::pipe;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut receiver = pipe::OpenOptions::new().open_receiver("/run/commands")?;
/// #   drop(receiver);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions {
    read_write: bool,
    unchecked: bool,
}

impl OpenOptions {
    /// The file has to be a FIFO, and is opened for one direction.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe::OpenOptions;
    /// use rustix::fs::{CWD, Mode, mkfifoat};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-fifo-new-{}", std::process::id()));
    ///     mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR)?;
    ///     let _receiver = OpenOptions::new().open_receiver(&path)?;
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn new() -> OpenOptions {
        OpenOptions { read_write: false, unchecked: false }
    }

    /// Opens the FIFO for reading and writing, although only one of them is used.
    ///
    /// So a receiver does not come to the end when the last sender closes, and a sender can be opened before there is a
    /// receiver. Only Linux promises that.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt};
    /// use heist::net::unix::pipe::OpenOptions;
    /// use rustix::fs::{CWD, Mode, mkfifoat};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-fifo-read-write-{}", std::process::id()));
    ///     mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR)?;
    ///     // Senders come and go; the receiver, being one itself, sees no end.
    ///     let mut receiver = OpenOptions::new().read_write(true).open_receiver(&path)?;
    ///     for _ in 0..2 {
    ///         OpenOptions::new().open_sender(&path)?.write_all(b"ping").await?;
    ///         receiver.read_exact(&mut [0; 4]).await?;
    ///     }
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn read_write(&mut self, value: bool) -> &mut Self {
        self.read_write = value;
        self
    }

    /// Skips the check whether the file is a FIFO.
    ///
    /// What else can be waited for works too, but is not promised to; an ordinary file cannot be opened so.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    /// use heist::net::unix::pipe::OpenOptions;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // A terminal, for instance, can be waited for as well.
    ///     match OpenOptions::new().unchecked(true).open_sender("/dev/tty") {
    ///         Ok(mut terminal) => terminal.write_all(b"hello\n").await?,
    ///         Err(error) => println!("no terminal: {error}"),
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn unchecked(&mut self, value: bool) -> &mut Self {
        self.unchecked = value;
        self
    }

    /// Opens the end that reads. There need not be a sender yet; until there is one, reading comes to the end at once.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the file is not a FIFO; otherwise that of the system.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt};
    /// use heist::net::unix::pipe::OpenOptions;
    /// use rustix::fs::{CWD, Mode, mkfifoat};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-fifo-receiver-{}", std::process::id()));
    ///     mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR)?;
    ///     let mut receiver = OpenOptions::new().open_receiver(&path)?;
    ///     OpenOptions::new().open_sender(&path)?.write_all(b"ping").await?;
    ///     let mut received = String::new();
    ///     receiver.read_to_string(&mut received).await?;
    ///     assert_eq!(received, "ping");
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        let file = self.open(path.as_ref(), fs::OpenOptions::new().read(true).write(self.read_write))?;
        Receiver::from_file_unchecked(file)
    }

    /// Opens the end that writes.
    ///
    /// # Errors
    ///
    /// `ENXIO` if there is no receiver; `InvalidInput` if the file is not a FIFO; otherwise that of the system.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe::OpenOptions;
    /// use rustix::fs::{CWD, Mode, mkfifoat};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-fifo-sender-{}", std::process::id()));
    ///     mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR)?;
    ///     // Nobody reads yet: try again later.
    ///     let error = OpenOptions::new().open_sender(&path).unwrap_err();
    ///     assert_eq!(error.raw_os_error(), Some(libc::ENXIO));
    ///     let _receiver = OpenOptions::new().open_receiver(&path)?;
    ///     let _sender = OpenOptions::new().open_sender(&path)?;
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        let file = self.open(path.as_ref(), fs::OpenOptions::new().write(true).read(self.read_write))?;
        Sender::from_file_unchecked(file)
    }

    fn open(&self, path: &Path, options: &mut fs::OpenOptions) -> io::Result<File> {
        // Without this flag opening waits for somebody at the other end.
        let file = options.custom_flags(libc::O_NONBLOCK).open(path)?;
        if !self.unchecked {
            check_fifo(&file)?;
        }
        Ok(file)
    }
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        OpenOptions::new()
    }
}

/// The end of a pipe that writes.
///
/// Dropping it closes the end; when the last one is closed, and everything was read, the receiver comes to the end of the
/// stream. A write when there is no receiver fails with `BrokenPipe`.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncWriteExt;
/// use heist::net::unix::pipe;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (mut sender, receiver) = pipe::pipe()?;
///     sender.write_all(b"ping").await?;
///     drop(receiver);
///     let error = sender.write_all(b"ping").await.unwrap_err();
///     assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
///     Ok(())
/// }
/// ```
pub struct Sender {
    io: Evented<File>,
}

impl Sender {
    #[track_caller]
    fn new(file: File, initial: Ready) -> io::Result<Sender> {
        Ok(Sender { io: Evented::new(file, Interest::WRITABLE, initial)? })
    }

    /// Takes over a file, which must be a pipe that can be written to. Sets it to non-blocking mode.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it is not such a file; otherwise that of the system.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::fs::OpenOptions;
    ///
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = OpenOptions::new().write(true).open("/run/commands")?;
    ///     let sender = pipe::Sender::from_file(file)?;
    /// #   drop(sender);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_file(file: File) -> io::Result<Sender> {
        check_fifo(&file)?;
        check_access(&file, OFlags::WRONLY, "not in O_WRONLY or O_RDWR access mode")?;
        ioctl_fionbio(&file, true)?;
        Sender::from_file_unchecked(file)
    }

    /// As [`from_file`](Self::from_file) with a descriptor.
    ///
    /// # Errors
    ///
    /// As [`from_file`](Self::from_file).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     let fd = sender.into_nonblocking_fd()?;
    ///     let sender = pipe::Sender::from_owned_fd(fd)?;
    ///     sender.writable().await?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_owned_fd(owned_fd: OwnedFd) -> io::Result<Sender> {
        Sender::from_file(owned_fd.into())
    }

    /// Takes over a file as it is. Unless it is a pipe that does not block, writing to it blocks the thread.
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
    /// use std::fs::File;
    /// use std::os::fd::OwnedFd;
    ///
    /// use heist::io::AsyncWriteExt;
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (_reading, writing) = std::io::pipe()?;
    ///     // No check is needed of what is known to be a pipe, but it must not block.
    ///     rustix::io::ioctl_fionbio(&writing, true)?;
    ///     let mut sender = pipe::Sender::from_file_unchecked(File::from(OwnedFd::from(writing)))?;
    ///     sender.write_all(b"ping").await?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_file_unchecked(file: File) -> io::Result<Sender> {
        Sender::new(file, Ready::EMPTY)
    }

    /// As [`from_file_unchecked`](Self::from_file_unchecked) with a descriptor.
    ///
    /// # Errors
    ///
    /// As [`from_file_unchecked`](Self::from_file_unchecked).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (_reading, writing) = std::io::pipe()?;
    ///     rustix::io::ioctl_fionbio(&writing, true)?;
    ///     let mut sender = pipe::Sender::from_owned_fd_unchecked(writing.into())?;
    ///     sender.write_all(b"ping").await?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_owned_fd_unchecked(owned_fd: OwnedFd) -> io::Result<Sender> {
        Sender::from_file_unchecked(owned_fd.into())
    }

    /// Waits until the pipe is ready for any of `interest`.
    ///
    /// It may wake without cause, so what follows may still fail with `WouldBlock`. Any number of tasks may wait so.
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
    /// use heist::io::Interest;
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     assert!(sender.ready(Interest::WRITABLE).await?.is_writable());
    ///     drop(receiver);
    ///     assert!(sender.ready(Interest::WRITABLE | Interest::ERROR).await?.is_writable());
    ///     Ok(())
    /// }
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.io.ready(interest).await
    }

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
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     assert_eq!(sender.try_write(b"hello")?, 5);
    ///     Ok(())
    /// }
    /// ```
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Polls until writing is worth trying. Only the waker of the last call is woken.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     poll_fn(|cx| sender.poll_write_ready(cx)).await?;
    ///     assert_eq!(sender.try_write(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_write_ready(cx)
    }

    /// Writes without waiting. Returns how much of it was taken; of 4096 bytes and fewer all or nothing.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     assert_eq!(sender.try_write(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_write(buf)
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
    /// use heist::net::unix::pipe;
    /// use std::io::IoSlice;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     let bufs = [IoSlice::new(b"pi"), IoSlice::new(b"ng")];
    ///     assert_eq!(sender.try_write_vectored(&bufs)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_write_vectored(&self, buf: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io.try_write_vectored(buf)
    }

    /// Does an operation of one's own that writes to the pipe, if it is worth trying.
    ///
    /// `f` must not wait, must use this pipe, and must return `WouldBlock` if and only if the pipe would have made it
    /// wait: that is taken for the end of its readiness.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, without calling `f`, if the pipe is not ready; otherwise that of `f`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     assert_eq!(sender.try_io(|| Ok(rustix::io::write(&sender, b"ping")?))?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_io<R>(&self, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.io.try_io(Interest::WRITABLE, f)
    }

    /// Does an operation of one's own that writes to the pipe, waiting until it does not return `WouldBlock`. Not part of
    /// Tokio.
    ///
    /// `f` must not wait, must use this pipe, and must return `WouldBlock` if and only if the pipe would have made it wait.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: `f` has succeeded or failed only if this has returned.
    ///
    /// # Errors
    ///
    /// That of `f`, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     // Any system call on the descriptor that may say `WouldBlock`.
    ///     assert_eq!(sender.async_io(|| Ok(rustix::io::write(&sender, b"ping")?)).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn async_io<R>(&self, f: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        self.io.async_io(Interest::WRITABLE, f).await
    }

    /// Gives the descriptor out, in blocking mode.
    ///
    /// # Errors
    ///
    /// The registration cannot be ended, or the mode not be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    /// use std::fs::File;
    /// use std::io::Write;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     let mut file = File::from(sender.into_blocking_fd()?);
    ///     file.write_all(b"ping")?;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_blocking_fd(self) -> io::Result<OwnedFd> {
        into_blocking(self.into_nonblocking_fd()?)
    }

    /// Gives the descriptor out, in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The registration cannot be ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, _receiver) = pipe::pipe()?;
    ///     let fd = sender.into_nonblocking_fd()?;
    ///     let sender = pipe::Sender::from_owned_fd(fd)?;
    ///     sender.writable().await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_nonblocking_fd(self) -> io::Result<OwnedFd> {
        self.io.into_inner().map(OwnedFd::from)
    }
}

impl AsyncWrite for Sender {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().io.poll_io_reopened(cx, Direction::Write, |pipe| pipe.write_shared(buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().io.poll_io_reopened(cx, Direction::Write, |pipe| pipe.write_vectored_shared(bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Nothing is held back on this side, so there is nothing to do.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Does nothing: the end closes when it drops.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl AsRawFd for Sender {
    fn as_raw_fd(&self) -> RawFd {
        self.io.as_raw_fd()
    }
}

/// The end of a pipe that reads.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
/// use heist::net::unix::pipe;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (mut sender, receiver) = pipe::pipe()?;
///     sender.write_all(b"start\nstop\n").await?;
///     let mut commands = BufReader::new(receiver).lines();
///     assert_eq!(commands.next_line().await?.as_deref(), Some("start"));
///     assert_eq!(commands.next_line().await?.as_deref(), Some("stop"));
///     Ok(())
/// }
/// ```
pub struct Receiver {
    io: Evented<File>,
}

impl Receiver {
    #[track_caller]
    fn new(file: File) -> io::Result<Receiver> {
        Ok(Receiver { io: Evented::new(file, Interest::READABLE, Ready::EMPTY)? })
    }

    /// Takes over a file, which must be a pipe that can be read from. Sets it to non-blocking mode.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it is not such a file; otherwise that of the system.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::fs::File;
    ///
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // This waits for a sender, on a thread that may wait.
    ///     let file = heist::task::spawn_blocking(|| File::open("/run/commands")).await??;
    ///     let receiver = pipe::Receiver::from_file(file)?;
    ///     receiver.readable().await?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_file(file: File) -> io::Result<Receiver> {
        check_fifo(&file)?;
        check_access(&file, OFlags::RDONLY, "not in O_RDONLY or O_RDWR access mode")?;
        ioctl_fionbio(&file, true)?;
        Receiver::from_file_unchecked(file)
    }

    /// As [`from_file`](Self::from_file) with a descriptor.
    ///
    /// # Errors
    ///
    /// As [`from_file`](Self::from_file).
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
    /// use heist::io::AsyncReadExt;
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    ///     let mut output = pipe::Receiver::from_owned_fd(child.stdout.take().unwrap().into())?;
    ///     let mut received = String::new();
    ///     output.read_to_string(&mut received).await?;
    ///     assert_eq!(received, "hello\n");
    ///     child.wait()?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_owned_fd(owned_fd: OwnedFd) -> io::Result<Receiver> {
        Receiver::from_file(owned_fd.into())
    }

    /// Takes over a file as it is. Unless it is a pipe that does not block, reading from it blocks the thread.
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
    /// use std::fs::File;
    /// use std::os::fd::OwnedFd;
    ///
    /// use heist::io::AsyncReadExt;
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (reading, writing) = std::io::pipe()?;
    ///     rustix::io::ioctl_fionbio(&reading, true)?;
    ///     let mut receiver = pipe::Receiver::from_file_unchecked(File::from(OwnedFd::from(reading)))?;
    ///     drop(writing);
    ///     assert_eq!(receiver.read(&mut [0; 16]).await?, 0);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_file_unchecked(file: File) -> io::Result<Receiver> {
        Receiver::new(file)
    }

    /// As [`from_file_unchecked`](Self::from_file_unchecked) with a descriptor.
    ///
    /// # Errors
    ///
    /// As [`from_file_unchecked`](Self::from_file_unchecked).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (reading, writing) = std::io::pipe()?;
    ///     rustix::io::ioctl_fionbio(&reading, true)?;
    ///     let mut receiver = pipe::Receiver::from_owned_fd_unchecked(reading.into())?;
    ///     drop(writing);
    ///     assert_eq!(receiver.read(&mut [0; 16]).await?, 0);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_owned_fd_unchecked(owned_fd: OwnedFd) -> io::Result<Receiver> {
        Receiver::from_file_unchecked(owned_fd.into())
    }

    /// Waits until the pipe is ready for any of `interest`.
    ///
    /// It may wake without cause, so what follows may still fail with `WouldBlock`. Any number of tasks may wait so.
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
    /// use heist::io::Interest;
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     drop(sender);
    ///     assert!(receiver.ready(Interest::READABLE).await?.is_read_closed());
    ///     Ok(())
    /// }
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.io.ready(interest).await
    }

    /// Waits until reading is worth trying.
    ///
    /// Once the last sender has closed its end it is always worth trying, also while a new one writes nothing.
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
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     sender.try_write(b"ping")?;
    ///     receiver.readable().await?;
    ///     assert_eq!(receiver.try_read(&mut [0; 16])?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Polls until reading is worth trying. Only the waker of the last call is woken.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     sender.try_write(b"ping")?;
    ///     poll_fn(|cx| receiver.poll_read_ready(cx)).await?;
    ///     assert_eq!(receiver.try_read(&mut [0; 16])?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_read_ready(cx)
    }

    /// Reads without waiting. 0 bytes say that there is no sender, or that the buffer is empty.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     sender.try_write(b"ping")?;
    ///     receiver.readable().await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(receiver.try_read(&mut buf)?, 4);
    ///     assert_eq!(receiver.try_read(&mut buf).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_read(buf)
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
    /// use heist::net::unix::pipe;
    /// use std::io::IoSliceMut;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     sender.try_write(b"ping")?;
    ///     receiver.readable().await?;
    ///     let (mut first, mut rest) = ([0; 1], [0; 16]);
    ///     let bufs = &mut [IoSliceMut::new(&mut first), IoSliceMut::new(&mut rest)];
    ///     assert_eq!(receiver.try_read_vectored(bufs)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.io.try_read_vectored(bufs)
    }

    /// Reads into a buffer that grows by it, without waiting. The buffer needs spare room.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     sender.writable().await?;
    ///     sender.try_write(b"ping")?;
    ///     receiver.readable().await?;
    ///     let mut buf = Vec::with_capacity(16);
    ///     assert_eq!(receiver.try_read_buf(&mut buf)?, 4);
    ///     assert_eq!(buf, b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn try_read_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.try_read_buf(buf)
    }

    /// Does an operation of one's own that reads from the pipe, if it is worth trying.
    ///
    /// `f` must not wait, must use this pipe, and must return `WouldBlock` if and only if the pipe would have made it
    /// wait: that is taken for the end of its readiness.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, without calling `f`, if the pipe is not ready; otherwise that of `f`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     sender.try_write(b"ping")?;
    ///     receiver.readable().await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(receiver.try_io(|| Ok(rustix::io::read(&receiver, &mut buf)?))?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_io<R>(&self, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.io.try_io(Interest::READABLE, f)
    }

    /// Does an operation of one's own that reads from the pipe, waiting until it does not return `WouldBlock`. Not part of
    /// Tokio.
    ///
    /// `f` must not wait, must use this pipe, and must return `WouldBlock` if and only if the pipe would have made it wait.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: `f` has succeeded or failed only if this has returned.
    ///
    /// # Errors
    ///
    /// That of `f`, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     sender.try_write(b"ping")?;
    ///     // Any system call on the descriptor that may say `WouldBlock`.
    ///     let mut buf = [0; 16];
    ///     assert_eq!(receiver.async_io(|| Ok(rustix::io::read(&receiver, &mut buf)?)).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn async_io<R>(&self, f: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        self.io.async_io(Interest::READABLE, f).await
    }

    /// Gives the descriptor out, in blocking mode.
    ///
    /// # Errors
    ///
    /// The registration cannot be ended, or the mode not be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::process::Command;
    ///
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (sender, receiver) = pipe::pipe()?;
    ///     sender.try_write(b"hello")?;
    ///     drop(sender);
    ///     // A child reads what is left; it expects a pipe that blocks.
    ///     let output = Command::new("cat").stdin(receiver.into_blocking_fd()?).output()?;
    ///     assert_eq!(output.stdout, b"hello");
    ///     Ok(())
    /// }
    /// ```
    pub fn into_blocking_fd(self) -> io::Result<OwnedFd> {
        into_blocking(self.into_nonblocking_fd()?)
    }

    /// Gives the descriptor out, in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The registration cannot be ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::unix::pipe;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (_sender, receiver) = pipe::pipe()?;
    ///     let fd = receiver.into_nonblocking_fd()?;
    ///     let receiver = pipe::Receiver::from_owned_fd(fd)?;
    ///     assert!(receiver.try_read(&mut [0; 16]).is_err());
    ///     Ok(())
    /// }
    /// ```
    pub fn into_nonblocking_fd(self) -> io::Result<OwnedFd> {
        self.io.into_inner().map(OwnedFd::from)
    }
}

impl AsyncRead for Receiver {
    /// A pipe in packet mode ends a read with each packet, so a short one does not mean that nothing is left.
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().io.poll_io_reopened(cx, Direction::Read, |pipe| read_into(pipe, buf)).map_ok(drop)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl AsRawFd for Receiver {
    fn as_raw_fd(&self) -> RawFd {
        self.io.as_raw_fd()
    }
}

/// Fails unless the file is a pipe.
fn check_fifo(file: &File) -> io::Result<()> {
    if file.metadata()?.file_type().is_fifo() { Ok(()) } else { Err(invalid_input("not a pipe")) }
}

/// Fails unless the file was opened in the mode `access`, or for both directions.
fn check_access(file: &File, access: OFlags, complaint: &'static str) -> io::Result<()> {
    let mode = fcntl_getfl(file)? & OFlags::RWMODE;
    if mode == access || mode == OFlags::RDWR { Ok(()) } else { Err(invalid_input(complaint)) }
}

fn invalid_input(complaint: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, complaint)
}

fn into_blocking(fd: OwnedFd) -> io::Result<OwnedFd> {
    ioctl_fionbio(&fd, false)?;
    Ok(fd)
}

//! What can go wrong with an `AsyncFd`: it cannot be registered, or an operation would have to wait.

use std::error::Error;
use std::fmt;
use std::io;

/// An object that could not be registered, and why.
///
/// # Examples
///
/// ```
/// use heist::io::unix::AsyncFd;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let file = std::fs::File::open("/dev/null")?;
///     let error = AsyncFd::try_new(file).unwrap_err();
///     println!("cannot wait for this file: {error}");
///     Ok(())
/// }
/// ```
pub struct AsyncFdRegisterError<T> {
    inner: T,
    cause: io::Error,
}

/// The former name of [`AsyncFdRegisterError`].
#[doc(hidden)]
pub type AsyncFdTryNewError<T> = AsyncFdRegisterError<T>;

impl<T> AsyncFdRegisterError<T> {
    pub(super) fn new(inner: T, cause: io::Error) -> Self {
        Self { inner, cause }
    }

    /// The object, and why it could not be registered.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = std::fs::File::open("/dev/null")?;
    ///     let (mut file, error) = AsyncFd::try_new(file).unwrap_err().into_parts();
    ///     assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    ///     // It never makes anybody wait, so it can be read as it is.
    ///     assert_eq!(file.read(&mut [0; 16])?, 0);
    ///     Ok(())
    /// }
    /// ```
    pub fn into_parts(self) -> (T, io::Error) {
        (self.inner, self.cause)
    }
}

impl<T> fmt::Debug for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.cause, f)
    }
}

impl<T> fmt::Display for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

impl<T> Error for AsyncFdRegisterError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

impl<T> From<AsyncFdRegisterError<T>> for io::Error {
    fn from(error: AsyncFdRegisterError<T>) -> Self {
        error.cause
    }
}

/// An operation failed with `WouldBlock`: wait for readiness again.
///
/// # Examples
///
/// ```
/// use std::io::Read;
/// use std::os::unix::net::UnixStream;
///
/// use heist::io::unix::AsyncFd;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (stream, _peer) = UnixStream::pair()?;
///     stream.set_nonblocking(true)?;
///     let fd = AsyncFd::new(stream)?;
///     // It is writable, but there is nothing to read.
///     let mut guard = fd.writable().await?;
///     assert!(guard.try_io(|fd| fd.get_ref().read(&mut [0; 16])).is_err());
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct TryIoError(pub(super) ());

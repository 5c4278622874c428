//! Errors of timers.

use std::error;
use std::fmt;
use std::io;

/// The deadline of a [`timeout`](super::timeout) passed before its future completed.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, timeout};
///
/// #[heist::main]
/// async fn main() {
///     let elapsed = timeout(Duration::ZERO, std::future::pending::<()>()).await.unwrap_err();
///     assert_eq!(std::io::Error::from(elapsed).kind(), std::io::ErrorKind::TimedOut);
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl Elapsed {
    pub(super) fn new() -> Self {
        Elapsed(())
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(_: Elapsed) -> io::Error {
        io::ErrorKind::TimedOut.into()
    }
}

/// A timer could not do its work.
///
/// heist's own timers do not return it; it is here for crates that implement timers in the same terms.
///
/// # Examples
///
/// ```
/// assert!(heist::time::error::Error::shutdown().is_shutdown());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Error(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shutdown,
    AtCapacity,
    Invalid,
}

impl Error {
    /// The error of a timer whose runtime is shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::error::Error;
    ///
    /// assert!(Error::shutdown().is_shutdown());
    /// ```
    #[must_use]
    pub fn shutdown() -> Error {
        Error(Kind::Shutdown)
    }

    /// True if the timer's runtime is shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::error::Error;
    ///
    /// assert!(Error::shutdown().is_shutdown());
    /// assert!(!Error::invalid().is_shutdown());
    /// ```
    #[must_use]
    pub fn is_shutdown(&self) -> bool {
        self.0 == Kind::Shutdown
    }

    /// The error of a timer that has no room for another entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::error::Error;
    ///
    /// assert!(Error::at_capacity().is_at_capacity());
    /// ```
    #[must_use]
    pub fn at_capacity() -> Error {
        Error(Kind::AtCapacity)
    }

    /// True if the timer has no room for another entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::error::Error;
    ///
    /// assert!(Error::at_capacity().is_at_capacity());
    /// assert!(!Error::shutdown().is_at_capacity());
    /// ```
    #[must_use]
    pub fn is_at_capacity(&self) -> bool {
        self.0 == Kind::AtCapacity
    }

    /// The error of a timer that was given a duration it cannot represent.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::error::Error;
    ///
    /// assert!(Error::invalid().is_invalid());
    /// ```
    #[must_use]
    pub fn invalid() -> Error {
        Error(Kind::Invalid)
    }

    /// True if the timer was given a duration it cannot represent.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::error::Error;
    ///
    /// assert!(Error::invalid().is_invalid());
    /// assert!(!Error::at_capacity().is_invalid());
    /// ```
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.0 == Kind::Invalid
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Shutdown => "the timer is shutdown, must be called from the context of Tokio runtime",
            Kind::AtCapacity => "timer is at capacity and cannot create a new entry",
            Kind::Invalid => "timer duration exceeds maximum duration",
        })
    }
}

impl error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_of_its_kind_alone() {
        let kinds = |error: Error| (error.is_shutdown(), error.is_at_capacity(), error.is_invalid());
        assert_eq!(kinds(Error::shutdown()), (true, false, false));
        assert_eq!(kinds(Error::at_capacity()), (false, true, false));
        assert_eq!(kinds(Error::invalid()), (false, false, true));
    }

    #[test]
    fn elapsed_is_an_io_error() {
        assert_eq!(Elapsed::new().to_string(), "deadline has elapsed");
        assert_eq!(io::Error::from(Elapsed::new()).kind(), io::ErrorKind::TimedOut);
    }
}

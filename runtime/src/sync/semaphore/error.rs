//! Why a permit was not given.

use std::error::Error;
use std::fmt;

use super::raw::Closed;

/// The semaphore was closed before it gave a permit.
///
/// # Examples
///
/// ```
/// use heist::sync::Semaphore;
///
/// #[heist::main]
/// async fn main() {
///     let semaphore = Semaphore::new(1);
///     semaphore.close();
///     assert_eq!(semaphore.acquire().await.unwrap_err().to_string(), "semaphore closed");
/// }
/// ```
#[derive(Debug)]
pub struct AcquireError(());

impl From<Closed> for AcquireError {
    fn from(Closed: Closed) -> Self {
        Self(())
    }
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("semaphore closed")
    }
}

impl Error for AcquireError {}

/// Why [`Semaphore::try_acquire`](super::Semaphore::try_acquire) and its like gave no permit.
///
/// # Examples
///
/// ```
/// use heist::sync::{Semaphore, TryAcquireError};
///
/// let semaphore = Semaphore::new(0);
/// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
/// semaphore.close();
/// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
/// ```
#[derive(Debug, PartialEq, Eq)]
pub enum TryAcquireError {
    /// The semaphore is closed.
    Closed,
    /// Too few permits are free, or others wait already.
    NoPermits,
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryAcquireError::Closed => "semaphore closed",
            TryAcquireError::NoPermits => "no permits available",
        })
    }
}

impl Error for TryAcquireError {}

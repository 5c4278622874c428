//! Why a task has no output.

#![allow(unsafe_code)]

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;

use super::id::Id;

/// A task that was awaited did not finish: it was cancelled, or it panicked.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() {
///     let error = heist::spawn(async { panic!("boom") }).await.unwrap_err();
///     assert!(error.is_panic());
/// }
/// ```
pub struct JoinError {
    id: Id,
    kind: Kind,
}

enum Kind {
    Cancelled,
    Panicked(Payload),
}

/// What the panic left: anything that may change threads, but not be shared by them.
struct Payload(Box<dyn Any + Send + 'static>);

// SAFETY: a shared payload is looked at only to find out whether it is a `&'static str` or a `String`, which are `Sync`.
unsafe impl Sync for Payload {}

impl Payload {
    fn message(&self) -> Option<&str> {
        let payload = &*self.0;
        payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&'static str>().copied())
    }
}

impl JoinError {
    pub(crate) fn cancelled(id: Id) -> Self {
        Self { id, kind: Kind::Cancelled }
    }

    pub(crate) fn panicked(id: Id, payload: Box<dyn Any + Send + 'static>) -> Self {
        Self { id, kind: Kind::Panicked(Payload(payload)) }
    }

    /// True if the task was cancelled: aborted, or still there when its runtime shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(std::future::pending::<()>());
    ///     task.abort();
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// }
    /// ```
    pub fn is_cancelled(&self) -> bool {
        matches!(self.kind, Kind::Cancelled)
    }

    /// True if the task panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let error = heist::spawn(async { panic!("boom") }).await.unwrap_err();
    ///     assert!(error.is_panic());
    /// }
    /// ```
    pub fn is_panic(&self) -> bool {
        matches!(self.kind, Kind::Panicked(_))
    }

    /// What the task panicked with, for [`std::panic::resume_unwind`].
    ///
    /// # Panics
    ///
    /// If the task did not panic. [`try_into_panic`](Self::try_into_panic) gives the error back instead.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// #[heist::main]
    /// async fn main() {
    ///     let error = heist::spawn(async { panic!("boom") }).await.unwrap_err();
    ///     std::panic::resume_unwind(error.into_panic());
    /// }
    /// ```
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        self.try_into_panic().expect("`JoinError` reason is not a panic: ask `is_panic` first, or use `try_into_panic`")
    }

    /// What the task panicked with.
    ///
    /// # Errors
    ///
    /// Gives the error back if the task did not panic.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let error = heist::spawn(async { panic!("boom") }).await.unwrap_err();
    ///     let payload = error.try_into_panic().unwrap();
    ///     assert_eq!(payload.downcast_ref(), Some(&"boom"));
    /// }
    /// ```
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send + 'static>, JoinError> {
        match self.kind {
            Kind::Panicked(Payload(payload)) => Ok(payload),
            Kind::Cancelled => Err(self),
        }
    }

    /// The id of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(async { panic!("boom") });
    ///     let id = task.id();
    ///     assert_eq!(task.await.unwrap_err().id(), id);
    /// }
    /// ```
    pub fn id(&self) -> Id {
        self.id
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Cancelled => write!(f, "task {} was cancelled", self.id),
            Kind::Panicked(payload) => match payload.message() {
                Some(message) => write!(f, "task {} panicked with message {message:?}", self.id),
                None => write!(f, "task {} panicked", self.id),
            },
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Cancelled => write!(f, "JoinError::Cancelled({:?})", self.id),
            Kind::Panicked(payload) => match payload.message() {
                Some(message) => write!(f, "JoinError::Panic({:?}, {message:?}, ...)", self.id),
                None => write!(f, "JoinError::Panic({:?}, ...)", self.id),
            },
        }
    }
}

impl Error for JoinError {}

impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> io::Error {
        io::Error::other(match error.kind {
            Kind::Cancelled => "task was cancelled",
            Kind::Panicked(_) => "task panicked",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled() {
        let id = Id::next();
        let error = JoinError::cancelled(id);
        assert!(error.is_cancelled() && !error.is_panic());
        assert_eq!(error.to_string(), format!("task {id} was cancelled"));
        assert_eq!(format!("{error:?}"), format!("JoinError::Cancelled(Id({id}))"));
        let error = error.try_into_panic().unwrap_err();
        assert_eq!(error.id(), id);
        let error = io::Error::from(error);
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert_eq!(error.to_string(), "task was cancelled");
    }

    #[test]
    fn panicked() {
        let id = Id::next();
        for payload in [Box::new("a \"b\"") as Box<dyn Any + Send>, Box::new(String::from("a \"b\""))] {
            let error = JoinError::panicked(id, payload);
            assert!(error.is_panic() && !error.is_cancelled());
            assert_eq!(error.to_string(), format!("task {id} panicked with message \"a \\\"b\\\"\""));
            assert_eq!(format!("{error:?}"), format!("JoinError::Panic(Id({id}), \"a \\\"b\\\"\", ...)"));
            assert_eq!(io::Error::from(error).to_string(), "task panicked");
        }
        let error = JoinError::panicked(id, Box::new(7_u8));
        assert_eq!(error.to_string(), format!("task {id} panicked"));
        assert_eq!(format!("{error:?}"), format!("JoinError::Panic(Id({id}), ...)"));
        assert_eq!(error.into_panic().downcast_ref(), Some(&7_u8));
    }

    #[test]
    #[should_panic(expected = "`JoinError` reason is not a panic")]
    fn a_cancelled_task_has_no_payload() {
        let _ = JoinError::cancelled(Id::next()).into_panic();
    }

    #[test]
    fn it_can_be_shared() {
        fn check<T: Send + Sync>() {}
        check::<JoinError>();
    }
}

//! The one operation that a file may have on the blocking pool besides its writes.

use std::fs::Metadata;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::ahead::Ahead;
use crate::fs::unblock;
use crate::task::JoinHandle;

/// What an operation gives.
#[derive(Debug)]
pub(super) enum Output {
    /// Bytes; none at the end of the file.
    Read(Ahead),
    /// The file's new position.
    Position(u64),
    /// The file has no position to go back to.
    Stream,
    /// What is known about the file.
    Metadata(Box<Metadata>),
    /// Nothing but that it is done.
    Nothing,
}

/// An operation that was started and whose result nobody has fetched.
#[derive(Debug, Default)]
pub(super) enum Operation {
    /// There is none.
    #[default]
    None,
    /// It is on the pool.
    Running { task: JoinHandle<io::Result<Output>>, is_read: bool },
    /// It was done at once.
    Done(io::Result<Output>),
}

impl Operation {
    /// Starts `f` on the pool.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub(super) fn start(is_read: bool, f: impl FnOnce() -> io::Result<Output> + Send + 'static) -> Self {
        Operation::Running { task: unblock::start(f), is_read }
    }

    /// Waits until the operation is done, and takes its result; `None` if there is no operation.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Output>>> {
        if let Operation::Running { task, .. } = self {
            *self = Operation::Done(unblock::finish(ready!(Pin::new(task).poll(cx))));
        }
        match std::mem::take(self) {
            Operation::Done(result) => Poll::Ready(Some(result)),
            _ => Poll::Ready(None),
        }
    }

    /// True if a read is running, which may take for ever (that of a pipe, for example).
    pub(super) fn is_running_read(&self) -> bool {
        matches!(self, Operation::Running { is_read: true, .. })
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Operation::None)
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self, Operation::Running { .. })
    }
}

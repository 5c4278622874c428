//! [`Exit`]: how the end of a child is noticed, by a descriptor of the process or by SIGCHLD.
//!
//! Either only says when to look. Looking is `waitpid` on this one process, without waiting, by the standard library's
//! `Child`, which remembers what it has found. Nobody else's children are ever collected.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::task::{Context, Poll};

use heist_io_driver::{Direction, is_shutdown_error};

use super::sys;
use crate::io::evented::Evented;
use crate::io::{Interest, Ready};
use crate::signal::unix::{Signal, SignalKind, signal};

/// What tells that a child may have ended.
#[derive(Debug)]
pub(super) enum Exit {
    /// A descriptor of the process, registered with a runtime's driver.
    Descriptor(Evented<OwnedFd>),
    /// SIGCHLD. It does not say whose, so each such child looks at itself.
    Signal(Signal),
}

impl Exit {
    /// Watches a child that was just started.
    ///
    /// # Errors
    ///
    /// The runtime is shutting down, or there is neither a descriptor nor a way to listen to signals.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    #[track_caller]
    pub(super) fn watch(child: &Child) -> io::Result<Self> {
        if let Some(fd) = sys::open(child) {
            match Evented::new(fd, Interest::READABLE, Ready::EMPTY) {
                Ok(fd) => return Ok(Self::Descriptor(fd)),
                Err(error) if is_shutdown_error(&error) => return Err(error),
                // Some sandboxes have the descriptor but cannot wait for it.
                Err(_) => {}
            }
        }
        signal(SignalKind::child()).map(Self::Signal)
    }

    /// Waits until `child`, which is the one that is watched, has ended.
    pub(super) fn poll(&mut self, child: &mut Child, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        match self {
            Self::Descriptor(fd) => fd.poll_io(cx, Direction::Read, || match child.try_wait()? {
                Some(status) => Ok(status),
                None => Err(io::ErrorKind::WouldBlock.into()),
            }),
            Self::Signal(signal) => loop {
                // The signal first: one that comes after the look wakes the task.
                let is_signalled = signal.poll_recv(cx).is_ready();
                if let Some(status) = child.try_wait()? {
                    return Poll::Ready(Ok(status));
                }
                if !is_signalled {
                    return Poll::Pending;
                }
            },
        }
    }

    /// Kills `child`, which is the one that is watched.
    ///
    /// By the descriptor if there is one: it means this process for ever, while its number may have been given to another
    /// process if somebody else has collected it, as the system does itself where SIGCHLD is ignored.
    pub(super) fn kill(&self, child: &mut Child) -> io::Result<()> {
        match self {
            Self::Descriptor(fd) => sys::kill(fd.as_fd()).unwrap_or_else(|| child.kill()),
            Self::Signal(_) => child.kill(),
        }
    }

    /// The descriptor, if there is one, for waiting without the driver.
    pub(super) fn into_descriptor(self) -> Option<OwnedFd> {
        match self {
            Self::Descriptor(fd) => Some(fd.deregister().0),
            Self::Signal(_) => None,
        }
    }
}

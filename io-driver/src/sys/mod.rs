//! The operating system: what a backend provides, and which one a driver uses.
//!
//! A backend reports edges: a source is added once, and every change after that, and the state it was added in, is
//! reported once. It is waited on by one thread at a time, which the driver guarantees; everything else may be called
//! from any thread at any time. The contract is the trait [`Backend`]; each file implements it for one system:
//! `linux.rs` on epoll, `other.rs` with nothing but `polling`.

#[cfg(target_os = "linux")]
mod linux;
mod other;

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use polling::AsSource;

use crate::{Interest, Ready};

#[cfg(target_os = "linux")]
use linux::Epoll as Native;
#[cfg(not(target_os = "linux"))]
use other::Portable as Native;

use other::Portable;

/// What a backend provides.
pub(crate) trait Backend: Debug + Send + Sync + Sized {
    /// The events of one wait.
    type Buffer: EventBuffer;

    /// True if events tell that the peer has closed its side ([`Ready::READ_CLOSED`]), even together with data.
    const SEES_HALF_CLOSE: bool;

    /// Opens what it needs.
    fn new() -> io::Result<Self>;

    /// Room for `capacity` events.
    fn buffer(capacity: usize) -> Self::Buffer;

    /// Reports `source` under `key`, as edges, from now on and including its present state. `key` is not one of the
    /// two highest numbers.
    fn add(&self, source: impl AsSource, key: usize, interest: Interest) -> io::Result<()>;

    /// Reports `source` no more. Events that a wait has taken already may still name its key.
    fn remove(&self, source: impl AsSource) -> io::Result<()>;

    /// Replaces the content of `buffer` by what happened, waiting until something does, for `timeout` at most. Returns
    /// true if somebody kicked since the last wait. May fail with `Interrupted`, and then the buffer is empty.
    fn wait(&self, buffer: &mut Self::Buffer, timeout: Option<Duration>) -> io::Result<bool>;

    /// Makes the current or the next wait return, with true.
    fn kick(&self);
}

/// The events of one wait.
pub(crate) trait EventBuffer: Debug + Send {
    /// True if no source is among them.
    fn is_empty(&self) -> bool;

    /// Calls `f` with the key and state of each source.
    fn for_each(&self, f: impl FnMut(usize, Ready));
}

/// The backend of a driver.
#[derive(Debug)]
pub(crate) enum Selector {
    /// The best this system has.
    Native(Native),
    /// The one that every system has.
    Portable(Portable),
}

/// The event buffer of a driver.
#[derive(Debug)]
pub(crate) enum Buffer {
    /// Of [`Selector::Native`].
    Native(<Native as Backend>::Buffer),
    /// Of [`Selector::Portable`].
    Portable(<Portable as Backend>::Buffer),
}

impl Selector {
    pub(crate) fn native() -> io::Result<Self> {
        Native::new().map(Selector::Native)
    }

    pub(crate) fn portable() -> io::Result<Self> {
        Portable::new().map(Selector::Portable)
    }

    pub(crate) fn buffer(&self, capacity: usize) -> Buffer {
        match self {
            Selector::Native(_) => Buffer::Native(Native::buffer(capacity)),
            Selector::Portable(_) => Buffer::Portable(Portable::buffer(capacity)),
        }
    }

    pub(crate) fn sees_half_close(&self) -> bool {
        match self {
            Selector::Native(_) => Native::SEES_HALF_CLOSE,
            Selector::Portable(_) => Portable::SEES_HALF_CLOSE,
        }
    }

    pub(crate) fn add(&self, source: impl AsSource, key: usize, interest: Interest) -> io::Result<()> {
        match self {
            Selector::Native(backend) => backend.add(source, key, interest),
            Selector::Portable(backend) => backend.add(source, key, interest),
        }
    }

    pub(crate) fn remove(&self, source: impl AsSource) -> io::Result<()> {
        match self {
            Selector::Native(backend) => backend.remove(source),
            Selector::Portable(backend) => backend.remove(source),
        }
    }

    pub(crate) fn wait(&self, buffer: &mut Buffer, timeout: Option<Duration>) -> io::Result<bool> {
        match (self, buffer) {
            (Selector::Native(backend), Buffer::Native(buffer)) => backend.wait(buffer, timeout),
            (Selector::Portable(backend), Buffer::Portable(buffer)) => backend.wait(buffer, timeout),
            _ => unreachable!("a driver makes its buffer from its selector"),
        }
    }

    pub(crate) fn kick(&self) {
        match self {
            Selector::Native(backend) => backend.kick(),
            Selector::Portable(backend) => backend.kick(),
        }
    }
}

impl Buffer {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Buffer::Native(buffer) => buffer.is_empty(),
            Buffer::Portable(buffer) => buffer.is_empty(),
        }
    }

    pub(crate) fn for_each(&self, f: impl FnMut(usize, Ready)) {
        match self {
            Buffer::Native(buffer) => buffer.for_each(f),
            Buffer::Portable(buffer) => buffer.for_each(f),
        }
    }
}

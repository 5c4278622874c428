//! The backend of every system that has none of its own: `polling` alone.
//!
//! It knows less than the others: an error, a hang-up and readiness look alike, and the end of a stream is found by
//! reading it. The system has to offer edge-triggered events, as epoll and kqueue do.

#![allow(unsafe_code)]

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use polling::{AsSource, Event, Events, PollMode, Poller};

use super::{Backend, EventBuffer};
use crate::{Interest, Ready};

/// `polling`.
#[derive(Debug)]
pub(crate) struct Portable {
    poller: Poller,
    /// Set by a kick, which `polling` does not report; taken by the wait it ended.
    kicked: AtomicBool,
}

/// The events of `polling`.
pub(crate) struct PortableEvents(Events);

impl Backend for Portable {
    type Buffer = PortableEvents;

    const SEES_HALF_CLOSE: bool = false;

    fn new() -> io::Result<Self> {
        let poller = Poller::new()?;
        if !poller.supports_edge() {
            let message = "this system offers no edge-triggered events, which the driver is built on";
            return Err(io::Error::new(io::ErrorKind::Unsupported, message));
        }
        Ok(Self { poller, kicked: AtomicBool::new(false) })
    }

    fn buffer(capacity: usize) -> PortableEvents {
        PortableEvents(Events::with_capacity(NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN)))
    }

    fn add(&self, source: impl AsSource, key: usize, interest: Interest) -> io::Result<()> {
        let reads = interest.is_readable() || interest.is_priority() || interest.is_error();
        let mut event = Event::new(key, reads, interest.is_writable());
        event.set_priority(interest.is_priority());
        event.set_interrupt(true);
        // SAFETY: the contract of `Handle::register`: the source is deregistered before it is closed. Where that is
        // broken, epoll and kqueue, the systems with edge-triggered events, forget a closed source by themselves.
        unsafe { self.poller.add_with_mode(&source.source(), event, PollMode::Edge) }
    }

    fn remove(&self, source: impl AsSource) -> io::Result<()> {
        self.poller.delete(source)
    }

    fn wait(&self, buffer: &mut PortableEvents, timeout: Option<Duration>) -> io::Result<bool> {
        buffer.0.clear();
        self.poller.wait(&mut buffer.0, timeout)?;
        // ORDERING: pairs with the swap in `kick`: what the kicker did before is visible to the kicked.
        Ok(self.kicked.swap(false, Ordering::Acquire))
    }

    fn kick(&self) {
        // ORDERING: pairs with the swap in `wait`.
        self.kicked.swap(true, Ordering::Release);
        // It fails only if the descriptor is gone, which lives as long as the poller.
        let _ = self.poller.notify();
    }
}

impl EventBuffer for PortableEvents {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn for_each(&self, mut f: impl FnMut(usize, Ready)) {
        for event in self.0.iter() {
            f(event.key, ready(event));
        }
    }
}

impl fmt::Debug for PortableEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortableEvents").field("len", &self.0.len()).finish()
    }
}

fn ready(event: Event) -> Ready {
    let mut ready = Ready::EMPTY;
    if event.readable {
        ready |= Ready::READABLE;
    }
    if event.writable {
        ready |= Ready::WRITABLE;
    }
    if event.is_interrupt() {
        ready |= Ready::READABLE | Ready::WRITABLE | Ready::READ_CLOSED | Ready::WRITE_CLOSED;
    }
    if event.is_priority() {
        ready |= Ready::PRIORITY;
    }
    if event.is_err() == Some(true) {
        ready |= Ready::READABLE | Ready::WRITABLE | Ready::ERROR;
    }
    ready
}

//! The Linux backend: the epoll instance that a `polling::Poller` owns, used directly.
//!
//! Directly, for three reasons. `Poller::wait` makes three to five system calls where one does. `Poller` cannot ask for
//! `EPOLLRDHUP`, without which the end of a stream that arrives together with its last data would go unnoticed once a
//! short read has cleared readiness. And it does not tell a kick from the end of the timeout. `Poller::wait` and
//! `Poller::notify` are never called on this instance: their own descriptors in it stay silent.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use polling::{AsSource, Poller};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};

use super::{Backend, EventBuffer};
use crate::{Interest, Ready};

mod precise_wait;

use precise_wait::{EventList, PreciseWait};

/// The key of the event descriptor. `polling` itself uses the highest number.
const KICK: u64 = u64::MAX - 1;

/// An epoll instance and the descriptor that interrupts it.
#[derive(Debug)]
pub(crate) struct Epoll {
    poller: Poller,
    /// Registered as edges and never read: each write is an edge of its own. Its counter holds 2^64 - 2 of them.
    kick: OwnedFd,
    precise: PreciseWait,
}

/// Events as the kernel writes them.
pub(crate) struct EpollEvents {
    list: EventList,
    sources: usize,
}

impl Backend for Epoll {
    type Buffer = EpollEvents;

    const SEES_HALF_CLOSE: bool = true;

    fn new() -> io::Result<Self> {
        let poller = Poller::new()?;
        let kick = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(poller.as_fd(), &kick, EventData::new_u64(KICK), EventFlags::IN | EventFlags::ET)?;
        Ok(Self { poller, kick, precise: PreciseWait::new() })
    }

    fn buffer(capacity: usize) -> EpollEvents {
        // One more, so that a kick never keeps a source waiting.
        EpollEvents { list: EventList::with_capacity(capacity + 1), sources: 0 }
    }

    fn add(&self, source: impl AsSource, key: usize, interest: Interest) -> io::Result<()> {
        // The key is widened without a sign, so it cannot reach the two numbers at the top of 64 bits.
        Ok(epoll::add(self.poller.as_fd(), source.source(), EventData::new_u64(key as u64), flags(interest))?)
    }

    fn remove(&self, source: impl AsSource) -> io::Result<()> {
        Ok(epoll::delete(self.poller.as_fd(), source.source())?)
    }

    fn wait(&self, buffer: &mut EpollEvents, timeout: Option<Duration>) -> io::Result<bool> {
        buffer.sources = 0;
        self.precise.wait(self.poller.as_fd(), &mut buffer.list, timeout)?;
        let events = buffer.list.as_slice();
        let kicks = events.iter().filter(|event| event.data.u64() == KICK).count();
        buffer.sources = events.len() - kicks;
        Ok(kicks != 0)
    }

    fn kick(&self) {
        // It fails only if the counter were full, and then an edge is pending anyway.
        let _ = rustix::io::write(&self.kick, &1_u64.to_ne_bytes());
    }
}

impl EventBuffer for EpollEvents {
    fn is_empty(&self) -> bool {
        self.sources == 0
    }

    fn for_each(&self, mut f: impl FnMut(usize, Ready)) {
        for event in self.list.as_slice() {
            let key = event.data.u64();
            if key != KICK {
                f(key as usize, ready(event.flags));
            }
        }
    }
}

impl fmt::Debug for EpollEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpollEvents").field("len", &self.list.as_slice().len()).finish()
    }
}

/// Hang-ups and errors are reported whether asked for or not.
fn flags(interest: Interest) -> EventFlags {
    let mut flags = EventFlags::ET;
    if interest.is_readable() {
        flags |= EventFlags::IN | EventFlags::RDHUP;
    }
    if interest.is_writable() {
        flags |= EventFlags::OUT;
    }
    if interest.is_priority() {
        flags |= EventFlags::PRI;
    }
    flags
}

/// An error or a hang-up lets every operation go on, so that it finds out.
fn ready(flags: EventFlags) -> Ready {
    let mut ready = Ready::EMPTY;
    let is_error = flags.contains(EventFlags::ERR);
    let is_hang_up = flags.contains(EventFlags::HUP);
    if flags.intersects(EventFlags::IN | EventFlags::PRI) || is_error || is_hang_up {
        ready |= Ready::READABLE;
    }
    if flags.contains(EventFlags::OUT) || is_error || is_hang_up {
        ready |= Ready::WRITABLE;
    }
    if flags.contains(EventFlags::PRI) {
        ready |= Ready::PRIORITY;
    }
    if is_error {
        ready |= Ready::ERROR;
    }
    if is_hang_up || flags.contains(EventFlags::RDHUP) {
        ready |= Ready::READ_CLOSED;
    }
    // A pipe whose reader is gone reports an error and nothing else, or an error and room to write.
    if is_hang_up || (is_error && (flags.contains(EventFlags::OUT) || flags == EventFlags::ERR)) {
        ready |= Ready::WRITE_CLOSED;
    }
    ready
}

//! Children whose handles were dropped before they ended: somebody has to collect them, or they stay zombies.
//!
//! That is a thread, `heist-reaper`, which exists while there are orphans. It belongs to no runtime, so it does not matter
//! which of them end. It sleeps in poll(2) on the descriptors of the orphans and on a socket by which it is kicked: when
//! there is a new orphan, and, if there are orphans without a descriptor, by the waker of a listener to SIGCHLD.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use std::{io, thread};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::scheduler::threads;
use crate::signal::unix::{Signal, SignalKind, signal};

/// How often to look where nothing tells when: there are no descriptors for processes and no signals can be listened to.
const FALLBACK_PERIOD: Duration = Duration::from_millis(100);

static SHARED: Mutex<Shared> = Mutex::new(Shared { inbox: Vec::new(), kick: None });

struct Shared {
    /// Orphans that the thread has not taken over yet.
    inbox: Vec<Orphan>,
    /// The way to wake the thread; present exactly while there is one.
    kick: Option<Arc<Kick>>,
}

/// A child that nobody waits for.
#[derive(Debug)]
pub(super) struct Orphan {
    child: Child,
    /// Readable when it has ended.
    descriptor: Option<OwnedFd>,
}

/// The socket that wakes the thread.
struct Kick(UnixStream);

impl Orphan {
    pub(super) fn new(child: Child, descriptor: Option<OwnedFd>) -> Self {
        Self { child, descriptor }
    }

    /// Collects it if it has ended.
    fn is_left(&mut self) -> bool {
        // An error means that somebody else has collected it.
        matches!(self.child.try_wait(), Ok(None))
    }
}

/// Collects a child when it ends.
pub(super) fn adopt(mut orphan: Orphan) {
    if orphan.is_left() {
        let mut shared = lock();
        shared.inbox.push(orphan);
        shared.serve();
    }
}

/// Tries again to start the thread if that has failed before.
pub(super) fn serve_left_over() {
    let mut shared = lock();
    if !shared.inbox.is_empty() {
        shared.serve();
    }
}

fn lock() -> MutexGuard<'static, Shared> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Lets the thread look into the inbox. If it cannot be started the orphans stay there until the next call.
    fn serve(&mut self) {
        match &self.kick {
            Some(kick) => kick.kick(),
            None => self.kick = start().ok(),
        }
    }
}

impl Kick {
    fn kick(&self) {
        // A full buffer wakes the thread as well as one more byte would.
        let _ = (&self.0).write(&[1]);
    }
}

impl Wake for Kick {
    fn wake(self: Arc<Self>) {
        self.kick();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.kick();
    }
}

fn start() -> io::Result<Arc<Kick>> {
    let (kicked, kick) = UnixStream::pair()?;
    kicked.set_nonblocking(true)?;
    kick.set_nonblocking(true)?;
    let kick = Arc::new(Kick(kick));
    let mut reaper = Reaper { orphans: Vec::new(), kicked, waker: kick.clone().into(), signal: None };
    threads::spawn("heist-reaper".into(), None, move || reaper.run())?;
    Ok(kick)
}

/// What the thread has.
struct Reaper {
    orphans: Vec<Orphan>,
    kicked: UnixStream,
    waker: Waker,
    /// Listened to once there was an orphan without a descriptor.
    signal: Option<Signal>,
}

impl Reaper {
    /// The thread's body: runs until no orphan is left.
    fn run(&mut self) {
        while self.take_over() {
            // Listening comes before looking, so that who ends after the look is told of.
            let timeout = self.listen();
            self.orphans.retain_mut(Orphan::is_left);
            if !self.orphans.is_empty() {
                self.sleep(timeout);
            }
        }
    }

    /// Takes the orphans from the inbox. False if none are left anywhere: in the same lock section the thread has then
    /// ceased to be the one that serves, so the next orphan starts another.
    fn take_over(&mut self) -> bool {
        let mut shared = lock();
        self.orphans.append(&mut shared.inbox);
        if self.orphans.is_empty() {
            shared.kick = None;
        }
        !self.orphans.is_empty()
    }

    /// Arranges to be kicked by SIGCHLD if that is needed. Returns how long to sleep at most.
    fn listen(&mut self) -> Option<Timespec> {
        if self.orphans.iter().all(|orphan| orphan.descriptor.is_some()) {
            return None;
        }
        if self.signal.is_none() {
            self.signal = signal(SignalKind::child()).ok();
        }
        let Some(signal) = &mut self.signal else {
            return Timespec::try_from(FALLBACK_PERIOD).ok();
        };
        let mut cx = Context::from_waker(&self.waker);
        while signal.poll_recv(&mut cx).is_ready() {}
        None
    }

    fn sleep(&mut self, timeout: Option<Timespec>) {
        let descriptors = self.orphans.iter().filter_map(|orphan| orphan.descriptor.as_ref());
        let mut fds: Vec<_> = descriptors.map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
        fds.push(PollFd::new(&self.kicked, PollFlags::IN));
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            // No memory for so many descriptors.
            Err(_) => thread::sleep(FALLBACK_PERIOD),
        }
        let mut bytes = [0; 64];
        while matches!(self.kicked.read(&mut bytes), Ok(count) if count == bytes.len()) {}
    }
}

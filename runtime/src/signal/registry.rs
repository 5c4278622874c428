//! What the process has of signals: the handlers, the pipe they write to, and the thread that reads it.
//!
//! From the handler to a task:
//! 1. the handler sets its signal's `raised` and writes a byte to the pipe;
//! 2. the thread reads bytes, and for each signal that is `raised` clears that, counts one and notifies its listeners;
//! 3. a listener that finds the count moved reports one signal.
//!
//! A signal that comes while `raised` is still set is one with the former: signals coalesce. One that comes after it
//! was cleared writes a byte after that, so the thread comes round again. A full pipe loses no signal: the thread
//! looks at all of them after each read.

#![allow(unsafe_code)]

use std::io::{self, Read};
use std::os::raw::c_int;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::sync::Notify;
use crate::sync::futures::OwnedNotified;

/// Signal numbers are smaller than this on every system we know.
const NUMBERS: usize = 128;

static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);

/// What exists once the first signal was asked for.
struct Registry {
    /// By signal number; those that were asked for.
    events: Vec<Option<Arc<Event>>>,
    /// The handlers' end of the pipe.
    pipe: Arc<UnixStream>,
}

/// One signal.
pub(super) struct Event {
    raised: AtomicBool,
    count: AtomicUsize,
    listeners: Arc<Notify>,
}

impl Event {
    /// How many times the signal was noticed.
    pub(super) fn count(&self) -> usize {
        // ORDERING: Acquire pairs with the Release in `notice`, so that what a signal's sender did is visible as far
        // as the system makes it so.
        self.count.load(Ordering::Acquire)
    }

    /// Ready once the signal is noticed after now.
    pub(super) fn notified(&self) -> OwnedNotified {
        self.listeners.clone().notified_owned()
    }

    /// Reports the signal if it was raised.
    fn notice(&self) {
        // ORDERING: AcqRel: the clearing comes before the count and after the read of the pipe.
        if !self.raised.swap(false, Ordering::AcqRel) {
            return;
        }
        self.count.fetch_add(1, Ordering::Release);
        // The waker of one listener shall not keep the others, or later signals, from being served.
        let _ = catch_unwind(AssertUnwindSafe(|| self.listeners.notify_waiters()));
    }
}

/// The event of a signal, whose handler is installed from now on.
pub(super) fn listen(number: c_int) -> io::Result<Arc<Event>> {
    let index = usize::try_from(number).ok().filter(|index| (1..NUMBERS).contains(index));
    let Some(index) = index.filter(|_| !signal_hook_registry::FORBIDDEN.contains(&number)) else {
        return Err(io::Error::other(format!("Refusing to register signal {number}")));
    };
    let mut registry = lock();
    let registry = match &mut *registry {
        Some(registry) => registry,
        none => none.insert(start()?),
    };
    if let Some(event) = &registry.events[index] {
        return Ok(event.clone());
    }
    let event = Arc::new(Event {
        raised: AtomicBool::new(false),
        count: AtomicUsize::new(0),
        listeners: Arc::new(Notify::new()),
    });
    install(number, event.clone(), registry.pipe.clone())?;
    registry.events[index] = Some(event.clone());
    Ok(event)
}

fn lock() -> MutexGuard<'static, Option<Registry>> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start() -> io::Result<Registry> {
    let (reader, writer) = UnixStream::pair()?;
    // A handler must not wait. A full pipe tells the thread as much as one more byte would.
    writer.set_nonblocking(true)?;
    thread::Builder::new().name("heist-signal".into()).spawn(move || serve(reader))?;
    Ok(Registry { events: vec![None; NUMBERS], pipe: Arc::new(writer) })
}

fn install(number: c_int, event: Arc<Event>, pipe: Arc<UnixStream>) -> io::Result<()> {
    let handler = move || {
        // ORDERING: Release pairs with the swap in `notice`; the byte comes after.
        event.raised.store(true, Ordering::Release);
        // A write without memory, locks or panics. It fails only if the pipe is full.
        let _ = rustix::io::write(&*pipe, &[1]);
    };
    // SAFETY: the handler stores to an atomic and calls write(2), both of which a signal handler may do. What it
    // captures is never dropped: it is never unregistered.
    unsafe { signal_hook_registry::register(number, handler) }?;
    Ok(())
}

/// The thread's body.
fn serve(mut pipe: UnixStream) {
    let mut bytes = [0; 128];
    loop {
        match pipe.read(&mut bytes) {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
            Ok(_) | Err(_) => {}
        }
        // The lock is not held while listeners are woken: they may ask for another signal.
        let events: Vec<_> = lock().iter().flat_map(|registry| registry.events.iter().flatten().cloned()).collect();
        for event in events {
            event.notice();
        }
    }
}

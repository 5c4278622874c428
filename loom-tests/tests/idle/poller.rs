//! What the outside world does to a runtime in the models: events, a kick, timers on wheels, and a bell to sleep at.

use heist_primitives::atomic::{AtomicU64, Ordering};
use heist_primitives::sync::{Condvar, Mutex};

use crate::idle::NEVER;
use crate::task::raw::Runnable;

/// A flag that one thread sleeps at.
pub(crate) struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self { rung: Mutex::new(false), changed: Condvar::new() }
    }

    pub(crate) fn ring(&self) {
        *self.rung.lock() = true;
        self.changed.notify_one();
    }

    pub(crate) fn sleep(&self) {
        let mut rung = self.rung.lock();
        while !*rung {
            rung = self.changed.wait(rung);
        }
        *rung = false;
    }
}

#[derive(Default)]
struct Pending {
    events: Vec<Runnable>,
    kicked: bool,
}

/// Events that nobody has collected; each makes one task runnable.
pub(crate) struct Poller {
    pending: Mutex<Pending>,
    changed: Condvar,
}

impl Poller {
    pub(crate) fn new() -> Self {
        Self { pending: Mutex::new(Pending::default()), changed: Condvar::new() }
    }

    /// Something happens for each of the tasks, at once.
    pub(crate) fn events(&self, tasks: impl IntoIterator<Item = usize>) {
        self.pending.lock().events.extend(tasks.into_iter().map(Runnable::new));
        self.changed.notify_one();
    }

    pub(crate) fn kick(&self) {
        self.pending.lock().kicked = true;
        self.changed.notify_one();
    }

    /// Collects events; waits for one or a kick if that is wanted. A kick is used up by any wait: it is an edge.
    pub(crate) fn wait(&self, may_wait: bool, events: &mut Vec<Runnable>) {
        let mut pending = self.pending.lock();
        while may_wait && pending.events.is_empty() && !pending.kicked {
            pending = self.changed.wait(pending);
        }
        pending.kicked = false;
        events.append(&mut pending.events);
    }
}

/// A wheel as the timer crate has it: a lock, and the next deadline beside it with no order of its own.
pub(crate) struct Wheel {
    timers: Mutex<Vec<(u64, Option<usize>)>>,
    next: AtomicU64,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self { timers: Mutex::new(Vec::new()), next: AtomicU64::new(NEVER) }
    }

    /// A timer that makes a task runnable, or nothing. Returns the next deadline if it went down.
    pub(crate) fn insert(&self, deadline_ns: u64, task: Option<usize>) -> Option<u64> {
        let mut timers = self.timers.lock();
        timers.push((deadline_ns, task));
        let before = self.next.load(Ordering::Relaxed);
        if deadline_ns < before {
            self.next.store(deadline_ns, Ordering::Relaxed);
        }
        (deadline_ns < before).then_some(deadline_ns)
    }

    pub(crate) fn next_deadline(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    pub(crate) fn fire(&self, now_ns: u64, due: &mut Vec<Runnable>) {
        if self.next_deadline() > now_ns {
            return;
        }
        let mut timers = self.timers.lock();
        due.extend(timers.iter().filter(|timer| timer.0 <= now_ns).filter_map(|timer| timer.1).map(Runnable::new));
        timers.retain(|timer| timer.0 > now_ns);
        self.next.store(timers.iter().map(|timer| timer.0).min().unwrap_or(NEVER), Ordering::Relaxed);
    }
}

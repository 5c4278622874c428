//! What the tasks and the threads of a round share, and the tasks themselves: random steps, one after the other.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;

use heist::sync::mpsc;
use heist::task::{AbortHandle, JoinError, JoinHandle};

use crate::MEANT;
use crate::beacon::Beacon;
use crate::ledger::{Ledger, Ticket};
use crate::random::Random;
use crate::steps::step;

pub(crate) struct Shared {
    pub(crate) ledger: Ledger,
    /// Wakers of tasks that wait for a foreign thread.
    pub(crate) wakers: Mutex<Vec<Waker>>,
    pub(crate) joins: Mutex<Vec<JoinHandle<Ticket>>>,
    pub(crate) aborts: Mutex<Vec<AbortHandle>>,
    pub(crate) beacons: Vec<Arc<Beacon>>,
    pub(crate) channel: mpsc::Sender<Ticket>,
    pub(crate) server: Option<SocketAddr>,
    /// Tasks that may still be spawned.
    pub(crate) left: AtomicU64,
    /// Nobody waits any more for what the threads outside do.
    pub(crate) stop: AtomicBool,
    /// Threads that may still block on purpose and wait for a task: one has to be left that runs it.
    pub(crate) blockers: AtomicU64,
}

impl Shared {
    pub(crate) fn may_spawn(&self) -> bool {
        take_one(&self.left)
    }

    pub(crate) fn may_block(&self) -> bool {
        take_one(&self.blockers)
    }

    pub(crate) fn remember(&self, random: &mut Random, join: JoinHandle<Ticket>) {
        if random.one_in(3) {
            self.aborts.lock().unwrap().push(join.abort_handle());
        }
        // Some handles are dropped: their tasks are detached.
        if !random.one_in(4) {
            self.joins.lock().unwrap().push(join);
        }
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Calls what is left of the wakers. They may outlive their runtime.
    pub(crate) fn wake_all(&self) {
        take_all(&self.wakers).into_iter().for_each(Waker::wake);
    }
}

fn take_one(from: &AtomicU64) -> bool {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

pub(crate) type Work = Pin<Box<dyn Future<Output = Ticket> + Send>>;

/// A task: a few random steps. Its future holds a ticket and its output is one.
pub(crate) fn work(shared: Arc<Shared>, mut random: Random) -> Work {
    let ticket = shared.ledger.ticket("future");
    Box::pin(async move {
        let _ticket = ticket;
        let trap = random.one_in(30).then_some(PanicsWhenDropped);
        for _ in 0..random.below(6) {
            step(&shared, &mut random).await;
        }
        // Not after the output is made: the compiler leaks a value that is being returned when a destructor panics
        // (rust-lang/rust#47949).
        drop(trap);
        shared.ledger.ticket("output")
    })
}

/// Part of a future whose destructor fails.
struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("{MEANT}");
        }
    }
}

/// What a task panics with that blocks while its runtime ends, and asks for a timer or a socket then.
const RUNTIME_ENDED: &str = "A Tokio 1.x context was found, but it is being shutdown.";

/// Whether the round's runtime is being ended. Rounds come one after the other.
pub(crate) static ENDS: AtomicBool = AtomicBool::new(false);

/// A task ends well, by an abort, or by a panic that was meant; or because its runtime ends under it.
pub(crate) fn check<T>(result: Result<T, JoinError>) {
    let Err(error) = result else { return };
    if error.is_panic() {
        let payload = error.into_panic();
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        let by_the_end = ENDS.load(Ordering::Relaxed) && text.as_deref() == Some(RUNTIME_ENDED);
        assert!(text.as_deref() == Some(MEANT) || by_the_end, "a task has panicked with {text:?}");
    } else {
        assert!(error.is_cancelled());
    }
}

/// Releases the lock before anything is done with what it guarded: tasks may want it.
pub(crate) fn take_all<T>(from: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut *from.lock().unwrap())
}

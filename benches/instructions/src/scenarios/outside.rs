//! Tasks spawned from the thread that calls `block_on`.
//!
//! Two threads take part, and how they meet depends on the time. So the worker is held while tasks are spawned, and the
//! thread waits while the worker runs them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, Thread};

use heist_instructions::{clock, phase_ends};

use super::{Place, Scenario};
use crate::rt;

pub(super) const SCENARIOS: [Scenario; 1] =
    [Scenario { name: "spawn_block_on", operations: 1000, run: |n| Box::pin(spawned(n)), place: Place::BlockOn }];

/// The gate that the worker stands at between two phases.
static CLOSED: Mutex<Option<Arc<Gate>>> = Mutex::new(None);

/// Holds a worker.
#[derive(Default)]
struct Gate {
    worker: OnceLock<Thread>,
    open: AtomicBool,
}

impl Gate {
    /// A task that holds the worker that runs it.
    fn hold_worker() -> Arc<Self> {
        let gate = Arc::new(Self::default());
        let (held, spawner) = (gate.clone(), thread::current());
        drop(rt::spawn(async move {
            // The worker's phase; the one of the thread that spawns ends where all scenarios' do.
            phase_ends();
            held.worker.set(thread::current()).expect("the task runs once");
            spawner.unpark();
            while !held.open.load(Ordering::Relaxed) {
                thread::park();
            }
        }));
        gate
    }

    /// Waits until the worker stands here.
    fn wait(&self) -> &Thread {
        loop {
            if let Some(worker) = self.worker.get() {
                return worker;
            }
            thread::park();
        }
    }

    /// Lets the worker go on.
    fn open(&self) {
        self.open.store(true, Ordering::Relaxed);
        self.wait().unpark();
    }
}

/// An empty task that nobody joins is spawned, and the worker runs it. An operation is one task.
async fn spawned(n: u64) {
    let before = CLOSED.lock().unwrap().take().unwrap_or_else(Gate::hold_worker);
    before.wait();
    for _ in 0..n {
        drop(rt::spawn(async {}));
        clock::operation();
    }
    // Behind all of them.
    let behind = Gate::hold_worker();
    before.open();
    behind.wait();
    *CLOSED.lock().unwrap() = Some(behind);
}

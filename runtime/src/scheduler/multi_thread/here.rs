//! What the current thread is to a multi-thread runtime: a worker, a guest, or neither. Owns that thread-local.

use std::cell::{Cell, RefCell};
use std::ptr;

use super::Shared;
use super::guest::Guest;
use super::worker::Worker;
use crate::scheduler::scoped::Scoped;
use crate::task::raw::RunnableList;

thread_local! {
    static HERE: Scoped<Here> = const { Scoped::new() };
    /// The runtime whose worker this thread is, from its start to its end. Compared, never followed.
    static WORKER_OF: Cell<*const Shared> = const { Cell::new(ptr::null()) };
}

/// The thread's part in a runtime.
#[derive(Debug)]
pub(super) struct Here {
    /// Compared, never followed.
    shared: *const Shared,
    role: Role,
}

/// What that part is.
#[derive(Debug)]
pub(super) enum Role {
    /// It runs tasks.
    Worker(Worker),
    /// It is inside `block_on`, and has a queue of its own.
    Guest(Guest),
    /// It is the driver thread, which collects what it wakes.
    Batch(RefCell<RunnableList>),
}

impl Here {
    pub(super) fn new(shared: &Shared, role: Role) -> Self {
        Self { shared, role }
    }

    pub(super) fn role(&self) -> &Role {
        &self.role
    }

    pub(super) fn into_role(self) -> Role {
        self.role
    }

    /// Runs `f` while the thread has this part.
    pub(super) fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        // The thread-local has no destructor, so it can be reached as long as the thread runs.
        HERE.with(|here| here.set(self, f))
    }
}

/// Calls `f` with the thread's part in `shared`.
#[inline]
pub(super) fn with<R>(shared: *const Shared, f: impl FnOnce(Option<&Role>) -> R) -> R {
    Scoped::with(&HERE, |here| match here {
        Some(here) if std::ptr::eq(here.shared, shared) => f(Some(&here.role)),
        _ => f(None),
    })
}

/// The current thread is one of the workers of `shared` for the rest of its life.
pub(super) fn thread_is_worker_of(shared: &Shared) {
    WORKER_OF.set(shared);
}

/// Whether the current thread is one of the workers of `shared`, whatever else it does at the moment.
pub(super) fn is_worker_of(shared: &Shared) -> bool {
    ptr::eq(WORKER_OF.get(), shared)
}

/// Runs `f`, which blocks the thread. If that is a worker, others do its work meanwhile.
pub(crate) fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
    /// Also when `f` panics.
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            if self.0 {
                innermost_worker(Worker::unblock);
            }
        }
    }
    let _back = Back(innermost_worker(Worker::block).unwrap_or(false));
    f()
}

fn innermost_worker<R>(f: impl FnOnce(&Worker) -> R) -> Option<R> {
    Scoped::with(&HERE, |here| match here.map(Here::role) {
        Some(Role::Worker(worker)) => Some(f(worker)),
        _ => None,
    })
}

/// The index of the worker that the current thread is, of whatever multi-thread runtime. A spare goes by the number of
/// one of the configured workers.
pub(crate) fn worker_index() -> Option<usize> {
    innermost_worker(|worker| worker.index() % worker.shared.slots.workers())
}

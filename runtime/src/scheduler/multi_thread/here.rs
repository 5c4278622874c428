//! What the current thread is to a multi-thread runtime: a worker, a guest, or neither. Owns that thread-local.

use std::cell::RefCell;

use super::Shared;
use super::guest::Guest;
use super::worker::Worker;
use crate::scheduler::scoped::Scoped;
use crate::task::raw::RunnableList;

thread_local! {
    static HERE: Scoped<Here> = const { Scoped::new() };
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
    HERE.with(|here| {
        here.with(|here| match here {
            Some(here) if std::ptr::eq(here.shared, shared) => f(Some(&here.role)),
            _ => f(None),
        })
    })
}

/// The index of the worker that the current thread is, of whatever multi-thread runtime.
pub(crate) fn worker_index() -> Option<usize> {
    HERE.with(|here| {
        here.with(|here| match here.map(Here::role) {
            Some(Role::Worker(worker)) => Some(worker.index()),
            _ => None,
        })
    })
}

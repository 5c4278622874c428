//! Task ids, and the id of the task that the current thread runs.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ids that a thread takes at a time, so that spawning does not touch a shared counter.
const BLOCK: u64 = 1024;

/// The first id that no thread has taken.
static UNTAKEN: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// The ids that this thread has taken and not given out: from the first, up to the second.
    static TAKEN: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    static CURRENT: Cell<Option<Id>> = const { Cell::new(None) };
}

/// The name of a task: different from that of every other task of the process, finished ones included.
///
/// Ids say nothing about the order in which tasks were spawned.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() {
///     let task = heist::spawn(async { heist::task::id() });
///     let id = task.id();
///     assert_eq!(task.await.unwrap(), id);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(NonZeroU64);

impl Id {
    /// A new one.
    #[inline]
    pub(crate) fn next() -> Self {
        let next = TAKEN.try_with(|taken| {
            let (mut next, mut end) = taken.get();
            if next == end {
                next = take(BLOCK);
                end = next + BLOCK;
            }
            taken.set((next + 1, end));
            next
        });
        // A thread that ends may still spawn.
        let next = next.unwrap_or_else(|_| take(1));
        Self(NonZeroU64::new(next).expect("ids start at 1"))
    }

    /// As a number that is not 0.
    #[inline]
    pub(crate) fn as_u64(self) -> u64 {
        self.0.get()
    }

    /// Back from the number; `None` for 0.
    pub(crate) fn from_u64(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }
}

#[cold]
fn take(number: u64) -> u64 {
    UNTAKEN.fetch_add(number, Ordering::Relaxed)
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of the task that calls this.
///
/// It is also there while the task's future or output is dropped.
///
/// # Panics
///
/// Outside a task; in particular in the future given to `block_on`, which is none.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() {
///     heist::spawn(async { println!("this is task {}", heist::task::id()) }).await.unwrap();
/// }
/// ```
#[track_caller]
pub fn id() -> Id {
    try_id().expect(
        "Can't get a task id when not inside a task: call this in a future given to `spawn`, or use `task::try_id`",
    )
}

/// The id of the task that calls this, or `None` outside a task.
///
/// # Examples
///
/// ```
/// assert!(heist::task::try_id().is_none());
/// ```
pub fn try_id() -> Option<Id> {
    CURRENT.try_with(Cell::get).unwrap_or(None)
}

/// Makes `id` the current task's until the guard drops.
#[inline]
pub(crate) fn enter(id: Id) -> IdGuard {
    IdGuard { before: CURRENT.try_with(|current| current.replace(Some(id))).unwrap_or(None), not_send: PhantomData }
}

/// Restores what [`enter`] replaced.
#[derive(Debug)]
pub(crate) struct IdGuard {
    before: Option<Id>,
    not_send: PhantomData<*mut ()>,
}

impl Drop for IdGuard {
    #[inline]
    fn drop(&mut self) {
        // The thread-local may be gone when a thread ends; then nobody can ask for it.
        let _ = CURRENT.try_with(|current| current.set(self.before));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    #[test]
    fn ids_differ_across_threads_and_blocks() {
        let count = BLOCK as usize * 2 + 7;
        let threads: Vec<_> =
            (0..3).map(|_| thread::spawn(move || Vec::from_iter((0..count).map(|_| Id::next())))).collect();
        let ids: Vec<Id> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(HashSet::<Id>::from_iter(ids.iter().copied()).len(), 3 * count);
    }

    #[test]
    fn ids_of_a_thread_increase() {
        let ids: Vec<Id> = (0..3 * BLOCK).map(|_| Id::next()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn the_current_id_nests() {
        let (outer, inner) = (Id::next(), Id::next());
        assert_eq!(try_id(), None);
        {
            let _outer = enter(outer);
            assert_eq!(id(), outer);
            drop(enter(inner));
            assert_eq!(id(), outer);
        }
        assert_eq!(try_id(), None);
    }

    #[test]
    #[should_panic(expected = "Can't get a task id when not inside a task")]
    fn there_is_no_id_outside_a_task() {
        id();
    }

    #[test]
    fn formats() {
        let id = Id::next();
        assert_eq!(format!("{id:?}"), format!("Id({id})"));
    }
}

//! The queue that every thread can push to: spawns from outside, wakes from foreign threads.
//!
//! A list under a mutex, linked through the tasks, with its length beside it. Against a lock-free queue it has three
//! merits: the test for "closed" and the push are one atomic step, which a spawn needs (it must not slip in behind the
//! shutdown); a batch goes in or out under one lock; nothing is allocated. Uncontended the lock costs what one push to a
//! lock-free queue costs.

use heist_primitives::CachePadded;
use heist_primitives::atomic::{AtomicBool, AtomicUsize, Ordering};
use heist_primitives::mutation;
use heist_primitives::sync::Mutex;

use crate::task::raw::{Runnable, RunnableList};

#[derive(Debug)]
struct Inner {
    tasks: RunnableList,
    /// No more spawns. Wakes are still taken, since shutdown runs every task once more to drop its future.
    closed: bool,
    /// Tasks ever spawned through this queue.
    spawned: u64,
    /// Tasks that were woken, ever pushed one by one.
    pushed: u64,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Injector {
    inner: CachePadded<Mutex<Inner>>,
    /// Written under the lock.
    len: CachePadded<AtomicUsize>,
    /// Follows `Inner::closed`, for those who may be a little late.
    closed: AtomicBool,
}

impl Injector {
    pub(crate) fn new() -> Self {
        let inner = Inner { tasks: RunnableList::new(), closed: false, spawned: 0, pushed: 0 };
        Self {
            inner: CachePadded::new(Mutex::new(inner)),
            len: CachePadded::new(AtomicUsize::new(0)),
            closed: AtomicBool::new(false),
        }
    }

    /// Adds a new task, or gives it back if the queue is closed.
    pub(crate) fn spawn(&self, task: Runnable) -> Result<(), Runnable> {
        let mut inner = self.inner.lock();
        if inner.closed && !mutation::on("SPAWN_IGNORES_CLOSE") {
            return Err(task);
        }
        inner.spawned += 1;
        inner.tasks.push_back(task);
        self.publish_len(&inner);
        Ok(())
    }

    /// Adds a task that was woken.
    pub(crate) fn push(&self, task: Runnable) {
        let mut inner = self.inner.lock();
        inner.pushed += 1;
        inner.tasks.push_back(task);
        self.publish_len(&inner);
    }

    /// Adds many at once.
    pub(crate) fn push_all(&self, mut tasks: RunnableList) {
        if tasks.is_empty() {
            return;
        }
        let mut inner = self.inner.lock();
        inner.tasks.append(&mut tasks);
        self.publish_len(&inner);
    }

    /// Adds many that nobody has run yet, or gives them back if the queue is closed.
    pub(crate) fn push_all_new(&self, mut tasks: RunnableList) -> Result<(), RunnableList> {
        if tasks.is_empty() {
            return Ok(());
        }
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(tasks);
        }
        inner.tasks.append(&mut tasks);
        self.publish_len(&inner);
        Ok(())
    }

    /// Takes up to `most` tasks from the front.
    pub(crate) fn take(&self, most: usize) -> RunnableList {
        if self.is_empty() {
            return RunnableList::new();
        }
        let mut inner = self.inner.lock();
        let taken = inner.tasks.split_off_front(most);
        self.publish_len(&inner);
        taken
    }

    /// Whether it seems to be empty.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of tasks that seem to be in it.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // ORDERING: Acquire pairs with `publish_len`; the fences of the idle protocol do the rest.
        self.len.load(Ordering::Acquire)
    }

    /// Refuses spawns from now on.
    pub(crate) fn close(&self) {
        let mut inner = self.inner.lock();
        inner.closed = true;
        // ORDERING: Relaxed; who must not be late puts a SeqCst fence before the load (`Guest::push`), and the workers
        // one behind their first sight of the shutdown (`Worker::end`).
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Whether spawns are refused. May be stale.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Tasks ever spawned through this queue.
    pub(crate) fn spawned(&self) -> u64 {
        self.inner.lock().spawned
    }

    /// Tasks ever added one by one, new and woken ones.
    pub(crate) fn added(&self) -> u64 {
        let inner = self.inner.lock();
        inner.spawned + inner.pushed
    }

    fn publish_len(&self, inner: &Inner) {
        // ORDERING: Release pairs with `len`.
        self.len.store(inner.tasks.len(), Ordering::Release);
    }
}

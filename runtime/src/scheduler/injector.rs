//! The queue that every thread can push to: spawns from outside, wakes from foreign threads.
//!
//! A list under a mutex, linked through the tasks, with its length beside it. Against a lock-free queue it has three
//! merits: the test for "closed" and the push are one atomic step, which a spawn needs (it must not slip in behind the
//! shutdown); a batch goes in or out under one lock; nothing is allocated. Uncontended the lock costs what one push to a
//! lock-free queue costs.
//!
//! To take a part of a list it has to be walked, task by task, and each was written by another thread. So there are two
//! lists: who takes moves the back to the front as a whole, and walks the front under a lock that no push needs. The back
//! has the newest task first, so that a push writes to its own task alone, and not to that of another thread. Moving it
//! turns it around.

use std::mem;

use heist_primitives::CachePadded;
use heist_primitives::atomic::{AtomicBool, AtomicUsize, Ordering};
use heist_primitives::mutation;
use heist_primitives::sync::Mutex;

use crate::task::raw::{Runnable, RunnableList};

/// The end where tasks are pushed.
#[derive(Debug)]
struct Back {
    /// The newest first.
    tasks: RunnableList,
    /// No more spawns. Wakes are still taken, since shutdown runs every task once more to drop its future.
    closed: bool,
    /// Tasks ever spawned through this queue.
    spawned: u64,
    /// Tasks that were woken, ever pushed one by one.
    pushed: u64,
}

impl Back {
    /// Adds tasks of which the newest is first.
    fn add(&mut self, mut newest_first: RunnableList) {
        newest_first.append(&mut self.tasks);
        self.tasks = newest_first;
    }
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Injector {
    back: CachePadded<Mutex<Back>>,
    /// Tasks in the back. Written under its lock.
    back_len: CachePadded<AtomicUsize>,
    /// The end where tasks are taken. Its lock is taken before that of the back.
    front: CachePadded<Mutex<RunnableList>>,
    /// Tasks in the front. Written under its lock.
    front_len: CachePadded<AtomicUsize>,
    /// Follows `Back::closed`, for those who may be a little late.
    closed: AtomicBool,
}

impl Injector {
    pub(crate) fn new() -> Self {
        let back = Back { tasks: RunnableList::new(), closed: false, spawned: 0, pushed: 0 };
        Self {
            back: CachePadded::new(Mutex::new(back)),
            back_len: CachePadded::new(AtomicUsize::new(0)),
            front: CachePadded::new(Mutex::new(RunnableList::new())),
            front_len: CachePadded::new(AtomicUsize::new(0)),
            closed: AtomicBool::new(false),
        }
    }

    /// Adds a new task, or gives it back if the queue is closed.
    pub(crate) fn spawn(&self, task: Runnable) -> Result<(), Runnable> {
        let mut back = self.back.lock();
        if back.closed && !mutation::on("SPAWN_IGNORES_CLOSE") {
            return Err(task);
        }
        back.spawned += 1;
        back.tasks.push_front(task);
        self.publish_len(&back);
        Ok(())
    }

    /// Adds a task that was woken.
    pub(crate) fn push(&self, task: Runnable) {
        let mut back = self.back.lock();
        back.pushed += 1;
        back.tasks.push_front(task);
        self.publish_len(&back);
    }

    /// Adds many at once.
    pub(crate) fn push_all(&self, mut tasks: RunnableList) {
        if tasks.is_empty() {
            return;
        }
        tasks.reverse();
        let mut back = self.back.lock();
        back.add(tasks);
        self.publish_len(&back);
    }

    /// Adds many that nobody has run yet, or gives them back if the queue is closed.
    pub(crate) fn push_all_new(&self, mut tasks: RunnableList) -> Result<(), RunnableList> {
        if tasks.is_empty() {
            return Ok(());
        }
        let mut back = self.back.lock();
        if back.closed {
            return Err(tasks);
        }
        tasks.reverse();
        back.add(tasks);
        self.publish_len(&back);
        Ok(())
    }

    /// Takes up to `most` tasks, the oldest ones.
    pub(crate) fn take(&self, most: usize) -> RunnableList {
        if self.is_empty() {
            return RunnableList::new();
        }
        let mut front = self.front.lock();
        if front.len() < most {
            self.bring_to_front(&mut front);
        }
        let taken = front.split_off_front(most);
        // ORDERING: Release pairs with `len`.
        self.front_len.store(front.len(), Ordering::Release);
        taken
    }

    /// Moves what is in the back.
    fn bring_to_front(&self, front: &mut RunnableList) {
        let mut back = self.back.lock();
        let mut tasks = mem::take(&mut back.tasks);
        if mutation::on("BACK_FIRST") {
            self.publish_len(&back);
        }
        // ORDERING: Release pairs with `len`. Before the other count, so that no task is in neither (model p1).
        self.front_len.store(front.len() + tasks.len(), Ordering::Release);
        self.publish_len(&back);
        // The walk needs the lock of the front alone.
        drop(back);
        tasks.reverse();
        front.append(&mut tasks);
    }

    /// Whether it seems to be empty.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of tasks that seem to be in it.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // ORDERING: Acquire pairs with `publish_len`: whoever finds the back empty because its tasks were brought to the
        // front finds them there, or taken. The fences of the idle protocol do the rest.
        let back = self.back_len.load(Ordering::Acquire);
        back + self.front_len.load(Ordering::Acquire)
    }

    /// Refuses spawns from now on.
    pub(crate) fn close(&self) {
        let mut back = self.back.lock();
        back.closed = true;
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
        self.back.lock().spawned
    }

    /// Tasks ever added one by one, new and woken ones.
    pub(crate) fn added(&self) -> u64 {
        let back = self.back.lock();
        back.spawned + back.pushed
    }

    fn publish_len(&self, back: &Back) {
        // ORDERING: Release pairs with `len`.
        self.back_len.store(back.tasks.len(), Ordering::Release);
    }
}

//! [`Barrier`]: tasks wait for each other.

use std::pin::pin;

use heist_primitives::atomic::{AtomicU64, Ordering};
use heist_primitives::mutation;

use super::notify::Notify;
use crate::task::coop;

/// Lets a number of tasks begin something together.
///
/// The task that arrives last lets all go on, itself included, and the barrier begins again. So the same tasks can meet at
/// it any number of times.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use heist::sync::Barrier;
///
/// #[heist::main]
/// async fn main() {
///     let barrier = Arc::new(Barrier::new(3));
///     let tasks: Vec<_> = (0..3)
///         .map(|_| {
///             let barrier = barrier.clone();
///             heist::spawn(async move { barrier.wait().await.is_leader() })
///         })
///         .collect();
///     let mut leaders = 0;
///     for task in tasks {
///         leaders += usize::from(task.await.unwrap());
///     }
///     assert_eq!(leaders, 1);
/// }
/// ```
#[derive(Debug)]
pub struct Barrier {
    /// How many tasks meet, at least one.
    parties: u64,
    /// Tasks that have arrived so far, in all rounds together: the `n`-th belongs to round `n / parties`.
    arrived: AtomicU64,
    /// Rounds that are complete. A round is complete only after all before it are.
    complete: AtomicU64,
    /// Tells those who wait that a round is complete.
    completed: Notify,
}

/// What [`Barrier::wait`] tells about the task's arrival.
///
/// # Examples
///
/// ```
/// use heist::sync::Barrier;
///
/// #[heist::main]
/// async fn main() {
///     let result = Barrier::new(1).wait().await;
///     assert!(result.is_leader());
/// }
/// ```
#[derive(Debug, Clone)]
pub struct BarrierWaitResult {
    is_leader: bool,
}

impl Barrier {
    /// A barrier at which `n` tasks meet. With 0 it is like 1: nobody ever waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Barrier;
    ///
    /// let barrier = Barrier::new(2);
    /// ```
    pub fn new(n: usize) -> Self {
        Self {
            parties: n.max(1) as u64,
            arrived: AtomicU64::new(0),
            complete: AtomicU64::new(0),
            completed: Notify::new(),
        }
    }

    /// Waits until all tasks are here.
    ///
    /// Exactly one task of each round is told that it [is the leader](BarrierWaitResult::is_leader).
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: a task that arrived and gave up waiting still counts, so the others go on without it, and if it
    /// comes again it counts twice.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use heist::sync::Barrier;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let barrier = Arc::new(Barrier::new(2));
    ///     let other = barrier.clone();
    ///     let other = heist::spawn(async move { other.wait().await.is_leader() });
    ///     let leads = barrier.wait().await.is_leader();
    ///     assert!(leads != other.await.unwrap());
    /// }
    /// ```
    pub async fn wait(&self) -> BarrierWaitResult {
        // The budget is asked for before the arrival, so that a task that has to yield has not arrived.
        coop::cooperative(self.arrive_and_wait()).await
    }

    async fn arrive_and_wait(&self) -> BarrierWaitResult {
        // ORDERING: Release and Acquire: the last to arrive sees what all did before they arrived, and passes it on
        // with `complete` (model: barrier_passes_data_on).
        let order = mutation::weaken("barrier_arrives_relaxed", Ordering::AcqRel);
        let ticket = self.arrived.fetch_add(1, order);
        let round = ticket / self.parties;
        let is_leader = ticket % self.parties == self.parties - 1;
        if is_leader {
            // A maximum, since the leader of the next round may come first. All of this round have arrived then, too.
            // ORDERING: Release pairs with the load below.
            self.complete.fetch_max(round + 1, Ordering::AcqRel);
            self.completed.notify_waiters();
            return BarrierWaitResult { is_leader };
        }
        loop {
            // Listens first and looks then: a round that is completed after the look finds the listener.
            let mut notified = pin!(self.completed.notified());
            // ORDERING: Acquire pairs with the leader's Release.
            if self.complete.load(mutation::weaken("barrier_leaves_relaxed", Ordering::Acquire)) > round {
                return BarrierWaitResult { is_leader };
            }
            if mutation::on("barrier_listens_late") {
                notified.set(self.completed.notified());
            }
            notified.await;
            if mutation::on("barrier_trusts_wakes") {
                return BarrierWaitResult { is_leader };
            }
        }
    }
}

impl BarrierWaitResult {
    /// True for one task of each round, the last to arrive.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Barrier;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     // Alone at the barrier, so the last to arrive.
    ///     assert!(Barrier::new(1).wait().await.is_leader());
    /// }
    /// ```
    pub fn is_leader(&self) -> bool {
        self.is_leader
    }
}

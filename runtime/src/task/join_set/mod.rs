//! `JoinSet`: many tasks with outputs of one type, joined in the order in which they complete.
//!
//! This file is the public face: who spawns, and what an output means. `entries` owns the bookkeeping.

mod builder;
mod entries;

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic;
use std::task::{Context, Poll, ready};

pub use self::builder::Builder;
use self::entries::Entries;
use super::{AbortHandle, Id, JoinError, JoinHandle, LocalSet, coop};
use crate::runtime::Handle;

/// A set of tasks that return the same type, joined in the order in which they complete.
///
/// Dropping the set aborts its tasks; [`detach_all`](Self::detach_all) lets them go on instead. Waiting for the next
/// completion costs the same whether the set has ten tasks or a million: a task that completes says so, and no other
/// is looked at.
///
/// # Examples
///
/// ```
/// use heist::task::JoinSet;
///
/// #[heist::main]
/// async fn main() {
///     let mut set = JoinSet::new();
///     for number in 0..10 {
///         set.spawn(async move { number });
///     }
///     let mut sum = 0;
///     while let Some(number) = set.join_next().await {
///         sum += number.unwrap();
///     }
///     assert_eq!(sum, 45);
/// }
/// ```
pub struct JoinSet<T> {
    entries: Entries<T>,
}

impl<T> JoinSet<T> {
    /// An empty set.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = heist::task::JoinSet::<u32>::new();
    /// assert!(set.is_empty());
    /// ```
    pub fn new() -> Self {
        Self { entries: Entries::new() }
    }

    /// The number of tasks that were not joined yet, complete or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = JoinSet::new();
    ///     set.spawn(async {});
    ///     assert_eq!(set.len(), 1);
    ///     set.join_next().await;
    ///     assert_eq!(set.len(), 0);
    /// }
    /// ```
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if the set has no tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::JoinSet;
    ///
    /// assert!(JoinSet::<u32>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Adding tasks.
impl<T: 'static> JoinSet<T> {
    /// Spawns a task on the current runtime and adds it.
    ///
    /// The task starts at once, whether or not the set is awaited.
    ///
    /// # Panics
    ///
    /// Outside a runtime; see [`spawn_on`](Self::spawn_on).
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = heist::task::JoinSet::new();
    ///     let abort = set.spawn(std::future::pending::<()>());
    ///     abort.abort();
    ///     assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// }
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(super::spawn(task))
    }

    /// Spawns a task on the given runtime and adds it.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let mut set = heist::task::JoinSet::new();
    /// set.spawn_on(async { 7 }, runtime.handle());
    /// assert_eq!(runtime.block_on(set.join_all()), [7]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn(task))
    }

    /// Spawns a task on the current [`LocalSet`] or [`LocalRuntime`](crate::runtime::LocalRuntime) and adds it.
    ///
    /// # Panics
    ///
    /// Outside both, as [`spawn_local`](super::spawn_local).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{JoinSet, LocalSet};
    /// use std::rc::Rc;
    ///
    /// #[heist::main(flavor = "current_thread")]
    /// async fn main() {
    ///     let text = Rc::new("not Send");
    ///     LocalSet::new().run_until(async move {
    ///         let mut set = JoinSet::new();
    ///         set.spawn_local(async move { text.len() });
    ///         assert_eq!(set.join_next().await.unwrap().unwrap(), 8);
    ///     }).await;
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(super::spawn_local(task))
    }

    /// Spawns a task on the given [`LocalSet`] and adds it. It runs once that set does.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{JoinSet, LocalSet};
    ///
    /// #[heist::main(flavor = "current_thread")]
    /// async fn main() {
    ///     let local = LocalSet::new();
    ///     let mut set = JoinSet::new();
    ///     set.spawn_local_on(async { 7 }, &local);
    ///     assert_eq!(local.run_until(set.join_all()).await, [7]);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(local_set.spawn_local(task))
    }

    /// Runs a closure that blocks on the current runtime's threads for that, and adds it.
    ///
    /// See [`task::spawn_blocking`](super::spawn_blocking). A closure that has started cannot be aborted.
    ///
    /// # Panics
    ///
    /// Outside a runtime; and if the pool has no thread and the operating system refuses to start one.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = heist::task::JoinSet::new();
    ///     for number in 0..10_u32 {
    ///         set.spawn_blocking(move || number);
    ///     }
    ///     assert_eq!(set.join_all().await.iter().sum::<u32>(), 45);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(super::spawn_blocking(f))
    }

    /// Runs a closure that blocks on the given runtime's threads for that, and adds it.
    ///
    /// # Panics
    ///
    /// If the pool has no thread and the operating system refuses to start one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = JoinSet::new();
    ///     set.spawn_blocking_on(|| (1..=3).sum::<u32>(), &Handle::current());
    ///     assert_eq!(set.join_all().await, [6]);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn_blocking(f))
    }

    /// Spawns a task with settings of its own, such as a name.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut set = JoinSet::new();
    ///     set.build_task().name("first").spawn(async {})?;
    ///     assert_eq!(set.len(), 1);
    ///     Ok(())
    /// }
    /// ```
    pub fn build_task(&mut self) -> Builder<'_, T> {
        Builder::new(self)
    }

    fn insert(&mut self, handle: JoinHandle<T>) -> AbortHandle {
        let abort = handle.abort_handle();
        self.entries.insert(handle);
        abort
    }
}

/// Joining tasks.
impl<T: 'static> JoinSet<T> {
    /// Waits for a task to complete and takes it out of the set. `None` if the set is empty.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has taken no task out of the set.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = heist::task::JoinSet::new();
    ///     set.spawn(async { 7 });
    ///     assert_eq!(set.join_next().await.unwrap().unwrap(), 7);
    ///     assert!(set.join_next().await.is_none());
    /// }
    /// ```
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// Waits for a task to complete, takes it out of the set and tells its id too. `None` if the set is empty.
    ///
    /// [`JoinError::id`] has the id of a task that failed.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has taken no task out of the set.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = heist::task::JoinSet::new();
    ///     let id = set.spawn(async { 7 }).id();
    ///     assert_eq!(set.join_next_with_id().await.unwrap().unwrap(), (id, 7));
    /// }
    /// ```
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// Takes a task that has completed out of the set, without waiting.
    ///
    /// `None` if none has completed, or the set is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = heist::task::JoinSet::new();
    ///     set.spawn(async { 7 });
    ///     let output = loop {
    ///         match set.try_join_next() {
    ///             Some(output) => break output,
    ///             None => heist::task::yield_now().await,
    ///         }
    ///     };
    ///     assert_eq!(output.unwrap(), 7);
    /// }
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.entries.take_complete().map(|(_, output)| output)
    }

    /// Takes a task that has completed out of the set, without waiting, and tells its id too.
    ///
    /// `None` if none has completed, or the set is empty. [`JoinError::id`] has the id of a task that failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = JoinSet::new();
    ///     let id = set.spawn(async { 7 }).id();
    ///     let done = loop {
    ///         match set.try_join_next_with_id() {
    ///             Some(done) => break done,
    ///             None => heist::task::yield_now().await,
    ///         }
    ///     };
    ///     assert_eq!(done.unwrap(), (id, 7));
    /// }
    /// ```
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        self.entries.take_complete().map(with_id)
    }

    /// Waits for a task to complete and takes it out of the set.
    ///
    /// * `Ready(Some(_))`: the output, or why there is none;
    /// * `Ready(None)`: the set is empty;
    /// * `Pending`: no task has completed, or the caller has used up its budget ([`coop`]). The context's waker
    ///   will be woken. Only the waker of the last call is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let mut set = heist::task::JoinSet::<u32>::new();
    /// assert!(matches!(set.poll_join_next(&mut Context::from_waker(Waker::noop())), Poll::Ready(None)));
    /// ```
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.poll_complete(cx).map(|complete| complete.map(|(_, output)| output))
    }

    /// Waits for a task to complete, takes it out of the set and tells its id too.
    ///
    /// As [`poll_join_next`](Self::poll_join_next). [`JoinError::id`] has the id of a task that failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = JoinSet::new();
    ///     let id = set.spawn(async { 7 }).id();
    ///     let done = poll_fn(|cx| set.poll_join_next_with_id(cx)).await;
    ///     assert_eq!(done.unwrap().unwrap(), (id, 7));
    /// }
    /// ```
    pub fn poll_join_next_with_id(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<(Id, T), JoinError>>> {
        self.poll_complete(cx).map(|complete| complete.map(with_id))
    }

    fn poll_complete(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Id, Result<T, JoinError>)>> {
        if self.is_empty() {
            return Poll::Ready(None);
        }
        let coop = ready!(coop::poll_proceed(cx));
        match self.entries.take_complete_or_register(cx.waker()) {
            Some(complete) => {
                coop.made_progress();
                Poll::Ready(Some(complete))
            }
            None => Poll::Pending,
        }
    }

    /// Waits for all tasks and gives their outputs, in the order in which they completed.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early it aborts the remaining tasks, and the outputs so far are lost.
    ///
    /// # Panics
    ///
    /// If a task panicked, with the same payload, or was cancelled; the remaining tasks are aborted. To look at
    /// failures, call [`join_next`](Self::join_next) in a loop.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let set: heist::task::JoinSet<u32> = (0..10).map(|number| async move { number }).collect();
    ///     let mut outputs = set.join_all().await;
    ///     outputs.sort();
    ///     assert_eq!(outputs, (0..10).collect::<Vec<_>>());
    /// }
    /// ```
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(joined) = self.join_next().await {
            match joined {
                Ok(output) => outputs.push(output),
                Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
                Err(error) => panic!("{error}: call `join_next` in a loop to join tasks that may be cancelled"),
            }
        }
        outputs
    }
}

/// Ending tasks.
impl<T: 'static> JoinSet<T> {
    /// Aborts all tasks and waits until they are dropped. The set is empty then; panics of tasks are ignored.
    ///
    /// A closure of `spawn_blocking` that has started is waited for.
    ///
    /// # Cancel safety
    ///
    /// Dropped early, it has aborted all tasks; those that were not waited for are still in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = heist::task::JoinSet::new();
    ///     set.spawn(std::future::pending::<()>());
    ///     set.shutdown().await;
    ///     assert!(set.is_empty());
    /// }
    /// ```
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Aborts all tasks. They stay in the set: [`join_next`](Self::join_next) gives what became of each.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = heist::task::JoinSet::new();
    ///     set.spawn(std::future::pending::<()>());
    ///     set.abort_all();
    ///     assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// }
    /// ```
    pub fn abort_all(&mut self) {
        self.entries.abort_all();
    }

    /// Takes all tasks out of the set without aborting them: they go on by themselves.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = heist::task::JoinSet::new();
    ///     let task = set.spawn(async {});
    ///     set.detach_all();
    ///     assert!(set.is_empty());
    ///     while !task.is_finished() {
    ///         heist::task::yield_now().await;
    ///     }
    /// }
    /// ```
    pub fn detach_all(&mut self) {
        self.entries.detach_all();
    }
}

fn with_id<T>((id, output): (Id, Result<T, JoinError>)) -> Result<(Id, T), JoinError> {
    output.map(|output| (id, output))
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.entries.abort_all();
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Spawns each future on the current runtime, as [`JoinSet::spawn`] does.
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        let mut set = Self::new();
        set.extend(iter);
        set
    }
}

/// Spawns each future on the current runtime, as [`JoinSet::spawn`] does.
impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I>(&mut self, iter: I)
    where
        I: IntoIterator<Item = F>,
    {
        for task in iter {
            self.spawn(task);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn auto_traits() {
        fn shared<T: Send + Sync>() {}
        fn always<T: Unpin>() {}
        shared::<JoinSet<Cell<u8>>>();
        always::<JoinSet<std::marker::PhantomPinned>>();
    }
}

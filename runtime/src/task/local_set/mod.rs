//! `LocalSet`: tasks that stay on one thread, inside any runtime.
//!
//! | file | owns |
//! |---|---|
//! | `mod.rs` | the public face |
//! | `shared.rs` | where tasks go, when they run, how they end; the current set of a thread |
//! | `bound.rs` | access by one thread only |

mod bound;
mod shared;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use self::shared::{Current, Shared};
use super::JoinHandle;
use crate::runtime::{Id, Runtime, UnhandledPanic, context};
use crate::scheduler;

const NO_LOCAL_SET: &str = "`spawn_local` called from outside of a `task::LocalSet` or `runtime::LocalRuntime`: call it \
    inside `LocalSet::run_until` or `LocalRuntime::block_on`, or use `spawn` if the future is `Send`";

/// Tasks that need not be `Send`: they run where the set is polled and never change threads.
///
/// They run only while the set does: while a future given to [`run_until`](Self::run_until) or
/// [`block_on`](Self::block_on) is polled, or while the set itself is awaited, which lasts until all of its tasks are
/// complete. Only one of them at a time should be waiting: wakes go to the one polled last.
///
/// Dropping the set drops its tasks, on its thread and with the set as the current one; their handles say "cancelled",
/// and so does whatever they spawn into the set meanwhile.
///
/// A [`LocalRuntime`](crate::runtime::LocalRuntime) does without the set: there, [`spawn_local`] works everywhere.
///
/// `block_in_place` is not allowed inside a set, because its other tasks could not go on elsewhere.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// use heist::task::{self, LocalSet};
///
/// #[heist::main(flavor = "current_thread")]
/// async fn main() {
///     let count = Rc::new(Cell::new(0));
///     let local = LocalSet::new();
///     local.run_until(async {
///         let count = count.clone();
///         task::spawn_local(async move { count.set(count.get() + 1) }).await.unwrap();
///     }).await;
///     assert_eq!(count.get(), 1);
/// }
/// ```
pub struct LocalSet {
    shared: Arc<Shared>,
    /// Neither `Send` nor `Sync`: whoever has a reference is on the thread that made it.
    stays: PhantomData<*mut ()>,
}

impl LocalSet {
    /// A set without tasks. It belongs to the current thread.
    pub fn new() -> Self {
        Self { shared: Shared::new(), stays: PhantomData }
    }

    /// Makes this set the one in which [`spawn_local`] spawns, until the guard drops.
    ///
    /// That runs no tasks. Guards should be dropped in the reverse order of their creation.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{self, LocalSet};
    ///
    /// #[heist::main(flavor = "current_thread")]
    /// async fn main() {
    ///     let local = LocalSet::new();
    ///     let task = {
    ///         let _guard = local.enter();
    ///         task::spawn_local(async { 7 })
    ///     };
    ///     local.await;
    ///     assert_eq!(task.await.unwrap(), 7);
    /// }
    /// ```
    pub fn enter(&self) -> LocalEnterGuard {
        LocalEnterGuard { _current: Current::enter(&self.shared), stays: PhantomData }
    }

    /// Spawns a task into this set. It runs once the set does.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::LocalSet;
    ///
    /// #[heist::main(flavor = "current_thread")]
    /// async fn main() {
    ///     let local = LocalSet::new();
    ///     let task = local.spawn_local(async { 7 });
    ///     assert_eq!(local.run_until(task).await.unwrap(), 7);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_local_as(super::Id::next(), future, Location::caller())
    }

    /// As [`spawn_local`](Self::spawn_local), with an id that was taken for it.
    pub(super) fn spawn_local_as<F>(
        &self,
        id: super::Id,
        future: F,
        spawned_at: &'static Location<'static>,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.shared.spawn(id, future, spawned_at)
    }

    /// Runs a future on the given runtime and the set's tasks with it, until the future completes.
    ///
    /// Tasks that are left go on when the set runs again.
    ///
    /// # Panics
    ///
    /// As [`Runtime::block_on`].
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let local = heist::task::LocalSet::new();
    /// let output = local.block_on(&runtime, async {
    ///     heist::task::spawn_local(async { 7 }).await.unwrap()
    /// });
    /// assert_eq!(output, 7);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn block_on<F>(&self, rt: &Runtime, future: F) -> F::Output
    where
        F: Future,
    {
        rt.block_on(self.run_until(future))
    }

    /// Runs a future, and the set's tasks with it, until the future completes.
    ///
    /// Tasks that are left go on when the set runs again.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe if the future is: the set's tasks stay as they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{self, LocalSet};
    ///
    /// #[heist::main(flavor = "current_thread")]
    /// async fn main() {
    ///     let local = LocalSet::new();
    ///     let output = local.run_until(async { task::spawn_local(async { 7 }).await.unwrap() }).await;
    ///     assert_eq!(output, 7);
    /// }
    /// ```
    pub async fn run_until<F>(&self, future: F) -> F::Output
    where
        F: Future,
    {
        let mut future = pin!(future);
        poll_fn(|cx| self.shared.poll_until(cx, |cx| future.as_mut().poll(cx))).await
    }

    /// The identity of the set, which differs from those of all runtimes and other sets.
    pub fn id(&self) -> Id {
        self.shared.id()
    }
}

/// Runs the set's tasks until all are complete.
impl LocalSet {
    /// Sets what the set does when one of its tasks panics.
    ///
    /// With [`ShutdownRuntime`](UnhandledPanic::ShutdownRuntime) it drops all its tasks, and whatever runs the set panics:
    /// [`run_until`](Self::run_until), [`block_on`](Self::block_on), awaiting the set.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use heist::runtime::UnhandledPanic;
    /// use heist::task::LocalSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = LocalSet::new();
    ///     set.unhandled_panic(UnhandledPanic::ShutdownRuntime);
    ///     set.spawn_local(async { panic!("this ends the set") });
    ///     set.await;
    /// }
    /// ```
    pub fn unhandled_panic(&mut self, behavior: UnhandledPanic) -> &mut Self {
        self.shared.set_unhandled_panic(behavior);
        self
    }
}

impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.shared.poll_all(cx)
    }
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").field("id", &self.id()).field("tasks", &self.shared.len()).finish()
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// Keeps a [`LocalSet`] current on this thread, by [`LocalSet::enter`]. When dropped, the set is current that was so
/// before.
#[derive(Debug)]
#[must_use = "dropping the guard leaves the set at once"]
pub struct LocalEnterGuard {
    _current: Current,
    stays: PhantomData<*mut ()>,
}

/// Spawns a task that need not be `Send` into the current [`LocalSet`] or
/// [`LocalRuntime`](crate::runtime::LocalRuntime). It never leaves this thread.
///
/// # Panics
///
/// Outside both. A task of another runtime is outside too, even if that runtime runs on one thread.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
///
/// use heist::task::{self, LocalSet};
///
/// #[heist::main(flavor = "current_thread")]
/// async fn main() {
///     let text = Rc::new("not Send");
///     LocalSet::new().run_until(async move {
///         let task = task::spawn_local(async move { text.len() });
///         assert_eq!(task.await.unwrap(), 8);
///     }).await;
/// }
/// ```
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    spawn_local_as(super::Id::next(), future, Location::caller())
}

/// As [`spawn_local`], with an id that was taken for it.
#[track_caller]
pub(super) fn spawn_local_as<F>(
    id: super::Id,
    future: F,
    spawned_at: &'static Location<'static>,
) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    if let Some(set) = shared::current() {
        return set.spawn(id, future, spawned_at);
    }
    let runtime = context::with_current(|handle| match handle {
        scheduler::Handle::CurrentThread(shared) if shared.is_local_here() => Some(shared.clone()),
        _ => None,
    });
    match runtime {
        Ok(Some(runtime)) => runtime.spawn_local(id, future, spawned_at),
        _ => panic!("{NO_LOCAL_SET}"),
    }
}

//! Spawning into a set with a name.

use std::fmt;
use std::future::Future;
use std::io;

use super::JoinSet;
use crate::runtime::Handle;
use crate::task::{self, AbortHandle, LocalSet};

/// Spawns a task into a [`JoinSet`] with settings of its own, by [`JoinSet::build_task`].
///
/// # Examples
///
/// ```
/// use heist::task::JoinSet;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut set = JoinSet::new();
///     set.build_task().name("sum").spawn(async { 1 + 2 })?;
///     assert_eq!(set.join_next().await.unwrap().unwrap(), 3);
///     Ok(())
/// }
/// ```
#[must_use = "a builder does nothing until one of its `spawn` methods is called"]
pub struct Builder<'a, T> {
    set: &'a mut JoinSet<T>,
    builder: task::Builder<'a>,
}

impl<'a, T: 'static> Builder<'a, T> {
    pub(super) fn new(set: &'a mut JoinSet<T>) -> Self {
        Self { set, builder: task::Builder::new() }
    }

    /// Sets the name of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = JoinSet::new();
    ///     set.build_task().name("one").spawn(async { 1 }).unwrap();
    ///     assert_eq!(set.join_all().await, [1]);
    /// }
    /// ```
    pub fn name(self, name: &'a str) -> Self {
        Self { builder: self.builder.name(name), ..self }
    }

    /// As [`JoinSet::spawn`].
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = JoinSet::new();
    ///     let abort = set.build_task().spawn(async { 1 }).unwrap();
    ///     assert_eq!(set.join_next_with_id().await.unwrap().unwrap(), (abort.id(), 1));
    /// }
    /// ```
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.builder.spawn(future)?))
    }

    /// As [`JoinSet::spawn_on`].
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (mut set, handle) = (JoinSet::new(), Handle::current());
    ///     set.build_task().spawn_on(async { 1 }, &handle).unwrap();
    ///     assert_eq!(set.join_all().await, [1]);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.builder.spawn_on(future, handle)?))
    }

    /// As [`JoinSet::spawn_blocking`].
    ///
    /// # Errors
    ///
    /// If the pool has no thread and the operating system refuses to start one.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::JoinSet;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut set = JoinSet::new();
    ///     set.build_task().spawn_blocking(|| (1..=3).sum::<u32>()).unwrap();
    ///     assert_eq!(set.join_all().await, [6]);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(self, f: F) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.builder.spawn_blocking(f)?))
    }

    /// As [`JoinSet::spawn_blocking_on`].
    ///
    /// # Errors
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
    ///     let (mut set, handle) = (JoinSet::new(), Handle::current());
    ///     set.build_task().spawn_blocking_on(|| 1, &handle).unwrap();
    ///     assert_eq!(set.join_all().await, [1]);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(self, f: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.builder.spawn_blocking_on(f, handle)?))
    }

    /// As [`JoinSet::spawn_local`].
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Panics
    ///
    /// Outside a [`LocalSet`] and a [`LocalRuntime`](crate::runtime::LocalRuntime).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{JoinSet, LocalSet};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     LocalSet::new()
    ///         .run_until(async {
    ///             let mut set = JoinSet::new();
    ///             set.build_task().spawn_local(async { std::rc::Rc::new(1) }).unwrap();
    ///             assert_eq!(*set.join_next().await.unwrap().unwrap(), 1);
    ///         })
    ///         .await;
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        Ok(self.set.insert(self.builder.spawn_local(future)?))
    }

    /// As [`JoinSet::spawn_local_on`].
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{JoinSet, LocalSet};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (mut set, local) = (JoinSet::new(), LocalSet::new());
    ///     set.build_task().spawn_local_on(async { std::rc::Rc::new(1) }, &local).unwrap();
    ///     local.await;
    ///     assert_eq!(*set.join_next().await.unwrap().unwrap(), 1);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(self, future: F, local_set: &LocalSet) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        Ok(self.set.insert(self.builder.spawn_local_on(future, local_set)?))
    }
}

impl<T> fmt::Debug for Builder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("join_set::Builder").field("set", &self.set).field("builder", &self.builder).finish()
    }
}

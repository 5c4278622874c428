//! Spawning with a name.

use std::future::Future;
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::names::Named;
use super::{Id, JoinHandle, LocalSet, local_set};
use crate::runtime::Handle;

/// Spawns a task with settings of its own: a name, so far.
///
/// Callbacks of the runtime, such as [`on_task_spawn`](crate::runtime::Builder::on_task_spawn), see the name.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let task = heist::task::Builder::new().name("sum").spawn(async { 1 + 2 })?;
///     assert_eq!(task.await.unwrap(), 3);
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Builder<'a> {
    name: Option<&'a str>,
}

impl<'a> Builder<'a> {
    /// No settings yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::Builder;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     Builder::new().spawn(async {}).unwrap().await.unwrap();
    /// }
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::Builder;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let named = Builder::new().name("worker");
    ///     named.spawn(async {}).unwrap().await.unwrap();
    /// }
    /// ```
    pub fn name(&self, name: &'a str) -> Self {
        Self { name: Some(name) }
    }

    /// As [`task::spawn`](super::spawn).
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
    /// use heist::task::Builder;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let task = Builder::new().name("sum").spawn(async { 1 + 2 }).unwrap();
    ///     assert_eq!(task.await.unwrap(), 3);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn<Fut>(self, future: Fut) -> io::Result<JoinHandle<Fut::Output>>
    where
        Fut: Future + Send + 'static,
        Fut::Output: Send + 'static,
    {
        self.spawn_on(future, &Handle::current())
    }

    /// As [`Handle::spawn`].
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    /// use heist::task::Builder;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let handle = Handle::current();
    ///     let task = Builder::new().spawn_on(async { 1 + 2 }, &handle).unwrap();
    ///     assert_eq!(task.await.unwrap(), 3);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_on<Fut>(self, future: Fut, handle: &Handle) -> io::Result<JoinHandle<Fut::Output>>
    where
        Fut: Future + Send + 'static,
        Fut::Output: Send + 'static,
    {
        let (id, future) = self.named(future);
        Ok(handle.inner.spawn_as(id, future, Location::caller()))
    }

    /// As [`task::spawn_local`](super::spawn_local).
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
    /// use std::rc::Rc;
    /// use heist::task::{Builder, LocalSet};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let set = LocalSet::new();
    ///     set.run_until(async {
    ///         let one = Rc::new(1);
    ///         let task = Builder::new().spawn_local(async move { *one }).unwrap();
    ///         assert_eq!(task.await.unwrap(), 1);
    ///     })
    ///     .await;
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_local<Fut>(self, future: Fut) -> io::Result<JoinHandle<Fut::Output>>
    where
        Fut: Future + 'static,
        Fut::Output: 'static,
    {
        let (id, future) = self.named(future);
        Ok(local_set::spawn_local_as(id, future, Location::caller()))
    }

    /// As [`LocalSet::spawn_local`].
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    /// use heist::task::{Builder, LocalSet};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (set, one) = (LocalSet::new(), Rc::new(1));
    ///     let task = Builder::new().spawn_local_on(async move { *one }, &set).unwrap();
    ///     assert_eq!(set.run_until(task).await.unwrap(), 1);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_local_on<Fut>(self, future: Fut, local_set: &LocalSet) -> io::Result<JoinHandle<Fut::Output>>
    where
        Fut: Future + 'static,
        Fut::Output: 'static,
    {
        let (id, future) = self.named(future);
        Ok(local_set.spawn_local_as(id, future, Location::caller()))
    }

    /// As [`task::spawn_blocking`](super::spawn_blocking).
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
    /// use heist::task::Builder;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let task = Builder::new().name("sum").spawn_blocking(|| (1..=1000).sum::<u64>()).unwrap();
    ///     assert_eq!(task.await.unwrap(), 500_500);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<Function, Output>(self, function: Function) -> io::Result<JoinHandle<Output>>
    where
        Function: FnOnce() -> Output + Send + 'static,
        Output: Send + 'static,
    {
        self.spawn_blocking_on(function, &Handle::current())
    }

    /// As [`Handle::spawn_blocking`].
    ///
    /// # Errors
    ///
    /// If the pool has no thread and the operating system refuses to start one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    /// use heist::task::Builder;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let handle = Handle::current();
    ///     let task = Builder::new().spawn_blocking_on(|| 1 + 2, &handle).unwrap();
    ///     assert_eq!(task.await.unwrap(), 3);
    /// }
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<Function, Output>(
        self,
        function: Function,
        handle: &Handle,
    ) -> io::Result<JoinHandle<Output>>
    where
        Function: FnOnce() -> Output + Send + 'static,
        Output: Send + 'static,
    {
        let id = Id::next();
        let named = self.name.map(|name| Named::new(id, name));
        let function = move || {
            let _named = named;
            function()
        };
        handle.inner.blocking().try_spawn(id, function, &handle.inner, Location::caller())
    }

    /// An id for the future's task, which has the name from now on.
    fn named<F>(self, future: F) -> (Id, NamedFuture<F>) {
        let id = Id::next();
        (id, NamedFuture { future, _named: self.name.map(|name| Named::new(id, name)) })
    }
}

pin_project! {
    /// A future that keeps the name of its task.
    struct NamedFuture<F> {
        #[pin]
        future: F,
        _named: Option<Named>,
    }
}

impl<F: Future> Future for NamedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

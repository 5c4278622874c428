//! What a panic of a task does to those around it.

/// What a runtime or a local set does when a task panics. By default nothing: the panic reaches the task's `JoinHandle`.
///
/// # Examples
///
/// ```
/// use heist::runtime::{Builder, UnhandledPanic};
///
/// # fn main() -> std::io::Result<()> {
/// let runtime = Builder::new_current_thread().unhandled_panic(UnhandledPanic::Ignore).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnhandledPanic {
    /// Nothing: other tasks go on, and the `JoinHandle` says that the task panicked.
    Ignore,
    /// It ends: all other tasks are dropped, and whoever is in its `block_on` panics.
    ///
    /// That holds even if somebody awaits the `JoinHandle` of the task.
    ShutdownRuntime,
}

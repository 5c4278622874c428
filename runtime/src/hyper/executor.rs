//! hyper's futures as tasks.

use std::future::Future;

use ::hyper::rt::Executor;

/// Spawns the futures that hyper wants to run in the background, as for each stream of an HTTP/2 connection.
///
/// They run on the runtime that hyper is polled in.
///
/// # Examples
///
/// ```
/// use heist::hyper::HeistExecutor;
///
/// let builder = hyper::server::conn::http2::Builder::new(HeistExecutor::new());
/// # drop(builder);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct HeistExecutor {
    _private: (),
}

impl HeistExecutor {
    /// An executor; all are alike.
    pub fn new() -> HeistExecutor {
        HeistExecutor::default()
    }
}

impl<F> Executor<F> for HeistExecutor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    #[track_caller]
    fn execute(&self, future: F) {
        drop(crate::spawn(future));
    }
}

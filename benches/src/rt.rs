//! What a workload needs of a runtime. Implemented by `adapters`, used by `workloads` and `echo::server`.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// A multi-threaded runtime. The associated functions without `self` are called inside the runtime: from a task or
/// from the future given to `block_on`.
pub(crate) trait Rt: 'static {
    /// Joins a task; dropping it may cancel the task.
    type Join<T: Send + 'static>: Future<Output = T> + Send + 'static;
    /// Spawns from threads that are not of the runtime.
    type Spawner: Clone + Send + 'static;
    /// The sending half of the one-shot channel that users of this runtime would take.
    type Sender: Send + 'static;
    /// Its receiving half.
    type Receiver: Send + 'static;
    type Listener: Send + 'static;
    type Stream: Send + 'static;

    /// Starts the runtime with that many worker threads, I/O and timers.
    fn start(workers: usize) -> Self;

    fn block_on<F: Future>(&self, future: F) -> F::Output;

    fn spawner(&self) -> Self::Spawner;

    fn spawn<F>(future: F) -> Self::Join<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Spawns a task that nobody joins.
    fn detach<F: Future<Output = ()> + Send + 'static>(future: F);

    /// As `detach`, from any thread.
    fn detach_from<F: Future<Output = ()> + Send + 'static>(spawner: &Self::Spawner, future: F);

    fn yield_now() -> impl Future<Output = ()> + Send;

    fn oneshot() -> (Self::Sender, Self::Receiver);

    fn send(sender: Self::Sender);

    fn receive(receiver: Self::Receiver) -> impl Future<Output = ()> + Send;

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send;

    /// `None` if the future did not complete in time.
    fn timeout<F: Future + Send>(limit: Duration, future: F) -> impl Future<Output = Option<F::Output>> + Send
    where
        F::Output: Send;

    /// Listens on a free port of the loopback interface.
    fn listen() -> impl Future<Output = io::Result<(Self::Listener, SocketAddr)>> + Send;

    /// Accepts a connection and switches Nagle's algorithm off.
    fn accept(listener: &Self::Listener) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    fn read(stream: &mut Self::Stream, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;

    fn write_all(stream: &mut Self::Stream, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

//! What a workload needs of a runtime. Implemented by `adapters`.

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
    /// Ticks again and again.
    type Interval: Send + 'static;
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

    /// Runs a closure that may block on a thread that is made for it.
    fn spawn_blocking<F: FnOnce() + Send + 'static>(closure: F) -> Self::Join<()>;

    fn yield_now() -> impl Future<Output = ()> + Send;

    fn oneshot() -> (Self::Sender, Self::Receiver);

    fn send(sender: Self::Sender);

    fn receive(receiver: Self::Receiver) -> impl Future<Output = ()> + Send;

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send;

    /// `None` if the future did not complete in time.
    fn timeout<F: Future + Send>(limit: Duration, future: F) -> impl Future<Output = Option<F::Output>> + Send
    where
        F::Output: Send;

    /// Ticks once each period, for the first time after one period. Who is late makes up for it.
    fn interval(period: Duration) -> Self::Interval;

    fn tick(interval: &mut Self::Interval) -> impl Future<Output = ()> + Send;

    /// Listens on a free port of the loopback interface.
    fn listen() -> impl Future<Output = io::Result<(Self::Listener, SocketAddr)>> + Send;

    /// Accepts a connection and switches Nagle's algorithm off.
    fn accept(listener: &Self::Listener) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    fn read(stream: &mut Self::Stream, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;

    fn write_all(stream: &mut Self::Stream, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

/// What tokio has and smol has not.
pub(crate) trait TokioRt: Rt {
    /// A set of tasks without a value.
    type JoinSet: Default + Send + 'static;

    fn spawn_in<F: Future<Output = ()> + Send + 'static>(set: &mut Self::JoinSet, future: F);

    /// Waits until some task of the set has ended; false if there is none left.
    fn join_next(set: &mut Self::JoinSet) -> impl Future<Output = bool> + Send;

    /// Runs the closure here and lets others do this worker's work meanwhile.
    fn block_in_place(closure: impl FnOnce());
}

/// A runtime that hyper can run on, by the adapter that its users would take.
pub(crate) trait HttpRt: Rt {
    type HttpIo: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static;
    type HttpTimer: hyper::rt::Timer + Send + Sync + 'static;

    fn http_io(stream: Self::Stream) -> Self::HttpIo;

    fn http_timer() -> Self::HttpTimer;
}

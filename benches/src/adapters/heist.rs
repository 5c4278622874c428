//! `Rt` for heist's multi-threaded runtime.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use heist::hyper::{HeistIo, HeistTimer};
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Handle, Runtime};
use heist::sync::oneshot;
use heist::task::{JoinHandle, JoinSet};
use heist::time::{Instant, Interval};

use crate::rt::{HttpRt, Rt, TokioRt};

pub(crate) struct Heist {
    runtime: Runtime,
}

/// A `JoinHandle` whose task must not panic.
pub(crate) struct Join<T>(JoinHandle<T>);

impl<T> Future for Join<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(context).map(|result| result.expect("a task of the benchmark panicked"))
    }
}

impl Rt for Heist {
    type Join<T: Send + 'static> = Join<T>;
    type Spawner = Handle;
    type Sender = oneshot::Sender<()>;
    type Receiver = oneshot::Receiver<()>;
    type Interval = Interval;
    type Listener = TcpListener;
    type Stream = TcpStream;

    fn start(workers: usize) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(workers).enable_all().build();
        Self { runtime: runtime.expect("cannot start the runtime") }
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    fn spawner(&self) -> Handle {
        self.runtime.handle().clone()
    }

    fn spawn<F>(future: F) -> Join<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Join(heist::spawn(future))
    }

    fn detach<F: Future<Output = ()> + Send + 'static>(future: F) {
        drop(heist::spawn(future));
    }

    fn detach_from<F: Future<Output = ()> + Send + 'static>(spawner: &Handle, future: F) {
        drop(spawner.spawn(future));
    }

    fn spawn_blocking<F: FnOnce() + Send + 'static>(closure: F) -> Join<()> {
        Join(heist::task::spawn_blocking(closure))
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        heist::task::yield_now()
    }

    fn oneshot() -> (Self::Sender, Self::Receiver) {
        oneshot::channel()
    }

    fn send(sender: Self::Sender) {
        sender.send(()).expect("the receiver waits");
    }

    async fn receive(receiver: Self::Receiver) {
        receiver.await.expect("the sender sends");
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send {
        heist::time::sleep(duration)
    }

    async fn timeout<F: Future + Send>(limit: Duration, future: F) -> Option<F::Output>
    where
        F::Output: Send,
    {
        heist::time::timeout(limit, future).await.ok()
    }

    fn interval(period: Duration) -> Interval {
        heist::time::interval_at(Instant::now() + period, period)
    }

    async fn tick(interval: &mut Interval) {
        interval.tick().await;
    }

    async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        stream.read(buffer).await
    }

    async fn write_all(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        stream.write_all(bytes).await
    }
}

impl TokioRt for Heist {
    type JoinSet = JoinSet<()>;

    fn spawn_in<F: Future<Output = ()> + Send + 'static>(set: &mut JoinSet<()>, future: F) {
        set.spawn(future);
    }

    async fn join_next(set: &mut JoinSet<()>) -> bool {
        set.join_next().await.map(|result| result.expect("a task of the benchmark panicked")).is_some()
    }

    fn block_in_place(closure: impl FnOnce()) {
        heist::task::block_in_place(closure);
    }
}

impl HttpRt for Heist {
    type HttpIo = HeistIo<TcpStream>;
    type HttpTimer = HeistTimer;

    fn http_io(stream: TcpStream) -> HeistIo<TcpStream> {
        HeistIo::new(stream)
    }

    fn http_timer() -> HeistTimer {
        HeistTimer::new()
    }
}

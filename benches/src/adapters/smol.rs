//! `Rt` for smol: one executor, run by as many threads as there are workers. This is what `smol::spawn` does, with
//! the number of threads an argument instead of an environment variable.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::net::{TcpListener, TcpStream};
use smol::stream::StreamExt;
use smol::{Executor, Task, Timer, future};

use crate::rt::Rt;

static EXECUTOR: Executor<'static> = Executor::new();

pub(crate) struct Smol;

impl Rt for Smol {
    type Join<T: Send + 'static> = Task<T>;
    type Spawner = &'static Executor<'static>;
    type Sender = oneshot::Sender<()>;
    type Receiver = oneshot::Receiver<()>;
    type Interval = Timer;
    type Listener = TcpListener;
    type Stream = TcpStream;

    fn start(workers: usize) -> Self {
        for worker in 0..workers {
            let run = || smol::block_on(EXECUTOR.run(future::pending::<()>()));
            thread::Builder::new().name(format!("smol-{worker}")).spawn(run).expect("cannot start a thread");
        }
        Self
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        smol::block_on(future)
    }

    fn spawner(&self) -> Self::Spawner {
        &EXECUTOR
    }

    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        EXECUTOR.spawn(future)
    }

    fn detach<F: Future<Output = ()> + Send + 'static>(future: F) {
        EXECUTOR.spawn(future).detach();
    }

    fn detach_from<F: Future<Output = ()> + Send + 'static>(spawner: &Self::Spawner, future: F) {
        spawner.spawn(future).detach();
    }

    fn spawn_blocking<F: FnOnce() + Send + 'static>(closure: F) -> Task<()> {
        smol::unblock(closure)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        future::yield_now()
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

    async fn sleep(duration: Duration) {
        Timer::after(duration).await;
    }

    async fn timeout<F: Future + Send>(limit: Duration, future: F) -> Option<F::Output>
    where
        F::Output: Send,
    {
        let completes = async { Some(future.await) };
        let expires = async {
            Timer::after(limit).await;
            None
        };
        future::or(completes, expires).await
    }

    fn interval(period: Duration) -> Timer {
        Timer::interval(period)
    }

    async fn tick(interval: &mut Timer) {
        interval.next().await;
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

//! Sockets and pipes that outlive their runtime, and operations that are under way when it ends.

mod net_common;

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::thread;

use futures::executor::block_on;
use futures::future::join;
use heist::io::AsyncReadExt;
use heist::net::unix::pipe;
use heist::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use heist::runtime::{Runtime, is_rt_shutdown_err};
use net_common::{TempPath, poll_once};

fn check(error: &io::Error) {
    assert!(is_rt_shutdown_err(error), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.to_string(), "A Tokio 1.x context was found, but it is being shutdown.");
}

/// Something of each kind, in a runtime.
struct Everything {
    tcp: (TcpStream, TcpStream),
    tcp_listener: TcpListener,
    udp: UdpSocket,
    unix: (UnixStream, UnixStream),
    unix_listener: UnixListener,
    datagram: (UnixDatagram, UnixDatagram),
    pipe: (pipe::Sender, pipe::Receiver),
    _path: TempPath,
}

impl Everything {
    async fn new() -> Self {
        let tcp_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connects = TcpStream::connect(tcp_listener.local_addr().unwrap());
        let (ours, theirs) = join(connects, tcp_listener.accept()).await;
        let path = TempPath::new();
        Self {
            tcp: (ours.unwrap(), theirs.unwrap().0),
            tcp_listener,
            udp: UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            unix: UnixStream::pair().unwrap(),
            unix_listener: UnixListener::bind(&path).unwrap(),
            datagram: UnixDatagram::pair().unwrap(),
            pipe: pipe::pipe().unwrap(),
            _path: path,
        }
    }

    /// Operations that wait.
    fn waits(&mut self) -> Vec<Pin<Box<dyn Future<Output = io::Error> + Send + '_>>> {
        let Self { tcp, tcp_listener, udp, unix, unix_listener, datagram, pipe, .. } = self;
        vec![
            Box::pin(async { tcp.0.read(&mut [0]).await.unwrap_err() }),
            Box::pin(async { tcp_listener.accept().await.unwrap_err() }),
            Box::pin(async { udp.recv(&mut [0]).await.unwrap_err() }),
            Box::pin(async { udp.readable().await.unwrap_err() }),
            Box::pin(async { unix.0.read(&mut [0]).await.unwrap_err() }),
            Box::pin(async { unix_listener.accept().await.unwrap_err() }),
            Box::pin(async { datagram.0.recv(&mut [0]).await.unwrap_err() }),
            Box::pin(async { pipe.1.read(&mut [0]).await.unwrap_err() }),
        ]
    }
}

#[test]
fn waiting_fails_once_the_runtime_is_gone() {
    let runtime = Runtime::new().unwrap();
    let mut everything = runtime.block_on(Everything::new());
    drop(runtime);
    let error = block_on(everything.tcp.1.readable()).unwrap_err();
    check(&error);
    for wait in everything.waits() {
        check(&block_on(wait));
    }
}

#[test]
fn waits_under_way_fail_when_the_runtime_ends() {
    let runtime = Runtime::new().unwrap();
    let mut everything = runtime.block_on(Everything::new());
    thread::scope(|scope| {
        let mut waits = everything.waits();
        for wait in &mut waits {
            assert!(poll_once(wait.as_mut()).is_pending());
        }
        let waiting: Vec<_> = waits.into_iter().map(|wait| scope.spawn(|| block_on(wait))).collect();
        drop(runtime);
        for thread in waiting {
            check(&thread.join().unwrap());
        }
    });
}

#[test]
fn tasks_that_wait_are_dropped_with_the_runtime() {
    let runtime = Runtime::new().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    runtime.block_on(async {
        let (waits, is_waiting) = heist::sync::oneshot::channel();
        heist::spawn(async move {
            let mut everything = Everything::new().await;
            let _sender = sender;
            waits.send(()).unwrap();
            futures::future::join_all(everything.waits()).await;
        });
        is_waiting.await.unwrap();
    });
    drop(runtime);
    assert!(receiver.recv().is_err(), "what the task held is gone");
}

#[test]
fn a_look_up_does_not_outlive_the_runtime() {
    let runtime = Runtime::new().unwrap();
    let lookup = runtime.spawn(async { heist::net::lookup_host("localhost:80").await.map(Iterator::count) });
    drop(runtime);
    // It was done before, or it was refused, or the task was dropped.
    match block_on(lookup) {
        Ok(Ok(found)) => assert!(found > 0),
        Ok(Err(error)) => assert_eq!(error.to_string(), "task was cancelled"),
        Err(error) => assert!(error.is_cancelled()),
    }
}

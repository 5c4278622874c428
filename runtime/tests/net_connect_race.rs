//! Connecting to one of several addresses.

mod net_common;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use heist::net::{TcpListener, TcpStream};
use heist::runtime::Builder;
use heist::time::timeout;

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

/// An address that refuses connections, until the process ends.
fn refusing() -> SocketAddr {
    let (socket, addr) = net_common::refusing();
    std::mem::forget(socket);
    addr
}

/// An address that does not answer: a listener whose queue is full. It does while this lives.
struct Silent {
    addr: SocketAddr,
    _listener: socket2::Socket,
    _queue: Vec<socket2::Socket>,
}

fn silent() -> Silent {
    let new_socket = || socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let listener = new_socket();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let addr = listener.local_addr().unwrap();
    let queue = (0..4).map(|_| {
        let socket = new_socket();
        socket.set_nonblocking(true).unwrap();
        let _ = socket.connect(&addr);
        socket
    });
    Silent { addr: addr.as_socket().unwrap(), _queue: queue.collect(), _listener: listener }
}

#[heist::test]
async fn the_first_address_that_answers_wins() {
    let (_listener, addr) = listener().await;
    let (_other, other_addr) = listener().await;
    let stream = TcpStream::connect(&[addr, other_addr][..]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), addr);
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn an_address_that_is_silent_gets_a_rival() {
    let ((listener, addr), silent) = (listener().await, silent());
    let begin = Instant::now();
    let stream = TcpStream::connect(&[silent.addr, addr][..]).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(250), "the first address has its time");
    assert_eq!(stream.peer_addr().unwrap(), addr);
    listener.accept().await.unwrap();
    // The winner is an ordinary stream.
    stream.writable().await.unwrap();
    assert_eq!(stream.try_write(b"x").unwrap(), 1);
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn in_order_nobody_gets_a_rival() {
    let ((_listener, addr), silent) = (listener().await, silent());
    let addrs = [silent.addr, addr];
    let connect = TcpStream::connect_in_order(&addrs[..]);
    assert!(timeout(Duration::from_millis(600), connect).await.is_err());
    let stream = TcpStream::connect_in_order(&[refusing(), addr][..]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), addr);
}

#[heist::test]
async fn one_that_fails_is_succeeded_at_once() {
    let (_listener, addr) = listener().await;
    let mut addrs: Vec<_> = (0..240).map(|_| refusing()).collect();
    addrs.push(addr);
    let begin = Instant::now();
    let stream = TcpStream::connect(&addrs[..]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), addr);
    assert!(begin.elapsed() < Duration::from_secs(30), "with a delay each it would take a minute");
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn a_failure_does_not_end_the_race_of_others() {
    let ((_listener, addr), silent) = (listener().await, silent());
    let stream = TcpStream::connect(&[silent.addr, refusing(), refusing(), addr][..]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), addr);
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn the_first_address_may_still_win() {
    let (mut late, silent) = (silent(), silent());
    let addrs = [late.addr, silent.addr];
    let connects = heist::spawn(async move { TcpStream::connect(&addrs[..]).await });
    heist::time::sleep(Duration::from_millis(300)).await;
    assert!(!connects.is_finished());
    // Its queue empties, and the system asks again. Nobody else does, who might come first.
    late._queue.clear();
    late._listener.accept().unwrap();
    let stream = connects.await.unwrap().unwrap();
    assert_eq!(stream.peer_addr().unwrap(), late.addr);
}

#[heist::test]
async fn nobody_wins() {
    let error = TcpStream::connect(&[refusing(), refusing()][..]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let error = TcpStream::connect(&[refusing()][..]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let nothing: &[SocketAddr] = &[];
    assert_eq!(TcpStream::connect(nothing).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(TcpStream::connect_in_order(nothing).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    // That there is no way to the last address says less than that the first refuses.
    let unreachable = SocketAddr::from(([255, 255, 255, 255], 1));
    let error = TcpStream::connect(&[refusing(), unreachable][..]).await.unwrap_err();
    assert!([ErrorKind::ConnectionRefused, ErrorKind::PermissionDenied].contains(&error.kind()), "{error:?}");
}

#[test]
fn without_timers_they_are_tried_in_order() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let runtime = builder.enable_io().build().unwrap();
        runtime.block_on(async {
            let (_listener, addr) = listener().await;
            let stream = TcpStream::connect(&[refusing(), addr][..]).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap(), addr);
        });
    }
}

#[heist::test]
async fn families_take_turns() {
    let Ok(v6) = TcpListener::bind("[::1]:0").await else {
        return; // There is no IPv6 here.
    };
    let (_listener, addr) = listener().await;
    let stream = TcpStream::connect(&[refusing(), refusing(), addr, v6.local_addr().unwrap()][..]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), v6.local_addr().unwrap(), "it comes second");
}

#[test]
fn the_future_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&TcpStream::connect("localhost:1"));
    is_send(&TcpStream::connect_in_order(("localhost", 1)));
}

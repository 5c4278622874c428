//! `TcpSocket`: options, and what becomes of it.

use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};

use futures::future::join;
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpSocket};

#[heist::test]
async fn listens_and_connects() {
    for (socket, client, any) in [
        (TcpSocket::new_v4().unwrap(), TcpSocket::new_v4().unwrap(), "127.0.0.1:0"),
        (TcpSocket::new_v6().unwrap(), TcpSocket::new_v6().unwrap(), "[::1]:0"),
    ] {
        if socket.bind(any.parse().unwrap()).is_err() {
            assert!(any.starts_with('['), "only IPv6 may be absent");
            continue;
        }
        let addr = socket.local_addr().unwrap();
        let listener = socket.listen(16).unwrap();
        assert_eq!(listener.local_addr().unwrap(), addr);
        client.bind(any.parse().unwrap()).unwrap();
        let client_addr = client.local_addr().unwrap();
        let (client, accepted) = join(client.connect(addr), listener.accept()).await;
        let (mut server, peer) = accepted.unwrap();
        assert_eq!(peer, client_addr);
        client.unwrap().write_all(b"x").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'x');
    }
}

#[test]
fn options_are_kept() {
    let socket = TcpSocket::new_v4().unwrap();
    for on in [true, false] {
        socket.set_keepalive(on).unwrap();
        assert_eq!(socket.keepalive().unwrap(), on);
        socket.set_reuseaddr(on).unwrap();
        assert_eq!(socket.reuseaddr().unwrap(), on);
        socket.set_reuseport(on).unwrap();
        assert_eq!(socket.reuseport().unwrap(), on);
        socket.set_nodelay(on).unwrap();
        assert_eq!(socket.nodelay().unwrap(), on);
    }
    socket.set_send_buffer_size(50_000).unwrap();
    assert!(socket.send_buffer_size().unwrap() >= 50_000);
    socket.set_recv_buffer_size(50_000).unwrap();
    assert!(socket.recv_buffer_size().unwrap() >= 50_000);
    assert_eq!(socket.linger().unwrap(), None);
    socket.set_zero_linger().unwrap();
    assert_eq!(socket.linger().unwrap(), Some(std::time::Duration::ZERO));
    assert!(socket.take_error().unwrap().is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn options_of_linux_are_kept() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_tos_v4(0x10).unwrap();
    assert_eq!(socket.tos_v4().unwrap(), 0x10);
    assert_eq!(socket.device().unwrap(), None);
    assert!(socket.bind_device(Some(b"no such device")).is_err());
    if let Ok(socket) = TcpSocket::new_v6() {
        socket.set_tclass_v6(0x20).unwrap();
        assert_eq!(socket.tclass_v6().unwrap(), 0x20);
    }
}

#[heist::test]
async fn ports_are_shared() {
    let first = TcpSocket::new_v4().unwrap();
    first.set_reuseport(true).unwrap();
    first.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = first.local_addr().unwrap();
    let _first = first.listen(1).unwrap();
    let second = TcpSocket::new_v4().unwrap();
    second.set_reuseport(true).unwrap();
    second.bind(addr).unwrap();
    let _second = second.listen(1).unwrap();
    assert!(TcpSocket::new_v4().unwrap().bind(addr).is_err());
}

#[test]
fn to_and_from_descriptors() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_keepalive(true).unwrap();
    let fd = socket.as_raw_fd();
    assert_eq!(socket.into_raw_fd(), fd);
    #[expect(unsafe_code, reason = "the function under test is unsafe")]
    // SAFETY: the descriptor was just given up by a `TcpSocket`.
    let socket = unsafe { TcpSocket::from_raw_fd(fd) };
    assert!(socket.keepalive().unwrap());
}

#[heist::test]
async fn from_a_socket_made_elsewhere() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let raw = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    raw.set_nonblocking(true).unwrap();
    let socket = TcpSocket::from_std_stream(raw.into());
    let stream = socket.connect(listener.local_addr().unwrap()).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
}

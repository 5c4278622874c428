//! Unix listeners, and the sockets that they are made of.

mod net_common;

use std::future::poll_fn;
use std::io::ErrorKind;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::pin::pin;

use futures::future::join;
use heist::io::{AsyncReadExt, AsyncWriteExt, ReadBuf};
use heist::net::unix::SocketAddr;
use heist::net::{UnixDatagram, UnixListener, UnixSocket, UnixStream};
use net_common::{TempPath, poll_once};

#[heist::test]
async fn accepting() {
    let path = TempPath::new();
    let listener = UnixListener::bind(&path).unwrap();
    assert_eq!(listener.local_addr().unwrap().as_pathname(), Some(path.as_ref()));
    assert!(listener.take_error().unwrap().is_none());
    assert_eq!(listener.as_fd().as_raw_fd(), listener.as_raw_fd());
    assert!(format!("{listener:?}").contains("UnixListener"));
    let mut accept = pin!(listener.accept());
    assert!(poll_once(accept.as_mut()).is_pending());
    let mut client = UnixStream::connect(&path).await.unwrap();
    let (server, _) = accept.await.unwrap();
    // An accepted stream is tried before the driver has reported it.
    client.write_all(b"x").await.unwrap();
    assert_eq!(server.try_read(&mut [0; 4]).unwrap(), 1);
    assert_eq!(server.try_write(b"y").unwrap(), 1);
    assert_eq!(client.read_u8().await.unwrap(), b'y');

    let (accepted, connected) = join(poll_fn(|cx| listener.poll_accept(cx)), UnixStream::connect(&path)).await;
    connected.unwrap();
    accepted.unwrap();
}

#[heist::test]
async fn the_peer_may_have_an_address() {
    let (path, client_path) = (TempPath::new(), TempPath::new());
    let listener = UnixListener::bind(&path).unwrap();
    let socket = UnixSocket::new_stream().unwrap();
    socket.bind(&client_path).unwrap();
    let client = socket.connect(&path).await.unwrap();
    let (server, peer) = listener.accept().await.unwrap();
    assert_eq!(peer.as_pathname(), Some(client_path.as_ref()));
    assert_eq!(server.peer_addr().unwrap().as_pathname(), Some(client_path.as_ref()));
    assert_eq!(client.local_addr().unwrap().as_pathname(), Some(client_path.as_ref()));
}

#[heist::test]
async fn accepting_that_is_given_up_loses_no_connection() {
    let path = TempPath::new();
    let listener = UnixListener::bind(&path).unwrap();
    assert!(poll_once(pin!(listener.accept())).is_pending());
    let _client = UnixStream::connect(&path).await.unwrap();
    drop(listener.accept());
    listener.accept().await.unwrap();
}

#[heist::test]
async fn paths_that_cannot_be_bound() {
    let path = TempPath::new();
    let listener = UnixListener::bind(&path).unwrap();
    assert_eq!(UnixListener::bind(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    drop(listener);
    // The path stays.
    assert_eq!(UnixListener::bind(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    std::fs::remove_file(&path).unwrap();
    UnixListener::bind(&path).unwrap();
    assert_eq!(UnixListener::bind("/no such directory/x").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(UnixListener::bind("x".repeat(200)).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[heist::test]
async fn permission_denied() {
    let directory = std::env::temp_dir().join(format!("heist-test-closed-{}", std::process::id()));
    std::fs::create_dir(&directory).unwrap();
    let path = directory.join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o000)).unwrap();
    // A superuser may do everything.
    if !rustix::process::geteuid().is_root() {
        assert_eq!(UnixStream::connect(&path).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert_eq!(UnixListener::bind(directory.join("other")).unwrap_err().kind(), ErrorKind::PermissionDenied);
    }
    std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o700)).unwrap();
    drop(listener);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[heist::test]
async fn by_address() {
    let path = TempPath::new();
    let addr = std::os::unix::net::SocketAddr::from_pathname(&path).unwrap();
    let listener = UnixListener::bind_addr(&SocketAddr::from(addr)).unwrap();
    assert_eq!(listener.local_addr().unwrap().as_pathname(), Some(path.as_ref()));
    UnixStream::connect_addr(&listener.local_addr().unwrap().clone()).await.unwrap();
}

#[heist::test]
async fn to_and_from_the_standard_library() {
    let path = TempPath::new();
    let std = UnixListener::bind(&path).unwrap().into_std().unwrap();
    let listener = UnixListener::try_from(std).unwrap();
    let (accepted, connected) = join(listener.accept(), UnixStream::connect(&path)).await;
    accepted.unwrap();
    connected.unwrap();
}

#[cfg(debug_assertions)]
#[heist::test]
#[should_panic(expected = "Registering a blocking socket")]
async fn a_listener_that_blocks_is_refused() {
    let path = TempPath::new();
    let _ = UnixListener::from_std(std::os::unix::net::UnixListener::bind(&path).unwrap());
}

#[heist::test]
async fn a_socket_becomes_a_listener() {
    let path = TempPath::new();
    let socket = UnixSocket::new_stream().unwrap();
    socket.bind(&path).unwrap();
    assert_eq!(socket.bind(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    let listener = socket.listen(u32::MAX).unwrap();
    let (accepted, connected) = join(listener.accept(), UnixSocket::new_stream().unwrap().connect(&path)).await;
    accepted.unwrap();
    connected.unwrap();
}

#[heist::test]
async fn a_socket_becomes_one_for_datagrams() {
    let path = TempPath::new();
    let socket = UnixSocket::new_datagram().unwrap();
    socket.bind(&path).unwrap();
    let receiver = socket.datagram().unwrap();
    UnixSocket::new_datagram().unwrap().datagram().unwrap().send_to(b"x", &path).await.unwrap();
    assert_eq!(receiver.recv(&mut [0; 4]).await.unwrap(), 1);
}

#[heist::test]
async fn each_kind_of_socket_does_its_own() {
    let nowhere = Path::new("/no such path");
    let datagram = || UnixSocket::new_datagram().unwrap();
    let error = datagram().listen(1).unwrap_err();
    assert_eq!(error.to_string(), "listen cannot be called on a datagram socket");
    let error = datagram().connect(nowhere).await.unwrap_err();
    assert_eq!(error.to_string(), "connect cannot be called on a datagram socket");
    let error = UnixSocket::new_stream().unwrap().datagram().unwrap_err();
    assert_eq!(error.to_string(), "datagram cannot be called on a stream socket");
}

#[heist::test]
async fn to_and_from_descriptors() {
    let path = TempPath::new();
    let socket = UnixSocket::new_stream().unwrap();
    socket.bind(&path).unwrap();
    let fd = socket.as_raw_fd();
    assert_eq!(socket.as_fd().as_raw_fd(), fd);
    assert!(format!("{socket:?}").contains("Socket"));
    assert_eq!(socket.into_raw_fd(), fd);
    #[expect(unsafe_code, reason = "the function under test is unsafe")]
    // SAFETY: the descriptor was just given up by a `UnixSocket`.
    let socket = unsafe { UnixSocket::from_raw_fd(fd) };
    assert_eq!(socket.listen(1).unwrap().local_addr().unwrap().as_pathname(), Some(path.as_ref()));
}

/// A path may fill the system's structure to the last byte, without an end. Whoever connects from there must not make
/// accepting fail.
#[cfg(target_os = "linux")]
#[heist::test]
async fn a_peer_with_the_longest_path() {
    let path = TempPath::new();
    let listener = UnixListener::bind(&path).unwrap();
    let (client, longest) = bound_to_the_longest_path(socket2::Type::STREAM);
    client.connect(&socket2::SockAddr::unix(&path).unwrap()).unwrap();
    let (stream, peer) = listener.accept().await.unwrap();
    assert_eq!(peer.as_pathname(), Some(longest.as_ref()));
    assert_eq!(stream.peer_addr().unwrap().as_pathname(), Some(longest.as_ref()));
    drop(longest);

    let path = TempPath::new();
    let receiver = UnixDatagram::bind(&path).unwrap();
    let (client, longest) = bound_to_the_longest_path(socket2::Type::DGRAM);
    for _ in 0..3 {
        client.send_to(b"x", &socket2::SockAddr::unix(&path).unwrap()).unwrap();
    }
    let (count, sender) = receiver.recv_from(&mut [0; 2]).await.unwrap();
    assert_eq!((count, sender.as_pathname()), (1, Some(longest.as_ref())));
    let (count, sender) = receiver.recv_buf_from(&mut Vec::with_capacity(2)).await.unwrap();
    assert!(count == 1 && sender.is_unnamed(), "it cannot be named, but what it sent is there");
    let mut memory = [0; 2];
    let mut buf = ReadBuf::new(&mut memory);
    assert!(poll_fn(|cx| receiver.poll_recv_from(cx, &mut buf)).await.unwrap().is_unnamed());
    assert_eq!(buf.filled(), b"x");
}

/// A socket, and where it is bound. The standard library and its friends refuse to make such an address.
#[cfg(target_os = "linux")]
fn bound_to_the_longest_path(ty: socket2::Type) -> (socket2::Socket, TempPath) {
    let path = TempPath::of_length(108);
    let socket = socket2::Socket::new(socket2::Domain::UNIX, ty, None).unwrap();
    let mut addr = libc::sockaddr_un { sun_family: libc::AF_UNIX as libc::sa_family_t, sun_path: [0; 108] };
    for (to, byte) in addr.sun_path.iter_mut().zip(path.as_ref().as_os_str().as_bytes()) {
        *to = *byte as libc::c_char;
    }
    #[expect(unsafe_code, reason = "no safe function makes this address")]
    // SAFETY: the address is a `sockaddr_un`, which outlives the call, and the length is its own.
    let result =
        unsafe { libc::bind(socket.as_raw_fd(), (&raw const addr).cast(), size_of_val(&addr) as libc::socklen_t) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    (socket, path)
}

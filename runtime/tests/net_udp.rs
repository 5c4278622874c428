//! UDP sockets.

mod net_common;

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::pin::pin;
use std::sync::Arc;

use futures::future::join;
use heist::io::{Interest, ReadBuf};
use heist::net::UdpSocket;
use net_common::poll_once;

async fn socket() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.unwrap()
}

/// Two sockets that are connected with each other.
async fn pair() -> (UdpSocket, UdpSocket) {
    let (ours, theirs) = (socket().await, socket().await);
    ours.connect(theirs.local_addr().unwrap()).await.unwrap();
    theirs.connect(ours.local_addr().unwrap()).await.unwrap();
    (ours, theirs)
}

/// Tries as often as the socket says that it is worth it. Readiness may be a false alarm.
async fn when_readable<R>(socket: &UdpSocket, mut f: impl FnMut() -> io::Result<R>) -> R {
    loop {
        socket.readable().await.unwrap();
        match f() {
            Ok(result) => return result,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}

#[heist::test]
async fn datagrams_between_strangers() {
    let (client, server) = (socket().await, socket().await);
    assert_eq!(client.send_to(b"ping", server.local_addr().unwrap()).await.unwrap(), 4);
    let mut buffer = [0; 16];
    let (count, sender) = server.recv_from(&mut buffer).await.unwrap();
    assert_eq!((&buffer[..count], sender), (&b"ping"[..], client.local_addr().unwrap()));
    server.send_to(b"pong", ("127.0.0.1", sender.port())).await.unwrap();
    assert_eq!(client.recv_from(&mut buffer).await.unwrap(), (4, server.local_addr().unwrap()));
}

#[heist::test]
async fn connected_sockets_hear_their_peer_alone() {
    let (ours, theirs) = pair().await;
    assert_eq!(ours.peer_addr().unwrap(), theirs.local_addr().unwrap());
    socket().await.send_to(b"stranger", ours.local_addr().unwrap()).await.unwrap();
    assert_eq!(theirs.send(b"friend").await.unwrap(), 6);
    let mut buffer = [0; 16];
    let count = ours.recv(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..count], b"friend");
    assert_eq!(socket().await.peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
}

#[heist::test]
async fn a_long_datagram_loses_its_end() {
    let (ours, theirs) = pair().await;
    ours.send(b"0123456789").await.unwrap();
    ours.send(b"next").await.unwrap();
    let mut buffer = [0; 4];
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 4);
    assert_eq!(&buffer, b"0123");
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 4);
    assert_eq!(&buffer, b"next");
}

#[heist::test]
async fn an_empty_datagram_is_one() {
    let (ours, theirs) = pair().await;
    ours.send(b"").await.unwrap();
    ours.send(b"x").await.unwrap();
    let mut buffer = [7; 4];
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 0);
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 1);
}

#[heist::test]
async fn nobody_listens() {
    let (ours, theirs) = pair().await;
    drop(theirs);
    ours.send(b"x").await.unwrap();
    // Loopback answers before `send` returns.
    let error = ours.recv(&mut [0; 4]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    ours.send(b"x").await.unwrap();
    let error = ours.take_error().unwrap().expect("the refusal waits to be taken");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(ours.take_error().unwrap().is_none());
}

#[heist::test]
async fn addresses_that_cannot_be_used() {
    let taken = socket().await;
    let error = UdpSocket::bind(taken.local_addr().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let error = UdpSocket::bind("192.0.2.1:0").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
    let nothing: &[SocketAddr] = &[];
    assert_eq!(UdpSocket::bind(nothing).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(taken.connect(nothing).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let error = taken.send_to(b"x", nothing).await.unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, "no addresses to send data to"));
    assert!(taken.send(b"not connected").await.is_err());
    let free = ["127.0.0.1:0".parse().unwrap()];
    let both: Vec<SocketAddr> = [taken.local_addr().unwrap()].into_iter().chain(free).collect();
    assert!(UdpSocket::bind(&both[..]).await.is_ok(), "the second address is free");
    let too_long = vec![0; 70_000];
    assert!(taken.send_to(&too_long, taken.local_addr().unwrap()).await.is_err());
}

#[heist::test]
async fn receiving_into_buffers_that_grow() {
    let (ours, theirs) = pair().await;
    let mut received = Vec::with_capacity(64);
    ours.send(b"one").await.unwrap();
    assert_eq!(theirs.recv_buf(&mut received).await.unwrap(), 3);
    ours.send(b"two").await.unwrap();
    assert_eq!(theirs.recv_buf_from(&mut received).await.unwrap(), (3, ours.local_addr().unwrap()));
    ours.send(b"three").await.unwrap();
    assert_eq!(when_readable(&theirs, || theirs.try_recv_buf(&mut received)).await, 5);
    ours.send(b"four").await.unwrap();
    let (count, sender) = when_readable(&theirs, || theirs.try_recv_buf_from(&mut received)).await;
    assert_eq!((count, sender), (4, ours.local_addr().unwrap()));
    assert_eq!(received, b"onetwothreefour");
}

#[heist::test]
async fn trying() {
    let (ours, theirs) = pair().await;
    let mut buffer = [0; 16];
    let sender = ours.local_addr().unwrap();
    for result in [theirs.try_recv(&mut buffer).map(drop), theirs.try_recv_from(&mut [0; 4]).map(drop)] {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::WouldBlock);
    }
    assert_eq!(ours.try_send(b"at once").unwrap(), 7);
    assert_eq!(when_readable(&theirs, || theirs.try_peek(&mut buffer)).await, 7);
    assert_eq!(theirs.try_peek_from(&mut buffer).unwrap(), (7, sender));
    assert_eq!(theirs.try_peek_sender().unwrap(), sender);
    assert_eq!(theirs.try_recv_from(&mut buffer).unwrap(), (7, sender));
    assert_eq!(&buffer[..7], b"at once");
    assert_eq!(ours.try_send_to(b"x", theirs.local_addr().unwrap()).unwrap(), 1);
    assert_eq!(when_readable(&theirs, || theirs.try_recv(&mut buffer)).await, 1);
    assert_eq!(theirs.try_recv(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[heist::test]
async fn peeking_takes_nothing() {
    let (ours, theirs) = pair().await;
    let mut buffer = [0; 16];
    let (sender, sent) = join(theirs.peek_sender(), ours.send(b"look")).await;
    sent.unwrap();
    assert_eq!(sender.unwrap(), ours.local_addr().unwrap());
    assert_eq!(theirs.peek(&mut buffer).await.unwrap(), 4);
    assert_eq!(theirs.peek_from(&mut buffer).await.unwrap(), (4, ours.local_addr().unwrap()));
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 4);
    assert_eq!(theirs.try_recv(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[heist::test]
async fn polling() {
    let (ours, theirs) = pair().await;
    let sender = ours.local_addr().unwrap();
    poll_fn(|cx| ours.poll_send_ready(cx)).await.unwrap();
    assert_eq!(poll_fn(|cx| ours.poll_send(cx, b"one")).await.unwrap(), 3);
    let target = theirs.local_addr().unwrap();
    assert_eq!(poll_fn(|cx| ours.poll_send_to(cx, b"two", target)).await.unwrap(), 3);
    poll_fn(|cx| theirs.poll_recv_ready(cx)).await.unwrap();
    let mut memory = [0; 64];
    let mut buf = ReadBuf::new(&mut memory);
    buf.put_slice(b">");
    poll_fn(|cx| theirs.poll_peek(cx, &mut buf)).await.unwrap();
    assert_eq!(poll_fn(|cx| theirs.poll_peek_from(cx, &mut buf)).await.unwrap(), sender);
    assert_eq!(poll_fn(|cx| theirs.poll_peek_sender(cx)).await.unwrap(), sender);
    poll_fn(|cx| theirs.poll_recv(cx, &mut buf)).await.unwrap();
    assert_eq!(poll_fn(|cx| theirs.poll_recv_from(cx, &mut buf)).await.unwrap(), sender);
    assert_eq!(buf.filled(), b">oneoneonetwo");
}

#[heist::test]
async fn operations_of_ones_own() {
    let (ours, theirs) = pair().await;
    let called = ours.try_io(Interest::READABLE, || -> io::Result<()> { panic!("nothing to receive") });
    assert_eq!(called.unwrap_err().kind(), ErrorKind::WouldBlock);
    let received = ours.async_io(Interest::READABLE, || {
        let mut buffer = Vec::with_capacity(8);
        socket2::SockRef::from(&ours).recv(buffer.spare_capacity_mut())
    });
    let (received, sent) = join(received, theirs.send(b"own")).await;
    sent.unwrap();
    assert_eq!(received.unwrap(), 3);
    let ready = theirs.ready(Interest::READABLE | Interest::WRITABLE).await.unwrap();
    assert!(ready.is_writable() && !ready.is_readable());
}

#[heist::test]
async fn a_receiver_that_is_dropped_loses_nothing() {
    let (ours, theirs) = pair().await;
    let mut buffer = [0; 16];
    for _ in 0..3 {
        let mut gives_up = pin!(theirs.recv(&mut buffer));
        assert!(poll_once(gives_up.as_mut()).is_pending());
    }
    ours.send(b"still there").await.unwrap();
    theirs.readable().await.unwrap();
    // Ready, but dropped before it is polled again.
    drop(theirs.recv_from(&mut buffer));
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 11);
}

#[heist::test]
async fn several_tasks_share_a_socket() {
    let server = Arc::new(socket().await);
    let addr = server.local_addr().unwrap();
    let echoes: Vec<_> = (0..4)
        .map(|_| {
            let server = server.clone();
            heist::spawn(async move {
                let mut buffer = [0; 16];
                loop {
                    let (count, sender) = server.recv_from(&mut buffer).await.unwrap();
                    server.send_to(&buffer[..count], sender).await.unwrap();
                }
            })
        })
        .collect();
    let clients: Vec<_> = (0..8_u32)
        .map(|number| {
            heist::spawn(async move {
                let client = socket().await;
                client.connect(addr).await.unwrap();
                let mut buffer = [0; 16];
                for round in 0..50 {
                    let message = (number << 16 | round).to_be_bytes();
                    client.send(&message).await.unwrap();
                    assert_eq!(client.recv(&mut buffer).await.unwrap(), 4);
                    assert_eq!(buffer[..4], message);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    echoes.iter().for_each(|echo| echo.abort());
}

#[heist::test]
async fn options_are_kept() {
    let socket = socket().await;
    for on in [true, false] {
        socket.set_broadcast(on).unwrap();
        assert_eq!(socket.broadcast().unwrap(), on);
        socket.set_multicast_loop_v4(on).unwrap();
        assert_eq!(socket.multicast_loop_v4().unwrap(), on);
    }
    socket.set_multicast_ttl_v4(9).unwrap();
    assert_eq!(socket.multicast_ttl_v4().unwrap(), 9);
    socket.set_ttl(11).unwrap();
    assert_eq!(socket.ttl().unwrap(), 11);
    assert_eq!(socket.as_fd().as_raw_fd(), socket.as_raw_fd());
    assert!(format!("{socket:?}").contains("127.0.0.1"));
    if let Ok(socket) = UdpSocket::bind("[::1]:0").await {
        socket.set_multicast_loop_v6(false).unwrap();
        assert!(!socket.multicast_loop_v6().unwrap());
        let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0x17);
        if socket.join_multicast_v6(&group, 0).is_ok() {
            socket.leave_multicast_v6(&group, 0).unwrap();
        }
        assert!(socket.leave_multicast_v6(&group, 0).is_err(), "not a member");
    }
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn options_of_linux_are_kept() {
    let v4 = socket().await;
    v4.set_tos_v4(0x10).unwrap();
    assert_eq!(v4.tos_v4().unwrap(), 0x10);
    assert_eq!(v4.device().unwrap(), None);
    assert!(v4.bind_device(Some(b"no such device")).is_err());
    if let Ok(v6) = UdpSocket::bind("[::1]:0").await {
        v6.set_tclass_v6(0x20).unwrap();
        assert_eq!(v6.tclass_v6().unwrap(), 0x20);
    }
}

#[heist::test]
async fn multicast_groups() {
    let group = Ipv4Addr::new(239, 255, 17, 17);
    let receiver = UdpSocket::bind("0.0.0.0:0").await.unwrap();
    assert!(receiver.leave_multicast_v4(group, Ipv4Addr::LOCALHOST).is_err(), "not a member");
    receiver.join_multicast_v4(group, Ipv4Addr::LOCALHOST).unwrap();
    let sender = socket().await;
    socket2::SockRef::from(&sender).set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
    let port = receiver.local_addr().unwrap().port();
    sender.send_to(b"to all", (group, port)).await.unwrap();
    assert_eq!(receiver.recv(&mut [0; 16]).await.unwrap(), 6);
    receiver.leave_multicast_v4(group, Ipv4Addr::LOCALHOST).unwrap();
}

#[heist::test]
async fn to_and_from_the_standard_library() {
    let (ours, theirs) = pair().await;
    let std = ours.into_std().unwrap();
    let ours = UdpSocket::try_from(std).unwrap();
    theirs.send(b"x").await.unwrap();
    assert_eq!(ours.recv(&mut [0; 4]).await.unwrap(), 1);
}

#[cfg(debug_assertions)]
#[heist::test]
#[should_panic(expected = "Registering a blocking socket")]
async fn a_socket_that_blocks_is_refused() {
    let _ = UdpSocket::from_std(std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
}

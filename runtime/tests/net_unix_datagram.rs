//! Unix datagram sockets.

mod net_common;

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use futures::future::join;
use heist::io::{Interest, ReadBuf};
use heist::net::UnixDatagram;
use net_common::{TempPath, poll_once};

async fn when_readable<R>(socket: &UnixDatagram, mut f: impl FnMut() -> io::Result<R>) -> R {
    loop {
        socket.readable().await.unwrap();
        match f() {
            Ok(result) => return result,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}

#[heist::test]
async fn between_paths() {
    let (here, there) = (TempPath::new(), TempPath::new());
    let (ours, theirs) = (UnixDatagram::bind(&here).unwrap(), UnixDatagram::bind(&there).unwrap());
    assert_eq!(ours.local_addr().unwrap().as_pathname(), Some(here.as_ref()));
    assert!(ours.peer_addr().is_err());
    assert_eq!(ours.send_to(b"ping", &there).await.unwrap(), 4);
    let mut buffer = [0; 16];
    let (count, sender) = theirs.recv_from(&mut buffer).await.unwrap();
    assert_eq!((&buffer[..count], sender.as_pathname()), (&b"ping"[..], Some(here.as_ref())));
    theirs.connect(&here).unwrap();
    assert_eq!(theirs.peer_addr().unwrap().as_pathname(), Some(here.as_ref()));
    theirs.send(b"pong").await.unwrap();
    assert_eq!(ours.recv(&mut buffer).await.unwrap(), 4);
    let nameless = UnixDatagram::unbound().unwrap();
    assert!(nameless.local_addr().unwrap().is_unnamed());
    nameless.send_to(b"who?", &here).await.unwrap();
    assert!(ours.recv_from(&mut buffer).await.unwrap().1.is_unnamed());
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn between_abstract_names() {
    let name = |side| format!("\0heist datagram test {} {side}", std::process::id());
    let (ours, theirs) = (UnixDatagram::bind(name("a")).unwrap(), UnixDatagram::bind(name("b")).unwrap());
    assert_eq!(ours.local_addr().unwrap().as_abstract_name(), Some(&name("a").as_bytes()[1..]));
    ours.send_to(b"x", name("b")).await.unwrap();
    let mut received = Vec::with_capacity(8);
    let (count, sender) = theirs.recv_buf_from(&mut received).await.unwrap();
    assert_eq!((count, sender.as_abstract_name()), (1, Some(&name("a").as_bytes()[1..])));
    theirs.connect(name("a")).unwrap();
    theirs.send(b"yz").await.unwrap();
    assert_eq!(ours.recv(&mut [0; 8]).await.unwrap(), 2);
}

#[heist::test]
async fn errors() {
    let path = TempPath::new();
    let socket = UnixDatagram::unbound().unwrap();
    assert_eq!(socket.send_to(b"x", &path).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(socket.connect(&path).unwrap_err().kind(), ErrorKind::NotFound);
    let bound = UnixDatagram::bind(&path).unwrap();
    assert_eq!(UnixDatagram::bind(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    assert!(bound.send(b"not connected").await.is_err());
    socket.connect(&path).unwrap();
    drop(bound);
    assert_eq!(socket.send(b"x").await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(UnixDatagram::bind("x".repeat(200)).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[heist::test]
async fn a_long_datagram_loses_its_end() {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    ours.send(b"0123456789").await.unwrap();
    ours.send(b"").await.unwrap();
    ours.send(b"next").await.unwrap();
    let mut buffer = [0; 4];
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 4);
    assert_eq!(&buffer, b"0123");
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 0, "an empty datagram is one");
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 4);
    assert_eq!(&buffer, b"next");
}

#[heist::test]
async fn receiving_into_buffers_that_grow() {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let mut received = Vec::with_capacity(64);
    for message in ["one", "two", "three", "four"] {
        ours.send(message.as_bytes()).await.unwrap();
    }
    assert_eq!(theirs.recv_buf(&mut received).await.unwrap(), 3);
    assert_eq!(theirs.recv_buf_from(&mut received).await.unwrap().0, 3);
    assert_eq!(theirs.try_recv_buf(&mut received).unwrap(), 5);
    assert!(theirs.try_recv_buf_from(&mut received).unwrap().1.is_unnamed());
    assert_eq!(received, b"onetwothreefour");
    assert_eq!(theirs.try_recv_buf(&mut received).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[heist::test]
async fn trying() {
    let path = TempPath::new();
    let theirs = UnixDatagram::bind(&path).unwrap();
    let ours = UnixDatagram::unbound().unwrap();
    let mut buffer = [0; 16];
    assert_eq!(theirs.try_recv(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(ours.try_send_to(b"one", &path).unwrap(), 3);
    assert_eq!(when_readable(&theirs, || theirs.try_recv_from(&mut buffer)).await.0, 3);
    ours.connect(&path).unwrap();
    assert_eq!(ours.try_send(b"three").unwrap(), 5);
    assert_eq!(when_readable(&theirs, || theirs.try_recv(&mut buffer)).await, 5);
    assert!(ours.take_error().unwrap().is_none());
    assert_eq!(ours.as_fd().as_raw_fd(), ours.as_raw_fd());
    assert!(format!("{ours:?}").contains("UnixDatagram"));
}

#[heist::test]
async fn polling() {
    let path = TempPath::new();
    let theirs = UnixDatagram::bind(&path).unwrap();
    let ours = UnixDatagram::unbound().unwrap();
    poll_fn(|cx| ours.poll_send_ready(cx)).await.unwrap();
    assert_eq!(poll_fn(|cx| ours.poll_send_to(cx, b"one", &path)).await.unwrap(), 3);
    ours.connect(&path).unwrap();
    assert_eq!(poll_fn(|cx| ours.poll_send(cx, b"two")).await.unwrap(), 3);
    poll_fn(|cx| theirs.poll_recv_ready(cx)).await.unwrap();
    let mut memory = [0; 64];
    let mut buf = ReadBuf::new(&mut memory);
    buf.put_slice(b">");
    poll_fn(|cx| theirs.poll_recv(cx, &mut buf)).await.unwrap();
    assert!(poll_fn(|cx| theirs.poll_recv_from(cx, &mut buf)).await.unwrap().is_unnamed());
    assert_eq!(buf.filled(), b">onetwo");
}

#[heist::test]
async fn sending_waits_for_room() {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let mut sent = 0;
    while ours.try_send(&[0; 1000]).is_ok() {
        sent += 1;
    }
    assert!(sent > 0);
    let message = [7; 1000];
    let mut waits = pin!(ours.send(&message));
    assert!(poll_once(waits.as_mut()).is_pending());
    for _ in 0..sent {
        theirs.recv(&mut [0; 1000]).await.unwrap();
    }
    waits.await.unwrap();
    let mut buffer = [0; 1000];
    theirs.recv(&mut buffer).await.unwrap();
    assert_eq!(buffer, message);
}

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[heist::test]
async fn sending_to_a_path_waits_for_room_there() {
    let path = TempPath::new();
    let theirs = UnixDatagram::bind(&path).unwrap();
    let (ours, other) = (UnixDatagram::unbound().unwrap(), UnixDatagram::unbound().unwrap());
    // The queue of the receiver is full long before the buffer of a sender.
    let mut sent = 0;
    while other.try_send_to(b"x", &path).is_ok() {
        sent += 1;
    }
    assert!(sent > 0);

    // The system says at once that the sender has room, again and again. It must not be believed.
    let wakes = Arc::new(Wakes::default());
    let mut waits = Box::pin(ours.send_to(b"y", &path));
    let mut polls = 0;
    for _ in 0..30 {
        if polls == 0 || wakes.0.swap(0, Ordering::Relaxed) > 0 {
            polls += 1;
            assert!(waits.as_mut().poll(&mut Context::from_waker(&wakes.clone().into())).is_pending());
        }
        // The driver is looked at.
        heist::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(polls < 10, "{polls} polls while nothing happened");
    drop(waits);

    let sends = async {
        for _ in 0..100 {
            ours.send_to(b"y", &path).await.unwrap();
        }
    };
    let receives = async {
        for _ in 0..sent + 100 {
            theirs.recv(&mut [0; 4]).await.unwrap();
        }
    };
    join(sends, receives).await;
}

#[heist::test]
async fn a_receiver_that_vanishes_ends_the_wait() {
    let path = TempPath::new();
    let theirs = UnixDatagram::bind(&path).unwrap();
    let ours = UnixDatagram::unbound().unwrap();
    loop {
        let mut sends = pin!(ours.send_to(b"x", &path));
        if poll_once(sends.as_mut()).is_ready() {
            continue;
        }
        // Perhaps it only has to yield.
        heist::task::yield_now().await;
        if poll_once(sends.as_mut()).is_pending() {
            drop(theirs);
            assert_eq!(sends.await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
            break;
        }
    }
}

#[heist::test]
async fn shutting_down() {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    ours.shutdown(Shutdown::Write).unwrap();
    assert_eq!(ours.send(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    ours.shutdown(Shutdown::Read).unwrap();
    assert!(theirs.send(b"x").await.is_err());
    // Linux says that there is always something to receive, and then that there is not. It must not hold the thread.
    heist::task::yield_now().await;
    for _ in 0..3 {
        let _ = poll_once(pin!(ours.recv(&mut [0; 4])));
        let _ = poll_fn(|cx| Poll::Ready(ours.poll_recv(cx, &mut ReadBuf::new(&mut [0; 4])).map(drop))).await;
    }
}

#[heist::test]
async fn operations_of_ones_own() {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let called = ours.try_io(Interest::READABLE, || -> io::Result<()> { panic!("nothing to receive") });
    assert_eq!(called.unwrap_err().kind(), ErrorKind::WouldBlock);
    let received = ours.async_io(Interest::READABLE, || Ok(rustix::io::read(&ours, &mut [0_u8; 8])?));
    let (received, sent) = join(received, theirs.send(b"own")).await;
    sent.unwrap();
    assert_eq!(received.unwrap(), 3);
    let ready = theirs.ready(Interest::READABLE | Interest::WRITABLE).await.unwrap();
    assert!(ready.is_writable() && !ready.is_readable());
    theirs.writable().await.unwrap();
}

#[heist::test]
async fn a_receiver_that_is_dropped_loses_nothing() {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let mut buffer = [0; 16];
    for _ in 0..3 {
        assert!(poll_once(pin!(theirs.recv(&mut buffer))).is_pending());
    }
    ours.send(b"still there").await.unwrap();
    theirs.readable().await.unwrap();
    drop(theirs.recv(&mut buffer));
    assert_eq!(theirs.recv(&mut buffer).await.unwrap(), 11);
}

#[heist::test]
async fn to_and_from_the_standard_library() {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let ours = UnixDatagram::try_from(ours.into_std().unwrap()).unwrap();
    theirs.send(b"x").await.unwrap();
    assert_eq!(ours.recv(&mut [0; 4]).await.unwrap(), 1);
}

#[cfg(debug_assertions)]
#[heist::test]
#[should_panic(expected = "Registering a blocking socket")]
async fn a_socket_that_blocks_is_refused() {
    let _ = UnixDatagram::from_std(std::os::unix::net::UnixDatagram::unbound().unwrap());
}

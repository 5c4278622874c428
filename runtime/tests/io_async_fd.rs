//! `AsyncFd`: waiting for descriptors that the runtime knows nothing else of.
#![cfg(unix)]

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::FutureExt;
use heist::io::unix::{AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, AsyncFdRegisterError, TryIoError};
use heist::io::{Interest, Ready};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::Builder;

/// A socket that the runtime knows, and its peer, which does not block either.
fn pair() -> (AsyncFd<UnixStream>, UnixStream) {
    let (a, b) = UnixStream::pair().unwrap();
    a.set_nonblocking(true).unwrap();
    b.set_nonblocking(true).unwrap();
    (AsyncFd::new(a).unwrap(), b)
}

/// Writes until there is no room.
fn fill(mut socket: &UnixStream) {
    while socket.write(&[0; 4096]).is_ok() {}
}

/// Reads until there is nothing.
fn drain(mut socket: &UnixStream) {
    while socket.read(&mut [0; 4096]).is_ok() {}
}

fn would_block<T>() -> std::io::Result<T> {
    Err(ErrorKind::WouldBlock.into())
}

#[heist::test]
async fn waiting_and_trying() {
    let (mut fd, mut peer) = pair();
    assert!(fd.readable().now_or_never().is_none());
    peer.write_all(b"hello").unwrap();
    let mut bytes = [0; 8];

    let mut guard = fd.readable().await.unwrap();
    assert!(guard.ready().is_readable() && !guard.ready().is_writable());
    assert_eq!(guard.get_inner().as_raw_fd(), guard.get_ref().as_raw_fd());
    assert!(format!("{guard:?}").starts_with("AsyncFdReadyGuard"));
    assert_eq!(guard.try_io(|fd| fd.get_ref().read(&mut bytes)).unwrap().unwrap(), 5);
    let TryIoError { .. } = guard.try_io(|fd| fd.get_ref().read(&mut bytes)).unwrap_err();
    assert!(guard.ready().is_empty(), "it was cleared");
    guard.clear_ready();
    drop(guard);
    assert!(fd.readable().now_or_never().is_none());

    peer.write_all(b"again").unwrap();
    let mut guard = fd.readable_mut().await.unwrap();
    assert!(format!("{guard:?}").starts_with("AsyncFdReadyMutGuard"));
    assert_eq!(guard.try_io(|fd| fd.get_mut().read(&mut bytes)).unwrap().unwrap(), 5);
    assert!(guard.try_io(|fd| fd.get_mut().read(&mut bytes)).is_err());
    assert!(guard.ready().is_empty());
    assert_eq!(guard.get_inner().as_raw_fd(), guard.get_ref().as_raw_fd());
    assert_eq!(guard.get_inner_mut().as_raw_fd(), guard.get_mut().as_raw_fd());
    drop(guard);
    assert!(fd.readable_mut().now_or_never().is_none());
}

#[heist::test]
async fn other_errors_keep_the_readiness() {
    let (fd, mut peer) = pair();
    peer.write_all(b"x").unwrap();
    let mut guard = fd.readable().await.unwrap();
    let error = guard.try_io(|_| std::io::Result::<()>::Err(ErrorKind::InvalidData.into())).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    guard.retain_ready();
    drop(guard);
    fd.readable().now_or_never().expect("it is still ready").unwrap().retain_ready();
}

#[heist::test]
async fn writing_waits_for_room() {
    let (mut fd, peer) = pair();
    let mut guard = fd.writable().await.unwrap();
    fill(guard.get_inner());
    guard.clear_ready();
    drop(guard);
    assert!(fd.writable().now_or_never().is_none());
    drain(&peer);
    assert!(fd.writable().await.unwrap().ready().is_writable());
    let mut guard = fd.writable_mut().await.unwrap();
    fill(guard.get_inner());
    guard.clear_ready();
    drop(guard);
    assert!(fd.writable_mut().now_or_never().is_none());
    drain(&peer);
    fd.writable_mut().await.unwrap().retain_ready();
}

#[heist::test]
async fn what_came_after_the_guard_is_not_cleared() {
    let (fd, mut peer) = pair();
    peer.write_all(b"x").unwrap();
    let mut old = fd.readable().await.unwrap();
    drain(fd.get_ref());
    // New readiness, which the driver has seen: the other guard proves it.
    fd.readable().await.unwrap().clear_ready();
    peer.write_all(b"y").unwrap();
    fd.readable().await.unwrap().retain_ready();
    old.clear_ready();
    drop(old);
    fd.readable().now_or_never().expect("the new readiness stays").unwrap().retain_ready();
}

#[heist::test]
async fn a_part_can_be_cleared() {
    let (mut fd, mut peer) = pair();
    peer.write_all(b"x").unwrap();
    fd.readable().await.unwrap().retain_ready();
    let mut guard = fd.ready(Interest::READABLE | Interest::WRITABLE).await.unwrap();
    assert_eq!(guard.ready(), Ready::READABLE | Ready::WRITABLE);
    guard.clear_ready_matching(Ready::READABLE);
    assert_eq!(guard.ready(), Ready::WRITABLE);
    drop(guard);
    assert!(fd.readable().now_or_never().is_none());
    let mut guard = fd.ready_mut(Interest::READABLE | Interest::WRITABLE).await.unwrap();
    assert_eq!(guard.ready(), Ready::WRITABLE);
    guard.clear_ready_matching(Ready::WRITABLE);
    assert_eq!(guard.ready(), Ready::EMPTY);
    drop(guard);
    assert!(fd.ready(Interest::READABLE | Interest::WRITABLE).now_or_never().is_none());
}

#[heist::test]
async fn the_end_of_the_peer_is_never_cleared() {
    let (fd, peer) = pair();
    drop(peer);
    for _ in 0..2 {
        let mut guard = fd.readable().await.unwrap();
        assert!(guard.ready().is_read_closed());
        guard.clear_ready();
    }
}

#[heist::test]
async fn operations_that_wait_by_themselves() {
    let (mut fd, mut peer) = pair();
    let mut calls = 0;
    let mut bytes = [0; 8];
    {
        let mut reading = std::pin::pin!(fd.async_io(Interest::READABLE, |mut socket| {
            calls += 1;
            socket.read(&mut bytes)
        }));
        assert!(reading.as_mut().now_or_never().is_none());
        peer.write_all(b"abc").unwrap();
        assert_eq!(reading.await.unwrap(), 3);
    }
    assert_eq!(calls, 1, "it is not tried before it is ready");
    fd.readable().await.unwrap().retain_ready();

    let mut first = true;
    let reading = fd.async_io_mut(Interest::READABLE, |socket| {
        if std::mem::take(&mut first) {
            // As if another reader had been faster; then more comes.
            peer.write_all(b"defg").unwrap();
            return would_block();
        }
        socket.read(&mut bytes)
    });
    assert_eq!(reading.await.unwrap(), 4);
    let error = fd.async_io(Interest::WRITABLE, |_| std::io::Result::<()>::Err(ErrorKind::Other.into())).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Other);
}

#[heist::test]
async fn trying_without_waiting() {
    let (mut fd, mut peer) = pair();
    let mut bytes = [0; 8];
    let unready = fd.try_io(Interest::READABLE, |_| -> std::io::Result<()> { panic!("it is not ready") });
    assert_eq!(unready.unwrap_err().kind(), ErrorKind::WouldBlock);
    let unready = fd.try_io_mut(Interest::READABLE, |_| -> std::io::Result<()> { panic!("it is not ready") });
    assert_eq!(unready.unwrap_err().kind(), ErrorKind::WouldBlock);
    peer.write_all(b"abcdef").unwrap();
    fd.readable().await.unwrap().retain_ready();
    assert_eq!(fd.try_io(Interest::READABLE, |mut socket| socket.read(&mut bytes[..3])).unwrap(), 3);
    assert_eq!(fd.try_io_mut(Interest::READABLE, |socket| socket.read(&mut bytes)).unwrap(), 3);
    assert!(fd.try_io_mut(Interest::READABLE, |socket| socket.read(&mut bytes)).is_err());
    assert!(fd.readable().now_or_never().is_none(), "`WouldBlock` has cleared it");
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[heist::test]
async fn polling_wakes_the_last_task_of_each_direction() {
    let (mut fd, mut peer) = pair();
    let mut guard = fd.writable().await.unwrap();
    fill(guard.get_inner());
    guard.clear_ready();
    drop(guard);
    let counts = [0; 3].map(|_| Arc::new(Count(AtomicUsize::new(0))));
    let wakers = counts.clone().map(Waker::from);
    let mut cx = [&wakers[0], &wakers[1], &wakers[2]].map(Context::from_waker);
    assert!(fd.poll_read_ready(&mut cx[0]).is_pending());
    assert!(fd.poll_read_ready_mut(&mut cx[1]).is_pending());
    assert!(fd.poll_write_ready(&mut cx[0]).is_pending());
    assert!(fd.poll_write_ready_mut(&mut cx[2]).is_pending());
    let woken = || counts.each_ref().map(|count| count.0.load(Ordering::Relaxed));
    peer.write_all(b"x").unwrap();
    fd.readable().await.unwrap().retain_ready();
    assert_eq!(woken(), [0, 1, 0]);
    drain(&peer);
    fd.writable().await.unwrap().retain_ready();
    assert_eq!(woken(), [0, 1, 1]);

    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(fd.poll_read_ready(&mut cx), Poll::Ready(Ok(guard)) if guard.ready().is_readable()));
    assert!(matches!(fd.poll_read_ready_mut(&mut cx), Poll::Ready(Ok(guard)) if guard.ready().is_readable()));
    assert!(matches!(fd.poll_write_ready(&mut cx), Poll::Ready(Ok(guard)) if guard.ready().is_writable()));
    assert!(matches!(fd.poll_write_ready_mut(&mut cx), Poll::Ready(Ok(guard)) if guard.ready().is_writable()));
}

#[heist::test]
async fn any_number_of_tasks_wait() {
    let (fd, mut peer) = pair();
    let fd = Arc::new(fd);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let fd = fd.clone();
            heist::spawn(async move { fd.readable().await.map(|guard| guard.ready().is_readable()) })
        })
        .collect();
    heist::task::yield_now().await;
    peer.write_all(b"x").unwrap();
    for task in tasks {
        assert!(task.await.unwrap().unwrap());
    }
}

#[heist::test]
async fn a_number_that_is_no_descriptor_is_refused() {
    let (number, error) = AsyncFd::try_new(-1).unwrap_err().into_parts();
    assert_eq!((number, error.raw_os_error()), (-1, Some(libc::EBADF)));
    // An object that has lost its descriptor is dropped like others.
    struct Lost(Option<UnixStream>);
    impl AsRawFd for Lost {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_ref().map_or(-1, AsRawFd::as_raw_fd)
        }
    }
    let mut fd = AsyncFd::new(Lost(Some(UnixStream::pair().unwrap().0))).unwrap();
    fd.get_mut().0 = None;
    drop(fd);
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn priority_data_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sender = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let socket = listener.accept().await.unwrap().0.into_std().unwrap();
    let fd = AsyncFd::with_interest(socket, Interest::PRIORITY).unwrap();
    assert!(fd.ready(Interest::PRIORITY).now_or_never().is_none());
    rustix::net::send(&sender, b"!", rustix::net::SendFlags::OOB).unwrap();
    let mut guard = fd.ready(Interest::PRIORITY).await.unwrap();
    assert!(guard.ready().is_priority());
    guard.clear_ready_matching(Ready::PRIORITY);
    drop(guard);
    assert!(fd.ready(Interest::PRIORITY).now_or_never().is_none());
}

/// Counts its drops, and knows a descriptor.
#[derive(Debug)]
struct Watched(OwnedFd, Arc<AtomicUsize>);

impl AsRawFd for Watched {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

#[heist::test]
async fn the_object_comes_back_and_can_be_registered_again() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (socket, mut peer) = UnixStream::pair().unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut fd = AsyncFd::with_interest(Watched(socket.into(), drops.clone()), Interest::READABLE).unwrap();
    assert!(format!("{fd:?}").contains("Watched"));
    assert_eq!(fd.as_raw_fd(), fd.as_fd().as_raw_fd());
    assert_eq!(fd.get_mut().as_raw_fd(), fd.as_raw_fd());
    for _ in 0..3 {
        fd = AsyncFd::try_with_interest(fd.into_inner(), Interest::READABLE).unwrap();
    }
    assert_eq!(drops.load(Ordering::Relaxed), 0);
    peer.write_all(b"x").unwrap();
    fd.readable().await.unwrap().retain_ready();
    drop(fd);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[heist::test]
async fn what_cannot_be_registered_is_given_back() {
    let (fd, _peer) = pair();
    let same = fd.as_raw_fd();
    assert_eq!(AsyncFd::new(same).unwrap_err().kind(), ErrorKind::AlreadyExists);

    let drops = Arc::new(AtomicUsize::new(0));
    let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
    let error = AsyncFd::try_new(Watched(file.into(), drops.clone())).unwrap_err();
    assert_eq!(error.to_string(), std::error::Error::source(&error).unwrap().to_string());
    assert!(format!("{error:?}").contains("PermissionDenied"));
    let (watched, cause) = error.into_parts();
    assert_eq!(cause.kind(), ErrorKind::PermissionDenied);
    assert_eq!(drops.load(Ordering::Relaxed), 0);
    let error = AsyncFd::try_with_interest(watched, Interest::READABLE).unwrap_err();
    assert_eq!(std::io::Error::from(error).kind(), ErrorKind::PermissionDenied);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn the_runtime_ends_while_somebody_waits() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (fd, peer) = {
        let _context = runtime.enter();
        pair()
    };
    let mut waiting = std::pin::pin!(fd.readable());
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(runtime);
    let error = futures::executor::block_on(waiting).unwrap_err();
    assert!(error.to_string().contains("shutdown"), "{error}");
    drop(peer);
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn a_runtime_is_needed() {
    let _ = pair();
}

#[test]
#[should_panic(expected = "IO is disabled")]
fn a_runtime_with_io_is_needed() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let _context = runtime.enter();
    let _ = pair();
}

#[test]
fn types_are_as_free_as_what_they_hold() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<AsyncFd<OwnedFd>>();
    sync::<AsyncFd<OwnedFd>>();
    send::<AsyncFdReadyGuard<'static, OwnedFd>>();
    sync::<AsyncFdReadyMutGuard<'static, OwnedFd>>();
    send::<AsyncFdRegisterError<OwnedFd>>();
    sync::<TryIoError>();
}

//! Readiness of TCP streams: waiting by many tasks, trying, operations of one's own.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::future::{join, join_all};
use heist::io::{AsyncReadExt, AsyncWriteExt, Interest, Ready};
use heist::net::{TcpListener, TcpStream};
use heist::time::timeout;

/// A stream that nothing is known of to be read, and its peer.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (ours, theirs) = join(TcpStream::connect(listener.local_addr().unwrap()), listener.accept()).await;
    (ours.unwrap(), theirs.unwrap().0)
}

/// Tries to read as soon as that is worth it. Readiness may be a false alarm.
async fn read_when_ready(stream: &TcpStream, mut try_read: impl FnMut() -> io::Result<usize>) -> usize {
    loop {
        stream.readable().await.unwrap();
        match try_read() {
            Ok(count) => return count,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}

#[heist::test]
async fn many_tasks_wait_for_one_stream() {
    let (ours, mut theirs) = pair().await;
    let ours = Arc::new(ours);
    let waiters = join_all((0..20).map(|_| {
        let ours = ours.clone();
        async move {
            ours.readable().await.unwrap();
            ours.peek(&mut [0; 1]).await.unwrap()
        }
    }));
    let mut waiters = pin!(waiters);
    assert!(waiters.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let (counts, written) = join(waiters, theirs.write_all(b"x")).await;
    written.unwrap();
    assert_eq!(counts, [1; 20]);
}

#[heist::test]
async fn spawned_tasks_wait_for_one_stream() {
    let (ours, mut theirs) = pair().await;
    let ours = Arc::new(ours);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let ours = ours.clone();
            heist::spawn(async move { ours.readable().await.unwrap() })
        })
        .collect();
    theirs.write_all(b"x").await.unwrap();
    for task in tasks {
        task.await.unwrap();
    }
}

#[heist::test]
async fn a_waiter_that_gives_up_leaves_the_others() {
    let (ours, mut theirs) = pair().await;
    let mut stays = pin!(ours.readable());
    let mut leaves = Box::pin(ours.readable());
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(leaves.as_mut().poll(cx).is_pending());
    assert!(stays.as_mut().poll(cx).is_pending());
    drop(leaves);
    theirs.write_all(b"x").await.unwrap();
    stays.await.unwrap();
}

#[heist::test]
async fn trying_to_read() {
    let (ours, mut theirs) = pair().await;
    let mut buffer = [0; 16];
    assert_eq!(ours.try_read(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
    theirs.write_all(b"hello").await.unwrap();
    assert_eq!(read_when_ready(&ours, || ours.try_read(&mut buffer)).await, 5);
    assert_eq!(ours.try_read(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);

    theirs.write_all(b"hello").await.unwrap();
    let (mut first, mut second) = ([0; 2], [0; 8]);
    let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    assert_eq!(read_when_ready(&ours, || ours.try_read_vectored(&mut bufs)).await, 5);
    assert_eq!((&first, &second[..3]), (b"he", &b"llo"[..]));

    let mut grows = Vec::with_capacity(32);
    grows.extend_from_slice(b"hello");
    theirs.write_all(b" world").await.unwrap();
    assert_eq!(read_when_ready(&ours, || ours.try_read_buf(&mut grows)).await, 6);
    assert_eq!(grows, b"hello world");

    drop(theirs);
    assert_eq!(read_when_ready(&ours, || ours.try_read(&mut buffer)).await, 0);
    assert_eq!(ours.try_read(&mut buffer).unwrap(), 0, "the end stays");
}

#[heist::test]
async fn trying_to_write() {
    let (ours, theirs) = pair().await;
    ours.writable().await.unwrap();
    let mut written = ours.try_write_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b"cd")]).unwrap();
    assert_eq!(written, 4);
    let chunk = [0; 1 << 14];
    let error = loop {
        match ours.try_write(&chunk) {
            Ok(count) => written += count,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    let read = async {
        let mut left = written;
        while left > 0 {
            theirs.readable().await.unwrap();
            if let Ok(count) = theirs.try_read(&mut [0; 1 << 14]) {
                left -= count;
            }
        }
    };
    let (writable, ()) = join(ours.writable(), read).await;
    writable.unwrap();
    assert!(ours.try_write(&chunk).unwrap() > 0);
}

#[heist::test]
async fn ready_tells_what_for() {
    let (ours, mut theirs) = pair().await;
    let ready = ours.ready(Interest::READABLE | Interest::WRITABLE).await.unwrap();
    assert!(ready.is_writable() && !ready.is_readable());
    theirs.write_all(b"x").await.unwrap();
    assert_eq!(ours.ready(Interest::READABLE).await.unwrap(), Ready::READABLE);
    theirs.shutdown().await.unwrap();
    // Nothing in here waits once the end can be read: the budget lets the driver report it.
    loop {
        let ready = ours.ready(Interest::READABLE).await.unwrap();
        if ready.is_read_closed() {
            break;
        }
        let _ = ours.try_read(&mut [0; 8]);
    }
}

#[heist::test]
async fn an_operation_of_ones_own() {
    let (ours, mut theirs) = pair().await;
    let called = ours.try_io(Interest::READABLE, || -> io::Result<()> { panic!("nothing to read") });
    assert_eq!(called.unwrap_err().kind(), ErrorKind::WouldBlock);
    let read = ours.async_io(Interest::READABLE, || {
        let mut buffer = [0; 8];
        let count = (&*socket2::SockRef::from(&ours)).read(&mut buffer)?;
        Ok(buffer[..count].to_vec())
    });
    let (read, written) = join(read, theirs.write_all(b"own")).await;
    written.unwrap();
    assert_eq!(read.unwrap(), b"own");
    // It may say that it would block although there is data: readiness is gone until there is more.
    theirs.write_all(b"x").await.unwrap();
    ours.readable().await.unwrap();
    let refused = ours.try_io(Interest::READABLE, || Err::<(), _>(ErrorKind::WouldBlock.into()));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(ours.try_read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    theirs.write_all(b"y").await.unwrap();
    let mut received = Vec::with_capacity(8);
    while received.len() < 2 {
        read_when_ready(&ours, || ours.try_read_buf(&mut received)).await;
    }
    assert_eq!(received, b"xy");
}

#[heist::test]
async fn polling_for_readiness() {
    let (mut ours, mut theirs) = pair().await;
    poll_fn(|cx| ours.poll_write_ready(cx)).await.unwrap();
    let (ready, written) = join(poll_fn(|cx| ours.poll_read_ready(cx)), theirs.write_all(b"x")).await;
    ready.unwrap();
    written.unwrap();
    assert_eq!(ours.read_u8().await.unwrap(), b'x');
}

#[heist::test]
async fn a_stream_that_is_always_ready_yields() {
    let (ours, mut theirs) = pair().await;
    theirs.write_all(b"x").await.unwrap();
    ours.readable().await.unwrap();
    // In one poll of this task, readiness runs into the budget although nothing has changed.
    poll_fn(|cx| {
        let ready = (0..10_000).take_while(|_| ours.poll_read_ready(cx).is_ready()).count();
        assert!(ready < 10_000);
        Poll::Ready(())
    })
    .await;
}

#[test]
fn what_can_move_between_threads() {
    fn is_send<T: Send>(_: impl Fn(&'static TcpStream) -> T) {}
    fn has_all<T: Send + Sync + Unpin + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    is_send(|stream| stream.readable());
    is_send(|stream| stream.ready(Interest::WRITABLE));
    is_send(|stream| stream.async_io(Interest::READABLE, || Ok(())));
    is_send(|_| TcpStream::connect("localhost:1"));
    is_send(|_| TcpListener::bind(("localhost".to_string(), 1)));
    has_all::<TcpStream>();
    has_all::<TcpListener>();
    has_all::<heist::net::TcpSocket>();
    has_all::<heist::net::tcp::OwnedWriteHalf>();
    has_all::<heist::net::tcp::ReadHalf<'static>>();
    has_all::<heist::net::tcp::ReuniteError>();
}

/// Urgent data leaves a mark in the stream. A read stops there, so it is short although more is to be read.
#[cfg(target_os = "linux")]
#[heist::test]
async fn urgent_data_does_not_hide_what_follows() {
    let (mut ours, mut theirs) = pair().await;
    for _ in 0..3 {
        ours.write_all(b"before").await.unwrap();
        rustix::net::send(&ours, b"!", rustix::net::SendFlags::OOB).unwrap();
        ours.write_all(b"after").await.unwrap();
        let (mut buf, mut read) = ([0; 64], Vec::new());
        while read.len() < 11 {
            let count = timeout(Duration::from_secs(60), theirs.read(&mut buf)).await.expect("a read hangs").unwrap();
            read.extend_from_slice(&buf[..count]);
        }
        assert_eq!(read, b"beforeafter");
    }
}

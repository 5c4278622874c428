//! Unix streams, and their halves.

mod net_common;

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};
use std::pin::pin;

use futures::future::join;
use heist::io::{AsyncReadExt, AsyncWriteExt, Interest};
use heist::net::unix::{ReuniteError, SocketAddr};
use heist::net::{UnixListener, UnixStream};
use net_common::{TempPath, poll_once};

async fn when_readable<R>(stream: &UnixStream, mut f: impl FnMut() -> io::Result<R>) -> R {
    loop {
        stream.readable().await.unwrap();
        match f() {
            Ok(result) => return result,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}

#[heist::test]
async fn a_conversation() {
    let path = TempPath::new();
    let listener = UnixListener::bind(&path).unwrap();
    let (client, server) = join(UnixStream::connect(&path), listener.accept()).await;
    let (mut client, (mut server, peer)) = (client.unwrap(), server.unwrap());
    assert!(peer.is_unnamed() && client.local_addr().unwrap().is_unnamed());
    assert_eq!(client.peer_addr().unwrap().as_pathname(), Some(path.as_ref()));
    client.write_all(b"ping").await.unwrap();
    assert_eq!(&server.read_u32().await.unwrap().to_be_bytes(), b"ping");
    server.write_all(b"pong").await.unwrap();
    server.shutdown().await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "pong");
    // Only one direction is closed.
    client.write_all(b"!").await.unwrap();
    assert_eq!(server.read_u8().await.unwrap(), b'!');
}

#[heist::test]
async fn connecting_fails() {
    let path = TempPath::new();
    assert_eq!(UnixStream::connect(&path).await.unwrap_err().kind(), ErrorKind::NotFound);
    drop(UnixListener::bind(&path).unwrap());
    assert_eq!(UnixStream::connect(&path).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    let too_long = "x".repeat(200);
    assert_eq!(UnixStream::connect(too_long).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(UnixStream::connect("a\0b").await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn abstract_names() {
    use std::os::linux::net::SocketAddrExt;

    let name = format!("\0heist test {}", std::process::id());
    let listener = UnixListener::bind(&name).unwrap();
    assert_eq!(listener.local_addr().unwrap().as_abstract_name(), Some(&name.as_bytes()[1..]));
    assert!(listener.local_addr().unwrap().as_pathname().is_none());
    let by_path = UnixStream::connect(&name).await.unwrap();
    assert_eq!(by_path.peer_addr().unwrap().as_abstract_name(), Some(&name.as_bytes()[1..]));
    let addr = std::os::unix::net::SocketAddr::from_abstract_name(&name[1..]).unwrap();
    let mut by_addr = UnixStream::connect_addr(&SocketAddr::from(addr)).await.unwrap();
    listener.accept().await.unwrap();
    listener.accept().await.unwrap().0.write_all(b"x").await.unwrap();
    assert_eq!(by_addr.read_u8().await.unwrap(), b'x');
    let std: std::os::unix::net::SocketAddr = by_addr.peer_addr().unwrap().into();
    assert_eq!(std.as_abstract_name(), Some(&name.as_bytes()[1..]));
    assert!(format!("{:?}", by_addr.peer_addr().unwrap()).contains("heist test"));
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn too_many_wait_to_be_accepted() {
    let path = TempPath::new();
    let socket = heist::net::UnixSocket::new_stream().unwrap();
    socket.bind(&path).unwrap();
    let listener = socket.listen(0).unwrap();
    let mut waiting = Vec::new();
    let error = loop {
        match UnixStream::connect(&path).await {
            Ok(stream) => waiting.push(stream),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    for _ in &waiting {
        listener.accept().await.unwrap();
    }
    UnixStream::connect(&path).await.unwrap();
}

#[heist::test]
async fn a_pair_is_ready_at_once() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    assert!(ours.local_addr().unwrap().is_unnamed() && ours.peer_addr().unwrap().is_unnamed());
    // No look at the driver lies between these.
    assert_eq!(ours.try_write(b"x").unwrap(), 1);
    assert_eq!(theirs.try_read(&mut [0; 4]).unwrap(), 1);
    assert_eq!(theirs.try_read(&mut [0; 4]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[heist::test]
async fn the_peer_is_this_process() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let cred = ours.peer_cred().unwrap();
    assert_eq!(cred, theirs.peer_cred().unwrap());
    assert_eq!(cred.uid(), rustix::process::getuid().as_raw());
    assert_eq!(cred.gid(), rustix::process::getgid().as_raw());
    #[cfg(target_os = "linux")]
    assert_eq!(cred.pid(), i32::try_from(std::process::id()).ok());
    let copy = cred;
    assert!(std::collections::HashSet::from([cred]).contains(&copy));
}

#[heist::test]
async fn trying() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut buffer = [0; 16];
    assert_eq!(ours.try_read(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
    theirs.write_all(b"hello").await.unwrap();
    let (mut first, mut second) = ([0; 2], [0; 8]);
    let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    assert_eq!(when_readable(&ours, || ours.try_read_vectored(&mut bufs)).await, 5);
    assert_eq!((&first, &second[..3]), (b"he", &b"llo"[..]));
    assert_eq!(theirs.try_write_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b"cd")]).unwrap(), 4);
    let mut grows = Vec::with_capacity(8);
    assert_eq!(when_readable(&ours, || ours.try_read_buf(&mut grows)).await, 4);
    assert_eq!(grows, b"abcd");
    drop(theirs);
    assert_eq!(when_readable(&ours, || ours.try_read(&mut buffer)).await, 0);
    assert_eq!(ours.try_write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[heist::test]
async fn writing_waits_for_room() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    ours.writable().await.unwrap();
    let chunk = [0; 1 << 14];
    let mut written = 0;
    while let Ok(count) = ours.try_write(&chunk) {
        written += count;
    }
    let mut waits = pin!(ours.writable());
    assert!(poll_once(waits.as_mut()).is_pending());
    theirs.read_exact(&mut vec![0; written]).await.unwrap();
    waits.await.unwrap();
    assert!(ours.try_write(&chunk).unwrap() > 0);
}

#[heist::test]
async fn polling_for_readiness() {
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    poll_fn(|cx| ours.poll_write_ready(cx)).await.unwrap();
    theirs.write_all(b"x").await.unwrap();
    poll_fn(|cx| ours.poll_read_ready(cx)).await.unwrap();
    assert_eq!(ours.read_u8().await.unwrap(), b'x');
    let ready = ours.ready(Interest::READABLE | Interest::WRITABLE).await.unwrap();
    assert!(ready.is_writable());
    assert!(ours.take_error().unwrap().is_none());
    assert_eq!(ours.as_fd().as_raw_fd(), ours.as_raw_fd());
    assert!(format!("{ours:?}").contains("UnixStream"));
    let itself: &UnixStream = ours.as_ref();
    assert_eq!(itself.as_raw_fd(), ours.as_raw_fd());
}

/// Sends bytes together with a descriptor, which takes a system call of one's own.
#[cfg(target_os = "linux")]
async fn send_with_descriptor(stream: &UnixStream, bytes: &[u8]) {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    let sent = stream.async_io(Interest::WRITABLE, || {
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let fds = [stream.as_fd()];
        assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
        Ok(sendmsg(stream, &[IoSlice::new(bytes)], &mut control, SendFlags::empty())?)
    });
    assert_eq!(sent.await.unwrap(), bytes.len());
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn reads_go_on_behind_messages_with_descriptors() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (mut reader, _writer) = theirs.into_split();
    for _ in 0..3 {
        send_with_descriptor(&ours, b"abc").await;
    }
    // A read ends with each message; that it was short must not be taken for the end of what is there.
    let mut received = [0; 64];
    let mut count = 0;
    while count < 9 {
        count += reader.read(&mut received[count..]).await.unwrap();
    }
    assert_eq!(&received[..9], b"abcabcabc");
}

#[heist::test]
async fn operations_of_ones_own() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let refused = ours.try_io(Interest::READABLE, || Err::<(), _>(ErrorKind::WouldBlock.into()));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::WouldBlock);
    let called = ours.try_io(Interest::READABLE, || -> io::Result<()> { panic!("it is known that nothing is there") });
    assert_eq!(called.unwrap_err().kind(), ErrorKind::WouldBlock);
    let read = ours.async_io(Interest::READABLE, || Ok(rustix::io::read(&ours, &mut [0_u8; 8])?));
    let (read, written) = join(read, async { theirs.try_write(b"own") }).await;
    written.unwrap();
    assert_eq!(read.unwrap(), 3);
}

#[heist::test]
async fn a_reader_that_is_dropped_loses_nothing() {
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    let mut buffer = [0; 16];
    for _ in 0..3 {
        assert!(poll_once(pin!(ours.read(&mut buffer))).is_pending());
    }
    theirs.write_all(b"still there").await.unwrap();
    ours.readable().await.unwrap();
    drop(ours.read(&mut buffer));
    assert_eq!(ours.read(&mut buffer).await.unwrap(), 11);
}

#[heist::test]
async fn borrowed_halves() {
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    {
        let (reader, mut writer) = ours.split();
        assert!(reader.peer_addr().unwrap().is_unnamed() && reader.local_addr().unwrap().is_unnamed());
        assert!(writer.peer_addr().unwrap().is_unnamed() && writer.local_addr().unwrap().is_unnamed());
        let (written, read) = join(writer.write_all(b"ping"), theirs.read_u32()).await;
        written.unwrap();
        assert_eq!(&read.unwrap().to_be_bytes(), b"ping");
        theirs.write_all(b"pong").await.unwrap();
        reader.readable().await.unwrap();
        assert_eq!(reader.try_read(&mut [0; 2]).unwrap(), 2);
        assert_eq!(reader.try_read_vectored(&mut [IoSliceMut::new(&mut [0; 1])]).unwrap(), 1);
        assert_eq!(reader.try_read_buf(&mut Vec::with_capacity(4)).unwrap(), 1);
        assert!(writer.ready(Interest::WRITABLE).await.unwrap().is_writable());
        writer.writable().await.unwrap();
        assert_eq!(writer.try_write(b"!").unwrap(), 1);
        assert_eq!(writer.try_write_vectored(&[IoSlice::new(b"?")]).unwrap(), 1);
        assert_eq!(writer.as_ref().as_raw_fd(), reader.as_ref().as_raw_fd());
        assert!(reader.ready(Interest::READABLE | Interest::WRITABLE).await.is_ok());
        writer.flush().await.unwrap();
    }
    ours.write_all(b".").await.unwrap();
    let mut received = [0; 3];
    theirs.read_exact(&mut received).await.unwrap();
    assert_eq!(&received, b"!?.");
    ours.split().1.shutdown().await.unwrap();
    assert_eq!(theirs.read(&mut [0]).await.unwrap(), 0);
}

#[heist::test]
async fn owned_halves() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let (mut reader, mut writer) = ours.into_split();
    assert!(reader.peer_addr().unwrap().is_unnamed() && writer.local_addr().unwrap().is_unnamed());
    let sends = heist::spawn(async move {
        writer.write_all(b"from a task").await.unwrap();
        writer
    });
    let mut received = [0; 11];
    theirs.read_exact(&mut received).await.unwrap();
    assert_eq!(&received, b"from a task");
    drop(sends.await.unwrap());
    assert_eq!(theirs.read(&mut [0]).await.unwrap(), 0, "dropping the half has ended the stream");
    theirs.write_all(b"x").await.unwrap();
    assert_eq!(reader.read_u8().await.unwrap(), b'x');
}

#[heist::test]
async fn forgetting_the_writer_ends_nothing() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let (reader, writer) = ours.into_split();
    writer.forget();
    let mut byte = [0];
    let mut end = pin!(theirs.read(&mut byte));
    assert!(poll_once(end.as_mut()).is_pending());
    drop(reader);
    assert_eq!(end.await.unwrap(), 0);
}

#[heist::test]
async fn reunited() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let (reader, writer) = ours.into_split();
    let (reader, writer) = reader.reunite(writer).unwrap().into_split();
    let mut ours = writer.reunite(reader).unwrap();
    ours.write_all(b"x").await.unwrap();
    assert_eq!(theirs.read_u8().await.unwrap(), b'x');

    let (reader, writer) = ours.into_split();
    let (other_reader, other_writer) = theirs.into_split();
    let error = reader.reunite(other_writer).unwrap_err();
    assert_eq!(error.to_string(), "tried to reunite halves that are not from the same socket");
    let ReuniteError(reader, other_writer) = error;
    assert!(writer.reunite(reader).is_ok());
    assert!(other_writer.reunite(other_reader).is_ok());
}

#[heist::test]
async fn to_and_from_the_standard_library() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let std = ours.into_std().unwrap();
    let mut ours = UnixStream::try_from(std).unwrap();
    theirs.write_all(b"x").await.unwrap();
    assert_eq!(ours.read_u8().await.unwrap(), b'x');
}

#[cfg(debug_assertions)]
#[heist::test]
#[should_panic(expected = "Registering a blocking socket")]
async fn a_socket_that_blocks_is_refused() {
    let _ = UnixStream::from_std(std::os::unix::net::UnixStream::pair().unwrap().0);
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn outside_of_a_runtime() {
    let _ = UnixStream::pair();
}

#[heist::test]
async fn connecting_in_a_loop_lets_others_run() {
    let path = TempPath::new();
    let listener = UnixListener::bind(&path).unwrap();
    let accepts = heist::spawn(async move {
        for _ in 0..10_000 {
            listener.accept().await.unwrap();
        }
    });
    // This runtime has one thread, and the queue of the listener is shorter than that.
    for _ in 0..10_000 {
        UnixStream::connect(&path).await.unwrap();
    }
    accepts.await.unwrap();
}

/// A lent half can be used until its last use, and the stream again after it: nothing of it runs when it goes.
#[heist::test]
async fn lent_halves_end_with_their_last_use() {
    let (mut stream, _peer) = UnixStream::pair().unwrap();
    let (_reader, writer) = stream.split();
    writer.try_write(b"x").unwrap();
    stream.try_write(b"y").unwrap();
}

/// Urgent data leaves a mark in the stream. A read stops there, so it is short although more is to be read.
#[cfg(target_os = "linux")]
#[heist::test]
async fn urgent_data_does_not_hide_what_follows() {
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    for _ in 0..3 {
        ours.write_all(b"before ").await.unwrap();
        match rustix::net::send(&ours, b"!", rustix::net::SendFlags::OOB) {
            // Linux before 5.15 has no urgent data here.
            Err(rustix::io::Errno::OPNOTSUPP) => return,
            result => assert_eq!(result.unwrap(), 1),
        }
        ours.write_all(b"after").await.unwrap();
        reads_all(&mut theirs, b"before after").await;
    }
}

/// The end of a stream may come together with its last data, which a short read takes out.
#[heist::test]
async fn the_end_behind_a_short_read_is_seen() {
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    ours.write_all(b"last").await.unwrap();
    drop(ours);
    reads_all(&mut theirs, b"last").await;
    assert_eq!(theirs.read(&mut [0; 8]).await.unwrap(), 0);

    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    ours.write_all(b"last").await.unwrap();
    ours.shutdown().await.unwrap();
    reads_all(&mut theirs, b"last").await;
    assert_eq!(theirs.read(&mut [0; 8]).await.unwrap(), 0);
}

/// Reading into no room takes nothing and does not wait.
#[heist::test]
async fn no_room_is_no_reason_to_wait() {
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    ours.write_all(b"x").await.unwrap();
    assert_eq!(theirs.read(&mut []).await.unwrap(), 0);
    assert_eq!(theirs.read(&mut [0]).await.unwrap(), 1);
    // That read filled its buffer, so nobody knows yet that nothing is left.
    assert_eq!(theirs.read(&mut []).await.unwrap(), 0);
}

/// Reads with room to spare until `expected` has come.
async fn reads_all(stream: &mut UnixStream, expected: &[u8]) {
    let (mut buf, mut read) = ([0; 64], Vec::new());
    while read.len() < expected.len() {
        let patience = std::time::Duration::from_secs(60);
        let count = heist::time::timeout(patience, stream.read(&mut buf)).await.expect("a read hangs").unwrap();
        read.extend_from_slice(&buf[..count]);
    }
    assert_eq!(read, expected);
}

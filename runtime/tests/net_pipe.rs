//! Pipes and FIFOs.

mod net_common;

use std::fs::{File, OpenOptions};
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::pin::pin;

use futures::future::join;
use heist::io::{AsyncReadExt, AsyncWriteExt, Interest};
use heist::net::unix::pipe::{self, Receiver, Sender};
use net_common::{TempPath, poll_once};
use rustix::fs::{CWD, FileType, Mode, OFlags, fcntl_getfl, fcntl_setfl, mknodat};

/// A FIFO, removed in the end.
fn fifo() -> TempPath {
    let path = TempPath::new();
    mknodat(CWD, path.as_ref(), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    path
}

fn is_nonblocking(fd: &impl AsFd) -> bool {
    fcntl_getfl(fd).unwrap().contains(OFlags::NONBLOCK)
}

async fn when_readable<R>(pipe: &Receiver, mut f: impl FnMut() -> io::Result<R>) -> R {
    loop {
        pipe.readable().await.unwrap();
        match f() {
            Ok(result) => return result,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}

#[heist::test]
async fn bytes_go_through() {
    let (mut sender, mut receiver) = pipe::pipe().unwrap();
    let data: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let sends = async {
        sender.write_all(&data).await.unwrap();
        sender.flush().await.unwrap();
        sender.shutdown().await.unwrap();
        drop(sender);
    };
    let mut received = Vec::new();
    let (read, ()) = join(receiver.read_to_end(&mut received), sends).await;
    assert_eq!(read.unwrap(), data.len());
    assert!(received == data);
}

#[heist::test]
async fn nobody_reads() {
    let (mut sender, receiver) = pipe::pipe().unwrap();
    drop(receiver);
    assert_eq!(sender.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[heist::test]
async fn a_sender_learns_that_nobody_reads() {
    let (sender, receiver) = pipe::pipe().unwrap();
    let mut full = 0;
    while let Ok(count) = sender.try_write(&[0; 4096]) {
        full += count;
    }
    assert!(full > 0);
    let mut waits = pin!(sender.writable());
    assert!(poll_once(waits.as_mut()).is_pending());
    drop(receiver);
    waits.await.unwrap();
    assert_eq!(sender.try_write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert!(sender.ready(Interest::WRITABLE).await.unwrap().is_write_closed());
}

#[heist::test]
async fn writing_waits_for_room() {
    let (mut sender, mut receiver) = pipe::pipe().unwrap();
    let mut full = 0;
    while let Ok(count) = sender.try_write(&[0; 4096]) {
        full += count;
    }
    let mut waits = pin!(sender.write_all(b"more"));
    assert!(poll_once(waits.as_mut()).is_pending());
    receiver.read_exact(&mut vec![0; full]).await.unwrap();
    waits.await.unwrap();
    assert_eq!(&receiver.read_u32().await.unwrap().to_be_bytes(), b"more");
}

#[heist::test]
async fn trying() {
    let (sender, receiver) = pipe::pipe().unwrap();
    let mut buffer = [0; 16];
    assert_eq!(receiver.try_read(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(sender.try_write(b"hello").unwrap(), 5);
    assert_eq!(when_readable(&receiver, || receiver.try_read(&mut buffer)).await, 5);
    assert_eq!(sender.try_write_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b"cd")]).unwrap(), 4);
    let (mut first, mut second) = ([0; 1], [0; 1]);
    let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    assert_eq!(when_readable(&receiver, || receiver.try_read_vectored(&mut bufs)).await, 2);
    assert_eq!((&first, &second), (b"a", b"b"));
    let mut grows = Vec::with_capacity(8);
    assert_eq!(receiver.try_read_buf(&mut grows).unwrap(), 2);
    assert_eq!(grows, b"cd");
    drop(sender);
    assert_eq!(when_readable(&receiver, || receiver.try_read(&mut buffer)).await, 0);
    // Waiting yields in the end, which lets the driver report it.
    while !receiver.ready(Interest::READABLE).await.unwrap().is_read_closed() {}
}

#[heist::test]
async fn writing_several_buffers() {
    let (mut sender, mut receiver) = pipe::pipe().unwrap();
    assert!(heist::io::AsyncWrite::is_write_vectored(&sender));
    assert_eq!(sender.write_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b"cd")]).await.unwrap(), 4);
    assert_eq!(&receiver.read_u32().await.unwrap().to_be_bytes(), b"abcd");
}

#[heist::test]
async fn operations_of_ones_own() {
    let (sender, receiver) = pipe::pipe().unwrap();
    let called = receiver.try_io(|| -> io::Result<()> { panic!("nothing to read") });
    assert_eq!(called.unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(sender.try_io(|| Ok(rustix::io::write(&sender, b"own")?)).unwrap(), 3);
    receiver.readable().await.unwrap();
    assert_eq!(receiver.try_io(|| Ok(rustix::io::read(&receiver, &mut [0_u8; 8])?)).unwrap(), 3);
    let reads = receiver.async_io(|| Ok(rustix::io::read(&receiver, &mut [0_u8; 8])?));
    let (read, written) = join(reads, sender.async_io(|| Ok(rustix::io::write(&sender, b"four")?))).await;
    assert_eq!((read.unwrap(), written.unwrap()), (4, 4));
}

#[heist::test]
async fn polling_for_readiness() {
    let (sender, receiver) = pipe::pipe().unwrap();
    poll_fn(|cx| sender.poll_write_ready(cx)).await.unwrap();
    sender.try_write(b"x").unwrap();
    poll_fn(|cx| receiver.poll_read_ready(cx)).await.unwrap();
    assert_eq!(receiver.try_read(&mut [0; 4]).unwrap(), 1);
    assert_eq!(sender.as_fd().as_raw_fd(), sender.as_raw_fd());
    assert_eq!(receiver.as_fd().as_raw_fd(), receiver.as_raw_fd());
    assert!(format!("{sender:?}{receiver:?}").contains("File"));
}

#[heist::test]
async fn a_reader_that_is_dropped_loses_nothing() {
    let (mut sender, mut receiver) = pipe::pipe().unwrap();
    let mut buffer = [0; 16];
    for _ in 0..3 {
        assert!(poll_once(pin!(receiver.read(&mut buffer))).is_pending());
    }
    sender.write_all(b"still there").await.unwrap();
    receiver.readable().await.unwrap();
    drop(receiver.read(&mut buffer));
    assert_eq!(receiver.read(&mut buffer).await.unwrap(), 11);
}

#[heist::test]
async fn descriptors_come_out_as_asked() {
    let (sender, receiver) = pipe::pipe().unwrap();
    let (sender, receiver) = (sender.into_blocking_fd().unwrap(), receiver.into_blocking_fd().unwrap());
    assert!(!is_nonblocking(&sender) && !is_nonblocking(&receiver));
    File::from(sender.try_clone().unwrap()).write_all(b"x").unwrap();
    File::from(receiver.try_clone().unwrap()).read_exact(&mut [0]).unwrap();
    // Taking them over makes them non-blocking again.
    let (sender, receiver) = (Sender::from_owned_fd(sender).unwrap(), Receiver::from_owned_fd(receiver).unwrap());
    assert!(is_nonblocking(&sender) && is_nonblocking(&receiver));
    let sender = sender.into_nonblocking_fd().unwrap();
    let receiver = receiver.into_nonblocking_fd().unwrap();
    assert!(is_nonblocking(&sender) && is_nonblocking(&receiver));
    let mut sender = Sender::from_owned_fd_unchecked(sender).unwrap();
    let mut receiver = Receiver::from_owned_fd_unchecked(receiver).unwrap();
    sender.write_all(b"y").await.unwrap();
    assert_eq!(receiver.read_u8().await.unwrap(), b'y');
}

#[heist::test]
async fn only_pipes_are_taken_over() {
    let (sender, receiver) = pipe::pipe().unwrap();
    let wrong_way = Receiver::from_owned_fd(sender.into_nonblocking_fd().unwrap()).unwrap_err();
    assert_eq!(wrong_way.kind(), ErrorKind::InvalidInput);
    assert_eq!(wrong_way.to_string(), "not in O_RDONLY or O_RDWR access mode");
    let wrong_way = Sender::from_owned_fd(receiver.into_nonblocking_fd().unwrap()).unwrap_err();
    assert_eq!(wrong_way.kind(), ErrorKind::InvalidInput);
    assert_eq!(wrong_way.to_string(), "not in O_WRONLY or O_RDWR access mode");

    let null = || OpenOptions::new().read(true).write(true).open("/dev/null").unwrap();
    for error in [Sender::from_file(null()).unwrap_err(), Receiver::from_file(null()).unwrap_err()] {
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, "not a pipe"));
    }
    // Unchecked, the system has the last word.
    let path = TempPath::new();
    std::fs::write(&path, "").unwrap();
    let file = File::open(&path).unwrap();
    assert_eq!(Receiver::from_file_unchecked(file).unwrap_err().kind(), ErrorKind::PermissionDenied);
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let mut sender = Sender::from_file_unchecked(File::from(OwnedFd::from(ours))).unwrap();
    sender.write_all(b"x").await.unwrap();
    (&theirs).read_exact(&mut [0]).unwrap();
}

#[heist::test]
async fn through_a_fifo() {
    let path = fifo();
    let error = pipe::OpenOptions::new().open_sender(&path).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::NXIO.raw_os_error()), "there is no receiver");
    let mut receiver = pipe::OpenOptions::new().open_receiver(&path).unwrap();
    let mut sender = pipe::OpenOptions::default().clone().open_sender(&path).unwrap();
    assert!(is_nonblocking(&sender) && is_nonblocking(&receiver));
    sender.write_all(b"hello").await.unwrap();
    drop(sender);
    let mut received = String::new();
    receiver.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "hello");
    let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let mut sender = Sender::from_file(file).unwrap();
    sender.write_all(b"x").await.unwrap();
}

#[heist::test]
async fn a_fifo_that_gets_a_new_sender() {
    let path = fifo();
    let mut receiver = pipe::OpenOptions::new().open_receiver(&path).unwrap();
    for round in 0..3_u8 {
        let mut sender = pipe::OpenOptions::new().open_sender(&path).unwrap();
        if round > 0 {
            // It was at its end, and is not any more: it has to wait again.
            assert!(poll_once(pin!(receiver.read(&mut [0]))).is_pending());
        }
        let (read, written) = join(receiver.read_u8(), sender.write_all(&[round])).await;
        written.unwrap();
        assert_eq!(read.unwrap(), round);
        drop(sender);
        assert_eq!(receiver.read(&mut [0]).await.unwrap(), 0);
    }
}

#[heist::test]
async fn a_fifo_that_gets_a_new_receiver() {
    let path = fifo();
    let mut receiver = pipe::OpenOptions::new().open_receiver(&path).unwrap();
    let mut sender = pipe::OpenOptions::new().open_sender(&path).unwrap();
    for _ in 0..2 {
        drop(receiver);
        assert_eq!(sender.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        receiver = pipe::OpenOptions::new().open_receiver(&path).unwrap();
        let mut full = 0;
        // Until it has to wait, which must not take it for closed.
        let mut chunk = [1; 4096];
        loop {
            let mut write = pin!(sender.write(&chunk));
            match poll_once(write.as_mut()) {
                std::task::Poll::Ready(count) => full += count.unwrap(),
                // The budget may be what it waits for.
                std::task::Poll::Pending => {
                    heist::task::yield_now().await;
                    match poll_once(write) {
                        std::task::Poll::Ready(count) => full += count.unwrap(),
                        std::task::Poll::Pending => break,
                    }
                }
            }
        }
        let (written, read) = join(sender.write_all(b"y"), receiver.read_exact(&mut chunk)).await;
        written.unwrap();
        read.unwrap();
        receiver.read_exact(&mut vec![0; full - 4096]).await.unwrap();
        assert_eq!(receiver.read_u8().await.unwrap(), b'y');
    }
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn a_fifo_opened_both_ways() {
    let path = fifo();
    let mut options = pipe::OpenOptions::new();
    let mut sender = options.read_write(true).open_sender(&path).unwrap();
    let mut receiver = options.open_receiver(&path).unwrap();
    sender.write_all(b"x").await.unwrap();
    assert_eq!(receiver.read_u8().await.unwrap(), b'x');
    drop(sender);
    // The receiver is a sender too, so this is not the end.
    assert_eq!(receiver.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[heist::test]
async fn only_fifos_are_opened() {
    let path = TempPath::new();
    std::fs::write(&path, "").unwrap();
    let mut options = pipe::OpenOptions::new();
    for error in [options.open_sender(&path).unwrap_err(), options.open_receiver(&path).unwrap_err()] {
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, "not a pipe"));
    }
    options.unchecked(true);
    assert_eq!(options.open_receiver(&path).unwrap_err().kind(), ErrorKind::PermissionDenied);
    assert!(format!("{options:?}").contains("unchecked: true"));
    let missing = TempPath::new();
    assert_eq!(options.open_receiver(&missing).unwrap_err().kind(), ErrorKind::NotFound);
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn reads_go_on_behind_packets() {
    let (mut sender, mut receiver) = pipe::pipe().unwrap();
    fcntl_setfl(&sender, fcntl_getfl(&sender).unwrap() | OFlags::DIRECT).unwrap();
    for _ in 0..3 {
        sender.write_all(b"abc").await.unwrap();
    }
    // Each read ends with a packet; that it was short must not be taken for the end of what is there.
    for _ in 0..3 {
        assert_eq!(receiver.read(&mut [0; 64]).await.unwrap(), 3);
    }
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn outside_of_a_runtime() {
    let _ = pipe::pipe();
}

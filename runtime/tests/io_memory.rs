//! Streams in memory: `duplex`, `simplex`, `split`, `empty`, `repeat`.

mod io_common;

use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use futures::executor::block_on;
use futures::future::FutureExt;
use heist::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt, DuplexStream, SeekFrom, SimplexStream,
    duplex, empty, repeat, simplex, split,
};
use proptest::prelude::*;

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_duplex_carries_bytes_in_order(
        data in prop::collection::vec(any::<u8>(), 0..300), capacity in 1_usize..40,
        write_sizes in prop::collection::vec(1_usize..50, 1..5), read_sizes in prop::collection::vec(1_usize..50, 1..5),
    ) {
        let (mut client, mut server) = duplex(capacity);
        let writing = async {
            let mut rest = &data[..];
            for size in write_sizes.iter().cycle() {
                let (piece, after) = rest.split_at(rest.len().min(*size));
                client.write_all(piece).await.unwrap();
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            drop(client);
        };
        let reading = async {
            let mut all = Vec::new();
            for size in read_sizes.iter().cycle() {
                let mut buf = vec![0; *size];
                let length = server.read(&mut buf).await.unwrap();
                assert!(length <= capacity);
                all.extend_from_slice(&buf[..length]);
                if length == 0 {
                    break;
                }
            }
            all
        };
        let ((), all) = block_on(async { futures::join!(writing, reading) });
        prop_assert_eq!(all, data);
    }
}

#[test]
fn a_full_pipe_makes_writers_wait() {
    let (mut client, mut server) = duplex(4);
    assert_eq!(block_on(client.write(b"abcdef")).unwrap(), 4);
    assert!(client.write(b"ef").now_or_never().is_none());
    assert_eq!(block_on(server.read(&mut [0; 1])).unwrap(), 1);
    assert_eq!(block_on(client.write(b"ef")).unwrap(), 1);
}

#[test]
fn each_side_wakes_the_other() {
    let (mut client, mut server) = duplex(1);
    let (reader, writer) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let (reader_waker, writer_waker) = (Waker::from(reader.clone()), Waker::from(writer.clone()));

    let mut buf = [0; 1];
    let mut reading = Box::pin(server.read(&mut buf));
    assert!(reading.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(reading.as_mut().poll(&mut Context::from_waker(&reader_waker)).is_pending());
    block_on(client.write_all(b"a")).unwrap();
    assert_eq!(reader.0.load(Ordering::Relaxed), 1);

    let mut writing = Box::pin(client.write_all(b"b"));
    assert!(writing.as_mut().poll(&mut Context::from_waker(&writer_waker)).is_pending());
    block_on(reading).unwrap();
    assert_eq!(writer.0.load(Ordering::Relaxed), 1);
    assert_eq!(reader.0.load(Ordering::Relaxed), 1);
    drop(writing);

    let mut reading = Box::pin(server.read(&mut buf));
    assert!(reading.as_mut().poll(&mut Context::from_waker(&reader_waker)).is_pending());
    drop(client);
    assert_eq!(reader.0.load(Ordering::Relaxed), 2);
    assert_eq!(block_on(reading).unwrap(), 0);
}

#[test]
fn a_dropped_peer_is_an_end_to_readers_and_an_error_to_writers() {
    block_on(async {
        let (mut client, mut server) = duplex(8);
        client.write_all(b"last").await.unwrap();
        drop(client);
        assert_eq!(server.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        let mut text = String::new();
        server.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "last");
    });
}

#[test]
fn a_waiting_writer_learns_that_its_peer_is_gone() {
    let (mut client, server) = duplex(1);
    block_on(client.write_all(b"a")).unwrap();
    let writer = Arc::new(Count::default());
    let waker = Waker::from(writer.clone());
    let mut writing = Box::pin(client.write_all(b"b"));
    assert!(writing.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(server);
    assert_eq!(writer.0.load(Ordering::Relaxed), 1);
    assert_eq!(block_on(writing).unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[test]
fn shutdown_ends_one_direction() {
    block_on(async {
        let (mut client, mut server) = duplex(8);
        client.shutdown().await.unwrap();
        assert_eq!(client.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(server.read(&mut [0; 4]).await.unwrap(), 0);
        server.write_all(b"back").await.unwrap();
        let mut buf = [0; 4];
        client.read_exact(&mut buf).await.unwrap();
        assert_eq!(&buf, b"back");
    });
}

#[test]
fn operations_of_length_zero_complete_at_once() {
    let (mut client, mut server) = duplex(1);
    assert_eq!(server.read(&mut []).now_or_never().expect("no wait").unwrap(), 0);
    block_on(client.write_all(b"a")).unwrap();
    assert_eq!(client.write(&[]).now_or_never().expect("no wait").unwrap(), 0);
    let nothing = [IoSlice::new(&[]), IoSlice::new(&[])];
    assert_eq!(client.write_vectored(&nothing).now_or_never().expect("no wait").unwrap(), 0);
    drop(server);
    assert_eq!(block_on(client.write(&[])).unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(block_on(client.write_vectored(&nothing)).unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[test]
fn a_vectored_write_fills_the_room_there_is() {
    block_on(async {
        let (mut client, mut server) = duplex(5);
        assert!(client.is_write_vectored());
        let bufs = [IoSlice::new(b"abc"), IoSlice::new(b"def")];
        assert_eq!(client.write_vectored(&bufs).await.unwrap(), 5);
        let mut buf = [0; 9];
        assert_eq!(server.read(&mut buf).await.unwrap(), 5);
        assert_eq!(&buf[..5], b"abcde");
    });
}

/// Reads and drops the stream it was waiting for, inside its own wake.
struct DropOnWake(std::sync::Mutex<Option<DuplexStream>>);

impl Wake for DropOnWake {
    fn wake(self: Arc<Self>) {
        drop(self.0.lock().unwrap().take());
    }
}

#[test]
fn a_waker_may_use_the_stream() {
    let (mut client, mut server) = duplex(4);
    let waker = Arc::new(DropOnWake(std::sync::Mutex::new(None)));
    let mut buf = [0; 1];
    {
        let waker = Waker::from(waker.clone());
        assert!(Box::pin(server.read(&mut buf)).as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    *waker.0.lock().unwrap() = Some(server);
    // Would hang if the waker were called with the pipe locked: it drops the other end, which locks it too.
    block_on(client.write_all(b"a")).unwrap();
    assert_eq!(block_on(client.write(b"b")).unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[test]
fn a_simplex_is_one_pipe_in_two_halves_or_one() {
    block_on(async {
        let (mut reader, mut writer) = simplex(4);
        let (written, mut text) = (writer.write_all(b"abcdef"), [0; 6]);
        let (written, read) = futures::join!(written, reader.read_exact(&mut text));
        written.unwrap();
        assert_eq!((read.unwrap(), &text), (6, b"abcdef"));

        let mut stream = reader.unsplit(writer);
        stream.write_all(b"xy").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"xy");
        assert_eq!(stream.write(b"z").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
#[should_panic(expected = "`max_buf_size` must be greater than 0")]
fn a_duplex_holds_something() {
    let _ = duplex(0);
}

#[test]
#[should_panic(expected = "`max_buf_size` must be greater than 0")]
fn a_simplex_holds_something() {
    let _ = simplex(0);
}

#[test]
#[should_panic(expected = "`max_buf_size` must be greater than 0")]
fn a_simplex_in_one_piece_holds_something() {
    let _ = SimplexStream::new_unsplit(0);
}

#[test]
fn halves_work_on_different_threads() {
    let (here, there) = duplex(3);
    let (mut reader, mut writer) = split(here);
    let (mut echo_reader, mut echo_writer) = split(there);
    let data: Vec<u8> = (0..=255).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            block_on(heist::io::copy(&mut echo_reader, &mut echo_writer)).unwrap();
            block_on(echo_writer.shutdown()).unwrap();
        });
        scope.spawn(|| {
            block_on(writer.write_all(&data)).unwrap();
            block_on(writer.shutdown()).unwrap();
        });
        let mut back = Vec::new();
        block_on(reader.read_to_end(&mut back)).unwrap();
        assert_eq!(back, data);
    });
    assert!(reader.is_pair_of(&writer) && writer.is_pair_of(&reader));
    assert!(!echo_reader.is_pair_of(&writer));
    assert_eq!(format!("{reader:?} {writer:?}"), "split::ReadHalf split::WriteHalf");
    let _whole: DuplexStream = reader.unsplit(writer);
}

#[test]
#[should_panic(expected = "Unrelated `split::Write` passed to `split::Read::unsplit`.")]
fn halves_of_two_streams_do_not_join() {
    let (one, two) = duplex(1);
    let (reader, _writer) = split(one);
    let (_reader, writer) = split(two);
    let _ = reader.unsplit(writer);
}

#[test]
fn empty_has_and_keeps_nothing() {
    block_on(async {
        let mut stream = empty();
        assert_eq!(stream.read(&mut [0; 4]).await.unwrap(), 0);
        assert_eq!(stream.fill_buf().await.unwrap(), b"");
        assert_eq!(stream.write(b"abc").await.unwrap(), 3);
        assert!(stream.is_write_vectored());
        assert_eq!(stream.write_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b"c")]).await.unwrap(), 3);
        assert_eq!(stream.seek(SeekFrom::End(5)).await.unwrap(), 0);
        stream.flush().await.unwrap();
        stream.shutdown().await.unwrap();
    });
}

#[test]
fn repeat_fills_memory_that_was_never_initialised() {
    let mut buf = Vec::with_capacity(100);
    block_on(repeat(7).take(100).read_to_end(&mut buf)).unwrap();
    assert_eq!(buf, [7; 100]);
}

//! `copy`, `copy_buf` and `copy_bidirectional`.

mod io_common;

use std::io::ErrorKind;
use std::task::{Context, Poll, Waker};

use futures::executor::block_on;
use futures::future::FutureExt;
use heist::io::{
    AsyncReadExt, AsyncWriteExt, BufReader, BufWriter, copy, copy_bidirectional, copy_bidirectional_with_sizes,
    copy_buf, duplex, join,
};
use io_common::{Reader, Step, Writer, script};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn everything_arrives_flushed(
        data in prop::collection::vec(any::<u8>(), 0..400), capacity in 1_usize..50, buffered in any::<bool>(),
        read_steps in script(true), write_steps in script(true),
    ) {
        let reader = Reader::new(data.clone(), read_steps);
        let mut writer = Writer::new(write_steps);
        let copied = if buffered {
            block_on(copy_buf(&mut BufReader::with_capacity(capacity, reader), &mut writer)).unwrap()
        } else {
            let mut reader = reader;
            block_on(copy(&mut reader, &mut writer)).unwrap()
        };
        prop_assert_eq!(copied, data.len() as u64);
        prop_assert_eq!(writer.flushed, data.len());
        prop_assert_eq!(writer.data, data);
    }

    #[test]
    fn both_directions_arrive(
        there in prop::collection::vec(any::<u8>(), 0..200), back in prop::collection::vec(any::<u8>(), 0..200),
        sizes in (1_usize..50, 1_usize..50), steps in (script(true), script(true), script(true), script(true)),
    ) {
        let mut a = join(Reader::new(there.clone(), steps.0), Writer::new(steps.1));
        let mut b = join(Reader::new(back.clone(), steps.2), Writer::new(steps.3));
        let counts = block_on(copy_bidirectional_with_sizes(&mut a, &mut b, sizes.0, sizes.1)).unwrap();
        prop_assert_eq!(counts, (there.len() as u64, back.len() as u64));
        prop_assert_eq!(&b.writer().data, &there);
        prop_assert_eq!(&a.writer().data, &back);
        prop_assert!(a.writer().shut && b.writer().shut);
    }
}

/// A request and its answer through a copy whose writer has a buffer: it must be flushed while the reader waits.
async fn proxy(buffered: bool) {
    let (mut client, proxy_client) = duplex(64);
    let (proxy_server, mut server) = duplex(64);
    let (mut from, mut to) = (BufReader::new(proxy_client), BufWriter::new(proxy_server));
    let copying = async { if buffered { copy_buf(&mut from, &mut to).await } else { copy(&mut from, &mut to).await } };
    let exchange = async {
        for _ in 0..3 {
            client.write_all(b"ping").await.unwrap();
            let mut buf = [0; 4];
            server.read_exact(&mut buf).await.unwrap();
            assert_eq!(&buf, b"ping");
        }
        client.shutdown().await.unwrap();
    };
    let (copied, ()) = futures::join!(copying, exchange);
    assert_eq!(copied.unwrap(), 12);
}

#[test]
fn a_waiting_reader_flushes_the_writer() {
    for buffered in [false, true] {
        let mut proxy = Box::pin(proxy(buffered));
        let cx = &mut Context::from_waker(Waker::noop());
        // Each poll gets on; without the flush all of them would be pending.
        assert!((0..100).any(|_| proxy.as_mut().poll(cx).is_ready()));
    }
}

#[test]
fn copying_reads_on_while_the_writer_waits() {
    let (mut client, mut reader) = duplex(1000);
    let (mut writer, _unread) = duplex(1);
    let mut copying = Box::pin(copy(&mut reader, &mut writer));
    let cx = &mut Context::from_waker(Waker::noop());
    block_on(client.write_all(&[1; 10])).unwrap();
    assert!(copying.as_mut().poll(cx).is_pending());
    block_on(client.write_all(&[1; 1000])).unwrap();
    assert!(copying.as_mut().poll(cx).is_pending());
    // What was written last has been read already, so there is room for as much again.
    assert!(client.write_all(&[1; 1000]).now_or_never().is_some());
}

#[test]
fn errors_end_the_copying() {
    block_on(async {
        let mut reader = Reader::new(*b"abc", [Step::Bytes(2), Step::Reset]);
        let mut writer = Vec::new();
        assert_eq!(copy(&mut reader, &mut writer).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(writer, b"ab");

        let mut full = std::io::Cursor::new([0; 2]);
        let mut full = join(&b""[..], std::io::Cursor::new(&mut full.get_mut()[..]));
        assert_eq!(copy(&mut &b"abc"[..], &mut full).await.unwrap_err().kind(), ErrorKind::WriteZero);
        assert_eq!(copy_buf(&mut &b"abc"[..], &mut full).await.unwrap_err().kind(), ErrorKind::WriteZero);
    });
}

#[test]
fn an_error_of_one_direction_ends_both() {
    let (mut a, _peer) = duplex(8);
    let mut b = join(Reader::new(*b"", [Step::Reset]), Writer::new([Step::Bytes(1)]));
    let result = copy_bidirectional(&mut a, &mut b).now_or_never().expect("no wait for the other direction");
    assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn the_end_of_one_side_is_passed_on_while_the_other_goes_on() {
    let (mut client, mut a) = duplex(64);
    let (mut b, mut server) = duplex(64);
    let mut copying = Box::pin(copy_bidirectional(&mut a, &mut b));
    let cx = &mut Context::from_waker(Waker::noop());

    block_on(client.write_all(b"request")).unwrap();
    block_on(client.shutdown()).unwrap();
    assert!(copying.as_mut().poll(cx).is_pending());
    let mut text = String::new();
    assert_eq!(server.read_to_string(&mut text).now_or_never().expect("the end was passed on").unwrap(), 7);

    block_on(server.write_all(b"answer")).unwrap();
    assert!(copying.as_mut().poll(cx).is_pending());
    drop(server);
    assert!(matches!(copying.as_mut().poll(cx), Poll::Ready(Ok((7, 6)))));
    text.clear();
    drop(copying);
    drop(a);
    block_on(client.read_to_string(&mut text)).unwrap();
    assert_eq!(text, "answer");
}

#[test]
#[should_panic(expected = "`a_to_b_buf_size` must be greater than 0")]
fn the_first_size_is_not_zero() {
    let (mut a, mut b) = duplex(8);
    let _ = block_on(copy_bidirectional_with_sizes(&mut a, &mut b, 0, 1));
}

#[test]
#[should_panic(expected = "`b_to_a_buf_size` must be greater than 0")]
fn the_second_size_is_not_zero() {
    let (mut a, mut b) = duplex(8);
    let _ = block_on(copy_bidirectional_with_sizes(&mut a, &mut b, 1, 0));
}

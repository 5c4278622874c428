//! Writing: `AsyncWriteExt`, `BufWriter` and writers in memory.

mod io_common;

use std::io::{Cursor, ErrorKind, IoSlice};

use bytes::Buf;
use futures::executor::block_on;
use heist::io::{AsyncWrite, AsyncWriteExt, BufWriter, sink};
use io_common::{Step, Writer, script};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn buf_writer_keeps_order(
        pieces in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..4), 0..12),
        capacity in 0_usize..20, vectored in any::<bool>(), steps in script(false),
    ) {
        let expected: Vec<u8> = pieces.iter().flatten().flatten().copied().collect();
        block_on(async {
            let mut inner = Writer::new(steps);
            inner.vectored = vectored;
            let mut writer = BufWriter::with_capacity(capacity, inner);
            for piece in &pieces {
                if let [single] = &piece[..] {
                    writer.write_all(single).await.unwrap();
                    continue;
                }
                let mut chunks: Vec<&[u8]> = piece.iter().map(|chunk| &chunk[..]).collect();
                while chunks.iter().any(|chunk| !chunk.is_empty()) {
                    let slices: Vec<_> = chunks.iter().map(|chunk| IoSlice::new(chunk)).collect();
                    let mut length = writer.write_vectored(&slices).await.unwrap();
                    assert!(length > 0);
                    for chunk in &mut chunks {
                        let used = length.min(chunk.len());
                        *chunk = &chunk[used..];
                        length -= used;
                    }
                }
            }
            assert!(expected.starts_with(&writer.get_ref().data));
            assert_eq!([&writer.get_ref().data, writer.buffer()].concat(), expected);
            writer.shutdown().await.unwrap();
            assert!(writer.get_ref().shut && writer.buffer().is_empty());
            assert_eq!(writer.into_inner().data, expected);
        });
    }

    #[test]
    fn write_all_and_write_all_buf_write_all(
        first in prop::collection::vec(any::<u8>(), 0..40), second in prop::collection::vec(any::<u8>(), 0..40),
        vectored in any::<bool>(), steps in script(true),
    ) {
        let mut writer = Writer::new(steps);
        writer.vectored = vectored;
        let mut buf = (&first[..]).chain(&second[..]);
        block_on(writer.write_all_buf(&mut buf)).unwrap();
        prop_assert!(!buf.has_remaining());
        block_on(writer.write_all(&first)).unwrap();
        prop_assert_eq!(writer.data, [&first[..], &second[..], &first[..]].concat());
    }
}

#[test]
fn write_buf_uses_one_vectored_write() {
    block_on(async {
        let mut writer = Writer::new([Step::Bytes(100)]);
        let mut buf = (&b"hello, "[..]).chain(&b"world"[..]);
        assert_eq!(writer.write_buf(&mut buf).await.unwrap(), 7);
        writer.vectored = true;
        let mut buf = (&b"hello, "[..]).chain(&b"world"[..]);
        assert_eq!(writer.write_buf(&mut buf).await.unwrap(), 12);
        assert_eq!(writer.write_buf(&mut buf).await.unwrap(), 0);
        assert_eq!(writer.calls, 2);
    });
}

#[test]
fn a_writer_that_takes_nothing_is_an_error() {
    block_on(async {
        let mut full = [0; 2];
        let mut writer = Cursor::new(&mut full[..]);
        assert_eq!(writer.write_all(b"abc").await.unwrap_err().kind(), ErrorKind::WriteZero);
        assert_eq!(writer.write_all_buf(&mut &b"abc"[..]).await.unwrap_err().kind(), ErrorKind::WriteZero);
        let mut writer = BufWriter::new(writer);
        writer.write_all(b"abc").await.unwrap();
        let error = writer.flush().await.unwrap_err();
        assert_eq!((error.kind(), writer.buffer()), (ErrorKind::WriteZero, &b"abc"[..]));
        assert_eq!(&full, b"ab");
    });
}

#[test]
fn an_error_keeps_what_was_not_written() {
    block_on(async {
        let mut writer = BufWriter::new(Writer::new([Step::Interrupted, Step::Bytes(2), Step::Reset]));
        writer.write_all(b"abcdef").await.unwrap();
        assert_eq!(writer.flush().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!((&writer.get_ref().data[..], writer.buffer()), (&b"ab"[..], &b"cdef"[..]));
    });
}

#[test]
fn a_dropped_buf_writer_writes_nothing() {
    let mut data = Vec::new();
    block_on(BufWriter::new(&mut data).write_all(b"lost")).unwrap();
    assert!(data.is_empty());
}

#[test]
fn writers_in_memory() {
    block_on(async {
        let mut vec = b"ab".to_vec();
        let mut cursor = Cursor::new(&mut vec);
        cursor.set_position(1);
        cursor.write_all(b"xyz").await.unwrap();
        assert!(cursor.is_write_vectored());
        assert_eq!(vec, b"axyz");

        let mut boxed = Cursor::new(vec![0; 2].into_boxed_slice());
        assert_eq!(boxed.write(b"xyz").await.unwrap(), 2);
        assert_eq!(&boxed.into_inner()[..], b"xy");

        let mut dynamic: Box<dyn AsyncWrite + Unpin> = Box::new(Cursor::new(Vec::new()));
        let bufs = [IoSlice::new(b""), IoSlice::new(b"a"), IoSlice::new(b"b")];
        assert_eq!(dynamic.write_vectored(&bufs).await.unwrap(), 2);
        assert_eq!(sink().write_vectored(&bufs).await.unwrap(), 2);
        assert!(sink().is_write_vectored());
    });
}

#[test]
fn the_default_vectored_write_takes_the_first_that_is_not_empty() {
    block_on(async {
        let mut writer = Writer::new([Step::Bytes(100)]);
        let bufs = [IoSlice::new(b""), IoSlice::new(b"ab"), IoSlice::new(b"cd")];
        assert_eq!(writer.write_vectored(&bufs).await.unwrap(), 2);
        assert_eq!(writer.data, b"ab");
    });
}

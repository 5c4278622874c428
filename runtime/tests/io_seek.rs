//! Seeking through buffers, against the standard library.

mod io_common;

use std::io::{self, Cursor, ErrorKind};

use futures::executor::block_on;
use heist::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, BufStream, BufWriter, SeekFrom};
use io_common::{Reader, Step};
use proptest::prelude::*;

fn position() -> impl Strategy<Value = SeekFrom> {
    prop_oneof![
        (0_u64..120).prop_map(SeekFrom::Start),
        (-60_i64..60).prop_map(SeekFrom::Current),
        (-120_i64..20).prop_map(SeekFrom::End),
        Just(SeekFrom::Current(i64::MIN)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn buf_reader_seeks_as_that_of_std(
        actions in prop::collection::vec((position(), 0_usize..20), 1..20), capacity in 1_usize..30,
    ) {
        let data: Vec<u8> = (0..100).collect();
        let mut expected = std::io::BufReader::with_capacity(capacity, Cursor::new(data.clone()));
        block_on(async {
            let mut reader = BufReader::with_capacity(capacity, Reader::new(data, [Step::Pending, Step::Bytes(100)]));
            for (position, size) in actions {
                let moved = reader.seek(position).await;
                let same = io::Seek::seek(&mut expected, position);
                assert_eq!(moved.as_ref().ok(), same.as_ref().ok());
                assert_eq!(moved.map_err(|error| error.kind()), same.map_err(|error| error.kind()));
                let (mut buf, mut same_buf) = (vec![0; size], vec![0; size]);
                let length = reader.read(&mut buf).await.unwrap();
                assert_eq!(length, io::Read::read(&mut expected, &mut same_buf).unwrap());
                assert_eq!(buf, same_buf);
            }
        });
    }
}

#[test]
fn positions_are_counted_from_the_next_byte() {
    block_on(async {
        let mut reader = BufReader::new(Cursor::new(b"abcdef"));
        assert_eq!(reader.read_u8().await.unwrap(), b'a');
        assert_eq!(reader.buffer(), b"bcdef");
        assert_eq!(reader.stream_position().await.unwrap(), 1);
        assert!(reader.buffer().is_empty());
        assert_eq!(reader.seek(SeekFrom::Current(2)).await.unwrap(), 3);
        assert_eq!(reader.read_u8().await.unwrap(), b'd');
        reader.rewind().await.unwrap();
        assert_eq!(reader.read_u8().await.unwrap(), b'a');
    });
}

#[test]
fn a_seek_that_fails_leaves_the_buffer() {
    block_on(async {
        let mut reader = BufReader::new(Cursor::new(b"abcdef"));
        reader.read_u8().await.unwrap();
        assert_eq!(reader.seek(SeekFrom::Current(-2)).await.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(reader.read_u8().await.unwrap(), b'b');
    });
}

#[test]
fn a_buf_writer_writes_before_it_moves() {
    block_on(async {
        let mut writer = BufWriter::new(Cursor::new(Vec::new()));
        writer.write_all(b"abcdef").await.unwrap();
        assert_eq!(writer.seek(SeekFrom::Start(1)).await.unwrap(), 1);
        writer.write_all(b"xy").await.unwrap();
        assert_eq!(writer.stream_position().await.unwrap(), 3);
        assert_eq!(writer.get_ref().get_ref(), b"axydef");
    });
}

#[test]
fn a_buf_stream_does_both() {
    block_on(async {
        let mut stream = BufStream::new(Cursor::new(b"abcdef".to_vec()));
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        stream.seek(SeekFrom::Current(1)).await.unwrap();
        stream.write_all(b"X").await.unwrap();
        stream.rewind().await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "abXdef");
    });
}

#[test]
fn a_buf_stream_made_inside_out_keeps_both_buffers() {
    block_on(async {
        let mut reader = BufReader::new(heist::io::join(&b"abc"[..], Vec::new()));
        assert_eq!(reader.read_u8().await.unwrap(), b'a');
        let mut writer = BufWriter::new(reader);
        writer.write_all(b"buffered").await.unwrap();
        let mut stream = BufStream::from(writer);
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "bc");
        assert!(stream.get_ref().writer().is_empty());
        stream.flush().await.unwrap();
        assert_eq!(stream.into_inner().into_inner().1, b"buffered");
    });
}

#[test]
#[should_panic(expected = "`capacity` must be greater than 0")]
fn a_buf_stream_needs_a_buffer_to_read() {
    let _ = BufStream::with_capacity(0, 8, Cursor::new(Vec::new()));
}

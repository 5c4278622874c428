//! Buffered reading: `BufReader`, `lines`, `split`, `read_until`, `read_line`, `fill_buf`, against the standard library.

mod io_common;

use std::io::{self, ErrorKind};

use futures::executor::block_on;
use futures::future::FutureExt;
use heist::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, duplex};
use io_common::{Reader, Step, script};
use proptest::prelude::*;

/// Text with many line ends of both kinds.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "é", "\n", "\r\n", "\r", "long piece of text"]), 0..30)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn buf_reader_reads_in_pieces_of_any_size(
        data in prop::collection::vec(any::<u8>(), 0..200), capacity in 1_usize..30, sizes in prop::collection::vec(0_usize..40, 1..20),
        steps in script(false),
    ) {
        let mut expected = &data[..];
        block_on(async {
            let mut reader = BufReader::with_capacity(capacity, Reader::new(data.clone(), steps));
            for size in sizes {
                let mut buf = vec![0; size];
                let length = reader.read(&mut buf).await.unwrap();
                assert_eq!(length == 0, size == 0 || expected.is_empty());
                let mut same = vec![0; length];
                io::Read::read_exact(&mut expected, &mut same).unwrap();
                assert_eq!(&buf[..length], &same[..]);
                assert!(expected.starts_with(reader.buffer()));
            }
        });
    }

    #[test]
    fn lines_are_those_of_std(text in text(), capacity in 1_usize..30, steps in script(true)) {
        let expected: Vec<String> = io::BufRead::lines(text.as_bytes()).map(Result::unwrap).collect();
        let lines = block_on(async {
            let mut lines = BufReader::with_capacity(capacity, Reader::new(text, steps)).lines();
            let mut all = Vec::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                all.push(line);
            }
            all
        });
        prop_assert_eq!(lines, expected);
    }

    #[test]
    fn segments_are_those_of_std(text in text(), capacity in 1_usize..30, steps in script(true)) {
        let expected: Vec<Vec<u8>> = io::BufRead::split(text.as_bytes(), b'\r').map(Result::unwrap).collect();
        let segments = block_on(async {
            let reader = BufReader::with_capacity(capacity, Reader::new(text, steps));
            let mut segments = reader.split(b'\r');
            let mut all = Vec::new();
            while let Some(segment) = segments.next_segment().await.unwrap() {
                all.push(segment);
            }
            all
        });
        prop_assert_eq!(segments, expected);
    }

    #[test]
    fn read_line_and_read_until_are_those_of_std(text in text(), capacity in 1_usize..30, steps in script(true)) {
        let mut expected = text.as_bytes();
        block_on(async {
            let mut reader = BufReader::with_capacity(capacity, Reader::new(text.clone(), steps));
            let (mut line, mut same_line) = (String::from("x"), String::from("x"));
            let (mut bytes, mut same_bytes) = (vec![9], vec![9]);
            loop {
                let length = reader.read_line(&mut line).await.unwrap();
                assert_eq!(length, io::BufRead::read_line(&mut expected, &mut same_line).unwrap());
                let more = reader.read_until(b'e', &mut bytes).await.unwrap();
                assert_eq!(more, io::BufRead::read_until(&mut expected, b'e', &mut same_bytes).unwrap());
                assert_eq!((&line, &bytes), (&same_line, &same_bytes));
                if length + more == 0 {
                    break;
                }
            }
        });
    }
}

#[test]
fn a_line_that_is_not_text_is_an_error_and_the_next_one_is_read() {
    block_on(async {
        let mut lines = b"one\n\xff\xff\nthree".lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
        let error = lines.next_line().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(error.to_string(), "stream did not contain valid UTF-8");
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("three"));
        assert_eq!(lines.next_line().await.unwrap(), None);

        let mut reader: &[u8] = b"\xff\xff\nthree";
        let mut line = String::from("before");
        assert_eq!(reader.read_line(&mut line).await.unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(line, "before");
    });
}

#[test]
fn a_partial_line_survives_an_error() {
    block_on(async {
        let script = [Step::Bytes(3), Step::Reset, Step::Bytes(10)];
        let mut lines = BufReader::new(Reader::new(*b"abcdef\n", script)).lines();
        assert_eq!(lines.next_line().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("abcdef"));

        let mut reader = BufReader::new(Reader::new(*b"abcdef\n", script));
        let mut line = String::new();
        assert_eq!(reader.read_line(&mut line).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(line, "abc");
        reader.read_line(&mut line).await.unwrap();
        assert_eq!(line, "abcdef\n");
    });
}

#[test]
fn next_line_is_cancel_safe() {
    block_on(async {
        let (mut client, server) = duplex(64);
        let mut lines = BufReader::new(server).lines();
        client.write_all(b"ab").await.unwrap();
        assert!(lines.next_line().now_or_never().is_none());
        client.write_all(b"cd\n").await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("abcd"));
    });
}

#[test]
fn fill_buf_waits_and_returns_the_same_bytes_again() {
    block_on(async {
        let mut reader = BufReader::new(Reader::new(*b"hello", [Step::Pending, Step::Pending, Step::Bytes(4)]));
        assert!(reader.buffer().is_empty());
        assert_eq!(reader.fill_buf().await.unwrap(), b"hell");
        assert_eq!(reader.fill_buf().await.unwrap(), b"hell");
        reader.consume(3);
        assert_eq!(reader.buffer(), b"l");
        reader.consume(1);
        assert_eq!(reader.fill_buf().await.unwrap(), b"o");
    });
}

#[test]
#[should_panic(expected = "`FillBuf` polled after completion")]
fn fill_buf_panics_when_polled_again() {
    block_on(async {
        let mut reader: &[u8] = b"hello";
        let mut future = Box::pin(reader.fill_buf());
        future.as_mut().await.unwrap();
        let _ = future.await;
    });
}

#[test]
fn a_large_read_passes_by_an_empty_buffer() {
    block_on(async {
        let mut reader = BufReader::with_capacity(4, &[1_u8; 100][..]);
        assert_eq!(reader.read(&mut [0; 50]).await.unwrap(), 50);
        assert_eq!(reader.read(&mut [0; 3]).await.unwrap(), 3);
        assert_eq!(reader.buffer().len(), 1);
        assert_eq!(reader.read(&mut [0; 50]).await.unwrap(), 1);
        assert_eq!(format!("{reader:?}").split("buffer: ").nth(1), Some("0/4 }"));
    });
}

#[test]
#[should_panic(expected = "`capacity` must be greater than 0")]
fn a_buf_reader_needs_a_buffer() {
    let _ = BufReader::with_capacity(0, &b""[..]);
}

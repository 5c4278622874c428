//! Reading: `AsyncReadExt`, `take` and `chain`, against what the standard library does.

mod io_common;

use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures::executor::block_on;
use heist::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, ReadBuf};
use io_common::{Reader, Step, script};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn read_to_end_appends_everything(
        data in prop::collection::vec(any::<u8>(), 0..300), before in 0_usize..5, room in 0_usize..320, steps in script(true),
    ) {
        let mut buf = Vec::with_capacity(before + room);
        buf.resize(before, 7);
        let length = block_on(Reader::new(data.clone(), steps).read_to_end(&mut buf)).unwrap();
        prop_assert_eq!(length, data.len());
        prop_assert_eq!(&buf[..before], &vec![7; before][..]);
        prop_assert_eq!(&buf[before..], &data[..]);
    }

    #[test]
    fn read_to_string_accepts_what_is_text(data in prop::collection::vec(any::<u8>(), 0..8), steps in script(true)) {
        let mut text = String::from("é");
        let result = block_on(Reader::new(data.clone(), steps).read_to_string(&mut text));
        match String::from_utf8(data.clone()) {
            Ok(expected) => {
                prop_assert_eq!(result.unwrap(), data.len());
                prop_assert_eq!(text, format!("é{expected}"));
            }
            Err(_) => {
                prop_assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidData);
                prop_assert_eq!(text, "é");
            }
        }
    }

    #[test]
    fn read_exact_fills_or_fails(data in prop::collection::vec(any::<u8>(), 0..60), want in 0_usize..60, steps in script(true)) {
        let mut buf = vec![0; want];
        let result = block_on(Reader::new(data.clone(), steps).read_exact(&mut buf));
        if want <= data.len() {
            prop_assert_eq!(result.unwrap(), want);
            prop_assert_eq!(&buf[..], &data[..want]);
        } else {
            let error = result.unwrap_err();
            prop_assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
            prop_assert_eq!(error.to_string(), "early eof");
        }
    }

    #[test]
    fn chain_and_take_read_what_those_of_std_read(
        first in prop::collection::vec(any::<u8>(), 0..60),
        second in prop::collection::vec(any::<u8>(), 0..60),
        limit in 0_u64..140,
        steps in script(false),
        buffered in any::<bool>(),
    ) {
        let mut expected = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(io::Read::chain(&first[..], &second[..]), limit), &mut expected).unwrap();

        let mut buf = Vec::new();
        let left = block_on(async {
            let (first, second) = (Reader::new(first.clone(), steps.clone()), Reader::new(second.clone(), steps));
            if buffered {
                let mut reader = BufReader::new(first).chain(BufReader::with_capacity(5, second)).take(limit);
                loop {
                    let length = match reader.fill_buf().await.unwrap() {
                        [] => break,
                        bytes => { buf.extend_from_slice(bytes); bytes.len() }
                    };
                    reader.consume(length);
                }
                reader.limit()
            } else {
                let mut reader = first.chain(second).take(limit);
                reader.read_to_end(&mut buf).await.unwrap();
                reader.limit()
            }
        });
        prop_assert_eq!(&buf, &expected);
        prop_assert_eq!(left, limit - expected.len() as u64);
    }

    #[test]
    fn read_buf_fills_any_buffer(data in prop::collection::vec(any::<u8>(), 1..60), room in 0_usize..70, steps in script(false)) {
        let mut buf = bytes::BufMut::limit(bytes::BytesMut::new(), room);
        let mut total = 0;
        block_on(async {
            let mut reader = Reader::new(data.clone(), steps);
            loop {
                match reader.read_buf(&mut buf).await.unwrap() {
                    0 => break,
                    length => total += length,
                }
            }
        });
        prop_assert_eq!(total, data.len().min(room));
        prop_assert_eq!(&buf.into_inner()[..], &data[..total]);
    }
}

/// One test per number type: what one side writes, the other reads, through a pipe too small for any of them.
macro_rules! numbers {
    ($($test:ident: $write:ident, $read:ident, $value:expr, $bytes:expr;)*) => {$(
        #[test]
        fn $test() {
            block_on(async {
                let mut bytes = Vec::new();
                bytes.$write($value).await.unwrap();
                assert_eq!(bytes, $bytes);

                let (mut client, mut server) = heist::io::duplex(1);
                let (written, read) = futures::join!(client.$write($value), server.$read());
                written.unwrap();
                assert_eq!(read.unwrap(), $value);

                let mut short = &bytes[1..];
                assert_eq!(short.$read().await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
                let mut full = io::Cursor::new(&mut [][..]);
                assert_eq!(full.$write($value).await.unwrap_err().kind(), ErrorKind::WriteZero);
            });
        }
    )*};
}

numbers! {
    number_u8: write_u8, read_u8, 0xfe, [0xfe];
    number_i8: write_i8, read_i8, -2, [0xfe];
    number_u16: write_u16, read_u16, 0x0102, [1, 2];
    number_u16_le: write_u16_le, read_u16_le, 0x0102, [2, 1];
    number_i16: write_i16, read_i16, -2, [0xff, 0xfe];
    number_i16_le: write_i16_le, read_i16_le, -2, [0xfe, 0xff];
    number_u32: write_u32, read_u32, 0x0102_0304, [1, 2, 3, 4];
    number_u32_le: write_u32_le, read_u32_le, 0x0102_0304, [4, 3, 2, 1];
    number_i32: write_i32, read_i32, -2, [0xff, 0xff, 0xff, 0xfe];
    number_i32_le: write_i32_le, read_i32_le, -2, [0xfe, 0xff, 0xff, 0xff];
    number_u64: write_u64, read_u64, 0x0102_0304_0506_0708, [1, 2, 3, 4, 5, 6, 7, 8];
    number_u64_le: write_u64_le, read_u64_le, 0x0102_0304_0506_0708, [8, 7, 6, 5, 4, 3, 2, 1];
    number_i64: write_i64, read_i64, -5, (-5_i64).to_be_bytes();
    number_i64_le: write_i64_le, read_i64_le, -5, (-5_i64).to_le_bytes();
    number_u128: write_u128, read_u128, 1 << 120, (1_u128 << 120).to_be_bytes();
    number_u128_le: write_u128_le, read_u128_le, 1 << 120, (1_u128 << 120).to_le_bytes();
    number_i128: write_i128, read_i128, -5, (-5_i128).to_be_bytes();
    number_i128_le: write_i128_le, read_i128_le, -5, (-5_i128).to_le_bytes();
    number_f32: write_f32, read_f32, 1.5, 1.5_f32.to_be_bytes();
    number_f32_le: write_f32_le, read_f32_le, 1.5, 1.5_f32.to_le_bytes();
    number_f64: write_f64, read_f64, -0.1, (-0.1_f64).to_be_bytes();
    number_f64_le: write_f64_le, read_f64_le, -0.1, (-0.1_f64).to_le_bytes();
}

#[test]
fn a_single_read_hands_out_interrupted_and_a_number_does_not() {
    block_on(async {
        let mut reader = Reader::new(*b"abcd", [Step::Interrupted, Step::Bytes(1)]);
        assert_eq!(reader.read(&mut [0; 4]).await.unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!(reader.read(&mut [0; 4]).await.unwrap(), 1);
        assert_eq!(reader.read_u16().await.unwrap(), 0x6263);
    });
}

#[test]
fn an_error_leaves_what_was_read_in_the_vector_and_the_string_as_it_was() {
    block_on(async {
        let script = [Step::Bytes(3), Step::Reset];
        let mut buf = b"x".to_vec();
        let error = Reader::new(*b"abcdef", script).read_to_end(&mut buf).await.unwrap_err();
        assert_eq!((error.kind(), &buf[..]), (ErrorKind::ConnectionReset, &b"xabc"[..]));

        let mut text = String::from("x");
        let error = Reader::new(*b"abcdef", script).read_to_string(&mut text).await.unwrap_err();
        assert_eq!((error.kind(), text.as_str()), (ErrorKind::ConnectionReset, "x"));
    });
}

#[test]
fn a_vector_of_the_right_size_does_not_grow() {
    let mut buf = Vec::with_capacity(1000);
    let capacity = buf.capacity();
    block_on(Reader::new(vec![1; capacity], [Step::Bytes(300)]).read_to_end(&mut buf)).unwrap();
    assert_eq!((buf.len(), buf.capacity()), (capacity, capacity));
}

#[test]
fn an_empty_read_does_not_end_the_first_of_a_chain() {
    block_on(async {
        let mut chain = b"ab".chain(&b"cd"[..]);
        assert_eq!(chain.read(&mut []).await.unwrap(), 0);
        let mut text = String::new();
        chain.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "abcd");
    });
}

#[test]
fn take_at_its_limit_does_not_ask_the_source() {
    struct Never;
    impl AsyncRead for Never {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            panic!("asked")
        }
    }
    block_on(async {
        let mut take = Never.take(0);
        assert_eq!(take.read(&mut [0; 4]).await.unwrap(), 0);
    });
}

#[test]
fn take_can_be_given_a_new_limit() {
    block_on(async {
        let mut take = b"abcdef".take(2);
        let mut text = String::new();
        take.read_to_string(&mut text).await.unwrap();
        take.set_limit(3);
        take.read_to_string(&mut text).await.unwrap();
        assert_eq!((text.as_str(), take.into_inner()), ("abcde", &b"f"[..]));
    });
}

/// Replaces the buffer that it is to fill.
struct Replacer;

impl AsyncRead for Replacer {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        *buf = ReadBuf::new(Box::leak(Box::new([1; 4])));
        buf.set_filled(4);
        Poll::Ready(Ok(()))
    }
}

#[test]
#[should_panic(expected = "replaced the `ReadBuf`")]
fn read_to_end_notices_a_replaced_buffer() {
    let _ = block_on(Replacer.read_to_end(&mut Vec::new()));
}

#[test]
#[should_panic(expected = "replaced the `ReadBuf`")]
fn read_buf_notices_a_replaced_buffer() {
    let _ = block_on(Replacer.read_buf(&mut Vec::new()));
}

#[test]
#[should_panic(expected = "replaced the `ReadBuf`")]
fn take_notices_a_replaced_buffer() {
    let _ = block_on(Replacer.take(10).read(&mut [0; 4]));
}

#[test]
#[should_panic(expected = "replaced the `ReadBuf`")]
fn chain_notices_a_replaced_buffer() {
    let _ = block_on(Replacer.chain(&b""[..]).read(&mut [0; 8]));
}

#[test]
fn pointers_read_as_what_they_point_to() {
    block_on(async {
        let mut byte = [0];
        let mut slice: &[u8] = b"abcd";
        (&mut slice).read_exact(&mut byte).await.unwrap();
        let mut boxed: Box<dyn AsyncRead + Unpin> = Box::new(slice);
        boxed.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"b");
        let mut pinned = pin!(boxed);
        pinned.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"c");
    });
}

#[test]
fn a_cursor_beyond_its_end_is_at_its_end() {
    let mut cursor = io::Cursor::new(b"abc");
    cursor.set_position(u64::MAX);
    assert_eq!(block_on(cursor.read(&mut [0; 4])).unwrap(), 0);
    assert_eq!(cursor.position(), u64::MAX);
}

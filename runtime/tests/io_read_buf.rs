//! `ReadBuf`.

use std::mem::MaybeUninit;

use bytes::BufMut;
use heist::io::ReadBuf;

#[test]
fn positions_move_together() {
    let mut memory = [MaybeUninit::uninit(); 8];
    let mut buf = ReadBuf::uninit(&mut memory);
    assert_eq!((buf.capacity(), buf.remaining(), buf.initialized().len()), (8, 8, 0));
    buf.put_slice(b"ab");
    assert_eq!((buf.filled(), buf.remaining(), buf.initialized()), (&b"ab"[..], 6, &b"ab"[..]));
    buf.initialize_unfilled_to(3).copy_from_slice(b"cde");
    assert_eq!((buf.filled(), buf.initialized()), (&b"ab"[..], &b"abcde"[..]));
    buf.advance(1);
    buf.filled_mut()[0] = b'x';
    buf.initialized_mut()[4] = b'y';
    assert_eq!((buf.filled(), buf.initialized()), (&b"xbc"[..], &b"xbcdy"[..]));
    assert_eq!(buf.initialize_unfilled(), b"dy\0\0\0");
    buf.set_filled(1);
    assert_eq!((buf.filled(), buf.initialized().len()), (&b"x"[..], 8));
    buf.clear();
    assert_eq!((buf.filled(), buf.remaining()), (&b""[..], 8));
    assert_eq!(format!("{buf:?}"), "ReadBuf { filled: 0, initialized: 8, capacity: 8 }");
}

#[test]
fn what_was_initialised_once_is_not_cleared_again() {
    let mut memory = [MaybeUninit::uninit(); 4];
    let mut buf = ReadBuf::uninit(&mut memory);
    buf.initialize_unfilled().copy_from_slice(b"abcd");
    assert_eq!(buf.initialize_unfilled(), b"abcd");
}

#[test]
fn a_part_is_filled_apart() {
    let mut memory = [0; 8];
    let mut buf = ReadBuf::new(&mut memory);
    buf.put_slice(b"ab");
    let mut part = buf.take(3);
    assert_eq!(part.capacity(), 3);
    part.put_slice(b"cde");
    assert_eq!(buf.filled(), b"ab");
    buf.advance(3);
    assert_eq!(buf.filled(), b"abcde");
    assert_eq!(buf.take(100).capacity(), 3);
}

#[test]
fn it_is_a_buf_mut() {
    let mut memory = [MaybeUninit::uninit(); 8];
    let mut buf = ReadBuf::uninit(&mut memory);
    buf.put_u16(0x0102);
    buf.put_bytes(9, 3);
    assert_eq!((buf.filled(), buf.remaining_mut()), (&[1, 2, 9, 9, 9][..], 3));
    assert_eq!(buf.chunk_mut().len(), 3);
}

#[test]
#[should_panic(expected = "buf.len() must fit in remaining()")]
fn put_slice_needs_room() {
    ReadBuf::new(&mut [0; 2]).put_slice(b"abc");
}

#[test]
#[should_panic(expected = "filled must not become larger than initialized")]
fn advance_stays_within_what_is_initialised() {
    ReadBuf::uninit(&mut [MaybeUninit::uninit(); 2]).advance(1);
}

#[test]
#[should_panic(expected = "filled overflow")]
fn advance_does_not_overflow() {
    let mut memory = [0; 2];
    let mut buf = ReadBuf::new(&mut memory);
    buf.advance(1);
    buf.advance(usize::MAX);
}

#[test]
#[should_panic(expected = "filled must not become larger than initialized")]
fn set_filled_stays_within_what_is_initialised() {
    ReadBuf::new(&mut [0; 2]).set_filled(3);
}

#[test]
#[should_panic(expected = "n overflows remaining")]
fn initialize_stays_within_the_buffer() {
    ReadBuf::new(&mut [0; 2]).initialize_unfilled_to(3);
}

#[test]
fn panics_name_the_caller() {
    let location = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let seen = location.clone();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| *seen.lock().unwrap() = info.location().unwrap().file().to_owned()));
    let mut files = Vec::new();
    for act in [
        || ReadBuf::new(&mut [0; 2]).put_slice(b"abc"),
        || ReadBuf::new(&mut [0; 2]).advance(3),
        || drop(heist::io::duplex(0)),
        || drop(heist::io::simplex(0)),
        || drop(heist::io::BufReader::with_capacity(0, heist::io::empty())),
        || drop(heist::io::BufStream::with_capacity(0, 1, heist::io::empty())),
    ] as [fn(); 6]
    {
        std::panic::catch_unwind(act).unwrap_err();
        files.push(std::mem::take(&mut *location.lock().unwrap()));
    }
    std::panic::set_hook(before);
    assert!(files.iter().all(|file| file.ends_with("io_read_buf.rs")), "{files:?}");
}

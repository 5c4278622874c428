//! Auto traits of the types and futures of `heist::io`, which are part of the API.

use std::panic::{RefUnwindSafe, UnwindSafe};

use heist::io::*;

fn send_sync<T: Send + Sync>(_: &T) {}
fn unpin<T: Unpin>(_: &T) {}
fn unwind_safe<T: UnwindSafe + RefUnwindSafe>(_: &T) {}

/// Yields whether the type of a value has a trait. Where the bound holds, `Holds` is found before `Fallback`, which takes
/// one reference more.
macro_rules! has {
    ($value:expr, $bound:path) => {{
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)] // Which of the two traits is used is what the macro finds out.
        trait Fallback {
            fn holds(&self) -> bool {
                false
            }
        }
        impl<T: ?Sized> Fallback for &Probe<T> {}
        #[allow(dead_code)] // As above.
        trait Holds {
            fn holds(&self) -> bool {
                true
            }
        }
        impl<T: ?Sized + $bound> Holds for Probe<T> {}
        fn probe<T>(_: &T) -> Probe<T> {
            Probe(std::marker::PhantomData)
        }
        #[allow(clippy::needless_borrow)] // The reference is what lets the other implementation be found.
        (&probe(&$value)).holds()
    }};
}

#[test]
fn types_are_as_free_as_what_they_hold() {
    let (a, b) = duplex(8);
    send_sync(&a);
    unpin(&a);
    let (reader, writer) = split(b);
    send_sync(&reader);
    unpin(&reader);
    unwind_safe(&reader);
    send_sync(&writer);
    unpin(&writer);
    unwind_safe(&writer);
    let pipe = SimplexStream::new_unsplit(8);
    send_sync(&pipe);
    unpin(&pipe);
    unwind_safe(&pipe);
    let lines = AsyncBufReadExt::lines(BufReader::new(empty()));
    send_sync(&lines);
    unpin(&lines);
    unwind_safe(&lines);
    let chain = empty().chain(repeat(1));
    send_sync(&chain);
    unpin(&chain);
    unwind_safe(&chain);
    let stream = BufStream::new(join(empty(), sink()));
    send_sync(&stream);
    unpin(&stream);
    unwind_safe(&stream);
    let mut memory = [0; 1];
    let buf = ReadBuf::new(&mut memory);
    send_sync(&buf);
    unpin(&buf);
}

#[test]
fn futures_are_send_and_must_be_pinned() {
    let mut stream = empty();
    let (mut bytes, mut text, mut vec) = ([0; 4], String::new(), Vec::new());
    macro_rules! check {
        ($($future:expr;)*) => {$(
            // A `match`, not a `let`: temporaries that the future borrows live on.
            match $future {
                future => {
                    send_sync(&future);
                    assert!(!has!(future, Unpin), "{} is Unpin", stringify!($future));
                }
            }
        )*};
    }
    check! {
        stream.read(&mut bytes);
        stream.read_exact(&mut bytes);
        stream.read_buf(&mut vec);
        stream.read_to_end(&mut vec);
        stream.read_to_string(&mut text);
        stream.read_u8();
        stream.read_f64_le();
        stream.read_until(0, &mut vec);
        stream.read_line(&mut text);
        stream.fill_buf();
        stream.write(&bytes);
        stream.write_vectored(&[]);
        stream.write_buf(&mut &bytes[..]);
        stream.write_all_buf(&mut &bytes[..]);
        stream.write_all(&bytes);
        stream.write_u8(1);
        stream.write_f64_le(1.0);
        stream.flush();
        stream.shutdown();
        stream.seek(SeekFrom::Start(0));
        stream.rewind();
        stream.stream_position();
        copy(&mut empty(), &mut sink());
        copy_buf(&mut empty(), &mut sink());
        copy_bidirectional(&mut empty(), &mut empty());
    }
    assert!(has!(stream, Unpin));
}

#[test]
fn a_stream_that_stays_on_its_thread_makes_futures_that_do() {
    struct Local(#[allow(dead_code)] std::rc::Rc<()>);
    impl AsyncRead for Local {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> std::task::Poll<Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
    }
    let mut local = Local(std::rc::Rc::new(()));
    let future = local.read_u16();
    assert!(!has!(future, Send));
    drop(future);
    assert_eq!(futures::executor::block_on(local.read(&mut [0; 1])).unwrap(), 0);
}

#[test]
fn traits_are_usable_as_objects() {
    fn objects(_: &mut dyn AsyncRead, _: &mut dyn AsyncWrite, _: &mut dyn AsyncBufRead, _: &mut dyn AsyncSeek) {}
    objects(&mut empty(), &mut empty(), &mut empty(), &mut empty());
    async fn on_object(stream: &mut (dyn AsyncRead + Unpin)) -> u8 {
        stream.read_u8().await.unwrap()
    }
    assert_eq!(futures::executor::block_on(on_object(&mut repeat(3))), 3);
}

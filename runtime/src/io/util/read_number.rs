//! The future of [`AsyncReadExt::read_u16`](crate::io::AsyncReadExt::read_u16) and the like.

use std::fmt;
use std::future::Future;
use std::io;
use std::marker::{PhantomData, PhantomPinned};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::util::interrupted::retry_interrupted;
use crate::io::{AsyncRead, ReadBuf};

pin_project! {
    /// Reads a number of type `T`, whose bytes are a `B`, in the byte order `O`.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ReadNumber<R, T, O, B> {
        #[pin]
        reader: R,
        bytes: B,
        // How many of `bytes` were read.
        read: usize,
        number: PhantomData<fn() -> (T, O)>,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<R, T, O, B: Default> ReadNumber<R, T, O, B> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, bytes: B::default(), read: 0, number: PhantomData, _pin: PhantomPinned }
    }
}

impl<R, T, O, B> Future for ReadNumber<R, T, O, B>
where
    R: AsyncRead,
    T: FromBytes<O, B>,
    B: AsMut<[u8]> + Copy,
{
    type Output = io::Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let mut me = self.project();
        while *me.read < size_of::<B>() {
            let mut buf = ReadBuf::new(&mut me.bytes.as_mut()[*me.read..]);
            ready!(retry_interrupted(|| me.reader.as_mut().poll_read(cx, &mut buf)))?;
            match buf.filled().len() {
                0 => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                length => *me.read += length,
            }
        }
        Poll::Ready(Ok(T::from_bytes(*me.bytes)))
    }
}

impl<R: fmt::Debug, T, O, B: AsRef<[u8]>> fmt::Debug for ReadNumber<R, T, O, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadNumber")
            .field("reader", &self.reader)
            .field("read", &&self.bytes.as_ref()[..self.read])
            .finish()
    }
}

/// The byte order of networks: the most significant byte first.
#[derive(Debug)]
pub enum BigEndian {}

/// The byte order of most processors: the least significant byte first.
#[derive(Debug)]
pub enum LittleEndian {}

/// A number whose bytes are the array `B`, in the byte order `O`.
pub trait FromBytes<O, B> {
    /// The number that `bytes` stand for.
    fn from_bytes(bytes: B) -> Self;
}

macro_rules! from_bytes {
    ($($number:ty),*) => {$(
        impl FromBytes<BigEndian, [u8; size_of::<$number>()]> for $number {
            fn from_bytes(bytes: [u8; size_of::<$number>()]) -> Self {
                <$number>::from_be_bytes(bytes)
            }
        }

        impl FromBytes<LittleEndian, [u8; size_of::<$number>()]> for $number {
            fn from_bytes(bytes: [u8; size_of::<$number>()]) -> Self {
                <$number>::from_le_bytes(bytes)
            }
        }
    )*};
}

from_bytes!(u8, i8, u16, i16, u32, i32, u64, i64, u128, i128, f32, f64);

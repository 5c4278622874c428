//! The operations of everything that implements [`AsyncRead`].

use bytes::BufMut;

use crate::io::AsyncRead;
use crate::io::util::read::Read;
use crate::io::util::read_buf::ReadBuf;
use crate::io::util::read_exact::ReadExact;
use crate::io::util::read_number::{BigEndian, LittleEndian, ReadNumber};
use crate::io::util::read_to_end::ReadToEnd;
use crate::io::util::read_to_string::ReadToString;
use crate::io::util::{Chain, Take};

/// Defines the methods that read one number: their name, its type, its byte order, the inverse function, an example.
macro_rules! number_methods {
    ($($name:ident, $number:ident, $order:ident, $text:literal, $to_bytes:literal, $example:literal;)*) => {$(
        #[doc = concat!("Reads an `", stringify!($number), "` whose bytes are in ", $text, " order.")]
        ///
        /// # Cancel safety
        ///
        /// Not cancel safe: dropped early, it may have taken some of the bytes from the source, which are lost.
        /// A number of one byte is either read or not.
        ///
        /// # Errors
        ///
        /// Those of the source, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted).
        /// [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) if the source ends before.
        ///
        /// # Examples
        ///
        /// ```
        /// use heist::io::AsyncReadExt;
        ///
        /// # futures::executor::block_on(async {
        #[doc = concat!("let bytes = ", stringify!($number), "::", $to_bytes, "(", $example, ");")]
        /// let mut reader = &bytes[..];
        #[doc = concat!("assert_eq!(reader.", stringify!($name), "().await?, ", $example, ");")]
        /// # std::io::Result::Ok(()) }).unwrap();
        /// ```
        fn $name(&mut self) -> ReadNumber<&mut Self, $number, $order, [u8; size_of::<$number>()]>
        where
            Self: Unpin,
        {
            ReadNumber::new(self)
        }
    )*};
}

/// The operations of every [`AsyncRead`].
///
/// # Examples
///
/// ```
/// use heist::io::AsyncReadExt;
///
/// # futures::executor::block_on(async {
/// let mut reader: &[u8] = b"\x00\x05hello, world";
/// let length = reader.read_u16().await?;
/// let mut word = vec![0; length.into()];
/// reader.read_exact(&mut word).await?;
/// assert_eq!(word, b"hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncReadExt: AsyncRead {
    /// Reads this source to its end, then `next`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut text = String::new();
    /// b"hello, ".chain(&b"world"[..]).read_to_string(&mut text).await?;
    /// assert_eq!(text, "hello, world");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn chain<R>(self, next: R) -> Chain<Self, R>
    where
        Self: Sized,
        R: AsyncRead,
    {
        Chain::new(self, next)
    }

    /// Reads once into `buf`, and returns how many bytes that was.
    ///
    /// It is anything from 1 to the length of `buf`. 0 means that the source is at its end, perhaps only for now, or
    /// that `buf` is empty.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has read nothing.
    ///
    /// # Errors
    ///
    /// Whatever the source reports; nothing was read then.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader: &[u8] = b"hello";
    /// let mut buf = [0; 10];
    /// let length = reader.read(&mut buf).await?;
    /// assert_eq!(&buf[..length], b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read<'a>(&'a mut self, buf: &'a mut [u8]) -> Read<'a, Self>
    where
        Self: Unpin,
    {
        Read::new(self, buf)
    }

    /// Reads once into `buf`, advances it, and returns how many bytes that was.
    ///
    /// The buffer need not be initialised: with a `Vec<u8>` or `BytesMut` this saves clearing memory first. 0 means that
    /// the source is at its end, perhaps only for now, or that `buf` has no room. A `Vec` always has room, since it
    /// grows.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has read nothing.
    ///
    /// # Errors
    ///
    /// Whatever the source reports; nothing was read then.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader: &[u8] = b"hello";
    /// let mut buf = Vec::with_capacity(10);
    /// reader.read_buf(&mut buf).await?;
    /// assert_eq!(buf, b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_buf<'a, B>(&'a mut self, buf: &'a mut B) -> ReadBuf<'a, Self, B>
    where
        Self: Unpin,
        B: BufMut + ?Sized,
    {
        ReadBuf::new(self, buf)
    }

    /// Reads until `buf` is full, and returns its length.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early, it may have read some bytes, and how many is not known.
    ///
    /// # Errors
    ///
    /// Those of the source, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted).
    /// [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) if the source ends before. What `buf` holds then is
    /// unspecified.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader: &[u8] = b"hello";
    /// let mut buf = [0; 4];
    /// reader.read_exact(&mut buf).await?;
    /// assert_eq!(&buf, b"hell");
    /// assert!(reader.read_exact(&mut buf).await.is_err());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_exact<'a>(&'a mut self, buf: &'a mut [u8]) -> ReadExact<'a, Self>
    where
        Self: Unpin,
    {
        ReadExact::new(self, buf)
    }

    number_methods! {
        read_u8, u8, BigEndian, "big-endian", "to_be_bytes", "200";
        read_i8, i8, BigEndian, "big-endian", "to_be_bytes", "-100";
        read_u16, u16, BigEndian, "big-endian", "to_be_bytes", "50_000";
        read_i16, i16, BigEndian, "big-endian", "to_be_bytes", "-30_000";
        read_u32, u32, BigEndian, "big-endian", "to_be_bytes", "4_000_000_000";
        read_i32, i32, BigEndian, "big-endian", "to_be_bytes", "-2_000_000_000";
        read_u64, u64, BigEndian, "big-endian", "to_be_bytes", "1 << 63";
        read_i64, i64, BigEndian, "big-endian", "to_be_bytes", "-1 << 62";
        read_u128, u128, BigEndian, "big-endian", "to_be_bytes", "1 << 127";
        read_i128, i128, BigEndian, "big-endian", "to_be_bytes", "-1 << 126";
        read_f32, f32, BigEndian, "big-endian", "to_be_bytes", "1.5";
        read_f64, f64, BigEndian, "big-endian", "to_be_bytes", "1.5";
        read_u16_le, u16, LittleEndian, "little-endian", "to_le_bytes", "50_000";
        read_i16_le, i16, LittleEndian, "little-endian", "to_le_bytes", "-30_000";
        read_u32_le, u32, LittleEndian, "little-endian", "to_le_bytes", "4_000_000_000";
        read_i32_le, i32, LittleEndian, "little-endian", "to_le_bytes", "-2_000_000_000";
        read_u64_le, u64, LittleEndian, "little-endian", "to_le_bytes", "1 << 63";
        read_i64_le, i64, LittleEndian, "little-endian", "to_le_bytes", "-1 << 62";
        read_u128_le, u128, LittleEndian, "little-endian", "to_le_bytes", "1 << 127";
        read_i128_le, i128, LittleEndian, "little-endian", "to_le_bytes", "-1 << 126";
        read_f32_le, f32, LittleEndian, "little-endian", "to_le_bytes", "1.5";
        read_f64_le, f64, LittleEndian, "little-endian", "to_le_bytes", "1.5";
    }

    /// Appends everything to `buf` until the source ends, and returns how many bytes that was.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early, it may have moved some bytes to `buf`. Calling it again with the same `buf` goes
    /// on from there.
    ///
    /// # Panics
    ///
    /// If the source replaces the buffer that it is given to fill.
    ///
    /// # Errors
    ///
    /// Those of the source, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted). What was
    /// read before is in `buf`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader: &[u8] = b"hello";
    /// let mut buf = Vec::new();
    /// assert_eq!(reader.read_to_end(&mut buf).await?, 5);
    /// assert_eq!(buf, b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_to_end<'a>(&'a mut self, buf: &'a mut Vec<u8>) -> ReadToEnd<'a, Self>
    where
        Self: Unpin,
    {
        ReadToEnd::new(self, buf)
    }

    /// Appends everything to `dst` until the source ends, and returns how many bytes that was.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early, what was read and what was in `dst` is lost.
    ///
    /// # Panics
    ///
    /// If the source replaces the buffer that it is given to fill.
    ///
    /// # Errors
    ///
    /// Those of the source, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted).
    /// [`InvalidData`](std::io::ErrorKind::InvalidData) if what it has is not UTF-8. In both cases `dst` is as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader: &[u8] = b"hello";
    /// let mut text = String::new();
    /// assert_eq!(reader.read_to_string(&mut text).await?, 5);
    /// assert_eq!(text, "hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_to_string<'a>(&'a mut self, dst: &'a mut String) -> ReadToString<'a, Self>
    where
        Self: Unpin,
    {
        ReadToString::new(self, dst)
    }

    /// Reads at most `limit` bytes of this source, which then counts as ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut text = String::new();
    /// (&b"hello, world"[..]).take(5).read_to_string(&mut text).await?;
    /// assert_eq!(text, "hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn take(self, limit: u64) -> Take<Self>
    where
        Self: Sized,
    {
        Take::new(self, limit)
    }
}

impl<R: AsyncRead + ?Sized> AsyncReadExt for R {}

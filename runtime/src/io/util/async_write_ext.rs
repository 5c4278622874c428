//! The operations of everything that implements [`AsyncWrite`].

use std::io::IoSlice;

use bytes::Buf;

use crate::io::AsyncWrite;
use crate::io::util::flush::Flush;
use crate::io::util::shutdown::Shutdown;
use crate::io::util::write::Write;
use crate::io::util::write_all::WriteAll;
use crate::io::util::write_all_buf::WriteAllBuf;
use crate::io::util::write_buf::WriteBuf;
use crate::io::util::write_number::WriteNumber;
use crate::io::util::write_vectored::WriteVectored;

/// Defines the methods that write one number: their name, its type, the function to its bytes and that one's name as
/// text, its byte order, an example.
macro_rules! number_methods {
    ($($name:ident, $number:ident, $to_bytes:ident, $text:literal, $example:literal;)*) => {$(
        #[doc = concat!("Writes the bytes of an `", stringify!($number), "` in ", $text, " order.")]
        ///
        /// # Cancel safety
        ///
        /// Not cancel safe: dropped early, it may have written some of the bytes. A number of one byte is either
        /// written or not.
        ///
        /// # Errors
        ///
        /// Those of the destination, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted).
        /// [`WriteZero`](std::io::ErrorKind::WriteZero) if the destination takes nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use heist::io::AsyncWriteExt;
        ///
        /// # futures::executor::block_on(async {
        /// let mut writer = Vec::new();
        #[doc = concat!("writer.", stringify!($name), "(", $example, ").await?;")]
        #[doc = concat!(
            "assert_eq!(writer, ", stringify!($number), "::", stringify!($to_bytes), "(", $example, "));"
        )]
        /// # std::io::Result::Ok(()) }).unwrap();
        /// ```
        fn $name(&mut self, n: $number) -> WriteNumber<&mut Self, [u8; size_of::<$number>()]>
        where
            Self: Unpin,
        {
            WriteNumber::new(self, n.$to_bytes())
        }
    )*};
}

/// The operations of every [`AsyncWrite`].
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncWriteExt, BufWriter};
///
/// # futures::executor::block_on(async {
/// let mut writer = BufWriter::new(Vec::new());
/// writer.write_u16(5).await?;
/// writer.write_all(b"hello").await?;
/// writer.flush().await?;
/// assert_eq!(writer.into_inner(), b"\x00\x05hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncWriteExt: AsyncWrite {
    /// Writes once from `src`, and returns how many bytes that was.
    ///
    /// It may be fewer than `src` has; [`write_all`](Self::write_all) goes on until all are written. 0 means that the
    /// destination takes nothing any more, or that `src` is empty.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has written nothing.
    ///
    /// # Errors
    ///
    /// Whatever the destination reports; nothing was written then.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut room = [0; 3];
    /// assert_eq!(std::io::Cursor::new(&mut room[..]).write(b"hello").await?, 3);
    /// assert_eq!(&room, b"hel");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write<'a>(&'a mut self, src: &'a [u8]) -> Write<'a, Self>
    where
        Self: Unpin,
    {
        Write::new(self, src)
    }

    /// Writes once from several buffers, in their order, and returns how many bytes that was.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has written nothing.
    ///
    /// # Errors
    ///
    /// Whatever the destination reports; nothing was written then.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use heist::io::AsyncWriteExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut writer = Vec::new();
    /// let bufs = [IoSlice::new(b"hello, "), IoSlice::new(b"world")];
    /// assert_eq!(writer.write_vectored(&bufs).await?, 12);
    /// assert_eq!(writer, b"hello, world");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write_vectored<'a, 'b>(&'a mut self, bufs: &'a [IoSlice<'b>]) -> WriteVectored<'a, 'b, Self>
    where
        Self: Unpin,
    {
        WriteVectored::new(self, bufs)
    }

    /// Writes once from `src`, advances it, and returns how many bytes that was.
    ///
    /// A buffer of several chunks is written with one vectored write where the destination can do that. 0 means that
    /// the destination takes nothing any more, or that `src` is empty.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has written nothing.
    ///
    /// # Errors
    ///
    /// Whatever the destination reports; nothing was written then.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut src: &[u8] = b"hello";
    /// let mut room = [0; 3];
    /// std::io::Cursor::new(&mut room[..]).write_buf(&mut src).await?;
    /// assert_eq!(src, b"lo");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write_buf<'a, B>(&'a mut self, src: &'a mut B) -> WriteBuf<'a, Self, B>
    where
        Self: Sized + Unpin,
        B: Buf,
    {
        WriteBuf::new(self, src)
    }

    /// Writes from `src`, and advances it, until it is empty.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe if it is called again with the same `src`, which holds exactly what was not written yet.
    ///
    /// # Errors
    ///
    /// Those of the destination, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted).
    /// [`WriteZero`](std::io::ErrorKind::WriteZero) if the destination takes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Buf;
    /// use heist::io::AsyncWriteExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut src = (&b"hello, "[..]).chain(&b"world"[..]);
    /// let mut writer = Vec::new();
    /// writer.write_all_buf(&mut src).await?;
    /// assert_eq!(writer, b"hello, world");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write_all_buf<'a, B>(&'a mut self, src: &'a mut B) -> WriteAllBuf<'a, Self, B>
    where
        Self: Sized + Unpin,
        B: Buf,
    {
        WriteAllBuf::new(self, src)
    }

    /// Writes all of `src`.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early, it may have written some of the bytes, and how many is not known.
    /// [`write_all_buf`](Self::write_all_buf) keeps count.
    ///
    /// # Errors
    ///
    /// Those of the destination, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted).
    /// [`WriteZero`](std::io::ErrorKind::WriteZero) if the destination takes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut writer = Vec::new();
    /// writer.write_all(b"hello").await?;
    /// assert_eq!(writer, b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write_all<'a>(&'a mut self, src: &'a [u8]) -> WriteAll<'a, Self>
    where
        Self: Unpin,
    {
        WriteAll::new(self, src)
    }

    number_methods! {
        write_u8, u8, to_be_bytes, "big-endian", "200";
        write_i8, i8, to_be_bytes, "big-endian", "-100";
        write_u16, u16, to_be_bytes, "big-endian", "50_000";
        write_i16, i16, to_be_bytes, "big-endian", "-30_000";
        write_u32, u32, to_be_bytes, "big-endian", "4_000_000_000";
        write_i32, i32, to_be_bytes, "big-endian", "-2_000_000_000";
        write_u64, u64, to_be_bytes, "big-endian", "1 << 63";
        write_i64, i64, to_be_bytes, "big-endian", "-1 << 62";
        write_u128, u128, to_be_bytes, "big-endian", "1 << 127";
        write_i128, i128, to_be_bytes, "big-endian", "-1 << 126";
        write_f32, f32, to_be_bytes, "big-endian", "1.5";
        write_f64, f64, to_be_bytes, "big-endian", "1.5";
        write_u16_le, u16, to_le_bytes, "little-endian", "50_000";
        write_i16_le, i16, to_le_bytes, "little-endian", "-30_000";
        write_u32_le, u32, to_le_bytes, "little-endian", "4_000_000_000";
        write_i32_le, i32, to_le_bytes, "little-endian", "-2_000_000_000";
        write_u64_le, u64, to_le_bytes, "little-endian", "1 << 63";
        write_i64_le, i64, to_le_bytes, "little-endian", "-1 << 62";
        write_u128_le, u128, to_le_bytes, "little-endian", "1 << 127";
        write_i128_le, i128, to_le_bytes, "little-endian", "-1 << 126";
        write_f32_le, f32, to_le_bytes, "little-endian", "1.5";
        write_f64_le, f64, to_le_bytes, "little-endian", "1.5";
    }

    /// Pushes everything that was written, and is buffered, on to where it belongs.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: flushing again goes on from there.
    ///
    /// # Errors
    ///
    /// Whatever the destination reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncWriteExt, BufWriter};
    ///
    /// # futures::executor::block_on(async {
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"hello").await?;
    /// assert!(writer.get_ref().is_empty());
    /// writer.flush().await?;
    /// assert_eq!(writer.get_ref(), b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn flush(&mut self) -> Flush<'_, Self>
    where
        Self: Unpin,
    {
        Flush::new(self)
    }

    /// Flushes, and tells the other side that no more will come.
    ///
    /// Writing afterwards is an error.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: shutting down again goes on from there.
    ///
    /// # Errors
    ///
    /// Whatever the destination reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// # futures::executor::block_on(async {
    /// let (mut client, mut server) = heist::io::duplex(64);
    /// client.write_all(b"bye").await?;
    /// client.shutdown().await?;
    ///
    /// let mut text = String::new();
    /// server.read_to_string(&mut text).await?;
    /// assert_eq!(text, "bye");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn shutdown(&mut self) -> Shutdown<'_, Self>
    where
        Self: Unpin,
    {
        Shutdown::new(self)
    }
}

impl<W: AsyncWrite + ?Sized> AsyncWriteExt for W {}

//! The operations of everything that implements [`AsyncBufRead`].

use std::pin::Pin;

use crate::io::AsyncBufRead;
use crate::io::util::fill_buf::FillBuf;
use crate::io::util::read_line::ReadLine;
use crate::io::util::read_until::ReadUntil;
use crate::io::util::{Lines, Split};

/// The operations of every [`AsyncBufRead`].
///
/// # Examples
///
/// ```
/// use heist::io::AsyncBufReadExt;
///
/// # futures::executor::block_on(async {
/// let mut lines = "first\nsecond\n".as_bytes().lines();
/// let mut count = 0;
/// while let Some(line) = lines.next_line().await? {
///     count += 1;
/// }
/// assert_eq!(count, 2);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncBufReadExt: AsyncBufRead {
    /// Appends bytes to `buf` up to and including the first `byte`, or up to the end of the source.
    ///
    /// Returns how many bytes were read; 0 is the end of the source.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early, it may have moved some bytes to `buf`. Calling it again with the same `buf` goes
    /// on from there.
    ///
    /// # Errors
    ///
    /// Those of the source, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted). What was
    /// read before is in `buf`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncBufReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader: &[u8] = b"key=value";
    /// let mut buf = Vec::new();
    /// assert_eq!(reader.read_until(b'=', &mut buf).await?, 4);
    /// assert_eq!(buf, b"key=");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_until<'a>(&'a mut self, byte: u8, buf: &'a mut Vec<u8>) -> ReadUntil<'a, Self>
    where
        Self: Unpin,
    {
        ReadUntil::new(self, byte, buf)
    }

    /// Appends a line to `buf`, with the `\n` that ends it if there is one.
    ///
    /// Returns how many bytes were read; 0 is the end of the source.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early, what was read of the line and what was in `buf` is lost. The methods of
    /// [`lines`](Self::lines) are cancel safe, and so is [`read_until`](Self::read_until) if it is called again with
    /// the same buffer.
    ///
    /// # Errors
    ///
    /// Those of the source, except that it goes on after [`Interrupted`](std::io::ErrorKind::Interrupted); what was
    /// read before is in `buf` then, if it is UTF-8. [`InvalidData`](std::io::ErrorKind::InvalidData) if the line is not
    /// UTF-8; it is lost then and `buf` is as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncBufReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader: &[u8] = b"first\nsecond";
    /// let mut line = String::new();
    /// assert_eq!(reader.read_line(&mut line).await?, 6);
    /// assert_eq!(line, "first\n");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_line<'a>(&'a mut self, buf: &'a mut String) -> ReadLine<'a, Self>
    where
        Self: Unpin,
    {
        ReadLine::new(self, buf)
    }

    /// Reads the source in segments that end with `byte`.
    ///
    /// Unlike [`read_until`](Self::read_until) the segments come without that byte.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncBufReadExt, BufReader};
    ///
    /// # futures::executor::block_on(async {
    /// let mut fields = BufReader::new(&b"a,b"[..]).split(b',');
    /// assert_eq!(fields.next_segment().await?.as_deref(), Some(&b"a"[..]));
    /// assert_eq!(fields.next_segment().await?.as_deref(), Some(&b"b"[..]));
    /// assert_eq!(fields.next_segment().await?, None);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn split(self, byte: u8) -> Split<Self>
    where
        Self: Sized + Unpin,
    {
        Split::new(self, byte)
    }

    /// Returns the buffered bytes, filling the buffer from the source first if it is empty.
    ///
    /// An empty slice is the end of the source. The bytes are returned again until [`consume`](Self::consume) is called.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has consumed nothing.
    ///
    /// # Panics
    ///
    /// If the future is polled after it completed.
    ///
    /// # Errors
    ///
    /// Whatever the source reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncBufReadExt, BufReader};
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader = BufReader::new(&b"hello"[..]);
    /// assert_eq!(reader.fill_buf().await?, b"hello");
    /// reader.consume(3);
    /// assert_eq!(reader.fill_buf().await?, b"lo");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn fill_buf(&mut self) -> FillBuf<'_, Self>
    where
        Self: Unpin,
    {
        FillBuf::new(self)
    }

    /// Says that `amt` bytes of the buffer were used, so that they are not returned again.
    ///
    /// `amt` is at most the length of what [`fill_buf`](Self::fill_buf) returned last.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncBufReadExt;
    ///
    /// let mut reader: &[u8] = b"hello";
    /// reader.consume(4);
    /// assert_eq!(reader, b"o");
    /// ```
    fn consume(&mut self, amt: usize)
    where
        Self: Unpin,
    {
        Pin::new(self).consume(amt);
    }

    /// Reads the source line by line, without the ends of the lines.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncBufReadExt, BufReader};
    ///
    /// # futures::executor::block_on(async {
    /// let mut lines = BufReader::new(&b"first\nsecond"[..]).lines();
    /// assert_eq!(lines.next_line().await?.as_deref(), Some("first"));
    /// assert_eq!(lines.next_line().await?.as_deref(), Some("second"));
    /// assert_eq!(lines.next_line().await?, None);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines::new(self)
    }
}

impl<R: AsyncBufRead + ?Sized> AsyncBufReadExt for R {}

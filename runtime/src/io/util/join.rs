//! [`join`]: a stream made of a reader and a writer.

use std::pin::Pin;

use pin_project_lite::pin_project;

use crate::io::forward::{forward_async_buf_read, forward_async_read, forward_async_write};
use crate::io::{AsyncBufRead, AsyncRead, AsyncWrite};

pin_project! {
    /// A stream that reads from one value and writes to another. Made by [`join`].
    #[derive(Debug)]
    pub struct Join<R, W> {
        #[pin]
        reader: R,
        #[pin]
        writer: W,
    }
}

/// Makes a stream that reads from `reader` and writes to `writer`.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, join};
///
/// # futures::executor::block_on(async {
/// let mut stream = join(&b"in"[..], Vec::new());
/// let mut text = String::new();
/// stream.read_to_string(&mut text).await?;
/// stream.write_all(b"out").await?;
/// assert_eq!((text.as_str(), &stream.writer()[..]), ("in", &b"out"[..]));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn join<R, W>(reader: R, writer: W) -> Join<R, W>
where
    R: AsyncRead,
    W: AsyncWrite,
{
    Join { reader, writer }
}

impl<R, W> Join<R, W>
where
    R: AsyncRead,
    W: AsyncWrite,
{
    /// Gives the reader and the writer back.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncWriteExt, join};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut stream = join(heist::io::empty(), Vec::new());
    ///     stream.write_all(b"out").await?;
    ///     let (_empty, written) = stream.into_inner();
    ///     assert_eq!(written, b"out");
    ///     Ok(())
    /// }
    /// ```
    pub fn into_inner(self) -> (R, W) {
        (self.reader, self.writer)
    }

    /// The reader.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::join;
    ///
    /// let stream = join(&b"in"[..], Vec::new());
    /// assert_eq!(*stream.reader(), b"in");
    /// assert!(stream.writer().is_empty());
    /// ```
    pub fn reader(&self) -> &R {
        &self.reader
    }

    /// The writer.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::join;
    ///
    /// let stream = join(&b"in"[..], Vec::new());
    /// assert_eq!(*stream.reader(), b"in");
    /// assert!(stream.writer().is_empty());
    /// ```
    pub fn writer(&self) -> &W {
        &self.writer
    }

    /// The reader.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::join;
    ///
    /// let mut stream = join(&b"in"[..], Vec::new());
    /// *stream.reader_mut() = b"something else";
    /// stream.writer_mut().extend(b"out");
    /// assert_eq!(stream.into_inner(), (&b"something else"[..], b"out".to_vec()));
    /// ```
    pub fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The writer.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::join;
    ///
    /// let mut stream = join(&b"in"[..], Vec::new());
    /// *stream.reader_mut() = b"something else";
    /// stream.writer_mut().extend(b"out");
    /// assert_eq!(stream.into_inner(), (&b"something else"[..], b"out".to_vec()));
    /// ```
    pub fn writer_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// The reader, pinned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// use heist::io::{AsyncReadExt, AsyncWriteExt, join};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut stream = pin!(join(&b"in"[..], Vec::new()));
    ///     assert_eq!(stream.as_mut().reader_pin_mut().read_u8().await?, b'i');
    ///     stream.as_mut().writer_pin_mut().write_u8(b'o').await?;
    ///     assert_eq!(stream.writer(), b"o");
    ///     Ok(())
    /// }
    /// ```
    pub fn reader_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().reader
    }

    /// The writer, pinned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// use heist::io::{AsyncReadExt, AsyncWriteExt, join};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut stream = pin!(join(&b"in"[..], Vec::new()));
    ///     assert_eq!(stream.as_mut().reader_pin_mut().read_u8().await?, b'i');
    ///     stream.as_mut().writer_pin_mut().write_u8(b'o').await?;
    ///     assert_eq!(stream.writer(), b"o");
    ///     Ok(())
    /// }
    /// ```
    pub fn writer_pin_mut(self: Pin<&mut Self>) -> Pin<&mut W> {
        self.project().writer
    }
}

impl<R, W> AsyncRead for Join<R, W>
where
    R: AsyncRead,
{
    forward_async_read!(self => self.project().reader);
}

impl<R, W> AsyncBufRead for Join<R, W>
where
    R: AsyncBufRead,
{
    forward_async_buf_read!(self => self.project().reader);
}

impl<R, W> AsyncWrite for Join<R, W>
where
    W: AsyncWrite,
{
    forward_async_write!(self => self.project().writer, self.writer);
}

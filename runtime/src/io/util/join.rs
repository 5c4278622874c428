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
    pub fn into_inner(self) -> (R, W) {
        (self.reader, self.writer)
    }

    /// The reader.
    pub fn reader(&self) -> &R {
        &self.reader
    }

    /// The writer.
    pub fn writer(&self) -> &W {
        &self.writer
    }

    /// The reader.
    pub fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The writer.
    pub fn writer_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// The reader, pinned.
    pub fn reader_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().reader
    }

    /// The writer, pinned.
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

//! [`BufStream`], which buffers both directions of a stream.

use std::pin::Pin;

use pin_project_lite::pin_project;

use crate::io::forward::{forward_async_buf_read, forward_async_read, forward_async_seek, forward_async_write};
use crate::io::util::{BufReader, BufWriter};
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};

pin_project! {
    /// Gives a stream a buffer for reading and one for writing.
    ///
    /// Dropping it loses what is buffered: call [`flush`](crate::io::AsyncWriteExt::flush) or
    /// [`shutdown`](crate::io::AsyncWriteExt::shutdown) first. See [`BufReader`] and [`BufWriter`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufStream, duplex};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (client, server) = duplex(64);
    ///     let (mut client, mut server) = (BufStream::new(client), BufStream::new(server));
    ///     client.write_all(b"HELO client\n").await?;
    ///     client.flush().await?;
    ///     let mut line = String::new();
    ///     server.read_line(&mut line).await?;
    ///     assert_eq!(line, "HELO client\n");
    ///     Ok(())
    /// }
    /// ```
    #[derive(Debug)]
    pub struct BufStream<RW> {
        #[pin]
        inner: BufReader<BufWriter<RW>>,
    }
}

impl<RW: AsyncRead + AsyncWrite> BufStream<RW> {
    /// A stream with two buffers of 8 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncWriteExt, BufStream, duplex};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = duplex(64);
    ///     let mut stream = BufStream::new(stream);
    ///     // Two calls, one write.
    ///     stream.write_all(b"some ").await?;
    ///     stream.write_all(b"text").await?;
    ///     stream.flush().await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn new(stream: RW) -> BufStream<RW> {
        BufStream { inner: BufReader::new(BufWriter::new(stream)) }
    }

    /// A stream with buffers of `reader_capacity` and `writer_capacity` bytes.
    ///
    /// # Panics
    ///
    /// If `reader_capacity` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufStream, duplex};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = duplex(64);
    ///     let mut stream = BufStream::with_capacity(4, 1024, stream);
    ///     peer.write_all(b"some text").await?;
    ///     assert_eq!(stream.fill_buf().await?, b"some");
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn with_capacity(reader_capacity: usize, writer_capacity: usize, stream: RW) -> BufStream<RW> {
        let inner = BufWriter::with_capacity(writer_capacity, stream);
        BufStream { inner: BufReader::with_capacity(reader_capacity, inner) }
    }

    /// The stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::BufStream;
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     let stream = BufStream::new(stream);
    ///     assert!(stream.get_ref().take_error()?.is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn get_ref(&self) -> &RW {
        self.inner.get_ref().get_ref()
    }

    /// The stream. Using it directly passes by what is buffered here.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt, BufStream, duplex};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = duplex(64);
    ///     let mut stream = BufStream::new(stream);
    ///     stream.write_all(b"late").await?;
    ///     stream.get_mut().write_all(b"early ").await?;
    ///     stream.shutdown().await?;
    ///     let mut received = String::new();
    ///     peer.read_to_string(&mut received).await?;
    ///     assert_eq!(received, "early late");
    ///     Ok(())
    /// }
    /// ```
    pub fn get_mut(&mut self) -> &mut RW {
        self.inner.get_mut().get_mut()
    }

    /// The stream, pinned. Using it directly passes by what is buffered here.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::Pin;
    ///
    /// use heist::io::{AsyncReadExt, AsyncWriteExt, BufStream, duplex};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = duplex(64);
    ///     let mut stream = BufStream::new(stream);
    ///     Pin::new(&mut stream).get_pin_mut().write_u8(7).await?;
    ///     assert_eq!(peer.read_u8().await?, 7);
    ///     Ok(())
    /// }
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut RW> {
        self.project().inner.get_pin_mut().get_pin_mut()
    }

    /// Gives the stream back. What is buffered is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt, BufStream, duplex};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = duplex(64);
    ///     let mut stream = BufStream::new(stream);
    ///     stream.write_u8(7).await?;
    ///     stream.flush().await?;
    ///     let mut stream = stream.into_inner();
    ///     stream.write_u8(8).await?;
    ///     assert_eq!(peer.read_u16().await?, 0x0708);
    ///     Ok(())
    /// }
    /// ```
    pub fn into_inner(self) -> RW {
        self.inner.into_inner().into_inner()
    }
}

impl<RW> From<BufReader<BufWriter<RW>>> for BufStream<RW> {
    fn from(inner: BufReader<BufWriter<RW>>) -> Self {
        BufStream { inner }
    }
}

impl<RW> From<BufWriter<BufReader<RW>>> for BufStream<RW> {
    fn from(writer: BufWriter<BufReader<RW>>) -> Self {
        // The same two buffers, the other way round.
        let BufWriter { inner: BufReader { inner, buf: read_buf, start, end, seek: read_seek }, buf, written, seek } =
            writer;
        let writer = BufWriter { inner, buf, written, seek };
        BufStream { inner: BufReader { inner: writer, buf: read_buf, start, end, seek: read_seek } }
    }
}

impl<RW: AsyncRead + AsyncWrite> AsyncRead for BufStream<RW> {
    forward_async_read!(self => self.project().inner);
}

impl<RW: AsyncRead + AsyncWrite> AsyncBufRead for BufStream<RW> {
    forward_async_buf_read!(self => self.project().inner);
}

impl<RW: AsyncRead + AsyncWrite> AsyncWrite for BufStream<RW> {
    forward_async_write!(self => self.project().inner, self.inner);
}

/// Seeking discards what was read ahead, and writes what is buffered first.
impl<RW: AsyncRead + AsyncWrite + AsyncSeek> AsyncSeek for BufStream<RW> {
    forward_async_seek!(self => self.project().inner);
}

//! [`repeat`]: a source of one byte without end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BufMut;

use crate::io::{AsyncRead, ReadBuf};
use crate::task::coop::poll_proceed;

/// A source that is the same byte without end. Made by [`repeat`].
#[derive(Debug)]
pub struct Repeat {
    byte: u8,
}

/// Makes a source that is `byte` without end.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncReadExt;
///
/// # futures::executor::block_on(async {
/// let mut buf = [0; 3];
/// heist::io::repeat(b'a').read_exact(&mut buf).await?;
/// assert_eq!(&buf, b"aaa");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn repeat(byte: u8) -> Repeat {
    Repeat { byte }
}

impl AsyncRead for Repeat {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(poll_proceed(cx)).made_progress();
        buf.put_bytes(self.byte, buf.remaining());
        Poll::Ready(Ok(()))
    }
}

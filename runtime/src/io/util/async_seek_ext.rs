//! The operations of everything that implements [`AsyncSeek`].

use std::io::SeekFrom;

use crate::io::AsyncSeek;
use crate::io::util::seek::Seek;

/// The operations of every [`AsyncSeek`].
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, SeekFrom};
/// use heist::io::{AsyncReadExt, AsyncSeekExt};
///
/// # futures::executor::block_on(async {
/// let mut cursor = Cursor::new(b"abcdef");
/// cursor.seek(SeekFrom::Start(4)).await?;
/// assert_eq!(cursor.read_u8().await?, b'e');
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncSeekExt: AsyncSeek {
    /// Moves to `position`, in bytes, and returns the new position from the start.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early, the move may or may not happen.
    ///
    /// # Errors
    ///
    /// Moving to a negative position is an error, and the stream may report others.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, SeekFrom};
    /// use heist::io::AsyncSeekExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut cursor = Cursor::new(b"abcdef");
    /// assert_eq!(cursor.seek(SeekFrom::End(-2)).await?, 4);
    /// assert_eq!(cursor.seek(SeekFrom::Current(1)).await?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn seek(&mut self, pos: SeekFrom) -> Seek<'_, Self>
    where
        Self: Unpin,
    {
        Seek::new(self, pos)
    }

    /// Moves to the start.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropped early, the move may or may not happen.
    ///
    /// # Errors
    ///
    /// Whatever the stream reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncSeekExt};
    ///
    /// # futures::executor::block_on(async {
    /// let mut cursor = std::io::Cursor::new(b"abc");
    /// cursor.read_u8().await?;
    /// cursor.rewind().await?;
    /// assert_eq!(cursor.read_u8().await?, b'a');
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn rewind(&mut self) -> Seek<'_, Self>
    where
        Self: Unpin,
    {
        self.seek(SeekFrom::Start(0))
    }

    /// Returns the position, in bytes from the start.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the position does not change.
    ///
    /// # Errors
    ///
    /// Whatever the stream reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncSeekExt};
    ///
    /// # futures::executor::block_on(async {
    /// let mut cursor = std::io::Cursor::new(b"abc");
    /// cursor.read_u8().await?;
    /// assert_eq!(cursor.stream_position().await?, 1);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn stream_position(&mut self) -> Seek<'_, Self>
    where
        Self: Unpin,
    {
        self.seek(SeekFrom::Current(0))
    }
}

impl<S: AsyncSeek + ?Sized> AsyncSeekExt for S {}

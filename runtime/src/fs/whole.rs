//! Whole files: reading, writing and copying them. Each is one trip to the pool, however many system calls it takes.

use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use rustix::fs::fstat;

use super::sys;
use super::unblock::unblock;
use crate::io::evented::read_into;
use crate::io::read_buf::ReadVec;
use crate::io::util::read_to_end::{AppendAll, SMALL};
use crate::io::util::utf8::invalid_utf8;
use crate::io::{AsyncRead, ReadBuf};

/// From this length on, a file's content gets memory in large pages. Vectors of that size are given back to the system when
/// they are dropped: the C library takes them from it one by one.
const LARGE: usize = 32 << 20;

/// Reads a whole file into a vector.
///
/// # Cancel safety
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// As [`std::fs::read`].
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::fs;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let dir = std::env::temp_dir().join("heist-doc-read");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), b"abc").await?;
///     assert_eq!(fs::read(dir.join("a")).await?, b"abc");
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let path = path.as_ref().to_owned();
    unblock(move || read_all(&path)).await
}

/// Reads a whole file into a string.
///
/// # Cancel safety
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// As [`std::fs::read_to_string`]; `InvalidData` if the file is not UTF-8.
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::fs;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let dir = std::env::temp_dir().join("heist-doc-read-to-string");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), "text").await?;
///     assert_eq!(fs::read_to_string(dir.join("a")).await?, "text");
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    let path = path.as_ref().to_owned();
    unblock(move || String::from_utf8(read_all(&path)?).map_err(|_| invalid_utf8())).await
}

/// Writes a whole file. It is created if it does not exist, and replaced if it does.
///
/// `contents` is copied, so that it can be borrowed.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::write`].
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::fs;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let dir = std::env::temp_dir().join("heist-doc-write");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), b"abc").await?;
///     assert_eq!(fs::read(dir.join("a")).await?, b"abc");
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let (path, contents) = (path.as_ref().to_owned(), contents.as_ref().to_owned());
    unblock(move || fs::write(path, contents)).await
}

/// Copies a file and its permissions; replaces what is at `to`. Returns how many bytes that were.
///
/// Where the system can, the bytes do not pass through this process.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::copy`].
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::fs;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let dir = std::env::temp_dir().join("heist-doc-copy");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), b"abc").await?;
///     assert_eq!(fs::copy(dir.join("a"), dir.join("b")).await?, 3);
///     assert_eq!(fs::read(dir.join("b")).await?, b"abc");
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    unblock(move || fs::copy(from, to)).await
}

/// What [`std::fs::read`] does, with fewer system calls, and with fewer page faults if the file is large. Blocks.
fn read_all(path: &Path) -> io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    // It may be another by the time it is read, and is zero where the system makes the content up.
    let length = fstat(&file).map_or(0, |stat| usize::try_from(stat.st_size).unwrap_or(usize::MAX));
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length.max(SMALL))?;
    if length >= LARGE {
        sys::will_be_filled(bytes.spare_capacity_mut());
    }
    let mut bytes = ReadVec::owned(bytes);
    // Only a length that is known says of a read which brought less than it might have that it was the last.
    if length > 0 && read_at_once(&file, &mut bytes, length) {
        return Ok(bytes.take());
    }
    let mut content = AppendAll::new(bytes);
    match content.poll(Pin::new(&mut Blocking(&file)), &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map(|_| content.buf.take()),
        Poll::Pending => unreachable!("a file that blocks is always ready"),
    }
}

/// Reads in one system call what the file should contain and a little more. True if that was all: the file ended where it
/// was said to. Otherwise some may have been read, or none, and the rest, or an error, is left to be read.
fn read_at_once(file: &fs::File, bytes: &mut ReadVec<Vec<u8>>, length: usize) -> bool {
    let mut more = [MaybeUninit::uninit(); SMALL];
    let mut more = ReadBuf::uninit(&mut more);
    let read = bytes.fill(|buf| Poll::Ready(sys::read_both(file, buf, &mut more)));
    bytes.extend(more.filled());
    more.filled().is_empty() && matches!(read, Poll::Ready(Ok(count)) if count == length)
}

/// A file whose reads block.
struct Blocking<'a>(&'a fs::File);

impl AsyncRead for Blocking<'_> {
    fn poll_read(self: Pin<&mut Self>, _cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(read_into(self.0, buf).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read at once of a file with six bytes that is said to have `length`, and whether that is all.
    fn at_once(length: usize) -> (Vec<u8>, bool) {
        let path = std::env::temp_dir().join(format!("heist-at-once-{}-{length}", std::process::id()));
        fs::write(&path, b"abcdef").unwrap();
        let file = fs::File::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let mut bytes = ReadVec::owned(Vec::with_capacity(length));
        let is_all = read_at_once(&file, &mut bytes, length);
        (bytes.take(), is_all)
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_end_is_known_only_where_it_was_expected() {
        let all = b"abcdef".to_vec();
        assert_eq!(at_once(6), (all.clone(), true));
        // It has grown, or shrunk.
        assert_eq!(at_once(4), (all.clone(), false));
        assert_eq!(at_once(8), (all, false));
    }
}

//! [`Stdout`] and [`Stderr`], and the writing on the blocking pool that they share.

use std::future::Future;
use std::io::{self, Write};
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::AsyncWrite;
use crate::runtime::context;
use crate::scheduler;
use crate::task::JoinHandle;

/// The most bytes that one write takes.
const MOST: usize = 2 * 1024 * 1024;

/// Buffers up to this size are kept for the next write.
const KEPT: usize = 64 * 1024;

/// The standard output of the process.
///
/// A write is done when its bytes are on their way, on a thread of the blocking pool; the next operation waits until they
/// have arrived, and reports the error if they have not. So call [`flush`](crate::io::AsyncWriteExt::flush) before
/// relying on it, and at the end of the program. What one `Stdout` writes arrives in order, also if the runtime shuts
/// down; between several of them, and [`std::io::stdout`], there is no order. No lock is held between writes, so
/// what belongs together should be one write.
///
/// As the standard library's, it holds back what follows the last line break until it is flushed.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncWriteExt, stdout};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut stdout = stdout();
///     for number in 0..3 {
///         // One write for a line, so that nobody else's output comes between.
///         stdout.write_all(format!("line {number}\n").as_bytes()).await?;
///     }
///     stdout.flush().await?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Stdout {
    std: io::Stdout,
    writer: Writer<io::Stdout>,
}

/// The standard error of the process.
///
/// A write is done when its bytes are on their way; see [`Stdout`].
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncWriteExt, stderr};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut stderr = stderr();
///     stderr.write_all(b"something went wrong\n").await?;
///     stderr.flush().await?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Stderr {
    std: io::Stderr,
    writer: Writer<io::Stderr>,
}

/// The standard output of the process.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncWriteExt, stdout};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut stdout = stdout();
///     stdout.write_all(b"hello\n").await?;
///     stdout.flush().await
/// }
/// ```
pub fn stdout() -> Stdout {
    Stdout { std: io::stdout(), writer: Writer::new(io::stdout) }
}

/// The standard error of the process.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncWriteExt, stderr};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     stderr().write_all(b"hello\n").await
/// }
/// ```
pub fn stderr() -> Stderr {
    Stderr { std: io::stderr(), writer: Writer::new(io::stderr) }
}

macro_rules! output {
    ($name:ident) => {
        /// Panics outside of a runtime, whose blocking pool it needs.
        impl AsyncWrite for $name {
            fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
                self.writer.poll_write(cx, buf)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.writer.poll_flush(cx)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_flush(cx)
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.std.as_fd()
            }
        }

        impl AsRawFd for $name {
            fn as_raw_fd(&self) -> RawFd {
                self.std.as_raw_fd()
            }
        }
    };
}

output!(Stdout);
output!(Stderr);

/// Writes to what `open` returns, one operation at a time.
#[derive(Debug)]
struct Writer<W> {
    open: fn() -> W,
    /// The operation whose end has not been seen. It returns its buffer.
    running: Option<JoinHandle<(io::Result<()>, Vec<u8>)>>,
    /// A buffer for the next one.
    spare: Vec<u8>,
    /// Something was written since the last flush.
    unflushed: bool,
}

impl<W: Write + 'static> Writer<W> {
    fn new(open: fn() -> W) -> Self {
        Self { open, running: None, spare: Vec::new(), unflushed: false }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_idle(cx))?;
        let piece = piece(buf, MOST);
        if !piece.is_empty() {
            let mut bytes = mem::take(&mut self.spare);
            bytes.extend_from_slice(piece);
            self.unflushed = true;
            self.start(bytes, |mut to, bytes| to.write_all(bytes))?;
        }
        Poll::Ready(Ok(piece.len()))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_idle(cx))?;
        if mem::take(&mut self.unflushed) {
            let bytes = mem::take(&mut self.spare);
            self.start(bytes, |mut to, _| to.flush())?;
        }
        self.poll_idle(cx)
    }

    /// Waits for the operation that runs, and returns its error.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(running) = &mut self.running else { return Poll::Ready(Ok(())) };
        let ended = ready!(Pin::new(running).poll(cx));
        self.running = None;
        let (result, mut bytes) = ended.map_err(|_| io::Error::other("background task failed"))?;
        if bytes.capacity() <= KEPT {
            bytes.clear();
            self.spare = bytes;
        }
        Poll::Ready(result)
    }

    /// Starts an operation, which runs also if the runtime shuts down before its turn comes.
    fn start(&mut self, bytes: Vec<u8>, operation: fn(W, &[u8]) -> io::Result<()>) -> io::Result<()> {
        let open = self.open;
        let runtime = match context::with_current(scheduler::Handle::clone) {
            Ok(runtime) => runtime,
            Err(error) => panic!("{}", error.message()),
        };
        let operation = move || (operation(open(), &bytes), bytes);
        self.running = Some(runtime.blocking().spawn_mandatory(operation, &runtime, Location::caller())?);
        Ok(())
    }
}

/// The start of `bytes` that one write takes: at most `most` bytes, and if it is cut text, not in the midst of a character,
/// so that writes of others cannot come between its parts.
fn piece(bytes: &[u8], most: usize) -> &[u8] {
    let Some(cut) = bytes.get(..most).filter(|cut| cut.len() < bytes.len()) else { return bytes };
    let last = cut.utf8_chunks().last();
    let unfinished = last.map_or(0, |chunk| chunk.invalid().len());
    let whole = cut.len() - unfinished;
    // What is unfinished at the end of text begins a character; in anything else it is as good a cut as others.
    if whole > 0 && unfinished < 4 { &cut[..whole] } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(piece("aä".as_bytes(), 8), "aä".as_bytes());
        assert_eq!(piece("aä".as_bytes(), 3), "aä".as_bytes());
        assert_eq!(piece("aä".as_bytes(), 2), b"a");
        assert_eq!(piece("a\u{1f980}b".as_bytes(), 4), b"a");
        assert_eq!(piece("a\u{1f980}b".as_bytes(), 5), "a\u{1f980}".as_bytes());
        assert_eq!(piece("ä".as_bytes(), 1), &"ä".as_bytes()[..1], "something is written");
        assert_eq!(piece(b"", 4), b"");
    }

    #[test]
    fn other_bytes_are_cut_anywhere() {
        assert_eq!(piece(&[0xff; 9], 4).len(), 3, "an invalid byte at the end may as well wait");
        assert_eq!(piece(&[0x80, 0x80, b'a', b'b'], 3), &[0x80, 0x80, b'a']);
    }
}

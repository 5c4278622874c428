//! [`Stdin`], and the thread that reads for it.
//!
//! Reading the standard input blocks, and may do so for ever: somebody would have to press Enter. A thread of a blocking
//! pool that is stuck there would keep its runtime from ending. So one thread of the process reads, for all runtimes. It
//! is started by the first read and asks the system only while somebody waits.
//!
//! What it has read belongs to whoever asks next. That a task stops waiting, or its runtime ends, therefore loses no
//! byte. That it reads through the standard library's `stdin` means that bytes which synchronous code has read ahead are
//! found. This is also why the thread does not wait for the descriptor first, by poll(2): it cannot tell
//! whether the standard library has something in its buffer, and would wait although there is.
//!
//! ```text
//! Idle -> Asked(n) -> Reading -> Done -> Idle
//!  a task     thread     thread    tasks, until nothing is left
//! ```

use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::{fmt, mem};

use heist_primitives::panic::quietly;

use crate::io::{AsyncRead, ReadBuf};
use crate::scheduler::threads;
use crate::task::coop::poll_proceed;

/// The most bytes that are read at a time: what a pipe holds.
const MOST: usize = 64 * 1024;

static SHARED: Mutex<Shared> =
    Mutex::new(Shared { state: State::Idle, waiting: Vec::new(), has_thread: false, next_id: 0 });

/// Tells the thread that the state is `Asked`.
static ASKED: Condvar = Condvar::new();

/// What the thread and all [`Stdin`]s share.
struct Shared {
    state: State,
    /// Who waits for the state to become `Done`, by [`Stdin::id`].
    waiting: Vec<(u64, Waker)>,
    has_thread: bool,
    next_id: u64,
}

enum State {
    Idle,
    /// Somebody wants so many bytes.
    Asked(usize),
    /// The thread is at it.
    Reading,
    /// What came of it: bytes and how many of them are taken, none of them for the end of the input; or an error.
    Done(io::Result<(Vec<u8>, usize)>),
}

/// The standard input of the process.
///
/// Read by [`stdin`]. All of them are the same stream, and what one of them has asked for goes to whoever reads first. A
/// read that was given up loses nothing: its bytes go to the next one, of any `Stdin` and in any runtime.
///
/// Bytes are read only while somebody waits for them, through [`std::io::stdin`]. A read that nobody waits for any more
/// is not taken back, however: until it has got its bytes, synchronous reads wait for it. Shutting down a runtime does
/// not wait for it.
///
/// To read lines, put it into a [`BufReader`](crate::io::BufReader). For interactive programs a thread of one's own that
/// reads synchronously and sends what it gets through a channel is often simpler.
///
/// # Examples
///
/// ```no_run
/// use heist::io::{AsyncReadExt, stdin};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut text = String::new();
///     stdin().read_to_string(&mut text).await?;
///     println!("{} bytes", text.len());
///     Ok(())
/// }
/// ```
pub struct Stdin {
    std: io::Stdin,
    id: u64,
}

/// The standard input of the process.
///
/// # Examples
///
/// ```no_run
/// use heist::io::{AsyncBufReadExt, BufReader, stdin};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut lines = BufReader::new(stdin()).lines();
///     while let Some(line) = lines.next_line().await? {
///         println!("{line}");
///     }
///     Ok(())
/// }
/// ```
pub fn stdin() -> Stdin {
    let mut shared = lock();
    let id = shared.next_id;
    shared.next_id += 1;
    drop(shared);
    Stdin { std: io::stdin(), id }
}

impl AsyncRead for Stdin {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let coop = ready!(poll_proceed(cx));
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        // Cloned and dropped outside the lock: wakers are user code.
        let mut waker = Some((self.id, cx.waker().clone()));
        let mut shared = lock();
        let result = shared.take(buf).unwrap_or_else(|| match shared.ask(buf.remaining()) {
            Ok(()) => {
                shared.wait(&mut waker);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        });
        drop(shared);
        if result.is_ready() {
            coop.made_progress();
        }
        result
    }
}

fn lock() -> MutexGuard<'static, Shared> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Takes from what was read, if anything was.
    fn take(&mut self, buf: &mut ReadBuf<'_>) -> Option<Poll<io::Result<()>>> {
        let State::Done(result) = &mut self.state else { return None };
        if let Ok((bytes, taken)) = result {
            let rest = &bytes[*taken..];
            let count = rest.len().min(buf.remaining());
            buf.put_slice(&rest[..count]);
            *taken += count;
            if *taken < bytes.len() {
                return Some(Poll::Ready(Ok(())));
            }
        }
        match mem::replace(&mut self.state, State::Idle) {
            State::Done(result) => Some(Poll::Ready(result.map(drop))),
            _ => unreachable!("it was just matched"),
        }
    }

    /// Has the thread read, unless it is about to.
    fn ask(&mut self, count: usize) -> io::Result<()> {
        if let State::Idle = self.state {
            if !self.has_thread {
                threads::spawn("heist-stdin".into(), None, serve)?;
                self.has_thread = true;
            }
            self.state = State::Asked(count.min(MOST));
            ASKED.notify_one();
        }
        Ok(())
    }

    /// Stores a waker, and leaves the one that it replaces in its place.
    fn wait(&mut self, waker: &mut Option<(u64, Waker)>) {
        let id = waker.as_ref().map(|(id, _)| *id);
        match self.waiting.iter_mut().find(|(other, _)| Some(*other) == id) {
            Some(place) => {
                if let Some(waker) = waker {
                    mem::swap(place, waker);
                }
            }
            None => self.waiting.extend(waker.take()),
        }
    }
}

/// The thread's body.
fn serve() {
    loop {
        let mut shared = lock();
        let count = loop {
            if let State::Asked(count) = shared.state {
                shared.state = State::Reading;
                break count;
            }
            shared = ASKED.wait(shared).unwrap_or_else(PoisonError::into_inner);
        };
        drop(shared);
        let mut bytes = vec![0; count];
        let result = read(&mut bytes);
        let mut shared = lock();
        shared.state = State::Done(result.map(|count| {
            bytes.truncate(count);
            (bytes, 0)
        }));
        let waiting = mem::take(&mut shared.waiting);
        drop(shared);
        for (_, waker) in waiting {
            // A waker that panics shall keep nobody else from reading.
            quietly(|| waker.wake());
        }
    }
}

fn read(bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match io::stdin().read(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl Drop for Stdin {
    fn drop(&mut self) {
        let mut shared = lock();
        let place = shared.waiting.iter().position(|(id, _)| *id == self.id);
        let waker = place.map(|place| shared.waiting.swap_remove(place));
        drop(shared);
        drop(waker);
    }
}

impl fmt::Debug for Stdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdin").finish_non_exhaustive()
    }
}

impl AsFd for Stdin {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.std.as_fd()
    }
}

impl AsRawFd for Stdin {
    fn as_raw_fd(&self) -> RawFd {
        self.std.as_raw_fd()
    }
}

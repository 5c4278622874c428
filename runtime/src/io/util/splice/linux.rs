//! Linux: `splice` from the reader into a pipe, and out of the pipe to the writer.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use heist_io_driver::Direction;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

use super::{Channel, Step};
use crate::io::evented::poll_io_on;

/// So many reads in a row have to fill the largest buffer.
const STREAK: u8 = 4;

/// A step that moves fewer bytes gives the work back to the buffer.
const SMALL: usize = 16 * 1024;

/// The most bytes of one step.
const MOST: usize = 1024 * 1024;

/// How large pipes are made, best first: the kernel refuses some if the user has many already. A smaller one would be no
/// faster than the buffer.
const PIPE_SIZES: [usize; 2] = [MOST, 256 * 1024];

/// How many pipes there may be at the same time: half of what an unprivileged user may have, all processes together.
const MOST_PIPES: usize = 32;

/// How many of them are kept when they are not used.
const KEPT_PIPES: usize = 8;

static PIPES: Mutex<Pipes> = Mutex::new(Pipes { free: Vec::new(), count: 0 });

/// The pipes of the process.
struct Pipes {
    free: Vec<Ends>,
    /// How many there are, used ones included.
    count: usize,
}

#[derive(Debug)]
struct Ends {
    reader: OwnedFd,
    writer: OwnedFd,
}

/// Decides when to splice, and does.
#[derive(Debug, Default)]
pub(in super::super) struct Splicer {
    pipe: Option<Pipe>,
    /// Reads in a row that have filled the buffer.
    streak: u8,
    /// One of the ends cannot be spliced.
    is_off: bool,
}

impl Splicer {
    /// A read has filled the largest buffer, or has not.
    pub(in super::super) fn read_filled(&mut self, is_filled: bool) {
        self.streak = if is_filled { self.streak.saturating_add(1) } else { 0 };
    }

    /// True if the next step shall be [`poll_step`](Self::poll_step), and not one of the buffer, which is empty.
    pub(in super::super) fn takes_over(&mut self) -> bool {
        if self.pipe.is_none() && self.streak >= STREAK && !self.is_off {
            self.pipe = Pipe::borrow();
        }
        self.pipe.is_some()
    }

    /// There is nothing to splice: one of the ends is more than a descriptor.
    pub(in super::super) fn turn_off(&mut self) {
        self.is_off = true;
        self.pipe = None;
    }

    /// Moves some bytes. On `Pending` the task is woken when it can go on.
    pub(in super::super) fn poll_step(
        &mut self,
        cx: &mut Context<'_>,
        from: Channel<'_>,
        to: Channel<'_>,
    ) -> Poll<io::Result<Step>> {
        let Some(pipe) = &mut self.pipe else { return self.hand_over(Vec::new()) };
        if pipe.held == 0 {
            if from.registration.poll_ready(cx, Direction::Read)?.is_pending() {
                self.pipe = None;
                return Poll::Pending;
            }
            match pipe.fill(from) {
                // Nothing to splice need not mean nothing to read: `splice` never passes the mark that urgent data leaves
                // in a TCP stream, and takes it for the end. A read tells.
                Ok(0) => return self.hand_over(Vec::new()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return self.hand_over(Vec::new()),
                Err(error) if is_unsupported(&error) => {
                    self.is_off = true;
                    return self.hand_over(Vec::new());
                }
                Err(error) => return Poll::Ready(Err(error)),
                Ok(count) if count < SMALL => self.streak = 0,
                Ok(_) => {}
            }
        }
        match ready!(poll_io_on(to.registration, cx, Direction::Write, || pipe.drain(to))) {
            Ok(count) => {
                if pipe.held == 0 && self.streak < STREAK {
                    self.pipe = None;
                }
                Poll::Ready(Ok(Step::Moved(count)))
            }
            Err(error) if is_unsupported(&error) => {
                let rest = pipe.take()?;
                self.is_off = true;
                self.hand_over(rest)
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn hand_over(&mut self, rest: Vec<u8>) -> Poll<io::Result<Step>> {
        self.pipe = None;
        Poll::Ready(Ok(Step::Buffer(rest)))
    }
}

/// True if the kernel cannot splice this kind of descriptor.
fn is_unsupported(error: &io::Error) -> bool {
    let codes = [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP];
    codes.iter().any(|code| error.raw_os_error() == Some(code.raw_os_error()))
}

/// A pipe that is borrowed from the process's.
#[derive(Debug)]
struct Pipe {
    /// Present until it is given back.
    ends: Option<Ends>,
    /// Bytes in it.
    held: usize,
}

impl Pipe {
    /// A pipe, unless all are taken or the system has none left.
    fn borrow() -> Option<Self> {
        let mut pipes = lock();
        if let Some(ends) = pipes.free.pop() {
            return Some(Self { ends: Some(ends), held: 0 });
        }
        if pipes.count >= MOST_PIPES {
            return None;
        }
        let ends = Ends::new()?;
        pipes.count += 1;
        Some(Self { ends: Some(ends), held: 0 })
    }

    fn ends(&self) -> &Ends {
        self.ends.as_ref().expect("it is there until the drop")
    }

    /// Moves what is there, into the empty pipe.
    fn fill(&mut self, from: Channel<'_>) -> io::Result<usize> {
        self.held = step(from.fd, &self.ends().writer, MOST)?;
        Ok(self.held)
    }

    /// Moves what there is room for, out of a pipe that is not empty.
    fn drain(&mut self, to: Channel<'_>) -> io::Result<usize> {
        let count = step(&self.ends().reader, to.fd, self.held)?;
        self.held -= count;
        if count == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(count) }
    }

    /// Reads what it holds.
    fn take(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.held];
        while self.held > 0 {
            let begin = bytes.len() - self.held;
            match rustix::io::read(&self.ends().reader, &mut bytes[begin..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => self.held -= count,
            }
        }
        Ok(bytes)
    }
}

fn step(from: impl AsFd, to: impl AsFd, most: usize) -> io::Result<usize> {
    let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
    loop {
        match splice(&from, None, &to, None, most, flags) {
            Err(Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let mut pipes = lock();
        let ends = self.ends.take();
        if self.held == 0 && pipes.free.len() < KEPT_PIPES {
            pipes.free.extend(ends);
        } else {
            pipes.count -= 1;
        }
    }
}

impl Ends {
    fn new() -> Option<Self> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).ok()?;
        PIPE_SIZES.iter().find(|size| fcntl_setpipe_size(&writer, **size).is_ok())?;
        Some(Self { reader, writer })
    }
}

fn lock() -> MutexGuard<'static, Pipes> {
    PIPES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, feature = "net"))]
mod tests {
    use std::fs::File;
    use std::future::poll_fn;
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::io::evented::Evented;
    use crate::io::{Interest, Ready};
    use crate::runtime::Builder;

    fn in_runtime(test: impl AsyncFnOnce()) {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(test());
    }

    /// A socket with something to read, which could also be written to.
    fn socket(content: &[u8]) -> (Evented<UnixStream>, UnixStream) {
        let (a, mut b) = UnixStream::pair().unwrap();
        a.set_nonblocking(true).unwrap();
        b.write_all(content).unwrap();
        let interest = Interest::READABLE | Interest::WRITABLE;
        (Evented::new(a, interest, Ready::READABLE | Ready::WRITABLE).unwrap(), b)
    }

    fn eager() -> Splicer {
        let mut splicer = Splicer::default();
        for _ in 0..STREAK {
            assert!(!splicer.takes_over());
            splicer.read_filled(true);
        }
        assert!(splicer.takes_over());
        splicer
    }

    #[test]
    fn a_step_that_is_small_is_the_last() {
        in_runtime(async || {
            let (from, _other) = socket(b"some bytes");
            let (to, _peer) = socket(b"");
            let mut splicer = eager();
            let step = poll_fn(|cx| splicer.poll_step(cx, from.channel(), to.channel())).await.unwrap();
            assert_eq!(step, Step::Moved(10));
            assert!(splicer.pipe.is_none() && !splicer.takes_over());
        });
    }

    #[test]
    fn a_reader_that_waits_needs_no_pipe() {
        in_runtime(async || {
            let (from, _other) = socket(b"");
            let (to, _peer) = socket(b"");
            let mut splicer = eager();
            // It was said to be ready, so a read finds out that it is not.
            let step = poll_fn(|cx| splicer.poll_step(cx, from.channel(), to.channel())).await.unwrap();
            assert_eq!(step, Step::Buffer(Vec::new()));
            assert!(splicer.pipe.is_none());
            let failure = from.try_read(&mut [0]).unwrap_err();
            assert_eq!(failure.kind(), io::ErrorKind::WouldBlock);
            assert!(splicer.takes_over(), "the streak is not over");
            poll_fn(|cx| {
                assert!(splicer.poll_step(cx, from.channel(), to.channel()).is_pending());
                Poll::Ready(())
            })
            .await;
            assert!(splicer.pipe.is_none());
        });
    }

    #[test]
    fn a_full_writer_that_counts_as_closed_does_not_keep_the_thread() {
        in_runtime(async || {
            let (from, _other) = socket(b"some bytes");
            let (to, _peer) = UnixStream::pair().unwrap();
            to.set_nonblocking(true).unwrap();
            while (&to).write(&[0; 4096]).is_ok() {}
            // As a socket is with something in its queue of errors: that is never cleared.
            let to = Evented::new(to, Interest::WRITABLE, Ready::WRITABLE | Ready::WRITE_CLOSED).unwrap();
            let mut splicer = eager();
            poll_fn(|cx| {
                assert!(splicer.poll_step(cx, from.channel(), to.channel()).is_pending());
                Poll::Ready(())
            })
            .await;
            assert_eq!(splicer.pipe.unwrap().held, 10);
        });
    }

    #[test]
    fn a_short_read_ends_the_streak() {
        let mut splicer = Splicer::default();
        for _ in 0..STREAK - 1 {
            splicer.read_filled(true);
        }
        splicer.read_filled(false);
        splicer.read_filled(true);
        assert!(!splicer.takes_over());
    }

    #[test]
    fn bytes_in_the_pipe_survive_a_writer_that_cannot_be_spliced() {
        in_runtime(async || {
            let (from, other) = socket(b"some bytes");
            let path = std::env::temp_dir().join(format!("heist-splice-{}", std::process::id()));
            // The kernel does not splice to files that are appended to.
            let file = File::options().append(true).create(true).open(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            let to = Channel::new(file.as_fd(), from.registration());
            let mut splicer = eager();
            let step = poll_fn(|cx| splicer.poll_step(cx, from.channel(), to)).await.unwrap();
            assert_eq!(step, Step::Buffer(b"some bytes".to_vec()));
            splicer.read_filled(true);
            assert!(splicer.is_off && !splicer.takes_over());
            drop(other);
        });
    }
}

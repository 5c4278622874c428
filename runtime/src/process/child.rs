//! [`Child`], a process that was started.

use std::future::poll_fn;
use std::io;
use std::process::{self, ExitStatus, Output};
use std::task::{Context, Poll, ready};

use super::exit::Exit;
use super::orphans::{self, Orphan};
use super::{ChildStderr, ChildStdin, ChildStdout};
use crate::io::{AsyncRead, AsyncReadExt};

/// A process that was started by [`Command::spawn`](super::Command::spawn).
///
/// Dropping it does not end the process, unless [`kill_on_drop`](super::Command::kill_on_drop) was set.
///
/// # Examples
///
/// ```
/// use std::process::Stdio;
///
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::process::Command;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut child = Command::new("tr").args(["a-z", "A-Z"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
///     child.stdin.take().expect("it is a pipe").write_all(b"hello").await?;
///     let mut output = String::new();
///     child.stdout.take().expect("it is a pipe").read_to_string(&mut output).await?;
///     assert!(child.wait().await?.success());
///     assert_eq!(output, "HELLO");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Child {
    process: Process,
    /// The way to its standard input, if that is a pipe. Take it out to use it beside [`wait`](Self::wait), which would
    /// close it.
    pub stdin: Option<ChildStdin>,
    /// What it writes to its standard output, if that is a pipe.
    pub stdout: Option<ChildStdout>,
    /// What it writes to its standard error, if that is a pipe.
    pub stderr: Option<ChildStderr>,
}

impl Child {
    /// Takes a process over that was just started. If that fails the process is killed, since nobody could reach it.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    #[track_caller]
    pub(super) fn new(mut child: process::Child, kill_on_drop: bool) -> io::Result<Self> {
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let mut running = match Exit::watch(&child) {
            Ok(exit) => Running { parts: Some((child, exit)), kill_on_drop: true },
            Err(error) => {
                let _ = child.kill();
                orphans::adopt(Orphan::new(child, None));
                return Err(error);
            }
        };
        let stdin = pipes.0.map(ChildStdin::from_std).transpose()?;
        let stdout = pipes.1.map(ChildStdout::from_std).transpose()?;
        let stderr = pipes.2.map(ChildStderr::from_std).transpose()?;
        running.kill_on_drop = kill_on_drop;
        Ok(Self { process: Process::Running(running), stdin, stdout, stderr })
    }

    /// The number of the process; `None` once its end was noticed, since the system may give the number to another then.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut child = Command::new("true").spawn()?;
    ///     assert!(child.id().is_some());
    ///     child.wait().await?;
    ///     assert!(child.id().is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn id(&self) -> Option<u32> {
        match &self.process {
            Process::Running(running) => running.parts.as_ref().map(|(child, _)| child.id()),
            Process::Exited(_) => None,
        }
    }

    /// Tells the process to end, by SIGKILL on Unix, without waiting for it. Nothing happens if its end was noticed.
    ///
    /// It has to be waited for all the same, or dropped, to be gone.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut child = Command::new("sleep").arg("1000").spawn()?;
    ///     child.start_kill()?;
    ///     assert!(!child.wait().await?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn start_kill(&mut self) -> io::Result<()> {
        match &mut self.process {
            Process::Running(running) => {
                let (child, exit) = running.parts();
                exit.kill(child)
            }
            Process::Exited(_) => Ok(()),
        }
    }

    /// Kills the process and waits for its end.
    ///
    /// # Cancel safety
    ///
    /// The process is killed at the first poll; dropped after that, only the waiting is given up.
    ///
    /// # Errors
    ///
    /// As [`start_kill`](Self::start_kill) and [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut child = Command::new("sleep").arg("1000").spawn()?;
    ///     child.kill().await?;
    ///     assert!(!child.wait().await?.success());
    ///     Ok(())
    /// }
    /// ```
    pub async fn kill(&mut self) -> io::Result<()> {
        self.start_kill()?;
        self.wait().await?;
        Ok(())
    }

    /// Waits for the end of the process. Its standard input is closed first, so that it does not wait for more of it.
    ///
    /// Called again, it returns the same status.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, but the standard input stays closed.
    ///
    /// # Errors
    ///
    /// That of the system, for instance if somebody else has collected the process; or the runtime in which it was
    /// started has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut child = Command::new("true").spawn()?;
    ///     assert!(child.wait().await?.success());
    ///     assert_eq!(child.id(), None);
    ///     Ok(())
    /// }
    /// ```
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        self.exit().await
    }

    async fn exit(&mut self) -> io::Result<ExitStatus> {
        poll_fn(|cx| self.process.poll_exit(cx)).await
    }

    /// The exit status if the process has ended; `None` if it runs. It neither waits nor closes the standard input.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut child = Command::new("sleep").arg("1000").spawn()?;
    ///     assert!(child.try_wait()?.is_none());
    ///     child.kill().await?;
    ///     assert!(child.try_wait()?.is_some());
    ///     Ok(())
    /// }
    /// ```
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        match &mut self.process {
            Process::Running(running) => {
                let status = running.child().try_wait()?;
                if let Some(status) = status {
                    self.process = Process::Exited(status);
                }
                Ok(status)
            }
            Process::Exited(status) => Ok(Some(*status)),
        }
    }

    /// Waits for the end of the process and for all that it writes to those of its streams that are pipes and still here.
    /// Its standard input is closed first.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: what was read is lost, and the child is dropped.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), or that of a read.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::process::Stdio;
    ///
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    ///     let output = child.wait_with_output().await?;
    ///     assert_eq!(output.stdout, b"hello\n");
    ///     assert!(output.stderr.is_empty());
    ///     Ok(())
    /// }
    /// ```
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        let (mut stdout, mut stderr) = (self.stdout.take(), self.stderr.take());
        let (status, stdout, stderr) = crate::try_join!(self.wait(), read_all(&mut stdout), read_all(&mut stderr))?;
        Ok(Output { status, stdout, stderr })
    }
}

async fn read_all(pipe: &mut Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// What is known of the process.
#[derive(Debug)]
enum Process {
    /// Nobody has noticed its end.
    Running(Running),
    Exited(ExitStatus),
}

impl Process {
    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        match self {
            Self::Running(running) => {
                let (child, exit) = running.parts();
                let status = ready!(exit.poll(child, cx))?;
                *self = Self::Exited(status);
                Poll::Ready(Ok(status))
            }
            Self::Exited(status) => Poll::Ready(Ok(*status)),
        }
    }
}

/// A process that may still run. Dropped, it is collected by somebody else.
#[derive(Debug)]
struct Running {
    /// Present until the drop.
    parts: Option<(process::Child, Exit)>,
    kill_on_drop: bool,
}

impl Running {
    fn parts(&mut self) -> (&mut process::Child, &mut Exit) {
        let (child, exit) = self.parts.as_mut().expect("it is there until the drop");
        (child, exit)
    }

    fn child(&mut self) -> &mut process::Child {
        self.parts().0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some((mut child, exit)) = self.parts.take() else { return };
        // What has ended is collected here, and nothing is killed.
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        if self.kill_on_drop {
            // It fails only for a process that is not ours any more.
            let _ = exit.kill(&mut child);
        }
        orphans::adopt(Orphan::new(child, exit.into_descriptor()));
    }
}

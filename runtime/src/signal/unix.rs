//! Signals of Unix systems: [`signal`] begins to listen, [`Signal`] waits.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::os::raw::c_int;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustix::process::Signal as Number;

use super::registry::{self, Event};
use crate::sync::futures::OwnedNotified;
use crate::task::coop;

/// A kind of signal, such as "interrupt".
///
/// # Examples
///
/// ```
/// use heist::signal::unix::{SignalKind, signal};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut resize = signal(SignalKind::window_change())?;
///     let mut real_time = signal(SignalKind::from_raw(libc::SIGRTMIN()))?;
///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH)?;
///     heist::select! {
///         _ = resize.recv() => println!("draw everything again"),
///         _ = real_time.recv() => println!("a signal that has no name here"),
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, Hash, PartialEq, Eq)]
pub struct SignalKind(c_int);

impl SignalKind {
    /// Any signal the system has, by its number.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::SignalKind;
    ///
    /// assert_eq!(SignalKind::from_raw(libc::SIGTERM), SignalKind::terminate());
    /// ```
    pub const fn from_raw(signum: c_int) -> Self {
        Self(signum)
    }

    /// The signal's number.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::SignalKind;
    ///
    /// assert_eq!(SignalKind::terminate().as_raw_value(), libc::SIGTERM);
    /// ```
    pub const fn as_raw_value(&self) -> c_int {
        self.0
    }

    /// SIGALRM: a timer of the system went off.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::SignalKind;
    ///
    /// assert_eq!(SignalKind::alarm().as_raw_value(), libc::SIGALRM);
    /// ```
    pub const fn alarm() -> Self {
        Self(Number::ALARM.as_raw())
    }

    /// SIGCHLD: the state of a child process changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use heist::signal::unix::{SignalKind, signal};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut ended = signal(SignalKind::child())?;
    ///     let mut child = Command::new("true").spawn()?;
    ///     ended.recv().await;
    ///     child.wait().await?;
    ///     Ok(())
    /// }
    /// ```
    pub const fn child() -> Self {
        Self(Number::CHILD.as_raw())
    }

    /// SIGHUP: the terminal is gone; by convention, reload the configuration.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::{SignalKind, signal};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reload = signal(SignalKind::hangup())?;
    ///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP)?;
    ///     reload.recv().await;
    ///     println!("reading the configuration again");
    ///     Ok(())
    /// }
    /// ```
    pub const fn hangup() -> Self {
        Self(Number::HUP.as_raw())
    }

    /// SIGINT: Ctrl-C.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::{SignalKind, signal};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut interrupt = signal(SignalKind::interrupt())?;
    ///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT)?;
    ///     interrupt.recv().await;
    ///     println!("once more to stop at once");
    ///     Ok(())
    /// }
    /// ```
    pub const fn interrupt() -> Self {
        Self(Number::INT.as_raw())
    }

    /// SIGIO: a file is ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::SignalKind;
    ///
    /// assert_eq!(SignalKind::io().as_raw_value(), libc::SIGIO);
    /// ```
    pub const fn io() -> Self {
        Self(Number::IO.as_raw())
    }

    /// SIGPIPE: a write to a pipe without a reader.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::SignalKind;
    ///
    /// assert_eq!(SignalKind::pipe().as_raw_value(), libc::SIGPIPE);
    /// ```
    pub const fn pipe() -> Self {
        Self(Number::PIPE.as_raw())
    }

    /// SIGQUIT: Ctrl-\.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::SignalKind;
    ///
    /// assert_eq!(SignalKind::quit().as_raw_value(), libc::SIGQUIT);
    /// ```
    pub const fn quit() -> Self {
        Self(Number::QUIT.as_raw())
    }

    /// SIGTERM: a request to end.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::{SignalKind, signal};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut stop = signal(SignalKind::terminate())?;
    ///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM)?;
    ///     stop.recv().await;
    ///     println!("finishing what was begun");
    ///     Ok(())
    /// }
    /// ```
    pub const fn terminate() -> Self {
        Self(Number::TERM.as_raw())
    }

    /// SIGUSR1: whatever the program makes of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::{SignalKind, signal};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut report = signal(SignalKind::user_defined1())?;
    ///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::USR1)?;
    ///     report.recv().await;
    ///     println!("{:?}", heist::runtime::Handle::current().metrics().num_alive_tasks());
    ///     Ok(())
    /// }
    /// ```
    pub const fn user_defined1() -> Self {
        Self(Number::USR1.as_raw())
    }

    /// SIGUSR2: whatever the program makes of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::SignalKind;
    ///
    /// assert_eq!(SignalKind::user_defined2().as_raw_value(), libc::SIGUSR2);
    /// ```
    pub const fn user_defined2() -> Self {
        Self(Number::USR2.as_raw())
    }

    /// SIGWINCH: the size of the terminal changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::{SignalKind, signal};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut resize = signal(SignalKind::window_change())?;
    ///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH)?;
    ///     resize.recv().await;
    ///     println!("draw everything again");
    ///     Ok(())
    /// }
    /// ```
    pub const fn window_change() -> Self {
        Self(Number::WINCH.as_raw())
    }
}

impl From<c_int> for SignalKind {
    fn from(signum: c_int) -> Self {
        Self::from_raw(signum)
    }
}

impl From<SignalKind> for c_int {
    fn from(kind: SignalKind) -> Self {
        kind.as_raw_value()
    }
}

/// Begins to listen to a signal.
///
/// The first call for a kind installs a handler for the life of the process: the signal's default action, such as
/// ending the process, does not come back, also when the [`Signal`] is dropped.
///
/// # Errors
///
/// If the signal cannot be handled (such as SIGKILL and SIGSEGV), or the handler or the thread that serves it cannot be
/// set up.
///
/// # Examples
///
/// ```no_run
/// use heist::signal::unix::{SignalKind, signal};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut reload = signal(SignalKind::hangup())?;
///     while reload.recv().await.is_some() {
///         println!("reloading");
///     }
///     Ok(())
/// }
/// ```
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    let event = registry::listen(kind.0)?;
    let next = Box::pin(event.notified());
    let seen = event.count();
    Ok(Signal { event, seen, next })
}

/// Listens to one kind of signal, from its creation on.
///
/// Signals that come while nobody receives are not counted: the next [`recv`](Self::recv) reports one for all of them.
///
/// # Examples
///
/// ```
/// use heist::signal::unix::{SignalKind, signal};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut first = signal(SignalKind::user_defined1())?;
///     let mut second = signal(SignalKind::user_defined1())?;
///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::USR1)?;
///     // Each listener hears of it.
///     heist::join!(first.recv(), second.recv());
///     Ok(())
/// }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Signal {
    event: Arc<Event>,
    /// The count up to which signals were reported.
    seen: usize,
    /// Ready at the next signal after `seen` was compared last; created before that comparison.
    next: Pin<Box<OwnedNotified>>,
}

impl Signal {
    /// Waits for the next signal. Never returns `None`.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped early it has reported nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::signal::unix::{SignalKind, signal};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reload = signal(SignalKind::hangup())?;
    ///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP)?;
    ///     while reload.recv().await.is_some() {
    ///         println!("reading the configuration again");
    ///         # break;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv(&mut self) -> Option<()> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Ready if a signal came since the last report; otherwise the task will be woken by the next. Never `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// use heist::signal::unix::{SignalKind, signal};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reload = signal(SignalKind::hangup())?;
    ///     # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP)?;
    ///     assert!(poll_fn(|cx| reload.poll_recv(cx)).await.is_some());
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let coop = ready!(coop::poll_proceed(cx));
        loop {
            let count = self.event.count();
            if count != self.seen {
                self.seen = count;
                coop.made_progress();
                return Poll::Ready(Some(()));
            }
            ready!(self.next.as_mut().poll(cx));
            self.next.set(self.event.notified());
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal").field("seen", &self.seen).finish_non_exhaustive()
    }
}

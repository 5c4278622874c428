//! [`Command`], which starts processes.

use std::ffi::OsStr;
use std::future::Future;
use std::io;
use std::path::Path;
use std::process::{self, ExitStatus, Output, Stdio};

use super::{Child, orphans};
use crate::io::evented::io_handle;

/// How to start a process; [`std::process::Command`] with asynchronous children.
///
/// Unless said otherwise, the process gets no arguments, this process's environment and directory, and its standard
/// streams.
///
/// # Examples
///
/// ```
/// use heist::process::Command;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let status = Command::new("sh").arg("-c").arg("exit 3").status().await?;
///     assert_eq!(status.code(), Some(3));
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Command {
    pub(super) std: process::Command,
    kill_on_drop: bool,
}

/// Starting.
impl Command {
    /// Starts the process.
    ///
    /// # Errors
    ///
    /// That of the system, such as `NotFound` and `PermissionDenied`. If the process was started and cannot be watched it
    /// is killed.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
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
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn spawn(&mut self) -> io::Result<Child> {
        // A panic must come before there is a process.
        drop(io_handle());
        orphans::serve_left_over();
        Child::new(self.std.spawn()?, self.kill_on_drop)
    }

    /// Starts the process now, and waits for its end in the future that it returns. Pipes to the process are closed first,
    /// so set none up.
    ///
    /// Dropping the future kills the process only with [`kill_on_drop`](Self::kill_on_drop).
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn) and [`Child::wait`], by the future.
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     assert!(Command::new("true").status().await?.success());
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        let child = self.spawn();
        async {
            let mut child = child?;
            drop((child.stdin.take(), child.stdout.take(), child.stderr.take()));
            child.wait().await
        }
    }

    /// Starts the process now, and collects its output in the future that it returns. Standard output and standard error
    /// become pipes, whatever they were set to; [`Child::wait_with_output`] leaves that to the caller.
    ///
    /// Dropping the future kills the process only with [`kill_on_drop`](Self::kill_on_drop).
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn) and [`Child::wait_with_output`], by the future.
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let output = Command::new("sh").arg("-c").arg("echo out; echo err >&2").output().await?;
    ///     assert_eq!(output.stdout, b"out\n");
    ///     assert_eq!(output.stderr, b"err\n");
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> + use<> {
        self.std.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.spawn();
        async { child?.wait_with_output().await }
    }
}

/// Setting up.
impl Command {
    /// A command that runs `program`, which is looked for as the standard library does: in `PATH`, unless it contains a
    /// slash.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let output = Command::new("echo").arg("hello").output().await?;
    ///     assert_eq!(output.stdout, b"hello\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn new<S: AsRef<OsStr>>(program: S) -> Command {
        Self::from(process::Command::new(program))
    }

    /// The standard library's command inside.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut command = Command::new("echo");
    ///     command.arg("hello");
    ///     assert_eq!(command.as_std().get_program(), "echo");
    ///     Ok(())
    /// }
    /// ```
    pub fn as_std(&self) -> &process::Command {
        &self.std
    }

    /// The standard library's command inside, for what this type does not offer.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut command = Command::new("echo");
    ///     command.as_std_mut().arg("hello");
    ///     assert_eq!(command.output().await?.stdout, b"hello\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn as_std_mut(&mut self) -> &mut process::Command {
        &mut self.std
    }

    /// Gives up the standard library's command inside. [`kill_on_drop`](Self::kill_on_drop) is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut command: std::process::Command = Command::new("true").into_std();
    ///     assert!(command.status()?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn into_std(self) -> process::Command {
        self.std
    }

    /// Adds one argument.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let output = Command::new("echo").arg("one").arg("two").output().await?;
    ///     assert_eq!(output.stdout, b"one two\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn arg<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Command {
        self.std.arg(arg);
        self
    }

    /// Adds several arguments.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let output = Command::new("echo").args(["one", "two"]).output().await?;
    ///     assert_eq!(output.stdout, b"one two\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn args<I, S>(&mut self, args: I) -> &mut Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.std.args(args);
        self
    }

    /// Sets a variable of the process's environment.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let output = Command::new("sh").args(["-c", "echo $WHO"]).env("WHO", "world").output().await?;
    ///     assert_eq!(output.stdout, b"world\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn env<K, V>(&mut self, key: K, val: V) -> &mut Command
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.env(key, val);
        self
    }

    /// Sets several variables of the process's environment.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let variables = [("A", "1"), ("B", "2")];
    ///     let output = Command::new("sh").args(["-c", "echo $A$B"]).envs(variables).output().await?;
    ///     assert_eq!(output.stdout, b"12\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Command
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.envs(vars);
        self
    }

    /// Takes a variable out of the process's environment.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut command = Command::new("sh");
    ///     command.args(["-c", "echo ${HOME-none}"]).env_remove("HOME");
    ///     assert_eq!(command.output().await?.stdout, b"none\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn env_remove<K: AsRef<OsStr>>(&mut self, key: K) -> &mut Command {
        self.std.env_remove(key);
        self
    }

    /// Lets the process's environment begin empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let output = Command::new("/bin/sh").args(["-c", "echo ${HOME-none}"]).env_clear().output().await?;
    ///     assert_eq!(output.stdout, b"none\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn env_clear(&mut self) -> &mut Command {
        self.std.env_clear();
        self
    }

    /// Sets the directory that the process starts in. Whether a relative path of the program is looked for there is up to
    /// the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let output = Command::new("pwd").current_dir("/").output().await?;
    ///     assert_eq!(output.stdout, b"/\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn current_dir<P: AsRef<Path>>(&mut self, dir: P) -> &mut Command {
        self.std.current_dir(dir);
        self
    }

    /// Sets the process's standard input.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use std::process::Stdio;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // It reads nothing, and ends at once.
    ///     assert!(Command::new("cat").stdin(Stdio::null()).status().await?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn stdin<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Command {
        self.std.stdin(cfg);
        self
    }

    /// Sets the process's standard output.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use std::process::Stdio;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let status = Command::new("echo").arg("unheard").stdout(Stdio::null()).status().await?;
    ///     assert!(status.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn stdout<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Command {
        self.std.stdout(cfg);
        self
    }

    /// Sets the process's standard error.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use std::process::Stdio;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut command = Command::new("sh");
    ///     command.args(["-c", "echo unheard >&2"]).stderr(Stdio::null());
    ///     assert!(command.status().await?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn stderr<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Command {
        self.std.stderr(cfg);
        self
    }

    /// Sets whether dropping a [`Child`] before its end was noticed kills the process. The default is `false`.
    ///
    /// The drop does not wait; the process is collected in the background as soon as it is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut command = Command::new("sleep");
    ///     command.arg("1000").kill_on_drop(true);
    ///     assert!(command.get_kill_on_drop());
    ///     drop(command.spawn()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn kill_on_drop(&mut self, kill_on_drop: bool) -> &mut Command {
        self.kill_on_drop = kill_on_drop;
        self
    }

    /// What [`kill_on_drop`](Self::kill_on_drop) was set to.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut command = Command::new("true");
    ///     assert!(!command.get_kill_on_drop());
    ///     command.kill_on_drop(true);
    ///     assert!(command.get_kill_on_drop());
    ///     Ok(())
    /// }
    /// ```
    pub fn get_kill_on_drop(&self) -> bool {
        self.kill_on_drop
    }
}

impl From<process::Command> for Command {
    fn from(std: process::Command) -> Command {
        Command { std, kill_on_drop: false }
    }
}

//! What [`Command`] offers on Unix only.

#![allow(unsafe_code)]

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;

use super::Command;

/// On Unix only.
impl Command {
    /// Sets the user that the process runs as.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Another user than one's own takes a privilege.
    ///     let own = rustix::process::getuid().as_raw();
    ///     assert!(Command::new("true").uid(own).status().await?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn uid(&mut self, id: u32) -> &mut Command {
        self.std.uid(id);
        self
    }

    /// Sets the group that the process runs as.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Another group than one's own takes a privilege.
    ///     let own = rustix::process::getgid().as_raw();
    ///     assert!(Command::new("true").gid(own).status().await?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn gid(&mut self, id: u32) -> &mut Command {
        self.std.gid(id);
        self
    }

    /// Sets what the process sees as its own name: its argument number 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let output = Command::new("sh").arg0("greeter").args(["-c", "echo I am $0"]).output().await?;
    ///     assert_eq!(output.stdout, b"I am greeter\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn arg0<S>(&mut self, arg: S) -> &mut Command
    where
        S: AsRef<OsStr>,
    {
        self.std.arg0(arg);
        self
    }

    /// Sets the process group; 0 begins a new one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use rustix::process::{Pid, Signal, kill_process_group};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // A group of its own, so that it can be ended along with all that it starts.
    ///     let mut child = Command::new("sh").args(["-c", "sleep 1000 & wait"]).process_group(0).spawn()?;
    ///     let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).expect("it has just been started");
    ///     kill_process_group(group, Signal::TERM)?;
    ///     assert!(!child.wait().await?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn process_group(&mut self, pgroup: i32) -> &mut Command {
        self.std.process_group(pgroup);
        self
    }

    /// Calls `f` in the new process before it becomes the program. If `f` fails, so does [`spawn`](Self::spawn).
    ///
    /// # Safety
    ///
    /// `f` runs in a copy of this process in which no other thread exists, as after `fork`: it must do nothing but what a
    /// signal handler may. It must not allocate and not take locks, since a thread that is gone may hold them. See
    /// [`CommandExt::pre_exec`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let mut command = Command::new("true");
    ///     // SAFETY: it makes an error of a number, which needs no memory.
    ///     unsafe { command.pre_exec(|| Err(std::io::Error::from_raw_os_error(1))) };
    ///     assert_eq!(command.spawn().unwrap_err().raw_os_error(), Some(1));
    /// }
    /// ```
    pub unsafe fn pre_exec<F>(&mut self, f: F) -> &mut Command
    where
        F: FnMut() -> io::Result<()> + Send + Sync + 'static,
    {
        // SAFETY: the contract of this function is that one.
        unsafe { self.std.pre_exec(f) };
        self
    }
}

//! Child processes.
//!
//! [`Command`] starts a process as [`std::process::Command`] does; [`Child`] waits for its end and talks to it without
//! blocking the thread.
//!
//! ```
//! use heist::process::Command;
//!
//! #[heist::main]
//! async fn main() -> std::io::Result<()> {
//!     let output = Command::new("echo").arg("hello").output().await?;
//!     assert!(output.status.success());
//!     assert_eq!(output.stdout, b"hello\n");
//!     Ok(())
//! }
//! ```
//!
//! # What becomes of a child
//!
//! Dropping a [`Child`] does not end the process, unless [`Command::kill_on_drop`] was set. In either case its exit status
//! is collected when it ends, also after the runtime is gone, so that no zombie stays behind.
//!
//! A child that is written to and read from at the same time can fill both pipes, so that both sides wait for each other.
//! Read and write in different tasks, or use [`Child::wait_with_output`].
//!
//! # Inside
//!
//! * `command`, `command_unix`: [`Command`];
//! * `child`: [`Child`], and what its drop does;
//! * `pipe`: the child's standard streams;
//! * `exit`: how the end of a child is noticed: by a descriptor of the process where the system has such, by SIGCHLD
//!   elsewhere (`sys` says which);
//! * `orphans`: the thread that collects children whose handles are gone.

mod child;
mod command;
mod command_unix;
mod exit;
mod orphans;
mod pipe;
mod sys;
#[cfg(test)]
mod tests;

pub use child::Child;
pub use command::Command;
pub use pipe::{ChildStderr, ChildStdin, ChildStdout};

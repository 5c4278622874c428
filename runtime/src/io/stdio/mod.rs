//! The standard streams of the process.
//!
//! They are shared with whoever started the process, and with the standard library's `stdin`, `stdout` and `stderr`. So
//! they are left in the mode they are in, and reached through the standard library, on threads that may block:
//!
//! * `stdin`: one thread of the process, which no runtime waits for, reads when somebody asks;
//! * `output`: writes are closures on the blocking pool, which run also if the runtime is shutting down.

mod output;
mod stdin;

pub use output::{Stderr, Stdout, stderr, stdout};
pub use stdin::{Stdin, stdin};

//! Files and directories, without blocking the runtime.
//!
//! The functions do what those of the same name in [`std::fs`] do, on the blocking pool. [`File`] is an open file:
//! reading what the system has in memory happens on the spot where it can (Linux), writing happens in the background.
//!
//! Everything here belongs inside a runtime and panics outside. A whole file is best read and written with [`read`] and
//! [`write()`]: that is one trip to the pool. For many small writes, [`BufWriter`](crate::io::BufWriter) around a `File`
//! saves little, since a `File` has a buffer of its own; for many small reads, [`BufReader`](crate::io::BufReader)
//! saves system calls.
//!
//! # Cancel safety
//!
//! Once it was polled, an operation goes on on its thread even if its future is dropped; it does not happen only if the
//! runtime shuts down before it has started. Bytes that a [`File`] has accepted are written in any case.
//!
//! # Examples
//!
//! ```
//! use heist::fs;
//!
//! #[heist::main]
//! async fn main() -> std::io::Result<()> {
//!     let dir = std::env::temp_dir().join("heist-doc-fs");
//!     fs::create_dir_all(&dir).await?;
//!     fs::write(dir.join("greeting.txt"), "hello").await?;
//!     assert_eq!(fs::read_to_string(dir.join("greeting.txt")).await?, "hello");
//!     fs::remove_dir_all(dir).await
//! }
//! ```

mod attributes;
mod create_dir;
mod file;
mod file_times;
mod links;
mod open_options;
mod read_dir;
mod remove;
mod sys;
mod unblock;
mod whole;

pub use attributes::{canonicalize, metadata, set_permissions, symlink_metadata, try_exists};
pub use create_dir::{DirBuilder, create_dir, create_dir_all};
pub use file::File;
pub use file_times::FileTimes;
pub use links::{hard_link, read_link, symlink};
pub use open_options::OpenOptions;
pub use read_dir::{DirEntry, ReadDir, read_dir};
pub use remove::{remove_dir, remove_dir_all, remove_file, rename};
pub use whole::{copy, read, read_to_string, write};

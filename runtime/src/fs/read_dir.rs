//! Listing directories.
//!
//! Entries are fetched in chunks, one trip to the pool for each, since most of them cost less than the trip.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, FileType, Metadata};
use std::future::{Future, poll_fn};
use std::io;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::unblock::{self, unblock};
use crate::task::JoinHandle;

/// How many entries one trip fetches.
const CHUNK: usize = 32;

/// Lists a directory.
///
/// # Cancel safety
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// As [`std::fs::read_dir`].
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut entries = heist::fs::read_dir("/").await?;
///     while let Some(entry) = entries.next_entry().await? {
///         println!("{}", entry.path().display());
///     }
///     Ok(())
/// }
/// ```
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    let path = path.as_ref().to_owned();
    let chunk = unblock(move || fs::read_dir(path).map(|entries| Chunk::default().filled(entries))).await?;
    Ok(ReadDir(State::Has(chunk)))
}

/// The entries of a directory, in no particular order.
///
/// [`next_entry`](Self::next_entry) gives one after the other.
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct ReadDir(State);

enum State {
    /// Some entries are here, or there are no more.
    Has(Chunk),
    /// The next chunk is being fetched.
    Fetches(JoinHandle<Chunk>),
}

/// Entries that were fetched, and where the next ones come from.
#[derive(Default)]
struct Chunk {
    entries: VecDeque<io::Result<DirEntry>>,
    /// Gone at the end.
    rest: Option<fs::ReadDir>,
}

impl ReadDir {
    /// The next entry; `None` at the end.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no entry is lost.
    ///
    /// # Errors
    ///
    /// If an entry cannot be read. The one after it may be.
    ///
    /// # Panics
    ///
    /// Outside a runtime, if the entry has to be fetched.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut entries = heist::fs::read_dir("/").await?;
    ///     let mut count = 0;
    ///     while entries.next_entry().await?.is_some() {
    ///         count += 1;
    ///     }
    ///     assert!(count > 0);
    ///     Ok(())
    /// }
    /// ```
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        poll_fn(|cx| self.poll_next_entry(cx)).await
    }

    /// As [`next_entry`](Self::next_entry), for callers that poll.
    ///
    /// On `Pending` the task of `cx`, in the last call, is woken when there is an entry or none will come.
    ///
    /// # Errors
    ///
    /// If an entry cannot be read.
    ///
    /// # Panics
    ///
    /// Outside a runtime, if the entry has to be fetched.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut entries = heist::fs::read_dir("/").await?;
    ///     while let Some(entry) = poll_fn(|cx| entries.poll_next_entry(cx)).await? {
    ///         println!("{}", entry.path().display());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_next_entry(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<DirEntry>>> {
        loop {
            match &mut self.0 {
                State::Has(chunk) => {
                    if let Some(entry) = chunk.entries.pop_front() {
                        return Poll::Ready(entry.map(Some));
                    }
                    let Some(rest) = chunk.rest.take() else { return Poll::Ready(Ok(None)) };
                    let chunk = std::mem::take(chunk);
                    self.0 = State::Fetches(unblock::start(move || chunk.filled(rest)));
                }
                State::Fetches(task) => {
                    let joined = ready!(Pin::new(task).poll(cx));
                    // Where the next entries were to come from is lost with a task that was not run.
                    self.0 = State::Has(Chunk::default());
                    self.0 = State::Has(unblock::finish(joined.map(Ok))?);
                }
            }
        }
    }
}

impl Chunk {
    /// Fills the chunk, which is empty. Blocks.
    fn filled(mut self, mut rest: fs::ReadDir) -> Self {
        let fetch = rest.by_ref().take(CHUNK).map(|entry| entry.map(DirEntry::new));
        self.entries.extend(fetch);
        // A short one was the last.
        self.rest = (self.entries.len() == CHUNK).then_some(rest);
        self
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Has(chunk) => write!(f, "Has({} entries)", chunk.entries.len()),
            State::Fetches(_) => f.write_str("Fetches"),
        }
    }
}

/// An entry of a directory.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut entries = heist::fs::read_dir("/").await?;
///     let mut dirs = Vec::new();
///     while let Some(entry) = entries.next_entry().await? {
///         if entry.file_type().await?.is_dir() {
///             dirs.push(entry.file_name());
///         }
///     }
///     println!("{dirs:?}");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct DirEntry {
    std: Arc<fs::DirEntry>,
    /// Where the directory itself tells it.
    file_type: Option<FileType>,
}

impl DirEntry {
    /// On the pool, since asking for the type may block.
    fn new(std: fs::DirEntry) -> Self {
        Self { file_type: std.file_type().ok(), std: Arc::new(std) }
    }

    /// The path: that of the directory as it was given to [`read_dir`], and the name.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let entry = heist::fs::read_dir("/").await?.next_entry().await?.expect("the root is not empty");
    ///     assert_eq!(entry.path(), std::path::Path::new("/").join(entry.file_name()));
    ///     Ok(())
    /// }
    /// ```
    pub fn path(&self) -> PathBuf {
        self.std.path()
    }

    /// The name, without the directory's path.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut entries = heist::fs::read_dir("/").await?;
    ///     while let Some(entry) = entries.next_entry().await? {
    ///         // As `ls` does, without those that are hidden.
    ///         if !entry.file_name().as_encoded_bytes().starts_with(b".") {
    ///             println!("{}", entry.file_name().display());
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn file_name(&self) -> OsString {
        self.std.file_name()
    }

    /// What is known about the entry. Does not follow symbolic links.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`std::fs::DirEntry::metadata`].
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut entries = heist::fs::read_dir("/").await?;
    ///     let mut bytes = 0;
    ///     while let Some(entry) = entries.next_entry().await? {
    ///         bytes += entry.metadata().await?.len();
    ///     }
    ///     println!("{bytes} bytes");
    ///     Ok(())
    /// }
    /// ```
    pub async fn metadata(&self) -> io::Result<Metadata> {
        let std = self.std.clone();
        unblock(move || std.metadata()).await
    }

    /// What the entry is. Does not follow symbolic links.
    ///
    /// It is mostly known already, from the directory.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`std::fs::DirEntry::file_type`].
    ///
    /// # Panics
    ///
    /// Outside a runtime, if it is not known.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut entries = heist::fs::read_dir("/").await?;
    ///     while let Some(entry) = entries.next_entry().await? {
    ///         if entry.file_type().await?.is_dir() {
    ///             println!("{}", entry.path().display());
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn file_type(&self) -> io::Result<FileType> {
        match self.file_type {
            Some(file_type) => Ok(file_type),
            None => {
                let std = self.std.clone();
                unblock(move || std.file_type()).await
            }
        }
    }

    /// The number of the entry's inode.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let entry = heist::fs::read_dir("/").await?.next_entry().await?.expect("the root is not empty");
    ///     println!("{} has the number {}", entry.path().display(), entry.ino());
    ///     Ok(())
    /// }
    /// ```
    pub fn ino(&self) -> u64 {
        self.std.ino()
    }
}

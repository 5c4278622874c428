//! [`File`]: the type, and the operations that are not reading, writing or seeking (those are in `streams.rs`).
//!
//! * `inner`: what a file does, one operation after the other;
//! * `operation`: the one that is on the pool;
//! * `cached`, `ahead`: reading, on the spot and through the pool;
//! * `write_behind`, `write_queue`: writing in the background;
//! * `fd`: descriptors.

mod ahead;
mod cached;
mod fd;
mod inner;
mod operation;
mod streams;
mod write_behind;
mod write_queue;

use std::fmt;
use std::fs::{self, Metadata, Permissions};
use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use self::inner::Inner;
use self::operation::Output;
use super::{FileTimes, OpenOptions};
use crate::sync::Mutex;

/// The most bytes that one operation moves, unless the user says otherwise.
const DEFAULT_MAX_BUF_SIZE: usize = 2 * 1024 * 1024;

/// An open file.
///
/// It is read, written and positioned through [`AsyncReadExt`](crate::io::AsyncReadExt),
/// [`AsyncWriteExt`](crate::io::AsyncWriteExt) and [`AsyncSeekExt`](crate::io::AsyncSeekExt). What would block is done
/// on the blocking pool of the runtime in which the operation happens; a file may be used in several runtimes, one
/// after the other.
///
/// # Reading
///
/// On Linux, what the system has in its page cache is read on the spot. Everything else goes through the pool.
///
/// # Writing
///
/// A write is complete when its bytes are accepted into a buffer. A job on the pool begins to write them at once; what
/// is accepted meanwhile it writes next. [`flush`](crate::io::AsyncWriteExt::flush) waits until the operating system
/// has all of it, and [`sync_all`](Self::sync_all) until the disk has.
///
/// Nothing accepted is lost when a `File` is dropped: the job goes on, and the runtime waits for it when it is dropped
/// itself. Who wants to read what was written, through another `File` or another process, has to flush first.
///
/// An error of the job is reported by the next operation of the file, whichever it is. The bytes stay in the buffer,
/// and the operation after that tries again: a `flush` that says `Ok` has always written everything. Only those of a
/// file that is not open for writing are given up. An error that no operation has reported by the time when the file is
/// dropped is printed to stderr.
///
/// # Order
///
/// Operations take effect in the order in which they were begun, each after the former is done: a read sees what was
/// written before, and a seek does not move writes that were accepted before.
///
/// # Cancel safety
///
/// An operation that was begun is completed even if its future is dropped; the next one waits for it, and reports its
/// error. Of a read that is given up no byte is lost: the next read gives them, a write or a seek puts the position
/// back to where they began. A `write` whose future is dropped has accepted all or nothing. A seek that is given up
/// happens, if it was begun, and so does [`set_len`](Self::set_len).
///
/// # Panics
///
/// Its operations panic outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::fs::File;
/// use heist::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let path = std::env::temp_dir().join("heist-doc-file.txt");
///     let mut file = File::options().read(true).write(true).create(true).truncate(true).open(&path).await?;
///     file.write_all(b"some bytes").await?;
///     file.rewind().await?;
///     let mut text = String::new();
///     file.read_to_string(&mut text).await?;
///     assert_eq!(text, "some bytes");
///     # drop(file);
///     heist::fs::remove_file(path).await
/// }
/// ```
pub struct File {
    /// For what needs no order: the same as in `inner`.
    std: Arc<fs::File>,
    inner: Mutex<Inner>,
    max_buf_size: usize,
}

impl File {
    /// Opens a file for reading.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a file that is opened for nobody is closed again.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::open`].
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let error = heist::fs::File::open("/no/such/file").await.unwrap_err();
    ///     assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// }
    /// ```
    pub async fn open(path: impl AsRef<Path>) -> io::Result<File> {
        OpenOptions::new().read(true).open(path).await
    }

    /// Opens a file for writing. It is created if it does not exist, and emptied if it does.
    ///
    /// # Cancel safety
    ///
    /// Once polled the file is created or emptied, even if the future is dropped.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::create`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-create.txt");
    ///     let mut file = heist::fs::File::create(&path).await?;
    ///     file.write_all(b"hello").await?;
    ///     file.flush().await?;
    ///     assert_eq!(heist::fs::read(&path).await?, b"hello");
    ///     heist::fs::remove_file(path).await
    /// }
    /// ```
    pub async fn create(path: impl AsRef<Path>) -> io::Result<File> {
        OpenOptions::new().write(true).create(true).truncate(true).open(path).await
    }

    /// Creates a file that must not exist yet, and opens it for reading and writing.
    ///
    /// # Cancel safety
    ///
    /// Once polled the file is created, even if the future is dropped.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::create_new`].
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-create-new.txt");
    ///     # let _ = heist::fs::remove_file(&path).await;
    ///     heist::fs::File::create_new(&path).await?;
    ///     let error = heist::fs::File::create_new(&path).await.unwrap_err();
    ///     assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    ///     heist::fs::remove_file(path).await
    /// }
    /// ```
    pub async fn create_new<P: AsRef<Path>>(path: P) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(path).await
    }

    /// Options for opening a file, none of them set.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = heist::fs::File::options().read(true).open("/dev/null").await?;
    ///     # drop(file);
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Takes over a file of the standard library. Works outside a runtime.
    ///
    /// Other descriptors of the same open file ([`std::fs::File::try_clone`]) share its position. An operation of
    /// theirs that takes long may then make an operation of this one wait for it.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let file = heist::fs::File::from_std(std::fs::File::open("/dev/null")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std(std: fs::File) -> File {
        let std = Arc::new(std);
        File { inner: Mutex::new(Inner::new(std.clone())), std, max_buf_size: DEFAULT_MAX_BUF_SIZE }
    }

    /// Waits until the disk has what was written, and what is known about the file (its length and times) too.
    ///
    /// # Cancel safety
    ///
    /// Once polled it goes on even if the future is dropped; the next operation reports its error.
    ///
    /// # Errors
    ///
    /// An error of an earlier write, if none was reported yet; otherwise as [`std::fs::File::sync_all`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-sync-all.txt");
    ///     let mut file = heist::fs::File::create(&path).await?;
    ///     file.write_all(b"hello").await?;
    ///     file.sync_all().await?;
    ///     heist::fs::remove_file(path).await
    /// }
    /// ```
    pub async fn sync_all(&self) -> io::Result<()> {
        self.command(fs::File::sync_all).await
    }

    /// As [`sync_all`](Self::sync_all), but the disk need not have the file's times and permissions.
    ///
    /// # Cancel safety
    ///
    /// Once polled it goes on even if the future is dropped; the next operation reports its error.
    ///
    /// # Errors
    ///
    /// An error of an earlier write, if none was reported yet; otherwise as [`std::fs::File::sync_data`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-sync-data.txt");
    ///     let mut file = heist::fs::File::create(&path).await?;
    ///     file.write_all(b"hello").await?;
    ///     file.sync_data().await?;
    ///     heist::fs::remove_file(path).await
    /// }
    /// ```
    pub async fn sync_data(&self) -> io::Result<()> {
        self.command(fs::File::sync_data).await
    }

    /// Cuts the file off at `size` bytes, or extends it to that length with zeros. The position stays where it is.
    ///
    /// # Cancel safety
    ///
    /// Once begun it happens even if the future is dropped, before the next operation.
    ///
    /// # Errors
    ///
    /// An error of an earlier write, if none was reported yet; otherwise as [`std::fs::File::set_len`].
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-set-len.txt");
    ///     let file = heist::fs::File::create(&path).await?;
    ///     file.set_len(10).await?;
    ///     assert_eq!(file.metadata().await?.len(), 10);
    ///     heist::fs::remove_file(path).await
    /// }
    /// ```
    pub async fn set_len(&self, size: u64) -> io::Result<()> {
        self.command(move |file| file.set_len(size)).await
    }

    /// What is known about the file. Its length includes everything that was written.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// An error of an earlier write, if none was reported yet; otherwise as [`std::fs::File::metadata`].
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = heist::fs::File::open("/dev/null").await?;
    ///     assert!(!file.metadata().await?.is_dir());
    ///     Ok(())
    /// }
    /// ```
    pub async fn metadata(&self) -> io::Result<Metadata> {
        let get = |file: &fs::File| file.metadata().map(|metadata| Output::Metadata(Box::new(metadata)));
        match self.operate(get).await? {
            Output::Metadata(metadata) => Ok(*metadata),
            other => unreachable!("metadata was asked for, and not {other:?}"),
        }
    }

    /// Another `File` for the same open file, with the same position: reading, writing and seeking in one moves the
    /// other.
    ///
    /// Waits until what is in progress here is done.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// An error of an earlier operation, if none was reported yet; otherwise as [`std::fs::File::try_clone`].
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = heist::fs::File::open("/dev/null").await?;
    ///     let other = file.try_clone().await?;
    ///     # drop(other);
    ///     Ok(())
    /// }
    /// ```
    pub async fn try_clone(&self) -> io::Result<File> {
        let mut inner = self.inner.lock().await;
        poll_fn(|cx| inner.poll_rewound(cx)).await?;
        poll_fn(|cx| inner.poll_settled(cx)).await?;
        // Only a number of this process: nothing to wait for.
        let mut clone = File::from_std(self.std.try_clone()?);
        inner.set_shared();
        clone.inner.get_mut().set_shared();
        clone.max_buf_size = self.max_buf_size;
        Ok(clone)
    }

    /// Waits until what is in progress is done, and gives the file of the standard library.
    ///
    /// Its position is behind what was read and written here. If a write failed and no operation has reported that, it
    /// is printed to stderr: flush first to learn of it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the file.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = heist::fs::File::open("/dev/null").await?;
    ///     let file: std::fs::File = file.into_std().await;
    ///     # drop(file);
    ///     Ok(())
    /// }
    /// ```
    pub async fn into_std(mut self) -> fs::File {
        let inner = self.inner.get_mut();
        poll_fn(|cx| inner.poll_quiet(cx)).await;
        inner.come_to_rest();
        self.into_only()
    }

    /// Gives the file of the standard library if nothing is in progress, and no error waits to be reported.
    ///
    /// # Errors
    ///
    /// Gives the file back otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = heist::fs::File::open("/dev/null").await?;
    ///     let file: std::fs::File = file.try_into_std().expect("nothing is in progress");
    ///     # drop(file);
    ///     Ok(())
    /// }
    /// ```
    #[allow(clippy::result_large_err, reason = "Tokio's signature")]
    pub fn try_into_std(mut self) -> Result<fs::File, Self> {
        if self.inner.get_mut().come_to_rest() { Ok(self.into_only()) } else { Err(self) }
    }

    /// Changes the file's permissions.
    ///
    /// # Cancel safety
    ///
    /// Once polled it happens even if the future is dropped.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_permissions`].
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-permissions.txt");
    ///     let file = heist::fs::File::create(&path).await?;
    ///     let mut permissions = file.metadata().await?.permissions();
    ///     permissions.set_readonly(true);
    ///     file.set_permissions(permissions).await?;
    ///     assert!(file.metadata().await?.permissions().readonly());
    ///     heist::fs::remove_file(path).await
    /// }
    /// ```
    pub async fn set_permissions(&self, perm: Permissions) -> io::Result<()> {
        self.command(move |file| file.set_permissions(perm)).await
    }

    /// Changes the file's times, after what was written.
    ///
    /// # Cancel safety
    ///
    /// Once begun it happens even if the future is dropped, before the next operation.
    ///
    /// # Errors
    ///
    /// An error of an earlier write, if none was reported yet; otherwise as [`std::fs::File::set_times`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::FileTimes;
    /// use std::time::SystemTime;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-times.txt");
    ///     let file = heist::fs::File::create(&path).await?;
    ///     file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH)).await?;
    ///     assert_eq!(file.metadata().await?.modified()?, SystemTime::UNIX_EPOCH);
    ///     heist::fs::remove_file(path).await
    /// }
    /// ```
    pub async fn set_times(&self, times: FileTimes) -> io::Result<()> {
        self.command(move |file| file.set_times(times.into_std())).await
    }

    /// Changes the time of the file's last modification, after what was written.
    ///
    /// # Cancel safety
    ///
    /// Once begun it happens even if the future is dropped, before the next operation.
    ///
    /// # Errors
    ///
    /// As [`set_times`](Self::set_times).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-modified.txt");
    ///     let file = heist::fs::File::create(&path).await?;
    ///     file.set_modified(SystemTime::UNIX_EPOCH).await?;
    ///     assert_eq!(file.metadata().await?.modified()?, SystemTime::UNIX_EPOCH);
    ///     heist::fs::remove_file(path).await
    /// }
    /// ```
    pub async fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.set_times(FileTimes::new().set_modified(time)).await
    }

    /// Sets the most bytes that one read or write moves; 2 MiB unless set. Zero counts as one.
    ///
    /// It bounds the memory that the file uses for its buffers: one for reading, and for writing two, of which one
    /// fills while the other is being written. An operation may move fewer bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut file = heist::fs::File::open("/dev/zero").await?;
    ///     file.set_max_buf_size(64 * 1024);
    ///     assert_eq!(file.max_buf_size(), 64 * 1024);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_max_buf_size(&mut self, max_buf_size: usize) {
        self.max_buf_size = max_buf_size.max(1);
    }

    /// The most bytes that one read or write moves.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::File;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = File::open("/dev/zero").await?;
    ///     assert_eq!(file.max_buf_size(), 2 * 1024 * 1024);
    ///     Ok(())
    /// }
    /// ```
    pub fn max_buf_size(&self) -> usize {
        self.max_buf_size
    }

    /// As [`operate`](Self::operate), for what has no result.
    async fn command(&self, f: impl FnOnce(&fs::File) -> io::Result<()> + Send + 'static) -> io::Result<()> {
        self.operate(move |file| f(file).map(|()| Output::Nothing)).await.map(drop)
    }

    /// Does `f` on the pool, after what is in progress and with the position where the user believes it to be.
    async fn operate(&self, f: impl FnOnce(&fs::File) -> io::Result<Output> + Send + 'static) -> io::Result<Output> {
        let mut inner = self.inner.lock().await;
        poll_fn(|cx| inner.poll_rewound(cx)).await?;
        poll_fn(|cx| inner.poll_settled(cx)).await?;
        inner.start(false, f);
        poll_fn(|cx| inner.poll_output(cx)).await
    }

    /// The file, which is at rest.
    fn into_only(self) -> fs::File {
        // The second reference is in there.
        drop(self.inner);
        Arc::try_unwrap(self.std).expect("only what is in progress holds further references")
    }
}

impl From<fs::File> for File {
    fn from(std: fs::File) -> Self {
        File::from_std(std)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("heist::fs::File").field("std", &self.std).finish()
    }
}

//! [`OpenOptions`]: how a file is opened.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::File;
use super::unblock::unblock;

/// How a file is opened: as [`std::fs::OpenOptions`].
///
/// # Examples
///
/// ```
/// use heist::fs::OpenOptions;
/// use heist::io::AsyncWriteExt;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let path = std::env::temp_dir().join("heist-doc-open-options.txt");
///     # let _ = heist::fs::remove_file(&path).await;
///     for line in ["one\n", "two\n"] {
///         let mut file = OpenOptions::new().append(true).create(true).open(&path).await?;
///         file.write_all(line.as_bytes()).await?;
///         file.flush().await?;
///     }
///     assert_eq!(heist::fs::read(&path).await?, b"one\ntwo\n");
///     heist::fs::remove_file(path).await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions(fs::OpenOptions);

impl OpenOptions {
    /// None set: at least one of `read`, `write` and `append` has to be.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-new");
    ///     fs::write(&path, "text").await?;
    ///     // Neither to be read nor to be written.
    ///     assert!(OpenOptions::new().open(&path).await.is_err());
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn new() -> OpenOptions {
        OpenOptions(fs::OpenOptions::new())
    }

    /// Whether the file can be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-read");
    ///     fs::write(&path, "text").await?;
    ///     let file = OpenOptions::new().read(true).open(&path).await?;
    ///     assert_eq!(file.metadata().await?.len(), 4);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn read(&mut self, read: bool) -> &mut OpenOptions {
        self.0.read(read);
        self
    }

    /// Whether the file can be written.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    /// use heist::io::AsyncWriteExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-write");
    ///     fs::write(&path, "text").await?;
    ///     let mut file = OpenOptions::new().write(true).open(&path).await?;
    ///     file.write_all(b"n").await?;
    ///     file.flush().await?;
    ///     assert_eq!(fs::read(&path).await?, b"next");
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn write(&mut self, write: bool) -> &mut OpenOptions {
        self.0.write(write);
        self
    }

    /// Whether each write goes to the end of the file, wherever that is by then.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    /// use heist::io::AsyncWriteExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-append");
    ///     fs::write(&path, "one").await?;
    ///     let mut file = OpenOptions::new().append(true).open(&path).await?;
    ///     file.write_all(b", two").await?;
    ///     file.flush().await?;
    ///     assert_eq!(fs::read(&path).await?, b"one, two");
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn append(&mut self, append: bool) -> &mut OpenOptions {
        self.0.append(append);
        self
    }

    /// Whether the file is emptied.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-truncate");
    ///     fs::write(&path, "text").await?;
    ///     let file = OpenOptions::new().write(true).truncate(true).open(&path).await?;
    ///     assert_eq!(file.metadata().await?.len(), 0);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn truncate(&mut self, truncate: bool) -> &mut OpenOptions {
        self.0.truncate(truncate);
        self
    }

    /// Whether a file that does not exist is created. Needs `write` or `append`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-create");
    ///     let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path).await?;
    ///     assert_eq!(file.metadata().await?.len(), 0);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn create(&mut self, create: bool) -> &mut OpenOptions {
        self.0.create(create);
        self
    }

    /// Whether the file has to be created, and it is an error if it exists. Needs `write` or `append`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-create-new");
    ///     # let _ = fs::remove_file(&path).await;
    ///     OpenOptions::new().write(true).create_new(true).open(&path).await?;
    ///     let error = OpenOptions::new().write(true).create_new(true).open(&path).await.unwrap_err();
    ///     assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn create_new(&mut self, create_new: bool) -> &mut OpenOptions {
        self.0.create_new(create_new);
        self
    }

    /// The permissions of a file that is created, as in `open(2)`; `0o666` unless set. The process's umask takes away
    /// from them.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    /// use std::os::unix::fs::PermissionsExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-mode");
    ///     # let _ = fs::remove_file(&path).await;
    ///     let mut options = OpenOptions::new();
    ///     let file = options.write(true).create_new(true).mode(0o600).open(&path).await?;
    ///     assert_eq!(file.metadata().await?.permissions().mode() & 0o777, 0o600);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn mode(&mut self, mode: u32) -> &mut OpenOptions {
        self.0.mode(mode);
        self
    }

    /// Further flags for `open(2)`. Flags about access (`O_RDONLY` and its like) are ignored.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-flags");
    ///     fs::write(&path, "text").await?;
    ///     // A symbolic link would not be followed.
    ///     OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(&path).await?;
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn custom_flags(&mut self, flags: i32) -> &mut OpenOptions {
        self.0.custom_flags(flags);
        self
    }

    /// Opens the file.
    ///
    /// # Cancel safety
    ///
    /// Once polled it happens even if the future is dropped: a file may be created or emptied, and is closed again.
    ///
    /// # Errors
    ///
    /// As [`std::fs::OpenOptions::open`].
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, OpenOptions};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-options-open");
    ///     fs::write(&path, "text").await?;
    ///     let file = OpenOptions::new().read(true).open(&path).await?;
    ///     assert_eq!(file.metadata().await?.len(), 4);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        let (options, path) = (self.0.clone(), path.as_ref().to_owned());
        unblock(move || options.open(path)).await.map(File::from_std)
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<fs::OpenOptions> for OpenOptions {
    fn from(options: fs::OpenOptions) -> Self {
        Self(options)
    }
}

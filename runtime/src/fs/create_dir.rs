//! Creating directories.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::unblock::unblock;

/// Creates a directory. Its parent has to exist.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::create_dir`].
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::fs;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let dir = std::env::temp_dir().join("heist-doc-create-dir");
///     fs::create_dir_all(&dir).await?;
///     fs::create_dir(dir.join("a")).await?;
///     assert!(fs::metadata(dir.join("a")).await?.is_dir());
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    DirBuilder::new().create(path).await
}

/// Creates a directory and its parents, as far as they do not exist.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::create_dir_all`].
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::fs;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let dir = std::env::temp_dir().join("heist-doc-create-dir-all");
///     fs::create_dir_all(&dir).await?;
///     fs::create_dir_all(dir.join("a/b/c")).await?;
///     fs::create_dir_all(dir.join("a/b/c")).await?;
///     assert!(fs::metadata(dir.join("a/b/c")).await?.is_dir());
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path).await
}

/// Creates directories with parents or particular permissions: as [`std::fs::DirBuilder`].
///
/// # Examples
///
/// ```
/// use std::os::unix::fs::PermissionsExt;
///
/// use heist::fs;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let dir = std::env::temp_dir().join(format!("heist-doc-dir-builder-{}", std::process::id()));
///     fs::DirBuilder::new().recursive(true).mode(0o700).create(dir.join("private")).await?;
///     assert_eq!(fs::metadata(dir.join("private")).await?.permissions().mode() & 0o777, 0o700);
///     fs::remove_dir_all(&dir).await?;
///     Ok(())
/// }
/// ```
#[derive(Debug, Default)]
pub struct DirBuilder {
    recursive: bool,
    mode: Option<u32>,
}

impl DirBuilder {
    /// For one directory, with the usual permissions.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = heist::fs::DirBuilder::new();
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether parents are created too, and a directory that exists is no error.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut builder = heist::fs::DirBuilder::new();
    /// builder.recursive(true);
    /// ```
    pub fn recursive(&mut self, recursive: bool) -> &mut Self {
        self.recursive = recursive;
        self
    }

    /// The permissions of new directories, as in `mkdir(2)`; `0o777` unless set. The process's umask takes away from
    /// them.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut builder = heist::fs::DirBuilder::new();
    /// builder.mode(0o700);
    /// ```
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.mode = Some(mode);
        self
    }

    /// Creates the directory.
    ///
    /// # Cancel safety
    ///
    /// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
    ///
    /// # Errors
    ///
    /// As [`std::fs::DirBuilder::create`].
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let dir = std::env::temp_dir().join("heist-doc-dir-builder-create");
    ///     fs::create_dir_all(&dir).await?;
    ///     fs::DirBuilder::new().recursive(true).create(dir.join("a/b")).await?;
    ///     assert!(fs::metadata(dir.join("a/b")).await?.is_dir());
    ///     fs::remove_dir_all(&dir).await
    /// }
    /// ```
    pub async fn create(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref().to_owned();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(self.recursive);
        if let Some(mode) = self.mode {
            builder.mode(mode);
        }
        unblock(move || builder.create(path)).await
    }
}

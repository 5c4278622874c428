//! Removing and renaming.

use std::fs;
use std::io;
use std::path::Path;

use super::unblock::unblock;

/// Removes a file.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::remove_file`].
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
///     let dir = std::env::temp_dir().join("heist-doc-remove-file");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), b"abc").await?;
///     fs::remove_file(dir.join("a")).await?;
///     assert!(!fs::try_exists(dir.join("a")).await?);
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    unblock(move || fs::remove_file(path)).await
}

/// Removes an empty directory.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::remove_dir`].
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
///     let dir = std::env::temp_dir().join("heist-doc-remove-dir");
///     fs::create_dir_all(&dir).await?;
///     fs::create_dir(dir.join("a")).await?;
///     fs::remove_dir(dir.join("a")).await?;
///     assert!(!fs::try_exists(dir.join("a")).await?);
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    unblock(move || fs::remove_dir(path)).await
}

/// Removes a directory and everything in it. Symbolic links are removed, not followed.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::remove_dir_all`].
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
///     let dir = std::env::temp_dir().join("heist-doc-remove-dir-all");
///     fs::create_dir_all(&dir).await?;
///     fs::create_dir_all(dir.join("a/b/c")).await?;
///     fs::remove_dir_all(dir.join("a")).await?;
///     assert!(!fs::try_exists(dir.join("a")).await?);
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    unblock(move || fs::remove_dir_all(path)).await
}

/// Renames a file or directory; replaces what is at `to`.
///
/// Both have to be on the same file system.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::rename`].
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
///     let dir = std::env::temp_dir().join("heist-doc-rename");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), b"abc").await?;
///     fs::rename(dir.join("a"), dir.join("b")).await?;
///     assert_eq!(fs::read(dir.join("b")).await?, b"abc");
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    unblock(move || fs::rename(from, to)).await
}

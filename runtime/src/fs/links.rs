//! Hard and symbolic links.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::unblock::unblock;

/// Gives the file `original` a second name, `link`.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::hard_link`].
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
///     let dir = std::env::temp_dir().join("heist-doc-hard-link");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), b"abc").await?;
///     fs::hard_link(dir.join("a"), dir.join("b")).await?;
///     assert_eq!(fs::read(dir.join("b")).await?, b"abc");
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    unblock(move || fs::hard_link(original, link)).await
}

/// Makes `link` a symbolic link that points to `original`.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::os::unix::fs::symlink`].
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
///     let dir = std::env::temp_dir().join("heist-doc-symlink");
///     fs::create_dir_all(&dir).await?;
///     fs::symlink("target", dir.join("link")).await?;
///     assert_eq!(fs::read_link(dir.join("link")).await?, std::path::Path::new("target"));
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    unblock(move || std::os::unix::fs::symlink(original, link)).await
}

/// What a symbolic link points to.
///
/// # Cancel safety
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// As [`std::fs::read_link`].
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
///     let dir = std::env::temp_dir().join("heist-doc-read-link");
///     fs::create_dir_all(&dir).await?;
///     fs::symlink("target", dir.join("link")).await?;
///     assert_eq!(fs::read_link(dir.join("link")).await?, std::path::Path::new("target"));
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    unblock(move || fs::read_link(path)).await
}

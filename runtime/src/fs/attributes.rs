//! What is known about a path, and what of it can be changed.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::unblock::unblock;

/// What is known about a file or directory: length, permissions, times, kind.
///
/// Follows symbolic links.
///
/// # Cancel safety
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// As [`std::fs::metadata`].
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
///     let dir = std::env::temp_dir().join("heist-doc-metadata");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), b"abc").await?;
///     assert_eq!(fs::metadata(dir.join("a")).await?.len(), 3);
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    unblock(move || fs::metadata(path)).await
}

/// As [`metadata`], but of a symbolic link itself.
///
/// # Cancel safety
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// As [`std::fs::symlink_metadata`].
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
///     let dir = std::env::temp_dir().join("heist-doc-symlink-metadata");
///     fs::create_dir_all(&dir).await?;
///     fs::symlink("nowhere", dir.join("link")).await?;
///     assert!(fs::symlink_metadata(dir.join("link")).await?.is_symlink());
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    unblock(move || fs::symlink_metadata(path)).await
}

/// Changes the permissions of a file or directory.
///
/// # Cancel safety
///
/// Once polled it happens even if the future is dropped, unless the runtime shuts down first.
///
/// # Errors
///
/// As [`std::fs::set_permissions`].
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
///     let dir = std::env::temp_dir().join("heist-doc-set-permissions");
///     fs::create_dir_all(&dir).await?;
///     fs::write(dir.join("a"), b"abc").await?;
///     let mut permissions = fs::metadata(dir.join("a")).await?.permissions();
///     permissions.set_readonly(true);
///     fs::set_permissions(dir.join("a"), permissions).await?;
///     assert!(fs::metadata(dir.join("a")).await?.permissions().readonly());
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn set_permissions(path: impl AsRef<Path>, perm: Permissions) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    unblock(move || fs::set_permissions(path, perm)).await
}

/// Whether something exists at a path.
///
/// Follows symbolic links: `false` for one that leads nowhere.
///
/// # Cancel safety
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// If it cannot be found out, for example for want of permission: as [`std::fs::exists`].
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
///     let dir = std::env::temp_dir().join("heist-doc-try-exists");
///     fs::create_dir_all(&dir).await?;
///     assert!(fs::try_exists(&dir).await?);
///     assert!(!fs::try_exists(dir.join("missing")).await?);
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn try_exists(path: impl AsRef<Path>) -> io::Result<bool> {
    let path = path.as_ref().to_owned();
    unblock(move || path.try_exists()).await
}

/// The absolute path without symbolic links and `..`.
///
/// # Cancel safety
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// As [`std::fs::canonicalize`].
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
///     let dir = std::env::temp_dir().join("heist-doc-canonicalize");
///     fs::create_dir_all(&dir).await?;
///     fs::symlink(".", dir.join("here")).await?;
///     assert_eq!(fs::canonicalize(dir.join("here")).await?, fs::canonicalize(&dir).await?);
///     fs::remove_dir_all(&dir).await
/// }
/// ```
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    unblock(move || fs::canonicalize(path)).await
}

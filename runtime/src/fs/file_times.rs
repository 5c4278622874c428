//! [`FileTimes`]: the times that [`File::set_times`](super::File::set_times) sets.

use std::fs;
use std::time::SystemTime;

/// Times of a file to be set. What is not given stays as it is.
///
/// # Examples
///
/// ```
/// use heist::fs::FileTimes;
/// use std::time::SystemTime;
///
/// let times = FileTimes::new().set_accessed(SystemTime::now()).set_modified(SystemTime::UNIX_EPOCH);
/// # let _ = times;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct FileTimes(fs::FileTimes);

impl FileTimes {
    /// No times.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, File, FileTimes};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-times-new-{}", std::process::id()));
    ///     let file = File::create(&path).await?;
    ///     let before = file.metadata().await?.modified()?;
    ///     // Nothing is given, so nothing changes.
    ///     file.set_times(FileTimes::new()).await?;
    ///     assert_eq!(file.metadata().await?.modified()?, before);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// The time of the last read.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, File, FileTimes};
    /// use std::time::SystemTime;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-times-accessed");
    ///     let file = File::create(&path).await?;
    ///     file.set_times(FileTimes::new().set_accessed(SystemTime::UNIX_EPOCH)).await?;
    ///     assert_eq!(file.metadata().await?.accessed()?, SystemTime::UNIX_EPOCH);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn set_accessed(self, time: SystemTime) -> Self {
        Self(self.0.set_accessed(time))
    }

    /// The time of the last write.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::fs::{self, File, FileTimes};
    /// use std::time::SystemTime;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-times-modified");
    ///     let file = File::create(&path).await?;
    ///     file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH)).await?;
    ///     assert_eq!(file.metadata().await?.modified()?, SystemTime::UNIX_EPOCH);
    ///     fs::remove_file(&path).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn set_modified(self, time: SystemTime) -> Self {
        Self(self.0.set_modified(time))
    }

    pub(super) fn into_std(self) -> fs::FileTimes {
        self.0
    }
}

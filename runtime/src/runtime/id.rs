//! The identity of a runtime.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// The identity of a runtime: no two runtimes of a process have the same one, even if the first has ended.
///
/// # Examples
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use heist::runtime::Runtime;
///
/// let one = Runtime::new()?;
/// let other = Runtime::new()?;
/// assert_ne!(one.handle().id(), other.handle().id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Hash, Eq, PartialEq)]
pub struct Id(NonZeroU64);

impl Id {
    /// An identity that no runtime had before.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: only the numbers have to differ, nothing is published with them.
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(NonZeroU64::new(id).expect("a process does not start 2^64 runtimes"))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn ids_differ_and_print_as_numbers() {
        let (one, other) = (Id::next(), Id::next());
        assert_ne!(one, other);
        assert!(one.to_string().parse::<u64>().unwrap() < other.to_string().parse::<u64>().unwrap());
    }
}

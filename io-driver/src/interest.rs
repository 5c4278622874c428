//! `Interest`: what somebody wants to know about a source.

use std::fmt;
use std::ops;

/// The readiness that an operation waits for, or that a source is registered for. Never empty.
///
/// # Examples
///
/// ```
/// # use heist_io_driver::Interest;
/// let both = Interest::READABLE | Interest::WRITABLE;
/// assert!(both.is_readable() && both.is_writable());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Interest(u8);

impl Interest {
    /// Reading, and the end of what can be read.
    pub const READABLE: Interest = Interest(1);
    /// Writing, and its end.
    pub const WRITABLE: Interest = Interest(1 << 1);
    /// Priority data.
    pub const PRIORITY: Interest = Interest(1 << 2);
    /// Errors. Whoever waits for reading or writing is woken by them too; this is for those who want nothing else.
    pub const ERROR: Interest = Interest(1 << 3);

    /// True if reading is part of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Interest;
    /// assert!(Interest::READABLE.is_readable());
    /// assert!(!Interest::WRITABLE.is_readable());
    /// ```
    pub const fn is_readable(self) -> bool {
        self.0 & Interest::READABLE.0 != 0
    }

    /// True if writing is part of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Interest;
    /// assert!(Interest::WRITABLE.is_writable());
    /// assert!(!Interest::READABLE.is_writable());
    /// ```
    pub const fn is_writable(self) -> bool {
        self.0 & Interest::WRITABLE.0 != 0
    }

    /// True if priority data is part of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Interest;
    /// assert!(Interest::PRIORITY.is_priority());
    /// assert!(!Interest::READABLE.is_priority());
    /// ```
    pub const fn is_priority(self) -> bool {
        self.0 & Interest::PRIORITY.0 != 0
    }

    /// True if errors are named in it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Interest;
    /// assert!(Interest::ERROR.is_error());
    /// assert!(!Interest::READABLE.is_error());
    /// ```
    pub const fn is_error(self) -> bool {
        self.0 & Interest::ERROR.0 != 0
    }

    /// Both together.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Interest;
    /// const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);
    /// assert!(BOTH.is_readable() && BOTH.is_writable());
    /// ```
    #[must_use]
    pub const fn add(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    /// This without `other`; `None` if nothing is left.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Interest;
    /// let both = Interest::READABLE | Interest::WRITABLE;
    /// assert_eq!(both.remove(Interest::WRITABLE), Some(Interest::READABLE));
    /// assert_eq!(Interest::READABLE.remove(Interest::READABLE), None);
    /// ```
    #[must_use]
    pub fn remove(self, other: Interest) -> Option<Interest> {
        let left = self.0 & !other.0;
        (left != 0).then_some(Interest(left))
    }
}

impl ops::BitOr for Interest {
    type Output = Interest;

    fn bitor(self, other: Interest) -> Interest {
        self.add(other)
    }
}

impl ops::BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Interest) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.is_readable(), "READABLE"),
            (self.is_writable(), "WRITABLE"),
            (self.is_priority(), "PRIORITY"),
            (self.is_error(), "ERROR"),
        ];
        let mut separator = "";
        for (_, name) in names.iter().filter(|(is_in, _)| *is_in) {
            write!(f, "{separator}{name}")?;
            separator = " | ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_names_what_is_in_it() {
        assert_eq!(format!("{:?}", Interest::READABLE), "READABLE");
        assert_eq!(format!("{:?}", Interest::READABLE | Interest::ERROR), "READABLE | ERROR");
    }
}

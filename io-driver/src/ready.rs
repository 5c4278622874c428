//! `Ready`: what is known about a source.

use std::fmt;
use std::ops;

use crate::Interest;

/// What a source is ready for.
///
/// A set of states; a source can be ready for several things at once.
///
/// # Examples
///
/// ```
/// # use heist_io_driver::Ready;
/// let ready = Ready::READABLE | Ready::READ_CLOSED;
/// assert!(ready.is_readable());
/// assert!(!ready.is_writable());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ready(u8);

impl Ready {
    /// Nothing.
    pub const EMPTY: Ready = Ready(0);
    /// Reading will not wait.
    pub const READABLE: Ready = Ready(1);
    /// Writing will not wait.
    pub const WRITABLE: Ready = Ready(1 << 1);
    /// The peer sends no more: after what is left, reads return the end of the stream.
    pub const READ_CLOSED: Ready = Ready(1 << 2);
    /// The peer takes no more: writes fail.
    pub const WRITE_CLOSED: Ready = Ready(1 << 3);
    /// There is priority data, such as a byte sent out of band.
    pub const PRIORITY: Ready = Ready(1 << 4);
    /// The source has an error to report.
    pub const ERROR: Ready = Ready(1 << 5);
    /// Everything.
    pub const ALL: Ready = Ready(0b11_1111);

    /// What never ends once it is so.
    pub(crate) const CLOSED: Ready = Ready(Ready::READ_CLOSED.0 | Ready::WRITE_CLOSED.0);

    /// The states that an operation of this interest waits for.
    pub(crate) fn from_interest(interest: Interest) -> Ready {
        let mut ready = Ready::EMPTY;
        if interest.is_readable() {
            ready |= Ready::READABLE | Ready::READ_CLOSED;
        }
        if interest.is_writable() {
            ready |= Ready::WRITABLE | Ready::WRITE_CLOSED;
        }
        if interest.is_priority() {
            ready |= Ready::PRIORITY | Ready::READ_CLOSED;
        }
        if interest.is_error() {
            ready |= Ready::ERROR;
        }
        ready
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u8) -> Ready {
        Ready(bits & Ready::ALL.0)
    }

    pub(crate) fn intersects(self, other: Ready) -> bool {
        self.0 & other.0 != 0
    }

    /// True if it is ready for nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Ready;
    /// assert!(Ready::EMPTY.is_empty());
    /// assert!(!Ready::READABLE.is_empty());
    /// ```
    pub fn is_empty(self) -> bool {
        self == Ready::EMPTY
    }

    /// True if reading will not wait: there is data, or the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Ready;
    /// assert!(Ready::READABLE.is_readable());
    /// assert!(Ready::READ_CLOSED.is_readable());
    /// assert!(!Ready::WRITABLE.is_readable());
    /// ```
    pub fn is_readable(self) -> bool {
        self.intersects(Ready::READABLE | Ready::READ_CLOSED)
    }

    /// True if writing will not wait: there is room, or it will fail.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Ready;
    /// assert!(Ready::WRITABLE.is_writable());
    /// assert!(Ready::WRITE_CLOSED.is_writable());
    /// assert!(!Ready::READABLE.is_writable());
    /// ```
    pub fn is_writable(self) -> bool {
        self.intersects(Ready::WRITABLE | Ready::WRITE_CLOSED)
    }

    /// True if the peer sends no more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Ready;
    /// assert!(Ready::READ_CLOSED.is_read_closed());
    /// assert!(!Ready::READABLE.is_read_closed());
    /// ```
    pub fn is_read_closed(self) -> bool {
        self.intersects(Ready::READ_CLOSED)
    }

    /// True if the peer takes no more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Ready;
    /// assert!(Ready::WRITE_CLOSED.is_write_closed());
    /// assert!(!Ready::WRITABLE.is_write_closed());
    /// ```
    pub fn is_write_closed(self) -> bool {
        self.intersects(Ready::WRITE_CLOSED)
    }

    /// True if there is priority data.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Ready;
    /// assert!(Ready::PRIORITY.is_priority());
    /// assert!(!Ready::READABLE.is_priority());
    /// ```
    pub fn is_priority(self) -> bool {
        self.intersects(Ready::PRIORITY)
    }

    /// True if the source has an error to report.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist_io_driver::Ready;
    /// assert!(Ready::ERROR.is_error());
    /// assert!(!Ready::READABLE.is_error());
    /// ```
    pub fn is_error(self) -> bool {
        self.intersects(Ready::ERROR)
    }
}

impl ops::BitOr for Ready {
    type Output = Ready;

    fn bitor(self, other: Ready) -> Ready {
        Ready(self.0 | other.0)
    }
}

impl ops::BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Ready) {
        self.0 |= other.0;
    }
}

impl ops::BitAnd for Ready {
    type Output = Ready;

    fn bitand(self, other: Ready) -> Ready {
        Ready(self.0 & other.0)
    }
}

impl ops::Sub for Ready {
    type Output = Ready;

    fn sub(self, other: Ready) -> Ready {
        Ready(self.0 & !other.0)
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready")
            .field("is_readable", &self.is_readable())
            .field("is_writable", &self.is_writable())
            .field("is_read_closed", &self.is_read_closed())
            .field("is_write_closed", &self.is_write_closed())
            .field("is_error", &self.is_error())
            .field("is_priority", &self.is_priority())
            .finish()
    }
}

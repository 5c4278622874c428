//! Systems without descriptors for processes.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::process::Child;

use super::switch;

/// There are none.
pub(crate) fn open(_child: &Child) -> Option<OwnedFd> {
    let _ = switch::is_off();
    None
}

/// By number only.
pub(crate) fn kill(_process: BorrowedFd<'_>) -> Option<io::Result<()>> {
    None
}

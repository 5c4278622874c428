//! Linux: pidfds, since 5.3.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::switch;

/// Set once the system has said that it has no pidfds, so that it is not asked again.
static MISSING: AtomicBool = AtomicBool::new(false);

/// A descriptor that becomes readable when `child`, which was not waited for, has ended.
pub(crate) fn open(child: &Child) -> Option<OwnedFd> {
    if MISSING.load(Ordering::Relaxed) || switch::is_off() {
        return None;
    }
    match pidfd_open(Pid::from_child(child), PidfdFlags::empty()) {
        Ok(fd) => Some(fd),
        Err(error) => {
            // An old kernel, or a sandbox that does not know the call. Other errors, such as too many open files, say
            // nothing about the next time.
            if matches!(error, Errno::NOSYS | Errno::PERM) {
                MISSING.store(true, Ordering::Relaxed);
            }
            None
        }
    }
}

/// Kills the process of a descriptor. `None` if that has to be done by its number.
pub(crate) fn kill(process: BorrowedFd<'_>) -> Option<io::Result<()>> {
    match pidfd_send_signal(process, Signal::KILL) {
        // A sandbox may forbid the call; if the process itself may not be killed, its number will tell that too.
        Err(Errno::NOSYS | Errno::PERM) => None,
        result => Some(result.map_err(io::Error::from)),
    }
}

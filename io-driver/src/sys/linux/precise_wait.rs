//! Waiting on epoll with a timeout in nanoseconds, where the kernel offers it.
//!
//! `epoll_pwait2` came with Linux 5.11. rustix uses it only for timeouts beyond the milliseconds of `epoll_wait`, or
//! when all callers promise such a kernel, so the call is made here. Where it is refused, as by an older kernel or by a
//! filter of system calls that does not know it, `epoll_wait` takes over with milliseconds, rounded up.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::time::Timespec;

/// The events of one wait, as the kernel writes them.
pub(super) struct EventList(Vec<epoll::Event>);

// SAFETY: an event's data could be a pointer, but every source is added with a number.
unsafe impl Send for EventList {}

impl EventList {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub(super) fn as_slice(&self) -> &[epoll::Event] {
        &self.0
    }
}

/// Whether `epoll_pwait2` works.
#[derive(Debug)]
pub(super) struct PreciseWait {
    works: AtomicBool,
}

/// `struct __kernel_timespec`: 64 bits each on every architecture.
#[repr(C)]
struct KernelTimespec {
    seconds: i64,
    nanoseconds: i64,
}

impl PreciseWait {
    pub(super) fn new() -> Self {
        Self { works: AtomicBool::new(true) }
    }

    /// Replaces `events` by what happened, waiting until something does, for `timeout` at most.
    pub(super) fn wait(
        &self,
        epoll: BorrowedFd<'_>,
        EventList(events): &mut EventList,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        events.clear();
        let timeout = match timeout {
            Some(timeout) if !timeout.is_zero() => timeout,
            whole => {
                let whole = whole.map(whole_milliseconds);
                epoll::wait(epoll, spare_capacity(events), whole.as_ref())?;
                return Ok(());
            }
        };
        if self.works.load(Ordering::Relaxed) {
            match epoll_pwait2(epoll, events, timeout) {
                Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {
                    self.works.store(false, Ordering::Relaxed);
                }
                result => return result,
            }
        }
        epoll::wait(epoll, spare_capacity(events), Some(&whole_milliseconds(timeout)))?;
        Ok(())
    }
}

fn epoll_pwait2(epoll: BorrowedFd<'_>, events: &mut Vec<epoll::Event>, timeout: Duration) -> io::Result<()> {
    let timeout = KernelTimespec {
        seconds: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        nanoseconds: timeout.subsec_nanos().into(),
    };
    let spare = events.spare_capacity_mut();
    let capacity = i32::try_from(spare.len()).unwrap_or(i32::MAX);
    // SAFETY: the buffer has room for `capacity` events, which rustix lays out as the kernel does; `timeout` is alive
    // during the call; no signal mask is given.
    let count = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll.as_raw_fd(),
            spare.as_mut_ptr(),
            capacity,
            &raw const timeout,
            std::ptr::null::<libc::sigset_t>(),
            0_usize,
        )
    };
    let Ok(count) = usize::try_from(count) else { return Err(io::Error::last_os_error()) };
    // SAFETY: `events` was empty, and the kernel has written that many from its start.
    unsafe { events.set_len(count) };
    Ok(())
}

/// Rounded up, so that a deadline does not find the waiter back early; and no longer than `epoll_wait` can say, which
/// is 24 days: the caller then finds that its time has not come and waits again.
fn whole_milliseconds(timeout: Duration) -> Timespec {
    let milliseconds = timeout.as_nanos().div_ceil(1_000_000);
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    Timespec { tv_sec: (milliseconds / 1000).into(), tv_nsec: (milliseconds % 1000 * 1_000_000).into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::time::Instant;

    #[test]
    fn both_ways_wait_as_long_as_told() {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        for works in [true, false] {
            let wait = PreciseWait { works: AtomicBool::new(works) };
            let mut events = EventList::with_capacity(4);
            let timeout = Duration::from_micros(1300);
            let start = Instant::now();
            wait.wait(epoll.as_fd(), &mut events, Some(timeout)).unwrap();
            assert!(start.elapsed() >= timeout);
            assert!(events.as_slice().is_empty());
        }
    }

    #[test]
    fn milliseconds_are_rounded_up() {
        let whole = |timeout| {
            let timespec = whole_milliseconds(timeout);
            (timespec.tv_sec, timespec.tv_nsec)
        };
        assert_eq!(whole(Duration::from_nanos(1)), (0, 1_000_000));
        assert_eq!(whole(Duration::from_millis(1001)), (1, 1_000_000));
        assert_eq!(whole(Duration::MAX), (2_147_483, 647_000_000));
    }
}

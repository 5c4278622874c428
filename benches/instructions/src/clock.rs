//! The clock of the whole process: it stands still until a scenario moves it.
//!
//! What a runtime does depends on the time: how often a worker looks up from its queue, when the driver thread ticks.
//! Under valgrind all takes fifty times as long, and never twice as long. With this clock a runtime sees operations that
//! each take what the scenario says, so that two runs execute the same instructions.
//!
//! The standard library and others call the C library's `clock_gettime`; the function of that name in this file takes its
//! place when the program is linked. It costs a few instructions, as much for each runtime. The real one costs about 60.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering};

/// What an operation takes unless a scenario says otherwise.
pub const OPERATION_NS: u64 = 100;

/// Some time after the epoch, so that a runtime may subtract.
static NOW_NS: AtomicU64 = AtomicU64::new(1_000_000_000);

/// An operation was done.
#[inline]
pub fn operation() {
    advance(OPERATION_NS);
}

/// Time passes. One thread at a time may call this.
#[inline]
pub fn advance(ns: u64) {
    // Not a read-modify-write, since those are what some of the counts are about.
    NOW_NS.store(NOW_NS.load(Ordering::Relaxed) + ns, Ordering::Relaxed);
}

/// Takes the place of the C library's function. All clocks show the same.
///
/// # Safety
///
/// As for the function of the C library: `time` is null or can be written to.
// SAFETY: the signature is that of POSIX, and so is what the function does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(_clock: libc::clockid_t, time: *mut libc::timespec) -> libc::c_int {
    let now_ns = NOW_NS.load(Ordering::Relaxed);
    // SAFETY: the caller's promise.
    if let Some(time) = unsafe { time.as_mut() } {
        time.tv_sec = (now_ns / 1_000_000_000) as libc::time_t;
        time.tv_nsec = (now_ns % 1_000_000_000) as libc::c_long;
    }
    0
}

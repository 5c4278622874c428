//! What a system has to offer for waiting for processes: [`open`], a descriptor that becomes readable when the process
//! has ended, or nothing; and [`kill`], which kills the process of such a descriptor, or cannot. Without a descriptor the
//! end is noticed by SIGCHLD.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(super) use linux::{kill, open};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{kill, open};

#[cfg(test)]
pub(super) use switch::without_descriptors;

/// Lets tests pretend that there are no such descriptors.
#[cfg(test)]
mod switch {
    use std::cell::Cell;

    thread_local! {
        static IS_OFF: Cell<bool> = const { Cell::new(false) };
    }

    /// Processes that the current thread starts within `f` are waited for by SIGCHLD.
    pub(crate) fn without_descriptors<R>(f: impl FnOnce() -> R) -> R {
        IS_OFF.set(true);
        let result = f();
        IS_OFF.set(false);
        result
    }

    pub(super) fn is_off() -> bool {
        IS_OFF.get()
    }
}

#[cfg(not(test))]
mod switch {
    /// Nothing is pretended outside tests.
    #[inline]
    pub(super) fn is_off() -> bool {
        false
    }
}

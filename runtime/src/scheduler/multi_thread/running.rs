//! Which task a worker polls, for the thread that reports polls that do not end. Owns those words.

#![allow(unsafe_code)]

use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use crate::task::Id;

/// See the [module](self). Written by the worker while its tick is even, so whoever reads the same odd tick before and
/// after has read what belongs together.
#[derive(Debug)]
pub(super) struct Running {
    id: AtomicU64,
    spawned_at: AtomicPtr<Location<'static>>,
}

impl Running {
    pub(super) fn new() -> Self {
        Self { id: AtomicU64::new(0), spawned_at: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The worker polls this task next.
    #[inline]
    pub(super) fn set(&self, id: Id, spawned_at: &'static Location<'static>) {
        // ORDERING: Release pairs with the Acquire in `get`: who reads these sees the even tick before them.
        self.id.store(id.as_u64(), Ordering::Release);
        self.spawned_at.store(ptr::from_ref(spawned_at).cast_mut(), Ordering::Release);
    }

    /// The worker runs something that is no task: wakers, a runtime's callbacks.
    pub(super) fn clear(&self) {
        self.id.store(0, Ordering::Release);
    }

    /// The task that was set last.
    pub(super) fn get(&self) -> Option<(Id, &'static Location<'static>)> {
        // ORDERING: Acquire pairs with the Release in `set`.
        let id = Id::from_u64(self.id.load(Ordering::Acquire))?;
        let spawned_at = self.spawned_at.load(Ordering::Acquire);
        // SAFETY: the word holds null or what `set` made of a `&'static`.
        let spawned_at = unsafe { spawned_at.as_ref() }?;
        Some((id, spawned_at))
    }
}

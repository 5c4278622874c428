//! Timer entries and the intrusive lists that wheels keep them in.
//!
//! Contract of an entry, cited in the SAFETY comments of this crate:
//!
//! - E1. While its state is `Registered` the entry is pinned and alive: the timer that contains it unlinks it, under the
//!   shard's lock, before it ends.
//! - E2. While its state is `Registered`, `filed` is touched only under the lock of the shard that it is linked in.
//! - E3. In every other state `filed` is touched only by the owner of the timer, through a pinned `&mut`.
//! - E4. An entry is linked in at most one list, of one wheel.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomPinned;
use std::ptr::NonNull;
use std::task::Waker;

use heist_primitives::MODEL;
use heist_primitives::cell::UnsafeCell;

use crate::state::State;
use crate::wheel::NOWHERE;

/// The part of a timer that a wheel links to.
pub(crate) struct Entry {
    pub(crate) state: State,
    filed: UnsafeCell<Filed>,
    _pinned: PhantomPinned,
}

/// What is known of an entry while it is in a wheel.
pub(crate) struct Filed {
    /// Neighbours in the circular list; an entry alone is its own neighbour.
    previous: NonNull<Entry>,
    next: NonNull<Entry>,
    /// Nanoseconds.
    pub(crate) due: u64,
    /// Which list of the wheel it is in, or [`NOWHERE`]. Written by the list.
    pub(crate) slot: u16,
    /// Whom to wake.
    pub(crate) waker: Option<Waker>,
}

// SAFETY: the pointers in `filed` are followed only under the shard's lock (E2), and wakers are `Send`.
unsafe impl Send for Entry {}
// SAFETY: `state` is atomic; `filed` is reached through unsafe code that keeps E2 and E3.
unsafe impl Sync for Entry {}

impl Entry {
    pub(crate) fn new() -> Self {
        let filed =
            Filed { previous: NonNull::dangling(), next: NonNull::dangling(), due: 0, slot: NOWHERE, waker: None };
        Self { state: State::new(), filed: UnsafeCell::new(filed), _pinned: PhantomPinned }
    }

    /// Checks that the shard has let go of the entry, in debug builds and models.
    ///
    /// # Safety
    ///
    /// The caller is the owner of the timer and saw another state than `Registered`.
    pub(crate) unsafe fn check_released(&self) {
        // A model that has found a race unwinds through here again.
        if !(cfg!(debug_assertions) || MODEL) || std::thread::panicking() {
            return;
        }
        // SAFETY: the entry is the owner's (E3).
        let waker_is_gone = unsafe { self.with_filed(|filed| filed.waker.is_none()) };
        assert!(waker_is_gone, "an entry outside the wheel holds a waker");
    }

    /// Calls `f` with what the entry holds for its wheel.
    ///
    /// # Safety
    ///
    /// The caller is entitled to it by E2 or E3, and `f` does not call this again for the same entry.
    pub(crate) unsafe fn with_filed<R>(&self, f: impl FnOnce(&mut Filed) -> R) -> R {
        self.filed.with_mut(|filed| {
            // SAFETY: the caller has exclusive access.
            f(unsafe { &mut *filed })
        })
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("state", &self.state).finish_non_exhaustive()
    }
}

/// A circular doubly linked list of entries, first in first out.
///
/// It has one pointer: the last entry is the neighbour in front of the first.
#[derive(Debug, Default)]
pub(crate) struct List {
    first: Option<NonNull<Entry>>,
    len: usize,
}

impl List {
    pub(crate) const EMPTY: List = List { first: None, len: 0 };

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry at the end. `slot` is what this list is called.
    ///
    /// # Safety
    ///
    /// The entry and all entries of the list are alive (E1), the caller holds the shard's lock (E2), and the entry is in
    /// no list (E4).
    pub(crate) unsafe fn push_back(&mut self, entry: NonNull<Entry>, slot: u16) {
        self.len += 1;
        let (last, first) = match self.first {
            None => {
                self.first = Some(entry);
                (entry, entry)
            }
            // SAFETY: `first` is an entry of this list.
            Some(first) => (unsafe { neighbours(first) }.0, first),
        };
        // SAFETY: `entry` is ours.
        unsafe { set_place(entry, last, first, slot) };
        // SAFETY: `last` is an entry of this list, or `entry`.
        unsafe { set_next(last, entry) };
        // SAFETY: `first` is an entry of this list, or `entry`.
        unsafe { set_previous(first, entry) };
    }

    /// Takes the first entry.
    ///
    /// # Safety
    ///
    /// All entries of the list are alive (E1), and the caller holds the shard's lock (E2).
    pub(crate) unsafe fn pop_front(&mut self) -> Option<NonNull<Entry>> {
        let first = self.first?;
        // SAFETY: it is an entry of this list.
        unsafe { self.remove(first) };
        Some(first)
    }

    /// Takes an entry out, wherever it is.
    ///
    /// # Safety
    ///
    /// The entry is in this list, all entries of the list are alive (E1), and the caller holds the shard's lock (E2).
    pub(crate) unsafe fn remove(&mut self, entry: NonNull<Entry>) {
        // SAFETY: `entry` is alive and its links are ours.
        let (previous, next) = unsafe { neighbours(entry) };
        self.len -= 1;
        // SAFETY: as above.
        unsafe { set_place(entry, entry, entry, NOWHERE) };
        if next == entry {
            self.first = None;
            return;
        }
        // SAFETY: neighbours are in the same list.
        unsafe { set_next(previous, next) };
        // SAFETY: as above.
        unsafe { set_previous(next, previous) };
        if self.first == Some(entry) {
            self.first = Some(next);
        }
    }
}

/// # Safety
///
/// The entry is alive and in a list whose lock the caller holds.
unsafe fn neighbours(entry: NonNull<Entry>) -> (NonNull<Entry>, NonNull<Entry>) {
    // SAFETY: it is alive.
    let entry = unsafe { entry.as_ref() };
    // SAFETY: E2.
    unsafe { entry.with_filed(|filed| (filed.previous, filed.next)) }
}

/// # Safety
///
/// The entry is alive, and in a list whose lock the caller holds or about to enter one.
unsafe fn set_place(entry: NonNull<Entry>, previous: NonNull<Entry>, next: NonNull<Entry>, slot: u16) {
    // SAFETY: it is alive.
    let entry = unsafe { entry.as_ref() };
    // SAFETY: E2.
    unsafe {
        entry.with_filed(|filed| {
            filed.previous = previous;
            filed.next = next;
            filed.slot = slot;
        });
    }
}

/// # Safety
///
/// The entry is alive, and in a list whose lock the caller holds.
unsafe fn set_previous(entry: NonNull<Entry>, previous: NonNull<Entry>) {
    // SAFETY: it is alive.
    let entry = unsafe { entry.as_ref() };
    // SAFETY: E2.
    unsafe { entry.with_filed(|filed| filed.previous = previous) }
}

/// # Safety
///
/// The entry is alive, and in a list whose lock the caller holds.
unsafe fn set_next(entry: NonNull<Entry>, next: NonNull<Entry>) {
    // SAFETY: it is alive.
    let entry = unsafe { entry.as_ref() };
    // SAFETY: E2.
    unsafe { entry.with_filed(|filed| filed.next = next) }
}

//! [`OnceValue`]: a place that is filled at most once. Nobody waits here; `OnceCell` and `SetOnce` are built on it.
//!
//! The contract, with the word:
//!
//! ```text
//!   EMPTY ──set──► FILLING ──► SET (final, except for `&mut self`)
//! ```
//!
//! - **V1** The cell is written only by the thread that moved the word from EMPTY to FILLING, before it is SET.
//! - **V2** The cell holds a value exactly if the word is SET, and from then on it is only read.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use heist_primitives::atomic::{AtomicU8, Ordering};
use heist_primitives::cell::UnsafeCell;
use heist_primitives::mutation;

const EMPTY: u8 = 0;
const FILLING: u8 = 1;
const SET: u8 = 2;

/// A value that is set at most once.
pub(crate) struct OnceValue<T> {
    state: AtomicU8,
    cell: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the value moves with its owner; one that was set through a reference was moved in from another thread.
unsafe impl<T: Send> Send for OnceValue<T> {}
// SAFETY: `set` moves a value in from any thread, and `get` gives shared references to all of them.
unsafe impl<T: Send + Sync> Sync for OnceValue<T> {}

impl<T> OnceValue<T> {
    /// The bits of the word without and with a value, for [`from_parts`](Self::from_parts).
    pub(crate) const EMPTY: u8 = EMPTY;
    /// See [`EMPTY`](Self::EMPTY).
    pub(crate) const SET: u8 = SET;

    /// With `value`, if there is one.
    pub(crate) fn new(value: Option<T>) -> Self {
        let parts = match value {
            None => (EMPTY, MaybeUninit::uninit()),
            Some(value) => (SET, MaybeUninit::new(value)),
        };
        // SAFETY: the word is SET exactly if there is a value.
        unsafe { Self::from_parts(AtomicU8::new(parts.0), UnsafeCell::new(parts.1)) }
    }

    /// From its parts, for constants: under loom the constructors of atomics and cells are not `const`.
    ///
    /// # Safety
    ///
    /// Rule V2: `state` is [`SET`](Self::SET) and `cell` holds a value, or `state` is [`EMPTY`](Self::EMPTY).
    pub(crate) const unsafe fn from_parts(state: AtomicU8, cell: UnsafeCell<MaybeUninit<T>>) -> Self {
        Self { state, cell }
    }

    /// True if there is a value.
    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of `set`: whoever sees SET sees the value (models:
        // once_cell_two_initialisers, set_once_set_against_wait).
        self.state.load(mutation::weaken("once_value_read_relaxed", Ordering::Acquire)) == SET
    }

    /// The value, if there is one.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        if !self.is_set() {
            return None;
        }
        Some(self.cell.with(|cell| {
            // SAFETY: rule V2: nobody writes to the cell any more.
            let cell = unsafe { &*cell };
            // SAFETY: rule V2: it holds a value.
            unsafe { cell.assume_init_ref() }
        }))
    }

    /// Sets the value, unless one was set or is being set: then it is returned.
    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        if self.state.compare_exchange(EMPTY, FILLING, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return Err(value);
        }
        self.cell.with_mut(|cell| {
            // SAFETY: rule V1: the word is FILLING, and we are who made it so.
            unsafe { cell.write(MaybeUninit::new(value)) };
        });
        // ORDERING: Release pairs with the Acquire of `is_set`.
        self.state.store(SET, mutation::weaken("once_value_set_relaxed", Ordering::Release));
        Ok(())
    }

    /// The value, for somebody who has it alone.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        if !self.is_set() {
            return None;
        }
        Some(self.cell.with_mut(|cell| {
            // SAFETY: `&mut self`.
            let cell = unsafe { &mut *cell };
            // SAFETY: rule V2.
            unsafe { cell.assume_init_mut() }
        }))
    }

    /// Takes the value out.
    pub(crate) fn take(&mut self) -> Option<T> {
        if !self.is_set() {
            return None;
        }
        self.state.store(EMPTY, Ordering::Relaxed);
        Some(self.cell.with_mut(|cell| {
            // SAFETY: `&mut self`.
            let cell = unsafe { &*cell };
            // SAFETY: rule V2 held until the line above, and nobody reads the value a second time.
            unsafe { cell.assume_init_read() }
        }))
    }
}

impl<T> Drop for OnceValue<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heist_primitives::model;
    use std::rc::Rc;

    #[test]
    fn set_get_take() {
        model(0, 1, || {
            let value = Rc::new(());
            let mut once = OnceValue::new(None);
            assert!(once.get().is_none());
            assert!(once.get_mut().is_none());
            assert!(once.take().is_none());
            assert!(once.set(value.clone()).is_ok());
            assert!(once.set(value.clone()).is_err());
            assert!(once.is_set());
            assert!(Rc::ptr_eq(once.get().unwrap(), &value));
            assert!(once.get_mut().is_some());
            assert!(once.take().is_some());
            assert_eq!(Rc::strong_count(&value), 1);
            assert!(once.set(value.clone()).is_ok());
            drop(once);
            assert_eq!(Rc::strong_count(&value), 1);
            drop(OnceValue::new(Some(value.clone())));
            assert_eq!(Rc::strong_count(&value), 1);
        });
    }
}

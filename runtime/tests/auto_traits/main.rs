//! The auto traits of every public type and of the future of every async function: a table that is checked by the
//! compiler. A line says what holds and, with `!`, what does not:
//!
//! ```text
//! sync::Mutex<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
//! v::<&'static sync::Mutex<u8>>().lock() => [Send Sync !Unpin];
//! ```
//!
//! The table is that of Tokio 1.54: the same lines hold there, except where a comment says what does. A type with
//! parameters has a line with `u8` for each, and one for each kind of parameter that changes something. Of a future only
//! what it must have is said about unwinding: nobody relies on the opposite.
//!
//! If a line does not hold the compiler points at it. `type annotations needed … cannot infer` means that a trait is
//! implemented and must not be: the call that says so has two meanings then (the trick of the crate
//! `static_assertions`).

use std::cell::Cell;
use std::marker::PhantomPinned as Pinned;
use std::os::fd::{AsRawFd, RawFd};

/// `Send` but not `Sync`.
type OnlySend = Cell<u8>;
/// `Sync` but not `Send`: what a guard of std is.
type OnlySync = std::sync::MutexGuard<'static, u8>;

/// A descriptor that has the traits of `T`.
struct Fd<T>(T);

impl<T> AsRawFd for Fd<T> {
    fn as_raw_fd(&self) -> RawFd {
        -1
    }
}

/// What a closure for a socket returns.
fn ok() -> std::io::Result<()> {
    Ok(())
}

/// A value of any type, for code that is compiled and never run.
fn v<T>() -> T {
    unreachable!("nothing here runs")
}

/// Proves that traits are implemented.
mod is {
    pub(crate) use std::marker::{Send, Sync, Unpin};
    pub(crate) use std::panic::{RefUnwindSafe, UnwindSafe};
}

/// Proves that traits are not implemented: `Not<trait>::check` has one meaning for all types, and one more for those
/// with the trait.
mod not {
    macro_rules! traits {
        ($($trait:ident)*) => {$(
            pub(crate) trait $trait<Meaning> {
                fn check(&self) {}
            }
            impl<T> $trait<()> for T {}
            impl<T: super::is::$trait> $trait<u8> for T {}
        )*};
    }
    traits! { Send Sync Unpin UnwindSafe RefUnwindSafe }
}

/// Checks the traits of the value that a closure would return.
macro_rules! check {
    ($value:ident;) => {};
    ($value:ident; ! $trait:ident $($rest:tt)*) => {
        crate::not::$trait::check(&$value);
        check!($value; $($rest)*);
    };
    ($value:ident; $trait:ident $($rest:tt)*) => {
        {
            fn check<T: crate::is::$trait>(_: &T) {}
            check(&$value);
        }
        check!($value; $($rest)*);
    };
}

/// Lines of types.
macro_rules! types {
    ($($type:ty: [$($traits:tt)*];)*) => {$(
        const _: fn() = || {
            let value: $type = crate::v();
            check!(value; $($traits)*);
        };
    )*};
}

/// Lines of calls, for the types of what they return.
macro_rules! futures {
    ($($call:expr => [$($traits:tt)*];)*) => {$(
        const _: fn() = || {
            let value = $call;
            check!(value; $($traits)*);
        };
    )*};
}

mod async_fd;
mod fs;
mod io;
mod net;
mod net_tcp;
mod process;
mod runtime;
mod signal;
mod stdio;
mod sync;
mod sync_more;
mod task;
mod time;

#[test]
fn descriptors_are_none() {
    // All else was checked when this was compiled.
    assert!(ok().is_ok());
    assert_eq!(Fd(0_u8).as_raw_fd(), -1);
}

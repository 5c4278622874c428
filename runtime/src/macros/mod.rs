//! The macros `select!`, `join!`, `try_join!`, `pin!` and `task_local!`, and what they expand to.
//!
//! Each file holds one public macro and its hidden steps. All paths in an expansion start with `$crate`, so a caller
//! needs nothing in scope; what an expansion calls at run time is in [`support`].

mod branches;
mod join;
mod pin;
mod select;
#[doc(hidden)]
pub mod support;
mod task_local;
mod try_join;

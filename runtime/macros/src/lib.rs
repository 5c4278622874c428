//! The attribute macros of heist: `#[heist::main]` and `#[heist::test]`.
//!
//! Both turn an `async fn` into a plain one that builds a runtime and blocks on the body. This file holds the entry
//! points and their documentation; `args` reads the arguments, `entry` writes the function, `krate` finds the
//! name under which the user's manifest knows heist. Only public items of heist appear in the expansion.

mod args;
mod entry;
mod krate;

use proc_macro::TokenStream;

use crate::args::Attribute;

/// Runs an `async fn` on a runtime of its own.
///
/// The function becomes a plain one that builds a runtime, enables I/O and time, and blocks on the body. It may be any
/// function, with arguments, generics and a return type; each call starts a runtime anew.
///
/// The body itself does not run on a worker: what shall run in parallel is spawned from it.
///
/// # Arguments
///
/// - `flavor = "multi_thread"` (default), `"current_thread"` or `"local"`
/// - `worker_threads = N`: threads of the `multi_thread` flavour; by default one a core
/// - `start_paused = true`: the clock starts paused; not with `multi_thread`
/// - `name = "…"`: the runtime's name
/// - `unhandled_panic = "shutdown_runtime"`: a task that panics ends the runtime, and the function panics; not with
///   `multi_thread`. By default `"ignore"`
/// - `crate = "…"`: the path of heist, for macros that expand to this one. Without it, the name that the manifest gives
///   to the package `heist` is used, or to the package `tokio` where `heist` is absent.
///
/// # Panics
///
/// The function panics if the runtime cannot be built.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() {
///     let answer = heist::spawn(async { 6 * 7 }).await.unwrap();
///     assert_eq!(answer, 42);
/// }
/// ```
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(Attribute::Main, args.into(), item.into(), krate::find).into()
}

/// Runs an `async fn` as a test, on a runtime of its own.
///
/// Takes the arguments of [`main`](macro@main). The flavour is `current_thread` unless another is given.
///
/// # Examples
///
/// ```
/// #[heist::test(flavor = "multi_thread", worker_threads = 2)]
/// async fn adds_up() {
///     assert_eq!(1 + 1, 2);
/// }
/// ```
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(Attribute::Test, args.into(), item.into(), krate::find).into()
}

//! `block_in_place`: code that blocks, inside a task, while other threads run the worker's other tasks.

use super::coop;
use crate::runtime::context::{self, Entered};
use crate::scheduler;

const CANNOT_BLOCK: &str = "can call blocking only when running on the multi-threaded runtime: a current-thread runtime \
    and a `LocalSet` have no other thread for their tasks. Use `spawn_blocking` here.";

/// Runs a closure that blocks or computes for long on this thread, without holding up other tasks.
///
/// The worker tells the runtime first that it will be away: tasks in its queue, its timers and its turn at the sockets
/// are taken over by other workers and, if those are all busy or blocked too, by a spare thread. So any number of tasks may
/// block this way at the same time (up to [`max_blocking_threads`](crate::runtime::Builder::max_blocking_threads) in
/// addition to the workers), and what they wait for goes on meanwhile.
///
/// Blocking is allowed inside the closure: [`Handle::block_on`](crate::runtime::Handle::block_on), `blocking_recv`,
/// dropping a `Runtime`, `block_in_place` itself, nested to any depth.
///
/// Other futures of the *same task*, in `join!` or `select!`, do wait for the closure. With
/// [`spawn_blocking`](super::spawn_blocking) they do not, and the closure can be awaited. In the same way a
/// [`Waker`](std::task::Waker) that blocks, in place or not, holds up those that are called after it on the same thread.
///
/// Outside a runtime, on a thread of `spawn_blocking` and within another `block_in_place` the closure is called and
/// nothing else happens. In the future given to `block_on` of a multi-thread runtime no task has to be taken over.
///
/// # Panics
///
/// On a current-thread runtime and inside a [`LocalSet`](super::LocalSet): their tasks cannot move to another thread. A
/// panic of the closure reaches the caller.
///
/// # Examples
///
/// ```
/// use heist::runtime::Handle;
///
/// #[heist::main]
/// async fn main() {
///     let task = heist::spawn(async {
///         let numbers = heist::spawn(async { vec![3, 1, 2] });
///         heist::task::block_in_place(|| {
///             // Synchronous code that needs an asynchronous result.
///             let mut numbers = Handle::current().block_on(numbers).unwrap();
///             numbers.sort();
///             numbers
///         })
///     });
///     assert_eq!(task.await.unwrap(), [1, 2, 3]);
/// }
/// ```
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    match context::entered() {
        Entered::No => f(),
        Entered::Yes { may_block_in_place: false } => panic!("{CANNOT_BLOCK}"),
        Entered::Yes { may_block_in_place: true } => {
            let _entered = context::set_entered(Entered::No);
            coop::without_budget(|| scheduler::block_in_place(f))
        }
    }
}

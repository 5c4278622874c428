//! What the expansions of the macros call. Not part of the public API: it changes without notice.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::task::coop;
use crate::util::rand;

pub use std::future::{IntoFuture, poll_fn};
pub use std::pin::pin;

/// Pending, with the task woken, if the task has used up its budget.
///
/// The macros ask once per poll and before any branch: a branch that finds no budget left returns `Pending`, and the
/// next one would be polled in its place although it was not ready first.
#[inline]
pub fn poll_budget_available(cx: &mut Context<'_>) -> Poll<()> {
    if coop::has_budget_remaining() {
        return Poll::Ready(());
    }
    // The unit that may be had after all is given back at once: nothing was done with it yet.
    drop(ready!(coop::poll_proceed(cx)));
    Poll::Ready(())
}

/// The branch to begin with, out of `branches`.
#[inline]
pub fn random_branch(branches: u32) -> u32 {
    rand::below(branches)
}

/// The branch `step` places behind `first`, going round.
#[inline]
pub fn branch_after(first: u32, step: u32, branches: u32) -> u32 {
    let branch = first + step;
    if branch < branches { branch } else { branch - branches }
}

/// A future that keeps its output until it is asked for; a branch of `join!`.
pub fn maybe_done<F: IntoFuture>(future: F) -> MaybeDone<F::IntoFuture> {
    MaybeDone::Pending { future: future.into_future() }
}

pin_project! {
    /// The type of [`maybe_done`].
    #[derive(Debug)]
    #[project = MaybeDoneProj]
    #[project_replace = MaybeDoneOwned]
    pub enum MaybeDone<F: Future> {
        /// Not finished.
        Pending {
            #[pin]
            future: F,
        },
        /// Finished; the future is dropped.
        Done { output: F::Output },
        /// Finished, and the output is with the caller.
        Taken,
    }
}

impl<F: Future> MaybeDone<F> {
    /// Polls the future, if it has not finished.
    #[inline]
    pub fn poll_done(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let MaybeDoneProj::Pending { future } = self.as_mut().project() {
            let output = ready!(future.poll(cx));
            self.set(MaybeDone::Done { output });
        }
        Poll::Ready(())
    }

    /// The output of a future that has finished, once.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[inline]
    #[track_caller]
    pub fn take_output(self: Pin<&mut Self>) -> F::Output {
        match self.project_replace(MaybeDone::Taken) {
            MaybeDoneOwned::Done { output } => output,
            MaybeDoneOwned::Pending { .. } | MaybeDoneOwned::Taken => panic!("`join!` polled after completion"),
        }
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> MaybeDone<F> {
    /// The error of a future that has finished with one; nothing otherwise.
    #[inline]
    pub fn take_error(mut self: Pin<&mut Self>) -> Option<E> {
        if !matches!(self.as_mut().project(), MaybeDoneProj::Done { output: Err(_) }) {
            return None;
        }
        self.take_output().err()
    }

    /// The value of a future that has finished without an error.
    ///
    /// # Panics
    ///
    /// If it has not.
    #[inline]
    #[track_caller]
    pub fn take_value(self: Pin<&mut Self>) -> T {
        match self.take_output() {
            Ok(value) => value,
            Err(_) => panic!("`try_join!` asked a branch that failed for its value"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn cx() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    #[test]
    fn an_output_is_kept_and_taken_once() {
        let mut done = pin!(maybe_done(std::future::ready(5)));
        assert!(done.as_mut().poll_done(&mut cx()).is_ready());
        assert!(done.as_mut().poll_done(&mut cx()).is_ready());
        assert_eq!(done.as_mut().take_output(), 5);
        let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| done.as_mut().take_output()));
        assert!(again.is_err());
    }

    #[test]
    fn the_future_is_dropped_when_it_finishes() {
        let token = std::rc::Rc::new(());
        let held = token.clone();
        let mut done = pin!(maybe_done(async move {
            let _held = &held;
        }));
        assert_eq!(std::rc::Rc::strong_count(&token), 2);
        assert!(done.as_mut().poll_done(&mut cx()).is_ready());
        assert_eq!(std::rc::Rc::strong_count(&token), 1);
    }

    #[test]
    fn only_errors_are_taken_as_errors() {
        let mut good = pin!(maybe_done(std::future::ready(Ok::<u8, u8>(1))));
        let mut bad = pin!(maybe_done(std::future::ready(Err::<u8, u8>(2))));
        assert_eq!(bad.as_mut().take_error(), None);
        assert!(good.as_mut().poll_done(&mut cx()).is_ready());
        assert!(bad.as_mut().poll_done(&mut cx()).is_ready());
        assert_eq!(good.as_mut().take_error(), None);
        assert_eq!(good.as_mut().take_value(), 1);
        assert_eq!(bad.as_mut().take_error(), Some(2));
    }

    #[test]
    fn the_budget_is_asked_for_but_not_spent() {
        coop::with_budget(|| {
            for _ in 0..1000 {
                assert!(poll_budget_available(&mut cx()).is_ready());
            }
            while let Poll::Ready(coop) = coop::poll_proceed(&mut cx()) {
                coop.made_progress();
            }
            assert!(poll_budget_available(&mut cx()).is_pending());
        });
    }
}

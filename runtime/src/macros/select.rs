//! `select!`: waits for the first of several futures.
//!
//! It expands in three steps:
//! 1. [`select!`](crate::select!) sets the order of polling and fetches numbers and names for the branches;
//! 2. `__select!` reads one branch at a time and puts it into the form
//!    `number name {pattern} {future} {precondition} {handler}`;
//! 3. `__select_run!` writes the code: an inner block owns the futures, polls them and yields an enum that says which
//!    branch won with which output; a `match` behind the block runs the handler. So the futures are gone when the
//!    handler starts, and `?`, `break`, `continue` and `return` in it act on the caller's function.

/// Waits for several futures at once and runs the handler of the first one that is ready.
///
/// ```text
/// select! {
///     [biased;]
///     <pattern> = <future> [, if <precondition>] => <handler>,
///     …
///     [else => <expression>]
/// }
/// ```
///
/// 1. The preconditions are evaluated, and branches with a false one are disabled.
/// 2. All future expressions are evaluated, those of disabled branches too; their futures are just not polled. Anything
///    that is [`IntoFuture`](std::future::IntoFuture) will do.
/// 3. The enabled branches are polled on the current task until one is ready. If its output matches the pattern, all
///    futures are dropped and the handler runs; the value of the handler is that of `select!`. If it does not match, the
///    branch is disabled and the others go on.
/// 4. When every branch is disabled, the value is that of `else`.
///
/// There may be 64 branches. A handler that is a block needs no comma behind it, and `?`, `break`, `continue` and
/// `return` work in it as outside.
///
/// # Fairness
///
/// Each poll begins with a random branch, so that one that is always ready cannot starve the others. `biased;` polls
/// from the first to the last instead: cheaper and predictable, but then it is up to the caller to put branches that
/// are always ready at the end.
///
/// # Cancel safety
///
/// The futures that did not win are dropped, which loses what they have done so far. In a loop that matters: use
/// operations documented to be cancel safe, or create a future outside the loop, pin it, and pass `&mut future`.
///
/// # Panics
///
/// If every branch is disabled and there is no `else`.
///
/// # Examples
///
/// ```
/// use futures::channel::mpsc;
/// use futures::stream::StreamExt;
///
/// # futures::executor::block_on(async {
/// let (numbers, mut number_stream) = mpsc::unbounded();
/// let (words, mut word_stream) = mpsc::unbounded();
/// numbers.unbounded_send(1).unwrap();
/// words.unbounded_send("one").unwrap();
/// drop((numbers, words));
///
/// let mut count = 0;
/// loop {
///     heist::select! {
///         Some(number) = number_stream.next() => assert_eq!(number, 1),
///         Some(word) = word_stream.next() => assert_eq!(word, "one"),
///         else => break,
///     }
///     count += 1;
/// }
/// assert_eq!(count, 2);
/// # });
/// ```
///
/// A future that outlives one round, and a precondition:
///
/// ```
/// # async fn long() -> u32 { 7 }
/// # async fn short() {}
/// # futures::executor::block_on(async {
/// let long = long();
/// heist::pin!(long);
/// let mut rounds = 0;
/// let result = loop {
///     heist::select! {
///         biased;
///         () = short(), if rounds < 3 => rounds += 1,
///         result = &mut long => break result,
///     }
/// };
/// assert_eq!((result, rounds), (7, 3));
/// # });
/// ```
#[macro_export]
macro_rules! select {
    (else => $else:expr $(,)?) => {
        $else
    };
    (biased; else => $else:expr $(,)?) => {
        $else
    };
    (biased; $($branches:tt)+) => {
        $crate::__with_branch_names! { __select (biased) { } { } $($branches)+ }
    };
    ($($branches:tt)+) => {
        $crate::__with_branch_names! { __select (random) { } { } $($branches)+ }
    };
    () => {
        ::core::compile_error!("`select!` needs at least one branch")
    };
}

/// Takes the branches one by one: `[free numbers and names] order {names, the last first} {branches read} rest`.
///
/// A handler is tried as a block first, since that alone may do without the comma.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    ([$($free:tt)*] $order:tt $names:tt { $($done:tt)+ }) => {
        $crate::__select_run! {
            $order $names
            { ::core::panic!("all branches are disabled and there is no else branch") }
            $($done)+
        }
    };
    ([$($free:tt)*] $order:tt $names:tt { $($done:tt)+ } else => $else:expr $(,)?) => {
        $crate::__select_run! { $order $names { $else } $($done)+ }
    };
    (
        [$number:tt $name:ident $($free:tt)*] $order:tt { $($names:ident)* } { $($done:tt)* }
        $pattern:pat = $future:expr $(, if $condition:expr)? => $handler:block, $($rest:tt)*
    ) => {
        $crate::__select! {
            [$($free)*] $order { $name $($names)* }
            { $($done)* $number $name { $pattern } { $future } { true $(&& $condition)? } { $handler } }
            $($rest)*
        }
    };
    (
        [$number:tt $name:ident $($free:tt)*] $order:tt { $($names:ident)* } { $($done:tt)* }
        $pattern:pat = $future:expr $(, if $condition:expr)? => $handler:block $($rest:tt)*
    ) => {
        $crate::__select! {
            [$($free)*] $order { $name $($names)* }
            { $($done)* $number $name { $pattern } { $future } { true $(&& $condition)? } { $handler } }
            $($rest)*
        }
    };
    (
        [$number:tt $name:ident $($free:tt)*] $order:tt { $($names:ident)* } { $($done:tt)* }
        $pattern:pat = $future:expr $(, if $condition:expr)? => $handler:expr
    ) => {
        $crate::__select! {
            [$($free)*] $order { $name $($names)* }
            { $($done)* $number $name { $pattern } { $future } { true $(&& $condition)? } { $handler } }
        }
    };
    (
        [$number:tt $name:ident $($free:tt)*] $order:tt { $($names:ident)* } { $($done:tt)* }
        $pattern:pat = $future:expr $(, if $condition:expr)? => $handler:expr, $($rest:tt)*
    ) => {
        $crate::__select! {
            [$($free)*] $order { $name $($names)* }
            { $($done)* $number $name { $pattern } { $future } { true $(&& $condition)? } { $handler } }
            $($rest)*
        }
    };
    ([] $($rest:tt)*) => {
        ::core::compile_error!("`select!` takes 64 branches at most")
    };
}

/// Writes the code.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_run {
    (
        ($order:ident) { $($last_first:ident)+ } { $else:expr }
        $($number:tt $name:ident { $pattern:pat } { $future:expr } { $condition:expr } { $handler:expr })+
    ) => {{
        // The branch that won, with its output. An item's name is not hygienic, hence the long one.
        #[allow(non_camel_case_types)]
        enum __HeistSelected<$($name),+> {
            $($name($name),)+
            __Nothing,
        }

        // `mut` is for patterns with `ref mut`.
        #[allow(unused_mut)]
        let mut output = {
            // One bit a branch: it is not polled, or not any more.
            let mut disabled: u64 = 0;
            $(
                let enabled = $condition;
                if !enabled {
                    disabled |= 1 << $number;
                }
            )+
            // In two steps, so that temporaries in an expression like `&mut f()` live as long as the futures.
            $(let $name = $future;)+
            $(let $name = $crate::macros::support::IntoFuture::into_future($name);)+
            // Locals are dropped in reverse, and the futures shall be dropped in the order in which they are written.
            $(let mut $last_first = $crate::macros::support::pin!($last_first);)+

            let output = $crate::macros::support::poll_fn(move |cx| {
                const BRANCHES: u32 = 0 $(+ $crate::__one!($number))+;
                ::core::task::ready!($crate::macros::support::poll_budget_available(cx));
                let first = $crate::__select_first!($order BRANCHES);
                let mut is_pending = false;
                for step in 0..BRANCHES {
                    let branch = $crate::macros::support::branch_after(first, step, BRANCHES);
                    if disabled & (1 << branch) != 0 {
                        continue;
                    }
                    match branch {
                        $($number => {
                            #[allow(unused_mut)]
                            let mut output = match ::core::future::Future::poll($name.as_mut(), cx) {
                                ::core::task::Poll::Ready(output) => output,
                                ::core::task::Poll::Pending => {
                                    is_pending = true;
                                    continue;
                                }
                            };
                            disabled |= 1 << $number;
                            if $crate::__select_matches!(output, $pattern) {
                                return ::core::task::Poll::Ready(__HeistSelected::$name(output));
                            }
                        })+
                        _ => ::core::unreachable!(),
                    }
                }
                if is_pending {
                    ::core::task::Poll::Pending
                } else {
                    ::core::task::Poll::Ready(__HeistSelected::__Nothing)
                }
            })
            .await;
            output
        };
        match output {
            $(__HeistSelected::$name($pattern) => $handler,)+
            __HeistSelected::__Nothing => $else,
            #[allow(unreachable_patterns)]
            _ => ::core::unreachable!("the output was found to match before"),
        }
    }};
}

/// The branch that a poll begins with.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_first {
    (biased $branches:ident) => {
        0
    };
    (random $branches:ident) => {
        $crate::macros::support::random_branch($branches)
    };
}

/// True if the value in `$output` matches, without moving out of it whatever the pattern binds.
///
/// A guard sees the bindings by reference, and a value is moved only into an arm that is entered. This guard notes that
/// the pattern matched and then refuses, so the value stays where it is.
#[doc(hidden)]
#[macro_export]
macro_rules! __select_matches {
    ($output:ident, $pattern:pat) => {{
        let mut matched = false;
        #[allow(unused_variables, unused_mut)]
        match $output {
            $pattern
                if {
                    matched = true;
                    false
                } =>
            {
                ::core::unreachable!()
            }
            _ => {}
        }
        matched
    }};
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use crate::task::coop;

    #[test]
    fn without_budget_no_branch_is_polled() {
        let polled = Cell::new(0);
        let branch = || {
            poll_fn(|_| {
                polled.set(polled.get() + 1);
                Poll::<()>::Pending
            })
        };
        let mut select = pin!(async {
            crate::select! { _ = branch() => {}, _ = branch() => {} }
        });
        let mut join = pin!(async { crate::join!(branch(), branch()) });
        let mut cx = Context::from_waker(Waker::noop());
        coop::with_budget(|| {
            while let Poll::Ready(coop) = coop::poll_proceed(&mut cx) {
                coop.made_progress();
            }
            assert!(select.as_mut().poll(&mut cx).is_pending());
            assert!(join.as_mut().poll(&mut cx).is_pending());
        });
        assert_eq!(polled.get(), 0);
        assert!(select.as_mut().poll(&mut cx).is_pending());
        assert!(join.as_mut().poll(&mut cx).is_pending());
        assert_eq!(polled.get(), 4);
    }
}

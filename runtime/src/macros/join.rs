//! `join!`: waits for several futures at once, in one task.

/// Waits for all of several futures and returns their outputs as a tuple.
///
/// The futures run concurrently but on the current task, hence not in parallel; spawn them and join their handles for
/// that. Anything that is [`IntoFuture`](std::future::IntoFuture) will do, up to 64 of them.
///
/// Each poll begins with the next future in turn, so that the first cannot use up the task's budget each time. Write
/// `biased;` in front to begin with the first always.
///
/// # Cancel safety
///
/// Dropping the surrounding future drops all branches where they are, and outputs that are there already.
///
/// # Examples
///
/// ```
/// async fn twice(x: u32) -> u32 {
///     2 * x
/// }
/// # futures::executor::block_on(async {
/// let (two, four) = heist::join!(twice(1), twice(2));
/// assert_eq!((two, four), (2, 4));
///
/// let (two, name) = heist::join!(biased; twice(1), std::future::ready("heist"));
/// assert_eq!((two, name), (2, "heist"));
/// # });
/// ```
#[macro_export]
macro_rules! join {
    () => { () };
    (biased $(;)?) => { () };
    (biased; $($future:expr),+ $(,)?) => {
        $crate::__with_branch_names! { __join (biased) { __join_all } { } { } $({ $future })+ }
    };
    ($($future:expr),+ $(,)?) => {
        $crate::__with_branch_names! { __join (rotated) { __join_all } { } { } $({ $future })+ }
    };
}

/// Gives each future its number and name, then calls `$finish! { order {names, the last first} number name {future} … }`.
#[doc(hidden)]
#[macro_export]
macro_rules! __join {
    ([$($free:tt)*] $order:tt { $finish:ident } $names:tt { $($done:tt)* }) => {
        $crate::$finish! { $order $names $($done)* }
    };
    (
        [$number:tt $name:ident $($free:tt)*] $order:tt $finish:tt { $($names:ident)* } { $($done:tt)* }
        { $future:expr } $($rest:tt)*
    ) => {
        $crate::__join! {
            [$($free)*] $order $finish { $name $($names)* } { $($done)* $number $name { $future } } $($rest)*
        }
    };
    ([] $($rest:tt)*) => {
        ::core::compile_error!("`join!` and `try_join!` take 64 futures at most")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __join_all {
    (($order:ident) { $($last_first:ident)+ } $($number:tt $name:ident { $future:expr })+) => {{
        $(let $name = $crate::macros::support::maybe_done($future);)+
        // Locals are dropped in reverse, and the futures shall be dropped in the order in which they are written.
        $(let mut $last_first = $crate::macros::support::pin!($last_first);)+
        let mut first = 0;
        $crate::macros::support::poll_fn(move |cx| {
            const BRANCHES: u32 = 0 $(+ $crate::__one!($number))+;
            ::core::task::ready!($crate::macros::support::poll_budget_available(cx));
            let mut is_pending = false;
            for step in 0..BRANCHES {
                match $crate::macros::support::branch_after(first, step, BRANCHES) {
                    $($number => is_pending |= $name.as_mut().poll_done(cx).is_pending(),)+
                    _ => ::core::unreachable!(),
                }
            }
            first = $crate::__join_next_first!($order first BRANCHES);
            if is_pending {
                return ::core::task::Poll::Pending;
            }
            ::core::task::Poll::Ready(($($name.as_mut().take_output(),)+))
        })
        .await
    }};
}

/// The future that the next poll begins with.
#[doc(hidden)]
#[macro_export]
macro_rules! __join_next_first {
    (biased $first:ident $branches:ident) => {
        $first
    };
    (rotated $first:ident $branches:ident) => {
        $crate::macros::support::branch_after($first, 1, $branches)
    };
}

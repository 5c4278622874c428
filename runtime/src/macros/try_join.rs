//! `try_join!`: waits for several futures at once and gives up at the first error.

/// Waits for several futures, all to succeed or one to fail.
///
/// Returns `Ok` with a tuple of the values once all futures have returned `Ok`. At the first `Err` it returns that error
/// and drops the other futures where they are. All errors have to be of the same type.
///
/// As in [`join!`](crate::join!), the futures run on the current task, each poll begins with the next in turn unless
/// `biased;` stands in front, and there may be 64 of them.
///
/// # Cancel safety
///
/// Dropping the surrounding future drops all branches where they are, and outputs that are there already.
///
/// # Examples
///
/// ```
/// async fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
///     text.parse()
/// }
/// # futures::executor::block_on(async {
/// let sum = heist::try_join!(parse("1"), parse("2")).map(|(a, b)| a + b);
/// assert_eq!(sum, Ok(3));
/// assert!(heist::try_join!(parse("1"), parse("two")).is_err());
/// # });
/// ```
#[macro_export]
macro_rules! try_join {
    () => { ::core::result::Result::Ok(()) };
    (biased $(;)?) => { ::core::result::Result::Ok(()) };
    (biased; $($future:expr),+ $(,)?) => {
        $crate::__with_branch_names! { __join (biased) { __try_join_all } { } { } $({ $future })+ }
    };
    ($($future:expr),+ $(,)?) => {
        $crate::__with_branch_names! { __join (rotated) { __try_join_all } { } { } $({ $future })+ }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __try_join_all {
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
                    $($number => {
                        is_pending |= $name.as_mut().poll_done(cx).is_pending();
                        if let ::core::option::Option::Some(error) = $name.as_mut().take_error() {
                            return ::core::task::Poll::Ready(::core::result::Result::Err(error));
                        }
                    })+
                    _ => ::core::unreachable!(),
                }
            }
            first = $crate::__join_next_first!($order first BRANCHES);
            if is_pending {
                return ::core::task::Poll::Pending;
            }
            ::core::task::Poll::Ready(::core::result::Result::Ok(($($name.as_mut().take_value(),)+)))
        })
        .await
    }};
}

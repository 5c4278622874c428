//! `pin!`: pins values to the stack frame or the async block they are in.

/// Pins values in place.
///
/// Futures that are not [`Unpin`] have to be pinned before a reference to them can be awaited, as when `select!` in a
/// loop goes on with the same future.
///
/// `pin!(a, b)` turns each variable, which has to be an identifier, into a [`Pin<&mut _>`](std::pin::Pin) of the same
/// name. `pin! { let a = expression; let b = expression; }` binds and pins in one step.
///
/// # Examples
///
/// ```
/// # async fn step() -> u32 { 1 }
/// # futures::executor::block_on(async {
/// let future = step();
/// heist::pin!(future);
/// assert_eq!((&mut future).await, 1);
///
/// heist::pin! {
///     let first = step();
///     let second = step();
/// }
/// heist::select! {
///     value = &mut first => assert_eq!(value, 1),
///     value = &mut second => assert_eq!(value, 1),
/// }
/// # });
/// ```
#[macro_export]
macro_rules! pin {
    ($($name:ident),* $(,)?) => {
        $(
            // Moved into the macro: nobody can reach the value but through the pin.
            #[allow(unused_mut)]
            let mut $name = $crate::macros::support::pin!($name);
        )*
    };
    ($(let $name:ident = $value:expr;)*) => {
        $(
            #[allow(unused_mut)]
            let mut $name = $crate::macros::support::pin!($value);
        )*
    };
}

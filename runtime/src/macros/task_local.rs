//! `task_local!`: declares variables that each task has a value of its own for.

/// Declares task-local variables.
///
/// The syntax is that of [`std::thread_local!`], without initial values: a variable has a value only inside
/// [`LocalKey::scope`](crate::task::LocalKey::scope), and there it belongs to the future that the scope was made for,
/// on whatever thread this is polled.
///
/// # Examples
///
/// ```
/// heist::task_local! {
///     /// Who asked.
///     pub static REQUEST: u32;
///     static VERBOSE: bool;
/// }
///
/// # futures::executor::block_on(async {
/// REQUEST.scope(7, async {
///     assert_eq!(REQUEST.get(), 7);
///     assert!(VERBOSE.try_get().is_err());
/// }).await;
/// # });
/// ```
#[macro_export]
macro_rules! task_local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty; $($rest:tt)*) => {
        $crate::task_local! { $(#[$attribute])* $visibility static $name: $type }
        $crate::task_local! { $($rest)* }
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty) => {
        $(#[$attribute])*
        $visibility static $name: $crate::task::LocalKey<$type> = {
            ::std::thread_local! {
                static SLOT: ::std::cell::RefCell<::std::option::Option<$type>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }
            $crate::task::LocalKey::__new(&SLOT)
        };
    };
}

//! Numbers and names for the branches of `select!`, `join!` and `try_join!`.
//!
//! A declarative macro can neither count nor invent names. The one table of both stands here and is handed to the macro
//! that asks, which takes one entry off for each branch it reads.

/// Calls `$callback! { [0 b0 1 b1 …] rest }`: sixty-four numbers with a name each, then what was given.
///
/// The names serve as variables and as variants. As variables they cannot meet a user's, since they carry the hygiene
/// of this macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __with_branch_names {
    ($callback:ident $($rest:tt)*) => {
        $crate::$callback! {
            [
                0 b0 1 b1 2 b2 3 b3 4 b4 5 b5 6 b6 7 b7 8 b8 9 b9 10 b10 11 b11 12 b12 13 b13 14 b14 15 b15
                16 b16 17 b17 18 b18 19 b19 20 b20 21 b21 22 b22 23 b23 24 b24 25 b25 26 b26 27 b27 28 b28 29 b29
                30 b30 31 b31 32 b32 33 b33 34 b34 35 b35 36 b36 37 b37 38 b38 39 b39 40 b40 41 b41 42 b42 43 b43
                44 b44 45 b45 46 b46 47 b47 48 b48 49 b49 50 b50 51 b51 52 b52 53 b53 54 b54 55 b55 56 b56 57 b57
                58 b58 59 b59 60 b60 61 b61 62 b62 63 b63
            ]
            $($rest)*
        }
    };
}

/// One, for each branch.
#[doc(hidden)]
#[macro_export]
macro_rules! __one {
    ($number:tt) => {
        1
    };
}

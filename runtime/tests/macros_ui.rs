//! What the macros, and the types, say to code that is wrong: the messages, and where they point.
//!
//! The expected messages are the `.stderr` files in `ui/`. `TRYBUILD=overwrite cargo test --test macros_ui` writes them
//! anew; read the difference before committing it.

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

//! What the scenarios of either runtime share: a clock that only they move, and the mark that ends a phase.
//!
//! `cargo xtask instructions` runs `src/bin/*.rs` under valgrind, one scenario in each process, and reads the counts.

pub mod clock;

/// The end of a phase. Valgrind writes down what was counted up to the entry of this function and begins anew.
#[inline(never)]
pub fn phase_ends() {
    // Keeps the function, and the calls of it, in the program.
    std::hint::black_box(());
}

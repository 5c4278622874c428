//! Models of heist's protocols: small scenarios, run over the real code in every interleaving.
//!
//! Under `--cfg heist_loom` the code is compiled with loom's types and each model explores all schedules up to a number
//! of preemptions; in a normal build the same models run many times on real threads. Each protocol also has models of
//! *faults*: a step of the code is left out, or an ordering weakened, and the model must notice.
//!
//! ```text
//! cargo test -p heist-loom-tests
//! RUSTFLAGS="--cfg heist_loom" cargo test -p heist-loom-tests --release --target-dir target/loom
//! ```
//!
//! The sources are mounted by path, since what the models need of them is private to their crate.

#[cfg(test)]
#[path = "../tests/idle/check.rs"]
mod check;
#[cfg(test)]
mod end;
mod task;

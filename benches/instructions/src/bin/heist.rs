//! The scenarios on heist.

pub(crate) use ::heist as rt;

#[path = "../scenarios/mod.rs"]
mod scenarios;

use std::process::ExitCode;

fn main() -> ExitCode {
    scenarios::main()
}

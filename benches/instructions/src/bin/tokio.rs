//! The scenarios on tokio.

pub(crate) use ::tokio as rt;

#[path = "../scenarios/mod.rs"]
mod scenarios;

use std::process::ExitCode;

fn main() -> ExitCode {
    scenarios::main()
}

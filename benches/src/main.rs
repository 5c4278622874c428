//! `cargo run --release -p heist-benches`: see `README.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    heist_benches::main()
}

//! The check of the public API: rustdoc of the nightly toolchain writes what the crates offer, and the program in
//! `xtask/api`, a workspace of its own, compares that with Tokio's.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::steps::Outcome;

/// What the program returns if this toolchain's rustdoc writes a format that it cannot read.
const OTHER_FORMAT: i32 = 3;

/// Its own target folder: nightly's artefacts would displace those of the other steps.
const TARGET: &str = "target/api";

/// The crates whose items users see, and where rustdoc writes them.
const CRATES: [(&str, &str); 2] = [("heist", "heist.json"), ("heist-io-driver", "heist_io_driver.json")];

/// Compares the API with the list.
pub(crate) fn check(root: &Path) -> Outcome {
    let nightly = Command::new("rustup")
        .args(["run", "nightly", "cargo", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !nightly.is_ok_and(|status| status.success()) {
        return Outcome::Skipped("there is no nightly toolchain: `rustup toolchain install nightly`");
    }
    for (package, _) in CRATES {
        let mut rustdoc = Command::new("rustup");
        rustdoc.args(["run", "nightly", "cargo", "rustdoc", "--package", package, "--lib", "--all-features"]);
        rustdoc.args(["--target-dir", TARGET, "--", "-Z", "unstable-options", "--output-format", "json"]);
        if status(rustdoc.current_dir(root)) != Some(0) {
            return Outcome::Failed;
        }
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut compare = Command::new(cargo);
    compare.args(["run", "--quiet", "--manifest-path", "xtask/api/Cargo.toml", "--target-dir", TARGET, "--", "check"]);
    compare.args(CRATES.map(|(_, file)| format!("{TARGET}/doc/{file}")));
    match status(compare.current_dir(root)) {
        Some(0) => Outcome::Passed,
        Some(OTHER_FORMAT) => Outcome::Skipped("this nightly's rustdoc writes another format: see xtask/api/README.md"),
        _ => Outcome::Failed,
    }
}

/// Runs it and returns its exit status.
fn status(command: &mut Command) -> Option<i32> {
    match command.status() {
        Ok(status) => status.code(),
        Err(error) => {
            eprintln!("error: cannot run {:?}: {error}", command.get_program());
            None
        }
    }
}
